#include "schemas/time.h"

#include <algorithm>
#include <array>

namespace returns {

namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr Instant kFirst = sys_days(std::chrono::year(2000) / 1 / 1);
constexpr Instant kLast = sys_days(std::chrono::year(2200) / 1 / 1) - Millis(1);
constexpr std::int64_t kDelayDaysMax = 36'525;  // a century

struct Unit {
    std::string_view name;
    Delay::Unit unit;
    std::int64_t millis;
};

constexpr std::array<Unit, 6> kUnits = {{{"ms", Delay::Unit::kMillis, 1},
                                         {"s", Delay::Unit::kSeconds, 1'000},
                                         {"min", Delay::Unit::kMinutes, 60'000},
                                         {"h", Delay::Unit::kHours, 3'600'000},
                                         {"d", Delay::Unit::kDays, 86'400'000},
                                         {"bd", Delay::Unit::kBusinessDays, 86'400'000}}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes exactly `count` digits off the front; -1 when they are not there.
int TakeDigits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return -1;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!IsDigit(text[i])) return -1;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool Take(std::string_view& text, char lower, char upper) {
    if (text.empty() || (text.front() != lower && text.front() != upper)) return false;
    text.remove_prefix(1);
    return true;
}

bool Take(std::string_view& text, char wanted) { return Take(text, wanted, wanted); }

std::optional<sys_days> TakeDate(std::string_view& text) {
    const int year = TakeDigits(text, 4);
    if (year < 0 || !Take(text, '-')) return std::nullopt;
    const int month = TakeDigits(text, 2);
    if (month < 0 || !Take(text, '-')) return std::nullopt;
    const int day = TakeDigits(text, 2);
    const std::chrono::year_month_day date(std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (day < 0 || !date.ok()) return std::nullopt;
    return sys_days(date);
}

// 60 seconds, a leap second, reads as the next minute's first.
std::optional<Millis> TakeTime(std::string_view& text) {
    const int hour = TakeDigits(text, 2);
    if (hour < 0 || hour > 23 || !Take(text, ':')) return std::nullopt;
    const int minute = TakeDigits(text, 2);
    if (minute < 0 || minute > 59 || !Take(text, ':')) return std::nullopt;
    const int second = TakeDigits(text, 2);
    if (second < 0 || second > 60) return std::nullopt;
    Millis time((hour * 3600 + minute * 60 + second) * 1000);
    if (!Take(text, '.')) return time;
    if (text.empty() || !IsDigit(text.front())) return std::nullopt;
    for (int scale = 100; !text.empty() && IsDigit(text.front()); scale /= 10) {
        time += Millis((text.front() - '0') * scale);
        text.remove_prefix(1);
    }
    return time;
}

std::optional<Millis> TakeOffset(std::string_view& text) {
    if (Take(text, 'z', 'Z')) return Millis(0);
    const bool west = Take(text, '-');
    if (!west && !Take(text, '+')) return std::nullopt;
    const int hours = TakeDigits(text, 2);
    if (hours < 0 || hours > 23 || !Take(text, ':')) return std::nullopt;
    const int minutes = TakeDigits(text, 2);
    if (minutes < 0 || minutes > 59) return std::nullopt;
    const Millis offset((hours * 60 + minutes) * 60'000);
    return west ? -offset : offset;
}

void PutDigits(std::int64_t value, int count, std::string& out) {
    const std::size_t end = out.size() + static_cast<std::size_t>(count);
    out.resize(end);
    for (int i = 1; i <= count; ++i, value /= 10) {
        out[end - static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
    }
}

void PutDate(sys_days day, std::string& out) {
    const std::chrono::year_month_day date(day);
    PutDigits(static_cast<int>(date.year()), 4, out);
    out += '-';
    PutDigits(static_cast<unsigned>(date.month()), 2, out);
    out += '-';
    PutDigits(static_cast<unsigned>(date.day()), 2, out);
}

// What no calendar of ours can write: "never" far ahead, "" when not set or before year 0.
std::optional<std::string> Unwritable(Instant at) {
    if (at >= Instant(sys_days(std::chrono::year(10000) / 1 / 1))) return "never";
    if (at == kNoTime || at < Instant(sys_days(std::chrono::year(0) / 1 / 1))) return "";
    return std::nullopt;
}

Instant AddBusinessDays(Instant from, std::int64_t amount) {
    if (amount == 0) return from;
    const int step = amount > 0 ? 1 : -1;
    const auto weekday = [](Instant at) {
        return std::chrono::weekday(std::chrono::floor<days>(at)).iso_encoding();
    };
    // From a weekend count as from the working day before it (in the direction of counting).
    while (weekday(from) > 5) from -= days(step);
    from += days(amount / 5 * 7);
    for (std::int64_t left = amount % 5; left != 0; left -= step) {
        do from += days(step);
        while (weekday(from) > 5);
    }
    return from;
}

}  // namespace

Result<Instant> ParseInstant(std::string_view text) {
    const auto refuse = [whole = text](std::string_view why) {
        return Invalid("reading time '" + std::string(whole.substr(0, 40)) +
                       "': " + std::string(why));
    };
    constexpr std::string_view kShape = "expected RFC 3339 with an offset (2026-03-01T12:00:00Z)";
    if (text.size() > 64) return refuse(kShape);
    const auto day = TakeDate(text);
    if (!day || !Take(text, 't', 'T')) return refuse(kShape);
    const auto time = TakeTime(text);
    if (!time) return refuse(kShape);
    const auto offset = TakeOffset(text);
    if (!offset || !text.empty()) return refuse(kShape);
    const Instant at = Instant(*day) + *time - *offset;
    if (at < kFirst || at > kLast) return refuse("expected a year from 2000 to 2199");
    return at;
}

std::string FormatInstant(Instant at) {
    if (const auto word = Unwritable(at)) return *word;
    const sys_days day = std::chrono::floor<days>(at);
    const std::int64_t millis = (at - Instant(day)).count();
    std::string out;
    out.reserve(24);
    PutDate(day, out);
    out += 'T';
    PutDigits(millis / 3'600'000, 2, out);
    out += ':';
    PutDigits(millis / 60'000 % 60, 2, out);
    out += ':';
    PutDigits(millis / 1000 % 60, 2, out);
    out += '.';
    PutDigits(millis % 1000, 3, out);
    out += 'Z';
    return out;
}

std::string FormatDate(Instant at) {
    if (const auto word = Unwritable(at)) return *word;
    std::string out;
    PutDate(std::chrono::floor<days>(at), out);
    return out;
}

Result<Delay> ParseDelay(std::string_view text) {
    const auto refuse = [text](std::string_view why) {
        return Invalid("reading delay '" + std::string(text.substr(0, 40)) +
                       "': " + std::string(why));
    };
    const std::size_t digits = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), IsDigit) - text.begin());
    if (digits == 0 || digits > 13) return refuse("expected a number and a unit, such as 15min");
    std::int64_t amount = 0;
    for (const char c : text.substr(0, digits)) amount = amount * 10 + (c - '0');
    for (const Unit& unit : kUnits) {
        if (unit.name != text.substr(digits)) continue;
        if (amount > kDelayDaysMax * 86'400'000 / unit.millis) return refuse("over a century");
        return Delay{amount, unit.unit};
    }
    return refuse("the unit must be ms, s, min, h, d or bd");
}

std::string FormatDelay(const Delay& delay) {
    return std::to_string(delay.amount) +
           std::string(kUnits[static_cast<std::size_t>(delay.unit)].name);
}

Instant Add(Instant from, const Delay& delay) {
    if (from == kNever) return kNever;
    if (delay.unit == Delay::Unit::kBusinessDays) return AddBusinessDays(from, delay.amount);
    return from + Millis(delay.amount * kUnits[static_cast<std::size_t>(delay.unit)].millis);
}

}  // namespace returns
