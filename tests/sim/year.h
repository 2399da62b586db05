// A whole year of one shop and one warehouse, over the product's own parts: orders of several
// jurisdictions, a peak of returns in January, holidays and closing days on which nobody works, and
// a few partners' faults that are known by name. No crashes, no lost messages: what opens a ticket
// here is time alone. One thread.
#pragma once

#include "tests/sim/kit.h"

#include <cstdint>
#include <string>
#include <vector>

namespace returns::sim {

struct YearFigures {
    std::int64_t returns = 0, in_peak = 0, denied = 0, decisions = 0;
    std::int64_t faulty = 0;       // the partner was silent, or slower than the season explains
    std::int64_t unseen = 0;       // of these, without a ticket
    std::int64_t needless = 0;     // tickets although all was well and the legal date far
    std::int64_t near_law = 0;     // tickets because the legal date came near
    std::int64_t payable = 0;      // returns with a legal date that were accepted before it
    std::int64_t missed = 0;       // of these, money that left after it
    std::int64_t silent_late = 0;  // goods were here in time, money late, and nobody was told
    std::vector<std::string> examples, violations;

    std::int64_t NeedlessPerMille() const { return needless * 1000 / returns; }
};

// The shop keeps windows open over Christmas; the warehouse has a calendar with its closing days.
// `change` may take away from the policy, `forget` from the rulebook, what they rest on.
YearFigures RunYear(const std::function<void(Json& policy)>& change = {},
                    const std::function<void(workflows::Rulebook&)>& forget = {});

}  // namespace returns::sim
