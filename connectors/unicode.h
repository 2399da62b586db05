// One text, written in different ways, as one sequence of bytes. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace returns::connectors {

// Unicode's compatibility decomposition (NFKD) of UTF-8; nothing for what is not UTF-8.
std::optional<std::string> Nfkd(std::string_view text);

}  // namespace returns::connectors
