#include "connectors/http.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace returns::connectors {
namespace {

char LowerLetter(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::optional<int> Number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The part before the next space, taken off the text.
std::string_view Word(std::string_view& text) {
    const std::size_t at = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return word;
}

// "GMT", "UT", "Z" or "+0130".
std::optional<std::chrono::minutes> Zone(std::string_view text) {
    if (text == "GMT" || text == "UT" || text == "Z") return std::chrono::minutes(0);
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const auto hours = Number(text.substr(1, 2));
    const auto minutes = Number(text.substr(3, 2));
    if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
    return std::chrono::minutes((*hours * 60 + *minutes) * (text[0] == '-' ? -1 : 1));
}

std::string TwoDigits(int number) {
    return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

std::string Lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), LowerLetter);
    return out;
}

bool SameWord(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return LowerLetter(x) == LowerLetter(y); });
}

std::string_view FindHeader(const HttpHeaders& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (SameWord(key, name)) return value;
    }
    return {};
}

std::string PercentEncode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || letter == '-' || letter == '.' ||
                           letter == '_' || letter == '~';
        if (plain) {
            out += letter;
        } else {
            out += '%';
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        }
    }
    return out;
}

std::optional<Instant> ParseMailDate(std::string_view text) {
    if (text.size() > 3 && text[3] == ',') text.remove_prefix(4);
    if (text.starts_with(' ')) text.remove_prefix(1);
    const auto day = Number(Word(text));
    const auto month = std::find(kMonths.begin(), kMonths.end(), Word(text));
    const std::string_view year_text = Word(text);
    const auto year = year_text.size() == 4 ? Number(year_text) : std::nullopt;
    const std::string_view time = Word(text);
    if (time.size() != 8 || time[2] != ':' || time[5] != ':') return std::nullopt;
    const auto hour = Number(time.substr(0, 2));
    const auto minute = Number(time.substr(3, 2));
    const auto second = Number(time.substr(6, 2));
    const auto zone = Zone(text);
    if (month == kMonths.end() || !day || !year || !hour || !minute || !second || !zone ||
        *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
        std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second) - *zone;
}

std::string FormatMailDate(Instant at) {
    constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
    return std::string(kDays[std::chrono::weekday(day).c_encoding()]) + ", " +
           TwoDigits(static_cast<int>(static_cast<unsigned>(date.day()))) + " " +
           std::string(kMonths[static_cast<unsigned>(date.month()) - 1]) + " " +
           std::to_string(static_cast<int>(date.year())) + " " +
           TwoDigits(static_cast<int>(time.hours().count())) + ":" +
           TwoDigits(static_cast<int>(time.minutes().count())) + ":" +
           TwoDigits(static_cast<int>(time.seconds().count())) + " -0000";
}

std::optional<Millis> ParseRetryAfter(std::string_view value, Instant now) {
    const Millis most = std::chrono::hours(24);
    const bool digits = !value.empty() && value.find_first_not_of("0123456789") == value.npos;
    if (digits) {
        const auto seconds = value.size() <= 6 ? Number(value) : std::nullopt;
        return seconds ? std::min<Millis>(std::chrono::seconds(*seconds), most) : most;
    }
    const auto date = ParseMailDate(value);
    if (!date) return std::nullopt;
    return std::clamp<Millis>(*date - now, Millis(0), most);
}

}  // namespace returns::connectors
