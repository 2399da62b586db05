// `backhaul machine`: checks and draws machines, and proves what they do with money. One thread.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

// The arguments after "machine"; gives the exit code: 0 good, 1 not good, 2 bad usage.
int RunMachineCommand(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
