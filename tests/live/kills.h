// A gateway that is killed again and again while a story plays, and whether all is well afterwards.
// Failures are GoogleTest's. One thread.
#pragma once

#include "tests/live/gateway_world.h"

#include <cstdint>

namespace returns::live {

// BACKHAUL_KILLS and BACKHAUL_SEED, or the usual number and the usual first story.
std::int64_t KillsWanted(std::int64_t usual);
std::int64_t FirstSeed(std::int64_t usual);

// Everything that happens to money at a provider, often enough that one story sees most of it.
void MakeMoneyHard(World& world);

// Killed without warning at any moment, also while it starts, and started again on what is left.
// What it acknowledged over its API it must still know each time.
void PlayWithKills(World& world, std::int64_t seed, std::int64_t kills);

// The story ends, the books agree, nothing produced is without a trace, the gateway stops in time
// and its ledger is whole. Says in a line what was paid and which mishaps there were.
void EndWell(World& world);

}  // namespace returns::live
