// Problem answers, RFC 9457 (application/problem+json). Values; any thread.
#pragma once

#include "schemas/result.h"

#include <string>
#include <string_view>

namespace returns::gateway {

struct Problem {
    int status = 500;
    std::string code;        // stable, for programs: "unknown_return"; "" takes the status's own
    std::string detail;      // for people: what is wrong with this request and what to do
    std::string title;       // "" takes the status's reason phrase
    std::string instance;    // a path of ours; "" for none
    std::string trace_id;    // "" for none
    bool retryable = false;  // the same request may succeed later
};

inline constexpr std::string_view kProblemType = "application/problem+json";

// "Not Found"; "Error" for a status without a registered phrase.
std::string_view ReasonPhrase(int status);

std::string WriteProblem(const Problem& problem);

// The status that tells a caller what the error means; the detail is the error's text, but for
// kInternal, whose text is for the log alone.
Problem ProblemOf(const Error& error);

}  // namespace returns::gateway
