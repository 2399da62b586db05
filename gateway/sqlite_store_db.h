// A thin layer over the SQLite C API: one connection and its statements, with results instead of
// return codes. Not thread-safe: one thread owns a connection and all its statements.
#pragma once

#include "schemas/result.h"

#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

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
    // False from Open on: closing leaves a log behind as it was found.
    void SetCheckpointOnClose(bool on);
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

}  // namespace returns::gateway
