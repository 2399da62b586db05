// The command line: one function per command, found in one table. Exit codes: 0 good, 1 a check
// failed, 2 bad usage or settings.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

int RunCommandLine(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
