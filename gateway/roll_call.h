// One night's comparison with one partner of what both believe is open: where it stands, what came
// of it, and that in words. What drives it is the poller. Values; one thread, the lane's.
#pragma once

#include "connectors/connector.h"
#include "schemas/case.h"
#include "schemas/json.h"
#include "schemas/time.h"

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace returns::gateway {

// Counts are returns, not slices.
struct RollCall {
    Instant began_at = kNoTime, ended_at = kNoTime;
    bool by_list = false;   // else each was asked about by itself
    bool complete = false;  // all of the list was seen: what it does not have is not there
    std::string trouble;    // why not
    std::int64_t pages = 0, listed = 0;
    std::int64_t asked = 0;                  // open here
    std::int64_t agreed = 0;                 // and there
    std::int64_t healed = 0;                 // what they said moved it
    std::int64_t differing = 0;              // a person has to look: a ticket on the case
    std::int64_t unknown = 0;                // open there, and nothing to us
    std::vector<std::string> unknown_named;  // some of these, by their references
};
Json RollCallJson(const RollCall& call);
// As it was kept; another text than ours is none.
RollCall ReadRollCall(const std::string& text);
std::string RollCallName(const std::string& connection);  // under which it is kept
// What came of it, a sentence each.
std::vector<std::string> PlainRollCall(const RollCall& call);

// Rolls are called at night, UTC, each at a place of its own.
inline constexpr Millis kNightLasts = std::chrono::hours(4);
// A place within a span that is always the same for the same text, and spreads them evenly.
Millis Jitter(const std::string& text, Millis span);
// The first time after `since` that is that far into a night.
Instant NightAfter(Instant since, Millis place);

// A run that is under way.
struct RollCallRun {
    bool running = false, asking = false;
    bool listing = false;  // there are more pages
    int number = 0;        // counts the runs of this process
    RollCall now;
    std::string cursor, page;  // where to go on; the hash of what was listed last
    int tries = 0;             // of the page that is asked for
    Instant not_before = kNoTime;
    std::deque<connectors::Listed> left;         // of the page
    Instant read_at = kNoTime, since = kNoTime;  // when the oldest of the open ones began
    std::int64_t deciding = 0;                   // events of it that are not decided yet
    std::pair<CaseKey, std::string> at;          // how far the open ones have been gone through
};

}  // namespace returns::gateway
