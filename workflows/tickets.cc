// Tickets follow stalls: one per return and episode, opened when something stands still, told when
// more does, resolved when nothing does any more.

#include "schemas/money.h"
#include "workflows/blind.h"
#include "workflows/forecast.h"
#include "workflows/roll_call.h"
#include "workflows/routes.h"
#include "workflows/steps.h"
#include "workflows/wording.h"

#include <algorithm>

namespace returns::workflows {
namespace {

struct Stalled {
    std::string cause;  // for comparison: changes when what stands still changes
    std::string text;   // for people
    Instant since = kNever;
    std::string owner;
    std::int64_t amount_minor = 0;
    Instant legal = kNoTime;
};

void Line(Stalled& stalled, std::string_view what, const std::string& cause, Instant since,
          const std::string& owner) {
    stalled.cause += std::string(what) + " " + cause + ";";
    stalled.text += "- " + std::string(what) + " since " + FormatInstant(since) +
                    (cause.empty() ? "" : " (" + cause + ")") + "; must act: " + owner + "\n";
    if (since >= stalled.since) return;
    stalled.since = since;
    stalled.owner = owner;
}

void Money(Stalled& stalled, const Leg& leg) {
    if (leg.paid || leg.offset) return;
    stalled.amount_minor += leg.amount_minor;
    if (leg.legal_deadline == kNoTime) return;
    if (stalled.legal == kNoTime || leg.legal_deadline < stalled.legal)
        stalled.legal = leg.legal_deadline;
}

// Money whose return nobody has told of belongs to the case as a whole.
std::string TicketOf(const Turn& turn, const Leg& leg) {
    const Return* header = FindReturn(std::as_const(turn.subject), leg.return_id);
    return header == nullptr ? "" : leg.return_id;
}

// Lines that wait for the same missing thing are one matter.
void Parking(const Turn& turn, const std::string& return_id, Stalled& stalled) {
    std::string lines;
    Instant since = kNever;
    for (const Slice& slice : turn.subject.slices) {
        if (slice.return_id != return_id || slice.stalled_at == kNoTime || !IsParked(slice))
            continue;
        lines += (lines.empty() ? "" : ", ") + slice.line_id;
        since = std::min(since, slice.entered_at);
    }
    if (lines.empty()) return;
    Line(stalled, "the partner is not told of line " + lines,
         ParkedOf(turn.subject, return_id, turn.book).text, since, "us");
}

Stalled StalledIn(const Turn& turn, const std::string& return_id) {
    Stalled stalled;
    const Case& subject = turn.subject;
    const Rules& rules = turn.RulesOf(return_id);
    Parking(turn, return_id, stalled);
    for (const Slice& slice : subject.slices) {
        if (slice.return_id != return_id || slice.stalled_at == kNoTime || IsParked(slice))
            continue;
        const StateRow& row = rules.returns.states[static_cast<int>(slice.state)];
        Line(stalled, "goods, line " + slice.line_id + ", " + std::string(Name(slice.state)),
             slice.cause, slice.entered_at, RollCallDiffers(slice) ? "partner" : row.owner);
        if (RollCallDiffers(slice))
            stalled.text += "  " + WordingAt(turn.book.wording, {"roll_call", slice.cause}) + "\n";
        // Silence proves nothing where nobody would have spoken.
        const std::string& never_told = NeverToldText(subject, slice, turn.book);
        if (!never_told.empty()) stalled.text += "  " + never_told + " It may have happened.\n";
    }
    for (const Leg& leg : subject.legs) {
        if (TicketOf(turn, leg) != return_id) continue;
        if (leg.stalled_at != kNoTime) {
            const StateRow& row = rules.refunds.states[static_cast<int>(leg.state)];
            Line(stalled,
                 "money, " + FormatMoney(leg.amount_minor, subject.currency) + ", " +
                     std::string(Name(leg.state)),
                 leg.cause.empty() ? leg.held_for : leg.cause, leg.entered_at,
                 leg.cause == kNoBalance ? "finance" : row.owner);
        }
        Money(stalled, leg);
    }
    const bool frozen = !subject.quarantine.empty();
    if (return_id.empty() && !frozen && subject.missing > 0) {
        Line(stalled, "orders nobody has told us of: " + std::to_string(subject.missing),
             subject.missing_named, subject.stalled_at, "shop");
    } else if (return_id.empty() && subject.stalled_at != kNoTime && (frozen || !subject.folded)) {
        Line(stalled, frozen ? "the case is frozen" : "events wait for their order",
             frozen ? subject.quarantine : "the order was never told to us", subject.stalled_at,
             "us");
    }
    return stalled;
}

std::string Text(const Turn& turn, const std::string& return_id, const Stalled& stalled) {
    const Case& subject = turn.subject;
    std::string text = "What stands still:\n" + stalled.text;
    if (stalled.amount_minor > 0)
        text += "Money not yet with the customer: " +
                FormatMoney(stalled.amount_minor, subject.currency) + "\n";
    const Zone& zone = turn.calendar().zone;
    if (stalled.legal != kNoTime)
        text += "Legal date: " + FormatDay(zone.DayOf(stalled.legal)) + " (" +
                zone.NameAt(stalled.legal) + ")\n";
    const Forecast forecast = ForecastOf(subject, return_id, turn.book, turn.now());
    if (forecast.late)
        text += "At the usual pace the money is on its way on " +
                FormatDay(zone.DayOf(forecast.at)) + ": later than that.\n";
    if (subject.missing > 0)
        text +=
            "Their returns and refunds wait for them. Let the shop send their order.placed events, "
            "or import them: backhaul import.\n";
    const Return* header = FindReturn(subject, return_id);
    if (header != nullptr && !header->partner_status.empty())
        text += "Partner's last word: " + header->partner_status + ", " +
                FormatInstant(header->partner_status_at) + "\n";
    return text;
}

Command About(const Turn& turn, const Ticket& ticket, const std::string& operation) {
    Command command;
    command.connection = ticket.connection;
    if (command.connection.empty())
        command.connection = Route(turn.book, QuestionOf(turn.subject, "", "desk")).connection;
    command.operation = operation;
    command.return_id = ticket.return_id;
    command.ticket = ticket.id;
    return command;
}

std::string Reference(const Case& subject, const Ticket& ticket) {
    return subject.key.order_id + "-T" + std::to_string(ticket.id);
}

std::string Priority(const Turn& turn, const std::string& return_id, const Stalled& stalled) {
    if (turn.subject.missing > 0) return "high";  // money nobody can count yet
    if (stalled.legal == kNoTime) return stalled.amount_minor > 0 ? "medium" : "low";
    const Millis left = stalled.legal - turn.now();
    if (left < std::chrono::hours(24)) return "critical";
    if (left < std::chrono::hours(96)) return "high";
    return ForecastOf(turn.subject, return_id, turn.book, turn.now()).late ? "high" : "medium";
}

void Open(Turn& turn, const std::string& return_id, const Stalled& stalled) {
    Case& subject = turn.subject;
    Return* header = FindReturn(subject, return_id);
    Ticket ticket;
    ticket.id = subject.next_id++;
    ticket.return_id = return_id;
    ticket.episode = header == nullptr ? 1 : ++header->stalls;
    ticket.cause = stalled.cause;
    ticket.opened_at = turn.now();
    std::string about = "order " + subject.key.order_id;
    if (header != nullptr) about = "return " + return_id + ", " + about;
    if (subject.missing > 0) about = "orders of shop " + subject.key.shop + " are missing";
    Command command = About(turn, ticket, "ticket.create");
    command.reference = Reference(subject, ticket);
    command.body = Json::Object({{"reference", Json::String(command.reference)},
                                 {"title", Json::String("Stalled: " + about)},
                                 {"text", Json::String(Text(turn, return_id, stalled))},
                                 {"priority", Json::String(Priority(turn, return_id, stalled))},
                                 {"due_at", Json::String(FormatInstant(stalled.legal))},
                                 {"return_id", Json::String(return_id)},
                                 {"order_id", Json::String(subject.key.order_id)},
                                 {"legal_deadline", Json::String(FormatInstant(stalled.legal))},
                                 {"amount_minor", Json::Int(stalled.amount_minor)},
                                 {"currency", Json::String(subject.currency)},
                                 {"owner", Json::String(stalled.owner)}});
    ticket.connection = command.connection;
    if (command.connection.empty()) ticket.state = TicketState::kOpen;
    subject.tickets.push_back(std::move(ticket));
    Emit(turn, std::move(command));
}

void Tell(Turn& turn, const Ticket& ticket, const std::string& operation, std::string text) {
    Command command = About(turn, ticket, operation);
    command.body = Json::Object({{"reference", Json::String(Reference(turn.subject, ticket))},
                                 {"their_reference", Json::String(ticket.their_reference)},
                                 {"text", Json::String(std::move(text))}});
    Emit(turn, std::move(command));
}

void Recover(Turn& turn, Ticket& ticket) {
    auto& commands = turn.subject.commands;
    const std::int64_t id = ticket.id;
    const auto create = std::find_if(commands.begin(), commands.end(), [&](const Command& c) {
        return c.ticket == id && c.operation == "ticket.create";
    });
    if (create != commands.end()) {
        if (create->attempts > 0) return;  // it may exist already: resolved once we know its name
        commands.erase(create);
        ticket.state = TicketState::kResolved;
        return;
    }
    if (ticket.their_reference.empty()) {
        ticket.state = TicketState::kResolved;  // no desk: ours alone
        return;
    }
    ticket.state = TicketState::kResolving;
    const Ticket copy = ticket;
    Tell(turn, copy, "ticket.comment", "It moves again; nothing stands still any more.");
    Tell(turn, copy, "ticket.resolve", "Recovered by itself.");
}

void KeepFor(Turn& turn, const std::string& return_id) {
    const Stalled stalled = StalledIn(turn, return_id);
    Ticket* open = nullptr;
    for (Ticket& ticket : turn.subject.tickets)
        if (ticket.return_id == return_id &&
            (ticket.state == TicketState::kOpening || ticket.state == TicketState::kOpen))
            open = &ticket;
    if (stalled.cause.empty()) {
        if (open != nullptr) Recover(turn, *open);
        return;
    }
    if (open == nullptr) {
        Open(turn, return_id, stalled);
    } else if (open->cause != stalled.cause && !open->their_reference.empty()) {
        open->cause = stalled.cause;
        const Ticket copy = *open;
        Tell(turn, copy, "ticket.comment", Text(turn, return_id, stalled));
    }
}

// Somebody closed the ticket: believe nothing, look again. What still stands in a while opens the
// next episode; a timer that would decide something keeps its time, and a partner that refused a
// return is asked once more.
void Recheck(Turn& turn, const std::string& return_id) {
    const Policy& policy = turn.RulesOf(return_id).policy;
    const Instant again =
        DelayEnd(policy, "ticket_recheck", turn.ScopeOf(return_id), turn.now(), kNoTime);
    bool refused = false;
    for (Slice& slice : turn.subject.slices) {
        if (slice.return_id != return_id || slice.stalled_at == kNoTime) continue;
        slice.stalled_at = kNoTime;
        refused = refused || slice.cause.starts_with(kPartnerRefused);
        const bool asks = IsParked(slice) || OnlyAsksNext(turn, MachineKind::kReturn, slice.id);
        if (asks) slice.due_at = again;
    }
    if (refused) AskInbound(turn, return_id);
    std::vector<std::int64_t> doubtful;
    for (Leg& leg : turn.subject.legs) {
        if (TicketOf(turn, leg) != return_id || leg.stalled_at == kNoTime) continue;
        leg.stalled_at = kNoTime;
        if (OnlyAsksNext(turn, MachineKind::kRefund, leg.id)) leg.due_at = again;
        if (leg.state == RefundState::kUnknown) doubtful.push_back(leg.id);
    }
    for (std::int64_t id : doubtful) LookUpRefund(turn, *FindLeg(turn.subject, id));
    if (!return_id.empty() || !turn.subject.quarantine.empty()) return;
    turn.subject.stalled_at = kNoTime;
    AskMissingAgain(turn, again);
}

}  // namespace

void KeepTickets(Turn& turn) {
    KeepFor(turn, "");
    for (std::size_t i = 0; i < turn.subject.returns.size(); ++i)
        KeepFor(turn, std::string(turn.subject.returns[i].id));
}

Told OnTicket(Turn& turn) {
    const EventData& data = turn.event.data;
    Ticket* found = nullptr;
    for (Ticket& ticket : turn.subject.tickets) {
        const bool theirs =
            !data.ticket_reference.empty() && ticket.their_reference == data.ticket_reference;
        if (theirs || Reference(turn.subject, ticket) == data.our_reference) found = &ticket;
    }
    if (found == nullptr) return Ignored("no ticket of ours has this reference");
    switch (turn.event.type) {
        case EventType::kTicketAcknowledged:
            return Ignored("acknowledged; nothing changes");
        case EventType::kTicketReopened:
            if (found->state == TicketState::kOpen) return Ignored("it is open already");
            found->state = TicketState::kOpen;
            return Moved();
        default: {
            const bool ours =
                found->state == TicketState::kResolving || found->state == TicketState::kResolved;
            found->state = TicketState::kResolved;
            if (ours) return Ignored("it was resolved by us");
            if (found->their_reference.empty()) found->their_reference = data.ticket_reference;
            Recheck(turn, std::string(found->return_id));
            return Moved();
        }
    }
}

}  // namespace returns::workflows
