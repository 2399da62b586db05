// Turns due moments into timer.fired events. A jump of the wall clock against the monotonic one
// holds all timers for a while, since they move money and wake people. One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/missing_orders.h"
#include "gateway/ports.h"

#include <algorithm>
#include <set>
#include <string>

namespace returns::gateway {

class Timers {
public:
    Timers(Engine& engine, Store& store, Clock& clock, MissingOrders& missing);

    bool Step();
    Instant NextDue() { return std::min(store_.NextDue(), missing_.NextDue()); }
    bool held() const { return held_; }  // the clock has jumped
    std::int64_t fired() const { return fired_; }

private:
    bool ClockJumped(Instant now);

    Engine& engine_;
    Store& store_;
    Clock& clock_;
    MissingOrders& missing_;
    std::set<CaseKey> under_way_;
    Instant last_wall_ = kNoTime;
    Millis last_monotonic_{0}, held_until_{0};
    bool held_ = false;
    std::int64_t fired_ = 0;
};

}  // namespace returns::gateway
