// What an import says: its progress and what came of it. Pure; any thread.
#pragma once

#include "gateway/import_run.h"
#include "schemas/time.h"

#include <string>

namespace returns::gateway {

// "orders 12000 of 100000, 5400 orders/s, 17 s left". `took` since the first.
std::string ImportProgress(const ImportTally& tally, std::size_t orders, Millis took);

// Counts and sums, what partners will be asked for, what was refused and why.
std::string ImportReport(const ImportRun& run, const ImportFile& file);

}  // namespace returns::gateway
