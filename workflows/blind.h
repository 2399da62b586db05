// What nobody will tell: the events a logistics partner can never emit, and which states and timers
// of a return go blind for it. A timer is blind when the first sign of progress its state waits for
// is one the partner cannot give: it runs out even when all is well. Pure; any thread.
#pragma once

#include "schemas/case.h"
#include "workflows/rules.h"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace returns::workflows {

struct BlindTimer {
    std::string state;             // whose time it is
    std::string delay, after;      // its name in the policy and how long that is, "14d"
    EventType waits_for;           // what the partner cannot tell
    std::vector<EventType> ended;  // what it can tell that ends it; empty: nothing does
    std::string then;              // the state it leads to; "" where it only asks people
};

struct BlindMap {
    std::vector<EventType> untold;    // of PartnerEvents
    std::vector<std::string> unseen;  // states no return of theirs is ever known to be in
    std::vector<BlindTimer> timers;   // in the order of the states
};

// What a logistics partner may tell of a return, in the order it happens.
std::span<const EventType> PartnerEvents();

BlindMap BlindSpots(const Rules& rules, const std::set<EventType>& told);

// The event whose silence says nothing about this slice, because its partner never tells it.
std::optional<EventType> NeverTold(const Case& subject, const Slice& slice, const Rulebook& book);
// The sentence about that; "" where there is none.
const std::string& NeverToldText(const Case& subject, const Slice& slice, const Rulebook& book);

}  // namespace returns::workflows
