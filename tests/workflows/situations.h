// A case with one return in a chosen situation, for tests of what is told about it.
#pragma once

#include "schemas/case.h"
#include "workflows/rules.h"

#include <string>

namespace returns::workflows {

struct World {
    Rules rules;
    Rulebook book;
    World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;
};

Instant At(std::string_view text);  // RFC 3339; must be good

// Return "R-17" of order "1001": slice 1 (of line "L1") and leg 2 (12.99 EUR) in these states,
// entered on 1 March 2026, the next timers due on 11 and 12 March.
Case Situation(ReturnState goods, RefundState money);
Case Situation(ReturnState goods);  // no leg yet

// Whether anything of it is still to happen.
bool IsOpen(const Case& subject);

}  // namespace returns::workflows
