#include "gateway/http_wire.h"

#include "gateway/problem.h"

#include <algorithm>
#include <array>

namespace returns::gateway {
namespace {

constexpr std::size_t kChunkLineMax = 1024;
constexpr std::int64_t kTrailerBytesMax = 8 << 10;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsAlnum(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsControl(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

std::string_view Trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

int HexDigit(char c) {
    if (IsDigit(c)) return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// An encoded word of RFC 2047, "=?utf-8?B?...": some readers decode it into control characters.
bool HasEncodedWord(std::string_view value) {
    for (std::size_t at = value.find("=?"); at != value.npos; at = value.find("=?", at + 1)) {
        const std::size_t charset_end = value.find('?', at + 2);
        if (charset_end != value.npos && charset_end + 2 < value.size() &&
            value[charset_end + 2] == '?')
            return true;
    }
    return false;
}

WireRefusal Refuse(int status, std::string code, std::string text) {
    return WireRefusal{status, std::move(code), std::move(text)};
}

// Takes one line off the front; only CR LF ends a line.
std::optional<std::string_view> TakeLine(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    if (end == rest.npos || end == 0 || rest[end - 1] != '\r') return std::nullopt;
    const std::string_view line = rest.substr(0, end - 1);
    rest.remove_prefix(end + 1);
    if (line.find('\r') != line.npos) return std::nullopt;
    return line;
}

struct FieldRules {
    bool refuse_bad_values;  // otherwise such a field is left out
};

std::optional<WireRefusal> ReadFields(std::string_view rest, const WireLimits& limits,
                                      FieldRules rules, connectors::HttpHeaders& out) {
    for (;;) {
        const auto line = TakeLine(rest);
        if (!line) return Refuse(400, "bad_line", "a header line does not end with CR LF");
        if (line->empty()) return std::nullopt;
        if (line->size() > limits.line_bytes_max)
            return Refuse(431, "header_too_long", "a header field is too long");
        if (out.size() >= limits.fields_max)
            return Refuse(431, "too_many_headers", "there are too many header fields");
        const std::size_t colon = line->find(':');
        if (colon == line->npos || !IsToken(line->substr(0, colon)))
            return Refuse(400, "bad_header_name",
                          "a header line has no name of letters, digits and dashes right before "
                          "its colon");
        const std::string_view value = Trim(line->substr(colon + 1));
        if (!IsFieldValue(value) || HasEncodedWord(value)) {
            if (!rules.refuse_bad_values) continue;
            return Refuse(400, "bad_header_value",
                          "a header value holds a control character or an encoded word");
        }
        out.emplace_back(line->substr(0, colon), value);
    }
}

// What the fields say about the end of the body.
struct Framing {
    int lengths = 0, codings = 0, hosts = 0;
    std::string_view length, coding, host, connection, expect;
};

Framing ReadFraming(const connectors::HttpHeaders& headers) {
    Framing framing;
    for (const auto& [name, value] : headers) {
        if (connectors::SameWord(name, "content-length")) {
            ++framing.lengths;
            framing.length = value;
        } else if (connectors::SameWord(name, "transfer-encoding")) {
            ++framing.codings;
            framing.coding = value;
        } else if (connectors::SameWord(name, "host")) {
            ++framing.hosts;
            framing.host = value;
        } else if (connectors::SameWord(name, "connection")) {
            framing.connection = value;
        } else if (connectors::SameWord(name, "expect")) {
            framing.expect = value;
        }
    }
    return framing;
}

std::optional<std::int64_t> ReadLength(std::string_view text) {
    if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), IsDigit))
        return std::nullopt;
    std::int64_t length = 0;
    for (char c : text) length = length * 10 + (c - '0');
    return length;
}

bool NamesClose(std::string_view connection) {
    while (!connection.empty()) {
        const std::size_t comma = std::min(connection.find(','), connection.size());
        if (connectors::SameWord(Trim(connection.substr(0, comma)), "close")) return true;
        connection.remove_prefix(std::min(comma + 1, connection.size()));
    }
    return false;
}

// Sets end and length when the fields leave no doubt about them.
template <class Head>
std::optional<WireRefusal> ApplyFraming(const Framing& framing, Head& out) {
    if (framing.codings > 0 && framing.lengths > 0)
        return Refuse(400, "two_lengths",
                      "Transfer-Encoding and Content-Length exclude each other");
    if (framing.codings > 0) {
        if (framing.codings != 1 || !connectors::SameWord(framing.coding, "chunked"))
            return Refuse(400, "bad_transfer_encoding",
                          "the only Transfer-Encoding is 'chunked', once");
        out.end = BodyEnd::kChunked;
    } else if (framing.lengths > 0) {
        const auto length = ReadLength(framing.length);
        if (framing.lengths != 1 || !length)
            return Refuse(400, "bad_content_length",
                          "Content-Length is a number of digits alone, once");
        out.end = BodyEnd::kLength;
        out.length = *length;
    }
    return std::nullopt;
}

constexpr std::array<std::string_view, 7> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                                      "PATCH", "DELETE", "OPTIONS"};

std::optional<WireRefusal> ReadRequestLine(std::string_view line, const WireLimits& limits,
                                           RequestHead& out) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == line.npos || first == last || !IsToken(line.substr(0, first)))
        return Refuse(400, "bad_request_line", "the first line is not 'METHOD /path HTTP/1.1'");
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        if (version.substr(0, 5) == "HTTP/")
            return Refuse(505, "http_version", "only versions 1.1 and 1.0 of HTTP are spoken here");
        return Refuse(400, "bad_request_line", "the first line is not 'METHOD /path HTTP/1.1'");
    }
    if (line.size() > limits.line_bytes_max)
        return Refuse(414, "target_too_long", "the request target is too long");
    const bool printable = std::all_of(target.begin(), target.end(),
                                       [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
    if (target.empty() || target.front() != '/' || !printable)
        return Refuse(400, "bad_target", "the request target is not an escaped absolute path");
    out.method = std::string(line.substr(0, first));
    out.target = std::string(target);
    out.minor = version.back() - '0';
    if (std::find(kMethods.begin(), kMethods.end(), out.method) == kMethods.end())
        return Refuse(501, "unknown_method", "this method is not known here");
    return std::nullopt;
}

bool NeedsLength(std::string_view method) {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

std::size_t FindHeadEnd(std::string_view bytes) {
    std::size_t line = 0;
    for (std::size_t end = bytes.find('\n'); end != bytes.npos; end = bytes.find('\n', end + 1)) {
        const std::size_t length = end - line;
        if (length == 0 || (length == 1 && bytes[line] == '\r')) return end + 1;
        line = end + 1;
    }
    return 0;
}

std::optional<WireRefusal> ReadRequestHead(std::string_view head, const WireLimits& limits,
                                           RequestHead& out) {
    if (head.size() > limits.head_bytes_max)
        return Refuse(431, "header_too_long", "the header is too long");
    const auto line = TakeLine(head);
    if (!line) return Refuse(400, "bad_line", "the first line does not end with CR LF");
    if (auto refusal = ReadRequestLine(*line, limits, out)) return refusal;
    if (auto refusal = ReadFields(head, limits, {.refuse_bad_values = true}, out.headers))
        return refusal;
    const Framing framing = ReadFraming(out.headers);
    if (framing.hosts != 1 || framing.host.empty() ||
        framing.host.find_first_of(" ,/@\t") != framing.host.npos)
        return Refuse(400, "bad_host", "exactly one Host header with one name is needed");
    if (framing.codings > 0 && out.minor == 0)
        return Refuse(400, "bad_transfer_encoding", "HTTP/1.0 has no Transfer-Encoding");
    if (auto refusal = ApplyFraming(framing, out)) return refusal;
    if (out.end == BodyEnd::kNone && NeedsLength(out.method))
        return Refuse(411, "length_required", "a body needs Content-Length or chunks");
    if (!framing.expect.empty() && !connectors::SameWord(framing.expect, "100-continue"))
        return Refuse(417, "unknown_expectation", "the only expectation is 100-continue");
    out.expects_continue = !framing.expect.empty() && out.minor > 0;
    out.keep_alive = out.minor > 0 && !NamesClose(framing.connection);
    return std::nullopt;
}

std::optional<WireRefusal> ReadResponseHead(std::string_view head, std::string_view method,
                                            const WireLimits& limits, ResponseHead& out) {
    if (head.size() > limits.head_bytes_max)
        return Refuse(502, "header_too_long", "the answer's header is too long");
    const auto line = TakeLine(head);
    const bool status_line = line && line->size() >= 12 && line->substr(0, 7) == "HTTP/1." &&
                             IsDigit((*line)[7]) && (*line)[8] == ' ' && IsDigit((*line)[9]) &&
                             IsDigit((*line)[10]) && IsDigit((*line)[11]) &&
                             (line->size() == 12 || (*line)[12] == ' ');
    if (!status_line) return Refuse(502, "bad_status_line", "the answer's first line is not HTTP");
    out.status = ((*line)[9] - '0') * 100 + ((*line)[10] - '0') * 10 + ((*line)[11] - '0');
    if (out.status < 100 || out.status > 599)
        return Refuse(502, "bad_status_line", "the answer's status is not a known class");
    if (auto refusal = ReadFields(head, limits, {.refuse_bad_values = false}, out.headers))
        return refusal;
    out.end = BodyEnd::kClose;
    if (auto refusal = ApplyFraming(ReadFraming(out.headers), out)) return refusal;
    if (method == "HEAD" || out.status < 200 || out.status == 204 || out.status == 304)
        out.end = BodyEnd::kNone;
    return std::nullopt;
}

ChunkReader::State ChunkReader::Feed(std::string_view bytes, std::size_t& taken) {
    taken = 0;
    while (taken < bytes.size()) {
        if (part_ == Part::kBytes) {
            const auto n = std::min(static_cast<std::size_t>(left_), bytes.size() - taken);
            body_.append(bytes.substr(taken, n));
            taken += n;
            left_ -= static_cast<std::int64_t>(n);
            if (left_ == 0) part_ = Part::kBytesEnd;
            continue;
        }
        const char c = bytes[taken++];
        if (c != '\n') {
            line_ += c;
            if (line_.size() > kChunkLineMax) return State::kBroken;
            continue;
        }
        if (line_.empty() || line_.back() != '\r') return State::kBroken;
        line_.pop_back();
        const State state = TakeLine(line_);
        line_.clear();
        if (state != State::kMore) return state;
    }
    return State::kMore;
}

ChunkReader::State ChunkReader::TakeLine(std::string_view line) {
    if (std::any_of(line.begin(), line.end(), [](char c) { return IsControl(c) && c != '\t'; }))
        return State::kBroken;
    if (part_ == Part::kBytesEnd) {
        part_ = Part::kSize;
        return line.empty() ? State::kMore : State::kBroken;
    }
    if (part_ == Part::kTrailer) {
        trailer_bytes_ += static_cast<std::int64_t>(line.size());
        if (trailer_bytes_ > kTrailerBytesMax) return State::kBroken;
        return line.empty() ? State::kDone : State::kMore;
    }
    const std::string_view size = line.substr(0, line.find(';'));
    if (size.empty() || size.size() > 15) return State::kBroken;
    left_ = 0;
    for (char c : size) {
        const int digit = HexDigit(c);
        if (digit < 0) return State::kBroken;
        left_ = left_ * 16 + digit;
    }
    if (left_ > bytes_max_ - static_cast<std::int64_t>(body_.size())) return State::kTooLong;
    part_ = left_ == 0 ? Part::kTrailer : Part::kBytes;
    return State::kMore;
}

bool IsToken(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return IsAlnum(c) || kMarks.find(c) != kMarks.npos;
    });
}

