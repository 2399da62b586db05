// What a payment provider's refunds are like: the manifest's `payment`. The engine and the money
// proof know providers by this alone. Values; any thread.
#pragma once

#include "schemas/json.h"
#include "schemas/result.h"
#include "schemas/time.h"

#include <cstdint>
#include <map>
#include <string>

namespace returns::connectors {

struct Manifest;

struct PaymentProfile {
    Millis key_window{0};                  // how long a key surely protects
    bool stores_refusals = false;          // a refused key answers the same refusal for ever
    bool lookup_by_our_reference = false;  // else only by theirs
    int refund_days_max = 0;               // after the capture; 0: no limit is known
    bool queues_for_money = false;         // without a balance they wait, and do not refuse
    bool settles_by_notice = false;        // an answer never says that it is paid
    bool partial = true;                   // less than the payment may be paid back
    int refunds_max = 0;                   // of one payment; 0: any number
    std::map<std::string, std::int64_t> minimum_minor;  // by currency; "*": all others

    friend bool operator==(const PaymentProfile&, const PaymentProfile&) = default;
};

// Every fault with its place, "reading connector.json.payment.minimum.EUR: ...". REQUIRES: the
// manifest's operations and callbacks have been read.
Result<PaymentProfile> ReadPaymentProfile(const Json& value, const std::string& where,
                                          const Manifest& manifest);

}  // namespace returns::connectors
