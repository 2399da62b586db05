// `backhaul check`: one line for each thing the gateway leans on, with what to do. One thread.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

// The arguments after "check"; gives the exit code.
int RunCheck(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
