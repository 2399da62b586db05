// The words the two machines are written in: triggers move a slice or a leg, guards are pure
// questions, actions are pure changes. A machine file may use these names and no others; the
// functions behind them are in return_rules.cc and refund_rules.cc. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace returns::workflows {

enum class MachineKind : std::uint8_t { kReturn, kRefund };

// clang-format off
enum class ReturnTrigger : std::uint8_t {
    kEligible, kNeedsReview, kIneligible, kKeepItem, kCancel, kApprove, kDeny, kScanned,
    kProofOfPosting, kArrived, kOpened, kGradedOk, kGradedBad, kMismatch, kCarrierLost,
    kUndeliverable, kCarrierDamage, kAccept, kReject, kRecheck, kAwaitRest, kDeclareLost, kLiable,
    kNotPosted, kMoneyDone, kRegraded, kOverrule, kAcceptReduced, kShipBack, kAbandon,
    kDeliveredBack, kReinstate, kAppeal, kReopen
};
// clang-format on
inline constexpr int kReturnTriggers = static_cast<int>(ReturnTrigger::kReopen) + 1;

// clang-format off
enum class RefundTrigger : std::uint8_t {
    kVest, kAdvance, kNoEntitlement, kDisputeOpened, kAllocate, kHold, kExchanged, kRelease,
    kRefuse, kAttemptStarted, kReallocate, kNotSent, kInDoubt, kAccepted, kPaid, kRefused,
    kSeenPending, kSeenPaid, kSeenRefused, kVoid, kSameKeyResend, kConfirmPaid, kConfirmAbsent,
    kRetry, kOtherTender, kExhausted, kPayeeDetails, kCreditAccepted, kRemit, kBounced,
    kDisputeLost, kNotReturned, kDisputeWon, kConcede, kRefundVoid, kConfirmVoid, kClose,
    kRecovered, kWriteOff, kReinstate, kReopen
};
// clang-format on
inline constexpr int kRefundTriggers = static_cast<int>(RefundTrigger::kReopen) + 1;

// Who speaks, for what happens when a state has no row for the trigger.
enum class TriggerClass : std::uint8_t {
    kEvidence,  // a partner, provider or shop states a fact
    kPerson,    // somebody wants something
    kOurs,      // our own conclusion
};
inline constexpr int kTriggerClasses = 3;

struct TriggerFacts {
    std::string_view name;  // as the machine files write it: "proof_of_posting"
    TriggerClass speaks;
};

// In enum order.
std::span<const TriggerFacts> Triggers(MachineKind kind);
std::optional<int> FindTrigger(MachineKind kind, std::string_view name);

// The state names of that machine in enum order, and one by its index.
std::optional<int> FindState(MachineKind kind, std::string_view name);
std::string_view StateName(MachineKind kind, int state);
int StateCount(MachineKind kind);

// Guards and actions that exist, in the order of their function tables.
std::span<const std::string_view> GuardNames(MachineKind kind);
std::span<const std::string_view> ActionNames(MachineKind kind);

}  // namespace returns::workflows
