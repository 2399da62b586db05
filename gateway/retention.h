// Raw bytes of parked input are personal data: after so many days only their digest stays. Done by
// the lane in small steps. One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/ports.h"

#include <cstdint>

namespace returns::gateway {

class Retention {
public:
    Retention(Engine& engine, Clock& clock, std::int64_t raw_days);

    // True when the next commit has something to remove.
    bool Step();

private:
    Engine& engine_;
    Clock& clock_;
    const Millis keep_;
    Millis look_at_{0};  // monotonic
};

}  // namespace returns::gateway
