// `backhaul partner`: certify a candidate before the contract. One thread.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

// The arguments after "partner"; gives the exit code.
int RunPartnerCommand(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
