#include "tests/sim/provider.h"

#include <array>
#include <utility>

namespace returns::sim {

using connectors::HttpAnswer;
using connectors::HttpRequest;

namespace {

HttpAnswer Refusal(int status, const std::string& code) {
    return Answer(status,
                  Json::Object({{"error", Json::Object({{"type", Json::String("card_error")},
                                                        {"code", Json::String(code)}})}}));
}

std::int64_t Seconds(Instant at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

// While the account is closed nothing passes, neither requests to pay nor questions.
bool Provider::IsClosed(const HttpRequest& request) {
    const Millis now = scene_.clock.Monotonic();
    if (request.method == "POST" && now >= closed_until_ && scene_.Strikes(Fault::kAccountClosed))
        closed_until_ = now + scene_.later.Span(10 * kMinute, 3 * kHour);
    return now < closed_until_ && !scene_.healed;
}

HttpAnswer Provider::Serve(const HttpRequest& request) {
    if (IsClosed(request)) return Answer(scene_.later.PerMille(500) ? 401 : 403, Json());
    if (request.method == "GET") return List(request);
    const std::string key(connectors::FindHeader(request.headers, "Idempotency-Key"));
    const Millis now = scene_.clock.Monotonic();
    const auto known = keys_.find(key);
    if (known != keys_.end() && now - known->second.at < key_window) {
        if (known->second.asked == request.body) return known->second.answer;
        return Answer(
            400,
            Json::Object({{"error", Json::Object({{"type", Json::String("idempotency_error")}})}}));
    }
    HttpAnswer answer = Create(request);
    keys_[key] = {request.body, answer, now};
    return answer;
}

std::string Provider::Refuses(const std::string& payment) {
    if (disputed_[payment] && scene_.Strikes(Fault::kRefused)) return "charge_disputed";
    // By others' doing, of which nobody has told us.
    if (scene_.Strikes(Fault::kOverCapacity)) return "amount_too_large";
    if (scene_.Strikes(Fault::kLowBalance)) {
        topped_up_late_ = scene_.later.PerMille(500);
        if (!topped_up_late_) return "balance_insufficient";
    }
    if (answers_later || !scene_.Strikes(Fault::kRefused)) return "";
    static const std::array<const char*, 4> codes = {
        "lost_or_stolen_card", "expired_or_canceled_card", "balance_insufficient",
        "charge_not_refundable"};
    return codes.at(static_cast<std::size_t>(scene_.chance.Between(0, 3)));
}

HttpAnswer Provider::Create(const HttpRequest& request) {
    const std::map<std::string, std::string> form = ReadForm(request.body);
    const std::string& payment = form.at("payment_intent");
    const std::int64_t amount = Json::Number(form.at("amount")).AsInt().value();
    const std::string code = Refuses(payment);
    if (!code.empty()) return Refusal(400, code);
    Payment made;
    made.reference = form.at("metadata[reference]");
    made.payment = payment;
    made.order_id = form.at("metadata[order_id]");
    if (const auto found = form.find("metadata[return_id]"); found != form.end())
        made.return_id = found->second;
    made.amount_minor = amount;
    made.status =
        scene_.chance.PerMille(400) || answers_later || topped_up_late_ ? "pending" : "succeeded";
    made.odd = made.status == "pending" && scene_.Strikes(Fault::kUnknownStatus);
    const Payment& booked = Book(std::move(made));
    if (on_paid) on_paid(booked);
    return Answer(200, Tell(booked));
}

Payment& Provider::Book(Payment payment) {
    const std::size_t at = book_.size();
    payment.id = "re_" + std::to_string(at + 1);
    scene_.Trace("provider pays " + payment.id + " " + payment.reference + " " +
                 std::to_string(payment.amount_minor) + " " + payment.status);
    book_.push_back(std::move(payment));
    Say(book_.back(), "");
    const Millis waits = std::exchange(topped_up_late_, false) ? 5 * kDay : Millis(0);
    if (book_.back().status == "pending")
        scene_.After(waits + scene_.chance.Span(kHour, 8 * kDay), [this, at] { Settle(at); });
    else if (scene_.Strikes(Fault::kBounced))
        scene_.After(scene_.chance.Span(kDay, 15 * kDay), [this, at] { Bounce(at); });
    return book_.back();
}

void Provider::Settle(std::size_t at) {
    Payment& payment = book_[at];
    const bool refused = answers_later && scene_.Strikes(Fault::kRefused);
    payment.status = refused || scene_.Strikes(Fault::kFailsLater) ? "failed" : "succeeded";
    const bool bounces = payment.paid() && scene_.Strikes(Fault::kBounced);
    constexpr int kAtOncePerMille = 500;
    if (bounces && scene_.chance.PerMille(kAtOncePerMille)) {
        // The notice that the bank sent it back overtakes the one that it was paid.
        const Payment paid = payment;
        Bounce(at);
        scene_.After(scene_.chance.Span(kMinute, kDay), [this, paid] { Say(paid, "pending"); });
        return;
    }
    Say(payment, "pending");
    if (bounces) scene_.After(scene_.chance.Span(kDay, 15 * kDay), [this, at] { Bounce(at); });
}

void Provider::Bounce(std::size_t at) {
    book_[at].status = "failed";
    book_[at].bounced = true;
    Say(book_[at], "succeeded");
}

void Provider::PayByHand(const std::string& payment, const std::string& order_id,
                         std::int64_t amount) {
    Payment made;
    made.payment = payment;
    made.order_id = order_id;
    made.amount_minor = amount;
    constexpr int kLaterPerMille = 300;
    made.status = scene_.later.PerMille(kLaterPerMille) ? "pending" : "succeeded";
    Book(std::move(made));
}

void Provider::Dispute(const std::string& payment, const std::string& order_id,
                       std::int64_t amount) {
    static_cast<void>(order_id);
    const std::string id = "dp_" + payment;
    disputed_[payment] = true;
    const auto say = [this, id, payment, amount](const std::string& type,
                                                 const std::string& status) {
        const std::int64_t due = Seconds(scene_.clock.Now() + 7 * kDay);
        Event(type,
              Json::Object({{"id", Json::String(id)},
                            {"object", Json::String("dispute")},
                            {"payment_intent", Json::String(payment)},
                            {"amount", Json::Int(amount)},
                            {"currency", Json::String("eur")},
                            {"status", Json::String(status)},
                            {"reason", Json::String("fraudulent")},
                            {"evidence_details", Json::Object({{"due_by", Json::Int(due)}})}}),
              "");
    };
    say("charge.dispute.created", "needs_response");
    scene_.After(scene_.chance.Span(3 * kDay, 12 * kDay), [this, say, payment, amount] {
        const bool lost = scene_.chance.PerMille(500) || conceded_.contains(payment);
        if (lost) charged_back_[payment] += amount;
        disputed_[payment] = false;
        say("charge.dispute.closed", lost ? "lost" : "won");
    });
}

std::int64_t Provider::ChargedBack(const std::string& payment) const {
    const auto found = charged_back_.find(payment);
    return found == charged_back_.end() ? 0 : found->second;
}

Json Provider::Tell(const Payment& payment) const {
    Json metadata = Json::Object();
    if (!payment.reference.empty()) {
        metadata.Set("reference", Json::String(payment.reference));
        metadata.Set("return_id", Json::String(payment.return_id));
        metadata.Set("order_id", Json::String(payment.order_id));
    }
    const bool odd = payment.odd && payment.status == "pending";
    Json told = Json::Object({{"id", Json::String(payment.id)},
                              {"object", Json::String("refund")},
                              {"payment_intent", Json::String(payment.payment)},
                              {"amount", Json::Int(payment.amount_minor)},
                              {"currency", Json::String("eur")},
                              {"status", Json::String(odd ? "in_review" : payment.status)},
                              {"metadata", std::move(metadata)}});
    if (payment.status == "failed") told.Set("failure_reason", Json::String("lost_or_stolen_card"));
    return told;
}

HttpAnswer Provider::List(const HttpRequest& request) const {
    const std::string payment = QueryOf(request).at("payment_intent");
    std::vector<Json> found;
    for (auto each = book_.rbegin(); each != book_.rend(); ++each)
        if (each->payment == payment) found.push_back(Tell(*each));
    return Answer(200, Json::Object({{"object", Json::String("list")},
                                     {"data", Json::Array(std::move(found))},
                                     {"has_more", Json::Bool(false)}}));
}

void Provider::Say(const Payment& payment, const std::string& before) {
    Event(before.empty() ? "refund.created" : "refund.updated", Tell(payment), before);
}

void Provider::Event(const std::string& type, const Json& object, const std::string& before) {
    Json about = Json::Object({{"object", object}});
    if (!before.empty())
        about.Set("previous_attributes", Json::Object({{"status", Json::String(before)}}));
    const std::string id = "evt_" + std::to_string(++events_);
    call_back_({"psp",
                id,
                WriteJson(Json::Object({{"id", Json::String(id)},
                                        {"type", Json::String(type)},
                                        {"created", Json::Int(Seconds(scene_.clock.Now()))},
                                        {"data", std::move(about)}})),
                {}});
}

}  // namespace returns::sim
