#include "workflows/strict.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace returns::workflows {
namespace {

// How many single-character changes make one name of the other.
std::size_t Distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
        }
    }
    return row.back();
}

std::string Shown(std::string_view path) {
    return path.empty() ? "the whole file" : std::string(path);
}

}  // namespace

std::string DidYouMean(std::string_view name, const std::vector<std::string_view>& known) {
    constexpr std::size_t kLongest = 64;  // a longer name is no typing mistake
    if (name.empty() || name.size() > kLongest) return "";
    std::string_view best;
    std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t distance = Distance(name, candidate);
        if (distance < least) {
            least = distance;
            best = candidate;
        }
    }
    return best.empty() ? "" : ", did you mean '" + std::string(best) + "'?";
}

Error StrictReader::Wrong(std::string_view path, std::string_view what) const {
    return Invalid("reading " + file_ + ": " + Shown(path) + ": " + std::string(what));
}

Error StrictReader::UnknownName(std::string_view path, std::string_view what, std::string_view name,
                                const std::vector<std::string_view>& known) const {
    return Wrong(path, "unknown " + std::string(what) + " '" + std::string(name) + "'" +
                           DidYouMean(name, known));
}

Status StrictReader::Members(const Json& value, const std::string& path,
                             std::initializer_list<std::string_view> allowed) const {
    if (!value.IsObject()) return Wrong(path, "expected an object");
    const std::vector<std::string_view> known(allowed);
    for (const auto& [name, ignored] : value.Members()) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return UnknownName(path, "member", name, known);
        }
    }
    return {};
}

Result<std::string> StrictReader::Text(const Json& value, const std::string& path) const {
    if (!value.IsString() || value.AsString().empty()) {
        return Wrong(path, "expected a text that is not empty");
    }
    return value.AsString();
}

Result<bool> StrictReader::Flag(const Json& value, const std::string& path) const {
    if (!value.IsBool()) return Wrong(path, "expected true or false");
    return value.AsBool();
}

Result<std::int64_t> StrictReader::Whole(const Json& value, const std::string& path,
                                         std::int64_t least, std::int64_t most) const {
    const Result<std::int64_t> number = value.AsInt();
    if (!number.ok() || *number < least || *number > most) {
        return Wrong(path, "expected a whole number from " + std::to_string(least) + " to " +
                               std::to_string(most));
    }
    return *number;
}

Result<std::vector<std::string>> StrictReader::Texts(const Json& value,
                                                     const std::string& path) const {
    if (!value.IsArray()) return Wrong(path, "expected a list of texts");
    std::vector<std::string> texts;
    for (const Json& item : value.Items()) {
        const std::string place = path + "/" + std::to_string(texts.size());
        ASSIGN_OR_RETURN(std::string text, Text(item, place));
        if (std::find(texts.begin(), texts.end(), text) != texts.end()) {
            return Wrong(place, "'" + text + "' stands twice");
        }
        texts.push_back(std::move(text));
    }
    return texts;
}

}  // namespace returns::workflows
