// backhaul ledger verify | day | export | audit.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

int RunLedgerCommand(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
