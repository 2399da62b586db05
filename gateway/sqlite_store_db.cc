#include "gateway/sqlite_store_db.h"

#include <sqlite3.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace returns::gateway {
namespace {

constexpr std::int64_t kPagesUnsynced = 4096;  // of a copy: 16 MiB

// What went wrong last, in SQLite's words and with the system's reason where there is one.
Error ErrorOf(sqlite3* db, int code) {
    const int primary = code & 0xff;
    std::string text = sqlite3_errstr(primary);
    if (db != nullptr && (sqlite3_errcode(db) & 0xff) == primary) text = sqlite3_errmsg(db);
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
        return {Code::kUnavailable, std::move(text)};
    }
    if (primary == SQLITE_IOERR) text += " (SQLite code " + std::to_string(code) + ")";
    return {Code::kInternal, std::move(text)};
}

int CountLogPages(void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
}

}  // namespace

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_),
      bind_code_(other.bind_code_) {}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
    std::swap(statement_, other.statement_);
    std::swap(bound_, other.bound_);
    std::swap(bind_code_, other.bind_code_);
    return *this;
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

SqliteStatement& SqliteStatement::Int(std::int64_t value) {
    const int code = sqlite3_bind_int64(statement_, ++bound_, value);
    if (bind_code_ == SQLITE_OK) bind_code_ = code;
    return *this;
}

SqliteStatement& SqliteStatement::Text(std::string_view value) {
    const char* bytes = value.data() == nullptr ? "" : value.data();
    const int code =
        sqlite3_bind_text64(statement_, ++bound_, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8);
    if (bind_code_ == SQLITE_OK) bind_code_ = code;
    return *this;
}

SqliteStatement& SqliteStatement::Blob(std::string_view value) {
    const char* bytes = value.data() == nullptr ? "" : value.data();
    const int code = sqlite3_bind_blob64(statement_, ++bound_, bytes, value.size(), SQLITE_STATIC);
    if (bind_code_ == SQLITE_OK) bind_code_ = code;
    return *this;
}

Status SqliteStatement::Run() {
    ASSIGN_OR_RETURN(bool row, Next());
    while (row) {
        ASSIGN_OR_RETURN(row, Next());
    }
    return {};
}

Result<bool> SqliteStatement::Next() {
    const int code = bind_code_ == SQLITE_OK ? sqlite3_step(statement_) : bind_code_;
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        Reset();
        return false;
    }
    sqlite3* db = sqlite3_db_handle(statement_);
    Error error = ErrorOf(db, sqlite3_extended_errcode(db));
    Reset();
    return error;
}

void SqliteStatement::Reset() {
    sqlite3_reset(statement_);
    bound_ = 0;
    bind_code_ = SQLITE_OK;
}

std::int64_t SqliteStatement::IntAt(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view SqliteStatement::BytesAt(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes == nullptr ? std::string_view() : std::string_view(bytes, size);
}

SqliteConnection::SqliteConnection(SqliteConnection&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)),
      log_pages_(std::exchange(other.log_pages_, nullptr)) {}

SqliteConnection& SqliteConnection::operator=(SqliteConnection&& other) noexcept {
    std::swap(db_, other.db_);
    std::swap(log_pages_, other.log_pages_);
    return *this;
}

SqliteConnection::~SqliteConnection() {
    sqlite3_close(db_);
    delete log_pages_;
}

Result<SqliteConnection> SqliteConnection::Open(const std::string& path) {
    SqliteConnection made;
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &made.db_, flags, nullptr);
    if (code != SQLITE_OK) return ErrorOf(made.db_, code);
    if (sqlite3_db_readonly(made.db_, "main") == 1) {
        return Error{Code::kInternal, "the file may not be written"};
    }
    sqlite3_db_config(made.db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    made.SetCheckpointOnClose(false);
    return made;
}

void SqliteConnection::SetCheckpointOnClose(bool on) {
    sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
}

