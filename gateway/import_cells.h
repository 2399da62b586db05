// One row's cells by column, read to values; what is wrong with a cell goes to the list of faults
// with its line and column. One order at a time; any thread.
#pragma once

#include "gateway/import_csv.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

using CsvRows = std::vector<const CsvRow*>;

class ImportCells {
public:
    ImportCells(const CsvHeader& header, std::vector<ImportFault>& faults)
        : header_(header), faults_(faults) {}

    const std::string& Text(const CsvRow& row, Column column) const;  // "" where there is none
    std::string Id(const CsvRow& row, Column column) const;
    std::int64_t Minor(const CsvRow& row, Column column, const std::string& currency) const;
    int Count(const CsvRow& row, Column column) const;
    // A day alone is its first moment, UTC.
    Instant Time(const CsvRow& row, Column column, Instant otherwise) const;
    // "" counts as the first of the words.
    std::string Choice(const CsvRow& row, Column column,
                       const std::vector<std::string_view>& words) const;

    // What is said once for all of these rows: on one of them, or the same on several. The row
    // that says it; the first when none does.
    const CsvRow& Saying(const CsvRows& rows, Column column) const;

    // Nothing where the record has no such column, everything where it needs it.
    std::optional<Record> Kind(const CsvRow& row) const;
    void CheckRow(const CsvRow& row, Record record) const;
    void Fault(const CsvRow& row, Column column, std::string_view why) const;

private:
    const CsvHeader& header_;
    std::vector<ImportFault>& faults_;
};

}  // namespace returns::gateway
