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

bool SpeaksForMissing(const Case& subject) { return subject.key.order_id == kMissingOrders; }

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
    if (type == EventType::kReturnLabelRequested) return OnLabelRequested(turn);
    if (type == EventType::kReturnOpened) return OnOpened(turn);
    if (type == EventType::kReturnInspected) return OnInspected(turn);
    if (type <= EventType::kPartnerUnknownStatus) return OnParcel(turn);
    if (type == EventType::kPartnerRollCall) return OnRollCall(turn);
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
    if (subject.order_due_at == kNever) {
        subject.order_due_at =
            DelayEnd(policy, "order_shell", turn.ScopeOf(""), turn.now(), kNoTime);
        LookUpOrder(turn);
    }
    subject.held.push_back(HeldEvent{0, turn.event});
    return {Verdict::kHeld, "waits for its order"};
}

Told Answer(Turn& turn) {
    const EventType type = turn.event.type;
    const bool takes = turn.subject.placed || ShellTakes(type);
    if (SpeaksForMissing(turn.subject) && (!takes || type == EventType::kOrderPlaced))
        return Refused("no order can have the id " + std::string(kMissingOrders) +
                       ": we speak under it of all orders that nobody has told us of");
    return takes ? Dispatch(turn) : Hold(turn);
}

Case Begin(const Case& before, const Envelope& event) {
    Case after = before;
    after.key = event.key;
    after.version = before.version + 1;
    after.recorded_at = event.recorded_at;
    if (before.version == 0) after.created_at = event.recorded_at;
    return after;
}

// What waits for a frozen case to go on: everything but wishes, which a person can say again, and
// an attempt's permission to start, which must be fresh.
void KeepForLater(Case& frozen, const Envelope& event, const Policy& policy, std::string& reason) {
    if (event.type == EventType::kAction || event.type == EventType::kAttemptStarted ||
        event.type == EventType::kTimerFired)
        return;
    if (static_cast<int>(frozen.held.size()) < policy.held_events_max)
        frozen.held.push_back(HeldEvent{0, event});
    else
        reason += "; " + std::to_string(frozen.held.size()) + " events wait already, not this one";
}

void Quarantine(const Case& before, const Envelope& event, const Rulebook& book, std::string reason,
                Decision& out) {
    out = Freeze(before, event, book, std::move(reason));
    KeepForLater(out.after, event, book.newest->policy, out.reason);
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

std::string Broken(const Case& subject, const Policy& policy) {
    std::string broken = BeyondLimits(subject, policy);
    return broken.empty() ? BrokenInvariant(subject) : broken;
}

void Play(Turn& turn, Envelope event, bool unfrozen) {
    event.recorded_at = turn.now();
    const Policy& policy = turn.book.newest->policy;
    const std::string broken_before = unfrozen ? Broken(turn.subject, policy) : "";
    const Decision so_far = unfrozen ? turn.out : Decision{};
    Turn replay{turn.subject, event, turn.book, turn.out};
    Told told = Dispatch(replay);
    RunLinks(replay);
    const std::string broken = unfrozen ? Broken(turn.subject, policy) : "";
    if (broken != broken_before) {
        turn.out = so_far;
        told = Refused("left out, it still breaks the case: " + broken);
    }
    if (told.verdict == Verdict::kMoved) return;
    if (!turn.out.reason.empty()) turn.out.reason += "; ";
    turn.out.reason += std::string(Facts(event.type).wire) + " had waited: " + told.reason;
}

// The order has come, or a person has unfrozen the case: what waited is decided now, in the order
// it came in. Of what waited for a person, whatever still breaks the case is left out.
void PlayHeld(Turn& turn, bool unfrozen) {
    std::vector<HeldEvent> held;
    held.swap(turn.subject.held);
    for (HeldEvent& waiting : held) {
        if (turn.subject.placed || ShellTakes(waiting.event.type))
            Play(turn, std::move(waiting.event), unfrozen);
        else
            turn.subject.held.push_back(std::move(waiting));
    }
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
    due = WakeParked(turn) || due;
    FireTimers(turn);
    if (SpeaksForMissing(subject)) {
        due = TellMissing(turn) || due;
    } else if (!subject.placed && subject.order_due_at <= turn.now()) {
        if (subject.stalled_at == kNoTime) {
            subject.stalled_at = turn.now();
            subject.folded = turn.event.data.missing.value_or(0) > 0;
        }
        LookUpOrder(turn);  // they may know it by now
        subject.order_due_at = DelayEnd(turn.book.newest->policy, "order_shell", turn.ScopeOf(""),
                                        turn.now(), kNoTime);
        due = true;
    }
    return due || turn.out.moves.size() > before ? Moved() : Ignored("nothing was due");
}

Decision Freeze(const Case& before, const Envelope& event, const Rulebook& book,
                std::string reason) {
    Decision out;
    out.after = Begin(before, event);
    out.verdict = Verdict::kQuarantined;
    out.reason = reason;
    if (before.quarantine.empty()) {
        out.after.quarantine = std::move(reason);
        out.after.stalled_at = event.recorded_at;
        Turn turn{out.after, event, book, out};
        KeepTickets(turn);
    }
    return out;
}

Decision Decide(const Case& before, const Envelope& event, const Rulebook& book) {
    Decision out;
    if (!before.quarantine.empty() && !FrozenTakes(before, event)) {
        Quarantine(before, event, book, "the case is frozen: " + before.quarantine, out);
        return out;
    }
    out.after = Begin(before, event);
    Turn turn{out.after, event, book, out};
    Told told = Answer(turn);
    const bool unfrozen = !before.quarantine.empty() && out.after.quarantine.empty();
    if (out.after.quarantine.empty()) {
        RunLinks(turn);
        if (unfrozen) PlayHeld(turn, unfrozen);
        if (out.after.placed) PlayHeld(turn, unfrozen);
        if (WantsListing(out.after, book)) ListRefunds(turn);
        if (KeepParked(turn) && told.verdict == Verdict::kIgnored) told = Moved();
        AnswerLabels(turn);
    }
    KeepTickets(turn);
    out.verdict = told.verdict;
    if (told.verdict == Verdict::kIgnored && !out.moves.empty()) out.verdict = Verdict::kMoved;
    if (!told.reason.empty()) out.reason = told.reason;
    const std::string broken = Broken(out.after, book.newest->policy);
    if (!broken.empty() && before.quarantine.empty()) Quarantine(before, event, book, broken, out);
    return out;
}

}  // namespace returns::workflows
