// The sandbox's time: what happens later, how fast, and what date it is. One thread runs what is
// due. All of the sandbox's world lives under mutex(): actions run with it held, and every method
// but the destructor is called with it held.
#pragma once

#include "schemas/time.h"
#include "tests/sandbox/dice.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>

namespace returns::sandbox {

class Clockwork {
public:
    explicit Clockwork(std::uint64_t seed);
    ~Clockwork();
    Clockwork(const Clockwork&) = delete;
    Clockwork& operator=(const Clockwork&) = delete;

    std::mutex& mutex() { return mutex_; }
    void Stop();  // nothing runs afterwards; called without the mutex

    // `later` is the world's time; it passes `speed` times as fast as real time.
    void After(Millis later, std::function<void()> action);
    std::size_t waiting() const { return actions_.size(); }

    void SetSeed(std::uint64_t seed) { seed_ = seed; }
    void SetSpeed(std::int64_t speed) { speed_ = speed; }  // for what is planned from now on
    std::int64_t speed() const { return speed_; }
    Dice For(std::string_view name) const { return {seed_, name}; }

    // The date the world's papers carry: real time, until the gateway's own is told here.
    void SetDate(Instant now, std::int64_t factor);
    Instant Now() const;
    std::int64_t NowSeconds() const;

private:
    using Time = std::chrono::steady_clock::time_point;
    void Run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<Time, std::function<void()>> actions_;
    std::uint64_t seed_;
    std::int64_t speed_ = 1;
    Instant date_;
    Time date_at_;
    std::int64_t date_factor_ = 1;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace returns::sandbox
