// The rows of one order, as a retailer exports them, to the events of our vocabulary. Pure; any
// thread.
#pragma once

#include "gateway/csv.h"
#include "gateway/import_columns.h"
#include "schemas/event.h"

#include <cstdint>
#include <string>
#include <vector>

namespace returns::gateway {

// What is wrong, and at which line of the file; 0 for the order as a whole.
struct ImportFault {
    std::int64_t line = 0;
    std::string text;
};

struct ImportedEvent {
    Envelope event;         // shop and connection are the caller's to set
    std::int64_t line = 0;  // of the row that tells it, the first where several do
};

struct ImportReading {
    std::vector<ImportedEvent> events;  // in the order they are to be decided; none beside faults
    std::vector<ImportFault> faults;
};

// Source ids come from the contents: the same rows give the same events. What was paid goes in
// before the goods of a return that is settled, so that nothing of it is ever open, and behind them
// where the rest is still owed.
ImportReading ReadCsvOrder(const CsvHeader& header, const std::vector<CsvRow>& rows);

// "record" and "order_id" of a row; what cannot be told to an order is an error.
Result<std::string> OrderOfRow(const CsvHeader& header, const CsvRow& row);

}  // namespace returns::gateway
