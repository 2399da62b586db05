// A policy: the numbers and lists the machines leave open, as workflows/policies/ states them.
// Immutable once read; any thread.
#pragma once

#include "schemas/json.h"
#include "workflows/calendar.h"
#include "workflows/dated.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace returns::workflows {

// How long a state may last; where both parts are given the earlier moment counts.
struct NamedDelay {
    Delay after;                        // from entering the state (or since its last timer)
    std::optional<Delay> before_legal;  // this long before the legal deadline
    std::vector<DatedRow> rows;         // another `after`, by the day on which it starts
};

// When the law wants the money to be on its way.
struct LegalRule {
    std::optional<Day> from;  // for orders placed on that day or later; unset: for all before, too
    std::vector<std::string> triggers;  // requested, posted, received, accepted: whichever is first
    // The money may wait for the first of these, whatever the date says; empty: it may not.
    std::vector<std::string> withhold_until;
    Delay within;
    bool statutory_only = true;
    // Until the end of the last day in the jurisdiction's zone, the first day not counted; else to
    // the millisecond.
    bool whole_days = false;
    enum class OnDayOff { kStay, kEarlier, kLater } on_day_off = OnDayOff::kStay;
    std::string source;  // the text it comes from
};

using Amounts = std::map<std::string, std::int64_t, std::less<>>;  // minor units by currency

enum class ShippingBack : std::uint8_t { kNever, kWhenAll, kByShare };

// Money that leaves before the goods have earned it. Off unless `on` names a proof.
struct AdvanceRule {
    std::string on;     // "posted" or "scanned"; "": never
    bool hold = false;  // until a person lets it go, or the goods have earned it
    Amounts up_to;      // for one order; none in other currencies
    Amounts budget;     // for all orders together; a currency not named has no such limit
};

struct Policy {
    std::string id;
    std::map<std::string, NamedDelay, std::less<>> delays;
    Delay window{30, Delay::Unit::kDays};  // goodwill: from delivery, else from the order
    Delay window_statutory{14, Delay::Unit::kDays};
    std::vector<DatedRow> window_rows, window_statutory_rows;  // by the day of purchase
    std::vector<std::string> review_reasons;                   // a person decides
    std::vector<std::string> keep_reasons;                     // refund without goods
    int restocking_percent = 0;                                // never on statutory returns
    std::vector<std::string> fee_free_reasons;
    Amounts label_fee;  // for a return label of ours; guarded as restocking is
    // Delivery cost: never, once every unit of the order has vested, or each line's share.
    ShippingBack shipping_back = ShippingBack::kWhenAll;
    AdvanceRule advance;
    std::vector<std::string> tender_order;  // kinds, first paid back first
    int attempts_max = 3;                   // keys per leg
    std::map<std::string, std::string, std::less<>>
        refused;  // reason → retry|other_tender|alternative|person
    // By jurisdiction; rules that follow one another, oldest first, never empty.
    std::map<std::string, std::vector<LegalRule>, std::less<>> legal;
    std::map<std::string, Delay, std::less<>> usual;  // state → how long it takes as a rule
    Delay dispatch_retry{30, Delay::Unit::kSeconds};  // not_done: base of the back-off
    Delay dispatch_retry_max{1, Delay::Unit::kHours};
    Delay answer_within{60, Delay::Unit::kSeconds};  // in flight this long: in doubt
    std::int64_t write_off_second_minor = 0;         // above it two people must agree
    int held_events_max = 64;
    int lines_max = 2000, slices_max = 5000, events_max = 4096;
};

// Reads a policy file; unknown members and delays that do not parse are errors with their path.
Result<Policy> ReadPolicy(const Json& definition);

}  // namespace returns::workflows
