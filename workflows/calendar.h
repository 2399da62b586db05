// Business calendars: which days people work, in whose time zone. A file of workflows/calendars/
// each; which one counts is said by an order's jurisdiction or by a connection. Immutable once
// read; any thread.
#pragma once

#include "schemas/json.h"
#include "workflows/zone.h"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace returns::workflows {

struct DayOff {
    Day day;
    std::string name;
};

struct Calendar {
    std::string id = "plain", name = "no holidays, UTC", time_zone = "UTC";
    std::vector<std::string> serves;  // jurisdictions
    std::string law;                  // whose legal rule they follow where they have none of theirs
    Zone zone;
    std::array<bool, 7> weekend{true, false, false, false, false, false, true};  // from Sunday
    std::vector<DayOff> days_off;  // by day; a day stands once

    bool IsOff(Day day) const;
    std::string_view WhyOff(Day day) const;  // the holiday's name, "weekend", or ""
    Day WorkingDayFrom(Day day) const;       // itself or the next
    Day WorkingDayUntil(Day day) const;      // itself or the one before

    // Business days are this calendar's: the clock shows the same time, days off do not count. What
    // begins on a day off begins with the next working day; counted back, with the end of the last.
    Instant Add(Instant from, const Delay& delay) const;
    // The last day of a period in whole days: the day it begins on does not count.
    Day LastDay(Instant from, const Delay& within) const;
    Instant EndOf(Day day) const { return zone.StartOf(day + std::chrono::days(1)) - Millis(1); }
};

class Calendars {
public:
    // The texts of workflows/calendars/ by file name; "zones.json" holds the time zones' rules.
    static Result<Calendars> Read(const std::map<std::string, Json>& files);

    const Calendar* Find(std::string_view id) const;  // nullptr when there is none
    // "DE-BY", else "DE", else a plain one: UTC, Saturday and Sunday off.
    const Calendar& Of(std::string_view jurisdiction) const;
    std::vector<std::string_view> ids() const;

private:
    std::map<std::string, Calendar, std::less<>> by_id_;
    std::map<std::string, std::string, std::less<>> by_jurisdiction_;
};

// "2026-11-01" as a day.
Result<Day> ParseDay(std::string_view text);
std::string FormatDay(Day day);

}  // namespace returns::workflows
