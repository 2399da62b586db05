// Comma-separated values as RFC 4180 has them: quoted cells with doubled quotes and line ends in
// them, CRLF or LF, a byte-order mark in front. The separator is whichever of comma, semicolon and
// tab the first line uses first. Values over borrowed text; any thread.
#pragma once

#include "schemas/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct CsvRow {
    std::vector<std::string> cells;
    std::size_t begin = 0, end = 0;  // where it stands in the text, its line end left out
    std::int64_t line = 0;           // its first line, from 1
};

class CsvReader {
public:
    // `at` and `line` are where a row begins, for reading one again.
    CsvReader(std::string_view text, std::size_t row_bytes_max, std::size_t at = 0,
              std::int64_t line = 1);

    // Whatever the first line uses.
    void SeparateBy(char separator) { separator_ = separator; }

    // The next row; empty lines are left out. False at the end. An error says what is wrong with
    // the row, whose place stands in `row`; reading goes on at the line behind its first.
    Result<bool> Next(CsvRow& row);

private:
    Status ReadRow(CsvRow& row);
    Status ReadCell(std::string& cell);
    Status ReadQuoted(std::string& cell);
    bool AtLineEnd() const;
    void SkipLineEnd();

    const std::string_view text_;
    const std::size_t row_bytes_max_;
    std::size_t at_, begin_ = 0;
    std::int64_t line_;
    char separator_;
};

// Where the text begins behind a byte-order mark.
std::size_t BehindMark(std::string_view text);

// Well-formed UTF-8 without NUL: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool IsCleanUtf8(std::string_view text);

}  // namespace returns::gateway
