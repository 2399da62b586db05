#include "workflows/dated.h"

#include <tuple>

namespace returns::workflows {

using std::chrono::days;
using std::chrono::year_month_day;

namespace {

constexpr std::int64_t kRowDaysMax = 3660;  // a dated row longer than that is no season
// Where rows of every year are compared: a leap year and its neighbours.
constexpr Day kYearlyFrom = Day(std::chrono::year(2027) / 1 / 1);
constexpr Day kYearlyUntil = Day(std::chrono::year(2029) / 12 / 31);

auto Ordered(const DayMark& mark) { return std::tuple(mark.month, mark.day); }

std::tuple<unsigned, unsigned> InYear(Day day) {
    const year_month_day date(day);
    return {static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
}

Day InYear(const DayMark& mark, std::chrono::year year) {
    const auto date = year / std::chrono::month(mark.month) / std::chrono::day(mark.day);
    return date.ok() ? Day(date) : Day(year / std::chrono::February / std::chrono::last);
}

bool Covers(const DatedRow& row, Day day) {
    if (row.from.year != 0)
        return DayOfMark(row.from, day) <= day && day <= DayOfMark(row.until, day);
    const auto place = InYear(day);
    const bool begun = Ordered(row.from) <= place, open = place <= Ordered(row.until);
    return Ordered(row.from) <= Ordered(row.until) ? begun && open : begun || open;
}

bool Meets(std::string_view mine, std::string_view theirs) {
    return mine.empty() || theirs.empty() || mine == theirs;
}

// The first day on which both hold for one and the same case.
std::optional<Day> Overlap(const DatedRow& one, const DatedRow& other) {
    if (!Meets(one.jurisdiction, other.jurisdiction) || !Meets(one.connection, other.connection))
        return std::nullopt;
    const DatedRow& dated = one.from.year != 0 ? one : other;
    const bool yearly = dated.from.year == 0;
    const Day from = yearly ? kYearlyFrom : DayOfMark(dated.from, kYearlyFrom);
    const Day until = yearly ? kYearlyUntil : DayOfMark(dated.until, kYearlyFrom);
    for (Day day = from; day <= until; day += days(1))
        if (Covers(one, day) && Covers(other, day)) return day;
    return std::nullopt;
}

// A row of jurisdiction "EU" does not hold for "DE": rows name what orders name.
bool Fits(const DatedRow& row, const RowScope& scope) {
    return (row.jurisdiction.empty() || row.jurisdiction == scope.jurisdiction) &&
           (row.connection.empty() || row.connection == scope.connection);
}

Result<Delay> ReadWithin(const StrictReader& reader, const Json& value, const std::string& path) {
    ASSIGN_OR_RETURN(const std::string text, reader.Text(value, path));
    const Result<Delay> delay = ParseDelay(text);
    if (!delay.ok()) return reader.Wrong(path, delay.error().text);
    if (delay->amount <= 0) return reader.Wrong(path, "a delay must be longer than nothing");
    return *delay;
}

Status CheckRange(const StrictReader& reader, const std::string& path, const DatedRow& row) {
    if ((row.from.year == 0) != (row.until.year == 0))
        return reader.Wrong(path, "'from' and 'until' must both be of one year, or of every year");
    if (row.from.year == 0) return {};
    const auto length = DayOfMark(row.until, Day()) - DayOfMark(row.from, Day());
    if (length.count() < 0) return reader.Wrong(path + "/until", "lies before 'from'");
    if (length.count() > kRowDaysMax) return reader.Wrong(path + "/until", "more than ten years");
    return {};
}

// What stays open until a day must stay open until one after the row's own days.
Status CheckUntilDate(const StrictReader& reader, const std::string& path, const DatedRow& row) {
    if (!row.until_date) return {};
    const bool inside = row.until_date->year != 0 && row.from.year != 0
                            ? DayOfMark(*row.until_date, Day()) < DayOfMark(row.until, Day())
                            : Covers(row, DayOfMark(*row.until_date, kYearlyFrom)) &&
                                  Ordered(*row.until_date) != Ordered(row.until);
    if (inside) return reader.Wrong(path + "/until_date", "lies before the row's last day");
    if (row.until_date->year != 0 && row.from.year == 0)
        return reader.Wrong(path + "/until_date", "is one day, and the row holds every year");
    return {};
}

Result<DatedRow> ReadRow(const StrictReader& reader, const Json& value, const std::string& path,
                         RowKind kind) {
    const bool delay = kind == RowKind::kDelay;
    const char* within = delay ? "after" : "within";
    RETURN_IF_ERROR(reader.Members(
        value, path,
        {"name", "from", "until", "jurisdiction", within, delay ? "connection" : "until_date"}));
    DatedRow row;
    ASSIGN_OR_RETURN(row.name, reader.Text(value["name"], path + "/name"));
    ASSIGN_OR_RETURN(row.from, ReadDayMark(reader, value["from"], path + "/from"));
    ASSIGN_OR_RETURN(row.until, ReadDayMark(reader, value["until"], path + "/until"));
    if (const Json* where = value.Find("jurisdiction")) {
        ASSIGN_OR_RETURN(row.jurisdiction, reader.Text(*where, path + "/jurisdiction"));
    }
    if (const Json* whose = value.Find("connection")) {
        ASSIGN_OR_RETURN(row.connection, reader.Text(*whose, path + "/connection"));
    }
    if (const Json* instead = value.Find(within)) {
        ASSIGN_OR_RETURN(row.within, ReadWithin(reader, *instead, path + "/" + within));
    }
    if (const Json* date = value.Find("until_date")) {
        ASSIGN_OR_RETURN(row.until_date, ReadDayMark(reader, *date, path + "/until_date"));
    }
    if (!row.within && !row.until_date)
        return reader.Wrong(path, delay ? "'after' is missing: the delay in these days"
                                        : "expected 'within', 'until_date' or both");
    RETURN_IF_ERROR(CheckRange(reader, path, row));
    RETURN_IF_ERROR(CheckUntilDate(reader, path, row));
    return row;
}

// Rough, and never too long for what is compared: a business day is at least a day.
std::int64_t Length(const Delay& delay) {
    const Instant zero{};
    const Delay plain{delay.amount,
                      delay.unit == Delay::Unit::kBusinessDays ? Delay::Unit::kDays : delay.unit};
    return (Add(zero, plain) - zero).count();
}

}  // namespace

const DatedRow* RowOn(const std::vector<DatedRow>& rows, Day day, const RowScope& scope) {
    for (const DatedRow& row : rows)
        if (Fits(row, scope) && Covers(row, day)) return &row;
    return nullptr;
}

Day DayOfMark(const DayMark& mark, Day after) {
    if (mark.year != 0) return InYear(mark, std::chrono::year(mark.year));
    const std::chrono::year year = year_month_day(after).year();
    const Day day = InYear(mark, year);
    return day >= after ? day : InYear(mark, year + std::chrono::years(1));
}

Result<DayMark> ReadDayMark(const StrictReader& reader, const Json& value,
                            const std::string& path) {
    ASSIGN_OR_RETURN(const std::string text, reader.Text(value, path));
    const bool yearly = text.size() == 5;
    const Result<Day> day = ParseDay((yearly ? "2028-" : "") + text);  // a leap year has all days
    if (!day.ok())
        return reader.Wrong(path, "'" + text.substr(0, 40) +
                                      "': expected a date from 2000 to 2199 (2026-11-01), or a " +
                                      "day of every year (11-01)");
    const year_month_day date(*day);
    return DayMark{yearly ? 0 : static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day())};
}

Result<std::vector<DatedRow>> ReadRows(const StrictReader& reader, const Json& value,
                                       const std::string& path, RowKind kind, const Delay& usual,
                                       bool first_wins) {
    if (!value.IsArray()) return reader.Wrong(path, "expected a list of rows");
    std::vector<DatedRow> rows;
    for (const Json& item : value.Items()) {
        const std::string place = path + "/" + std::to_string(rows.size());
        ASSIGN_OR_RETURN(DatedRow row, ReadRow(reader, item, place, kind));
        if (kind == RowKind::kStatutoryWindow && row.within && Length(*row.within) < Length(usual))
            return reader.Wrong(place + "/within", "a legal window must not become shorter");
        for (const DatedRow& other : rows) {
            const auto day = first_wins ? std::nullopt : Overlap(row, other);
            if (day)
                return reader.Wrong(place, "'" + row.name + "' and '" + other.name +
                                               "' both hold on " + FormatDay(*day) +
                                               "; say \"first_wins\": true if that is meant");
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace returns::workflows
