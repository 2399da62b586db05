#include "gateway/csv_write.h"

#include <algorithm>

namespace returns::gateway {
namespace {

bool IsNumber(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

bool LooksLikeFormula(std::string_view text) {
    constexpr std::string_view kStarts = "=+-@\t\r";
    return !text.empty() && kStarts.find(text.front()) != std::string_view::npos && !IsNumber(text);
}

}  // namespace

void AppendCsvCell(std::string_view text, std::string& out) {
    std::string guarded;
    if (LooksLikeFormula(text)) {
        guarded = "'" + std::string(text);
        text = guarded;
    }
    if (text.find_first_of(",;\t\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

std::string CsvLine(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells) {
        if (&cell != cells.data()) line += ',';
        AppendCsvCell(cell, line);
    }
    return line + "\r\n";
}

}  // namespace returns::gateway
