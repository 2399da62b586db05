// A thin layer over the SQLite C API: one connection and its statements, with results instead of
// return codes. Not thread-safe: one thread owns a connection and all its statements.
#pragma once

#include "schemas/result.h"

#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_backup;

namespace returns::gateway {

// Parameters are bound in order by Int, Text and Blob, which keep no copy: the text must live until
// the statement has run. A bind that fails (memory) shows in the next Run or Next.
class SqliteStatement {
public:
    SqliteStatement() = default;
    SqliteStatement(SqliteStatement&& other) noexcept;
    SqliteStatement& operator=(SqliteStatement&& other) noexcept;
    ~SqliteStatement();

    SqliteStatement& Int(std::int64_t value);
    SqliteStatement& Text(std::string_view value);
    SqliteStatement& Blob(std::string_view value);

    Status Run();         // to the end
    Result<bool> Next();  // true: a row stands; false: the end, ready to be bound again
    void Reset();         // leaves a row before the end

    std::int64_t IntAt(int column) const;
    std::string_view BytesAt(int column) const;  // valid until Next or Reset
    std::string TextAt(int column) const { return std::string(BytesAt(column)); }

private:
    friend class SqliteConnection;
    explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

    sqlite3_stmt* statement_ = nullptr;
    int bound_ = 0;
    int bind_code_ = 0;
};

class SqliteConnection;

// A copy of the whole database as it stands at its last step, made a few pages at a time between
// commits. Writes through the same connection meanwhile go into both. Until it is done the copy is
// no database.
class SqliteCopy {
public:
    SqliteCopy() = default;
    SqliteCopy(SqliteCopy&& other) noexcept;
    SqliteCopy& operator=(SqliteCopy&& other) noexcept;
    ~SqliteCopy();

    // True when every page is in the copy and on the disk.
    Result<bool> Step(int pages);
    std::int64_t pages() const;  // in all, as of the last step
    std::int64_t left() const;

private:
    friend class SqliteConnection;
    sqlite3* to_ = nullptr;
    sqlite3_backup* copy_ = nullptr;
    int file_ = -1;
    std::int64_t unsynced_ = 0;
};

class SqliteConnection {
public:
    SqliteConnection() = default;
    SqliteConnection(SqliteConnection&& other) noexcept;
    SqliteConnection& operator=(SqliteConnection&& other) noexcept;
    ~SqliteConnection();  // all its statements must be gone

    static Result<SqliteConnection> Open(const std::string& path);

    Result<SqliteStatement> Prepare(std::string_view sql);
    Status Execute(const std::string& sql);           // one or more statements, no rows wanted
    Result<std::string> Ask(const std::string& sql);  // the first column of the first row; "" none
    // COMMIT. kInternal: certainly not committed; kInDoubt: it may have been.
    Status Commit();
    void Rollback();
    // Whether COMMIT waits until it is on the disk. Without, a later one that does takes it along;
    // until then an outage may take it back, whole.
    Status SetWaitsForDisk(bool waits);
    // False from Open on: closing leaves a log behind as it was found.
    void SetCheckpointOnClose(bool on);
    // To a new file, which must not exist.
    Result<SqliteCopy> BeginCopy(const std::string& to);
    // Moves what it can of the log into the file, without waiting.
    Status Checkpoint();
    // Starts counting LogPages, in place of SQLite's own checkpoints inside COMMIT.
    void CountLog();
    // Pages in the write-ahead log as of the last commit.
    int LogPages() const { return log_pages_ == nullptr ? 0 : *log_pages_; }

private:
    sqlite3* db_ = nullptr;
    int* log_pages_ = nullptr;  // owned; the hook needs an address that does not move
};

// A copy of the file as it stands, which is left as it was found; `to` must not exist.
// kUnavailable: another process has it open.
Status CopyDatabase(const std::string& from, const std::string& to);

// kUnavailable: a process has it open. Any other fault of the file is no matter here.
Status NobodyHasOpen(const std::string& path);

}  // namespace returns::gateway
