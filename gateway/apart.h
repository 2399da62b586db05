// Runs something in a process of its own that may use little of the machine: what a stranger wrote
// can neither hang us nor eat us. For the command line, which has one thread; never in a running
// gateway, whose threads a copy would not have.
#pragma once

#include "schemas/result.h"

#include <cstdint>
#include <functional>
#include <string>

namespace returns::gateway {

struct ApartLimits {
    int cpu_seconds = 10;
    int wall_seconds = 120;
    std::int64_t memory_mib = 1024;  // of addresses
    // No byte may be written to any file, and no descriptor be opened.
};

struct ApartEnd {
    int code = 0;        // what the work gave
    std::string text;    // and what it said
    std::string at;      // the last place it told of
    std::string halted;  // why it did not come to an end; "" when it did
};

// The work says where it is by its argument, and gives its code and text.
using ApartWork =
    std::function<std::pair<int, std::string>(const std::function<void(const std::string&)>& at)>;

// An error: no such process could be made.
Result<ApartEnd> RunApart(const ApartWork& work, const ApartLimits& limits = {});

}  // namespace returns::gateway
