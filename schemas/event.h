// The one vocabulary: everything that can happen, whoever says it, is an Envelope holding one of
// these facts. Field names on the wire equal the members here. Amounts are integers in minor units
// of the data's own `currency`. Values; any thread.
#pragma once

#include "schemas/json.h"
#include "schemas/time.h"
#include "schemas/vocabulary.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace returns {

struct EventLine {
    std::string id;                     // the order line's id
    int quantity = 0;                   // order.placed, return.requested
    std::string sku;                    // order.placed, as are the next eight
    std::string brand, warehouse;       // the warehouse it was sent from
    std::string item_class;             // furniture, hazardous, ...: how goods must be handled
    std::int64_t unit_price_minor = 0;  // what the customer pays for one, tax included
    std::int64_t tax_minor = 0;         // the tax inside the whole line
    std::string tax_rate;               // literal text, such as "0.19"
    std::int64_t discount_minor = 0;    // taken off the whole line
    std::string reason;                 // return.requested
    // Absolute counts for this (return, line) so far; decide takes the difference.
    std::optional<int> received;  // return.opened
    std::optional<int> accepted;  // return.inspected, as are the rest
    std::optional<int> rejected;
    std::string grade, disposition;
    std::string mismatch;  // wrong_item, short, empty, damaged, unknown; "" when none
    friend bool operator==(const EventLine&, const EventLine&) = default;
};

// Personal; the engine replaces the first three by salted digests before anything is journaled.
struct Customer {
    std::string name, mail, phone;
    std::string mail_digest, phone_digest;
    friend bool operator==(const Customer&, const Customer&) = default;
};

struct TenderFact {
    std::string id;
    std::string kind;        // card, wallet, bank, gift_card, store_credit, other
    std::string connection;  // a payment connection of ours; "" when the shop itself pays back
    std::string reference;   // the provider's name for the payment
    std::int64_t amount_minor = 0;  // this order's share
    friend bool operator==(const TenderFact&, const TenderFact&) = default;
};

// What an attempt at an outbound command came to.
struct AttemptFact {
    std::int64_t command = 0;  // the command's number within its case
    int number = 0;            // 1 for the first try
    std::string key;           // the idempotency key that was or will be sent
    std::string connector_hash;
    std::string answer;          // done: accepted, paid, found, absent, ok
    std::string reason;          // refused, not_done, in_doubt: the partner's code or ours
    std::string detail;          // the partner's words, cut to 500 bytes, no personal data
    bool retry_key = false;      // refused: a new attempt with a new key may succeed
    Instant retry_at = kNoTime;  // not_done: not before this
    friend bool operator==(const AttemptFact&, const AttemptFact&) = default;
};

// One flat record: which members carry meaning depends on the type (schemas/events/*.json).
struct EventData {
    std::string return_id;
    std::vector<EventLine> lines;
    std::string currency;
    std::int64_t shipping_minor = 0;   // order.placed: what the customer paid for delivery
    std::int64_t discount_minor = 0;   // order.placed: off the whole order
    std::string jurisdiction;          // order.placed: "EU", "UK", "US", ... ; "" is the default
    std::string country;               // order.placed: where it went, ISO 3166-1: "DE"
    Customer customer;                 // order.placed
    std::optional<TenderFact> tender;  // order.captured
    std::string resolution;            // return.requested: refund, exchange, store_credit, settled
    std::int64_t exchange_minor = 0;   // return.requested: what the replacement costs; 0: as much
    bool statutory = false;            // return.requested: a legal right, not store goodwill
    std::string reason;
    std::string tracking, carrier, label_url, place, raw_code;
    std::optional<std::int64_t> amount_minor;  // refund.*, dispute.*
    std::string tender_id;
    std::string their_reference, our_reference;
    std::string payment_reference;  // refund.*, dispute.*: the provider's name for the payment
    Instant reply_by = kNoTime;     // dispute.opened
    std::string ticket_reference;   // ticket.*
    std::string by;                 // who did it: a person's or a system's name, never a mail
    std::string second;             // action.*: who else agreed, where two people must
    std::string action;             // action.*: the name behind the dot
    std::int64_t subject = 0;       // action.*: the leg, for approve the command; 0: the return
    // timer.fired: how many orders of the shop nobody has told us of, where they share a ticket.
    std::optional<std::int64_t> missing;
    AttemptFact attempt;
    friend bool operator==(const EventData&, const EventData&) = default;
};

struct CaseKey {
    std::string shop;
    std::string order_id;
    friend auto operator<=>(const CaseKey&, const CaseKey&) = default;
};

struct Envelope {
    EventType type = EventType::kTimerFired;
    CaseKey key;             // order_id is "" until look-ups have placed it
    std::string connection;  // the connection it came through; "" for shop topics and ourselves
    std::string source;     // who says it: "kafka:<topic>", "connection:<name>", "key:<id>", "self"
    std::string source_id;  // their id for it; (source, source_id) is said once
    Instant occurred_at = kNoTime;  // by their clock, bounded by the lane
    Instant recorded_at = kNoTime;  // by the lane: max(clock, the case's last)
    std::string mapping_hash;       // of the mapping that made it; "" for our own form
    EventData data;
    friend bool operator==(const Envelope&, const Envelope&) = default;
};

// The look-up keys an event offers for finding its case when it does not name the order, best
// first: our reference, their reference (by connection), return id (by shop), tracking.
enum class LookupKind : std::uint8_t {
    kReturn = 1,
    kTracking,
    kOurReference,
    kTheirReference,
    kMail,
    kPhone
};
struct Lookup {
    LookupKind kind = LookupKind::kReturn;
    std::string scope;  // the shop, or the connection for kTheirReference and kTracking
    std::string value;
    friend auto operator<=>(const Lookup&, const Lookup&) = default;
};
std::vector<Lookup> LookupsOf(const Envelope& event);

// Canonical JSON of an envelope and back. Reading checks the type's required members, id shapes
// (1 to 128 bytes, no control characters), amounts (0 to kMinorMax, currency known) and counts
// (0 to 1,000,000), and refuses members the vocabulary does not know. In place of X_minor the
// member X may stand with decimal text ("12.99"), read by the currency's exponent.
Json EncodeEnvelope(const Envelope& event);
Result<Envelope> DecodeEnvelope(const Json& value);
// Only `data` and `type`, as connectors' mappings and CloudEvents carry them.
Json EncodeEventData(EventType type, const EventData& data);
Result<EventData> DecodeEventData(EventType type, const Json& data);

// A CloudEvents 1.0 event in structured JSON (`subject` may carry the order id, else
// data.order_id): type, id, source, time, data. The shop is the caller's to set.
Result<Envelope> DecodeCloudEvent(const Json& value);

}  // namespace returns
