#include "tests/sandbox/provider.h"

#include "connectors/crypto.h"
#include "tests/sandbox/catalogue.h"

#include <algorithm>
#include <charconv>

namespace returns::sandbox {

namespace {

constexpr Millis kHour = std::chrono::hours(1);

WebAnswer Refuse(int status, const std::string& type, const std::string& code,
                 const std::string& message) {
    Json error = Json::Object({{"type", Json::String(type)}, {"message", Json::String(message)}});
    if (!code.empty()) error.Set("code", Json::String(code));
    return JsonAnswer(status, Json::Object({{"error", std::move(error)}}));
}

WebAnswer RefuseRequest(const std::string& code, const std::string& message) {
    return Refuse(400, "invalid_request_error", code, message);
}

std::string Find(const Pairs& pairs, std::string_view name) {
    for (const auto& [key, value] : pairs) {
        if (key == name) return value;
    }
    return {};
}

// Whole positive minor units, as the API counts them; 0 for anything else.
std::int64_t Amount(const std::string& text) {
    std::int64_t amount = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, amount);
    return read.ec == std::errc() && read.ptr == end && amount > 0 ? amount : 0;
}

bool IsMetadata(const std::string& name) {
    return name.rfind("metadata[", 0) == 0 && name.back() == ']';
}

std::string LowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

}  // namespace

Provider::Provider(Clockwork& clockwork, Courier& courier, const Faults& faults)
    : clockwork_(clockwork), courier_(courier), faults_(faults) {}

void Provider::Capture(const std::string& payment, const std::string& order_id,
                       std::int64_t amount_minor, const std::string& currency) {
    Payment& taken = payments_[payment];
    taken.id = payment;
    taken.order_id = order_id;
    taken.currency = currency;
    taken.captured += amount_minor;
    Dice dice = clockwork_.For("dispute:" + payment);
    const bool disputed = faults_.Drawn(dice, "payment.disputes");
    const Millis when = kHour * dice.Between(24 * 4, 24 * 14);
    if (disputed) clockwork_.After(when, [this, payment] { OpenDispute(payment); });
    PlanByHand(payment);
}

WebAnswer Provider::Serve(const WebRequest& request) {
    if (request.Header("Authorization") != "Bearer " + std::string(kPaymentKey)) {
        return Refuse(401, "invalid_request_error", "", "Invalid API Key provided");
    }
    if (IsClosed(request))
        return Refuse(403, "invalid_request_error", "account_invalid", "The account is closed");
    if (request.path == "/v1/refunds" && request.method == "POST") {
        WebAnswer answer = Create(request);
        const Pairs asked = DecodeForm(request.body);
        attempts_.push_back({Find(asked, "metadata[order_id]"), Find(asked, "metadata[reference]"),
                             std::string(request.Header("Idempotency-Key")), answer.status});
        return answer;
    }
    if (request.path == "/v1/refunds" && request.method == "GET") return List(request);
    constexpr std::string_view kOne = "/v1/refunds/";
    if (request.method == "GET" && request.path.rfind(kOne, 0) == 0) {
        const auto found = refunds_.find(request.path.substr(kOne.size()));
        if (found != refunds_.end()) return JsonAnswer(200, AsJson(found->second));
    }
    return Refuse(404, "invalid_request_error", "resource_missing", "Unrecognized request");
}

