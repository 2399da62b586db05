#include "workflows/decide.h"

#include "workflows/steps.h"

#include <algorithm>

namespace returns::workflows {
namespace {

bool ShellTakes(EventType type) {
    switch (type) {
        case EventType::kOrderPlaced:
        case EventType::kTimerFired:
        case EventType::kAttemptStarted:
        case EventType::kAttemptDone:
        case EventType::kAttemptRefused:
        case EventType::kAttemptNotDone:
        case EventType::kAttemptInDoubt:
        case EventType::kTicketAcknowledged:
        case EventType::kTicketResolved:
        case EventType::kTicketReopened:
        case EventType::kTicketCancelled:
        case EventType::kAction:
            return true;
        default:
            return false;
    }
}

// A frozen case still lets its ticket out and its operator in.
bool FrozenTakes(const Case& subject, const Envelope& event) {
    if (event.type == EventType::kAction) return event.data.action == "unfreeze";
    if (event.type == EventType::kTimerFired) return true;  // wakes ticket commands only
    const bool attempt =
        event.type >= EventType::kAttemptStarted && event.type <= EventType::kAttemptInDoubt;
    if (!attempt) return false;
    return std::any_of(subject.commands.begin(), subject.commands.end(), [&](const Command& c) {
        return c.number == event.data.attempt.command && c.ticket != 0;
    });
}

Told Dispatch(Turn& turn) {
    const EventType type = turn.event.type;
    if (type <= EventType::kOrderCancelled) return OnOrder(turn);
    if (type == EventType::kReturnRequested) return OnReturnRequested(turn);
    if (type <= EventType::kReturnReinstated) return OnReturnWish(turn);
    if (type == EventType::kReturnOpened) return OnOpened(turn);
    if (type == EventType::kReturnInspected) return OnInspected(turn);
    if (type <= EventType::kPartnerUnknownStatus) return OnParcel(turn);
    if (type <= EventType::kRefundBounced) return OnRefund(turn);
    if (type <= EventType::kDisputeLost) return OnDispute(turn);
    if (type <= EventType::kTicketCancelled) return OnTicket(turn);
    if (type <= EventType::kAttemptInDoubt) return OnAttempt(turn);
    if (type == EventType::kTimerFired) return OnTimer(turn);
    return OnAction(turn);
}

Told Hold(Turn& turn) {
    Case& subject = turn.subject;
    const Policy& policy = turn.book.newest->policy;
    if (static_cast<int>(subject.held.size()) >= policy.held_events_max)
        return Refused("the order is not known and " + std::to_string(policy.held_events_max) +
                       " events wait for it already");
    if (subject.order_due_at == kNever)
        subject.order_due_at = DelayEnd(policy, "order_shell", turn.now(), kNoTime);
    subject.held.push_back(HeldEvent{0, turn.event});
    return {Verdict::kHeld, "waits for its order"};
}

// The order has come: what waited for it is decided now, in the order it came in.
void PlayHeld(Turn& turn) {
    std::vector<HeldEvent> held;
    held.swap(turn.subject.held);
    for (HeldEvent& waiting : held) {
        waiting.event.recorded_at = turn.now();
        Turn replay{turn.subject, waiting.event, turn.book, turn.out};
        const Told told = Dispatch(replay);
        RunLinks(replay);
        if (told.verdict == Verdict::kMoved) continue;
        if (!turn.out.reason.empty()) turn.out.reason += "; ";
        turn.out.reason +=
            std::string(Facts(waiting.event.type).wire) + " had waited: " + told.reason;
    }
}

Case Begin(const Case& before, const Envelope& event) {
    Case after = before;
    after.key = event.key;
    after.version = before.version + 1;
    after.recorded_at = event.recorded_at;
    if (before.version == 0) after.created_at = event.recorded_at;
    return after;
}

void Quarantine(const Case& before, const Envelope& event, const Rulebook& book, std::string reason,
                Decision& out) {
    out = Decision{};
    out.after = Begin(before, event);
    out.verdict = Verdict::kQuarantined;
    out.reason = reason;
    if (before.quarantine.empty()) {
        out.after.quarantine = std::move(reason);
        out.after.stalled_at = event.recorded_at;
        Turn turn{out.after, event, book, out};
        KeepTickets(turn);
    }
}

std::string BeyondLimits(const Case& subject, const Policy& policy) {
    if (static_cast<int>(subject.lines.size()) > policy.lines_max)
        return "more than " + std::to_string(policy.lines_max) + " order lines";
    if (static_cast<int>(subject.slices.size()) > policy.slices_max)
        return "more than " + std::to_string(policy.slices_max) + " slices";
    if (subject.version > policy.events_max)
        return "more than " + std::to_string(policy.events_max) + " events";
    return "";
}

}  // namespace

std::string_view Name(Verdict verdict) {
    switch (verdict) {
        case Verdict::kMoved:
            return "moved";
        case Verdict::kIgnored:
            return "ignored";
        case Verdict::kRefused:
            return "refused";
        case Verdict::kHeld:
            return "held";
        case Verdict::kQuarantined:
            return "quarantined";
    }
    return "";
}

Told OnTimer(Turn& turn) {
    Case& subject = turn.subject;
    const std::size_t before = turn.out.moves.size();
    bool due = ExpireCommands(turn);
    if (!subject.quarantine.empty()) return due ? Moved() : Ignored("the case is frozen");
    FireTimers(turn);
    if (!subject.placed && subject.order_due_at <= turn.now()) {
        if (subject.stalled_at == kNoTime) subject.stalled_at = turn.now();
        subject.order_due_at =
            DelayEnd(turn.book.newest->policy, "order_shell", turn.now(), kNoTime);
        due = true;
    }
    return due || turn.out.moves.size() > before ? Moved() : Ignored("nothing was due");
}

Decision Decide(const Case& before, const Envelope& event, const Rulebook& book) {
    Decision out;
    if (!before.quarantine.empty() && !FrozenTakes(before, event)) {
        Quarantine(before, event, book, "the case is frozen: " + before.quarantine, out);
        return out;
    }
    out.after = Begin(before, event);
    Turn turn{out.after, event, book, out};
    Told told = before.placed || ShellTakes(event.type) ? Dispatch(turn) : Hold(turn);
    if (before.quarantine.empty()) RunLinks(turn);
    if (!before.placed && out.after.placed) PlayHeld(turn);
    KeepTickets(turn);
    out.verdict = told.verdict;
    if (told.verdict == Verdict::kIgnored && !out.moves.empty()) out.verdict = Verdict::kMoved;
    if (!told.reason.empty()) out.reason = told.reason;
    std::string broken = BeyondLimits(out.after, book.newest->policy);
    if (broken.empty()) broken = BrokenInvariant(out.after);
    if (!broken.empty() && before.quarantine.empty()) Quarantine(before, event, book, broken, out);
    return out;
}

}  // namespace returns::workflows
