// What every fuzzer states: a property that has to hold for any input. Breaking it ends the
// process, which is how libFuzzer learns of it.
#pragma once

#include "schemas/check.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace returns {

inline std::string_view Text(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace returns
