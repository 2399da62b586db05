// `backhaul kafka ...`: a person's decisions about positions in topics. One thread.
#pragma once

#include <string>
#include <vector>

namespace returns::gateway {

// The arguments after "kafka"; gives the exit code.
int RunKafkaCommand(const std::vector<std::string>& arguments);

}  // namespace returns::gateway
