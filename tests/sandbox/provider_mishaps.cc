// What goes wrong at the provider by itself: work done after it was given up, an account closed for
// a while, refunds nobody asked for over the interface.
#include "tests/sandbox/provider.h"

namespace returns::sandbox {

namespace {

constexpr Millis kHour = std::chrono::hours(1);

WebAnswer InUse() {
    return JsonAnswer(
        409, Json::Object({{"error", Json::Object({{"type", Json::String("idempotency_error")},
                                                   {"code", Json::String("idempotency_key_in_use")},
                                                   {"message", Json::String("Under way")}})}}));
}

}  // namespace

const std::string& Provider::Refund::said() const {
    static const std::string kOdd = "in_review";
    return odd && status == "pending" ? kOdd : status;
}

// Nothing passes while the account is closed, neither requests to pay nor questions.
bool Provider::IsClosed(const WebRequest& request) {
    if (clockwork_.Now() < closed_until_) return true;
    if (request.method != "POST") return false;
    Dice dice = clockwork_.For("account at visit " + std::to_string(++visits_));
    if (!faults_.Strikes(dice, "payment.closed")) return false;
    closed_until_ = clockwork_.Now() + kHour * dice.Between(2, 12);
    return true;
}

// Whoever asks meanwhile finds nothing, and under the same key is told to wait.
void Provider::WorkLater(const Pairs& parameters, const std::string& key, Dice& dice) {
    keys_[key] = {parameters, InUse()};
    clockwork_.After(kHour * dice.Between(1, 10), [this, parameters, key] {
        if (const auto refusal = Check(parameters)) {
            keys_.erase(key);
            return;
        }
        const Refund& refund = Pay(parameters, key);
        keys_[key] = {parameters, JsonAnswer(200, AsJson(refund))};
        SendEvent("refund.created", AsJson(refund), Json());
        PlanFate(refund.id);
    });
}

void Provider::PlanByHand(const std::string& payment) {
    Dice dice = clockwork_.For("by hand " + payment);
    if (!faults_.Drawn(dice, "payment.by_hand")) return;
    const std::int64_t percent = dice.Between(5, 60);
    clockwork_.After(kHour * dice.Between(24 * 2, 24 * 14),
                     [this, payment, percent] { RefundByHand(payment, percent); });
}

void Provider::RefundByHand(const std::string& payment_id, std::int64_t percent) {
    constexpr std::int64_t kWhole = 100;
    const Payment& payment = payments_.at(payment_id);
    const std::int64_t amount = (payment.captured - payment.refunded) * percent / kWhole;
    if (amount == 0 || payment.disputed > 0) return;
    faults_.Note("payment.by_hand");
    const Refund& refund =
        Pay({{"payment_intent", payment_id}, {"amount", std::to_string(amount)}}, "");
    SendEvent("refund.created", AsJson(refund), Json());
    PlanFate(refund.id);
}

}  // namespace returns::sandbox
