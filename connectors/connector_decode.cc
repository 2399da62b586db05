// What an answer to one of our commands means.
#include "connectors/connector.h"
#include "connectors/crosswalk.h"
#include "connectors/fields.h"
#include "connectors/mapping.h"
#include "schemas/money.h"

#include <algorithm>
#include <array>

namespace returns::connectors {
namespace {

constexpr std::size_t kDetailBytesMax = 500;

Outcome Make(OutcomeKind kind, std::string_view word, std::string detail) {
    Outcome outcome;
    outcome.kind = kind;
    (kind == OutcomeKind::kDone ? outcome.answer : outcome.reason) = word;
    outcome.detail = std::move(detail);
    return outcome;
}

// Whether it happened cannot be known: harmless for what only reads.
Outcome Doubt(const Operation& operation, std::string_view reason, std::string detail) {
    return Make(operation.reads ? OutcomeKind::kNotDone : OutcomeKind::kInDoubt, reason,
                std::move(detail));
}

// What a status means where the manifest does not say.
Outcome Default(const Operation& operation, int status) {
    const std::string detail = "HTTP " + std::to_string(status);
    if (status >= 200 && status <= 299) return Make(OutcomeKind::kDone, "ok", "");
    if (status == 401 || status == 403) return Make(OutcomeKind::kNotDone, "credentials", detail);
    if (status == 429) return Make(OutcomeKind::kNotDone, "rate_limited", detail);
    if (status == 409 && operation.money) return Make(OutcomeKind::kInDoubt, "conflict", detail);
    if (status == 408 || status == 425) return Doubt(operation, "time_out", detail);
    if (status == 503 && !operation.money) {
        return Make(OutcomeKind::kNotDone, "unavailable", detail);
    }
    if (status >= 400 && status <= 499) {
        const std::string_view reason = status == 404   ? "not_found"
                                        : status == 409 ? "conflict"
                                                        : "invalid";
        // Being refused a look proves nothing about what is looked for.
        return Make(operation.reads ? OutcomeKind::kNotDone : OutcomeKind::kRefused, reason,
                    detail);
    }
    return Doubt(operation, status <= 399 ? "redirect" : "server_error", detail);
}

Outcome Classify(const Operation& operation, int status) {
    for (const AnswerRule& rule : operation.answers) {
        if (status < rule.status_min || status > rule.status_max) continue;
        const bool done = rule.kind == OutcomeKind::kDone;
        Outcome outcome = Make(rule.kind, done ? rule.answer : rule.reason,
                               done ? "" : "HTTP " + std::to_string(status));
        if (done && outcome.answer.empty()) outcome.answer = "ok";
        outcome.retry_key = rule.retry_key;
        return outcome;
    }
    return Default(operation, status);
}

// "2", "0.5": thousandths; nothing when it is anything else.
std::optional<std::int64_t> ReadMilli(std::string_view text) {
    std::int64_t milli = 0;
    int decimals = -1;  // -1: before the point
    for (char c : text) {
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9' || milli > 1'000'000'000) return std::nullopt;
        if (decimals >= 3) continue;
        milli = milli * 10 + (c - '0');
        if (decimals >= 0) ++decimals;
    }
    if (text.empty() || text == ".") return std::nullopt;
    for (int missing = std::max(decimals, 0); missing < 3; ++missing) milli *= 10;
    return milli;
}

// What the answer's headers tell of how many calls are allowed.
void NoteRates(const RateHeaders& rates, const HttpHeaders& headers, Instant now,
               Outcome& outcome) {
    const auto told = [&](const std::string& name) {
        return name.empty() ? std::string_view() : FindHeader(headers, name);
    };
    if (const auto limit = ReadMilli(told(rates.limit)); limit && *limit > 0)
        outcome.limit_milli = *limit;
    if (const auto left = ReadMilli(told(rates.remaining))) outcome.remaining = *left / 1000;
    if (outcome.retry_after || outcome.kind != OutcomeKind::kNotDone) return;
    std::string_view after = FindHeader(headers, "Retry-After");
    if (after.empty()) after = told(rates.retry_after);
    outcome.retry_after = ParseRetryAfter(after, now);
}

bool KnownAnswer(const std::string& answer) {
    constexpr std::array<std::string_view, 6> kAnswers = {"accepted", "paid",    "found",
                                                          "absent",   "refused", "ok"};
    return std::find(kAnswers.begin(), kAnswers.end(), answer) != kAnswers.end();
}

// Lays what the reply mapping gave over the outcome its status stands for.
Status Overlay(const Json& reply, Outcome& outcome) {
    Fields fields(reply, "reading the mapped reply");
    const bool changed = fields.Has("outcome");
    outcome.kind = static_cast<OutcomeKind>(fields.Choice(
        "outcome", {"done", "refused", "not_done", "in_doubt"}, static_cast<int>(outcome.kind)));
    const bool done = outcome.kind == OutcomeKind::kDone;
    if (changed && done) outcome.reason.clear();
    if (changed && !done) outcome.answer.clear();
    outcome.answer = fields.Text("answer", done && outcome.answer.empty() ? "ok" : outcome.answer);
    outcome.reason = fields.Text("reason", outcome.reason);
    outcome.detail = fields.Text("detail", outcome.detail);
    if (fields.Has("retry_key")) outcome.retry_key = fields.Flag("retry_key");
    if (fields.Has("retry_after_s")) {
        outcome.retry_after = std::chrono::seconds(fields.Number("retry_after_s", 0, 0, 86'400));
    }
    outcome.their_reference = fields.Text("their_reference");
    outcome.our_reference = fields.Text("our_reference");
    outcome.return_id = fields.Text("return_id");
    outcome.status = fields.Text("status");
    outcome.tracking = fields.Text("tracking");
    outcome.carrier = fields.Text("carrier");
    outcome.label_url = fields.Text("label_url");
    outcome.currency = fields.Text("currency");
    if (fields.Has("amount_minor")) {
        outcome.amount_minor = fields.Number("amount_minor", 0, 0, kMinorMax);
    }
    outcome.facts = fields.Any("facts");
    outcome.next = fields.Text("next");
    fields.Any("listed");
    fields.Any("events");
    const bool wants_reason = !done || outcome.answer == "refused";
    if (wants_reason == outcome.reason.empty()) {
        fields.Fail("'reason' goes with what is not done, and with the answer 'refused'");
    }
    if (done && !KnownAnswer(outcome.answer)) fields.Fail("'answer' is not a known one");
    if (!done && !outcome.answer.empty()) fields.Fail("'answer' goes with what is done");
    if (outcome.retry_key && outcome.kind != OutcomeKind::kRefused) {
        fields.Fail("'retry_key' needs a definite refusal");
    }
    return fields.Done();
}

constexpr std::size_t kListedMax = 1000;  // on one page

// Events that cannot be read are left out: the return is there all the same, and whoever asks for
// it alone hears what is wrong with them.
Status ReadListed(const Json& list, const Manifest& manifest, const Json& settings,
                  const std::string& id, Instant now, const std::string& hash,
                  std::vector<Listed>& listed) {
    if (list.Items().size() > kListedMax)
        return Invalid("reading the mapped reply: more than " + std::to_string(kListedMax) +
                       " returns on one page");
    for (const Json& item : list.Items()) {
        Fields fields(item, "reading the mapped reply: listed");
        Listed one;
        one.our_reference = fields.Text("our_reference");
        one.their_reference = fields.Text("their_reference");
        one.tracking = fields.Text("tracking");
        one.status = fields.Text("status");
        const Json& open = fields.Any("open");
        one.open = !fields.Has("open") || open.AsBool();
        one.closed = open.IsBool() && !one.open;
        if (!open.IsNull() && !open.IsBool()) fields.Fail("'open' is true, false or null");
        const Json& events = fields.Any("events");
        if (one.our_reference.empty() && one.their_reference.empty() && one.tracking.empty())
            fields.Fail("what is listed has neither reference nor tracking number");
        RETURN_IF_ERROR(fields.Done());
        if (!events.IsNull()) {
            const auto ours = TranslatedBack(manifest, events, settings);
            auto read = ours.ok() ? ReadEvents(*ours, id, now, hash) : ours.error();
            if (read.ok()) one.events = std::move(*read);
        }
        listed.push_back(std::move(one));
    }
    return {};
}

}  // namespace

EventType AttemptType(OutcomeKind kind) {
    switch (kind) {
        case OutcomeKind::kDone:
            return EventType::kAttemptDone;
        case OutcomeKind::kRefused:
            return EventType::kAttemptRefused;
        case OutcomeKind::kNotDone:
            return EventType::kAttemptNotDone;
        case OutcomeKind::kInDoubt:
            break;
    }
    return EventType::kAttemptInDoubt;
}

EventData AttemptData(const Outcome& outcome, Instant now) {
    EventData data;
    data.attempt.answer = outcome.answer;
    data.attempt.reason = outcome.reason;
    data.attempt.detail = outcome.detail;
    data.attempt.retry_key = outcome.retry_key;
    if (outcome.retry_after) data.attempt.retry_at = now + *outcome.retry_after;
    data.their_reference = outcome.their_reference;
    data.our_reference = outcome.our_reference;
    data.return_id = outcome.return_id;
    data.raw_code = outcome.status;
    data.tracking = outcome.tracking;
    data.carrier = outcome.carrier;
    data.label_url = outcome.label_url;
    data.currency = outcome.currency;
    data.amount_minor = outcome.amount_minor;
    return data;
}

Outcome Connector::Decode(std::string_view name, const Json& command, const Json& settings,
                          const HttpResult& result, Instant now) {
    const Operation* operation = FindOperation(name);
    CHECK(operation != nullptr);
    if (result.failure == TransportFailure::kNotSent) {
        return Make(OutcomeKind::kNotDone, "unreachable", result.detail.substr(0, kDetailBytesMax));
    }
    if (result.failure == TransportFailure::kMaybeSent) {
        return Doubt(*operation, "no_answer", result.detail.substr(0, kDetailBytesMax));
    }
    if (!result.answer.complete) {
        return Doubt(*operation, "cut",
                     "HTTP " + std::to_string(result.answer.status) + ", body incomplete");
    }
    Outcome outcome = DecodeAnswer(*operation, command, settings, result.answer, now);
    // Whoever is refused a look has learnt nothing about what was looked for.
    if (operation->reads && outcome.kind == OutcomeKind::kRefused) {
        outcome.kind = OutcomeKind::kNotDone;
        outcome.retry_key = false;
    }
    if (outcome.detail.size() > kDetailBytesMax) outcome.detail.resize(kDetailBytesMax);
    outcome.read_at = now;
    NoteRates(manifest_.rates, result.answer.headers, now, outcome);
    return outcome;
}

Outcome Connector::DecodeAnswer(const Operation& operation, const Json& command,
                                const Json& settings, const HttpAnswer& answer, Instant now) {
    Outcome plain = Classify(operation, answer.status);
    if (operation.reply.empty()) return plain;
    const bool success = answer.status >= 200 && answer.status <= 299;
    const Result<Json> body = ParseJson(answer.body);
    if (!body.ok() && success && !answer.body.empty()) {
        return Doubt(operation, "unreadable", "the answer's body is not JSON");
    }
    const Json input = Json::Object({{"status", Json::Int(answer.status)},
                                     {"headers", PublicHeaders(manifest_, answer.headers)},
                                     {"body", body.ok() ? *body : Json()},
                                     {"command", command},
                                     {"settings", PublicSettings(manifest_, settings)}});
    const Result<Json> reply = jq_.Run(operation.reply, input);
    Outcome outcome = plain;
    Status read = reply.ok() ? Overlay(*reply, outcome) : Status(reply.error());
    if (read.ok() && reply->Find("events") != nullptr) {
        const std::string id = command["reference"].AsString() + ":" + operation.name;
        const auto ours = TranslatedBack(manifest_, (*reply)["events"], settings);
        auto events = ours.ok() ? ReadEvents(*ours, id, now, hash_) : ours.error();
        if (events.ok()) outcome.events = std::move(*events);
        if (!events.ok()) read = events.error();
    }
    if (read.ok() && reply->Find("listed") != nullptr)
        read = ReadListed((*reply)["listed"], manifest_, settings, operation.name, now, hash_,
                          outcome.listed);
    if (read.ok()) return outcome;
    if (success) return Doubt(operation, "unreadable", read.error().text);
    return plain;
}

}  // namespace returns::connectors
