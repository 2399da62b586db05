// `backhaul policy explain`: what the policy's calendars make of a purchase, in dates. One thread.
#pragma once

#include "schemas/result.h"
#include "workflows/rules.h"

#include <string>
#include <vector>

namespace returns::gateway {

// The arguments after "policy"; gives the exit code: 0 good, 1 the definitions do not load, 2 bad
// usage or settings.
int RunPolicyCommand(const std::vector<std::string>& arguments);

// The same as text; for tests, too.
struct PolicyQuestion {
    std::string jurisdiction, calendar;          // calendar: the partner's; "": none of its own
    std::string connection;                      // rows may be for one alone
    std::string purchased, delivered, happened;  // days; "" but for the first: as the one before
};
Result<std::string> ExplainPolicy(const workflows::Rulebook& book, const PolicyQuestion& question);

}  // namespace returns::gateway
