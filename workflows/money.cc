// refund.* and dispute.*: what providers, shops and banks say of money. Every statement lands on
// one of our legs or is kept as a leg of its own; a payment nobody owed is flagged at once.

#include "workflows/steps.h"
#include "workflows/worth.h"

#include <algorithm>

namespace returns::workflows {

const Leg* KnownPaid(const Turn& turn) {
    const std::string& theirs = turn.event.data.their_reference;
    for (const Leg& leg : turn.subject.legs)
        if (!theirs.empty() && leg.paid && leg.their_reference == theirs) return &leg;
    return nullptr;
}

bool IsAnother(const Turn& turn, const Leg& leg) {
    const std::string& theirs = turn.event.data.their_reference;
    if (theirs.empty() || leg.their_reference.empty() || theirs == leg.their_reference)
        return false;
    const Tender* tender = FindTender(turn.subject, leg.tender_id);
    return tender != nullptr && turn.event.connection == tender->connection &&
           !HasFailed(turn.subject, leg.their_reference);
}

namespace {

bool InFlight(RefundState state) {
    return state == RefundState::kSubmitting || state == RefundState::kUnknown ||
           state == RefundState::kPending;
}

bool NotYetSent(RefundState state) {
    return state == RefundState::kNotDue || state == RefundState::kDue ||
           state == RefundState::kHeld || state == RefundState::kReady;
}

// By our reference or key first, then by theirs; what is known to be paid is never another.
Leg* NamedLeg(Turn& turn) {
    const EventData& data = turn.event.data;
    if (const Leg* known = KnownPaid(turn)) return FindLeg(turn.subject, known->id);
    for (Leg& leg : turn.subject.legs)
        if (!data.our_reference.empty() &&
            (leg.reference == data.our_reference || leg.key == data.our_reference ||
             IsLaterName(turn.subject, leg, data.our_reference)))
            return &leg;
    for (Leg& leg : turn.subject.legs)
        if (!data.their_reference.empty() && leg.their_reference == data.their_reference)
            return &leg;
    return nullptr;
}

// The tender the event is about: named, or the one whose payment it names, or the only one.
std::string TenderId(const Turn& turn) {
    const EventData& data = turn.event.data;
    if (!data.tender_id.empty()) return data.tender_id;
    const auto& tenders = turn.subject.tenders;
    for (const Tender& tender : tenders)
        if (!data.payment_reference.empty() && tender.reference == data.payment_reference)
            return tender.id;
    return tenders.size() == 1 ? tenders.front().id : "";
}

bool Fits(const Turn& turn, const Leg& leg) {
    const EventData& data = turn.event.data;
    const std::string tender_id = TenderId(turn);
    return (data.return_id.empty() || leg.return_id == data.return_id) &&
           (tender_id.empty() || leg.tender_id.empty() || leg.tender_id == tender_id);
}

void NoteTheirs(Turn& turn, Leg& leg) {
    const EventData& data = turn.event.data;
    if (data.their_reference.empty() || leg.their_reference == data.their_reference) return;
    leg.their_reference = data.their_reference;
    const Tender* tender = FindTender(turn.subject, leg.tender_id);
    const std::string scope = !turn.event.connection.empty() ? turn.event.connection
                              : tender != nullptr            ? tender->connection
                                                             : turn.subject.key.shop;
    WriteLookup(turn, LookupKind::kTheirReference, scope, data.their_reference);
}

RefundTrigger TriggerOf(EventType type) {
    switch (type) {
        case EventType::kRefundSubmitted:
            return RefundTrigger::kSeenPending;
        case EventType::kRefundSettled:
            return RefundTrigger::kPaid;
        case EventType::kRefundRefused:
            return RefundTrigger::kRefused;
        default:
            return RefundTrigger::kBounced;
    }
}

void AddExcess(Turn& turn, std::int64_t amount_minor) {
    const EventData& data = turn.event.data;
    Leg excess;
    excess.return_id = data.return_id;  // perhaps of a return that is told of later
    excess.tender_id = TenderId(turn);
    if (excess.tender_id.empty() && !turn.subject.tenders.empty())
        excess.tender_id = turn.subject.tenders.front().id;
    excess.amount_minor = amount_minor;
    excess.adopted = excess.paid = true;
    const bool meant = data.resolution == "settled";
    excess.cause = meant ? "paid by the shop on its own account" : "paid without being owed";
    Leg& added =
        AddLeg(turn, std::move(excess), meant ? RefundState::kSettled : RefundState::kOverpaid);
    NoteTheirs(turn, added);
}

// One of ours is under way for exactly this amount and nobody has claimed it yet: this is it.
Leg* UnclaimedInFlight(Turn& turn, std::int64_t amount_minor) {
    for (Leg& leg : turn.subject.legs)
        if (InFlight(leg.state) && leg.amount_minor == amount_minor &&
            leg.their_reference.empty() && Fits(turn, leg))
            return &leg;
    return nullptr;
}

// Takes up to `left` of a leg that has not been sent. Gives how much it took.
std::int64_t AdoptInto(Turn& turn, std::int64_t leg_id, std::int64_t left, RefundTrigger trigger) {
    Leg* leg = FindLeg(turn.subject, leg_id);
    if (leg->amount_minor > left) {
        // Its command, if any, names the whole amount: back to DUE before it is cut.
        if (leg->state == RefundState::kReady) Fire(turn, leg_id, RefundTrigger::kReallocate);
        leg_id = SplitLeg(turn, leg_id, left);
        leg = FindLeg(turn.subject, leg_id);
    }
    const std::int64_t taken = leg->amount_minor;
    if (leg->tender_id.empty()) {
        leg->tender_id = TenderId(turn);
        if (leg->tender_id.empty() && !turn.subject.tenders.empty())
            leg->tender_id = turn.subject.tenders.front().id;
    }
    Fire(turn, leg_id, trigger);
    NoteTheirs(turn, *FindLeg(turn.subject, leg_id));
    return taken;
}

// One payment may stand on several legs: what it was adopted for, and what was beyond that.
std::vector<std::int64_t> PartsOf(const Turn& turn, const std::string& their_reference) {
    std::vector<std::int64_t> ids;
    for (const Leg& leg : turn.subject.legs) {
        const bool stands = leg.paid || IsCommitted(leg.state);  // else it was an earlier try
        if (stands && !their_reference.empty() && leg.their_reference == their_reference)
            ids.push_back(leg.id);
    }
    return ids;
}

// The provider has it and waits for a balance: finance is told. Gives whether that is news.
bool NoteQueued(Turn& turn, std::int64_t leg_id) {
    Leg& leg = *FindLeg(turn.subject, leg_id);
    if (turn.event.data.reason != kNoBalance || leg.state != RefundState::kPending) return false;
    leg.cause = kNoBalance;
    if (leg.stalled_at != kNoTime) return false;
    leg.stalled_at = turn.now();
    return true;
}

Told OnNamedLeg(Turn& turn, std::int64_t id, RefundTrigger trigger) {
    const EventData& data = turn.event.data;
    Leg& leg = *FindLeg(turn.subject, id);
    const bool pays = trigger == RefundTrigger::kPaid || trigger == RefundTrigger::kSeenPending;
    if (leg.state == RefundState::kOverpaid && leg.cause == kNotReturned) {
        if (pays) return Ignored("already known");
        Fire(turn, id, RefundTrigger::kRecovered);  // the bank has sent it back
        return Moved();
    }
    const bool another = IsAnother(turn, leg);
    if (!pays && !another && !leg.paid && Queues(turn, leg, data.reason)) {
        NoteQueued(turn, id);
        return Moved();
    }
    // A shop may go on under the name it gave.
    if (!pays && !turn.event.connection.empty()) NoteFailed(leg, data.their_reference);
    if (another && !pays) return Ignored("an earlier refund of this name has failed");
    if (another && leg.paid) return PaidBesides(turn, leg);
    // Notices overtake each other: that it had begun may come after it was refused.
    const bool stale = trigger == RefundTrigger::kSeenPending && !data.their_reference.empty() &&
                       leg.their_reference == data.their_reference;
    NoteTheirs(turn, leg);
    std::int64_t owed = leg.amount_minor;
    for (const std::int64_t part : PartsOf(turn, leg.their_reference))
        if (part != id) owed += FindLeg(turn.subject, part)->amount_minor;
    if (pays && data.amount_minor && *data.amount_minor < owed) {
        if (leg.stalled_at == kNoTime) leg.stalled_at = turn.now();
        leg.cause = "amount_differs";
        return Moved();
    }
    // A provider that failed a refund it had called paid has taken the money back; one that took
    // back what we have not heard to be paid has failed it.
    if (!pays) trigger = leg.paid ? RefundTrigger::kBounced : RefundTrigger::kRefused;
    if (!data.reason.empty() && !pays) leg.cause = data.reason;
    const bool known = leg.paid || leg.state == RefundState::kPending;
    const bool moved = Fire(turn, id, trigger) == Fired::kMoved;
    if (NoteQueued(turn, id) && !moved) return Moved();
    if (moved) {
        if (pays && data.amount_minor && *data.amount_minor > owed)
            AddExcess(turn, *data.amount_minor - owed);
        return Moved();
    }
    const Leg& still = *FindLeg(turn.subject, id);
    const std::string state(Name(still.state));
    // Refused, withdrawn or disputed, and yet paid: money leaves that we do not owe this way.
    if (pays && !stale && !still.paid && !IsCommitted(still.state)) return PaidBesides(turn, still);
    return Ignored(known ? "already known"
                         : state + " does not take " + std::string(Facts(turn.event.type).wire));
}

Leg* EarlierNamed(Turn& turn) {
    const std::string& named = turn.event.data.our_reference;
    for (Leg& leg : turn.subject.legs)
        if (IsEarlierName(turn.subject, leg, named)) return &leg;
    return nullptr;
}

Told OnEarlierName(Turn& turn, Leg& leg, RefundTrigger trigger) {
    const bool pays = trigger == RefundTrigger::kPaid || trigger == RefundTrigger::kSeenPending;
    if (pays && NotYetSent(leg.state)) {
        const std::int64_t paid = turn.event.data.amount_minor.value_or(leg.amount_minor);
        const std::int64_t left = paid - AdoptInto(turn, leg.id, paid, trigger);
        if (left > 0) AddExcess(turn, left);
        return Moved();
    }
    if (pays) return PaidBesides(turn, leg);
    if (!turn.event.connection.empty()) NoteFailed(leg, turn.event.data.their_reference);
    return Ignored("an earlier refund of this name has failed");
}

// The other legs of the same payment go the same way.
Told OnNamed(Turn& turn, std::int64_t id, RefundTrigger trigger) {
    const std::vector<std::int64_t> parts = PartsOf(turn, turn.event.data.their_reference);
    const bool pays = trigger == RefundTrigger::kPaid || trigger == RefundTrigger::kSeenPending;
    Told told = OnNamedLeg(turn, id, trigger);
    for (const std::int64_t part : parts) {
        if (part == id) continue;
        const bool paid = FindLeg(turn.subject, part)->paid;
        const RefundTrigger news = pays   ? trigger
                                   : paid ? RefundTrigger::kBounced
                                          : RefundTrigger::kRefused;
        if (Fire(turn, part, news) == Fired::kMoved) told = Moved();
    }
    return told;
}

std::vector<std::int64_t> LegsOn(const Turn& turn, const std::string& tender_id) {
    std::vector<std::int64_t> ids;
    const bool only = turn.subject.tenders.size() <= 1;
    for (const Leg& leg : turn.subject.legs)
        if (leg.tender_id == tender_id || (leg.tender_id.empty() && only)) ids.push_back(leg.id);
    return ids;
}

// A lost dispute makes a settled refund the second payment only where both exceed the capture.
bool BeyondCapture(const Case& subject, const std::string& tender_id) {
    std::int64_t out = 0, captured = 0;
    for (const Tender& tender : subject.tenders)
        if (tender.id == tender_id) captured = tender.captured_minor;
    for (const Leg& leg : subject.legs)
        if (leg.tender_id == tender_id && leg.paid && leg.state != RefundState::kOverpaid)
            out += leg.amount_minor;
    for (const Dispute& dispute : subject.disputes)
        if (dispute.tender_id == tender_id && dispute.state == DisputeState::kLost)
            out += dispute.amount_minor;
    return out > captured;
}

void Contest(Turn& turn, const std::string& tender_id) {
    for (const Leg& leg : turn.subject.legs)
        if (leg.tender_id == tender_id && (IsCommitted(leg.state) || leg.paid))
            turn.subject.contested = true;
}

void FireDispute(Turn& turn, const std::string& tender_id, RefundTrigger trigger) {
    for (std::int64_t id : LegsOn(turn, tender_id)) {
        const Leg& leg = *FindLeg(turn.subject, id);
        const bool done = leg.state == RefundState::kSettled || leg.state == RefundState::kClosed;
        if (done && trigger == RefundTrigger::kDisputeLost &&
            !BeyondCapture(turn.subject, tender_id))
            continue;
        Fire(turn, id, trigger);
    }
}

Dispute* FindDispute(Case& subject, const std::string& tender_id, const std::string& reference) {
    for (Dispute& dispute : subject.disputes)
        if (dispute.tender_id == tender_id && (reference.empty() || dispute.reference == reference))
            return &dispute;
    return nullptr;
}

}  // namespace

void Adopt(Turn& turn, std::int64_t amount_minor, RefundTrigger trigger) {
    if (Leg* ours = UnclaimedInFlight(turn, amount_minor)) {
        const std::int64_t id = ours->id;
        NoteTheirs(turn, *ours);
        Fire(turn, id, trigger == RefundTrigger::kPaid ? RefundTrigger::kSeenPaid : trigger);
        return;
    }
    std::vector<std::int64_t> ids;
    for (const Leg& leg : turn.subject.legs)
        if (NotYetSent(leg.state) && Fits(turn, leg)) ids.push_back(leg.id);
    std::stable_partition(ids.begin(), ids.end(), [&](std::int64_t id) {
        return FindLeg(turn.subject, id)->amount_minor == amount_minor;
    });
    std::int64_t left = amount_minor;
    for (std::int64_t id : ids) {
        if (left == 0) break;
        left -= AdoptInto(turn, id, left, trigger);
    }
    if (left > 0) AddExcess(turn, left);
}

namespace {

bool SaidNo(RefundState state) {
    return state == RefundState::kFailed || state == RefundState::kAlternative ||
           state == RefundState::kUnclaimed;
}

// The leg it was made for: the one of that name, else one refused here that fits exactly, unless
// another fits that is not.
Leg* ListedLeg(Turn& turn, std::int64_t amount_minor) {
    const EventData& data = turn.event.data;
    Leg* refused = nullptr;
    bool fits = false;
    for (Leg& leg : turn.subject.legs) {
        const bool open = InFlight(leg.state) || NotYetSent(leg.state) || SaidNo(leg.state);
        if (!open || leg.amount_minor != amount_minor) continue;
        if (!data.our_reference.empty() && leg.reference == data.our_reference) return &leg;
        if (!Fits(turn, leg)) continue;
        if (!SaidNo(leg.state))
            fits = true;
        else if (refused == nullptr)
            refused = &leg;
    }
    return fits ? nullptr : refused;
}

// Its name has left with another amount: what is still to be sent takes a new one.
void Rename(Turn& turn) {
    const EventData& data = turn.event.data;
    for (Leg& leg : turn.subject.legs) {
        if (data.our_reference.empty() || leg.reference != data.our_reference) continue;
        if (!NotYetSent(leg.state) || leg.their_reference == data.their_reference) continue;
        WithdrawRefund(turn, leg);
        leg.reference.clear();
    }
}

}  // namespace

void AdoptListed(Turn& turn, bool paid) {
    const std::int64_t amount_minor = turn.event.data.amount_minor.value_or(0);
    const RefundTrigger news = paid ? RefundTrigger::kPaid : RefundTrigger::kSeenPending;
    Fired fired = Fired::kIgnored;
    if (Leg* leg = ListedLeg(turn, amount_minor)) {
        const std::int64_t id = leg->id;
        const RefundTrigger seen = paid ? RefundTrigger::kSeenPaid : RefundTrigger::kSeenPending;
        if (leg->tender_id.empty()) leg->tender_id = turn.event.data.tender_id;
        fired = Fire(turn, id, NotYetSent(leg->state) ? news : seen);
        if (fired == Fired::kMoved) NoteTheirs(turn, *FindLeg(turn.subject, id));
    }
    if (fired != Fired::kMoved) Adopt(turn, amount_minor, news);
    Rename(turn);
}

Told PaidBesides(Turn& turn, const Leg& leg) {
    if (!PartsOf(turn, turn.event.data.their_reference).empty()) return Ignored("already known");
    const std::int64_t amount_minor = turn.event.data.amount_minor.value_or(leg.amount_minor);
    AddExcess(turn, amount_minor);
    return Moved();
}

namespace {

// It came to nothing before we heard that it was: the notice of its beginning, overtaken by that of
// its end, must not count when it comes.
Told OnEndBeforeBeginning(Turn& turn) {
    const EventData& data = turn.event.data;
    if (turn.event.connection.empty() || data.their_reference.empty() || !data.amount_minor)
        return Ignored("no refund of ours has this reference");
    Leg gone;
    gone.return_id = data.return_id;
    gone.tender_id = TenderId(turn);
    gone.amount_minor = *data.amount_minor;
    gone.cause = "failed before it was heard of";
    NoteFailed(AddLeg(turn, std::move(gone), RefundState::kClosed), data.their_reference);
    return Moved();
}

}  // namespace

Told OnRefund(Turn& turn) {
    const EventData& data = turn.event.data;
    if (!data.currency.empty() && data.currency != turn.subject.currency)
        return Refused("refund in " + data.currency + ", the order is in " + turn.subject.currency);
    const RefundTrigger trigger = TriggerOf(turn.event.type);
    if (HasFailed(turn.subject, data.their_reference))
        return Ignored("its provider has failed this refund, which is final");
    if (Leg* leg = NamedLeg(turn)) return OnNamed(turn, leg->id, trigger);
    if (Leg* leg = EarlierNamed(turn)) return OnEarlierName(turn, *leg, trigger);
    if (trigger == RefundTrigger::kRefused || trigger == RefundTrigger::kBounced)
        return OnEndBeforeBeginning(turn);
    if (!data.amount_minor || *data.amount_minor == 0)
        return Ignored("no amount and no reference of ours: nothing to place it by");
    Adopt(turn, *data.amount_minor, trigger);
    return Moved();
}

Told OnDispute(Turn& turn) {
    const EventData& data = turn.event.data;
    Case& subject = turn.subject;
    const std::string tender_id = TenderId(turn);
    Dispute* known = FindDispute(subject, tender_id, data.their_reference);
    const bool fresh = known == nullptr;
    if (fresh) {
        subject.disputes.push_back({tender_id, data.their_reference, data.amount_minor.value_or(0),
                                    DisputeState::kOpen, data.reply_by});
        known = &subject.disputes.back();
    } else if (turn.event.type == EventType::kDisputeOpened) {
        return Ignored("this dispute is already known");
    }
    if (turn.event.type == EventType::kDisputeOpened) {
        Contest(turn, tender_id);
        FireDispute(turn, tender_id, RefundTrigger::kDisputeOpened);
        return Moved();
    }
    const bool won = turn.event.type == EventType::kDisputeWon;
    const DisputeState outcome = won ? DisputeState::kWon : DisputeState::kLost;
    if (fresh) FireDispute(turn, tender_id, RefundTrigger::kDisputeOpened);  // it was open once
    if (known->state == outcome) return Ignored("this outcome is already known");
    known->state = outcome;
    Contest(turn, tender_id);
    FireDispute(turn, tender_id, won ? RefundTrigger::kDisputeWon : RefundTrigger::kDisputeLost);
    return Moved();
}

}  // namespace returns::workflows
