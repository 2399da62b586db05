#include "gateway/timers.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr Millis kJump = std::chrono::minutes(5);
constexpr Millis kHold = std::chrono::minutes(15);
constexpr int kAtOnce = 256;

}  // namespace

Timers::Timers(Engine& engine, Store& store, Clock& clock, MissingOrders& missing)
    : engine_(engine), store_(store), clock_(clock), missing_(missing) {}

bool Timers::ClockJumped(Instant now) {
    const Millis monotonic = clock_.Monotonic();
    if (last_wall_ != kNoTime) {
        const Millis wall = now - last_wall_;
        const Millis real = monotonic - last_monotonic_;
        const Millis gap = wall > real ? wall - real : real - wall;
        if (gap > kJump) held_until_ = monotonic + kHold;
    }
    last_wall_ = now;
    last_monotonic_ = monotonic;
    held_ = monotonic < held_until_;
    return held_;
}

bool Timers::Step() {
    const Instant now = clock_.Now();
    if (ClockJumped(now) || engine_.failed()) return false;
    // Nothing fires before it is known how many orders are missing already.
    if (!missing_.complete()) return missing_.Fill();
    bool worked = missing_.Step();
    if (store_.NextDue() > now) return worked;
    const auto due = store_.Due(now, kAtOnce + static_cast<int>(under_way_.size()));
    if (!due.ok()) return worked;  // the next commit meets the same store and says so
    for (const CaseKey& key : *due) {
        if (!under_way_.insert(key).second) continue;
        Input input = LookAgain(key, now);
        missing_.Inform(input.event);
        input.done = [this, key](const Receipt&) { under_way_.erase(key); };
        if (!engine_.Submit(std::move(input))) {
            under_way_.erase(key);
            break;
        }
        ++fired_;
        worked = true;
    }
    return worked;
}

}  // namespace returns::gateway
