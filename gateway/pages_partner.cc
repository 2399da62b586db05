// A partner's own page: what came of its callbacks, what we wait for, its answers, its keys.
#include "connectors/crypto.h"
#include "gateway/callback_keys.h"
#include "gateway/http_wire.h"
#include "gateway/pages_core.h"
#include "gateway/pages_timeline.h"
#include "gateway/partner_answers.h"
#include "gateway/plain_words.h"
#include "gateway/submit.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using Outcome = Delivery::Outcome;

constexpr std::size_t kWaitsMax = 25;
constexpr std::size_t kDeliveriesMax = 25;
constexpr std::size_t kLinesMax = 50;  // of one return, with fields of their own

Json Text(std::string_view value) { return Json::String(std::string(value)); }

std::string PagePath(const std::string& connection, const std::string& more = "") {
    return "/partner?connection=" + connectors::PercentEncode(connection) + more;
}

// "250 ms", "3.4 s", "5 min"
std::string Span(Millis value) {
    const std::int64_t ms = std::chrono::abs(value).count();
    if (ms < 1000) return std::to_string(ms) + " ms";
    if (ms < 120'000)
        return std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) + " s";
    return std::to_string(ms / 60'000) + " min";
}

// What they signed was `skew` ago by our clock: transport and both clocks together.
std::string SkewText(Millis skew) {
    if (skew < Millis(0)) return Span(skew) + " ahead of us";
    return "signed " + Span(skew) + " before we got it";
}

std::string_view OutcomeText(Outcome outcome) {
    constexpr std::string_view kWords[] = {"accepted",  "sent again", "kept",
                                           "id in use", "not taken",  "refused"};
    return kWords[static_cast<std::size_t>(outcome)];
}

std::string_view ToneOf(Outcome outcome) {
    constexpr std::string_view kTones[] = {"good", "", "wait", "bad", "bad", "bad"};
    return kTones[static_cast<std::size_t>(outcome)];
}

std::string AwaitsText(EventType awaited) {
    switch (awaited) {
        case EventType::kParcelDelivered:
            return "Nobody has seen the parcel. Has it arrived at your place?";
        case EventType::kReturnInspected:
            return "Opened, and to be inspected";
        default:
            return "Arrived, and to be opened";
    }
}

void AddFigures(const DeliveryFigures& figures, Json& model) {
    if (figures.all == 0) return model.Set("nothing_yet", Json::Bool(true));
    model.Set("since", Text(FormatDate(figures.since)));
    Json told = Json::Object({{"accepted", Json::Int(figures.accepted)},
                              {"all", Json::Int(figures.all)},
                              {"repeated", Json::Int(figures.repeated)},
                              {"parked", Json::Int(figures.parked)},
                              {"refused", Json::Int(figures.refused)},
                              {"some_refused", Json::Bool(figures.refused > 0)}});
    const std::int64_t known = figures.all - figures.refused;
    if (known > 0 && figures.repeated > 0)
        told.Set("repeated_percent", Json::Int((figures.repeated * 100 + known / 2) / known));
    std::string skew = "your callbacks carry no time";
    if (figures.skew_p50)
        skew = "usually " + SkewText(*figures.skew_p50) + "; at most " + Span(*figures.skew_max) +
               (*figures.skew_max < Millis(0) ? " ahead" : "");
    told.Set("skew", Text(skew));
    if (figures.latency_p50)
        told.Set("latency", Text("usually " + Span(*figures.latency_p50) + "; 99 of 100 within " +
                                 Span(*figures.latency_p99)));
    Json rows = Json::Array();
    for (const auto& [why, n] : figures.reasons)
        rows.Append(Json::Object({{"count", Json::Int(n)}, {"text", Text(PlainWhy(why))}}));
    if (!rows.Items().empty()) told.Set("reasons", Json::Object({{"rows", std::move(rows)}}));
    model.Set("figures", std::move(told));
}

Json LineModels(const Wait& wait, std::int64_t index) {
    Json lines = Json::Array();
    for (std::size_t at = 0; at < std::min(wait.lines.size(), kLinesMax); ++at) {
        const WaitLine& line = wait.lines[at];
        const std::string goods =
            std::to_string(line.quantity) + " × " + (line.sku.empty() ? line.id : line.sku);
        lines.Append(
            Json::Object({{"index", Json::Int(index)},
                          {"at", Json::Int(static_cast<std::int64_t>(at))},
                          {"line", Text(line.id)},
                          {"goods", Text(goods)},
                          {"quantity", Json::Int(line.quantity)},
                          {"opens", Json::Bool(line.awaits != EventType::kReturnInspected)}}));
    }
    return lines;
}

Json WaitModel(const WaitPlace& place, const Wait& wait, const Return& header, std::int64_t index,
               bool may_answer, Instant now) {
    Json model = Json::Object({{"return", Text(header.id)},
                               {"order", Text(place.key.order_id)},
                               {"late", Json::Bool(wait.late)},
                               {"awaits", Text(AwaitsText(wait.awaits))},
                               {"reference", Text(header.partner_reference)},
                               {"tracking", Text(header.tracking)},
                               {"last_word", Text(header.partner_status)}});
    SetTimes(model, "since", wait.since, now);
    if (!wait.late) SetTimes(model, "due", wait.due_at, now);
    if (!may_answer) return model;
    Json words = Json::Array();
    for (const AnswerWord& each : AnswerWords())
        if (Answers(each.word, wait.awaits))
            words.Append(Json::Object({{"value", Text(each.word)}, {"label", Text(each.label)}}));
    model.Set("answer", Json::Object({{"index", Json::Int(index)},
                                      {"return", Text(header.id)},
                                      {"shop", Text(place.key.shop)},
                                      {"words", std::move(words)},
                                      {"lines", LineModels(wait, index)}}));
    return model;
}

const Return* ReturnOf(const Case& subject, const std::string& id) {
    for (const Return& header : subject.returns)
        if (header.id == id) return &header;
    return nullptr;
}

// "Return R-1: arrived, not opened yet, to being checked"
std::string ReceiptText(const JournalEntry& entry) {
    std::string text = PlainEvent(entry.event);
    if (!entry.event.data.return_id.empty()) text += " (return " + entry.event.data.return_id + ")";
    bool moved = false;
    for (const workflows::Move& move : entry.moves) {
        if (move.kind != workflows::MachineKind::kReturn) continue;
        text += moved ? "; then " : ": ";
        text += PlainState(move.kind, move.from) + " → " + PlainState(move.kind, move.to);
        moved = true;
    }
    if (moved) return text + ".";
    if (entry.verdict == workflows::Verdict::kMoved) return text + ": noted.";
    return text + ": nothing to do. " + PlainReason(entry.reason) + ".";
}

// A whole number of a form's field; nothing where it is empty; -1 where it is none.
std::optional<std::int64_t> NumberIn(const std::string& field) {
    if (field.empty()) return std::nullopt;
    const auto number = Json::Number(field).AsInt();
    const bool digits =
        std::all_of(field.begin(), field.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits && number.ok() ? *number : -1;
}

// The lines of one answer as its fields say; empty where they say nothing.
Result<Json> ReadLines(const PageCall& call, const std::string& row, const std::string& answer) {
    Json lines = Json::Array();
    for (std::size_t at = 0; at < kLinesMax; ++at) {
        const std::string place = row + "_" + std::to_string(at);
        const std::string id = call.Form("line_" + place);
        if (id.empty()) break;
        Json line = Json::Object({{"id", Text(id)}});
        const auto add = [&](const char* field, const char* member) -> bool {
            const auto number = NumberIn(call.Form(field + place));
            if (number && *number >= 0) line.Set(member, Json::Int(*number));
            return !number || *number >= 0;
        };
        const bool good = answer == "opened" ? add("received_", "received")
                                             : add("good_", "accepted") && add("bad_", "rejected");
        if (!good) return Invalid("a count is a whole number");
        if (line.Members().size() > 1) lines.Append(std::move(line));
    }
    return lines;
}

Json ToldLines(const PageCall& call) {
    const std::int64_t taken = ReadNumber(call.Query("taken"));
    const std::int64_t idle = ReadNumber(call.Query("idle"));
    const std::string wrong = call.Query("wrong").substr(0, 2000);
    Json lines = Json::Array();
    const auto add = [&](const std::string& text) {
        lines.Append(Json::Object({{"text", Text(text)}}));
    };
    const auto answers = [](std::int64_t n) {
        return std::to_string(n) + (n == 1 ? " answer" : " answers");
    };
    if (taken > 0) add("Thank you. " + answers(taken) + " taken.");
    if (idle > 0)
        add(answers(idle) +
            " changed nothing: we knew it already, or it does not fit. What we "
            "still wait for is below.");
    if (!wrong.empty())
        add("Not taken: " + wrong +
            ". Say in whole numbers how many are good and how many are not.");
    if (lines.Items().empty()) add("There was no answer in it.");
    return Json::Object({{"tone", Text(!wrong.empty()           ? "bad"
                                       : idle > 0 || taken == 0 ? "wait"
                                                                : "good")},
                         {"lines", std::move(lines)}});
}

// What a form holds: the answers, and the returns whose answer cannot be read.
struct FormAnswers {
    std::vector<Input> inputs;
    std::string wrong;
};

FormAnswers ReadForm(const PageCall& call, Desk& desk, Instant now) {
    FormAnswers read;
    for (std::size_t at = 0; at < kWaitsMax; ++at) {
        const std::string row = std::to_string(at);
        PartnerAnswer answer;
        answer.return_id = call.Form("return_" + row);
        answer.answer = call.Form("answer_" + row);
        answer.shop = call.Form("shop_" + row);
        if (answer.return_id.empty() || answer.answer.empty()) continue;
        const bool counts = answer.answer == "opened" || answer.answer == "inspected";
        auto lines = counts ? ReadLines(call, row, answer.answer) : Result<Json>(Json::Array());
        const bool needed = answer.answer == "inspected";
        Result<Input> input = Invalid("no counts");
        if (lines.ok() && !(needed && lines->Items().empty())) {
            answer.lines = std::move(*lines);
            input = AnswerInput(desk, *call.caller, answer, now);
        }
        if (input.ok())
            read.inputs.push_back(std::move(*input));
        else
            read.wrong += (read.wrong.empty() ? "" : ", ") + answer.return_id;
    }
    return read;
}

}  // namespace

const Connection* Pages::Core::PartnersConnection(const PageCallPtr& call,
                                                  const std::string& name) {
    const Caller& caller = *call->caller;
    const bool partner = caller.role == Role::kPartner;
    const std::string asked =
        name.empty() && !caller.connections.empty() ? caller.connections.front() : name;
    const Connection* found = parts_.connections.Find(asked);
    if (found != nullptr && (!partner || caller.Holds(asked)) &&
        parts_.desk.SeesShop(caller, found->settings.shop))
        return found;
    Refuse(call, {.status = 404,
                  .detail = asked.empty() ? "Name a connection: /partner?connection=NAME"
                                          : "No connection of this name that you may see."});
    return nullptr;
}

Json Pages::Core::WaitModels(const Connection& connection, const std::string& cursor,
                             const Caller& caller, Json& model) const {
    const std::string& name = connection.settings.name;
    const bool may_answer = caller.role == Role::kPartner;
    const auto places =
        parts_.waits->After(name, DecodePlace(cursor).value_or(WaitPlace()), kWaitsMax + 1);
    Json rows = Json::Array();
    for (std::size_t at = 0; at < std::min(places.size(), kWaitsMax); ++at) {
        const auto subject = parts_.desk.Read(places[at].key);
        if (!subject.ok()) continue;
        const Return* header = ReturnOf(**subject, places[at].return_id);
        const auto wait = header == nullptr ? std::nullopt : WaitOf(**subject, *header);
        if (!wait || header->connection != name) continue;
        rows.Append(WaitModel(places[at], *wait, *header,
                              static_cast<std::int64_t>(rows.Items().size()), may_answer,
                              parts_.clock.Now()));
    }
    if (places.size() > kWaitsMax)
        model.Set("next_waits",
                  Text(PagePath(name, "&cursor=" + EncodePlace(places[kWaitsMax - 1]) + "#waits")));
    return rows;
}

Json Pages::Core::DeliveryModels(const Connection& connection, const PageCall& call,
                                 Json& model) const {
    const std::string& name = connection.settings.name;
    DeliveryLog::Query query;
    query.wrong = call.Query("show") == "wrong";
    query.before = ReadNumber(call.Query("before"));
    model.Set("href_all", Text(PagePath(name, "#deliveries")));
    model.Set("href_wrong", Text(PagePath(name, "&show=wrong#deliveries")));
    model.Set(query.wrong ? "shows_wrong" : "shows_all", Json::Bool(true));
    const auto found = parts_.deliveries->List(name, query, kDeliveriesMax + 1);
    Json rows = Json::Array();
    for (std::size_t at = 0; at < std::min(found.size(), kDeliveriesMax); ++at) {
        const Delivery& delivery = *found[at];
        Json row = Json::Object({{"tone", Text(ToneOf(delivery.outcome))},
                                 {"outcome", Text(OutcomeText(delivery.outcome))},
                                 {"message", Text(delivery.message_id)},
                                 {"no_message", Json::Bool(delivery.message_id.empty())},
                                 {"bytes", Json::Int(delivery.bytes)},
                                 {"why", Text(PlainWhy(delivery.why))},
                                 {"detail", Text(delivery.detail)}});
        SetTimes(row, "at", delivery.at, parts_.clock.Now());
        if (delivery.skew) row.Set("skew", Text(SkewText(*delivery.skew)));
        if (delivery.latency) row.Set("latency", Text(Span(*delivery.latency)));
        Json receipts = Json::Array();
        for (const std::int64_t seq : delivery.journal) {
            const auto stored = parts_.desk.engine().archive().Row(seq);
            if (!stored.ok() || !*stored) continue;
            const auto entry = DecodeEntry((*stored)->body);
            if (!entry.ok() || entry->event.connection != name) continue;
            receipts.Append(
                Json::Object({{"text", Text(ReceiptText(*entry))}, {"journal", Json::Int(seq)}}));
        }
        row.Set("receipts", std::move(receipts));
        rows.Append(std::move(row));
    }
    if (found.size() > kDeliveriesMax)
        model.Set("next_deliveries",
                  Text(PagePath(name, std::string(query.wrong ? "&show=wrong" : "") + "&before=" +
                                          std::to_string(found[kDeliveriesMax - 1]->number) +
                                          "#deliveries")));
    return rows;
}

void Pages::Core::GetPartner(const PageCallPtr& call) {
    const Connection* connection = PartnersConnection(call, call->Query("connection"));
    if (connection == nullptr) return;
    const std::string& name = connection->settings.name;
    const Caller& caller = *call->caller;
    Json model = Json::Object({{"title", Text("Deliveries of " + name)},
                               {"heading", Text("Partner " + name)},
                               {"connection", Text(name)}});
    model.Set("callback_url", Text(parts_.settings.public_url + "/v1/callbacks/" + name));
    if (call->Query("told") == "answers") model.Set("told", ToldLines(*call));
    Json others = Json::Array();
    for (const std::string& each : caller.connections)
        others.Append(Json::Object({{"name", Text(each)},
                                    {"href", Text(PagePath(each))},
                                    {"current", Json::Bool(each == name)}}));
    if (caller.connections.size() > 1)
        model.Set("several", Json::Object({{"others", std::move(others)}}));
    AddFigures(parts_.deliveries->Figures(name), model);
    model.Set("wait_count", Json::Int(parts_.waits->Count(name)));
    model.Set("filling", Json::Bool(!parts_.waits->complete()));
    Json waits = WaitModels(*connection, call->Query("cursor"), caller, model);
    model.Set("no_waits", Json::Bool(waits.Items().empty() && parts_.waits->complete()));
    if (!waits.Items().empty())
        model.Set("waits",
                  Json::Object({{"rows", std::move(waits)},
                                {"may_answer", Json::Bool(caller.role == Role::kPartner)}}));
    Json deliveries = DeliveryModels(*connection, *call, model);
    model.Set("no_deliveries", Json::Bool(deliveries.Items().empty()));
    model.Set("deliveries", std::move(deliveries));
    const auto used = parts_.deliveries->KeysUsed(name);
    Json keys = Json::Array();
    for (const std::string& mark : KeyMarks(*connection)) {
        const auto at = used.find(mark);
        Json key = Json::Object({{"mark", Text(mark)}, {"unused", Json::Bool(at == used.end())}});
        if (at != used.end()) SetTimes(key, "used", at->second, parts_.clock.Now());
        keys.Append(std::move(key));
    }
    model.Set("no_keys", Json::Bool(keys.Items().empty()));
    if (!keys.Items().empty()) model.Set("some_keys", Json::Object({{"keys", std::move(keys)}}));
    Show(call, "partner", std::move(model));
}

void Pages::Core::PostPartner(const PageCallPtr& call) {
    const Connection* connection = PartnersConnection(call, call->Form("connection"));
    if (connection == nullptr) return;
    FormAnswers read = ReadForm(*call, parts_.desk, parts_.clock.Now());
    const std::string back = PagePath(connection->settings.name, "&told=answers");
    const std::string wrong =
        read.wrong.empty() ? "" : "&wrong=" + connectors::PercentEncode(read.wrong);
    SubmitEach(parts_.desk.engine(), std::move(read.inputs),
               [this, call, back, wrong](const std::vector<Receipt>& receipts, bool all) {
                   std::int64_t taken = 0, idle = 0;
                   bool stored = all;
                   for (const Receipt& receipt : receipts) {
                       stored = stored && receipt.kind != Receipt::Kind::kFailed;
                       const bool moved = receipt.kind == Receipt::Kind::kDecided &&
                                          receipt.verdict == workflows::Verdict::kMoved;
                       ++(moved ? taken : idle);
                   }
                   if (!stored)
                       return Refuse(call,
                                     {.status = 503,
                                      .detail = "Not everything was taken: too much is going "
                                                "on, or the database takes no writes. Send "
                                                "it again in a moment; nothing is done twice."});
                   Send(call, 303,
                        back + "&taken=" + std::to_string(taken) + "&idle=" + std::to_string(idle) +
                            wrong + "#told");
               });
}

}  // namespace returns::gateway
