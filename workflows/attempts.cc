// attempt.*: what became of one try at an outbound command. Done, refused, certainly not done, in
// doubt; a try that has begun is never forgotten, and doubt about money is a state, not a failure.

#include "workflows/steps.h"

#include <algorithm>

namespace returns::workflows {
namespace {

constexpr int kBackOffDoublings = 10;
constexpr Millis kLookBack = std::chrono::hours(1);  // their clock may be behind ours

bool StartsWith(const std::string& text, std::string_view prefix) {
    return text.compare(0, prefix.size(), prefix) == 0;
}

void BackOff(Turn& turn, Command& command) {
    const Policy& policy = turn.RulesOf(command.return_id).policy;
    const Instant zero{};
    const Millis base = Add(zero, policy.dispatch_retry) - zero;
    const Millis most = Add(zero, policy.dispatch_retry_max) - zero;
    const int doublings = std::clamp(command.attempts - 1, 0, kBackOffDoublings);
    const Millis wait = std::min(base * (1 << doublings), most);
    command.state = CommandState::kWaiting;
    command.due_at = kNever;
    command.not_before = std::max(turn.now() + wait, turn.event.data.attempt.retry_at);
}

Ticket* FindTicket(Case& subject, std::int64_t id) {
    for (Ticket& ticket : subject.tickets)
        if (ticket.id == id) return &ticket;
    return nullptr;
}

void StallReturn(Turn& turn, const std::string& return_id, const std::string& cause) {
    for (Slice& slice : turn.subject.slices) {
        if (slice.return_id != return_id || !IsLive(slice.state)) continue;
        slice.cause = cause;
        if (slice.stalled_at == kNoTime) slice.stalled_at = turn.now();
    }
}

bool PastIsClear(const Turn& turn, const Leg& leg, const Command& command) {
    const Past past = PastOf(turn, leg);
    if (past == Past::kBlind) return command.confirm && !command.approved_by.empty();
    return past == Past::kKnown;
}

Told OnStarted(Turn& turn, Command& command) {
    if (command.state != CommandState::kWaiting)
        return Refused("an attempt at this command is already alive");
    if (command.operation == "order.lookup" && turn.subject.placed) {
        Withdraw(turn, command.number);
        return Refused("the order is known by now");
    }
    if (Sends(command)) {
        const std::int64_t number = command.number;
        Leg* leg = FindLeg(turn.subject, command.leg);
        if (leg != nullptr && !PastIsClear(turn, *leg, command)) {
            if (command.confirm) return Refused("a person has to say that it never left");
            Withdraw(turn, number);
            SendRefund(turn, *leg);
            return Refused("restored from a backup: what left since then is looked up first");
        }
        Fired fired = Fired::kIgnored;
        if (leg != nullptr && leg->key == command.key)
            fired = leg->state == RefundState::kUnknown
                        ? Fire(turn, leg->id, RefundTrigger::kSameKeyResend)
                        : Fire(turn, leg->id, RefundTrigger::kAttemptStarted);
        if (fired != Fired::kMoved) {
            Withdraw(turn, number);
            return Refused("the refund is not to be sent any more");
        }
        leg = FindLeg(turn.subject, command.leg);
        if (leg->key_first_sent_at == kNoTime) leg->key_first_sent_at = turn.now();
        if (leg->cause == kNoBalance) leg->stalled_at = turn.now();  // one ticket until it is paid
    }
    const Policy& policy = turn.RulesOf(command.return_id).policy;
    command.state = CommandState::kInFlight;
    ++command.attempts;
    if (command.first_sent_at == kNoTime) command.first_sent_at = turn.now();
    command.due_at = Add(turn.now(), policy.answer_within);
    return Moved();
}

bool SaysPaid(const Turn& turn) {
    const std::string& answer = turn.event.data.attempt.answer;
    return turn.event.type == EventType::kAttemptDone &&
           (answer == "paid" || answer == "accepted" || answer == "found") &&
           !HasFailed(turn.subject, turn.event.data.their_reference);
}

Told Money(Turn& turn, Leg& leg, RefundTrigger trigger) {
    const std::int64_t id = leg.id;
    const EventData& data = turn.event.data;
    if (HasFailed(turn.subject, data.their_reference))
        return Ignored("its provider has failed this refund, which is final");
    if (const Leg* known = KnownPaid(turn); known != nullptr && known->id != id)
        return Ignored("already known");
    if (leg.paid && SaysPaid(turn) && IsAnother(turn, leg)) return PaidBesides(turn, leg);
    const bool refused =
        trigger == RefundTrigger::kRefused || trigger == RefundTrigger::kSeenRefused;
    if (refused && leg.executor == Executor::kPsp) NoteFailed(leg, data.their_reference);
    const bool fresh = leg.their_reference.empty() || HasFailed(turn.subject, leg.their_reference);
    if (!data.their_reference.empty() && fresh) {
        leg.their_reference = data.their_reference;
        const Tender* tender = FindTender(turn.subject, leg.tender_id);
        if (tender != nullptr)
            WriteLookup(turn, LookupKind::kTheirReference, tender->connection,
                        data.their_reference);
    }
    if (!data.attempt.reason.empty())
        leg.cause = data.attempt.reason;
    else if (leg.cause == kNoBalance && !refused && trigger != RefundTrigger::kInDoubt)
        leg.cause.clear();
    if (Fire(turn, id, trigger) == Fired::kMoved) return Moved();
    const Leg& still = *FindLeg(turn.subject, id);
    if (SaysPaid(turn) && !still.paid && !IsCommitted(still.state)) return PaidBesides(turn, still);
    return Ignored(std::string(Name(still.state)) + " already says more");
}

// The provider has it and pays once there is money: finance must see to that.
Told KeepQueued(Turn& turn, Leg& leg) {
    const std::int64_t id = leg.id;
    Told told = Money(turn, leg, RefundTrigger::kAccepted);
    Leg& kept = *FindLeg(turn.subject, id);
    if (kept.state == RefundState::kPending && kept.stalled_at == kNoTime)
        kept.stalled_at = turn.now();
    return told;
}

Told OnMoneyAnswer(Turn& turn, Leg& leg, bool look_up) {
    std::string answer = turn.event.data.attempt.answer;
    // Found was an earlier try, which is known to have failed: of this one nothing is seen.
    if (look_up && HasFailed(turn.subject, turn.event.data.their_reference)) answer = "absent";
    if (turn.event.type == EventType::kAttemptRefused) {
        if (look_up) return Moved();
        if (Queues(turn, leg, turn.event.data.attempt.reason)) return KeepQueued(turn, leg);
        // An earlier try under the key may still arrive, and be taken.
        if (!IsFinal(turn, leg)) return Money(turn, leg, RefundTrigger::kInDoubt);
        return Money(turn, leg, RefundTrigger::kRefused);
    }
    if (answer == "paid" && !look_up && TermsOf(turn, leg).settles_by_notice) answer = "accepted";
    if (answer == "paid")
        return Money(turn, leg, look_up ? RefundTrigger::kSeenPaid : RefundTrigger::kPaid);
    if (look_up && answer == "refused") return Money(turn, leg, RefundTrigger::kSeenRefused);
    if (look_up && answer == "absent") {
        // Absent proves nothing: the first request may only be slow. The same key may go again
        // while the provider surely knows it; after that a person decides.
        if (leg.state == RefundState::kUnknown && KeyAlive(turn, leg)) {
            SendRefund(turn, leg);
        } else if (leg.stalled_at == kNoTime && leg.state == RefundState::kUnknown) {
            leg.stalled_at = turn.now();
        }
        return Moved();
    }
    return Money(turn, leg, look_up ? RefundTrigger::kSeenPending : RefundTrigger::kAccepted);
}

void NoteReturnCreated(Turn& turn, const std::string& return_id, const std::string& connection) {
    Return* header = FindReturn(turn.subject, return_id);
    if (header == nullptr) return;
    const EventData& data = turn.event.data;
    if (!data.their_reference.empty()) {
        header->partner_reference = data.their_reference;
        WriteLookup(turn, LookupKind::kTheirReference, connection, data.their_reference);
    }
    if (!data.tracking.empty()) {
        header->tracking = data.tracking;
        WriteLookup(turn, LookupKind::kTracking, connection, data.tracking);
    }
    if (!data.carrier.empty()) header->carrier = data.carrier;
    if (!data.label_url.empty()) header->label_url = data.label_url;
    CancelInbound(turn, return_id);
}

void NoteTicketCreated(Turn& turn, std::int64_t id, const std::string& connection) {
    Ticket* ticket = FindTicket(turn.subject, id);
    if (ticket == nullptr) return;
    ticket->their_reference = turn.event.data.their_reference;
    if (ticket->state == TicketState::kOpening) ticket->state = TicketState::kOpen;
    WriteLookup(turn, LookupKind::kTheirReference, connection, ticket->their_reference);
}

// The thing a command asked for exists now, whether its own answer or a look-up said so.
void Succeed(Turn& turn, const Command& command) {
    if (command.operation == "return.create")
        NoteReturnCreated(turn, command.return_id, command.connection);
    if (command.operation == "ticket.create")
        NoteTicketCreated(turn, command.ticket, command.connection);
    if (command.operation == "ticket.resolve")
        if (Ticket* ticket = FindTicket(turn.subject, command.ticket))
            ticket->state = TicketState::kResolved;
}

Told OnDone(Turn& turn, Command command) {
    Withdraw(turn, command.number);
    if (command.about == 0) {
        Succeed(turn, command);
        return Moved();
    }
    Command* asked = FindCommand(turn.subject, command.about);
    if (asked == nullptr) return Moved();
    if (turn.event.data.attempt.answer == "absent") {
        BackOff(turn, *asked);
        return Moved();
    }
    const Command found = *asked;
    Withdraw(turn, found.number);
    Succeed(turn, found);
    return Moved();
}

Told OnRefused(Turn& turn, Command& command) {
    // A desk that refuses tickets is misconfigured; the ticket is still owed to somebody.
    if (StartsWith(command.operation, "ticket.") && command.about == 0) {
        BackOff(turn, command);
        return Moved();
    }
    const Command gone = command;
    Withdraw(turn, gone.number);
    if (gone.about != 0) {
        if (Command* asked = FindCommand(turn.subject, gone.about)) BackOff(turn, *asked);
    }
    if (gone.operation == "return.create")
        StallReturn(turn, gone.return_id,
                    std::string(kPartnerRefused) + turn.event.data.attempt.reason);
    if (gone.operation == "label.create")
        StallReturn(turn, gone.return_id, "label refused: " + turn.event.data.attempt.reason);
    return Moved();
}

void Doubt(Turn& turn, Command& command) {
    const std::string family = command.operation.substr(0, command.operation.find('.'));
    const std::string look_up = family + ".lookup";
    const ConnectionFacts* connection = turn.book.Find(command.connection);
    const bool creates = command.operation == family + ".create";
    if (!creates || connection == nullptr || connection->operations.count(look_up) == 0) {
        BackOff(turn, command);
        return;
    }
    command.state = CommandState::kInDoubt;
    command.due_at = kNever;
    Command ask;
    ask.operation = look_up;
    ask.connection = command.connection;
    ask.return_id = command.return_id;
    ask.ticket = command.ticket;
    ask.about = command.number;
    ask.body =
        Json::Object({{"reference", Json::String(command.reference)},
                      {"since", Json::String(FormatInstant(command.first_sent_at - kLookBack))}});
    if (const Json* request = command.body.Find("request")) ask.body.Set("request", *request);
    // Some partners file returns under the order.
    if (!command.return_id.empty())
        ask.body.Set("order_id", Json::String(turn.subject.key.order_id));
    Emit(turn, std::move(ask));
}

Told OnMoneyAttempt(Turn& turn, Leg& leg, Command* command) {
    const bool look_up = command != nullptr && command->operation == "refund.lookup";
    const std::int64_t number = command == nullptr ? 0 : command->number;
    if (look_up && IsEarlierName(turn.subject, leg, command->body["reference"].AsString())) {
        Withdraw(turn, number);
        if (SaysPaid(turn)) return PaidBesides(turn, leg);
        return Moved();  // of a try that was refused: it says nothing of the one alive
    }
    switch (turn.event.type) {
        case EventType::kAttemptDone:
        case EventType::kAttemptRefused:
            Withdraw(turn, number);
            return OnMoneyAnswer(turn, leg, look_up);
        case EventType::kAttemptNotDone:
            if (command == nullptr) return Ignored("this attempt is no longer open");
            BackOff(turn, *command);
            if (!look_up) Fire(turn, leg.id, RefundTrigger::kNotSent);
            return Moved();
        default:
            if (look_up && command != nullptr) {
                BackOff(turn, *command);
                return Moved();
            }
            return Money(turn, leg, RefundTrigger::kInDoubt);
    }
}

}  // namespace

Told OnAttempt(Turn& turn) {
    const AttemptFact& attempt = turn.event.data.attempt;
    Command* command = FindCommand(turn.subject, attempt.command);
    if (turn.event.type == EventType::kAttemptStarted) {
        if (command == nullptr) return Refused("this command is no longer wanted");
        return OnStarted(turn, *command);
    }
    if (command != nullptr && command->leg != 0) {
        Leg* leg = FindLeg(turn.subject, command->leg);
        return leg == nullptr ? Ignored("no such leg") : OnMoneyAttempt(turn, *leg, command);
    }
    if (command != nullptr && command->operation == "refund.list") {
        const Command asked = *command;
        if (!TakeListed(turn, asked)) BackOff(turn, *command);
        return Moved();
    }
    if (command == nullptr) {
        // Withdrawn meanwhile, but what came of it still counts: the key tells whose it was.
        for (Leg& leg : turn.subject.legs)
            if (!attempt.key.empty() &&
                (leg.key == attempt.key || leg.reference == turn.event.data.our_reference))
                return OnMoneyAttempt(turn, leg, nullptr);
        for (const Leg& leg : turn.subject.legs)
            if (SaysPaid(turn) && IsEarlierName(turn.subject, leg, turn.event.data.our_reference))
                return PaidBesides(turn, leg);
        return Ignored("this command is no longer open");
    }
    switch (turn.event.type) {
        case EventType::kAttemptDone:
            return OnDone(turn, *command);
        case EventType::kAttemptRefused:
            return OnRefused(turn, *command);
        case EventType::kAttemptNotDone:
            BackOff(turn, *command);
            return Moved();
        default:
            Doubt(turn, *command);
            return Moved();
    }
}

bool ExpireCommands(Turn& turn) {
    std::vector<std::int64_t> due;
    const bool frozen = !turn.subject.quarantine.empty();
    for (const Command& command : turn.subject.commands) {
        if (frozen && command.ticket == 0) continue;
        if (command.state == CommandState::kInFlight && command.due_at <= turn.now())
            due.push_back(command.number);
    }
    for (std::int64_t number : due) {
        Command* command = FindCommand(turn.subject, number);
        if (command == nullptr) continue;  // withdrawn by the one before
        Leg* leg = FindLeg(turn.subject, command->leg);
        if (leg != nullptr && Sends(*command)) {
            if (Fire(turn, leg->id, RefundTrigger::kInDoubt) != Fired::kMoved)
                Withdraw(turn, number);
        } else if (leg != nullptr) {
            BackOff(turn, *command);
        } else {
            Doubt(turn, *command);
        }
    }
    return !due.empty();
}

}  // namespace returns::workflows
