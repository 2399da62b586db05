// Instants and delays. Nothing here reads a clock: time comes in with events. Any thread.
#pragma once

#include "schemas/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace returns {

using Millis = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<Millis>;  // UTC, milliseconds since 1970

inline constexpr Instant kNoTime{};                // "not set": no event happens in 1970
inline constexpr Instant kNever = Instant::max();  // a wake-up that does not come

// RFC 3339 with an offset; fractions beyond a millisecond are cut. Years 2000 to 2199.
Result<Instant> ParseInstant(std::string_view text);
std::string FormatInstant(Instant at);  // "2026-03-01T12:00:00.000Z"; kNoTime gives ""
std::string FormatDate(Instant at);     // "2026-03-01", UTC

// A delay as policies write it: "30s", "15min", "1h", "2d", "10bd" (business days).
struct Delay {
    std::int64_t amount = 0;
    enum class Unit {
        kMillis,
        kSeconds,
        kMinutes,
        kHours,
        kDays,
        kBusinessDays
    } unit = Unit::kSeconds;
    friend bool operator==(const Delay&, const Delay&) = default;
};

Result<Delay> ParseDelay(std::string_view text);
std::string FormatDelay(const Delay& delay);

// Business days skip Saturday and Sunday, UTC.
Instant Add(Instant from, const Delay& delay);

}  // namespace returns
