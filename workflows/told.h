// Whether an order that is told again is still the same. Pure; any thread.
#pragma once

#include "schemas/case.h"

#include <string_view>

namespace returns::workflows {

inline constexpr std::string_view kToldOtherwise =
    "the order is known with other lines, prices or currency: what was told first stands";

// REQUIRES: the case's order is placed. Lines, quantities, what was paid for each, and currency.
bool SaysOtherwise(const Case& subject, const EventData& placed);

}  // namespace returns::workflows
