// Sentences made of a wording file and the facts of a case: patterns with optional parts, dates and
// amounts as written text, as short text and as speech. Pure; any thread.
#pragma once

#include "schemas/json.h"
#include "schemas/time.h"
#include "workflows/zone.h"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace returns::workflows {

// Facts by name: amount, date, tracking ... An empty text is a fact we do not have.
using Values = std::map<std::string, std::string, std::less<>>;

// Puts facts into a pattern. "{name}" becomes the fact; "[...]" is left out unless every fact
// named in it is known: "Sent to your bank[, usually there by {date}]." Facts are never read as
// patterns.
std::string Fill(std::string_view pattern, const Values& values);

// The text at a path below the wording; "" when there is none.
const std::string& WordingAt(const Json& wording, std::initializer_list<std::string_view> path);

// For readers, for 160 characters, for the ear.
enum class Style : std::uint8_t { kWritten, kShort, kSpoken };

// "1 March 2026 (UTC)", "1 Mar 2026 CET", "the first of March two thousand twenty-six, universal
// time": the date in that zone. "" for no time and never.
std::string DateText(const Json& wording, Instant at, Style style, const Zone& zone = {});
// "12.99 EUR"; spoken "twelve euros and ninety-nine cents". "" when the currency is not known.
std::string MoneyText(const Json& wording, std::int64_t minor, const std::string& currency,
                      Style style);
// "1042" as "one zero four two"; letters stay, all else becomes a pause.
std::string Spelled(const Json& wording, std::string_view id);

}  // namespace returns::workflows
