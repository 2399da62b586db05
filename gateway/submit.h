// Several inputs for one asker, answered together. One thread, the lane's.
#pragma once

#include "gateway/engine.h"

#include <functional>
#include <vector>

namespace returns::gateway {

// The receipts in the order of the inputs; `all` is false when the engine took only some.
using EachDecided = std::function<void(std::vector<Receipt> receipts, bool all)>;

// `done` runs once, after the last that was taken has been decided.
void SubmitEach(Engine& engine, std::vector<Input> inputs, EachDecided done);

}  // namespace returns::gateway
