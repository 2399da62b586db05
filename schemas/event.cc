#include "schemas/event.h"

#include "schemas/check.h"

#include <algorithm>

namespace returns {

namespace {

constexpr std::string_view kActionPrefix = "action.";

std::vector<EventTypeFacts> MakeTypes() {
    using T = EventType;
    return {{T::kOrderPlaced, "order.placed", 0, false},
            {T::kOrderCaptured, "order.captured", 0, false},
            {T::kOrderDelivered, "order.delivered", 0, false},
            {T::kOrderCancelled, "order.cancelled", 0, false},
            {T::kReturnRequested, "return.requested", 0, false},
            {T::kReturnApproved, "return.approved", 0, false},
            {T::kReturnDenied, "return.denied", 0, false},
            {T::kReturnCancelled, "return.cancelled", 0, false},
            {T::kReturnKept, "return.kept", 0, false},
            {T::kReturnReinstated, "return.reinstated", 0, false},
            {T::kReturnLabelRequested, "return.label_requested", 0, false},
            {T::kReturnLabelIssued, "return.label_issued", 10, false},
            {T::kParcelPosted, "parcel.posted", 20, false},
            {T::kParcelScanned, "parcel.scanned", 20, false},
            {T::kParcelDelivered, "parcel.delivered", 30, false},
            {T::kParcelUndeliverable, "parcel.undeliverable", 30, false},
            {T::kParcelDamaged, "parcel.damaged", 30, false},
            {T::kParcelLost, "parcel.lost", 30, false},
            {T::kReturnOpened, "return.opened", 40, false},
            {T::kReturnInspected, "return.inspected", 50, false},
            {T::kReturnSentBack, "return.sent_back", 0, false},
            {T::kPartnerUnknownStatus, "partner.unknown_status", 0, false},
            {T::kPartnerRollCall, "partner.roll_call", 0, true},
            {T::kRefundSubmitted, "refund.submitted", 0, false},
            {T::kRefundSettled, "refund.settled", 0, false},
            {T::kRefundRefused, "refund.refused", 0, false},
            {T::kRefundBounced, "refund.bounced", 0, false},
            {T::kDisputeOpened, "dispute.opened", 0, false},
            {T::kDisputeWon, "dispute.won", 0, false},
            {T::kDisputeLost, "dispute.lost", 0, false},
            {T::kTicketAcknowledged, "ticket.acknowledged", 0, false},
            {T::kTicketResolved, "ticket.resolved", 0, false},
            {T::kTicketReopened, "ticket.reopened", 0, false},
            {T::kTicketCancelled, "ticket.cancelled", 0, false},
            {T::kAttemptStarted, "attempt.started", 0, true},
            {T::kAttemptDone, "attempt.done", 0, true},
            {T::kAttemptRefused, "attempt.refused", 0, true},
            {T::kAttemptNotDone, "attempt.not_done", 0, true},
            {T::kAttemptInDoubt, "attempt.in_doubt", 0, true},
            {T::kTimerFired, "timer.fired", 0, true},
            {T::kAction, "action", 0, false}};
}

bool IsActionName(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), plain);
}

}  // namespace

const std::vector<EventTypeFacts>& EventTypes() {
    static const std::vector<EventTypeFacts> types = MakeTypes();
    return types;
}

const EventTypeFacts& Facts(EventType type) {
    const auto place = static_cast<std::size_t>(type);
    CHECK(place < EventTypes().size());
    return EventTypes()[place];
}

std::optional<EventType> FindEventType(std::string_view wire) {
    if (wire.starts_with(kActionPrefix)) {
        if (!IsActionName(wire.substr(kActionPrefix.size()))) return std::nullopt;
        return EventType::kAction;
    }
    for (const EventTypeFacts& facts : EventTypes()) {
        if (facts.wire == wire && facts.type != EventType::kAction) return facts.type;
    }
    return std::nullopt;
}

std::vector<Lookup> LookupsOf(const Envelope& event) {
    std::vector<Lookup> keys;
    const auto offer = [&](LookupKind kind, const std::string& scope, const std::string& value) {
        if (!value.empty()) keys.push_back(Lookup{kind, scope, value});
    };
    const EventData& data = event.data;
    offer(LookupKind::kOurReference, event.key.shop, data.our_reference);
    offer(LookupKind::kTheirReference, event.connection, data.their_reference);
    offer(LookupKind::kTheirReference, event.connection, data.payment_reference);
    offer(LookupKind::kTheirReference, event.connection, data.ticket_reference);
    offer(LookupKind::kReturn, event.key.shop, data.return_id);
    offer(LookupKind::kTracking, event.connection, data.tracking);
    return keys;
}

}  // namespace returns
