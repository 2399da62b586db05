// HTTP/1.1 messages as bytes: strict reading of heads and bodies, writing, and the escapes of
// URLs and forms. Pure functions over what has arrived so far; any thread.
//
// Strict means: where two readers could disagree about where a message ends, it is refused.
#pragma once

#include "connectors/http.h"
#include "schemas/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::gateway {

struct WireLimits {
    std::size_t head_bytes_max = 32 << 10;
    std::size_t line_bytes_max = 8 << 10;
    std::size_t fields_max = 100;
};

// A refused message: the status to answer with and why.
struct WireRefusal {
    int status = 400;
    std::string code;
    std::string text;
};

// How a body ends.
enum class BodyEnd : std::uint8_t { kNone, kLength, kChunked, kClose };

struct RequestHead {
    std::string method, target;
    int minor = 1;  // HTTP/1.x
    connectors::HttpHeaders headers;
    BodyEnd end = BodyEnd::kNone;
    std::int64_t length = 0;  // kLength
    bool keep_alive = true;
    bool expects_continue = false;
};

struct ResponseHead {
    int status = 0;
    connectors::HttpHeaders headers;
    BodyEnd end = BodyEnd::kNone;
    std::int64_t length = 0;
};

// Bytes of the head at the front of `bytes`, its empty line included; 0 when it is not all there.
std::size_t FindHeadEnd(std::string_view bytes);

// REQUIRES: `head` ends with its empty line. Nothing when well-formed, else the refusal.
std::optional<WireRefusal> ReadRequestHead(std::string_view head, const WireLimits& limits,
                                           RequestHead& out);
// `method` is the request's: the answer to HEAD has no body.
std::optional<WireRefusal> ReadResponseHead(std::string_view head, std::string_view method,
                                            const WireLimits& limits, ResponseHead& out);

// Joins the chunks of a chunked body, fed as it arrives. Trailers are read and dropped.
class ChunkReader {
public:
    enum class State : std::uint8_t { kMore, kDone, kBroken, kTooLong };
    explicit ChunkReader(std::int64_t body_bytes_max) : bytes_max_(body_bytes_max) {}
    // Takes from the front of `bytes` what belongs to the body and says how much that was.
    State Feed(std::string_view bytes, std::size_t& taken);
    std::size_t size() const { return body_.size(); }  // so far
    std::string TakeBody() { return std::move(body_); }

private:
    enum class Part : std::uint8_t { kSize, kBytes, kBytesEnd, kTrailer };
    State TakeLine(std::string_view line);
    std::int64_t bytes_max_;
    Part part_ = Part::kSize;
    std::int64_t left_ = 0;
    std::int64_t trailer_bytes_ = 0;
    std::string line_, body_;
};

bool IsToken(std::string_view text);       // a header name or a method
bool IsFieldValue(std::string_view text);  // no control characters but tab
// Header lines, each "name: value\r\n". Fields that are not well-formed are left out; so are
// those the writer sets itself (Content-Length, Transfer-Encoding, Connection).
std::string WriteFields(const connectors::HttpHeaders& headers);

// A whole answer. Without the body: to HEAD; 204 and 304 never have one.
struct AnswerHead {
    int status = 200;
    connectors::HttpHeaders headers;
    std::string_view connection;  // "close" or "keep-alive"
};
std::string WriteAnswer(const AnswerHead& head, std::string_view body, bool with_body);

// "%2F" to "/"; nothing for a bad escape or a control character behind one.
std::optional<std::string> PercentDecode(std::string_view text);
// application/x-www-form-urlencoded, also a query; '+' is a space. Nothing for a bad escape.
std::optional<connectors::HttpHeaders> ParseForm(std::string_view text);

}  // namespace returns::gateway
