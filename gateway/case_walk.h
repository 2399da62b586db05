// Through all cases there are, a few at a time, for boards in memory that commits keep up to date
// afterwards. One thread, the lane's.
#pragma once

#include "gateway/engine.h"

#include <cstdint>

namespace returns::gateway {

// Tells of the n cases after that place; gives where to go on, 0 when there are no more. An error:
// ask the same again later.
Result<std::int64_t> WalkCases(Engine& engine, std::int64_t after, int n,
                               const Engine::Listener& listener);

}  // namespace returns::gateway
