// What partners and customers say of the parcel as a whole. Evidence has a rank: what proves less
// than is known moves nothing, what contradicts at the same rank is a mismatch for people.

#include "workflows/steps.h"
#include "workflows/worth.h"

namespace returns::workflows {
namespace {

ReturnTrigger TriggerOf(EventType type) {
    switch (type) {
        case EventType::kParcelPosted:
            return ReturnTrigger::kProofOfPosting;
        case EventType::kParcelScanned:
            return ReturnTrigger::kScanned;
        case EventType::kParcelDelivered:
            return ReturnTrigger::kArrived;
        case EventType::kParcelUndeliverable:
            return ReturnTrigger::kUndeliverable;
        case EventType::kParcelDamaged:
            return ReturnTrigger::kCarrierDamage;
        case EventType::kParcelLost:
            return ReturnTrigger::kCarrierLost;
        default:
            return ReturnTrigger::kDeliveredBack;
    }
}

// A parcel that turns up after it was given up is news, not a contradiction.
bool GivenUp(const Slice& slice) {
    return slice.state == ReturnState::kLost || !IsLive(slice.state) ||
           slice.state == ReturnState::kKept || slice.state == ReturnState::kReturning;
}

// Why this evidence moves nothing; "" when it may. `contradicts` is set for an equal rank that
// says something else.
std::string RankVerdict(const Slice& slice, const EventTypeFacts& facts, bool& contradicts) {
    contradicts = false;
    if (facts.rank == 0) return "";
    if (facts.rank < slice.rank)
        return std::string(facts.wire) + " proves less than " + slice.evidence + ", which is known";
    if (facts.rank > slice.rank || facts.rank < 30 || slice.evidence == facts.wire) return "";
    contradicts = !GivenUp(slice);
    return "";
}

void NoteEvidence(Slice& slice, const EventTypeFacts& facts) {
    if (facts.rank >= slice.rank && facts.rank > 0) {
        slice.rank = facts.rank;
        slice.evidence = facts.wire;
    }
}

void NoteFacts(Turn& turn, Return& header) {
    const EventData& data = turn.event.data;
    const std::string& connection =
        turn.event.connection.empty() ? header.connection : turn.event.connection;
    if (!data.tracking.empty() && header.tracking != data.tracking) {
        header.tracking = data.tracking;
        WriteLookup(turn, LookupKind::kTracking, connection, data.tracking);
    }
    if (!data.carrier.empty()) header.carrier = data.carrier;
    if (!data.label_url.empty()) header.label_url = data.label_url;
    if (!data.raw_code.empty()) {
        header.partner_status = data.raw_code;
        header.partner_status_at = turn.event.recorded_at;
    }
    if (!data.their_reference.empty() && header.partner_reference.empty()) {
        header.partner_reference = data.their_reference;
        SkipInbound(turn, header.id);
        WriteLookup(turn, LookupKind::kTheirReference, connection, data.their_reference);
    }
}

// Undeliverable puts the label back into the customer's hand: older scans count for nothing now.
void AfterMove(Turn& turn, std::int64_t id) {
    Slice& slice = *FindSlice(turn.subject, id);
    if (turn.event.type == EventType::kParcelUndeliverable) slice.rank = 10;
    if (turn.event.type == EventType::kParcelDamaged) slice.cause = "damaged";
}

}  // namespace

Told OnParcel(Turn& turn) {
    if (turn.event.type == EventType::kPartnerUnknownStatus &&
        !turn.event.data.payment_reference.empty())
        return Ignored("a word about money that its connector does not know");
    Return* header = ReturnOf(turn);
    if (header == nullptr) return Ignored("it cannot be told which return this is about");
    if (!MaySpeakFor(turn, *header)) return Refused("another connection handles this return");
    const Return before = *header;
    NoteFacts(turn, *header);
    const EventTypeFacts& facts = Facts(turn.event.type);
    const std::string return_id = header->id;
    const bool noted = !(before == *header);
    if (turn.event.type == EventType::kReturnLabelIssued ||
        turn.event.type == EventType::kPartnerUnknownStatus)
        return noted ? Moved() : Ignored("nothing new in it");
    if (turn.event.type == EventType::kParcelPosted || turn.event.type == EventType::kParcelScanned)
        StartLegalClock(turn, *header, "posted", turn.event.occurred_at);
    if (turn.event.type == EventType::kParcelDelivered)
        StartLegalClock(turn, *header, "received", turn.event.occurred_at);
    std::vector<std::int64_t> ids;
    for (const Slice& slice : turn.subject.slices)
        if (slice.return_id == return_id) ids.push_back(slice.id);
    bool moved = noted;
    std::string reason = "no slice of this return takes it";
    for (std::int64_t id : ids) {
        Slice& slice = *FindSlice(turn.subject, id);
        bool contradicts = false;
        const std::string why = RankVerdict(slice, facts, contradicts);
        if (!why.empty()) {
            reason = why;
            continue;
        }
        const ReturnTrigger trigger =
            contradicts ? ReturnTrigger::kMismatch : TriggerOf(turn.event.type);
        const std::string known = slice.evidence;
        NoteEvidence(slice, facts);
        if (Fire(turn, id, trigger) != Fired::kMoved) {
            reason = std::string(Name(FindSlice(turn.subject, id)->state)) + " does not take " +
                     std::string(facts.wire);
            continue;
        }
        moved = true;
        if (contradicts)
            FindSlice(turn.subject, id)->cause = known + " and " + std::string(facts.wire);
        AfterMove(turn, id);
    }
    if (moved) return {Verdict::kMoved, GrantAdvance(turn, return_id)};
    return Ignored(reason);
}

}  // namespace returns::workflows
