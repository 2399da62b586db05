#include "connectors/fields.h"

#include <algorithm>

namespace returns::connectors {
namespace {

const Json& Nothing() {
    static const Json nothing;
    return nothing;
}

std::size_t Edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}  // namespace

std::string Nearest(std::string_view word, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t fewest = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t edits = Edits(word, candidate);
        if (edits >= fewest) continue;
        fewest = edits;
        best = candidate;
    }
    return best;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
    const std::string nearest = Nearest(word, candidates);
    return nearest.empty() ? "" : ", did you mean '" + nearest + "'?";
}

Fields::Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.IsObject()) Fail("must be an object");
}

void Fields::Fail(std::string_view what) {
    if (failure_.empty()) failure_ = where_ + ": " + std::string(what);
}

const Json* Fields::Take(std::string_view name) {
    asked_.emplace_back(name);
    return object_.Find(name);
}

std::string Fields::Text(std::string_view name, std::string_view fallback) {
    const Json* found = Take(name);
    if (found == nullptr) return std::string(fallback);
    if (!found->IsString()) Fail("'" + std::string(name) + "' must be a text");
    return found->AsString();
}

std::string Fields::NeededText(std::string_view name) {
    std::string text = Text(name);
    if (text.empty()) Fail("'" + std::string(name) + "' is missing");
    return text;
}

bool Fields::Flag(std::string_view name) {
    const Json* found = Take(name);
    if (found == nullptr) return false;
    if (!found->IsBool()) Fail("'" + std::string(name) + "' must be true or false");
    return found->AsBool();
}

std::int64_t Fields::Number(std::string_view name, std::int64_t fallback, std::int64_t min,
                            std::int64_t max) {
    const Json* found = Take(name);
    if (found == nullptr) return fallback;
    const Result<std::int64_t> number = found->AsInt();
    if (number.ok() && *number >= min && *number <= max) return *number;
    Fail("'" + std::string(name) + "' must be a whole number from " + std::to_string(min) + " to " +
         std::to_string(max));
    return fallback;
}

std::vector<std::string> Fields::Texts(std::string_view name) {
    std::vector<std::string> texts;
    const Json* found = Take(name);
    if (found == nullptr) return texts;
    if (!found->IsArray()) Fail("'" + std::string(name) + "' must be a list of texts");
    for (const Json& item : found->Items()) {
        if (!item.IsString()) Fail("'" + std::string(name) + "' must be a list of texts");
        texts.push_back(item.AsString());
    }
    return texts;
}

int Fields::Choice(std::string_view name, std::initializer_list<std::string_view> words,
                   int fallback) {
    const Json* found = Take(name);
    if (found == nullptr && fallback >= 0) return fallback;
    const std::string word = found == nullptr ? "" : found->AsString();
    const auto place = std::find(words.begin(), words.end(), word);
    if (place != words.end()) return static_cast<int>(place - words.begin());
    std::string all;
    for (const std::string_view each : words) {
        all += (all.empty() ? "'" : ", '") + std::string(each) + "'";
    }
    Fail("'" + std::string(name) + "' must be one of " + all);
    return std::max(fallback, 0);
}

const Json& Fields::Any(std::string_view name) {
    const Json* found = Take(name);
    return found == nullptr ? Nothing() : *found;
}

const Json& Fields::Object(std::string_view name) {
    const Json& found = Any(name);
    if (!found.IsNull() && !found.IsObject()) Fail("'" + std::string(name) + "' must be an object");
    return found;
}

Status Fields::Done() {
    for (const auto& [name, value] : object_.Members()) {
        if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
        Fail("unknown key '" + name + "'" + DidYouMean(name, asked_));
    }
    if (!failure_.empty()) return Invalid(failure_);
    return {};
}

}  // namespace returns::connectors
