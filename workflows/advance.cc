// Money that leaves before the goods have earned it: granted once per return on a proof that they
// are on their way, taken back when they never come, left alone when they come after all. Off
// unless the policy says otherwise, and never on a timer's word.

#include "schemas/money.h"
#include "workflows/steps.h"
#include "workflows/worth.h"

#include <algorithm>
#include <utility>

namespace returns::workflows {
namespace {

bool Proves(const AdvanceRule& rule, EventType type) {
    return type == EventType::kParcelScanned ||
           (type == EventType::kParcelPosted && rule.on == "posted");
}

std::string Text(const Turn& turn, std::int64_t minor) {
    return FormatMoney(minor, turn.subject.currency);
}

// The legs money may be taken back from without asking anybody: nothing of theirs has left.
bool Unsent(RefundState state) {
    switch (state) {
        case RefundState::kDue:
        case RefundState::kHeld:
        case RefundState::kReady:
        case RefundState::kFailed:
        case RefundState::kAlternative:
        case RefundState::kUnclaimed:
            return true;
        default:
            return false;
    }
}

// Why nothing is paid ahead; "" when it may be.
std::string WhyNot(const Turn& turn, const AdvanceRule& rule, std::int64_t amount_minor) {
    const Case& subject = turn.subject;
    const auto over = [](const Leg& leg) { return leg.state == RefundState::kOverpaid; };
    if (!subject.disputes.empty() || subject.order_cancelled ||
        std::any_of(subject.legs.begin(), subject.legs.end(), over))
        return "no advance: there is a dispute, a cancellation or money to recover on this order";
    const auto most = rule.up_to.find(subject.currency);
    if (most == rule.up_to.end())
        return "no advance: the policy allows none in " + subject.currency;
    const std::int64_t together = amount_minor + AheadOf(subject);
    if (together > most->second)
        return "no advance: " + Text(turn, together) + " are more than the " +
               Text(turn, most->second) + " one order may have";
    const auto budget = rule.budget.find(subject.currency);
    if (budget == rule.budget.end()) return "";
    if (!turn.book.advanced_minor) return "no advance: what all orders have is not counted yet";
    const auto out = turn.book.advanced_minor->find(subject.currency);
    const std::int64_t used = out == turn.book.advanced_minor->end() ? 0 : out->second;
    if (used + amount_minor <= budget->second) return "";
    return "no advance: the budget of " + Text(turn, budget->second) + " is used up (" +
           Text(turn, used) + " are out)";
}

// What a person still looks at, or what stands still, is not paid ahead.
std::int64_t OnItsWay(const Turn& turn, const std::string& return_id) {
    Grants grants(turn);
    std::int64_t sum = 0;
    for (const Slice& slice : turn.subject.slices) {
        if (slice.return_id != return_id || slice.state != ReturnState::kInTransit || slice.vested)
            continue;
        const OrderLine* line = FindLine(turn.subject, slice.line_id);
        if (line != nullptr && grants.HasRoom(slice, *line))
            sum += grants.Next(slice, *line).net_minor;
    }
    return sum;
}

// The part of a paid leg that nothing has earned: it left with the same payment.
std::int64_t SplitPaid(Turn& turn, std::int64_t leg_id, std::int64_t amount_minor) {
    const std::int64_t child_id = SplitLeg(turn, leg_id, amount_minor);
    const Leg& parent = *FindLeg(turn.subject, leg_id);
    Leg& child = *FindLeg(turn.subject, child_id);
    child.tender_id = parent.tender_id;
    child.their_reference = parent.their_reference;
    return child_id;
}

// Takes up to `excess` off one leg. Gives whether it found one.
bool TakeOff(Turn& turn, std::int64_t leg_id, std::int64_t excess) {
    const Leg& leg = *FindLeg(turn.subject, leg_id);
    const bool paid = leg.paid && !leg.offset &&
                      (leg.state == RefundState::kSettled || leg.state == RefundState::kClosed);
    if (!paid && !Unsent(leg.state)) return false;
    if (leg.state == RefundState::kReady && leg.amount_minor > excess)
        Fire(turn, leg_id, RefundTrigger::kReallocate);  // its command names the whole amount
    if (FindLeg(turn.subject, leg_id)->amount_minor > excess)
        leg_id = paid ? SplitPaid(turn, leg_id, excess) : SplitLeg(turn, leg_id, excess);
    if (!paid) return Fire(turn, leg_id, RefundTrigger::kNoEntitlement) == Fired::kMoved;
    FindLeg(turn.subject, leg_id)->cause = kNotReturned;
    return Fire(turn, leg_id, RefundTrigger::kNotReturned) == Fired::kMoved;
}

// Nothing of the return is on its way any more, and less was earned than has been given ahead.
bool TakeBack(Turn& turn, Return& header) {
    std::int64_t excess = -Earned(turn.subject, header);
    std::vector<std::int64_t> ids;
    for (const Leg& leg : turn.subject.legs) {
        if (leg.return_id != header.id || !Assigned(leg) || TakenBack(leg)) continue;
        excess += leg.amount_minor;
        if (!leg.adopted) ids.insert(ids.begin(), leg.id);  // the newest first
    }
    const std::int64_t was = std::exchange(header.advance_minor, 0);
    for (const std::int64_t id : ids)
        if (excess > 0 && TakeOff(turn, id, excess)) return true;
    // What is in flight is waited for: until then it stays owed.
    if (excess > 0) header.advance_minor = Earned(turn.subject, header) + excess;
    return was != header.advance_minor;
}

// Goods that are here after all: what they may bring is no longer to be recovered.
bool CancelRecovery(Turn& turn, Return& header) {
    const auto& slices = turn.subject.slices;
    const int arrived = Facts(EventType::kParcelDelivered).rank;
    const bool here = std::any_of(slices.begin(), slices.end(), [&](const Slice& slice) {
        return slice.return_id == header.id && Undecided(slice) && slice.rank >= arrived;
    });
    const std::int64_t allowed =
        Earned(turn.subject, header) + (here ? EstimateFor(turn, header.id) : 0);
    std::int64_t standing = 0;
    for (const Leg& leg : turn.subject.legs)
        if (leg.return_id == header.id && Assigned(leg) && !TakenBack(leg))
            standing += leg.amount_minor;
    for (Leg& leg : turn.subject.legs) {
        if (leg.return_id != header.id || leg.state != RefundState::kOverpaid || !TakenBack(leg) ||
            standing + leg.amount_minor > allowed)
            continue;
        header.advance_minor = standing + leg.amount_minor;
        leg.cause.clear();
        if (Fire(turn, leg.id, RefundTrigger::kSeenPaid) == Fired::kMoved) return true;
        leg.cause = kNotReturned;
        header.advance_minor = standing;
        return false;
    }
    return false;
}

bool ReleaseEarned(Turn& turn, const Return& header) {
    if (AssignedTo(turn.subject, header.id) > Earned(turn.subject, header)) return false;
    for (const Leg& leg : turn.subject.legs)
        if (leg.return_id == header.id && leg.state == RefundState::kHeld &&
            leg.held_for == kAdvance)
            return Fire(turn, leg.id, RefundTrigger::kRelease) == Fired::kMoved;
    return false;
}

}  // namespace

bool TakenBack(const Leg& leg) {
    const bool over = leg.state == RefundState::kOverpaid || leg.state == RefundState::kClosed;
    return over && leg.cause == kNotReturned;
}

std::string GrantAdvance(Turn& turn, const std::string& return_id) {
    Return* header = FindReturn(turn.subject, return_id);
    const AdvanceRule& rule = turn.RulesOf(return_id).policy.advance;
    if (rule.on.empty() || !Proves(rule, turn.event.type) || header->advanced_at != kNoTime ||
        header->resolution != "refund")
        return "";
    const std::int64_t earned = Earned(turn.subject, *header);
    const std::int64_t amount = OnItsWay(turn, return_id);
    if (amount <= 0) return "";
    std::string why = WhyNot(turn, rule, amount);
    if (!why.empty()) return why;
    header->advanced_at = turn.now();
    header->advance_minor = earned + amount;
    return "paid in advance: " + Text(turn, amount);
}

std::int64_t AheadOf(const Case& subject) {
    std::int64_t sum = 0;
    for (const Return& header : subject.returns)
        if (header.advance_minor > 0)
            sum += std::max<std::int64_t>(header.advance_minor - Earned(subject, header), 0);
    return sum;
}

bool KeepAdvance(Turn& turn, Return& header) {
    if (header.advanced_at == kNoTime) return false;
    if (ReleaseEarned(turn, header) || CancelRecovery(turn, header)) return true;
    const auto& slices = turn.subject.slices;
    const bool open = std::any_of(slices.begin(), slices.end(), [&](const Slice& slice) {
        return slice.return_id == header.id && Undecided(slice);
    });
    return (!open || header.advance_minor == 0) && TakeBack(turn, header);
}

}  // namespace returns::workflows
