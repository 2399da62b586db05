#include "gateway/ledger_export.h"

#include "gateway/csv_write.h"
#include "schemas/money.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace returns::gateway {
namespace {

// Written beside its place and moved there when it is whole.
class Sink {
public:
    explicit Sink(std::string path) : path_(std::move(path)) {}
    ~Sink() {
        if (file_ == nullptr || path_.empty()) return;
        std::fclose(file_);
        std::remove(Part().c_str());
    }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    Status Open() {
        file_ = path_.empty() ? stdout : std::fopen(Part().c_str(), "wb");
        return file_ != nullptr ? Status() : Status(Wrong());
    }
    Status Write(const std::string& text) {
        const bool whole = std::fwrite(text.data(), 1, text.size(), file_) == text.size();
        return whole ? Status() : Status(Wrong());
    }
    Status Close() {
        if (std::fflush(file_) != 0) return Wrong();
        if (path_.empty()) return {};
        std::FILE* const file = file_;
        file_ = nullptr;
        if (std::fclose(file) != 0 || std::rename(Part().c_str(), path_.c_str()) != 0)
            return Wrong();
        return {};
    }

private:
    std::string Part() const { return path_ + ".part"; }
    Error Wrong() const {
        return Error{Code::kInternal, "writing " + (path_.empty() ? "to standard output" : path_) +
                                          ": " + std::strerror(errno)};
    }
    const std::string path_;
    std::FILE* file_ = nullptr;
};

bool Within(const Movement& movement, const BookDays& days, const ExportWish& wish) {
    const Day day = DayOf(movement, days);
    return (!wish.from || day >= *wish.from) && (!wish.until || day <= *wish.until);
}

void Add(const Movement& movement, ExportTotals& totals) {
    ExportTotals::Sums& sums = totals.by_currency[movement.currency];
    ++sums.rows;
    sums.minor += movement.leg.amount_minor;
    if (!movement.leg.paid) return;
    ++sums.paid_rows;
    sums.paid_minor += movement.leg.amount_minor;
}

}  // namespace

Result<ExportTotals> ExportLedger(LedgerFile& file, const BookDays& days, const ExportWish& wish,
                                  const std::string& out) {
    Sink sink(out);
    RETURN_IF_ERROR(sink.Open());
    RETURN_IF_ERROR(sink.Write(wish.json ? "[" : CsvLine(MovementColumns())));
    ExportTotals totals;
    bool first = true;
    const Status walked = file.EachCase([&](const StoredCase& stored) -> Status {
        const auto movements = MovementsOf(stored);
        if (!movements.ok())
            return Error{movements.error().code,
                         movements.error().text + "; 'backhaul ledger verify' says more"};
        for (const Movement& each : *movements) {
            if (!Within(each, days, wish)) continue;
            Add(each, totals);
            const std::string row = wish.json
                                        ? (first ? "\n" : ",\n") + WriteJson(MovementJson(each))
                                        : CsvLine(MovementCells(each));
            first = false;
            RETURN_IF_ERROR(sink.Write(row));
        }
        return {};
    });
    if (!walked.ok()) return walked.error();
    if (wish.json) RETURN_IF_ERROR(sink.Write("\n]\n"));
    RETURN_IF_ERROR(sink.Close());
    return totals;
}

std::string ExportTotalsText(const ExportTotals& totals) {
    std::string out;
    for (const auto& [currency, sums] : totals.by_currency)
        out += currency + ": " + std::to_string(sums.rows) + " movements, " +
               FormatMoney(sums.minor, currency) + "; of these paid " +
               std::to_string(sums.paid_rows) + ", " + FormatMoney(sums.paid_minor, currency) +
               "\n";
    return out.empty() ? "no movements\n" : out;
}

}  // namespace returns::gateway
