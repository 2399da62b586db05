// A file of past orders: which lines belong to which order, and the events of one order. Keeps the
// whole text; reads an order's lines again when it is asked for them. One thread.
#pragma once

#include "gateway/import_csv.h"
#include "schemas/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

enum class ImportForm : std::uint8_t { kCsv, kNdjson };

struct ImportPlace {
    std::size_t begin = 0, end = 0;  // in the text, without the line end
    std::int64_t line = 0;
};

struct ImportOrder {
    std::string id;  // "" for an event that names a return, a parcel or a reference alone
    std::vector<ImportPlace> rows;
};

class ImportFile {
public:
    // kInvalid: a header that cannot be used, or nothing behind it.
    static Result<ImportFile> Read(std::string text, ImportForm form, std::size_t row_bytes_max);

    // In the order of their first row.
    const std::vector<ImportOrder>& orders() const { return orders_; }
    // Lines that cannot be told to an order: which order would go in without them nobody knows.
    const std::vector<ImportFault>& strays() const { return strays_; }
    std::int64_t rows() const { return rows_; }

    ImportReading Events(const ImportOrder& order) const;
    // The rows as they stand in the file, a header in front where there is one.
    std::string Excerpt(const std::vector<std::size_t>& orders) const;

private:
    Status ReadCsv();
    void ReadNdjson();
    ImportReading NdjsonEvents(const ImportOrder& order) const;
    std::string_view At(const ImportPlace& place) const {
        return std::string_view(text_).substr(place.begin, place.end - place.begin);
    }

    std::string text_;
    ImportForm form_ = ImportForm::kCsv;
    std::size_t row_bytes_max_ = 0;
    CsvHeader header_{};
    ImportPlace header_place_;
    std::vector<ImportOrder> orders_;
    std::vector<ImportPlace> stray_places_;
    std::vector<ImportFault> strays_;
    std::int64_t rows_ = 0;
};

}  // namespace returns::gateway
