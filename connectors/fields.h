// Reads the members of one JSON object strictly: the first wrong one, and any that nobody asked
// for, is the error that Done gives. Plain values; any thread.
#pragma once

#include "schemas/json.h"
#include "schemas/result.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

class Fields {
public:
    // `where` starts every error: "reading connector.json: operations.refund.create".
    Fields(const Json& object, std::string where);

    std::string Text(std::string_view name, std::string_view fallback = "");
    std::string NeededText(std::string_view name);
    bool Flag(std::string_view name);
    std::int64_t Number(std::string_view name, std::int64_t fallback, std::int64_t min,
                        std::int64_t max);
    std::vector<std::string> Texts(std::string_view name);
    // The position of the word; `fallback` when the member is absent, an error when it is < 0.
    int Choice(std::string_view name, std::initializer_list<std::string_view> words, int fallback);
    const Json& Any(std::string_view name);     // null when absent
    const Json& Object(std::string_view name);  // null when absent, else an object

    bool Has(std::string_view name) const { return object_.Find(name) != nullptr; }
    const std::string& where() const { return where_; }
    void Fail(std::string_view what);  // keeps the first
    Status Done();

private:
    const Json* Take(std::string_view name);

    const Json& object_;
    std::string where_;
    std::vector<std::string> asked_;
    std::string failure_;
};

// The candidate nearest to the word by edits, when at most a third of it differs; else "".
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);
// ", did you mean 'x'?" or "".
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace returns::connectors
