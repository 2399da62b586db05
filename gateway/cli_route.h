// backhaul route: which partner an order's returns go to and why, and codes without a translation.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

int RunRouteCommand(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
