// When the money of a return is likely to be on its way if everybody takes as long as they usually
// do (the policy's `usual`), against the day the law wants. Pure; any thread.
#pragma once

#include "workflows/clocks.h"

#include <string>
#include <string_view>

namespace returns::workflows {

struct Forecast {
    Instant at = kNoTime;   // kNoTime: nothing of it is under way, or nobody has said what is usual
    bool may_wait = false;  // the law lets the money wait for a proof that is not here yet
    bool late = false;      // after the legal date, and it may not wait
};
Forecast ForecastOf(const Case& subject, const std::string& return_id, const Rulebook& book,
                    Instant now);

// The moment by which that state must be over if the legal date is to be kept; where even the usual
// days are too many from `from` on, when those end. kNever where nothing is usual or nothing urges.
Instant PaceEnd(const Case& subject, const Return* header, std::string_view state,
                const Rulebook& book, Instant from, Instant legal);

}  // namespace returns::workflows
