// Goods on their way back: a return, and its slices, each a quantity of one order line with a state
// of machine R. Values; any thread.
#pragma once

#include "schemas/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns {

// clang-format off
enum class ReturnState : std::uint8_t {
    kRequested, kInReview, kAuthorised, kInTransit, kAtPartner, kInspecting, kException, kLost,
    kAccepted, kRejected, kReturning, kKept, kExpired, kCancelled, kDenied, kClosed
};
// clang-format on
inline constexpr int kReturnStates = 16;

// "IN_TRANSIT" and back, as the machine files write them.
std::string_view Name(ReturnState state);
std::optional<ReturnState> FindReturnState(std::string_view name);

// What holds for a return as a whole. Its status is a function of its slices.
struct Return {
    std::string id;
    Instant requested_at = kNoTime;
    std::string reason, resolution;
    bool statutory = false;
    std::string rules_hash;         // machine, window, fees, tender order: pinned at request
    std::string connection;         // the logistics connection that handles it
    std::string route;              // the rule that chose it; "" where there are no rules
    std::string unrouted;           // why none could be chosen yet; "" once one is, for good
    std::string partner_reference;  // their name for it
    std::string tracking, carrier, label_url;
    // Who asked us for this return's label, under which name of theirs; "": nobody. See labels.cc.
    std::string label_asked_by, label_request;
    bool label_told = false;     // that it exists, or that there will be none
    std::string partner_status;  // their last word, raw
    Instant partner_status_at = kNoTime;
    Instant legal_deadline = kNoTime;  // from its triggers; moves only earlier
    Instant posted_at = kNoTime;       // those of its triggers that are known, besides the request:
    Instant received_at = kNoTime;     // the earliest proof of each
    Instant accepted_at = kNoTime;
    int stalls = 0;                     // stall episodes so far
    std::int64_t shipping_minor = 0;    // delivery cost granted with this return
    std::int64_t exchange_minor = 0;    // exchange: what the replacement costs; 0: as much
    std::int64_t advance_minor = 0;     // owed before the goods have earned it
    Instant advanced_at = kNoTime;      // an advance is granted once
    std::vector<std::string> acted_by;  // persons whose action moved goods or money of it
    friend bool operator==(const Return&, const Return&) = default;
};

// A quantity of one order line on its way back.
struct Slice {
    std::int64_t id = 0;  // within the case
    std::string return_id, line_id, reason;
    int quantity = 0;
    ReturnState state = ReturnState::kRequested;
    Instant entered_at = kNoTime;
    Instant due_at = kNoTime;       // when its timer fires; kNever when it has none
    int timer_step = 0;             // which of the state's timers that is
    int rank = 0;                   // of the best evidence so far
    std::string evidence;           // what that evidence said: an event's wire type
    bool received = false;          // counted by a return.opened
    bool vested = false;            // its units have been granted
    std::int64_t vested_minor = 0;  // with what amount, fees taken off
    std::int64_t gross_minor = 0;   // vested: its units' share of what was paid, and what of it
    std::int64_t tax_minor = 0;     // is tax; 0 in cases older than these members
    int fee_percent = 0;            // vested: what restocking was charged by
    std::int64_t restocking_minor = 0;
    std::int64_t label_fee_minor = 0;
    std::int64_t withheld_minor = 0;  // accept_reduced: how much of the price stays with us
    std::string grade;                // ok, bad or mismatch once an inspection spoke; "" before
    bool liable = false;              // LOST: the loss is not the customer's
    std::string cause;                // EXCEPTION, DENIED, CLOSED: why
    Instant stalled_at = kNoTime;     // since when nothing moved that should have
    friend bool operator==(const Slice&, const Slice&) = default;
};

}  // namespace returns