WebAnswer Provider::Create(const WebRequest& request) {
    constexpr std::string_view kForm = "application/x-www-form-urlencoded";
    if (request.Header("Content-Type").substr(0, kForm.size()) != kForm) {
        return RefuseRequest("", "Request bodies are form-encoded");
    }
    const std::string key(request.Header("Idempotency-Key"));
    constexpr std::size_t kKeyMax = 255;
    if (key.size() > kKeyMax) return RefuseRequest("", "Idempotency-Key is too long");
    Pairs parameters = DecodeForm(request.body);
    std::sort(parameters.begin(), parameters.end());
    const auto stored = keys_.find(key);
    if (!key.empty() && stored != keys_.end()) {
        if (stored->second.parameters != parameters) {
            return Refuse(400, "idempotency_error", "",
                          "Keys for idempotent requests can only be used with the same parameters");
        }
        WebAnswer answer = stored->second.answer;
        answer.headers.emplace_back("Idempotent-Replayed", "true");
        return answer;
    }
    Dice dice = clockwork_.For("refund call " + std::to_string(++calls_));
    if (faults_.Strikes(dice, "payment.rate_limited")) {
        WebAnswer answer = Refuse(429, "invalid_request_error", "rate_limit", "Too many requests");
        answer.headers.emplace_back("Retry-After", "1");
        return answer;
    }
    // Refusals that come from validation are not kept under the key.
    if (std::optional<WebAnswer> refusal = Check(parameters)) return *refusal;
    if (faults_.Strikes(dice, "payment.server_error")) {
        WebAnswer answer = Refuse(500, "api_error", "", "An error occurred on our side");
        if (!key.empty()) keys_[key] = {parameters, answer};
        return answer;
    }
    if (faults_.Strikes(dice, "payment.low_balance")) {
        WebAnswer answer = RefuseRequest("balance_insufficient", "Insufficient funds");
        if (!key.empty()) keys_[key] = {parameters, answer};
        return answer;
    }
    if (!key.empty() && faults_.Strikes(dice, "payment.late_work")) {
        WorkLater(parameters, key, dice);
        WebAnswer answer;
        answer.lost = true;
        return answer;
    }
    const Refund& refund = Pay(parameters, key);
    WebAnswer answer = JsonAnswer(200, AsJson(refund));
    if (faults_.Strikes(dice, "payment.error_after_success")) {
        answer = Refuse(500, "api_error", "", "An error occurred on our side");
    }
    if (!key.empty()) keys_[key] = {parameters, answer};
    SendEvent("refund.created", AsJson(refund), Json());
    PlanFate(refund.id);
    if (faults_.Strikes(dice, "payment.lost_answer")) answer.lost = true;
    if (faults_.Strikes(dice, "payment.slow")) answer.delay = Millis(dice.Between(500, 3000));
    return answer;
}

std::optional<WebAnswer> Provider::Check(const Pairs& parameters) const {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const std::string& name = parameters[i].first;
        const bool known =
            name == "payment_intent" || name == "amount" || name == "reason" || IsMetadata(name);
        if (!known)
            return RefuseRequest("parameter_unknown", "Received unknown parameter: " + name);
        if (i > 0 && parameters[i - 1].first == name) {
            return RefuseRequest("", "Received parameter twice: " + name);
        }
    }
    const std::string reason = Find(parameters, "reason");
    if (!reason.empty() && reason != "duplicate" && reason != "fraudulent" &&
        reason != "requested_by_customer") {
        return RefuseRequest("", "Invalid reason: " + reason);
    }
    const auto found = payments_.find(Find(parameters, "payment_intent"));
    if (found == payments_.end()) {
        return Refuse(404, "invalid_request_error", "resource_missing", "No such payment_intent");
    }
    const Payment& payment = found->second;
    const std::int64_t left = payment.captured - payment.refunded;
    const std::int64_t amount = Amount(Find(parameters, "amount"));
    if (amount == 0) return RefuseRequest("parameter_invalid_integer", "Invalid amount");
    if (payment.disputed > 0) {
        return RefuseRequest("charge_disputed", "The charge has been charged back");
    }
    if (left == 0) return RefuseRequest("charge_already_refunded", "Already refunded");
    if (amount > left) {
        return RefuseRequest("amount_too_large", "Refund amount is greater than unrefunded amount");
    }
    return std::nullopt;
}

Provider::Refund& Provider::Pay(const Pairs& parameters, const std::string& key) {
    Payment& payment = payments_.at(Find(parameters, "payment_intent"));
    const std::string id = "re_" + std::to_string(700000 + refunds_.size() + 1);
    Refund& refund = refunds_[id];
    order_.push_back(id);
    refund.id = id;
    refund.key = key;
    refund.payment = payment.id;
    refund.amount = Amount(Find(parameters, "amount"));
    refund.created = clockwork_.NowSeconds();
    for (const auto& [name, value] : parameters) {
        constexpr std::size_t kPrefix = 9;  // "metadata["
        if (!IsMetadata(name)) continue;
        refund.metadata.emplace_back(name.substr(kPrefix, name.size() - kPrefix - 1), value);
    }
    constexpr int kAtOncePercent = 30;
    const bool at_once = clockwork_.For("at once " + id).Chance(kAtOncePercent);
    refund.status = at_once ? "succeeded" : "pending";
    Dice word = clockwork_.For("word for " + id);
    refund.odd = !at_once && faults_.Strikes(word, "payment.unknown_status");
    payment.refunded += refund.amount;
    return refund;
}

