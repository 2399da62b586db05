// Counts failed sign-ins and says when somebody has to wait: an address, or everybody. One thread,
// the lane's.
//
// Only failures count, so that people who share an address do not lock each other out by working.
// Whoever has to wait is not looked at at all: a right key does not help before the time is over.
#pragma once

#include "gateway/settings.h"
#include "schemas/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace returns::gateway {

class SignInGuard {
public:
    explicit SignInGuard(const SignInSettings& settings) : settings_(settings) {}

    // How long `address` still has to wait; zero when it may try. `now` is real time.
    Millis Wait(const std::string& address, Instant now) const;
    void NoteFailure(const std::string& address, Instant now);

    // The addresses kept in memory never become more.
    static constexpr std::size_t kAddressesMax = 4096;
    std::size_t addresses() const { return by_address_.size(); }

private:
    struct Count {
        Instant since = kNoTime;  // when its window began
        std::int64_t failures = 0;
    };
    Millis Left(const Count& count, std::int64_t most, Instant now) const;
    bool Over(const Count& count, Instant now) const;
    void Add(Count& count, Instant now) const;
    void DropOld(Instant now);

    const SignInSettings settings_;
    std::map<std::string, Count> by_address_;
    Count all_;
};

// Whom an address counts as: an IPv6 address its network of 64 bits, which one person has whole.
std::string CountedAs(const std::string& address);

}  // namespace returns::gateway
