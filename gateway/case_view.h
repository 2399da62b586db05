// A case as others see it: JSON for the API, and the timeline both API and pages show.
// Reads through the archive; one thread, the lane's.
#pragma once

#include "gateway/desk.h"
#include "gateway/journal.h"
#include "schemas/json.h"
#include "workflows/explain.h"

#include <cstdint>
#include <string>
#include <vector>

namespace returns::gateway {

struct TimelineRow {
    std::int64_t seq = 0;
    JournalEntry entry;
};

// In whose words a role is told.
workflows::Audience AudienceOf(Role role);

// The newest `most` events of the case, oldest first; with a return id only what concerns it or
// the order as a whole.
Result<std::vector<TimelineRow>> ReadTimeline(Archive& archive, const Case& subject,
                                              const std::string& return_id, std::size_t most);

// The case, or one return of it. A partner is shown goods and waiting, never money.
Json OrderJson(const Case& subject, Role role, const workflows::Rulebook& book);
Json ReturnJson(const Case& subject, const Return& header, Role role,
                const workflows::Rulebook& book);
Json RefundJson(const Case& subject, const Leg& leg);
Json TimelineJson(const std::vector<TimelineRow>& rows, Role role);

// What is still to be paid for a return; with "" for the whole case.
std::int64_t OpenAmount(const Case& subject, const std::string& return_id);

}  // namespace returns::gateway
