// The folder that a new connector starts from. Pure; any thread.
#pragma once

#include "connectors/connector.h"
#include "schemas/result.h"

#include <string>

namespace returns::gateway {

// For "logistics/acme": files by their path, which pass their own cases. Kinds: logistics, payment,
// desk. kInvalid: no such kind, or a name that is not lower-case letters, digits and dashes.
Result<connectors::Connector::Files> SkeletonOf(const std::string& kind_and_name);

}  // namespace returns::gateway
