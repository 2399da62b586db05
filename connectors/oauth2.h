// Tokens of OAuth 2.0: how one is asked for, and what the answer gives. No secret and no token ever
// stands in an error or a detail. Plain functions; any thread.
#pragma once

#include "connectors/http.h"
#include "connectors/manifest.h"
#include "schemas/json.h"
#include "schemas/result.h"

#include <optional>
#include <string>

namespace returns::connectors {

struct TokenRequest {
    std::string base_url;  // "": the connection's own
    HttpRequest request;
};

// REQUIRES: manifest.auth is of type oauth2. `settings` has passed CheckSettings.
Result<TokenRequest> AskForToken(const Manifest& manifest, const Json& settings);

struct TokenAnswer {
    std::string token;  // "" where there is none
    Millis lifetime{0};
    std::string reason;  // why not: credentials, rate_limited, unavailable, unreachable, ...
    std::string detail;  // "HTTP 400: invalid_client"
    std::optional<Millis> retry_after;
};
// Total: whatever came back, there is an answer.
TokenAnswer ReadToken(const Manifest& manifest, const HttpResult& result, Instant now);

}  // namespace returns::connectors
