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
                             std::string_view jurisdiction, Instant ordered) {
    const Calendar& calendar = calendars.Of(jurisdiction);
    const Day day = calendar.zone.DayOf(ordered);
    for (const std::string_view name :
         {jurisdiction, std::string_view(calendar.law), std::string_view("default")}) {
        const auto rules = policy.legal.find(name);
        if (name.empty() || rules == policy.legal.end()) continue;
        const auto in_force =
            std::find_if(rules->second.rbegin(), rules->second.rend(),
                         [&](const LegalRule& rule) { return !rule.from || *rule.from <= day; });
        if (in_force != rules->second.rend()) return &*in_force;
    }
    return nullptr;
}

const LegalRule* LawFor(const Case& subject, const Return& header, const Rulebook& book) {
    const Instant ordered = subject.placed_at == kNoTime ? header.requested_at : subject.placed_at;
    const LegalRule* rule = LegalRuleOf(book.Of(header.rules_hash).policy, book.calendars,
                                        subject.jurisdiction, ordered);
    return rule != nullptr && rule->statutory_only && !header.statutory ? nullptr : rule;
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
