#include "gateway/settlement.h"

#include "connectors/fields.h"
#include "schemas/money.h"

#include <algorithm>
#include <cctype>

namespace returns::gateway {
namespace {

using Kind = SettlementMapping::Kind;

template <class T>
Result<T> OneOf(const Json& value, const std::string& where,
                const std::vector<std::pair<std::string_view, T>>& words) {
    std::string known;
    for (const auto& [word, meaning] : words) {
        if (value.AsString() == word) return meaning;
        known += (known.empty() ? "" : ", ") + std::string(word);
    }
    return Invalid(where + " is '" + value.AsString() + "'; it is one of " + known);
}

Status ReadAmounts(const Json& value, const std::string& where, SettlementMapping& mapping) {
    for (const Json& pair : value.Items()) {
        mapping.amounts.emplace_back(pair["amount"].AsString(), pair["currency"].AsString());
        if (mapping.amounts.back().first.empty() || mapping.amounts.back().second.empty())
            return Invalid(where + "/amounts: each names a column 'amount' and one 'currency'");
    }
    if (mapping.amounts.empty()) return Invalid(where + "/amounts is missing or empty");
    return {};
}

std::string Upper(std::string_view text) {
    std::string upper(text);
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return upper;
}

// "2026-11-28 09:30:00", with T and an offset too, or the day alone; UTC where no zone is named.
Result<Instant> ReadDate(std::string_view text) {
    std::string full(text);
    if (full.size() == 10) full += "T00:00:00";
    if (full.size() > 10 && full[10] == ' ') full[10] = 'T';
    if (full.size() == 16) full += ":00";
    const bool zoned = full.ends_with('Z') || full.find_first_of("+-", 11) != std::string::npos;
    return ParseInstant(zoned ? full : full + "Z");
}

Result<std::int64_t> WholeMinor(std::string_view text) {
    if (text.empty() || text.size() > 16 ||
        !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return Invalid("'" + std::string(text) + "' is no whole number of minor units");
    return std::stoll(std::string(text));
}

}  // namespace

Result<SettlementMapping> ReadSettlementMapping(std::string_view text, const std::string& name) {
    auto json = ParseJson(text);
    if (!json.ok()) return Invalid("reading " + name + ": " + json.error().text);
    const std::string where = "reading " + name + ": ";
    const std::vector<std::string> known = {
        "about", "their_reference", "our_reference", "amounts", "written", "sign", "date", "type",
        "types"};
    for (const auto& [member, value] : json->Members())
        if (std::find(known.begin(), known.end(), member) == known.end())
            return Invalid(where + "/" + member + " is not known" +
                           connectors::DidYouMean(member, known));
    SettlementMapping mapping;
    mapping.about = (*json)["about"].AsString();
    mapping.their_reference = (*json)["their_reference"].AsString();
    mapping.our_reference = (*json)["our_reference"].AsString();
    mapping.date = (*json)["date"].AsString();
    mapping.type = (*json)["type"].AsString();
    if (mapping.their_reference.empty() && mapping.our_reference.empty())
        return Invalid(where + "neither /their_reference nor /our_reference names a column");
    if (mapping.date.empty() || mapping.type.empty())
        return Invalid(where + "/date and /type each name a column");
    RETURN_IF_ERROR(ReadAmounts((*json)["amounts"], where, mapping));
    ASSIGN_OR_RETURN(mapping.minor, OneOf<bool>((*json)["written"], where + "/written",
                                                {{"decimal", false}, {"minor", true}}));
    using Sign = SettlementMapping::Sign;
    ASSIGN_OR_RETURN(mapping.sign, OneOf<Sign>((*json)["sign"], where + "/sign",
                                               {{"any", Sign::kAny},
                                                {"refunds_negative", Sign::kRefundsNegative},
                                                {"refunds_positive", Sign::kRefundsPositive}}));
    for (const auto& [type, meaning] : (*json)["types"].Members()) {
        ASSIGN_OR_RETURN(mapping.types[type], OneOf<Kind>(meaning, where + "/types/" + type,
                                                          {{"refund", Kind::kRefund},
                                                           {"taken_back", Kind::kTakenBack},
                                                           {"other", Kind::kOther}}));
    }
    if (mapping.types.empty()) return Invalid(where + "/types is missing or empty");
    return mapping;
}

Result<SettlementReader> SettlementReader::Open(std::string_view text,
                                                const SettlementMapping& mapping,
                                                std::size_t row_bytes_max) {
    SettlementReader reader(CsvReader(text, row_bytes_max), mapping);
    CsvRow header;
    const auto first = reader.csv_.Next(header);
    if (!first.ok())
        return Invalid("line " + std::to_string(header.line) + ": " + first.error().text);
    if (!*first) return Invalid("it is empty: a header and rows are expected");
    RETURN_IF_ERROR(reader.Columns(header));
    return reader;
}

Status SettlementReader::Columns(const CsvRow& header) {
    std::string there;
    for (const std::string& cell : header.cells) there += (there.empty() ? "" : ", ") + cell;
    const auto find = [&](const std::string& name) {
        const auto at = std::find(header.cells.begin(), header.cells.end(), name);
        return at == header.cells.end() ? -1 : static_cast<int>(at - header.cells.begin());
    };
    theirs_ = find(mapping_->their_reference);
    ours_ = find(mapping_->our_reference);
    date_ = find(mapping_->date);
    type_ = find(mapping_->type);
    for (const auto& [amount, currency] : mapping_->amounts)
        if (find(amount) >= 0 && find(currency) >= 0)
            amounts_.emplace_back(find(amount), find(currency));
    std::string missing;
    if (theirs_ < 0 && ours_ < 0)
        missing =
            mapping_->their_reference.empty() ? mapping_->our_reference : mapping_->their_reference;
    if (date_ < 0) missing = mapping_->date;
    if (type_ < 0) missing = mapping_->type;
    if (amounts_.empty())
        missing = mapping_->amounts.back().first + " with " + mapping_->amounts.back().second;
    if (missing.empty()) return {};
    return Invalid("line " + std::to_string(header.line) + ": no column '" + missing +
                   "'; there are: " + there.substr(0, 500) + ". The mapping is for: " +
                   mapping_->about + " For other columns give a mapping of your own: --mapping");
}

std::string_view SettlementReader::Cell(int column) const {
    if (column < 0 || static_cast<std::size_t>(column) >= cells_.cells.size()) return {};
    return cells_.cells[static_cast<std::size_t>(column)];
}

Error SettlementReader::Wrong(const std::string& column, const std::string& why) const {
    return Invalid("line " + std::to_string(cells_.line) + ", column " + column + ": " + why +
                   "; mend the file, or the mapping where the column means something else");
}

Result<bool> SettlementReader::Next(SettlementRow& row) {
    const auto there = csv_.Next(cells_);
    if (!there.ok())
        return Invalid("line " + std::to_string(cells_.line) + ": " + there.error().text);
    if (!*there) return false;
    row = SettlementRow();
    row.line = cells_.line;
    row.type = Cell(type_);
    row.their_reference = Cell(theirs_);
    row.our_reference = Cell(ours_);
    const auto known = mapping_->types.find(row.type);
    row.kind = known == mapping_->types.end()      ? SettlementRow::Kind::kUnknown
               : known->second == Kind::kRefund    ? SettlementRow::Kind::kRefund
               : known->second == Kind::kTakenBack ? SettlementRow::Kind::kTakenBack
                                                   : SettlementRow::Kind::kOther;
    const bool ours =
        row.kind == SettlementRow::Kind::kRefund || row.kind == SettlementRow::Kind::kTakenBack;
    const auto at = ReadDate(Cell(date_));
    if (at.ok())
        row.at = *at;
    else if (ours)
        return Wrong(mapping_->date, at.error().text);
    const Status money = ReadMoney(row);
    if (!money.ok() && ours) return money.error();
    if (ours && row.their_reference.empty() && row.our_reference.empty())
        return Wrong(mapping_->their_reference, "a refund without a reference");
    return true;
}

Status SettlementReader::ReadMoney(SettlementRow& row) {
    for (const auto& [amount, currency] : amounts_) {
        const bool last = amount == amounts_.back().first;
        if (!last && (Cell(amount).empty() || Cell(currency).empty())) continue;
        return ReadAmount(row, Cell(amount), Cell(currency));
    }
    return {};
}

Status SettlementReader::ReadAmount(SettlementRow& row, std::string_view amount,
                                    std::string_view currency) {
    using Sign = SettlementMapping::Sign;
    const std::string& column = mapping_->amounts.back().first;
    row.currency = Upper(currency);
    const bool negative = amount.starts_with('-');
    if (negative || amount.starts_with('+')) amount.remove_prefix(1);
    const auto minor = mapping_->minor ? WholeMinor(amount) : ParseMinor(amount, row.currency);
    if (!minor.ok()) return Wrong(column, minor.error().text);
    row.minor = *minor;
    const bool refund = row.kind == SettlementRow::Kind::kRefund;
    const bool wrong = (mapping_->sign == Sign::kRefundsNegative && refund && !negative) ||
                       (mapping_->sign == Sign::kRefundsPositive && refund && negative);
    if (wrong) return Wrong(column, "a refund with the other sign than the mapping's");
    return {};
}

}  // namespace returns::gateway
