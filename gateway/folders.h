// Reads the data that comes as files. Any thread.
#pragma once

#include "connectors/connector.h"
#include "schemas/result.h"

#include <string>

namespace returns::gateway {

// All files below the folder by their path in it; at most 1000 files and 16 MiB.
Result<connectors::Connector::Files> ReadConnectorFolder(const std::string& folder);
Result<std::string> ReadWholeFile(const std::string& path);

// Where the data files are that came with the program: beside an installed program, or in the
// tree a program was built in. "" when there is none.
std::string ShareFolder();

}  // namespace returns::gateway
