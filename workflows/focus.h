// What the status of a return is about right now: the one slice or leg that holds it up, with its
// state, who must act, and when a timer forces the next step. Pure; any thread. A Focus points
// into the case and the rules it was made from.
#pragma once

#include "schemas/case.h"
#include "workflows/rules.h"
#include "workflows/wording.h"

#include <string>

namespace returns::workflows {

struct Focus {
    std::string
        special;  // no slice or leg decides: unknown_return, waits_for_order, quarantined, parked
    const Return* header = nullptr;
    const Slice* slice = nullptr;  // one of slice and leg, unless special is unknown_return or
    const Leg* leg = nullptr;      // waits_for_order
    const Machine* machine = nullptr;
    const StateRow* row = nullptr;
    std::string word;         // the status word; "" for an unknown return
    std::string owner;        // of the row, "shop" where the shop moves the money
    std::string delay;        // the timer that fires next; "" when none
    Instant due = kNever;     // when it does; set for everything that is open
    bool open = false;        // something is still to happen
    bool stalled = false;     // and it should have happened already
    bool money_done = false;  // every leg has arrived or is settled otherwise
    Zone zone;                // the dates are told in: the jurisdiction's
};

Focus FocusOf(const Case& subject, const std::string& return_id, const Rulebook& book);

// What can be told about it: return, amount, paid, date, legal, tracking, reference, ticket.
Values ValuesOf(const Case& subject, const std::string& return_id, const Focus& focus,
                const Json& wording, Style style);

// The customer's sentence, and a second one when it takes longer than it should.
std::string Headline(const Focus& focus, const Values& values, const Json& wording);
// A text of that section for the focus, found by its wording key (or `special`), filled.
std::string TextFor(std::string_view section, const Focus& focus, const Values& values,
                    const Json& wording);

}  // namespace returns::workflows
