// Every movement of money as rows for finance, streamed: memory does not grow with the ledger. One
// thread.
#pragma once

#include "gateway/ledger_movements.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace returns::gateway {

struct ExportWish {
    std::optional<Day> from, until;  // both days included
    bool json = false;               // else CSV
};
struct ExportTotals {
    struct Sums {
        std::int64_t rows = 0, minor = 0, paid_rows = 0, paid_minor = 0;
    };
    std::map<std::string, Sums> by_currency;
};

// To that file, which is there when it is whole and not before; to standard output for "".
Result<ExportTotals> ExportLedger(LedgerFile& file, const BookDays& days, const ExportWish& wish,
                                  const std::string& out);
std::string ExportTotalsText(const ExportTotals& totals);

}  // namespace returns::gateway
