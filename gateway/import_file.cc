#include "gateway/import_file.h"

#include <algorithm>
#include <unordered_map>

namespace returns::gateway {
namespace {

// One line of NDJSON with its number; empty ones are left out.
struct Lines {
    std::string_view text;
    std::size_t at = 0;
    std::int64_t line = 0;

    bool Next(ImportPlace& place) {
        while (at < text.size()) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            place = {at, end, ++line};
            at = end + 1;
            if (place.end > place.begin && text[place.end - 1] == '\r') --place.end;
            if (place.end > place.begin) return true;
        }
        return false;
    }
};

Result<Json> ReadLine(std::string_view line, std::size_t bytes_max) {
    JsonLimits limits;
    limits.bytes_max = bytes_max;
    return ParseJson(line, limits);
}

std::string OrderOf(const Json& event) {
    const std::string& subject = event["subject"].AsString();
    return subject.empty() ? event["data"]["order_id"].AsString() : subject;
}

}  // namespace

Result<ImportFile> ImportFile::Read(std::string text, ImportForm form, std::size_t row_bytes_max) {
    ImportFile file;
    file.text_ = std::move(text);
    file.form_ = form;
    file.row_bytes_max_ = row_bytes_max;
    if (form == ImportForm::kCsv)
        RETURN_IF_ERROR(file.ReadCsv());
    else
        file.ReadNdjson();
    if (file.rows_ == 0) return Invalid("reading the file: there is nothing in it");
    return file;
}

Status ImportFile::ReadCsv() {
    CsvReader reader(text_, row_bytes_max_);
    CsvRow row;
    ASSIGN_OR_RETURN(const bool header, reader.Next(row));
    if (!header) return Invalid("reading the file: there is nothing in it");
    ASSIGN_OR_RETURN(header_, ReadCsvHeader(row.cells));
    header_place_ = {row.begin, row.end, row.line};
    std::unordered_map<std::string, std::size_t> known;
    while (true) {
        const auto more = reader.Next(row);
        if (more.ok() && !*more) return {};
        ++rows_;
        const ImportPlace place{row.begin, row.end, row.line};
        const auto order = more.ok() ? OrderOfRow(header_, row) : Result<std::string>(more.error());
        if (!order.ok()) {
            strays_.push_back({row.line, order.error().text});
            stray_places_.push_back(place);
            continue;
        }
        const auto [at, fresh] = known.emplace(*order, orders_.size());
        if (fresh) orders_.push_back({*order, {}});
        orders_[at->second].rows.push_back(place);
    }
}

void ImportFile::ReadNdjson() {
    Lines lines{text_, BehindMark(text_)};
    std::unordered_map<std::string, std::size_t> known;
    ImportPlace place;
    while (lines.Next(place)) {
        ++rows_;
        const auto json = ReadLine(At(place), row_bytes_max_);
        if (!json.ok()) {
            strays_.push_back({place.line, json.error().text});
            stray_places_.push_back(place);
            continue;
        }
        std::string order = OrderOf(*json);
        const auto found = known.find(order);
        if (!order.empty() && found != known.end()) {
            orders_[found->second].rows.push_back(place);
            continue;
        }
        if (!order.empty()) known.emplace(order, orders_.size());
        orders_.push_back({std::move(order), {place}});
    }
}

ImportReading ImportFile::Events(const ImportOrder& order) const {
    if (form_ == ImportForm::kNdjson) return NdjsonEvents(order);
    std::vector<CsvRow> rows(order.rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CsvReader reader(text_, row_bytes_max_, order.rows[i].begin, order.rows[i].line);
        CHECK(reader.Next(rows[i]).ok());  // it was read once
    }
    return ReadCsvOrder(header_, rows);
}

ImportReading ImportFile::NdjsonEvents(const ImportOrder& order) const {
    ImportReading reading;
    for (const ImportPlace& place : order.rows) {
        const auto json = ReadLine(At(place), row_bytes_max_);
        auto event = json.ok() ? DecodeCloudEvent(*json) : Result<Envelope>(json.error());
        if (event.ok() && event->type == EventType::kAction)
            event = Invalid("actions are asked for at /v1/returns/{id}/actions/{action}");
        if (event.ok())
            reading.events.push_back({std::move(*event), place.line});
        else
            reading.faults.push_back({place.line, event.error().text});
    }
    if (!reading.faults.empty()) reading.events.clear();
    return reading;
}

std::string ImportFile::Excerpt(const std::vector<std::size_t>& orders) const {
    std::string text;
    const auto add = [&](const ImportPlace& place) { text += std::string(At(place)) + "\n"; };
    if (form_ == ImportForm::kCsv) add(header_place_);
    for (const ImportPlace& place : stray_places_) add(place);
    for (const std::size_t order : orders)
        for (const ImportPlace& place : orders_[order].rows) add(place);
    return text;
}

}  // namespace returns::gateway
