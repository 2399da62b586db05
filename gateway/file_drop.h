// Watched folders, transport `file`: each row of a file that lies still becomes events through the
// one door, and is answered beside the file. A file leaves its folder only after all of its rows
// have committed; whatever ends the program before, it is read again and its rows are known by
// then. Each step does a bounded piece of work. One thread, the lane's.
#pragma once

#include "gateway/connections.h"
#include "gateway/csv.h"
#include "gateway/drop_folder.h"
#include "gateway/engine.h"
#include "gateway/ports.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct DropCounters {
    std::int64_t files_taken = 0, files_repeated = 0;
    // Moved to error/: no row was taken.
    std::int64_t files_too_long = 0, files_too_many_rows = 0, files_unreadable = 0;
    // Left for a later look: written to while it was read, gone before it was opened or moved.
    std::int64_t files_changed = 0, files_gone = 0;
    std::int64_t rows_accepted = 0, rows_repeated = 0, rows_parked = 0, rows_refused = 0,
                 rows_unreadable = 0, rows_unmapped = 0;
    std::int64_t passed_over = 0;  // as of the last look: links, pipes, names not to be taken
    std::int64_t failures = 0;     // of the folder: it could not be listed, read or written
};

// One folder.
class FileDrop {
public:
    FileDrop(Engine& engine, Clock& clock, const Connection& connection, const Settings& settings,
             DropFolder folder);

    bool Step();
    const DropCounters& counters() const { return counters_; }
    const std::string& trouble() const { return trouble_; }  // "" while all is well

private:
    enum class Phase : std::uint8_t { kLooking, kReading, kRows, kAnswering };
    struct RowAnswer {
        std::int64_t line = 0;
        std::string id, outcome, reason;
        std::string_view row;  // as it stands in the text
        int open = 0;          // inputs not yet decided
    };

    void Look();
    bool BeginNext();
    void ReadOn();
    void TakeWhole();
    Status ReadHead();
    bool TakeRows();
    void TakeRow(const CsvRow& row, std::size_t at);
    void Offer(std::vector<Envelope> events, const std::string& raw, std::size_t at);
    void Note(const Receipt& receipt, std::size_t at);
    void Finish();
    void Refuse(std::string why);  // the whole file
    void Leave();
    void Trouble(const Error& error);
    std::string Mark() const { return digest_.substr(0, 16); }
    std::string AckText(bool errors) const;

    Engine& engine_;
    Clock& clock_;
    const Connection& connection_;
    const Settings& settings_;
    DropFolder folder_;
    const Millis interval_;
    const std::int64_t mib_max_, rows_max_;
    const std::string encoding_;
    const char separator_;  // '\0': the file's own

    Phase phase_ = Phase::kLooking;
    Millis look_at_{0};
    std::map<std::string, DropLook> seen_;  // at the last look
    std::vector<std::string> ready_;        // those that lay still, the first is the next
    std::string name_, text_, digest_;
    std::vector<std::string> columns_;
    std::unique_ptr<CsvReader> reader_;
    std::vector<RowAnswer> rows_;
    std::vector<Input> waiting_;  // the engine was full; the last is the next
    std::size_t open_rows_ = 0;
    bool failed_ = false;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // this file's: else nobody listens
    DropCounters counters_;
    std::string trouble_;
};

// All of them.
class FileDrops {
public:
    // Opens the folder of each connection whose transport is `file`.
    static Result<std::unique_ptr<FileDrops>> Open(Engine& engine, Clock& clock,
                                                   Connections& connections,
                                                   const Settings& settings);
    bool Step();
    void Stop() { stopped_ = true; }
    bool empty() const { return drops_.empty(); }
    // By connection.
    const std::map<std::string, std::unique_ptr<FileDrop>>& drops() const { return drops_; }

private:
    std::map<std::string, std::unique_ptr<FileDrop>> drops_;
    bool stopped_ = false;
};

}  // namespace returns::gateway
