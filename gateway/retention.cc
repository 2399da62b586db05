#include "gateway/retention.h"

namespace returns::gateway {
namespace {

constexpr int kAtOnce = 32;
constexpr Millis kPause = std::chrono::minutes(10);

}  // namespace

Retention::Retention(Engine& engine, Clock& clock, std::int64_t raw_days)
    : engine_(engine), clock_(clock), keep_(std::chrono::hours(24 * raw_days)) {}

bool Retention::Step() {
    const Millis now = clock_.Monotonic();
    if (now < look_at_ || engine_.failed()) return false;
    const auto old = engine_.archive().RawBefore(clock_.Now() - keep_, kAtOnce);
    const bool more = old.ok() && old->size() == kAtOnce;
    if (!more) look_at_ = now + kPause;
    if (!old.ok() || old->empty()) return false;
    engine_.ForgetRaw(*old);
    return true;
}

}  // namespace returns::gateway
