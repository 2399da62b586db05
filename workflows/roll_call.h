// Where a partner and we differ about a return that is open here. Pure; any thread.
#pragma once

#include "schemas/return.h"

#include <string_view>

namespace returns::workflows {

// The reasons of partner.roll_call, and then of the slice that waits for a person.
inline constexpr std::string_view kUnknownThere = "unknown_there";
inline constexpr std::string_view kClosedThere = "closed_there";

// In a state of which the partner should know that it is open.
bool IsCalled(const Slice& slice);
bool RollCallDiffers(const Slice& slice);

}  // namespace returns::workflows
