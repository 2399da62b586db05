#include "workflows/zone.h"

#include <algorithm>

namespace returns::workflows {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::year_month_day;
using LocalTime = std::chrono::local_time<Millis>;

namespace {

constexpr Millis kSecond(1000);

LocalTime Shifted(Instant at, Millis offset) { return LocalTime(at.time_since_epoch() + offset); }
Instant Back(LocalTime at, Millis offset) { return Instant(at.time_since_epoch() - offset); }

}  // namespace

// Reads a rule from front to back; every Take removes what it has understood.
class ZoneReader {
public:
    explicit ZoneReader(std::string_view rule) : whole_(rule), text_(rule) {}

    Result<Zone> Read() {
        Zone zone;
        if (!TakeName(zone.name_) || !TakeOffset(zone.offset_)) return Wrong();
        if (text_.empty()) return zone;
        if (!TakeName(zone.summer_name_)) return Wrong();
        zone.summer_offset_ = zone.offset_ + std::chrono::hours(1);
        if (!text_.empty() && text_.front() != ',' && !TakeOffset(zone.summer_offset_))
            return Wrong();
        if (!TakeChange(zone.summer_begins_) || !TakeChange(zone.summer_ends_) || !text_.empty())
            return Wrong();
        return zone;
    }

private:
    Error Wrong() const {
        return Invalid("reading time zone rule '" + std::string(whole_.substr(0, 80)) +
                       "': expected a form such as UTC0, EST5EDT,M3.2.0,M11.1.0 or " +
                       "CET-1CEST,M3.5.0,M10.5.0/3");
    }

    bool Take(char wanted) {
        if (text_.empty() || text_.front() != wanted) return false;
        text_.remove_prefix(1);
        return true;
    }

    bool TakeName(std::string& name) {
        const bool quoted = Take('<');
        const auto fits = [&](char c) {
            const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            return letter || (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
        };
        const auto end = std::find_if_not(text_.begin(), text_.end(), fits);
        name.assign(text_.begin(), end);
        text_.remove_prefix(name.size());
        if (quoted && !Take('>')) return false;
        return name.size() >= 3 && name.size() <= 10;
    }

    bool TakeNumber(unsigned& number, unsigned most) {
        number = 0;
        std::size_t digits = 0;
        for (; digits < 3 && !text_.empty() && text_.front() >= '0' && text_.front() <= '9';
             ++digits) {
            number = number * 10 + static_cast<unsigned>(text_.front() - '0');
            text_.remove_prefix(1);
        }
        return digits > 0 && number <= most;
    }

    // [+-]hh[:mm[:ss]]
    bool TakeClock(Millis& clock, unsigned hours_max) {
        const bool negative = Take('-');
        if (!negative) static_cast<void>(Take('+'));
        unsigned hours = 0, minutes = 0, seconds = 0;
        if (!TakeNumber(hours, hours_max)) return false;
        if (Take(':') && !TakeNumber(minutes, 59)) return false;
        if (Take(':') && !TakeNumber(seconds, 59)) return false;
        clock = (hours * 3600 + minutes * 60 + seconds) * kSecond;
        if (negative) clock = -clock;
        return true;
    }

    // POSIX counts westwards, we eastwards.
    bool TakeOffset(Millis& offset) {
        if (!TakeClock(offset, 24)) return false;
        offset = -offset;
        return true;
    }

    bool TakeChange(Zone::Change& change) {
        change.clock = std::chrono::hours(2);
        if (!Take(',') || !Take('M')) return false;
        if (!TakeNumber(change.month, 12) || change.month == 0 || !Take('.')) return false;
        if (!TakeNumber(change.week, 5) || change.week == 0 || !Take('.')) return false;
        if (!TakeNumber(change.weekday, 6)) return false;
        return !Take('/') || TakeClock(change.clock, 167);
    }

    std::string_view whole_, text_;
};

Result<Zone> Zone::Parse(std::string_view rule) { return ZoneReader(rule).Read(); }

LocalTime Zone::On(const Change& change, std::chrono::year year) {
    const auto month = year / std::chrono::month(change.month);
    const std::chrono::weekday weekday(change.weekday);
    const Day day = change.week == 5 ? Day(month / weekday[std::chrono::last])
                                     : Day(month / weekday[change.week]);
    return LocalTime(day) + change.clock;
}

bool Zone::SummerAt(Instant at) const {
    if (summer_name_.empty()) return false;
    const std::chrono::year year = year_month_day(floor<days>(Shifted(at, offset_))).year();
    const Instant begins = Back(On(summer_begins_, year), offset_);
    const Instant ends = Back(On(summer_ends_, year), summer_offset_);
    if (begins < ends) return begins <= at && at < ends;
    return at < ends || begins <= at;  // summer goes over the end of the year
}

Millis Zone::OffsetAt(Instant at) const { return SummerAt(at) ? summer_offset_ : offset_; }

const std::string& Zone::NameAt(Instant at) const { return SummerAt(at) ? summer_name_ : name_; }

Day Zone::DayOf(Instant at) const { return floor<days>(Shifted(at, OffsetAt(at))); }

Millis Zone::ClockOf(Instant at) const { return Shifted(at, OffsetAt(at)) - LocalTime(DayOf(at)); }

Instant Zone::At(Day day, Millis clock) const {
    const LocalTime wanted = LocalTime(day) + clock;
    if (summer_name_.empty()) return Back(wanted, offset_);
    const auto [less, more] = std::minmax(offset_, summer_offset_);
    const Instant early = Back(wanted, more), late = Back(wanted, less);
    for (const Instant at : {early, late})
        if (Shifted(at, OffsetAt(at)) == wanted) return at;
    // Skipped: between the two lies the change to the greater offset.
    const std::chrono::year year = year_month_day(day).year();
    return summer_offset_ > offset_ ? Back(On(summer_begins_, year), offset_)
                                    : Back(On(summer_ends_, year), summer_offset_);
}

}  // namespace returns::workflows
