// Signatures that stand in the body, or sign parts of it: places in JSON, and tokens. Any thread.
#pragma once

#include "schemas/json.h"
#include "schemas/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

// The member at "a.0.b": names, and numbers of list items. Null when there is none.
const Json& At(const Json& body, std::string_view path);

// What stands there as a signature takes it: texts, numbers as written, true, false; "" for null
// and what is absent. Nothing for objects and lists.
std::optional<std::string> TextAt(const Json& body, std::string_view path);

// The body with what stands at these paths, and nothing else.
Json OnlyAt(const Json& body, const std::vector<std::string>& paths);

// The body with a text put there; members that are missing on the way are made. Lists are not
// lengthened.
Json PutAt(const Json& body, std::string_view path, std::string text);

// A compact JWS (RFC 7515), its parts decoded.
struct Token {
    std::string signed_text;  // what the code covers
    std::string code;
    Json header;
    Json claims;  // read twice where they are a text that holds JSON
};
Result<Token> ReadToken(std::string_view text);

}  // namespace returns::connectors
