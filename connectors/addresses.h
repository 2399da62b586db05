// Networks that callers may come from: "91.216.25.0/24, 2001:db8::/32". Plain functions; any
// thread.
#pragma once

#include "schemas/result.h"

#include <string_view>

namespace returns::connectors {

Status CheckNetworks(std::string_view networks);
// Also for IPv4 addresses written as IPv6 ones. False for what is no address.
bool Within(std::string_view networks, std::string_view address);

}  // namespace returns::connectors
