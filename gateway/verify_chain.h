// The proof that the past is as it was written: hash chains of all cases and the chain of anchors,
// recomputed from the stored bytes. The lane's thread; reads in portions.
#pragma once

#include "gateway/ports.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace returns::gateway {

struct ChainFault {
    std::int64_t seq = 0;  // the first row that is not as it was written
    std::string what;
};

struct ChainReport {
    std::int64_t rows = 0, anchors = 0;
    std::string head;  // the last anchor: equal to the one sent out, or the past was rewritten
    std::optional<ChainFault> fault;
};

struct ChainSource {
    std::function<Result<std::vector<JournalRow>>(std::int64_t after_seq, int n)> journal;
    std::function<Result<std::vector<Anchor>>(std::int64_t after_seq, int n)> anchors;
    std::function<void(const Anchor&)> holds = nullptr;  // told of each anchor that does, in order
};

// Checks that rows follow each other without a gap, that each case's chain holds, that a row's case
// and fingerprint are those of the event in its body, and that every row is under an anchor.
Result<ChainReport> VerifyChain(const ChainSource& source);
Result<ChainReport> VerifyChain(Archive& archive);

}  // namespace returns::gateway
