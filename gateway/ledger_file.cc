#include "gateway/ledger_file.h"

#include "connectors/crypto.h"
#include "gateway/migration_files.h"
#include "gateway/sqlite_store_rows.h"

#include <filesystem>

namespace returns::gateway {
namespace {

constexpr char kApplicationId[] = "1112230984";  // as sqlite_store_open.cc sets it

// A statement's rows in step with the cases, by the case id in their first column.
class Follower {
public:
    Status Start(SqliteConnection& db, const std::string& sql) {
        ASSIGN_OR_RETURN(statement_, db.Prepare(sql));
        return Next();
    }
    Status Next() {
        ASSIGN_OR_RETURN(stands_, statement_.Next());
        return {};
    }
    bool stands() const { return stands_; }
    std::int64_t case_id() const { return statement_.IntAt(0); }
    const SqliteStatement& row() const { return statement_; }

private:
    SqliteStatement statement_;
    bool stands_ = false;
};

Error Broken(const std::string& what) { return Error{Code::kInternal, what}; }

Status CheckVersion(SqliteConnection& db) {
    ASSIGN_OR_RETURN(const std::string application, db.Ask("PRAGMA application_id"));
    if (application != kApplicationId)
        return Error{Code::kConflict, "it is no database of Backhaul"};
    ASSIGN_OR_RETURN(const std::string version, db.Ask("PRAGMA user_version"));
    const std::string known = std::to_string(MigrationFiles().size());
    if (version == known) return {};
    return Error{Code::kConflict, "it is of version " + version + ", this program's is " + known +
                                      "; 'backhaul migrate' brings an older one up to date"};
}

}  // namespace

struct LedgerFile::Cursors {
    Follower journal, lookups, outbox;
};

Result<std::unique_ptr<LedgerFile>> LedgerFile::Open(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return Error{Code::kNotFound, "opening the database " + path +
                                          ": there is none; is the setting 'database' right?"};
    auto db = SqliteConnection::Open(path);
    Status ready = db.ok() ? Status() : Status(db.error());
    for (const char* pragma : {"locking_mode = EXCLUSIVE", "mmap_size = 0", "trusted_schema = OFF",
                               "query_only = ON", "cache_size = -65536"}) {
        if (!ready.ok()) break;
        const auto set = db->Ask("PRAGMA " + std::string(pragma));
        if (!set.ok()) ready = set.error();
    }
    if (ready.ok()) ready = CheckVersion(*db);
    if (!ready.ok()) {
        const bool busy = ready.error().code == Code::kUnavailable;
        return Error{ready.error().code,
                     "opening the database " + path + ": " +
                         (busy ? "a gateway runs on it; stop it first, or copy a backup aside and "
                                 "name that in the settings"
                               : ready.error().text)};
    }
    std::unique_ptr<LedgerFile> file(new LedgerFile(path, std::move(*db)));
    const Status prepared = file->Prepare();
    if (!prepared.ok()) return file->Reading(prepared.error());
    return file;
}

Error LedgerFile::Reading(const Error& error) const {
    return {error.code, "reading " + path_ + ": " + error.text};
}

Status LedgerFile::Prepare() {
    ASSIGN_OR_RETURN(row_,
                     db_.Prepare("SELECT fingerprint, chain, body FROM journal WHERE seq = ?1"));
    ASSIGN_OR_RETURN(snapshot_, db_.Prepare("SELECT body FROM snapshots WHERE case_id = ?1"));
    ASSIGN_OR_RETURN(journal_,
                     db_.Prepare("SELECT j.seq, c.shop, c.order_id, j.fingerprint, j.chain, j.body "
                                 "FROM journal j JOIN cases c ON c.id = j.case_id "
                                 "WHERE j.seq > ?1 ORDER BY j.seq LIMIT ?2"));
    ASSIGN_OR_RETURN(anchors_, db_.Prepare("SELECT seq, head FROM anchors WHERE seq > ?1 "
                                           "ORDER BY seq LIMIT ?2"));
    return {};
}

Status LedgerFile::ReadRows(Cursors& cursors, StoredCase& stored) {
    for (; cursors.journal.stands() && cursors.journal.case_id() <= stored.id;) {
        const std::int64_t seq = cursors.journal.row().IntAt(1);
        if (cursors.journal.case_id() < stored.id)
            return Broken("journal row " + std::to_string(seq) + ": it belongs to no case");
        ASSIGN_OR_RETURN(const bool there, row_.Int(seq).Next());
        if (!there) return Broken("journal row " + std::to_string(seq) + ": it cannot be read");
        JournalRow row;
        row.seq = seq;
        row.key = stored.key;
        row.fingerprint = static_cast<std::uint64_t>(row_.IntAt(0));
        row.chain = connectors::EncodeHex(row_.BytesAt(1));
        row.body = row_.TextAt(2);
        row_.Reset();
        stored.rows.push_back(std::move(row));
        RETURN_IF_ERROR(cursors.journal.Next());
    }
    return {};
}

Status LedgerFile::ReadTables(Cursors& cursors, StoredCase& stored) {
    for (; cursors.lookups.stands() && cursors.lookups.case_id() <= stored.id;) {
        const SqliteStatement& row = cursors.lookups.row();
        if (cursors.lookups.case_id() < stored.id)
            return Broken("look-up " + std::to_string(row.IntAt(1)) + ": it belongs to no case");
        stored.lookups.push_back(
            {row.IntAt(1),
             static_cast<std::uint64_t>(row.IntAt(2)),
             {static_cast<LookupKind>(row.IntAt(3)), row.TextAt(4), row.TextAt(5)}});
        RETURN_IF_ERROR(cursors.lookups.Next());
    }
    for (; cursors.outbox.stands() && cursors.outbox.case_id() <= stored.id;) {
        const SqliteStatement& row = cursors.outbox.row();
        if (cursors.outbox.case_id() < stored.id)
            return Broken("outbox row " + std::to_string(row.IntAt(1)) + ": it belongs to no case");
        stored.outbox.push_back({row.IntAt(1), row.IntAt(2), row.TextAt(3)});
        RETURN_IF_ERROR(cursors.outbox.Next());
    }
    return {};
}

Status LedgerFile::EachCase(const Listener& listener, bool tables) {
    Cursors cursors;
    // Sorted by SQLite, which spills to disk: numbers only, the bodies are fetched by number.
    RETURN_IF_ERROR(
        cursors.journal.Start(db_, "SELECT case_id, seq FROM journal ORDER BY case_id, seq"));
    if (tables) {
        RETURN_IF_ERROR(cursors.lookups.Start(
            db_, "SELECT case_id, id, hash, kind, scope, value FROM lookups ORDER BY case_id, id"));
        RETURN_IF_ERROR(cursors.outbox.Start(
            db_, "SELECT case_id, id, number, body FROM outbox ORDER BY case_id, number, id"));
    }
    ASSIGN_OR_RETURN(SqliteStatement cases,
                     db_.Prepare("SELECT id, hash, version, seq, wake_at, shop, order_id, watched "
                                 "FROM cases ORDER BY id"));
    ASSIGN_OR_RETURN(bool stands, cases.Next());
    while (stands) {
        StoredCase stored;
        stored.id = cases.IntAt(0);
        stored.hash = static_cast<std::uint64_t>(cases.IntAt(1));
        stored.version = cases.IntAt(2);
        stored.seq = cases.IntAt(3);
        stored.wake_at = cases.IntAt(4);
        stored.key = {cases.TextAt(5), cases.TextAt(6)};
        stored.watched = cases.IntAt(7);
        RETURN_IF_ERROR(ReadRows(cursors, stored));
        if (tables) RETURN_IF_ERROR(ReadTables(cursors, stored));
        ASSIGN_OR_RETURN(const bool saved, snapshot_.Int(stored.id).Next());
        if (saved) {
            stored.snapshot = snapshot_.TextAt(0);
            snapshot_.Reset();
        }
        RETURN_IF_ERROR(listener(stored));
        ASSIGN_OR_RETURN(stands, cases.Next());
    }
    StoredCase behind;  // what stands behind the last case belongs to none
    behind.id = INT64_MAX;
    RETURN_IF_ERROR(ReadRows(cursors, behind));
    return tables ? ReadTables(cursors, behind) : Status();
}

Result<std::vector<JournalRow>> LedgerFile::Journal(std::int64_t after_seq, int n) {
    std::vector<JournalRow> rows;
    ASSIGN_OR_RETURN(bool stands, journal_.Int(after_seq).Int(n).Next());
    while (stands) {
        rows.push_back(JournalRowAt(journal_, 0));
        ASSIGN_OR_RETURN(stands, journal_.Next());
    }
    return rows;
}

Result<std::vector<Anchor>> LedgerFile::Anchors(std::int64_t after_seq, int n) {
    std::vector<Anchor> anchors;
    ASSIGN_OR_RETURN(bool stands, anchors_.Int(after_seq).Int(n).Next());
    while (stands) {
        anchors.push_back({anchors_.IntAt(0), connectors::EncodeHex(anchors_.BytesAt(1))});
        ASSIGN_OR_RETURN(stands, anchors_.Next());
    }
    return anchors;
}

Result<std::string> LedgerFile::Meta(const std::string& name) {
    ASSIGN_OR_RETURN(SqliteStatement query, db_.Prepare("SELECT value FROM meta WHERE name = ?1"));
    ASSIGN_OR_RETURN(const bool there, query.Text(name).Next());
    return there ? query.TextAt(0) : std::string();
}

Result<std::int64_t> LedgerFile::Highest(const std::string& table, const std::string& column) {
    ASSIGN_OR_RETURN(const std::string most,
                     db_.Ask("SELECT coalesce(max(" + column + "), 0) FROM " + table));
    return std::atoll(most.c_str());
}

Result<std::int64_t> LedgerFile::Count(const std::string& table) {
    ASSIGN_OR_RETURN(const std::string count, db_.Ask("SELECT count(*) FROM " + table));
    return std::atoll(count.c_str());
}

}  // namespace returns::gateway
