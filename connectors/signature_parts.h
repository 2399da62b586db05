// Texts as signatures carry them: lists and times. Plain functions; any thread.
#pragma once

#include "connectors/signature.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

std::string_view Trim(std::string_view text);
// The parts between separators, trimmed, without empty ones.
std::vector<std::string_view> SplitText(std::string_view text, std::string_view separator);

// Nothing for what is not a time of that unit between 1970 and 2200.
std::optional<Instant> ReadTime(std::string_view text, SignatureRecipe::TimeUnit unit);
std::string WriteTime(Instant at, SignatureRecipe::TimeUnit unit);

}  // namespace returns::connectors
