// Rows of a policy that hold for a part of the year, or for stated days: holiday windows, seasonal
// service levels. Values; any thread.
#pragma once

#include "workflows/calendar.h"
#include "workflows/strict.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::workflows {

struct DayMark {
    int year = 0;  // 0: every year
    unsigned month = 0, day = 0;
};

struct DatedRow {
    std::string name;
    DayMark from, until;  // both belong to it; "12-20" to "01-10" goes over the year's end
    std::string jurisdiction, connection;  // "": any
    std::optional<Delay> within;           // in place of the usual delay
    std::optional<DayMark> until_date;     // windows: open until that day's end, if that is later
};

// Which case a row is asked for.
struct RowScope {
    std::string_view jurisdiction, connection;
};

// The first row that holds on that day; nullptr when none does.
const DatedRow* RowOn(const std::vector<DatedRow>& rows, Day day, const RowScope& scope);
// The mark as a day: its own, or the first such day of a year that is not before `after`. A 29
// February is the last day of February where there is none.
Day DayOfMark(const DayMark& mark, Day after);

// "2026-11-01" or "11-01".
Result<DayMark> ReadDayMark(const StrictReader& reader, const Json& value, const std::string& path);

enum class RowKind { kWindow, kStatutoryWindow, kDelay };
// Rows that overlap are refused, unless the first is said to win; a statutory window is only ever
// made longer than `usual`.
Result<std::vector<DatedRow>> ReadRows(const StrictReader& reader, const Json& value,
                                       const std::string& path, RowKind kind, const Delay& usual,
                                       bool first_wins);

}  // namespace returns::workflows
