#include "gateway/verify_chain.h"

#include "connectors/crypto.h"
#include "gateway/case_cache.h"
#include "gateway/journal.h"
#include "gateway/seal.h"

#include <unordered_map>

namespace returns::gateway {
namespace {

constexpr int kPortion = 1000;

class ChainCheck {
public:
    explicit ChainCheck(const ChainSource& source) : source_(source) {}

    Result<ChainReport> Run() {
        std::vector<JournalRow> rows;
        do {
            ASSIGN_OR_RETURN(rows, source_.journal(report_.rows, kPortion));
            for (const JournalRow& row : rows) {
                RETURN_IF_ERROR(CheckRow(row));
                if (report_.fault.has_value()) return report_;
            }
        } while (!rows.empty());
        RETURN_IF_ERROR(CheckEnd());
        return report_;
    }

private:
    void Fault(std::int64_t seq, std::string what) {
        if (!report_.fault.has_value()) report_.fault = ChainFault{seq, std::move(what)};
    }

    Status CheckRow(const JournalRow& row) {
        if (row.seq != report_.rows + 1) {
            Fault(report_.rows + 1, "the row is missing");
            return {};
        }
        std::string& head = heads_[row.key];
        if (NextChain(connectors::EncodeHex(head), row.body) != row.chain) {
            Fault(row.seq, "the row does not follow its case's chain");
            return {};
        }
        const auto entry = DecodeEntry(row.body);
        if (!entry.ok()) {
            Fault(row.seq, "the body cannot be read: " + entry.error().text);
            return {};
        }
        const Envelope& event = entry->event;
        if (event.key != row.key || Fingerprint(event.source, event.source_id) != row.fingerprint) {
            Fault(row.seq, "the row stands under another case or event than its body's");
            return {};
        }
        head = connectors::DecodeHex(row.chain).value_or("");
        chains_ += row.chain;
        ++report_.rows;
        return CheckAnchor(row.seq);
    }

    // Every anchor stands at the last row of its commit; the next one must not be behind us.
    Status CheckAnchor(std::int64_t seq) {
        if (next_ == portion_.size()) {
            ASSIGN_OR_RETURN(portion_, source_.anchors(anchored_, kPortion));
            next_ = 0;
        }
        if (next_ == portion_.size() || portion_[next_].seq != seq) return {};
        const Anchor& anchor = portion_[next_++];
        if (NextAnchor(report_.head, chains_) != anchor.head) {
            Fault(anchored_ + 1, "the commit does not follow the chain of anchors");
            return {};
        }
        anchored_ = seq;
        chains_.clear();
        report_.head = anchor.head;
        ++report_.anchors;
        if (source_.holds) source_.holds(anchor);
        return {};
    }

    Status CheckEnd() {
        if (!chains_.empty()) {
            Fault(anchored_ + 1, "no anchor covers the row");
            return {};
        }
        ASSIGN_OR_RETURN(const auto beyond, source_.anchors(anchored_, 1));
        if (!beyond.empty()) Fault(report_.rows + 1, "the rows of the last anchor are missing");
        return {};
    }

    const ChainSource& source_;
    ChainReport report_;
    std::unordered_map<CaseKey, std::string, CaseKeyHash> heads_;  // raw bytes
    std::string chains_;  // of the rows since the last anchor
    std::vector<Anchor> portion_;
    std::size_t next_ = 0;
    std::int64_t anchored_ = 0;
};

}  // namespace

Result<ChainReport> VerifyChain(const ChainSource& source) { return ChainCheck(source).Run(); }

Result<ChainReport> VerifyChain(Archive& archive) {
    return VerifyChain(
        ChainSource{[&](std::int64_t after, int n) { return archive.Journal(after, n); },
                    [&](std::int64_t after, int n) { return archive.Anchors(after, n); }});
}

}  // namespace returns::gateway
