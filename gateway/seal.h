// What every store does to a batch before it is written: numbers the journal rows, links the hash
// chains and tells the cases where their rows are. Pure; any thread.
#pragma once

#include "gateway/batch.h"

#include <cstdint>
#include <string>

namespace returns::gateway {

// Rows get the numbers after `last_seq`. A change's `after.chain` must hold the head its case was
// loaded with; of several changes of one case only the first one's counts. Fills in every row's
// seq and chain and every after's chain and `seen`, and gives the commit's anchor head over
// `previous_anchor`; that one unchanged for a batch without changes.
std::string Seal(Batch& batch, std::int64_t last_seq, const std::string& previous_anchor);

// The head after a commit's rows; the chains go one after the other, in order.
std::string NextAnchor(const std::string& previous, const std::string& chains);

}  // namespace returns::gateway