void Provider::PlanFate(const std::string& id) {
    Dice dice = clockwork_.For("fate " + id);
    const Millis settled = kHour * dice.Between(6, 72);
    const bool bounces = faults_.Drawn(dice, "payment.bounces");
    const bool fails = faults_.Drawn(dice, "payment.fails");
    if (refunds_.at(id).status == "pending") {
        clockwork_.After(settled, [this, id, fails] {
            if (fails) {
                faults_.Note("payment.fails");
                Move(id, "failed", "declined");
            } else {
                Move(id, "succeeded", "");
            }
        });
    }
    if (bounces && !fails) {
        clockwork_.After(settled + kHour * dice.Between(24, 120), [this, id] {
            faults_.Note("payment.bounces");
            Move(id, "failed", "expired_or_canceled_card");
        });
    }
}

void Provider::Move(const std::string& id, const std::string& status, const std::string& why) {
    Refund& refund = refunds_.at(id);
    if (refund.status == "failed" || refund.status == status) return;
    const std::string before = refund.status;
    refund.status = status;
    refund.failure_reason = why;
    if (status == "failed") payments_.at(refund.payment).refunded -= refund.amount;
    SendEvent(status == "failed" ? "refund.failed" : "refund.updated", AsJson(refund),
              Json::Object({{"status", Json::String(before)}}));
}

void Provider::OpenDispute(const std::string& payment_id) {
    Payment& payment = payments_.at(payment_id);
    const std::int64_t left = payment.captured - payment.refunded;
    if (left <= 0 || payment.disputed > 0) return;
    payment.disputed = left;
    faults_.Note("payment.disputes");
    const std::string id = "dp_" + std::to_string(500000 + disputes_.size() + 1);
    Dispute& dispute = disputes_[id];
    dispute = {id, payment_id, "needs_response", left, clockwork_.NowSeconds()};
    SendEvent("charge.dispute.created", AsJson(dispute), Json());
    Dice dice = clockwork_.For(id);
    constexpr int kWonPercent = 50;
    const bool won = dice.Chance(kWonPercent);
    clockwork_.After(kHour * dice.Between(48, 144), [this, id, won] { CloseDispute(id, won); });
}

void Provider::CloseDispute(const std::string& id, bool won) {
    Dispute& dispute = disputes_.at(id);
    dispute.status = won ? "won" : "lost";
    if (won) payments_.at(dispute.payment).disputed = 0;
    SendEvent("charge.dispute.closed", AsJson(dispute), Json());
}

WebAnswer Provider::List(const WebRequest& request) const {
    const std::string payment = request.Query("payment_intent");
    const std::string limit_text = request.Query("limit");
    const std::int64_t limit = limit_text.empty() ? 10 : Amount(limit_text);
    constexpr std::int64_t kLimitMax = 100;
    if (limit < 1 || limit > kLimitMax) return RefuseRequest("", "Invalid limit");
    if (!payment.empty() && payments_.count(payment) == 0) {
        return Refuse(404, "invalid_request_error", "resource_missing", "No such payment_intent");
    }
    std::vector<Json> rows;
    bool more = false;
    for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
        const Refund& refund = refunds_.at(*id);
        if (!payment.empty() && refund.payment != payment) continue;
        more = static_cast<std::int64_t>(rows.size()) == limit;
        if (more) break;
        rows.push_back(AsJson(refund));
    }
    return JsonAnswer(200, Json::Object({{"object", Json::String("list")},
                                         {"url", Json::String("/v1/refunds")},
                                         {"has_more", Json::Bool(more)},
                                         {"data", Json::Array(std::move(rows))}}));
}

Json Provider::AsJson(const Refund& refund) const {
    Json metadata = Json::Object();
    for (const auto& [name, value] : refund.metadata) metadata.Set(name, Json::String(value));
    Json json =
        Json::Object({{"id", Json::String(refund.id)},
                      {"object", Json::String("refund")},
                      {"amount", Json::Int(refund.amount)},
                      {"currency", Json::String(LowerCase(payments_.at(refund.payment).currency))},
                      {"created", Json::Int(refund.created)},
                      {"payment_intent", Json::String(refund.payment)},
                      {"charge", Json()},
                      {"metadata", std::move(metadata)},
                      {"status", Json::String(refund.said())}});
    if (!refund.failure_reason.empty()) {
        json.Set("failure_reason", Json::String(refund.failure_reason));
    }
    return json;
}

Json Provider::AsJson(const Dispute& dispute) const {
    constexpr std::int64_t kReplyWithin = 7 * 24 * 3600;
    return Json::Object(
        {{"id", Json::String(dispute.id)},
         {"object", Json::String("dispute")},
         {"amount", Json::Int(dispute.amount)},
         {"currency", Json::String(LowerCase(payments_.at(dispute.payment).currency))},
         {"created", Json::Int(dispute.created)},
         {"payment_intent", Json::String(dispute.payment)},
         {"reason", Json::String("product_not_received")},
         {"status", Json::String(dispute.status)},
         {"evidence_details",
          Json::Object({{"due_by", Json::Int(dispute.created + kReplyWithin)}})}});
}

