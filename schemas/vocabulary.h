// The vocabulary: the kinds of event there are and what each kind means as evidence. Wire names are
// the CloudEvents `type`. Constants; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace returns {

// clang-format off
enum class EventType : std::uint8_t {
    kOrderPlaced, kOrderCaptured, kOrderDelivered, kOrderCancelled,
    kReturnRequested, kReturnApproved, kReturnDenied, kReturnCancelled, kReturnKept,
    kReturnReinstated, kReturnLabelRequested,
    kReturnLabelIssued, kParcelPosted, kParcelScanned, kParcelDelivered, kParcelUndeliverable,
    kParcelDamaged, kParcelLost, kReturnOpened, kReturnInspected, kReturnSentBack,
    kPartnerUnknownStatus, kPartnerRollCall,
    kRefundSubmitted, kRefundSettled, kRefundRefused, kRefundBounced,
    kDisputeOpened, kDisputeWon, kDisputeLost,
    kTicketAcknowledged, kTicketResolved, kTicketReopened, kTicketCancelled,
    kAttemptStarted, kAttemptDone, kAttemptRefused, kAttemptNotDone, kAttemptInDoubt,
    kTimerFired,
    kAction,  // "action.<name>": a person's decision; the name is EventData::action
};
// clang-format on

// How much a statement proves about the goods: a lower rank never moves what a higher one settled.
struct EventTypeFacts {
    EventType type;
    std::string_view wire;
    int rank;   // 0 where evidence rank plays no part
    bool ours;  // only the gateway itself may say it
};

// All types, in enum order; kAction stands as "action".
const std::vector<EventTypeFacts>& EventTypes();
const EventTypeFacts& Facts(EventType type);
// "action.<name>" answers kAction. Nothing for a type that is not in the vocabulary.
std::optional<EventType> FindEventType(std::string_view wire);

}  // namespace returns
