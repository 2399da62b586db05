// Orders that are told again, and orders that nobody tells. Pure; any thread.
#pragma once

#include "schemas/case.h"

#include <string_view>

namespace returns::workflows {

inline constexpr std::string_view kToldOtherwise =
    "the order is known with other lines, prices or currency: what was told first stands";

// REQUIRES: the case's order is placed. Lines, quantities, what was paid for each, and currency.
bool SaysOtherwise(const Case& subject, const EventData& placed);

// The case that speaks for missing orders comments at most once in this time.
inline constexpr Millis kMissingToldEvery = std::chrono::hours(1);

}  // namespace returns::workflows
