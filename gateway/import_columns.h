// The columns of an import's CSV: what each means, on which records it stands. The help, the
// example and the reader all follow this one table. Values; any thread.
#pragma once

#include "schemas/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

// What a row tells of: a line of an order, money captured for it, a line on its way back, money
// paid back. Values are bits, for the table.
enum class Record : std::uint8_t { kLine = 1, kCapture = 2, kReturn = 4, kRefund = 8 };

enum class Column : std::uint8_t {
    kRecord,
    kOrderId,
    kLineId,
    kSku,
    kBrand,
    kWarehouse,
    kItemClass,
    kQuantity,
    kUnitPrice,
    kTax,
    kTaxRate,
    kDiscount,
    kCurrency,
    kShipping,
    kOrderDiscount,
    kJurisdiction,
    kCountry,
    kPlacedAt,
    kDeliveredAt,
    kName,
    kMail,
    kPhone,
    kTenderId,
    kKind,
    kConnection,
    kReference,
    kAmount,
    kCapturedAt,
    kReturnId,
    kReason,
    kResolution,
    kStatutory,
    kRequestedAt,
    kState,
    kStateAt,
    kTracking,
    kCarrier,
    kPartnerReference,
    kPaidAt,
};
inline constexpr std::size_t kColumns = 39;

struct ColumnFacts {
    Column column;
    std::string_view name;
    unsigned needed, may;  // bits of Record
    std::string_view sentence;
};
const ColumnFacts& Facts(Column column);

// Which cell of a row holds which column; -1 where the file has none.
using CsvHeader = std::array<int, kColumns>;
// In any order, capital letters and spaces around a name do not count. An unknown name is an error
// that names the nearest.
Result<CsvHeader> ReadCsvHeader(const std::vector<std::string>& cells);

std::string ImportColumnsHelp();
std::string_view ImportExample(std::string_view form);  // REQUIRES: "csv" or "ndjson"

}  // namespace returns::gateway
