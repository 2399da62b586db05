// HTTP as translations see it: values, no sockets. Any thread.
#pragma once

#include "schemas/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::connectors {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// A to Z in lower case, and whether two are the same then: so names of headers and hosts compare.
std::string Lower(std::string_view text);
bool SameWord(std::string_view a, std::string_view b);
// The first header of that name, letter case aside; "" when there is none.
std::string_view FindHeader(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
    std::string method;
    std::string target;  // path and query, already escaped: "/v1/refunds?limit=10"
    HttpHeaders headers;
    std::string body;
    int total_timeout_ms = 20000;  // from opening the connection to the last byte of the answer
};

struct HttpAnswer {
    int status = 0;
    HttpHeaders headers;
    std::string body;
    bool complete = true;  // false: fewer bytes than Content-Length or the last chunk promised
};

enum class TransportFailure : std::uint8_t {
    kNone,
    kNotSent,    // certainly: no connection, TLS refused, no byte of the request left
    kMaybeSent,  // time-out or reset after the first byte
};

// How one call ended: with an answer, or without.
struct HttpResult {
    TransportFailure failure = TransportFailure::kNone;
    HttpAnswer answer;   // meaningful when failure is kNone
    std::string detail;  // "connection refused", for people
};

// Bytes outside the unreserved set of RFC 3986 become %XX.
std::string PercentEncode(std::string_view text);

// A date as mails and HTTP write it, RFC 5322 and 9110: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<Instant> ParseMailDate(std::string_view text);
std::string FormatMailDate(Instant at);  // with the zone as -0000

// The delay a Retry-After value asks for, as seconds or as an HTTP date, at most a day; nothing
// when it is neither.
std::optional<Millis> ParseRetryAfter(std::string_view value, Instant now);

}  // namespace returns::connectors
