// `backhaul import`: orders older than the topics, from a file. One thread.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

// The arguments after "import"; gives the exit code: 0 everything is in, 1 some rows were refused
// or the database would not have it, 2 bad usage or settings.
int RunImportCommand(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
