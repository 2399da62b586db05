#include "workflows/wording.h"

#include "schemas/money.h"

#include <chrono>

namespace returns::workflows {
namespace {

// One run of text without optional parts. `complete` turns false when a fact in it is missing.
std::string FillRun(std::string_view run, const Values& values, bool& complete) {
    std::string text;
    while (!run.empty()) {
        const std::size_t open = run.find('{');
        const std::size_t close = run.find('}', open == run.npos ? 0 : open);
        if (open == run.npos || close == run.npos) return text.append(run);
        text.append(run.substr(0, open));
        const auto fact = values.find(run.substr(open + 1, close - open - 1));
        if (fact == values.end() || fact->second.empty()) complete = false;
        if (fact != values.end()) text += fact->second;
        run.remove_prefix(close + 1);
    }
    return text;
}

const std::string& NumberWord(const Json& wording, std::string_view list, std::int64_t index) {
    static const std::string none;
    const auto& words = wording["numbers"][list].Items();
    return static_cast<std::size_t>(index) < words.size()
               ? words[static_cast<std::size_t>(index)].AsString()
               : none;
}

std::string BelowThousand(const Json& wording, std::int64_t number) {
    std::string text;
    if (number >= 100) {
        text = NumberWord(wording, "small", number / 100) + " " +
               WordingAt(wording, {"numbers", "hundred"});
        number %= 100;
        if (number == 0) return text;
        text += " ";
    }
    if (number < 20) return text + NumberWord(wording, "small", number);
    text += NumberWord(wording, "tens", number / 10);
    return number % 10 == 0 ? text : text + "-" + NumberWord(wording, "small", number % 10);
}

std::string Words(const Json& wording, std::int64_t number) {
    if (number == 0) return NumberWord(wording, "small", 0);
    std::string text;
    for (std::int64_t scale = 0; number > 0; ++scale, number /= 1000) {
        const std::int64_t group = number % 1000;
        if (group == 0) continue;
        std::string part = BelowThousand(wording, group);
        if (scale > 0) part += " " + NumberWord(wording, "scales", scale);
        text = text.empty() ? part : part + " " + text;
    }
    return text;
}

std::string SpokenMoney(const Json& wording, std::int64_t minor, const std::string& currency,
                        int exponent) {
    std::int64_t unit = 1;
    for (int digit = 0; digit < exponent; ++digit) unit *= 10;
    const std::int64_t whole = minor / unit, rest = minor % unit;
    const auto& names = wording["numbers"]["currencies"][currency].Items();
    if (names.size() == 4) {
        std::string text = Words(wording, whole) + " " + names[whole == 1 ? 0 : 1].AsString();
        if (rest == 0) return text;
        return text + " " + WordingAt(wording, {"numbers", "and"}) + " " + Words(wording, rest) +
               " " + names[rest == 1 ? 2 : 3].AsString();
    }
    std::string text = Words(wording, whole);
    if (rest > 0) {
        const std::string digits = std::to_string(unit + rest).substr(1);
        text += " " + WordingAt(wording, {"numbers", "point"}) + " " + Spelled(wording, digits);
    }
    return text + " " + Spelled(wording, currency);
}

}  // namespace

std::string Fill(std::string_view pattern, const Values& values) {
    std::string text;
    while (!pattern.empty()) {
        const std::size_t open = pattern.find('[');
        const std::size_t close = pattern.find(']', open == pattern.npos ? 0 : open);
        bool complete = true;
        if (open == pattern.npos || close == pattern.npos) {
            return text + FillRun(pattern, values, complete);
        }
        text += FillRun(pattern.substr(0, open), values, complete);
        complete = true;
        const std::string part =
            FillRun(pattern.substr(open + 1, close - open - 1), values, complete);
        if (complete) text += part;
        pattern.remove_prefix(close + 1);
    }
    return text;
}

const std::string& WordingAt(const Json& wording, std::initializer_list<std::string_view> path) {
    const Json* place = &wording;
    for (const std::string_view name : path) place = &(*place)[name];
    return place->AsString();
}

std::string DateText(const Json& wording, Instant at, Style style, const Zone& zone) {
    if (at == kNoTime || at == kNever) return "";
    const std::chrono::year_month_day date{zone.DayOf(at)};
    const std::string& zone_name = zone.NameAt(at);
    const auto day = static_cast<std::int64_t>(static_cast<unsigned>(date.day()));
    const auto month = static_cast<std::int64_t>(static_cast<unsigned>(date.month()));
    const auto year = static_cast<std::int64_t>(static_cast<int>(date.year()));
    const auto item = [&](std::string_view list, std::int64_t index) {
        const auto& items = wording["dates"][list].Items();
        const auto place = static_cast<std::size_t>(index - 1);
        return place < items.size() ? items[place].AsString() : "";
    };
    Values values = {{"day", std::to_string(day)},
                     {"month", item("months", month)},
                     {"mon", item("months_short", month)},
                     {"year", std::to_string(year)},
                     {"zone", zone_name}};
    if (style == Style::kSpoken) {
        const std::string& spoken = WordingAt(wording, {"dates", "zones_spoken", zone_name});
        values["zone"] = spoken.empty() ? Spelled(wording, zone_name) : spoken;
        values["day"] = item("days_spoken", day);
        values["year"] = Words(wording, year);
    }
    const std::string_view pattern = style == Style::kWritten ? "written"
                                     : style == Style::kShort ? "short"
                                                              : "spoken";
    return Fill(WordingAt(wording, {"dates", pattern}), values);
}

std::string MoneyText(const Json& wording, std::int64_t minor, const std::string& currency,
                      Style style) {
    const std::optional<int> exponent = CurrencyExponent(currency);
    if (!exponent || minor < 0) return "";
    if (style != Style::kSpoken) return FormatMoney(minor, currency);
    return SpokenMoney(wording, minor, currency, *exponent);
}

std::string Spelled(const Json& wording, std::string_view id) {
    std::string text;
    for (const char letter : id) {
        std::string word;
        if (letter >= '0' && letter <= '9') {
            word = NumberWord(wording, "small", letter - '0');
        } else if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')) {
            word = std::string(1, letter);
        }
        if (word.empty()) continue;
        if (!text.empty()) text += " ";
        text += word;
    }
    return text;
}

}  // namespace returns::workflows
