// What a partner is told of itself: its callbacks and what came of them, with the figures.
#include "connectors/crypto.h"
#include "gateway/api_core.h"
#include "gateway/callback_keys.h"
#include "gateway/case_view.h"
#include "gateway/receipt_view.h"

#include <algorithm>
#include <set>

namespace returns::gateway {
namespace {

using Outcome = Delivery::Outcome;
using Verdict = CallbackRead::Verdict;

constexpr std::size_t kPageMax = 200;
constexpr std::size_t kTimelineMax = 500;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

void SetMillis(Json& json, std::string name, const std::optional<Millis>& value) {
    if (value) json.Set(std::move(name), Json::Int(value->count()));
}

Json DeliveryJson(const Delivery& row) {
    Json json = Json::Object({{"number", Json::Int(row.number)},
                              {"at", Text(FormatInstant(row.at))},
                              {"outcome", Text(Name(row.outcome))},
                              {"bytes", Json::Int(row.bytes)}});
    if (!row.message_id.empty()) json.Set("message_id", Text(row.message_id));
    if (!row.why.empty()) {
        json.Set("reason", Text(row.why));
        json.Set("reason_text", Text(PlainWhy(row.why)));
    }
    if (!row.detail.empty()) json.Set("detail", Text(row.detail));
    SetMillis(json, "skew_ms", row.skew);
    SetMillis(json, "latency_ms", row.latency);
    Json journal = Json::Array();
    for (const std::int64_t seq : row.journal) journal.Append(Json::Int(seq));
    json.Set("journal", std::move(journal));
    return json;
}

Json FiguresJson(const DeliveryFigures& figures) {
    Json json = Json::Object({{"deliveries", Json::Int(figures.all)},
                              {"accepted", Json::Int(figures.accepted)},
                              {"repeated", Json::Int(figures.repeated)},
                              {"parked", Json::Int(figures.parked)},
                              {"conflict", Json::Int(figures.conflicts)},
                              {"not_stored", Json::Int(figures.not_stored)},
                              {"refused", Json::Int(figures.refused)}});
    if (figures.since != kNoTime) json.Set("since", Text(FormatInstant(figures.since)));
    // Of those that were verified: whoever posts rubbish in a partner's name changes it nothing.
    const std::int64_t known = figures.all - figures.refused;
    if (known > 0) {
        const std::int64_t tenths = (figures.repeated * 1000 + known / 2) / known;
        json.Set("repeated_percent",
                 Json::Number(std::to_string(tenths / 10) + "." + std::to_string(tenths % 10)));
    }
    Json reasons = Json::Object();
    for (const auto& [why, n] : figures.reasons) reasons.Set(why, Json::Int(n));
    json.Set("reasons", std::move(reasons));
    json.Set("measured", Json::Int(figures.measured));
    SetMillis(json, "skew_p50_ms", figures.skew_p50);
    SetMillis(json, "skew_max_ms", figures.skew_max);
    SetMillis(json, "latency_p50_ms", figures.latency_p50);
    SetMillis(json, "latency_p99_ms", figures.latency_p99);
    return json;
}

std::string WhyRefused(const CallbackRead& read) {
    using Signed = connectors::Verdict;
    switch (read.verdict) {
        case Verdict::kUnknown:
            return "no_callbacks";
        case Verdict::kWithoutCertificate:
            return "certificate";
        case Verdict::kStale:
            return "stale";
        case Verdict::kUnknownKey:
            return "unknown_key";
        case Verdict::kNoKeys:
            return "keys_unavailable";
        case Verdict::kForged:
        case Verdict::kVerified:
            break;
    }
    switch (read.reading.verification.verdict) {
        case Signed::kMissing:
            return "unsigned";
        case Signed::kMalformed:
            return "malformed";
        default:
            return "signature";
    }
}

// What came of a callback as a whole: the worst of its parts says what to do.
void Judge(const ApiInputs& all, const std::string& unmapped, Delivery& row) {
    row.outcome = Outcome::kAccepted;
    bool repeated = !all.receipts.empty();
    const auto worse = [&](Outcome outcome, const char* why) {
        if (outcome <= row.outcome) return;
        row.outcome = outcome;
        row.why = why;
    };
    for (const Receipt& receipt : all.receipts) {
        repeated = repeated && receipt.repeated;
        if (receipt.seq != 0) row.journal.push_back(receipt.seq);
        if (receipt.kind == Receipt::Kind::kParked)
            worse(Outcome::kParked, unmapped.empty() ? "no_return" : "not_read");
        if (receipt.kind == Receipt::Kind::kConflict) worse(Outcome::kConflict, "id_reused");
        if (receipt.kind == Receipt::Kind::kFailed) worse(Outcome::kNotStored, "busy");
    }
    if (all.turned_away) worse(Outcome::kNotStored, "busy");
    if (row.outcome == Outcome::kAccepted && repeated) row.outcome = Outcome::kRepeated;
    if (row.outcome == Outcome::kParked && !unmapped.empty()) row.detail = unmapped;
}

bool IsOfMessage(const Envelope& event, const std::string& connection, const std::string& id) {
    if (event.source != "connection:" + connection) return false;
    return event.source_id == id || event.source_id.starts_with(id + "#");
}

}  // namespace

void Api::Core::NoteRefused(const ApiCallPtr& call, const CallbackRead& read, std::string why) {
    if (read.connection == nullptr) return;
    Delivery row;
    row.why = why.empty() ? WhyRefused(read) : std::move(why);
    NoteDelivery(call, read, std::move(row));
}

void Api::Core::NoteReceipts(const ApiInputs& all, const CallbackRead& read) {
    Delivery row;
    Judge(all, read.reading.unmapped, row);
    NoteDelivery(all.call, read, std::move(row));
}

void Api::Core::NoteDelivery(const ApiCallPtr& call, const CallbackRead& read, Delivery row) {
    const connectors::Verification& signed_as = read.reading.verification;
    row.message_id = read.reading.id.empty() ? signed_as.message_id : read.reading.id;
    row.bytes = static_cast<std::int64_t>(call->request.body.size());
    if (signed_as.signed_at != kNoTime) row.skew = read.began_at - signed_as.signed_at;
    if (row.outcome != Outcome::kRefused)
        row.latency = std::max(Millis(0), WallOf(parts_)() - read.began_at);
    const std::string& name = read.connection->settings.name;
    if (row.outcome != Outcome::kRefused && signed_as.key >= 0) {
        const auto& marks = key_marks_[name];
        const auto key = static_cast<std::size_t>(signed_as.key);
        if (key < marks.size()) deliveries_.NoteKey(name, marks[key]);
    }
    deliveries_.Note(name, std::move(row));
    deliveries_.Step();
}

const Connection* Api::Core::PartnersConnection(const ApiCallPtr& call) {
    std::string name = call->Query("connection");
    const Caller& caller = *call->caller;
    if (name.empty() && caller.connections.size() == 1) name = caller.connections.front();
    if (!name.empty()) return ConnectionOf(call, name);
    std::string known;
    for (const std::string& each : caller.connections) known += (known.empty() ? "" : ", ") + each;
    AnswerProblem(call, {.status = 400,
                         .code = "connection_needed",
                         .detail = "name the connection with ?connection=" +
                                   (known.empty() ? "NAME" : "NAME; this key holds " + known)});
    return nullptr;
}

void Api::Core::GetDeliveries(const ApiCallPtr& call) {
    const Connection* connection = PartnersConnection(call);
    if (connection == nullptr) return;
    DeliveryLog::Query query;
    query.outcome = call->Query("outcome");
    query.why = call->Query("reason");
    query.before = ReadNumber(call->Query("cursor"));
    const auto most = std::clamp<std::size_t>(
        static_cast<std::size_t>(parts_.settings.limits.search_results_max), 1, kPageMax);
    const auto rows = deliveries_.List(connection->settings.name, query, most + 1);
    Json items = Json::Array();
    for (std::size_t at = 0; at < std::min(rows.size(), most); ++at)
        items.Append(DeliveryJson(*rows[at]));
    Json body = Json::Object(
        {{"connection", Text(connection->settings.name)}, {"items", std::move(items)}});
    if (rows.size() > most) body.Set("next", Text(std::to_string(rows[most - 1]->number)));
    AnswerTagged(call, body);
}

// Its receipts as they were given: from the list, or, however old, from the return it was about.
void Api::Core::GetDelivery(const ApiCallPtr& call) {
    const Connection* connection = PartnersConnection(call);
    if (connection == nullptr) return;
    const std::string& name = connection->settings.name;
    const std::string& id = call->path[3];
    Json tries = Json::Array();
    std::set<std::int64_t> rows;
    for (const Delivery* row : deliveries_.List(name, {.message_id = id}, kPageMax)) {
        tries.Append(DeliveryJson(*row));
        rows.insert(row->journal.begin(), row->journal.end());
    }
    Json receipts = Json::Array();
    const auto add = [&](const JournalEntry& entry, std::int64_t seq) {
        Json receipt = ReceiptJson(StoredReceipt(entry, seq), true);
        receipt.Set("status", Json::Int(StatusOf(StoredReceipt(entry, seq))));
        receipt.Set("at", Text(FormatInstant(entry.event.recorded_at)));
        receipts.Append(std::move(receipt));
    };
    for (const std::int64_t seq : rows) {
        const auto row = parts_.engine.archive().Row(seq);
        if (!row.ok() || !*row) continue;
        const auto entry = DecodeEntry((*row)->body);
        if (entry.ok() && entry->event.connection == name) add(*entry, seq);
    }
    const std::string about = call->Query("return_id");
    if (receipts.Items().empty() && !about.empty()) {
        const auto key = desk_.FindReturn(*call->caller, about, call->Query("shop"));
        if (!key.ok()) return AnswerProblem(call, ProblemOf(key.error()));
        const auto subject = desk_.Read(*key);
        if (!subject.ok()) return AnswerProblem(call, ProblemOf(subject.error()));
        const auto told = ReadTimeline(parts_.engine.archive(), **subject, about, kTimelineMax);
        if (!told.ok()) return AnswerProblem(call, ProblemOf(told.error()));
        for (const TimelineRow& row : *told)
            if (IsOfMessage(row.entry.event, name, id)) add(row.entry, row.seq);
    }
    if (tries.Items().empty() && receipts.Items().empty()) {
        return AnswerProblem(
            call, {.status = 404,
                   .code = "unknown_message",
                   .detail = "no message of this id is kept for this connection; an old one is "
                             "found with ?return_id= of the return it was about"});
    }
    AnswerJson(call, 200,
               Json::Object({{"connection", Text(name)},
                             {"message_id", Text(id)},
                             {"deliveries", std::move(tries)},
                             {"receipts", std::move(receipts)}}));
}

void Api::Core::GetPartnerSummary(const ApiCallPtr& call) {
    const Connection* connection = PartnersConnection(call);
    if (connection == nullptr) return;
    const std::string& name = connection->settings.name;
    Json body = FiguresJson(deliveries_.Figures(name));
    body.Set("connection", Text(name));
    body.Set("now", Text(FormatInstant(parts_.clock.Now())));
    body.Set("waiting", Json::Int(waits_.Count(name)));
    body.Set("waiting_complete", Json::Bool(waits_.complete()));
    AnswerJson(call, 200, body);
}

void Api::Core::GetPartnerKeys(const ApiCallPtr& call) {
    const Connection* connection = PartnersConnection(call);
    if (connection == nullptr) return;
    const std::string& name = connection->settings.name;
    const auto used = deliveries_.KeysUsed(name);
    Json items = Json::Array();
    for (const std::string& mark : key_marks_[name]) {
        Json item = Json::Object({{"fingerprint", Text(mark)}});
        const auto at = used.find(mark);
        if (at != used.end()) item.Set("last_used", Text(FormatInstant(at->second)));
        items.Append(std::move(item));
    }
    AnswerTagged(call, Json::Object({{"connection", Text(name)}, {"items", std::move(items)}}));
}

// Begins or ends a rotation: takes the callback keys the settings name by now.
void Api::Core::PostKeys(const ApiCallPtr& call) {
    const Connection* connection = ConnectionOf(call, call->path[2]);
    if (connection == nullptr) return;
    const auto body = ParseJson(call->request.body);
    if (!body.ok()) return AnswerProblem(call, {.status = 400, .detail = body.error().text});
    if (!parts_.reread)
        return AnswerProblem(call, {.status = 501, .detail = "there is no settings file to read"});
    const auto fresh = parts_.reread();
    if (!fresh.ok()) return AnswerProblem(call, {.status = 422, .detail = fresh.error().text});
    const std::string& name = connection->settings.name;
    const std::vector<std::string> before = KeyMarks(*connection);
    const Status done =
        parts_.switches->SetKeys(name, *fresh, call->caller->name, (*body)["reason"].AsString());
    if (!done.ok()) return AnswerProblem(call, ProblemOf(done.error()));
    key_marks_[name] = KeyMarks(*connection);
    const auto list = [](const std::vector<std::string>& marks) {
        Json all = Json::Array();
        for (const std::string& mark : marks) all.Append(Text(mark));
        return all;
    };
    AnswerJson(call, 200,
               Json::Object({{"connection", Text(name)},
                             {"before", list(before)},
                             {"after", list(key_marks_[name])}}));
}

}  // namespace returns::gateway
