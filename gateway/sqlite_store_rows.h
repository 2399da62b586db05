// How keys and rows look in the SQLite file. Pure but for the statement read; one thread.
#pragma once

#include "gateway/batch.h"
#include "gateway/sqlite_store_db.h"

#include <cstdint>
#include <string>

namespace returns::gateway {

inline constexpr char kTailMark[] = "store.tail";  // the meta row: snapshots hold all up to it

std::uint64_t HashOf(const CaseKey& key);
std::uint64_t HashOf(const Lookup& lookup);

std::int64_t Stored(Instant at);
Instant InstantOf(std::int64_t stored);

// Columns from `first` on: seq, shop, order_id, fingerprint, chain, body.
JournalRow JournalRowAt(const SqliteStatement& row, int first);

std::string EncodeOutboxBody(const Command& command);
Result<Command> DecodeOutboxBody(const std::string& body);

}  // namespace returns::gateway
