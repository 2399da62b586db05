// What must hold in every case after every decision; the numbers are those of the refund canon.

#include "workflows/steps.h"
#include "workflows/worth.h"

#include <algorithm>

namespace returns::workflows {
namespace {

std::string QuantityBroken(const Case& subject) {
    for (const OrderLine& line : subject.lines) {
        int coming = 0, vested = 0;
        for (const Slice& slice : subject.slices) {
            if (slice.line_id != line.id) continue;
            if (slice.quantity <= 0) return "an empty slice of line " + line.id;
            if (IsLive(slice.state) || slice.vested) coming += slice.quantity;
            if (slice.vested) vested += slice.quantity;
        }
        if (coming > line.quantity)
            return "line " + line.id + ": more units are coming back than were bought";
        if (vested != line.granted_units)
            return "line " + line.id + ": granted units and vested slices differ";
        if (line.granted_units > line.quantity || line.granted_minor > line.paid_minor)
            return "line " + line.id + ": more was granted than was bought";
    }
    return "";
}

// I1: on each tender, what may have left is within what was captured, or it is flagged.
std::string CaptureBroken(const Case& subject) {
    for (const Tender& tender : subject.tenders) {
        std::int64_t out = 0;
        bool flagged = subject.contested;
        for (const Leg& leg : subject.legs) {
            if (leg.tender_id != tender.id) continue;
            if (IsCommitted(leg.state) || leg.paid) out += leg.amount_minor;
            flagged = flagged || leg.state == RefundState::kContested ||
                      leg.state == RefundState::kOverpaid || leg.adopted;
            // Written off: it was flagged, and two persons have let it go.
            flagged = flagged || (leg.state == RefundState::kClosed && leg.paid && leg.offset);
        }
        // What banks say they took back is theirs to say; together it is at most the capture.
        std::int64_t taken = 0;
        for (const Dispute& dispute : subject.disputes)
            if (dispute.tender_id == tender.id && dispute.state == DisputeState::kLost)
                taken = std::min(taken + dispute.amount_minor, tender.captured_minor);
        out += taken;
        if (out > tender.captured_minor && !flagged)
            return "tender " + tender.id + ": more may have left than was captured";
    }
    return "";
}

// I2: what we pay by ourselves never exceeds what is owed.
std::string OwedBroken(const Case& subject) {
    for (const Return& header : subject.returns) {
        const std::int64_t owed = Owed(subject, header);
        std::int64_t live = 0;
        for (const Leg& leg : subject.legs) {
            if (leg.return_id != header.id || leg.adopted || leg.offset) continue;
            if (TakenBack(leg)) continue;
            const bool asleep = leg.state == RefundState::kNotDue ||
                                leg.state == RefundState::kCancelled ||
                                leg.state == RefundState::kDisputed ||
                                (leg.state == RefundState::kClosed && !leg.paid);
            if (!asleep) live += leg.amount_minor;
        }
        if (live > owed) return "return " + header.id + ": legs exceed what is owed";
    }
    return "";
}

std::string LegBroken(const Case& subject) {
    for (const Leg& leg : subject.legs) {
        const std::string name = "refund " + std::to_string(leg.id);
        if (leg.amount_minor <= 0) return name + ": no amount";
        const bool sent =
            leg.state == RefundState::kSubmitting || leg.state == RefundState::kUnknown;
        if (sent && leg.key.empty() && !leg.adopted) return name + ": sent without a key";
        if (leg.state != RefundState::kClosed && leg.due_at == kNever)
            return name + ": no timer in " + std::string(Name(leg.state));
        int alive = 0;
        for (const Command& command : subject.commands)
            if (command.leg == leg.id && Sends(command)) ++alive;
        if (alive > 1) return name + ": two attempts alive";
    }
    return "";
}

std::string TimerBroken(const Case& subject) {
    for (const Slice& slice : subject.slices)
        if (slice.state != ReturnState::kClosed && slice.due_at == kNever)
            return "slice " + std::to_string(slice.id) + ": no timer in " +
                   std::string(Name(slice.state));
    return "";
}

}  // namespace

std::string BrokenInvariant(const Case& subject) {
    for (auto* check : {QuantityBroken, CaptureBroken, OwedBroken, LegBroken, TimerBroken}) {
        std::string broken = check(subject);
        if (!broken.empty()) return broken;
    }
    return "";
}

}  // namespace returns::workflows
