// Receipts as their givers read them. Pure; any thread.
#pragma once

#include "gateway/input.h"
#include "gateway/journal.h"
#include "schemas/json.h"

#include <cstdint>

namespace returns::gateway {

// What came of an input, for its giver. A partner is told of goods, not of money.
Json ReceiptJson(const Receipt& receipt, bool partner);
// The HTTP status an input would have been answered with alone.
int StatusOf(const Receipt& receipt);
// The receipt that was given for what this row holds.
Receipt StoredReceipt(const JournalEntry& entry, std::int64_t seq);

}  // namespace returns::gateway
