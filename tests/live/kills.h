// A gateway that is killed again and again while a story plays, and whether all is well afterwards.
// Failures are GoogleTest's. One thread.
#pragma once

#include "tests/live/gateway_world.h"

#include <cstdint>

namespace returns::live {

// BACKHAUL_KILLS, or the usual number.
std::int64_t KillsWanted(std::int64_t usual);

// Killed without warning at any moment, also while it starts, and started again on what is left.
// What it acknowledged over its API it must still know each time.
void PlayWithKills(World& world, std::int64_t seed, std::int64_t kills);

// The story ends, the books agree, nothing produced is without a trace, the gateway stops in time
// and its ledger is whole.
void EndWell(World& world);

}  // namespace returns::live
