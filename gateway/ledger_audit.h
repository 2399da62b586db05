// The ledger against a provider's settlement report: every cent that stands in one and not in the
// other. Their rows are summed by reference and kept; ours stream by. Pure but for what it is given
// to read; one thread.
#pragma once

#include "gateway/ledger_movements.h"
#include "gateway/settlement.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace returns::gateway {

struct AuditFinding {
    enum class Kind : std::uint8_t {
        kNotInOurs,
        kNotInTheirs,
        kAmountDiffers,
        kCurrencyDiffers,
        kTwice,       // one refund stands twice in the report
        kUnknownRow,  // a type of row the mapping does not know
        kEdge,        // ours alone, and partly outside the days of the report: a note, no failure
    };
    Kind kind = Kind::kUnknownRow;
    std::int64_t line = 0;  // of the report; 0: ours alone
    std::string their_reference, our_reference, currency, state, text;
    CaseKey key;  // order_id "": not one of our cases
    std::int64_t refund = 0;
    std::int64_t theirs_minor = 0, ours_minor = 0;
};
std::string_view Name(AuditFinding::Kind kind);

struct AuditTotals {
    std::int64_t rows = 0, refunds = 0, matched = 0;
    Instant first = kNoTime, last = kNoTime;         // the days the report covers
    std::map<std::string, std::int64_t> other_rows;  // by type: no business of ours
    struct Sums {
        std::int64_t theirs = 0, ours = 0;
    };
    std::map<std::string, Sums> sums;  // by currency
};

class Audit {
public:
    explicit Audit(std::string connection) : connection_(std::move(connection)) {}

    // First all of theirs, then all of ours, then the end.
    void AddTheirs(const SettlementRow& row);
    void AddOurs(const Movement& movement);
    void Finish();

    const AuditTotals& totals() const { return totals_; }
    const std::vector<AuditFinding>& findings() const { return findings_; }
    bool good() const;  // nothing but notes

private:
    struct Their {
        std::int64_t line = 0, refund_rows = 0, net = 0, ours = 0, refund = 0;
        std::string their_reference, our_reference, currency, state, our_currency;
        CaseKey key;
        bool matched = false, mixed = false;
    };
    Their* Find(const Movement& movement);
    void NoteAlone(const Movement& movement);
    void Judge(const Their& their);
    AuditFinding FindingOf(AuditFinding::Kind kind, const Their& their, std::string text) const;

    const std::string connection_;
    std::vector<Their> theirs_;
    std::unordered_map<std::string, std::size_t> by_theirs_, by_ours_;
    AuditTotals totals_;
    std::vector<AuditFinding> findings_;
};

std::string AuditText(const Audit& audit, const std::string& connection);
std::string AuditCsv(const Audit& audit);
Json AuditJson(const Audit& audit, const std::string& connection);

}  // namespace returns::gateway
