// Events made of dice: the same roll over the same case is the same event. Names come from small
// pools and, often, from the case itself, so that events meet what is there.
#pragma once

#include "schemas/case.h"

#include <array>
#include <cstdint>
#include <vector>

namespace returns::workflows {

using Roll = std::array<std::uint8_t, 8>;

Case EmptyCase();
Envelope EventFor(const Case& subject, const Roll& roll);

// Rolls that give order.placed (3 x L1, 1 x L2), both captures and a return of everything.
std::vector<Roll> OrderAndReturn();

}  // namespace returns::workflows
