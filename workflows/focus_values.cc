// The facts a sentence may tell, and the customer's sentences made of them.

#include "schemas/money.h"
#include "workflows/focus.h"

#include <optional>

namespace returns::workflows {
namespace {

// The sum of the legs chosen; nothing when there are none or the sum is beyond all amounts.
template <class Chosen>
std::optional<std::int64_t> Sum(const Case& subject, const std::string& return_id,
                                const Chosen& chosen) {
    std::optional<std::int64_t> sum;
    for (const Leg& leg : subject.legs) {
        if (leg.return_id != return_id || !chosen(leg)) continue;
        sum = AddMinor(sum.value_or(0), leg.amount_minor);
        if (!sum) return std::nullopt;
    }
    return sum;
}

// A leg in focus speaks for all legs in its state, so that split amounts are told as one.
std::optional<std::int64_t> AmountOf(const Case& subject, const std::string& return_id,
                                     const Focus& focus) {
    if (focus.leg != nullptr) {
        return Sum(subject, return_id,
                   [&](const Leg& leg) { return leg.state == focus.leg->state; });
    }
    return Sum(subject, return_id, [](const Leg& leg) {
        return leg.state != RefundState::kNotDue && leg.state != RefundState::kCancelled &&
               leg.state != RefundState::kClosed;
    });
}

std::string TicketOf(const Case& subject, const std::string& return_id) {
    std::string reference;
    for (const Ticket& ticket : subject.tickets) {
        if (ticket.state == TicketState::kResolved) continue;
        if (ticket.return_id == return_id) reference = ticket.their_reference;
        if (ticket.return_id.empty() && reference.empty()) reference = ticket.their_reference;
    }
    return reference;
}

}  // namespace

Values ValuesOf(const Case& subject, const std::string& return_id, const Focus& focus,
                const Json& wording, Style style) {
    const auto money = [&](std::optional<std::int64_t> minor) {
        if (!minor || *minor <= 0) return std::string();
        return MoneyText(wording, *minor, subject.currency, style);
    };
    const auto id = [&](const std::string& text) {
        return style == Style::kSpoken ? Spelled(wording, text) : text;
    };
    const auto date = [&](Instant at) { return DateText(wording, at, style, focus.zone); };
    Values values;
    values["return"] = id(return_id);
    values["amount"] = money(AmountOf(subject, return_id, focus));
    values["paid"] = money(Sum(subject, return_id, [](const Leg& leg) { return leg.paid; }));
    values["date"] = focus.open ? date(focus.due) : "";
    if (focus.header != nullptr) {
        values["tracking"] = id(focus.header->tracking);
        values["legal"] = date(focus.header->legal_deadline);
    }
    if (focus.leg != nullptr) {
        values["reference"] = id(focus.leg->their_reference);
        if (focus.leg->legal_deadline != kNoTime) {
            values["legal"] = date(focus.leg->legal_deadline);
        }
    }
    values.try_emplace("legal");
    values["ticket"] = id(TicketOf(subject, return_id));
    return values;
}

std::string TextFor(std::string_view section, const Focus& focus, const Values& values,
                    const Json& wording) {
    const std::string& key =
        focus.special.empty() && focus.row != nullptr ? focus.row->wording : focus.special;
    return Fill(WordingAt(wording, {section, key}), values);
}

std::string Headline(const Focus& focus, const Values& values, const Json& wording) {
    std::string text = TextFor("sentences", focus, values, wording);
    if (!focus.special.empty() || !focus.stalled) return text;
    const std::string& pattern = WordingAt(wording, {"sentences", focus.row->wording});
    if (pattern.find("{ticket}") != pattern.npos) return text;  // says it already
    return text + " " + Fill(WordingAt(wording, {"sentences", "stalled"}), values);
}

}  // namespace returns::workflows
