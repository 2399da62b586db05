// Numbers that the environment may set for one run of the tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace returns {

// At least 1, lest a run that looks at nothing passes.
inline std::int64_t Wanted(const char* name, std::int64_t usual) {
    const char* text = std::getenv(name);
    return text == nullptr ? usual : std::max<std::int64_t>(1, std::atoll(text));
}

}  // namespace returns
