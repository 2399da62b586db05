#include "workflows/clocks.h"

#include "schemas/check.h"

#include <algorithm>

namespace returns::workflows {
namespace {

bool InDays(const Delay& delay) {
    return delay.unit == Delay::Unit::kDays || delay.unit == Delay::Unit::kBusinessDays;
}

Instant Usual(const Delay& within, bool statutory, const Calendar& calendar, Instant from) {
    if (!InDays(within)) return Add(from, within);
    const Day last = calendar.LastDay(from, within);
    return calendar.EndOf(statutory ? calendar.WorkingDayFrom(last) : last);
}

}  // namespace

Instant WindowEnd(const Policy& policy, bool statutory, const Calendar& calendar,
                  std::string_view jurisdiction, Instant purchased, Instant delivered) {
    const Delay& within = statutory ? policy.window_statutory : policy.window;
    const auto& rows = statutory ? policy.window_statutory_rows : policy.window_rows;
    const Instant usual = Usual(within, statutory, calendar, delivered);
    const Day bought = calendar.zone.DayOf(purchased);
    const DatedRow* row = RowOn(rows, bought, {jurisdiction, ""});
    if (row == nullptr) return usual;
    Instant end = row->within ? Usual(*row->within, statutory, calendar, delivered) : usual;
    if (row->until_date) end = std::max(end, calendar.EndOf(DayOfMark(*row->until_date, bought)));
    return statutory ? std::max(usual, end) : end;
}

const LegalRule* LegalRuleOf(const Policy& policy, const Calendars& calendars,
                             std::string_view jurisdiction) {
    const std::string_view law = calendars.Of(jurisdiction).law;
    for (const std::string_view name : {jurisdiction, law, std::string_view("default")}) {
        const auto rule = policy.legal.find(name);
        if (!name.empty() && rule != policy.legal.end()) return &rule->second;
    }
    return nullptr;
}

Instant LegalEnd(const LegalRule& rule, const Calendar& calendar, Instant at) {
    if (!rule.whole_days || !InDays(rule.within)) return calendar.Add(at, rule.within);
    Day last = calendar.LastDay(at, rule.within);
    if (rule.on_day_off == LegalRule::OnDayOff::kLater) last = calendar.WorkingDayFrom(last);
    if (rule.on_day_off == LegalRule::OnDayOff::kEarlier) last = calendar.WorkingDayUntil(last);
    return std::max(at, calendar.EndOf(last));
}

Instant DelayEnd(const Policy& policy, std::string_view name, const DelayScope& scope, Instant from,
                 Instant legal) {
    const auto at = policy.delays.find(name);
    CHECK(at != policy.delays.end());
    const NamedDelay& delay = at->second;
    const DatedRow* row = RowOn(delay.rows, scope.calendar->zone.DayOf(from), scope.rows);
    const Instant end = scope.calendar->Add(from, row == nullptr ? delay.after : *row->within);
    if (!delay.before_legal || legal == kNoTime) return end;
    const Delay back{-delay.before_legal->amount, delay.before_legal->unit};
    return std::min(end, scope.calendar->Add(legal, back));
}

}  // namespace returns::workflows
