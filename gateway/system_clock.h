// The machine's clocks and its random numbers. Now runs `factor` times as fast as the wall from
// the moment of making, for demonstrations. Any thread.
#pragma once

#include "gateway/ports.h"

#include <chrono>
#include <random>

namespace returns::gateway {

class SystemClock final : public Clock {
public:
    explicit SystemClock(std::int64_t factor = 1)
        : factor_(factor), wall_(Wall()), start_(Mono()) {}
    Instant Now() override {
        if (factor_ == 1) return Wall();
        return wall_ + (Mono() - start_) * factor_;
    }
    Millis Monotonic() override { return (Mono() - start_) * factor_; }

    // As if it had run at its factor since then, so that a restart does not turn sped-up time back.
    // Before anything reads it.
    void RunSince(Instant began) {
        start_ = Mono() - (Wall() - began);
        wall_ = began;
    }
    Instant began() const { return wall_; }

    static Instant Wall() {
        return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
    }

private:
    static Millis Mono() {
        return std::chrono::duration_cast<Millis>(
            std::chrono::steady_clock::now().time_since_epoch());
    }
    const std::int64_t factor_;
    Instant wall_;
    Millis start_;
};

class SystemRandom final : public Random {
public:
    std::uint64_t Next() override {
        return (static_cast<std::uint64_t>(device_()) << 32) | device_();
    }

private:
    std::random_device device_;
};

}  // namespace returns::gateway