bool IsFieldValue(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return IsControl(c) && c != '\t'; });
}

std::string WriteFields(const connectors::HttpHeaders& headers) {
    constexpr std::array<std::string_view, 4> kOwn = {"content-length", "transfer-encoding",
                                                      "connection", "host"};
    std::string out;
    for (const auto& entry : headers) {
        const auto& name = entry.first;  // no binding: Clang 14 cannot capture one
        const auto& value = entry.second;
        const bool own = std::any_of(kOwn.begin(), kOwn.end(), [&](std::string_view o) {
            return connectors::SameWord(o, name);
        });
        if (own || !IsToken(name) || !IsFieldValue(value)) continue;
        out += name + ": " + value + "\r\n";
    }
    return out;
}

std::string WriteAnswer(const AnswerHead& head, std::string_view body, bool with_body) {
    const bool bare = head.status == 204 || head.status == 304;
    std::string out = "HTTP/1.1 " + std::to_string(head.status) + " ";
    out += ReasonPhrase(head.status);
    out += "\r\n" + WriteFields(head.headers);
    if (!bare) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    out += "Connection: ";
    out += head.connection;
    out += "\r\n\r\n";
    if (with_body && !bare) out += body;
    return out;
}

namespace {

std::optional<std::string> Unescape(std::string_view text, bool plus_is_space, bool lines_allowed) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = HexDigit(text[i + 1]);
            const int low = HexDigit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        const bool line = c == '\r' || c == '\n' || c == '\t';
        if (IsControl(c) && !(line && lines_allowed)) return std::nullopt;
        out += c;
    }
    return out;
}

}  // namespace

std::optional<std::string> PercentDecode(std::string_view text) {
    return Unescape(text, false, false);
}

std::optional<connectors::HttpHeaders> ParseForm(std::string_view text) {
    connectors::HttpHeaders out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = Unescape(pair.substr(0, equals), true, false);
        auto value = Unescape(pair.substr(std::min(equals + 1, pair.size())), true, true);
        if (!name || !value) return std::nullopt;
        out.emplace_back(std::move(*name), std::move(*value));
    }
    return out;
}

}  // namespace returns::gateway
