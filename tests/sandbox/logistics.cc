#include "tests/sandbox/logistics.h"

#include "connectors/crypto.h"
#include "tests/sandbox/catalogue.h"

#include <algorithm>
#include <charconv>

namespace returns::sandbox {

namespace {

constexpr Millis kHour = std::chrono::hours(1);
constexpr std::string_view kPath = "/2026-01/return";

WebAnswer Problem(int status, const std::string& title) {
    WebAnswer answer = JsonAnswer(status, Json::Object({{"type", Json::String("about:blank")},
                                                        {"title", Json::String(title)},
                                                        {"status", Json::Int(status)}}));
    answer.headers = {{"Content-Type", "application/problem+json"}};
    return answer;
}

WebAnswer Unprocessable(const std::string& why) {
    return JsonAnswer(422, Json::Object({{"message", Json::String("The return is not valid")},
                                         {"errors", Json::Array({Json::String(why)})}}));
}

// Which members an object may and must have.
Status CheckMembers(const Json& object, const std::vector<std::string_view>& required,
                    const std::vector<std::string_view>& optional) {
    if (!object.IsObject()) return Invalid("an object is expected");
    for (const std::string_view name : required) {
        if (object.Find(name) == nullptr) return Invalid(std::string(name) + " is required");
    }
    for (const auto& member : object.Members()) {
        const auto is = [&](std::string_view name) { return name == member.first; };
        if (std::none_of(required.begin(), required.end(), is) &&
            std::none_of(optional.begin(), optional.end(), is)) {
            return Invalid(member.first + " is not a member");
        }
    }
    return {};
}

std::string FindSku(std::int64_t inventory_id) {
    for (const Article& article : kArticles) {
        if (article.inventory_id == inventory_id) return std::string(article.sku);
    }
    return {};
}

Json Date(Instant at) { return at == kNoTime ? Json() : Json::String(FormatInstant(at)); }

}  // namespace

Logistics::Logistics(Clockwork& clockwork, Courier& courier, const Faults& faults)
    : clockwork_(clockwork), courier_(courier), faults_(faults) {}

WebAnswer Logistics::Serve(const WebRequest& request) {
    if (request.Header("Authorization") != "Bearer " + std::string(kLogisticsToken)) {
        return Problem(401, "Unauthorized");
    }
    if (request.path == kPath) {
        if (request.method == "POST") return Create(request);
        if (request.method == "GET") return List(request);
        return Problem(405, "Method Not Allowed");
    }
    if (request.path.rfind(std::string(kPath) + "/", 0) != 0) return Problem(404, "Not Found");
    const std::string rest = request.path.substr(kPath.size() + 1);
    std::int64_t id = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), id);
    const std::string_view tail(read.ptr, rest.data() + rest.size() - read.ptr);
    const auto found = returns_.find(id);
    if (read.ec != std::errc() || found == returns_.end()) return Problem(404, "Not Found");
    if (tail == ":cancel" && request.method == "POST") return Cancel(id);
    if (tail.empty() && request.method == "GET") return JsonAnswer(200, AsJson(found->second));
    return Problem(404, "Not Found");
}

WebAnswer Logistics::Create(const WebRequest& request) {
    if (request.Header("shipbob_channel_id") != kChannel) {
        return Problem(400, "The header shipbob_channel_id names no channel of yours");
    }
    Dice dice = clockwork_.For("return call " + std::to_string(++calls_));
    if (faults_.Strikes(dice, "logistics.server_error")) return Problem(503, "Try again later");
    const Result<Json> body = ParseJson(request.body);
    if (!body.ok()) return Problem(400, body.error().text);
    Result<Return> read = ReadReturn(*body);
    if (!read.ok()) return Unprocessable(read.error().text);
    constexpr std::int64_t kFirstId = 3400000;
    Return item = std::move(read).value();
    item.id = kFirstId + static_cast<std::int64_t>(returns_.size()) + 1;
    item.status = "AwaitingArrival";
    item.inserted = clockwork_.Now();
    const std::int64_t id = item.id;
    returns_[id] = std::move(item);
    PlanLife(id);
    Tell(returns_[id], "return.created");
    WebAnswer answer = JsonAnswer(201, AsJson(returns_[id]));
    if (faults_.Strikes(dice, "logistics.lost_answer")) answer.lost = true;
    return answer;
}

