// Writing CSV that programs read back and that spreadsheets open without harm. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

// One row, CRLF behind it. Cells with separators, quotes or line ends are quoted. What a
// spreadsheet would take for a formula (a first character of = + - @, tab or return) has an
// apostrophe put in front; numbers of ours, digits with a sign and a point, are left as they are.
std::string CsvLine(const std::vector<std::string>& cells);
void AppendCsvCell(std::string_view text, std::string& out);

}  // namespace returns::gateway