void Provider::SendEvent(const std::string& type, Json object, Json previous) {
    const std::string id = "evt_" + std::to_string(900000 + ++events_);
    Json content = Json::Object({{"object", std::move(object)}});
    if (!previous.IsNull()) content.Set("previous_attributes", std::move(previous));
    const Json event = Json::Object({{"id", Json::String(id)},
                                     {"object", Json::String("event")},
                                     {"api_version", Json::String("2025-01-27.acacia")},
                                     {"created", Json::Int(clockwork_.NowSeconds())},
                                     {"livemode", Json::Bool(false)},
                                     {"type", Json::String(type)},
                                     {"data", std::move(content)}});
    Callback callback;
    callback.connection = connection_;
    callback.body = WriteJson(event);
    callback.sign = [body = callback.body](std::int64_t seconds) {
        const std::string time = std::to_string(seconds);
        const std::string mac = connectors::HmacSha256(kPaymentSecret, time + "." + body);
        return connectors::HttpHeaders{
            {"Stripe-Signature", "t=" + time + ",v1=" + connectors::EncodeHex(mac)}};
    };
    Dice dice = clockwork_.For(id);
    Millis late(0);
    if (faults_.Strikes(dice, "callbacks.late")) {
        late = kHour * dice.Between(1, 24) / clockwork_.speed();
    }
    if (faults_.Strikes(dice, "callbacks.duplicate")) courier_.Send(callback, late + Millis(50));
    courier_.Send(std::move(callback), late);
}

Json Provider::Payments() const {
    Json rows = Json::Array();
    for (const auto& [id, payment] : payments_) {
        rows.Append(Json::Object({{"reference", Json::String(id)},
                                  {"order_id", Json::String(payment.order_id)},
                                  {"currency", Json::String(payment.currency)},
                                  {"captured_minor", Json::Int(payment.captured)},
                                  {"refunded_minor", Json::Int(payment.refunded)},
                                  {"disputed_minor", Json::Int(payment.disputed)}}));
    }
    return rows;
}

Json Provider::Refunds() const {
    Json rows = Json::Array();
    for (const std::string& id : order_) {
        const Refund& refund = refunds_.at(id);
        const Payment& payment = payments_.at(refund.payment);
        rows.Append(
            Json::Object({{"payer", Json::String("provider")},
                          {"order_id", Json::String(payment.order_id)},
                          {"return_id", Json::String(Find(refund.metadata, "return_id"))},
                          {"payment", Json::String(refund.payment)},
                          {"our_reference", Json::String(Find(refund.metadata, "reference"))},
                          {"their_reference", Json::String(id)},
                          {"amount_minor", Json::Int(refund.amount)},
                          {"currency", Json::String(payment.currency)},
                          {"status", Json::String(refund.status)}}));
    }
    return rows;
}

Json Provider::Attempts() const {
    constexpr int kRefusals = 400, kConflict = 409, kLimited = 429, kFaults = 500;
    Json rows = Json::Array();
    for (const Attempt& attempt : attempts_) {
        const int status = attempt.status;
        bool refused =
            status >= kRefusals && status < kFaults && status != kConflict && status != kLimited;
        for (const auto& [id, refund] : refunds_)
            refused = refused || (refund.key == attempt.key && refund.status == "failed");
        rows.Append(Json::Object({{"payer", Json::String("provider")},
                                  {"order_id", Json::String(attempt.order_id)},
                                  {"our_reference", Json::String(attempt.our_reference)},
                                  {"key", Json::String(attempt.key)},
                                  {"refused", Json::Bool(refused)}}));
    }
    return rows;
}

Json Provider::Disputes() const {
    Json rows = Json::Array();
    for (const auto& [id, dispute] : disputes_) {
        const Payment& payment = payments_.at(dispute.payment);
        rows.Append(Json::Object({{"reference", Json::String(id)},
                                  {"order_id", Json::String(payment.order_id)},
                                  {"payment", Json::String(dispute.payment)},
                                  {"amount_minor", Json::Int(dispute.amount)},
                                  {"currency", Json::String(payment.currency)},
                                  {"status", Json::String(dispute.status)}}));
    }
    return rows;
}

}  // namespace returns::sandbox
