#include "gateway/problem.h"

#include "schemas/json.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace returns::gateway {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 32> kPhrases = {{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

// "Not Found" -> "not_found".
std::string CodeOf(std::string_view phrase) {
    std::string code(phrase);
    std::transform(code.begin(), code.end(), code.begin(), [](unsigned char c) {
        return std::isalnum(c) ? static_cast<char>(std::tolower(c)) : '_';
    });
    return code;
}

}  // namespace

std::string_view ReasonPhrase(int status) {
    const auto found = std::find_if(kPhrases.begin(), kPhrases.end(),
                                    [&](const auto& entry) { return entry.first == status; });
    return found == kPhrases.end() ? "Error" : found->second;
}

std::string WriteProblem(const Problem& problem) {
    const std::string phrase(ReasonPhrase(problem.status));
    const std::string code = problem.code.empty() ? CodeOf(phrase) : problem.code;
    Json out = Json::Object();
    out.Set("type", Json::String("urn:backhaul:problem:" + code));
    out.Set("title", Json::String(problem.title.empty() ? phrase : problem.title));
    out.Set("status", Json::Int(problem.status));
    if (!problem.detail.empty()) out.Set("detail", Json::String(problem.detail));
    if (!problem.instance.empty()) out.Set("instance", Json::String(problem.instance));
    out.Set("code", Json::String(code));
    if (!problem.trace_id.empty()) out.Set("trace_id", Json::String(problem.trace_id));
    out.Set("retryable", Json::Bool(problem.retryable));
    return WriteJson(out);
}

Problem ProblemOf(const Error& error) {
    switch (error.code) {
        case Code::kInvalid:
            return {.status = 422, .code = "invalid", .detail = error.text};
        case Code::kNotFound:
            return {.status = 404, .detail = error.text};
        case Code::kConflict:
            return {.status = 409, .detail = error.text};
        case Code::kLimit:
            return {.status = 413, .code = "limit", .detail = error.text};
        case Code::kUnavailable:
            return {.status = 503, .code = "unavailable", .detail = error.text, .retryable = true};
        case Code::kInDoubt:
            return {.status = 503,
                    .code = "in_doubt",
                    .detail =
                        "it is not known whether this took effect; send the same request "
                        "again, it will not be done twice",
                    .retryable = true};
        case Code::kInternal:
            break;
    }
    return {.status = 500,
            .detail = "this side failed; the request may be sent again",
            .retryable = true};
}

}  // namespace returns::gateway
