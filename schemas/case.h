// The case: one order of one shop with everything that may come back and every cent that may go
// out. The unit of storage, order, locking and simulation. Headers such as "return R-17 is on its
// way" are computed from slices and legs, never stored. Values; any thread.
#pragma once

#include "schemas/event.h"
#include "schemas/json.h"
#include "schemas/refund.h"
#include "schemas/return.h"
#include "schemas/time.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace returns {

struct OrderLine {
    std::string id, sku;
    std::string brand, warehouse, item_class;  // for routing; "" where the shop does not tell
    int quantity = 0;
    std::int64_t paid_minor = 0;  // after all discounts, order-level share included
    std::int64_t tax_minor = 0;   // inside paid_minor
    std::string tax_rate;
    std::int64_t shipping_minor = 0;  // its share of what delivery cost, split once
    std::int64_t granted_shipping_minor = 0;
    int granted_units = 0;  // vested so far: a unit vests once
    std::int64_t granted_minor = 0;
    std::int64_t granted_tax_minor = 0;
    friend bool operator==(const OrderLine&, const OrderLine&) = default;
};

// Something to be done outside, written with the decision that wants it. Lives here until done,
// refused or withdrawn; the outbox table is its index.
enum class CommandState : std::uint8_t { kWaiting, kInFlight, kInDoubt };
struct Command {
    std::int64_t number = 0;  // within the case, for ever
    std::string operation;    // refund.create, return.cancel, ticket.comment, ...
    std::string connection;
    std::string return_id;
    std::int64_t leg = 0;           // refund.*
    std::int64_t ticket = 0;        // ticket.*
    std::string reference;          // ours, sent along; its look-up is written with it
    std::string key;                // idempotency key
    std::int64_t about = 0;         // a look-up: the number of the command it asks about
    std::int64_t amount_minor = 0;  // money commands
    Json body;                      // the canonical command the connector encodes
    CommandState state = CommandState::kWaiting;
    int attempts = 0;
    Instant not_before = kNoTime;
    Instant first_sent_at = kNoTime;
    Instant due_at = kNever;               // in flight: when silence becomes doubt
    std::string approved_by, seconded_by;  // persons who let it go; the connection says how many
    bool confirm = false;  // may have been sent before a restore: a person must know better
    friend bool operator==(const Command&, const Command&) = default;
};

enum class TicketState : std::uint8_t { kOpening, kOpen, kResolving, kResolved };
struct Ticket {
    std::int64_t id = 0;    // within the case
    std::string return_id;  // "" when it is about the whole case
    int episode = 0;
    TicketState state = TicketState::kOpening;
    std::string cause;  // which states stand still, as text for comparison
    std::string their_reference;
    std::string connection;  // the desk it went to, whatever routes say later
    Instant opened_at = kNoTime;
    friend bool operator==(const Ticket&, const Ticket&) = default;
};

// An event that came before its order: kept whole, played when the order is placed.
struct HeldEvent {
    std::int64_t journal = 0;  // unused until committed; the row that holds it
    Envelope event;
    friend bool operator==(const HeldEvent&, const HeldEvent&) = default;
};

// A 64-bit fingerprint of (source, source id) and the journal row that has the rest.
struct Seen {
    std::uint64_t fingerprint = 0;
    std::int64_t journal = 0;
    friend bool operator==(const Seen&, const Seen&) = default;
};

// The order id of the case that speaks for all orders of its shop nobody has told us of, where
// they are too many for a ticket each. No shop's order may have it.
inline constexpr std::string_view kMissingOrders = "missing-orders";

struct Case {
    CaseKey key;
    std::int64_t version = 0;  // events decided so far
    Instant created_at = kNoTime, recorded_at = kNoTime;
    bool placed = false;            // false: a shell that waits for its order
    Instant order_due_at = kNever;  // shell: when waiting becomes a ticket
    bool order_cancelled = false;
    Instant placed_at = kNoTime, delivered_at = kNoTime;
    std::string currency, jurisdiction, country;
    std::int64_t shipping_minor = 0;
    bool shipping_granted = false;
    std::string mail_digest, phone_digest;
    std::string quarantine;        // why it is frozen; "" when it is not
    bool contested = false;        // a refund and a chargeback may both have been paid
    Instant stalled_at = kNoTime;  // the case as a whole waits for a person: shell, quarantine
    bool folded = false;           // shell: the ticket of all missing orders of the shop has it
    std::int64_t missing = 0;      // of the case with that ticket: how many orders were told last,
    std::string missing_named;     // some of them,
    Instant missing_told_at = kNoTime;  // and when
    std::vector<OrderLine> lines;
    std::vector<Tender> tenders;
    std::vector<Dispute> disputes;
    std::vector<Return> returns;
    std::vector<Slice> slices;
    std::vector<Leg> legs;
    std::vector<Command> commands;  // unfinished ones only
    std::vector<Ticket> tickets;
    std::vector<HeldEvent> held;
    std::int64_t next_id = 1;  // slices, legs, commands, tickets
    std::string chain;         // hex head of the case's hash chain
    std::vector<Seen> seen;    // every event, in order: the timeline
    friend bool operator==(const Case&, const Case&) = default;
};

// The earliest moment something is due: slices, legs, commands in flight, a shell. kNever if none.
// Of a quarantined case only its ticket commands count: all else is frozen.
Instant NextWake(const Case& subject);
// Something of it stands still or is in doubt, it has or had a ticket, or money ahead of its goods.
bool IsWatched(const Case& subject);

// Lossless. Members at their default are left out; equal cases give equal text.
Json EncodeCase(const Case& subject);
Result<Case> DecodeCase(const Json& value);

// What changed, as after-images: scalars that differ, list elements that are new or differ (by
// their id), ids of those that went. Apply(before, Diff(before, after)) == after. `seen` and
// `chain` are the store's and take no part. After an error the case is part changed: drop it.
Json Diff(const Case& before, const Case& after);
Status Apply(Case& subject, const Json& diff);

}  // namespace returns
