// What a rehearsal found, for people and for programs.
#include "gateway/rehearse.h"
#include "schemas/money.h"

namespace returns::gateway {
namespace {

constexpr std::size_t kShownMax = 20;

Json Text(const std::string& value) { return Json::String(value); }

std::string Count(std::int64_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string TypesOf(const std::vector<Envelope>& events, const std::string& why_not) {
    if (!why_not.empty()) return "not understood";
    std::string text;
    for (const Envelope& event : events)
        text += (text.empty() ? "" : ", ") + std::string(Facts(event.type).wire);
    return text.empty() ? "nothing to us" : text;
}

std::string Money(const CaseDifference& difference, std::int64_t minor) {
    return difference.currency.empty() ? std::to_string(minor)
                                       : FormatMoney(minor, difference.currency);
}

}  // namespace

std::string FormatRehearsal(const Rehearsal& rehearsal) {
    std::string out = Count(rehearsal.callbacks, "callback", "callbacks") + " kept, " +
                      std::to_string(rehearsal.same) + " mapped alike, " +
                      std::to_string(rehearsal.events.size()) + " differently\n";
    std::size_t shown = 0;
    for (const EventDifference& each : rehearsal.events) {
        if (++shown > kShownMax) break;
        out += "\n" + each.callback.connection + "  " + each.callback.id + "  " +
               FormatInstant(each.callback.at) + "\n    " +
               TypesOf(each.before, each.why_not_before) + " -> " +
               TypesOf(each.now, each.why_not_now) + "\n" + each.lines;
    }
    if (rehearsal.events.size() > kShownMax)
        out += "\n... and " + std::to_string(rehearsal.events.size() - kShownMax) +
               " more; --json has all\n";
    if (!rehearsal.differs()) return out;
    out += "\n" + Count(rehearsal.cases_looked_at, "case", "cases") + " decided again on a copy, " +
           std::to_string(rehearsal.cases.size()) + " would stand otherwise\n";
    shown = 0;
    for (const CaseDifference& each : rehearsal.cases) {
        if (++shown > kShownMax) break;
        out += "\norder " + each.key.order_id + " of shop " + each.key.shop + "\n";
        for (const std::string& line : each.lines) out += "    " + line + "\n";
        if (each.before_minor != each.now_minor)
            out += "    to pay back: " + Money(each, each.before_minor) + " -> " +
                   Money(each, each.now_minor) + "\n";
        if (!each.exact)
            out +=
                "    (compared with its events decided again; it stands a little otherwise, "
                "since rules or tables have changed meanwhile)\n";
    }
    return out;
}

Json RehearsalJson(const Rehearsal& rehearsal) {
    Json events = Json::Array(), cases = Json::Array();
    for (const EventDifference& each : rehearsal.events)
        events.Append(Json::Object({{"connection", Text(each.callback.connection)},
                                    {"id", Text(each.callback.id)},
                                    {"at", Text(FormatInstant(each.callback.at))},
                                    {"before", Text(TypesOf(each.before, each.why_not_before))},
                                    {"now", Text(TypesOf(each.now, each.why_not_now))},
                                    {"difference", Text(each.lines)}}));
    for (const CaseDifference& each : rehearsal.cases) {
        Json lines = Json::Array();
        for (const std::string& line : each.lines) lines.Append(Text(line));
        cases.Append(Json::Object({{"shop", Text(each.key.shop)},
                                   {"order_id", Text(each.key.order_id)},
                                   {"lines", std::move(lines)},
                                   {"before_minor", Json::Int(each.before_minor)},
                                   {"now_minor", Json::Int(each.now_minor)},
                                   {"exact", Json::Bool(each.exact)}}));
    }
    return Json::Object({{"callbacks", Json::Int(rehearsal.callbacks)},
                         {"same", Json::Int(rehearsal.same)},
                         {"events", std::move(events)},
                         {"cases_looked_at", Json::Int(rehearsal.cases_looked_at)},
                         {"cases", std::move(cases)}});
}

}  // namespace returns::gateway
