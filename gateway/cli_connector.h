// backhaul connector: making, testing and trying the folders that say how a partner speaks.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

int RunConnectorCommand(const std::vector<std::string>& arguments);

// Its parts; arguments without the first word.
int RunConnectorNew(const std::vector<std::string>& arguments);
int RunConnectorTest(const std::vector<std::string>& arguments);
int RunConnectorTry(const std::vector<std::string>& arguments);
int RunConnectorFit(const std::vector<std::string>& arguments);
int RunConnectorRehearse(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
