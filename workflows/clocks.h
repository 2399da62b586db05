// The dates of a return: when its window closes, when the law wants the money out, when a state has
// lasted too long. Days are those of a calendar, in its zone. Pure; any thread.
#pragma once

#include "workflows/rules.h"

#include <array>
#include <string_view>

namespace returns::workflows {

// What starts the law's days, or ends the right to wait with the money, as the policy names it.
struct LegalTrigger {
    const char* name;
    Instant Return::*at;
};
inline constexpr std::array<LegalTrigger, 4> kLegalTriggers = {{
    {"requested", &Return::requested_at},
    {"posted", &Return::posted_at},
    {"received", &Return::received_at},
    {"accepted", &Return::accepted_at},
}};

// The last moment at which a return may be asked for. Whole days; a legal window that ends on a day
// off ends with the next working day, and no row makes it shorter.
Instant WindowEnd(const Policy& policy, bool statutory, const Calendar& calendar,
                  std::string_view jurisdiction, Instant purchased, Instant delivered);

// The jurisdiction's own rule, else that of the law its calendar names, else "default"; nullptr
// when there is none of them. Of rules that follow one another the one in force when the order was
// placed.
const LegalRule* LegalRuleOf(const Policy& policy, const Calendars& calendars,
                             std::string_view jurisdiction, Instant ordered);
// The one that speaks for the return, by the policy it was promised; nullptr where none does.
const LegalRule* LawFor(const Case& subject, const Return& header, const Rulebook& book);
Instant LegalEnd(const LegalRule& rule, const Calendar& calendar, Instant at);

// Whose days a delay counts, and which rows are for it.
struct DelayScope {
    const Calendar* calendar = nullptr;
    RowScope rows;
};
// The moment a named delay ends, counted from `from`; the earlier of its parts. REQUIRES: the
// policy has it, which CheckDelays saw to.
Instant DelayEnd(const Policy& policy, std::string_view name, const DelayScope& scope, Instant from,
                 Instant legal);

}  // namespace returns::workflows
