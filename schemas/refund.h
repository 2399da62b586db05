// Money: tenders it came in by, disputes about them, and legs, each one movement back with a state
// of machine F. Values; any thread.
#pragma once

#include "schemas/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns {

// clang-format off
enum class RefundState : std::uint8_t {
    kNotDue, kDue, kHeld, kReady, kSubmitting, kUnknown, kPending, kFailed, kAlternative,
    kUnclaimed, kSettled, kDisputed, kContested, kCovered, kOverpaid, kCancelled, kClosed
};
// clang-format on
inline constexpr int kRefundStates = 17;

// "SUBMITTING" and back, as the machine files write them.
std::string_view Name(RefundState state);
std::optional<RefundState> FindRefundState(std::string_view name);

enum class Executor : std::uint8_t { kShop, kPsp };  // who moves the money

struct Tender {
    std::string id, kind, connection, reference;
    Executor executor = Executor::kShop;
    std::int64_t captured_minor = 0;
    // The store's generation in which all refunds of this payment were looked up: what left before
    // a restore and was forgotten by it is known again.
    std::int64_t reconciled = 0;
    Instant captured_at = kNoTime;
    friend bool operator==(const Tender&, const Tender&) = default;
};

enum class DisputeState : std::uint8_t { kOpen, kWon, kLost };
struct Dispute {
    std::string tender_id, reference;
    std::int64_t amount_minor = 0;
    DisputeState state = DisputeState::kOpen;
    Instant reply_by = kNoTime;
    friend bool operator==(const Dispute&, const Dispute&) = default;
};

// One movement of money on one tender.
struct Leg {
    std::int64_t id = 0;    // within the case
    std::string return_id;  // "" for money that belongs to no return we know
    std::string tender_id;  // "" until allocated
    Executor executor = Executor::kShop;
    std::int64_t amount_minor = 0;
    RefundState state = RefundState::kNotDue;
    Instant entered_at = kNoTime;
    Instant due_at = kNoTime;
    int timer_step = 0;
    Instant legal_deadline = kNoTime;
    std::string reference;  // our own, told to the provider: "<order>-<leg>" shaped
    std::string key;        // idempotency key of the attempt alive
    Instant key_first_sent_at = kNoTime;
    bool key_in_doubt = false;  // an attempt under it may have happened
    int attempts = 0;           // keys used so far
    std::string their_reference;
    std::vector<std::string> failed;  // refunds their provider has failed since, by its reference
    bool adopted = false;             // paid by others, on their own
    bool paid = false;                // the money has left; undone by a bounce or a recovery
    bool offset = false;  // what was owed is settled otherwise: exchange, chargeback, remittance
    std::string cause;
    std::string held_for;  // HELD: fraud, approval, capacity
    Instant stalled_at = kNoTime;
    friend bool operator==(const Leg&, const Leg&) = default;
};

}  // namespace returns
