// Backup files at rest: made while the gateway is stopped, checked, and put in a database's place.
// What they need is in the settings; the gateway itself has no part in it. One thread.
#pragma once

#include "schemas/result.h"
#include "schemas/time.h"

#include <cstdint>
#include <string>

namespace returns::gateway {

struct BackupFacts {
    std::int64_t rows = 0, cases = 0, generation = 0;
    std::string head;            // of the chain of anchors
    Instant last_row = kNoTime;  // when its newest row was recorded
};

// Reads every page and recomputes every hash, on a copy beside the file that goes again: the file
// itself stays as it was.
Result<BackupFacts> CheckBackup(const std::string& file);

// Puts a checked copy of `file` where the database is, under a new generation, marked as restored.
// What was there stays beside it; `kept` says where. kUnavailable: a gateway has the database open.
struct Restored {
    BackupFacts facts;
    std::string kept;  // "" when there was no database
};
Result<Restored> RestoreBackup(const std::string& file, const std::string& database, Instant now);

}  // namespace returns::gateway
