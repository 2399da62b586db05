#include "gateway/csv.h"

#include <algorithm>

namespace returns::gateway {
namespace {

char SeparatorOf(std::string_view text) {
    for (const char c : text.substr(0, text.find('\n')))
        if (c == ',' || c == ';' || c == '\t') return c;
    return ',';
}

// The bytes of the well-formed character that begins the text; 0 when none does.
std::size_t CharacterBytes(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return lead == 0 ? 0 : 1;
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return 0;
    for (std::size_t i = 1; i < bytes; ++i)
        if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    const unsigned char second = byte(1);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
    return overlong || beyond ? 0 : bytes;
}

}  // namespace

std::size_t BehindMark(std::string_view text) { return text.starts_with("\xEF\xBB\xBF") ? 3 : 0; }

bool IsCleanUtf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t bytes = CharacterBytes(text);
        if (bytes == 0) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

CsvReader::CsvReader(std::string_view text, std::size_t row_bytes_max, std::size_t at,
                     std::int64_t line)
    : text_(text),
      row_bytes_max_(row_bytes_max),
      at_(at == 0 ? BehindMark(text) : at),
      line_(line),
      separator_(SeparatorOf(text)) {}

bool CsvReader::AtLineEnd() const {
    if (at_ >= text_.size() || text_[at_] == '\n') return true;
    return text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n');
}

void CsvReader::SkipLineEnd() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ >= text_.size()) return;
    ++at_;
    ++line_;
}

Result<bool> CsvReader::Next(CsvRow& row) {
    while (at_ < text_.size() && AtLineEnd()) SkipLineEnd();
    row.cells.clear();
    row.begin = row.end = begin_ = at_;
    row.line = line_;
    if (at_ >= text_.size()) return false;
    const Status read = ReadRow(row);
    if (read.ok()) {
        row.end = at_;
        SkipLineEnd();
        return true;
    }
    // A quote out of place would swallow what follows: take it up again behind this line.
    const std::size_t end = std::min(text_.find('\n', row.begin), text_.size());
    row.end = end > row.begin && text_[end - 1] == '\r' ? end - 1 : end;
    at_ = std::min(end + 1, text_.size());
    line_ = row.line + 1;
    return read.error();
}

Status CsvReader::ReadRow(CsvRow& row) {
    while (true) {
        RETURN_IF_ERROR(ReadCell(row.cells.emplace_back()));
        if (at_ - begin_ > row_bytes_max_)
            return Error{Code::kLimit, "longer than " + std::to_string(row_bytes_max_) +
                                           " bytes (limits.import_row_bytes_max)"};
        if (!IsCleanUtf8(row.cells.back()))
            return Invalid("column " + std::to_string(row.cells.size()) +
                           " is not UTF-8 text; save the file as UTF-8");
        if (AtLineEnd()) return {};
        ++at_;  // the separator
    }
}

Status CsvReader::ReadCell(std::string& cell) {
    if (at_ < text_.size() && text_[at_] == '"') return ReadQuoted(cell);
    const std::size_t begin = at_;
    while (!AtLineEnd() && text_[at_] != separator_) {
        if (text_[at_] == '"')
            return Invalid(
                "a quote inside a cell that does not begin with one; put the cell in "
                "quotes and double the quotes in it");
        if (++at_ - begin_ > row_bytes_max_) break;
    }
    cell = text_.substr(begin, at_ - begin);
    return {};
}

Status CsvReader::ReadQuoted(std::string& cell) {
    ++at_;
    while (at_ < text_.size() && at_ - begin_ <= row_bytes_max_) {
        const char c = text_[at_++];
        if (c == '\n') ++line_;
        if (c != '"') {
            cell += c;
            continue;
        }
        if (at_ < text_.size() && text_[at_] == '"') {
            cell += text_[at_++];
            continue;
        }
        if (AtLineEnd() || text_[at_] == separator_) return {};
        return Invalid("text behind a closing quote; double the quotes that are in the cell");
    }
    if (at_ < text_.size())
        return Error{Code::kLimit, "longer than " + std::to_string(row_bytes_max_) +
                                       " bytes (limits.import_row_bytes_max), or a quote is open"};
    return Invalid("a quote is never closed");
}

}  // namespace returns::gateway
