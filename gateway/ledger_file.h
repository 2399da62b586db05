// The ledger of a database at rest, for commands: read as it lies there, nothing replayed, repaired
// or written. Case by case with all its rows, in bounded memory. One thread.
#pragma once

#include "gateway/batch.h"
#include "gateway/sqlite_store_db.h"
#include "schemas/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace returns::gateway {

// One case as the tables have it.
struct StoredCase {
    struct LookupRow {
        std::int64_t id = 0;
        std::uint64_t hash = 0;
        Lookup lookup;
    };
    struct OutboxText {
        std::int64_t id = 0, number = 0;
        std::string body;
    };
    std::int64_t id = 0;
    CaseKey key;
    std::uint64_t hash = 0;
    std::int64_t version = 0, seq = 0, wake_at = 0, watched = 0;  // of its snapshot
    std::optional<std::string> snapshot;
    std::vector<JournalRow> rows;  // all of them, in order
    std::vector<LookupRow> lookups;
    std::vector<OutboxText> outbox;
};

class LedgerFile {
public:
    // kUnavailable: a gateway has it open. kNotFound: there is no such file. kConflict: of another
    // version than this program's.
    static Result<std::unique_ptr<LedgerFile>> Open(const std::string& path);

    // Each case, in the order they began. An error of the listener ends the walk. Rows, look-ups
    // and commands that belong to no case are an error. With `tables` also look-ups and commands.
    using Listener = std::function<Status(const StoredCase&)>;
    Status EachCase(const Listener& listener, bool tables = false);

    Result<std::vector<JournalRow>> Journal(std::int64_t after_seq, int n);
    Result<std::vector<Anchor>> Anchors(std::int64_t after_seq, int n);
    Result<std::string> Meta(const std::string& name);  // "" when not set
    Result<std::int64_t> Count(const std::string& table);
    Result<std::int64_t> Highest(const std::string& table,
                                 const std::string& column);  // 0: no rows

private:
    LedgerFile(std::string path, SqliteConnection db)
        : path_(std::move(path)), db_(std::move(db)) {}
    struct Cursors;
    Status Prepare();
    Status ReadRows(Cursors& cursors, StoredCase& stored);
    Status ReadTables(Cursors& cursors, StoredCase& stored);
    Error Reading(const Error& error) const;

    const std::string path_;
    SqliteConnection db_;  // before its statements: they go first
    SqliteStatement row_, snapshot_, journal_, anchors_;
};

}  // namespace returns::gateway
