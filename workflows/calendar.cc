#include "workflows/calendar.h"

#include <algorithm>

namespace returns::workflows {

using std::chrono::days;

namespace {

auto Place(const std::vector<DayOff>& days_off, Day day) {
    return std::lower_bound(days_off.begin(), days_off.end(), day,
                            [](const DayOff& each, Day wanted) { return each.day < wanted; });
}

bool IsWeekend(const Calendar& calendar, Day day) {
    return calendar.weekend.at(std::chrono::weekday(day).c_encoding());
}

Day Step(const Calendar& calendar, Day day, std::int64_t amount) {
    const days step(amount > 0 ? 1 : -1);
    while (amount != 0) {
        day += step;
        if (!calendar.IsOff(day)) amount -= step.count();
    }
    return day;
}

}  // namespace

bool Calendar::IsOff(Day day) const {
    if (IsWeekend(*this, day)) return true;
    const auto at = Place(days_off, day);
    return at != days_off.end() && at->day == day;
}

std::string_view Calendar::WhyOff(Day day) const {
    const auto at = Place(days_off, day);
    if (at != days_off.end() && at->day == day) return at->name;
    return IsWeekend(*this, day) ? "weekend" : "";
}

Day Calendar::WorkingDayFrom(Day day) const {
    while (IsOff(day)) day += days(1);
    return day;
}

Day Calendar::WorkingDayUntil(Day day) const {
    while (IsOff(day)) day -= days(1);
    return day;
}

Instant Calendar::Add(Instant from, const Delay& delay) const {
    if (from == kNever || delay.amount == 0) return from;
    if (delay.unit != Delay::Unit::kBusinessDays) return returns::Add(from, delay);
    const Day day = zone.DayOf(from);
    if (!IsOff(day)) return zone.At(Step(*this, day, delay.amount), zone.ClockOf(from));
    return delay.amount > 0 ? zone.StartOf(Step(*this, WorkingDayFrom(day), delay.amount))
                            : zone.At(Step(*this, WorkingDayUntil(day), delay.amount), days(1));
}

Day Calendar::LastDay(Instant from, const Delay& within) const {
    const Day first = zone.DayOf(from);
    if (within.unit == Delay::Unit::kBusinessDays) return Step(*this, first, within.amount);
    if (within.unit == Delay::Unit::kDays) return first + days(within.amount);
    return zone.DayOf(Add(from, within));
}

const Calendar* Calendars::Find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

const Calendar& Calendars::Of(std::string_view jurisdiction) const {
    static const Calendar plain;
    while (!jurisdiction.empty()) {
        const auto found = by_jurisdiction_.find(jurisdiction);
        if (found != by_jurisdiction_.end()) return by_id_.find(found->second)->second;
        const std::size_t part = jurisdiction.rfind('-');
        jurisdiction = jurisdiction.substr(0, part == jurisdiction.npos ? 0 : part);
    }
    return plain;
}

std::vector<std::string_view> Calendars::ids() const {
    std::vector<std::string_view> ids;
    for (const auto& [id, calendar] : by_id_) ids.push_back(id);
    return ids;
}

Result<Day> ParseDay(std::string_view text) {
    const auto at = text.size() == 10 ? ParseInstant(std::string(text) + "T00:00:00Z")
                                      : Result<Instant>(Invalid(""));
    if (!at.ok())
        return Invalid("reading day '" + std::string(text.substr(0, 40)) +
                       "': expected a date from 2000 to 2199, such as 2026-11-01");
    return Day(std::chrono::floor<days>(*at).time_since_epoch());
}

std::string FormatDay(Day day) { return FormatDate(Instant(day.time_since_epoch())); }

}  // namespace returns::workflows
