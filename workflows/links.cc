// What follows from how the case now stands: entitlement from goods, money from entitlement, done
// from money. Conditions, not messages: evaluated again until nothing changes.

#include "schemas/check.h"
#include "schemas/money.h"
#include "workflows/steps.h"
#include "workflows/worth.h"

#include <algorithm>

namespace returns::workflows {
namespace {

constexpr int kRoundsMax = 10'000;  // each round changes something; far above any case's size

bool Vests(ReturnState state) {
    return state == ReturnState::kAccepted || state == ReturnState::kKept;
}

bool MoneyOpen(RefundState state) {
    switch (state) {
        case RefundState::kNotDue:
        case RefundState::kSettled:
        case RefundState::kCovered:
        case RefundState::kOverpaid:
        case RefundState::kCancelled:
        case RefundState::kClosed:
            return false;
        default:
            return true;
    }
}

Leg* LegIn(Case& subject, const std::string& return_id, RefundState state) {
    for (Leg& leg : subject.legs)
        if (leg.return_id == return_id && leg.state == state) return &leg;
    return nullptr;
}

bool VestSlices(Turn& turn) {
    bool changed = false;
    for (Slice& slice : turn.subject.slices) {
        if (slice.vested || !Vests(slice.state)) continue;
        OrderLine* line = FindLine(turn.subject, slice.line_id);
        Return* header = FindReturn(turn.subject, slice.return_id);
        CHECK(line != nullptr && header != nullptr);
        const Worth worth = Grants(turn).Next(slice, *line);
        slice.vested = true;
        slice.vested_minor = worth.net_minor;
        slice.gross_minor = worth.gross_minor;
        slice.tax_minor = worth.tax_minor;
        slice.fee_percent = worth.fee_percent;
        slice.restocking_minor = worth.restocking_minor;
        slice.withheld_minor = worth.withheld_minor;
        slice.label_fee_minor = worth.label_fee_minor;
        line->granted_units += slice.quantity;
        line->granted_minor += worth.gross_minor;
        line->granted_tax_minor += worth.tax_minor;
        StartLegalClock(turn, *header, "accepted", turn.event.occurred_at);
        GrantShipping(turn, *header, *line, slice.quantity);
        changed = true;
    }
    return changed;
}

Leg NewLeg(const Return& header, std::int64_t amount_minor) {
    Leg leg;
    leg.return_id = header.id;
    leg.amount_minor = amount_minor;
    leg.legal_deadline = header.legal_deadline;
    return leg;
}

// L1: what is owed and not yet on any leg becomes due, through the machine like all else.
bool MakeDue(Turn& turn, const Return& header) {
    const std::int64_t missing = Owed(turn.subject, header) - AssignedTo(turn.subject, header.id);
    if (missing <= 0) return false;
    const bool advance = header.advance_minor > Earned(turn.subject, header);
    Leg* due = LegIn(turn.subject, header.id, RefundState::kDue);
    if (due != nullptr && !advance) {
        due->amount_minor += missing;
        return true;
    }
    Leg* estimate = LegIn(turn.subject, header.id, RefundState::kNotDue);
    const bool whole = estimate != nullptr && advance && estimate->amount_minor == missing;
    if (estimate == nullptr || (EstimateFor(turn, header.id) > 0 && !whole))
        estimate = &AddLeg(turn, NewLeg(header, missing), RefundState::kNotDue);
    estimate->amount_minor = missing;
    if (advance) estimate->cause = kAdvance;
    Fire(turn, estimate->id, advance ? RefundTrigger::kAdvance : RefundTrigger::kVest);
    return true;
}

bool KeepEstimate(Turn& turn, const Return& header) {
    const std::int64_t prepaid = std::max<std::int64_t>(
        AssignedTo(turn.subject, header.id) - Earned(turn.subject, header), 0);
    const std::int64_t expected = std::max<std::int64_t>(EstimateFor(turn, header.id) - prepaid, 0);
    Leg* estimate = LegIn(turn.subject, header.id, RefundState::kNotDue);
    if (estimate == nullptr) {
        if (expected == 0) return false;
        // A chargeback withdrew the estimate; what comes of the goods is still judged at vesting.
        if (LegIn(turn.subject, header.id, RefundState::kDisputed) != nullptr) return false;
        AddLeg(turn, NewLeg(header, expected), RefundState::kNotDue);
        return true;
    }
    if (expected == 0)
        return Fire(turn, estimate->id, RefundTrigger::kNoEntitlement) == Fired::kMoved;
    if (estimate->amount_minor == expected) return false;
    estimate->amount_minor = expected;
    return true;
}

std::vector<Tender*> InOrder(Turn& turn, const Leg& leg) {
    const Policy& policy = turn.RulesOf(leg.return_id).policy;
    const auto place = [&](const Tender* tender) {
        const auto& order = policy.tender_order;
        return std::find(order.begin(), order.end(), tender->kind) - order.begin();
    };
    std::vector<Tender*> tenders;
    for (Tender& tender : turn.subject.tenders)
        if (leg.cause != "not:" + tender.id) tenders.push_back(&tender);
    std::stable_sort(tenders.begin(), tenders.end(),
                     [&](const Tender* a, const Tender* b) { return place(a) < place(b); });
    return tenders;
}

// Paid by the shop for no return that we know of: it may be the very money that is now due.
bool HasUnexplained(const Turn& turn) {
    const auto& legs = turn.subject.legs;
    return std::any_of(legs.begin(), legs.end(), [&](const Leg& leg) {
        return leg.state == RefundState::kOverpaid && leg.adopted && !leg.offset &&
               FindReturn(std::as_const(turn.subject), leg.return_id) == nullptr;
    });
}

// For a person: the machine holds it, and timers only escalate.
void HoldFor(Turn& turn, std::int64_t leg_id, const std::string& why) {
    FindLeg(turn.subject, leg_id)->held_for = why;
    Fire(turn, leg_id, RefundTrigger::kHold);
    Leg* leg = FindLeg(turn.subject, leg_id);
    if (leg->state != RefundState::kHeld) return;
    leg->held_for = why;
    if (leg->stalled_at == kNoTime) leg->stalled_at = turn.now();
}

void AllocateOn(Turn& turn, std::int64_t leg_id, const Tender& tender, std::int64_t free) {
    Leg* leg = FindLeg(turn.subject, leg_id);
    if (leg->amount_minor > free) {
        const std::int64_t rest = SplitLeg(turn, leg_id, leg->amount_minor - free);
        FindLeg(turn.subject, rest)->cause = "allocate_now";
        leg = FindLeg(turn.subject, leg_id);
    }
    const Return* header = FindReturn(std::as_const(turn.subject), leg->return_id);
    const bool credit = header != nullptr && header->resolution == "store_credit";
    leg->tender_id = tender.id;
    leg->executor = credit ? Executor::kShop : tender.executor;
    leg->cause.clear();
    Fire(turn, leg_id, RefundTrigger::kAllocate);
}

// Gives the leg a tender; what the tender cannot carry becomes a leg of its own and comes next.
// Nothing free anywhere: held for a person, since more is owed than was captured.
void Allocate(Turn& turn, std::int64_t leg_id) {
    if (HasUnexplained(turn)) return HoldFor(turn, leg_id, "unexplained");
    const Tender* barred = nullptr;  // its provider would refuse: passed over for another
    for (const Tender* tender : InOrder(turn, *FindLeg(turn.subject, leg_id))) {
        const std::int64_t free = FreeOn(turn.subject, *tender);
        if (free <= 0) continue;
        const std::int64_t part = std::min(free, FindLeg(turn.subject, leg_id)->amount_minor);
        if (Forbidden(turn, leg_id, *tender, part).empty())
            return AllocateOn(turn, leg_id, *tender, free);
        if (barred == nullptr) barred = tender;
    }
    if (barred != nullptr) return AllocateOn(turn, leg_id, *barred, FreeOn(turn.subject, *barred));
    HoldFor(turn, leg_id, "capacity");
}

// What is owed is settled by the goods sent in exchange, up to what they cost; the rest is paid.
// Gives whether it changed anything.
bool OffsetByExchange(Turn& turn, std::int64_t leg_id, const Return& header) {
    const Leg& leg = *FindLeg(turn.subject, leg_id);
    std::int64_t left = leg.amount_minor;
    if (header.resolution == "exchange" && header.exchange_minor > 0) {
        left = header.exchange_minor;
        for (const Leg& each : turn.subject.legs)
            if (each.return_id == header.id && each.offset && each.cause == kExchange)
                left -= each.amount_minor;
    }
    if (left <= 0) return false;
    if (left < leg.amount_minor) SplitLeg(turn, leg_id, leg.amount_minor - left);
    if (header.resolution == "exchange") FindLeg(turn.subject, leg_id)->cause = kExchange;
    return Fire(turn, leg_id, RefundTrigger::kExchanged) == Fired::kMoved;
}

bool SettleDue(Turn& turn) {
    for (Leg& leg : turn.subject.legs) {
        if (leg.state != RefundState::kDue) continue;
        const std::int64_t id = leg.id;
        const Return* known = FindReturn(std::as_const(turn.subject), leg.return_id);
        const Return header = known == nullptr ? Return{} : *known;
        const bool otherwise = header.resolution == "exchange" || header.resolution == "settled";
        if (otherwise && OffsetByExchange(turn, id, header)) return true;
        const bool advance = header.advance_minor > Earned(turn.subject, header);
        if (advance && leg.cause == kAdvance && turn.RulesOf(header.id).policy.advance.hold) {
            leg.cause.clear();
            HoldFor(turn, id, std::string(kAdvance));
            return true;
        }
        const auto& slices = turn.subject.slices;
        const bool waits = leg.cause != "allocate_now" && !advance &&
                           std::any_of(slices.begin(), slices.end(), [&](const Slice& slice) {
                               return slice.return_id == leg.return_id && Undecided(slice);
                           });
        if (waits) continue;
        Allocate(turn, id);
        return true;
    }
    return false;
}

// A definite no: the policy says by its reason what is next.
bool SettleFailed(Turn& turn) {
    for (Leg& leg : turn.subject.legs) {
        if (leg.state != RefundState::kFailed || leg.stalled_at != kNoTime) continue;
        const Policy& policy = turn.RulesOf(leg.return_id).policy;
        auto rule = policy.refused.find(leg.cause);
        std::string next = rule == policy.refused.end() ? "person" : rule->second;
        const EventData& data = turn.event.data;
        const bool ours =
            turn.event.type == EventType::kAttemptRefused && data.attempt.reason == leg.cause;
        if (ours && data.attempt.retry_key) next = "retry";
        const std::int64_t id = leg.id;
        if (next == "retry" && Fire(turn, id, RefundTrigger::kRetry) == Fired::kMoved) return true;
        if (next == "other_tender") {
            Leg probe = *FindLeg(turn.subject, id);
            probe.cause = "not:" + probe.tender_id;
            for (Tender* tender : InOrder(turn, probe)) {
                if (FreeOn(turn.subject, *tender) <= 0) continue;
                Fire(turn, id, RefundTrigger::kOtherTender);
                return true;
            }
        }
        if (next != "person") {
            Fire(turn, id, RefundTrigger::kExhausted);
            return true;
        }
        FindLeg(turn.subject, id)->stalled_at = turn.now();
    }
    return false;
}

// A dispute decided while the leg was being cleared up still decides it.
bool SettleDisputed(Turn& turn) {
    for (const Leg& leg : turn.subject.legs) {
        if (leg.state != RefundState::kDisputed) continue;
        bool open = false, lost = false, any = false;
        for (const Dispute& dispute : turn.subject.disputes) {
            if (dispute.tender_id != leg.tender_id && !leg.tender_id.empty()) continue;
            any = true;
            open = open || dispute.state == DisputeState::kOpen;
            lost = lost || dispute.state == DisputeState::kLost;
        }
        if (open || !any) continue;
        const auto trigger = lost ? RefundTrigger::kDisputeLost : RefundTrigger::kDisputeWon;
        return Fire(turn, leg.id, trigger) == Fired::kMoved;
    }
    return false;
}

// L3: never the reverse.
bool CloseDone(Turn& turn, const Return& header) {
    for (const Leg& leg : turn.subject.legs)
        if (leg.return_id == header.id && MoneyOpen(leg.state)) return false;
    if (AssignedTo(turn.subject, header.id) < Owed(turn.subject, header)) return false;
    for (const Slice& slice : turn.subject.slices)
        if (slice.return_id == header.id && slice.vested && Vests(slice.state))
            return Fire(turn, slice.id, ReturnTrigger::kMoneyDone) == Fired::kMoved;
    return false;
}

// The shop paid before its return was told of, or before the goods gave a right to it: now they do.
bool SettleEarned(Turn& turn) {
    for (const Leg& leg : turn.subject.legs) {
        if (leg.state != RefundState::kOverpaid || !leg.adopted || leg.offset) continue;
        if (Fire(turn, leg.id, RefundTrigger::kSeenPaid) == Fired::kMoved) return true;
    }
    return false;
}

// What was held for money nobody could explain, once somebody has.
bool ReleaseExplained(Turn& turn) {
    if (HasUnexplained(turn)) return false;
    for (const Leg& leg : turn.subject.legs)
        if (leg.state == RefundState::kHeld && leg.held_for == "unexplained")
            return Fire(turn, leg.id, RefundTrigger::kRelease) == Fired::kMoved;
    return false;
}

bool Round(Turn& turn) {
    if (VestSlices(turn)) return true;
    for (std::size_t i = 0; i < turn.subject.returns.size(); ++i) {
        const Return header = turn.subject.returns[i];
        if (MakeDue(turn, header) || KeepEstimate(turn, header)) return true;
        if (KeepAdvance(turn, turn.subject.returns[i])) return true;
    }
    if (SettleEarned(turn) || ReleaseExplained(turn)) return true;
    if (SettleDisputed(turn) || SettleDue(turn) || SettleFailed(turn)) return true;
    if (SettleForbidden(turn)) return true;
    for (std::size_t i = 0; i < turn.subject.returns.size(); ++i)
        if (CloseDone(turn, Return(turn.subject.returns[i]))) return true;
    return false;
}

}  // namespace

bool StillOwed(const Case& subject, const Leg& leg) {
    for (const Return& header : subject.returns) {
        if (header.id != leg.return_id) continue;
        const std::int64_t own = Assigned(leg) ? leg.amount_minor : 0;
        return AssignedTo(subject, header.id) - own + leg.amount_minor <= Owed(subject, header);
    }
    return false;
}

void RunLinks(Turn& turn) {
    int rounds = 0;
    while (Round(turn)) {
        if (++rounds < kRoundsMax) continue;
        turn.out.reason = "links do not come to rest";
        return;
    }
    const auto& disputes = turn.subject.disputes;
    const bool open = std::any_of(disputes.begin(), disputes.end(), [](const Dispute& dispute) {
        return dispute.state == DisputeState::kOpen;
    });
    const auto& legs = turn.subject.legs;
    const bool contested = std::any_of(legs.begin(), legs.end(), [](const Leg& leg) {
        return leg.state == RefundState::kContested || leg.state == RefundState::kOverpaid;
    });
    if (!open && !contested) turn.subject.contested = false;
}

}  // namespace returns::workflows