void SqliteConnection::CountLog() {
    if (log_pages_ == nullptr) log_pages_ = new int(0);
    sqlite3_wal_hook(db_, CountLogPages, log_pages_);
}

Result<SqliteStatement> SqliteConnection::Prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return ErrorOf(db_, code);
    return SqliteStatement(statement);
}

Status SqliteConnection::Execute(const std::string& sql) {
    const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return ErrorOf(db_, code);
    return {};
}

Result<std::string> SqliteConnection::Ask(const std::string& sql) {
    ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
    ASSIGN_OR_RETURN(const bool row, statement.Next());
    return row ? statement.TextAt(0) : std::string();
}

Status SqliteConnection::Commit() {
    const int code = sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    Error error = ErrorOf(db_, code);
    // A full disk stops before the frame that would make the transaction count. After any other
    // failure that frame may be on its way to the disk.
    const int primary = code & 0xff;
    const bool certain = primary == SQLITE_FULL || primary == SQLITE_BUSY;
    error.code = certain ? Code::kInternal : Code::kInDoubt;
    Rollback();
    return error;
}

Status SqliteConnection::SetWaitsForDisk(bool waits) {
    return Execute(waits ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
}

void SqliteConnection::Rollback() {
    // Fails only when SQLite has rolled back by itself.
    if (sqlite3_get_autocommit(db_) == 0) {
        sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

Result<SqliteCopy> SqliteConnection::BeginCopy(const std::string& to) {
    SqliteCopy made;
    // Made here, so that nothing is ever written over.
    made.file_ = open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made.file_ < 0)
        return Error{Code::kInternal, to + ": " + std::generic_category().message(errno)};
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(to.c_str(), &made.to_, flags, nullptr);
    if (code != SQLITE_OK) return ErrorOf(made.to_, code);
    // The file counts only once it is whole: it needs no journal, and Step sees to the disk.
    const int ready = sqlite3_exec(made.to_,
                                   "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                                   "PRAGMA cache_size = 256",
                                   nullptr, nullptr, nullptr);
    if (ready != SQLITE_OK) return ErrorOf(made.to_, ready);
    made.copy_ = sqlite3_backup_init(made.to_, "main", db_, "main");
    if (made.copy_ == nullptr) return ErrorOf(made.to_, sqlite3_extended_errcode(made.to_));
    return made;
}

SqliteCopy::SqliteCopy(SqliteCopy&& other) noexcept
    : to_(std::exchange(other.to_, nullptr)),
      copy_(std::exchange(other.copy_, nullptr)),
      file_(std::exchange(other.file_, -1)),
      unsynced_(other.unsynced_) {}

SqliteCopy& SqliteCopy::operator=(SqliteCopy&& other) noexcept {
    std::swap(to_, other.to_);
    std::swap(copy_, other.copy_);
    std::swap(file_, other.file_);
    std::swap(unsynced_, other.unsynced_);
    return *this;
}

SqliteCopy::~SqliteCopy() {
    sqlite3_backup_finish(copy_);
    sqlite3_close(to_);
    if (file_ >= 0) close(file_);
}

Result<bool> SqliteCopy::Step(int pages) {
    const int code = sqlite3_backup_step(copy_, pages);
    if (code != SQLITE_OK && code != SQLITE_DONE) return ErrorOf(to_, code);
    unsynced_ += pages;
    const bool done = code == SQLITE_DONE;
    if (done || unsynced_ >= kPagesUnsynced) {
        if (fdatasync(file_) != 0)
            return Error{Code::kInternal, std::generic_category().message(errno)};
        unsynced_ = 0;
    }
    return done;
}

std::int64_t SqliteCopy::pages() const { return sqlite3_backup_pagecount(copy_); }
std::int64_t SqliteCopy::left() const { return sqlite3_backup_remaining(copy_); }

Status SqliteConnection::Checkpoint() {
    const int code =
        sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code != SQLITE_OK) return ErrorOf(db_, code);
    if (log_pages_ != nullptr) *log_pages_ = 0;
    return {};
}

}  // namespace returns::gateway
