// What every fuzzer states: a property that has to hold for any input. Breaking it ends the
// process, which is how libFuzzer learns of it.
#pragma once

#include "connectors/http.h"
#include "schemas/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace returns {

inline std::string_view Text(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

// Takes lines "name:value" off the front of the text, up to an empty one or its end.
inline connectors::HttpHeaders TakeHeaders(std::string_view& text) {
    connectors::HttpHeaders out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) break;
        const std::size_t colon = std::min(line.find(':'), line.size());
        out.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
    }
    return out;
}

}  // namespace returns