Result<Logistics::Return> Logistics::ReadReturn(const Json& body) const {
    RETURN_IF_ERROR(CheckMembers(body, {"fulfillment_center", "inventory", "reference_id"},
                                 {"tracking_number", "original_shipment_id"}));
    RETURN_IF_ERROR(CheckMembers(body["fulfillment_center"], {"id"}, {}));
    const Result<std::int64_t> center = body["fulfillment_center"]["id"].AsInt();
    if (!center.ok() || *center != kFulfillmentCenter) {
        return Invalid("fulfillment_center.id is not one of yours");
    }
    Return item;
    item.reference = body["reference_id"].AsString();
    if (item.reference.empty()) return Invalid("reference_id must be a text that is not empty");
    item.tracking = body["tracking_number"].AsString();
    if (body["inventory"].Items().empty()) return Invalid("inventory must not be empty");
    for (const Json& row : body["inventory"].Items()) {
        RETURN_IF_ERROR(CheckMembers(row, {"id", "quantity", "requested_action"}, {}));
        Item line;
        ASSIGN_OR_RETURN(line.inventory_id, row["id"].AsInt());
        ASSIGN_OR_RETURN(line.quantity, row["quantity"].AsInt());
        line.sku = FindSku(line.inventory_id);
        line.wanted = row["requested_action"].AsString();
        if (line.sku.empty()) return Invalid("inventory.id is not one of yours");
        if (line.quantity < 1) return Invalid("inventory.quantity must be at least 1");
        if (line.wanted != "Default" && line.wanted != "Restock" && line.wanted != "Quarantine" &&
            line.wanted != "Dispose") {
            return Invalid("inventory.requested_action is not known");
        }
        item.items.push_back(std::move(line));
    }
    return item;
}

WebAnswer Logistics::List(const WebRequest& request) const {
    std::vector<std::string> wanted;
    std::string statuses;
    std::size_t limit = 50, page = 1;
    for (const auto& [name, value] : request.query) {
        if (name == "ReferenceIds") {
            wanted.push_back(value);
        } else if (name == "Limit") {
            constexpr int kLimitMax = 250;
            int read = 0;
            std::from_chars(value.data(), value.data() + value.size(), read);
            if (read < 1 || read > kLimitMax) return Problem(400, "Limit must be 1 to 250");
            limit = static_cast<std::size_t>(read);
        } else if (name == "Status") {
            statuses = "," + value + ",";
        } else if (name == "SortOrder") {
            if (value != "Asc" && value != "Desc") return Problem(400, "SortOrder is Asc or Desc");
        } else if (name == "Cursor") {
            int read = 0;
            std::from_chars(value.data(), value.data() + value.size(), read);
            if (read < 1) return Problem(400, "Cursor is a page's number");
            page = static_cast<std::size_t>(read);
        } else {
            return Problem(400, "Unknown query parameter " + name);
        }
    }
    std::vector<Json> rows;
    bool more = false;
    std::size_t before = (page - 1) * limit;
    for (const auto& [id, item] : returns_) {
        if (!statuses.empty() && statuses.find("," + item.status + ",") == statuses.npos) continue;
        if (!wanted.empty() &&
            std::find(wanted.begin(), wanted.end(), item.reference) == wanted.end()) {
            continue;
        }
        if (before > 0) {
            --before;
            continue;
        }
        more = rows.size() == limit;
        if (more) break;
        rows.push_back(AsJson(item));
    }
    return JsonAnswer(200, Json::Object({{"items", Json::Array(std::move(rows))},
                                         {"next", more ? Json::String("more") : Json()}}));
}

WebAnswer Logistics::Cancel(std::int64_t id) {
    Return& item = returns_.at(id);
    if (item.status != "AwaitingArrival") {
        return Problem(400, "Only returns that have not arrived can be cancelled");
    }
    item.status = "Cancelled";
    Tell(item, "return.updated");
    return JsonAnswer(200, AsJson(item));
}

void Logistics::PlanLife(std::int64_t id) {
    Return& item = returns_.at(id);
    Dice dice = clockwork_.For("life of " + item.reference);
    if (faults_.Strikes(dice, "logistics.never_arrives")) {
        item.fate = "never_arrives";
        return;
    }
    const Millis arrives = kHour * dice.Between(36, 120);
    Millis opens = arrives + kHour * dice.Between(2, 20);
    item.fate = "complete";
    if (faults_.Strikes(dice, "logistics.late_opening")) {
        item.fate = "late_opening";
        opens += kHour * dice.Between(72, 120);
    } else if (faults_.Strikes(dice, "logistics.short")) {
        item.fate = "short";
    } else if (faults_.Strikes(dice, "logistics.rejected")) {
        item.fate = "rejected";
    }
    const Millis completes = opens + kHour * dice.Between(1, 20);
    clockwork_.After(arrives, [this, id] { Arrive(id); });
    clockwork_.After(opens, [this, id] { Open(id); });
    clockwork_.After(completes, [this, id] { Complete(id); });
}

