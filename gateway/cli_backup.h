// backhaul backup, restore, reconcile, ready.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

int RunBackupCommand(const std::vector<std::string>& arguments);
int RunRestoreCommand(const std::vector<std::string>& arguments);
int RunReconcileCommand(const std::vector<std::string>& arguments);
int RunReadyCommand(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
