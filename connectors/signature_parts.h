// What the recipe's families share: texts as signatures carry them, and what is said of one that
// does not hold. Plain functions; any thread.
#pragma once

#include "connectors/crypto.h"
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

std::optional<std::string> Decode(std::string_view text, SignatureRecipe::Encoding encoding);
std::string Encode(std::string_view raw, SignatureRecipe::Encoding encoding);
Digest DigestOf(int bits);  // 1: SHA-1

// Whether a time that was signed is near enough to now.
bool Near(Instant at, Instant now, int tolerance_s);
Verification Refuse(Verdict verdict, std::string sentence);
Verification Stale(int tolerance_s);
Verification NoMatch();

}  // namespace returns::connectors
