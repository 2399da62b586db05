#include "gateway/seal.h"

#include "connectors/crypto.h"
#include "gateway/case_cache.h"
#include "gateway/journal.h"
#include "schemas/check.h"

#include <unordered_map>

namespace returns::gateway {
namespace {

// A later decision of the same batch was made on a case whose last rows had no number yet.
void CopySeen(const Case& before, Case& after) {
    CHECK(before.seen.size() < after.seen.size());
    for (std::size_t at = before.seen.size(); at-- > 0 && after.seen[at].journal == 0;) {
        CHECK(after.seen[at].fingerprint == before.seen[at].fingerprint);
        after.seen[at].journal = before.seen[at].journal;
    }
}

}  // namespace

std::string Seal(Batch& batch, std::int64_t last_seq, const std::string& previous_anchor) {
    std::unordered_map<CaseKey, const Case*, CaseKeyHash> latest;
    std::string chains;
    for (CaseChange& change : batch.changes) {
        Case& after = change.after;
        CHECK(after.key == change.row.key);
        CHECK(!after.seen.empty() && after.seen.back().fingerprint == change.row.fingerprint);
        const Case*& previous = latest[after.key];
        if (previous != nullptr) {
            CopySeen(*previous, after);
            after.chain = previous->chain;
        }
        change.row.seq = ++last_seq;
        change.row.chain = NextChain(after.chain, change.row.body);
        after.seen.back().journal = change.row.seq;
        after.chain = change.row.chain;
        chains += change.row.chain;
        previous = &after;
    }
    return chains.empty() ? previous_anchor : NextAnchor(previous_anchor, chains);
}

std::string NextAnchor(const std::string& previous, const std::string& chains) {
    return connectors::Sha256Hex(previous + chains);
}

}  // namespace returns::gateway
