// A provider's settlement report as rows we understand, by a mapping that is data: a file
// settlement.json in the connector's folder, or one of the user's own.
//
//   {"about": "which report, and how to get it",
//    "their_reference": COLUMN, "our_reference": COLUMN,      one of them at least; may be absent
//    "amounts": [{"amount": COLUMN, "currency": COLUMN}],     the first pair that is not empty
//    "written": "decimal" | "minor",                          12.50 or 1250
//    "sign": "any" | "refunds_negative" | "refunds_positive", another sign is a fault of the row
//    "date": COLUMN, "type": COLUMN,
//    "types": {"refund": "refund", "refund_failure": "taken_back", "charge": "other"}}
//
// A type that is not listed makes an unknown row: told, never dropped. Values; any thread.
#pragma once

#include "gateway/csv.h"
#include "schemas/json.h"
#include "schemas/result.h"
#include "schemas/time.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::gateway {

struct SettlementMapping {
    enum class Sign : std::uint8_t { kAny, kRefundsNegative, kRefundsPositive };
    enum class Kind : std::uint8_t { kRefund, kTakenBack, kOther };
    std::string about, their_reference, our_reference, date, type;
    std::vector<std::pair<std::string, std::string>> amounts;  // columns of amount and currency
    bool minor = false;
    Sign sign = Sign::kAny;
    std::map<std::string, Kind, std::less<>> types;
};
// `name` is the file's, for messages.
Result<SettlementMapping> ReadSettlementMapping(std::string_view text, const std::string& name);

struct SettlementRow {
    enum class Kind : std::uint8_t { kRefund, kTakenBack, kOther, kUnknown };
    Kind kind = Kind::kOther;
    std::int64_t line = 0;
    std::string type, their_reference, our_reference, currency;
    std::int64_t minor = 0;  // never negative
    Instant at = kNoTime;
};

class SettlementReader {
public:
    // kInvalid: the header lacks a column; says which, and which there are.
    static Result<SettlementReader> Open(std::string_view text, const SettlementMapping& mapping,
                                         std::size_t row_bytes_max);
    // False at the end. An error names line and column: the file cannot be used.
    Result<bool> Next(SettlementRow& row);

private:
    SettlementReader(CsvReader csv, const SettlementMapping& mapping)
        : csv_(std::move(csv)), mapping_(&mapping) {}
    Status Columns(const CsvRow& header);
    Status ReadMoney(SettlementRow& row);
    Status ReadAmount(SettlementRow& row, std::string_view amount, std::string_view currency);
    std::string_view Cell(int column) const;
    Error Wrong(const std::string& column, const std::string& why) const;

    CsvReader csv_;
    const SettlementMapping* mapping_;
    CsvRow cells_;
    int theirs_ = -1, ours_ = -1, date_ = -1, type_ = -1;
    std::vector<std::pair<int, int>> amounts_;
};

}  // namespace returns::gateway