void Logistics::Arrive(std::int64_t id) {
    Return& item = returns_.at(id);
    if (item.status == "Cancelled") return;
    item.status = "Arrived";
    item.arrived = clockwork_.Now();
    Tell(item, "return.updated");
}

void Logistics::Open(std::int64_t id) {
    Return& item = returns_.at(id);
    if (item.status == "Cancelled") return;
    Dice dice = clockwork_.For("word for " + item.reference);
    if (faults_.Strikes(dice, "logistics.unknown_status")) {
        item.status = "ManualReview";
        Tell(item, "return.updated");
    }
    item.status = "Processing";
    item.processing = clockwork_.Now();
    Tell(item, "return.updated");
}

void Logistics::Complete(std::int64_t id) {
    Return& item = returns_.at(id);
    if (item.status == "Cancelled") return;
    item.status = "Completed";
    item.completed = clockwork_.Now();
    for (Item& line : item.items) {
        const bool first = &line == &item.items.front();
        std::int64_t good = line.quantity;
        if (first && item.fate == "short") --good;
        if (first && item.fate == "rejected") {
            --good;
            line.taken.emplace_back(line.wanted == "Quarantine" ? "Dispose" : "Quarantine", 1);
        }
        if (good > 0) line.taken.emplace_back("Restock", good);
    }
    Tell(item, "return.completed");
}

Json Logistics::AsJson(const Return& item) const {
    Json rows = Json::Array();
    for (const Item& line : item.items) {
        Json taken = Json::Array();
        for (const auto& [action, quantity] : line.taken) {
            taken.Append(Json::Object(
                {{"action", Json::String(action)}, {"quantity_processed", Json::Int(quantity)}}));
        }
        rows.Append(Json::Object(
            {{"id", Json::Int(line.inventory_id)},
             {"sku", Json::String(line.sku)},
             {"quantity", Json::Int(line.quantity)},
             {"action_requested", Json::Object({{"action", Json::String(line.wanted)}})},
             {"action_taken", std::move(taken)}}));
    }
    return Json::Object(
        {{"id", Json::Int(item.id)},
         {"reference_id", Json::String(item.reference)},
         {"status", Json::String(item.status)},
         {"return_type", Json::String("Regular")},
         {"tracking_number", item.tracking.empty() ? Json() : Json::String(item.tracking)},
         {"fulfillment_center", Json::Object({{"id", Json::Int(kFulfillmentCenter)}})},
         {"insert_date", Date(item.inserted)},
         {"arrived_date", Date(item.arrived)},
         {"processing_date", Date(item.processing)},
         {"completed_date", Date(item.completed)},
         {"inventory", std::move(rows)}});
}

// Standard Webhooks: the id stays the same over repeats, the time and so the signature do not.
void Logistics::Tell(const Return& item, const std::string& topic) {
    const std::string id = "msg_" + std::to_string(100000 + ++messages_);
    Callback callback;
    callback.connection = connection_;
    callback.body = WriteJson(AsJson(item));
    callback.sign = [id, topic, body = callback.body](std::int64_t seconds) {
        constexpr std::string_view kPrefix = "whsec_";
        const std::string time = std::to_string(seconds);
        const auto key = connectors::DecodeBase64(kLogisticsSecret.substr(kPrefix.size()));
        CHECK(key.has_value());
        const std::string mac = connectors::HmacSha256(*key, id + "." + time + "." + body);
        return connectors::HttpHeaders{{"webhook-id", id},
                                       {"webhook-timestamp", time},
                                       {"webhook-signature", "v1," + connectors::EncodeBase64(mac)},
                                       {"x-webhook-topic", topic}};
    };
    Dice dice = clockwork_.For(id);
    Millis late(0);
    if (faults_.Strikes(dice, "callbacks.late")) {
        late = kHour * dice.Between(1, 24) / clockwork_.speed();
    }
    if (faults_.Strikes(dice, "callbacks.duplicate")) courier_.Send(callback, late + Millis(50));
    courier_.Send(std::move(callback), late);
}

Json Logistics::Returns() const {
    Json rows = Json::Array();
    for (const auto& [id, item] : returns_) {
        std::int64_t accepted = 0;
        for (const Item& each : item.items)
            for (const auto& [action, quantity] : each.taken)
                if (action == "Restock") accepted += quantity;
        rows.Append(Json::Object({{"their_reference", Json::Int(id)},
                                  {"our_reference", Json::String(item.reference)},
                                  {"status", Json::String(item.status)},
                                  {"accepted", Json::Int(accepted)},
                                  {"fate", Json::String(item.fate)}}));
    }
    return rows;
}

}  // namespace returns::sandbox
