// Who had a return for how long: the case's own timeline, charged piece by piece to whoever had to
// act, without gap or overlap. Pure; any thread.
#pragma once

#include "workflows/decide.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::workflows {

// What one row of the timeline did to a case.
struct TimedRow {
    Instant at = kNoTime;
    std::vector<Move> moves;
    // Of each slice it touched, by id: the cause it is left with.
    std::vector<std::pair<std::int64_t, std::string>> causes;
};

struct Stay {
    Instant from = kNoTime, until = kNoTime;
    std::string state;  // what held the return up
    std::string owner;  // who had to act, as the machine names it
    friend bool operator==(const Stay&, const Stay&) = default;
};

// The stays of a return from its request until its money is there, or until `now`. `rows`: those of
// the whole case in their order.
std::vector<Stay> StaysOf(const Case& subject, const std::string& return_id,
                          const std::vector<TimedRow>& rows, const Rulebook& book, Instant now);

// Whose days those are before the law: customer, carrier, partner, bank, else us.
std::string_view PartyOf(std::string_view owner);

}  // namespace returns::workflows
