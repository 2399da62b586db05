#include "gateway/import_cells.h"

#include "schemas/event_read.h"
#include "schemas/money.h"

#include <algorithm>
#include <charconv>

namespace returns::gateway {
namespace {

constexpr std::string_view kRecords[] = {"line", "capture", "return", "refund"};

std::string Among(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words)
        text += (text.empty() ? "" : &word == &words.back() ? " or " : ", ") + std::string(word);
    return text;
}

}  // namespace

const std::string& ImportCells::Text(const CsvRow& row, Column column) const {
    static const std::string kNothing;
    const int cell = header_[static_cast<std::size_t>(column)];
    const bool there = cell >= 0 && static_cast<std::size_t>(cell) < row.cells.size();
    return there ? row.cells[static_cast<std::size_t>(cell)] : kNothing;
}

void ImportCells::Fault(const CsvRow& row, Column column, std::string_view why) const {
    faults_.push_back(
        {row.line, "column " + std::string(Facts(column).name) + ": " + std::string(why)});
}

std::optional<Record> ImportCells::Kind(const CsvRow& row) const {
    const std::string& word = Text(row, Column::kRecord);
    for (std::size_t i = 0; i < std::size(kRecords); ++i)
        if (word == kRecords[i]) return static_cast<Record>(1U << i);
    Fault(row, Column::kRecord,
          "'" + word.substr(0, 40) + "' is not line, capture, return or refund");
    return std::nullopt;
}

void ImportCells::CheckRow(const CsvRow& row, Record record) const {
    const unsigned bit = static_cast<unsigned>(record);
    const std::string& word = Text(row, Column::kRecord);
    for (std::size_t i = 0; i < kColumns; ++i) {
        const ColumnFacts& facts = Facts(static_cast<Column>(i));
        const bool empty = Text(row, facts.column).empty();
        if ((facts.needed & bit) != 0 && empty)
            Fault(row, facts.column, "missing; a row of record " + word + " needs it");
        if ((facts.may & bit) == 0 && !empty)
            Fault(row, facts.column, "means nothing on a row of record " + word);
    }
    int known = 0;
    for (const int cell : header_) known = std::max(known, cell + 1);
    for (std::size_t at = static_cast<std::size_t>(known); at < row.cells.size(); ++at)
        if (!row.cells[at].empty())
            faults_.push_back(
                {row.line, "column " + std::to_string(at + 1) + ": the header has no such column"});
}

std::string ImportCells::Id(const CsvRow& row, Column column) const {
    const std::string& text = Text(row, column);
    const std::string_view fault = text.empty() ? "" : IdFault(text);
    if (!fault.empty()) Fault(row, column, fault);
    return text;
}

std::int64_t ImportCells::Minor(const CsvRow& row, Column column,
                                const std::string& currency) const {
    const std::string& text = Text(row, column);
    if (text.empty() || !CurrencyExponent(currency)) return 0;  // the currency is a fault itself
    const auto minor = ParseMinor(text, currency);
    if (minor.ok()) return *minor;
    Fault(row, column, minor.error().text);
    return 0;
}

int ImportCells::Count(const CsvRow& row, Column column) const {
    const std::string& text = Text(row, column);
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (whole && count >= 1 && count <= kCountMax) return count;
    if (!text.empty())
        Fault(row, column, "expected a whole number from 1 to " + std::to_string(kCountMax));
    return 0;
}

Instant ImportCells::Time(const CsvRow& row, Column column, Instant otherwise) const {
    const std::string& text = Text(row, column);
    if (text.empty()) return otherwise;
    constexpr std::size_t kDayBytes = 10;
    const auto time = ParseInstant(text.size() == kDayBytes ? text + "T00:00:00Z" : text);
    if (time.ok()) return *time;
    Fault(row, column, "expected a time such as 2026-03-01T09:05:00Z or 2026-03-01");
    return otherwise;
}

std::string ImportCells::Choice(const CsvRow& row, Column column,
                                const std::vector<std::string_view>& words) const {
    const std::string& text = Text(row, column);
    if (text.empty()) return std::string(words.front());
    if (std::find(words.begin(), words.end(), text) == words.end())
        Fault(row, column, "expected " + Among(words));
    return text;
}

const CsvRow& ImportCells::Saying(const CsvRows& rows, Column column) const {
    const CsvRow* saying = rows.front();
    for (const CsvRow* row : rows) {
        const std::string& text = Text(*row, column);
        const std::string& said = Text(*saying, column);
        if (text.empty() || text == said) continue;
        if (said.empty())
            saying = row;
        else
            Fault(*row, column,
                  "differs from line " + std::to_string(saying->line) + ", which says '" +
                      said.substr(0, 80) + "'");
    }
    return *saying;
}

}  // namespace returns::gateway
