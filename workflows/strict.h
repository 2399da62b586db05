// Reading definition files strictly: nothing is guessed, and an error names the JSON path, what
// stands there, what was expected and the nearest name. Pure; any thread.
#pragma once

#include "schemas/json.h"
#include "schemas/result.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace returns::workflows {

// ", did you mean 'shipped'?" when one of the names is close; "" when none is.
std::string DidYouMean(std::string_view name, const std::vector<std::string_view>& known);

// Readings of one file. `file` stands in every error: "reading <file>: <path>: <what>".
class StrictReader {
public:
    explicit StrictReader(std::string file) : file_(std::move(file)) {}

    Error Wrong(std::string_view path, std::string_view what) const;
    Error UnknownName(std::string_view path, std::string_view what, std::string_view name,
                      const std::vector<std::string_view>& known) const;

    // An object whose members are all among the allowed.
    Status Members(const Json& value, const std::string& path,
                   std::initializer_list<std::string_view> allowed) const;

    // Each of these takes the member's value; an absent member is the caller's matter.
    Result<std::string> Text(const Json& value, const std::string& path) const;  // not empty
    Result<bool> Flag(const Json& value, const std::string& path) const;
    Result<std::int64_t> Whole(const Json& value, const std::string& path, std::int64_t least,
                               std::int64_t most) const;
    Result<std::vector<std::string>> Texts(const Json& value, const std::string& path) const;

private:
    std::string file_;
};

}  // namespace returns::workflows
