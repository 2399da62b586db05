#include "tests/sim/partners.h"

#include <algorithm>

namespace returns::sim {

using connectors::HttpAnswer;
using connectors::HttpRequest;

HttpAnswer Warehouse::Serve(const HttpRequest& request) {
    if (request.target == "/token") return GiveToken(request);
    if (wants_tokens && !LetsIn(request)) return Answer(401, Json());
    if (request.method == "GET") {
        auto query = QueryOf(request);
        return query.contains("Status") ? ListOpen(query["Cursor"]) : List(query["ReferenceIds"]);
    }
    if (request.target.ends_with(":cancel")) return Cancel(PathOf(request));
    const Result<Json> body = ParseJson(request.body);
    return body.ok() ? Create(*body) : Answer(422, Json());
}

HttpAnswer Warehouse::GiveToken(const HttpRequest& request) {
    if (request.body != "grant_type=client_credentials") return Answer(400, Json());
    const std::string token = "token-" + std::to_string(++given_);
    tokens_[token] = scene_.clock.Monotonic() + kHour;
    return Answer(200, Json::Object({{"access_token", Json::String(token)},
                                     {"expires_in", Json::String("3600")}}));
}

bool Warehouse::LetsIn(const HttpRequest& request) {
    const std::string given(connectors::FindHeader(request.headers, "Authorization"));
    const auto known = tokens_.find(given.substr(std::min<std::size_t>(given.size(), 7)));
    if (known == tokens_.end() || known->second < scene_.clock.Monotonic()) return false;
    if (scene_.healed || !scene_.chance.PerMille(100)) return true;
    tokens_.erase(known);
    return false;
}

HttpAnswer Warehouse::Create(const Json& body) {
    Expected fresh;
    fresh.reference = body["reference_id"].AsString();
    for (const Json& item : body["inventory"].Items())
        fresh.items.push_back({item["id"].AsInt().value(), item["quantity"].AsInt().value()});
    const bool first = std::none_of(expected_.begin(), expected_.end(), [&](const Expected& each) {
        return each.reference == fresh.reference;
    });
    expected_.push_back(std::move(fresh));
    const std::size_t at = expected_.size() - 1;
    // There is one parcel, however often it was announced.
    if (first) Later(at, Stage::kArrival, kDay, 9 * kDay, [this, at] { Arrive(at); });
    return Answer(201, Tell(at));
}

void Warehouse::Later(std::size_t at, Stage stage, Millis low, Millis high,
                      std::function<void()> what) {
    std::optional<Millis> wait;
    if (pace)
        wait = pace(expected_[at].reference, stage);
    else if (stage == Stage::kOpening || !scene_.Strikes(Fault::kPartnerSilent))
        wait = scene_.chance.Span(low, high);
    if (wait) scene_.After(*wait, std::move(what));
}

HttpAnswer Warehouse::Cancel(const std::string& path) {
    const std::size_t slash = path.rfind('/') + 1;
    const std::string id = path.substr(slash, path.rfind(':') - slash);
    const auto at = static_cast<std::size_t>(Json::Number(id).AsInt().value() - 1);
    if (at >= expected_.size() || expected_[at].status != "AwaitingArrival")
        return Answer(400, Json());
    expected_[at].status = "Cancelled";
    return Answer(200, Json());
}

HttpAnswer Warehouse::List(const std::string& reference) const {
    std::vector<Json> found;
    for (std::size_t at = 0; at < expected_.size(); ++at)
        if (expected_[at].reference == reference) found.push_back(Tell(at));
    return Answer(200, Json::Object({{"items", Json::Array(std::move(found))}, {"next", Json()}}));
}

// Pages of three, in the order they were announced.
HttpAnswer Warehouse::ListOpen(const std::string& cursor) const {
    constexpr std::size_t kOnAPage = 3;
    const std::size_t page = cursor.empty() ? 1 : std::stoul(cursor);
    std::vector<Json> found;
    std::size_t n = 0;
    for (std::size_t at = 0; at < expected_.size(); ++at) {
        const std::string& status = expected_[at].status;
        if (status == "Completed" || status == "Cancelled") continue;
        if (n / kOnAPage + 1 == page) found.push_back(Tell(at));
        ++n;
    }
    const bool more = n > page * kOnAPage;
    return Answer(200, Json::Object({{"items", Json::Array(std::move(found))},
                                     {"next", more ? Json::String("more") : Json()}}));
}

Json Warehouse::Tell(std::size_t at) const {
    const Expected& each = expected_[at];
    std::vector<Json> items;
    for (const Item& item : each.items) {
        Json taken = Json::Array();
        const auto note = [&](const char* action, std::int64_t quantity) {
            if (quantity > 0)
                taken.Append(Json::Object({{"action", Json::String(action)},
                                           {"quantity_processed", Json::Int(quantity)}}));
        };
        note("Restock", item.accepted);
        note("Dispose", item.rejected);
        items.push_back(
            Json::Object({{"id", Json::Int(item.inventory)},
                          {"quantity", Json::Int(item.quantity)},
                          {"action_requested", Json::Object({{"action", Json::String("Default")}})},
                          {"action_taken", std::move(taken)}}));
    }
    const auto date = [](const std::string& text) {
        return text.empty() ? Json() : Json::String(text);
    };
    return Json::Object({{"id", Json::Int(static_cast<std::int64_t>(at) + 1)},
                         {"reference_id", Json::String(each.reference)},
                         {"status", Json::String(each.status)},
                         {"return_type", Json::String("Regular")},
                         {"tracking_number", Json::String("TRK" + std::to_string(at + 1))},
                         {"arrived_date", date(each.arrived)},
                         {"processing_date", date(each.processing)},
                         {"completed_date", date(each.completed)},
                         {"inventory", Json::Array(std::move(items))}});
}

// The parcel comes even where it was cancelled: paper does not stop a lorry.
void Warehouse::Arrive(std::size_t at) {
    expected_[at].status = "Arrived";
    expected_[at].arrived = FormatInstant(scene_.clock.Now());
    Say(at);
    Live(at);
}

void Warehouse::Live(std::size_t at) {
    Later(at, Stage::kOpening, kHour, 3 * kDay, [this, at] {
        expected_[at].status = "Processing";
        expected_[at].processing = FormatInstant(scene_.clock.Now());
        if (flawless || scene_.chance.PerMille(700)) Say(at);  // some never tell of the opening
        Later(at, Stage::kGrading, kHour, 3 * kDay, [this, at] { Complete(at, false); });
    });
}

void Warehouse::Complete(std::size_t at, bool regrade) {
    Expected& each = expected_[at];
    each.status = "Completed";
    each.completed = FormatInstant(scene_.clock.Now());
    for (Item& item : each.items) {
        const bool good = flawless || (!regrade && scene_.chance.PerMille(800));
        const bool whole = flawless || scene_.chance.PerMille(850);
        const std::int64_t counted =
            whole ? item.quantity : scene_.chance.Between(0, item.quantity);
        item.accepted = good ? counted : scene_.chance.Between(0, counted);
        item.rejected = counted - item.accepted;
        std::int64_t& most = accepted_[{each.reference, item.inventory}];
        most = std::max(most, item.accepted);
    }
    Say(at);
    if (!regrade && scene_.Strikes(Fault::kPartnerLies))
        scene_.After(scene_.chance.Span(Millis(1), 5 * kDay), [this, at] { Complete(at, true); });
}

void Warehouse::Say(std::size_t at) {
    const std::string id = "msg_" + std::to_string(++calls_);
    scene_.Trace("warehouse says " + expected_[at].reference + " " + expected_[at].status);
    if (!deaf)
        call_back_({connection_, id, WriteJson(Tell(at)), {{"x-webhook-topic", "return.updated"}}});
}

bool Warehouse::Knows(const std::string& reference) const {
    return std::any_of(expected_.begin(), expected_.end(),
                       [&](const Expected& each) { return each.reference == reference; });
}

bool Warehouse::HasCompleted(const std::string& reference) const {
    return std::any_of(expected_.begin(), expected_.end(), [&](const Expected& each) {
        return each.reference == reference && each.status == "Completed";
    });
}

std::map<std::string, std::int64_t> Warehouse::accepted(const std::string& reference) const {
    std::map<std::string, std::int64_t> most;
    for (auto at = accepted_.lower_bound({reference, 0});
         at != accepted_.end() && at->first.first == reference; ++at)
        most["SKU-" + std::to_string(at->first.second)] = at->second;
    return most;
}

}  // namespace returns::sim
