// A time zone: how far its clocks stand from UTC and when they change. Its rule is data, written as
// POSIX writes TZ ("CET-1CEST,M3.5.0,M10.5.0/3"), so that no file of the system is read and the
// same moment gives the same date everywhere. Values; any thread.
#pragma once

#include "schemas/result.h"
#include "schemas/time.h"

#include <chrono>
#include <string>
#include <string_view>

namespace returns::workflows {

using Day = std::chrono::local_days;  // a date as the zone's own calendar shows it

class Zone {
public:
    Zone() = default;  // UTC

    // Only changes of the form Mmonth.week.weekday[/time] are known; others are an error.
    static Result<Zone> Parse(std::string_view rule);

    Millis OffsetAt(Instant at) const;  // local less UTC
    const std::string& NameAt(Instant at) const;
    Day DayOf(Instant at) const;
    Millis ClockOf(Instant at) const;  // since local midnight, as the clock shows it
    // When the clock shows that time: the first of two moments, or, where clocks skip it, the
    // moment of the change.
    Instant At(Day day, Millis clock) const;
    Instant StartOf(Day day) const { return At(day, Millis(0)); }

private:
    // A yearly change: that weekday of that month (week 5: the last), at that time of the clock
    // that runs until then.
    struct Change {
        unsigned month = 0, week = 0, weekday = 0;
        Millis clock{0};
    };
    friend class ZoneReader;

    bool SummerAt(Instant at) const;
    static std::chrono::local_time<Millis> On(const Change& change, std::chrono::year year);

    std::string name_ = "UTC", summer_name_;  // no summer name: the clocks never change
    Millis offset_{0}, summer_offset_{0};
    Change summer_begins_, summer_ends_;
};

}  // namespace returns::workflows
