// The proof of the ledger, from the database alone: every hash, every state, every sum is made
// again from the journal and compared with what the tables say. Reads a database at rest, in
// bounded memory. One thread.
#pragma once

#include "gateway/anchor_line.h"
#include "gateway/ledger_file.h"
#include "schemas/json.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace returns::gateway {

struct LedgerFault {
    std::int64_t seq = 0;  // the journal row; 0: another table's
    std::string what;
};

struct StateSum {
    std::int64_t refunds = 0, minor = 0;
};

struct LedgerProof {
    std::int64_t rows = 0, anchors = 0, cases = 0, refunds = 0, lookups = 0, commands = 0;
    std::map<std::string, std::map<std::string, StateSum>> sums;  // by currency and state
    std::map<std::string, StateSum> paid;                         // by currency
    std::int64_t paid_twice = 0;  // refunds paid beyond what was owed, and not flagged as such
    std::string head;             // of the chain of anchors
    // Of the anchors that were sent out, where they were given: how many hold, the last of them.
    std::int64_t sent = 0, sent_last_seq = 0;
    Instant sent_last_at = kNoTime;
    std::optional<LedgerFault> fault;
};

// Stops at the first fault. An error: the database cannot be read.
Result<LedgerProof> ProveLedger(LedgerFile& file, const SentAnchors* sent);

std::string ProofText(const LedgerProof& proof, const SentAnchors* sent);
Json ProofJson(const LedgerProof& proof);

}  // namespace returns::gateway
