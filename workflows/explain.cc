#include "workflows/explain.h"

#include "schemas/money.h"
#include "workflows/account.h"
#include "workflows/blind.h"
#include "workflows/focus.h"
#include "workflows/routes.h"

#include <algorithm>
#include <vector>

namespace returns::workflows {
namespace {

std::string Joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string WithGuard(std::string text, MachineKind kind, int guard) {
    if (guard < 0) return text;
    return text + " [" + std::string(GuardNames(kind)[static_cast<std::size_t>(guard)]) + "]";
}

// What the state has rows for, by who must say it, with the guards still to be met.
std::string OperatorWaits(const Focus& focus, const Json& wording) {
    const auto triggers = Triggers(focus.machine->kind);
    std::vector<std::string> by_class[kTriggerClasses];
    for (std::size_t trigger = 0; trigger < triggers.size(); ++trigger) {
        const auto& edges = focus.row->on[trigger];
        if (edges.empty()) continue;
        by_class[static_cast<std::size_t>(triggers[trigger].speaks)].push_back(
            WithGuard(std::string(triggers[trigger].name), focus.machine->kind, edges[0].guard));
    }
    const auto of = [&](TriggerClass speaks) {
        return Joined(by_class[static_cast<std::size_t>(speaks)]);
    };
    return Fill(WordingAt(wording, {"operator", "waits"}),
                {{"evidence", of(TriggerClass::kEvidence)},
                 {"person", of(TriggerClass::kPerson)},
                 {"ours", of(TriggerClass::kOurs)}});
}

std::string OperatorActions(const Focus& focus) {
    const auto triggers = Triggers(focus.machine->kind);
    std::vector<std::string> names;
    for (std::size_t trigger = 0; trigger < triggers.size(); ++trigger) {
        if (focus.row->on[trigger].empty()) continue;
        if (triggers[trigger].speaks == TriggerClass::kPerson) {
            names.emplace_back(triggers[trigger].name);
        }
    }
    return Joined(names);
}

std::string OperatorNext(const Focus& focus, const Json& wording) {
    if (focus.row == nullptr || focus.delay.empty()) return "";
    std::vector<std::string> targets;
    for (const Timer& timer : focus.row->timers) {
        if (timer.delay != focus.delay) continue;
        for (const Edge& edge : timer.edges) {
            const std::string to = edge.target < 0
                                       ? WordingAt(wording, {"operator", "stays"})
                                       : std::string(StateName(focus.machine->kind, edge.target));
            targets.push_back(WithGuard(to, focus.machine->kind, edge.guard));
        }
    }
    return Fill(
        WordingAt(wording, {"operator", "next"}),
        {{"date", FormatInstant(focus.due)}, {"delay", focus.delay}, {"targets", Joined(targets)}});
}

void AddSlice(const Slice& slice, Values& values) {
    values["id"] = std::to_string(slice.id);
    values["quantity"] = std::to_string(slice.quantity);
    values["line"] = slice.line_id;
    values["state"] = Name(slice.state);
    values["since"] = FormatInstant(slice.entered_at);
    values["evidence"] = slice.evidence;
    values["stalled"] = FormatInstant(slice.stalled_at);
}

void AddLeg(const Leg& leg, const std::string& currency, Values& values) {
    values["id"] = std::to_string(leg.id);
    values["amount"] = FormatMoney(leg.amount_minor, currency);
    values["state"] = Name(leg.state);
    values["since"] = FormatInstant(leg.entered_at);
    values["tender"] = leg.tender_id;
    values["key"] = leg.key;
    values["attempts"] = leg.attempts == 0 ? "" : std::to_string(leg.attempts);
    values["stalled"] = FormatInstant(leg.stalled_at);
}

std::string OperatorHeadline(const Case& subject, const Focus& focus, Values values,
                             const std::string& parked, const Json& wording) {
    std::string text;
    if (focus.slice != nullptr) {
        AddSlice(*focus.slice, values);
        text = Fill(WordingAt(wording, {"operator", "slice"}), values);
    } else if (focus.leg != nullptr) {
        AddLeg(*focus.leg, subject.currency, values);
        text = Fill(WordingAt(wording, {"operator", "leg"}), values);
    }
    if (focus.special.empty()) return text;
    values["cause"] = focus.special == "parked" ? parked : subject.quarantine;
    const std::string special = Fill(WordingAt(wording, {"operator", focus.special}), values);
    return text.empty() ? special : special + " " + text;
}

std::string TimerText(const Focus& focus, std::string_view audience, const Values& values,
                      const Json& wording) {
    if (!focus.open) return "";
    const Json& timers = wording["timers"];
    const Json* pattern = timers[focus.delay].Find(audience);
    if (pattern == nullptr) pattern = &timers[""][audience];
    return Fill(pattern->AsString(), values);
}

// The customer sends a parcel that its partner has not been told to expect.
const std::string& NotAnnounced(const Case& subject, const Slice& slice, const Rulebook& book) {
    const auto header =
        std::find_if(subject.returns.begin(), subject.returns.end(),
                     [&](const Return& each) { return each.id == slice.return_id; });
    const ConnectionFacts* partner =
        header == subject.returns.end() ? nullptr : book.Find(header->connection);
    const bool never = partner != nullptr && !partner->operations.empty() &&
                       partner->operations.count("return.create") == 0 &&
                       slice.state == ReturnState::kAuthorised;
    return WordingAt(book.wording, {"not_announced", never ? "sentence" : ""});
}

// The agent is told the cause where it is one of ours; free text may hold personal words.
void AddCause(const Focus& focus, Values& values, const Json& wording) {
    if (focus.slice != nullptr) {
        values["cause"] = WordingAt(wording, {"causes", focus.slice->cause});
    }
    if (focus.leg != nullptr) {
        values["held_for"] = WordingAt(wording, {"causes", focus.leg->held_for});
        values["cause"] = WordingAt(wording, {"causes", focus.leg->cause});
    }
}

std::string Sentences(std::string first, const std::string& second) {
    if (!first.empty() && !second.empty()) first += " ";
    return first + second;
}

// What is not in the amount that is told, and why.
std::string Deductions(const Case& subject, const Focus& focus, const Json& wording) {
    if (focus.header == nullptr || !focus.special.empty()) return "";
    const Account account = AccountOf(subject, *focus.header);
    std::int64_t fees = 0, kept = 0;
    for (const AccountLine& line : account.lines) {
        fees += line.restocking_minor + line.label_fee_minor;
        kept += line.withheld_minor;
    }
    std::string text;
    const auto add = [&](std::string_view what, std::int64_t minor) {
        if (minor == 0) return;
        const std::string amount = MoneyText(wording, minor, subject.currency, Style::kWritten);
        text =
            Sentences(text, Fill(WordingAt(wording, {"deductions", what}), {{"amount", amount}}));
    };
    add("fees", fees);
    add("kept", kept);
    add("exchanged", account.exchanged_minor);
    return text;
}

void ForCustomer(const Focus& focus, const Values& values, const Json& wording, Explanation& told) {
    told.headline = Headline(focus, values, wording);
    told.why_not = TextFor("why_not", focus, values, wording);
    told.next = TimerText(focus, "customer", values, wording);
    told.action = TextFor("customer_actions", focus, values, wording);
}

void ForAgent(const Focus& focus, Values values, const std::string& never_told, const Json& wording,
              Explanation& told) {
    AddCause(focus, values, wording);
    told.headline = Headline(focus, values, wording);
    told.why_not = Sentences(TextFor("why_not_agent", focus, values, wording), never_told);
    told.next = TimerText(focus, "agent", values, wording);
    if (focus.row != nullptr && focus.special.empty()) {
        told.action = WordingAt(wording, {"agent_actions", focus.row->agent_action});
    }
}

void ForOperator(const Case& subject, const Focus& focus, const Values& values,
                 const std::string& parked, const std::string& never_told, const Json& wording,
                 Explanation& told) {
    told.headline = OperatorHeadline(subject, focus, values, parked, wording);
    if (focus.row == nullptr) {
        told.why_not = TextFor("why_not_agent", focus, values, wording);
        told.next = TimerText(focus, "agent", values, wording);
        return;
    }
    if (focus.special.empty()) {
        told.why_not = Sentences(OperatorWaits(focus, wording), never_told);
        told.action = OperatorActions(focus);
    } else {
        told.why_not = TextFor("why_not_agent", focus, values, wording);
    }
    told.next = OperatorNext(focus, wording);
    if (told.next.empty()) told.next = TimerText(focus, "agent", values, wording);
}

}  // namespace

std::string StatusWord(const Case& subject, const std::string& return_id, const Rulebook& book) {
    return FocusOf(subject, return_id, book).word;
}

Explanation Explain(const Case& subject, const std::string& return_id, Audience audience,
                    const Rulebook& book) {
    const Focus focus = FocusOf(subject, return_id, book);
    const Values values = ValuesOf(subject, return_id, focus, book.wording, Style::kWritten);
    // What nobody would tell us is no sign that it did not happen.
    std::string never_told;
    if (focus.slice != nullptr && focus.special.empty())
        never_told = Sentences(NeverToldText(subject, *focus.slice, book),
                               WordingAt(book.wording, {"roll_call", focus.slice->cause}));
    if (focus.slice != nullptr && focus.special.empty())
        never_told = Sentences(std::move(never_told), NotAnnounced(subject, *focus.slice, book));
    Explanation told;
    told.owner = focus.owner;
    told.next_at = focus.due;
    switch (audience) {
        case Audience::kCustomer:
            ForCustomer(focus, values, book.wording, told);
            break;
        case Audience::kAgent:
            ForAgent(focus, values, never_told, book.wording, told);
            break;
        case Audience::kOperator:
            ForOperator(subject, focus, values, ParkedOf(subject, return_id, book).text, never_told,
                        book.wording, told);
            break;
    }
    if (audience != Audience::kOperator)
        told.headline = Sentences(told.headline, Deductions(subject, focus, book.wording));
    if (focus.money_done || (!focus.open && focus.special.empty())) told.why_not.clear();
    return told;
}

}  // namespace returns::workflows
