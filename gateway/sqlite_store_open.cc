// Opening: settings, migrations, indexes, and the journal tail that no snapshot holds yet.
#include "gateway/journal.h"
#include "gateway/migrations.h"
#include "gateway/sqlite_store.h"
#include "gateway/sqlite_store_rows.h"
#include "schemas/check.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr char kApplicationId[] = "1112230984";  // "BKHL"
constexpr int kTailChunk = 2000;
constexpr std::size_t kCasesInMemory = 4000;

struct Pragma {
    const char* name;
    const char* set;
    const char* expected;
};

// What must hold before the first page is read, and what after the file is known to be ours.
constexpr Pragma kBefore[] = {
    {"locking_mode", "EXCLUSIVE", "exclusive"},
    {"mmap_size", "0", "0"},
    {"trusted_schema", "OFF", "0"},
};
constexpr Pragma kAfter[] = {
    {"journal_mode", "WAL", "wal"},
    {"synchronous", "FULL", "2"},
    {"foreign_keys", "ON", "1"},
    {"wal_autocheckpoint", "0", "0"},
    {"cell_size_check", "ON", "1"},
    {"cache_size", "-65536", "-65536"},
    {"journal_size_limit", "67108864", "67108864"},
};

Error Opening(const std::string& path, Error error) {
    std::string text = "opening the database " + path + ": ";
    if (error.code == Code::kUnavailable) {
        text += "another process has it open; one gateway per file";
    } else {
        text += error.text;
        if (error.text.starts_with("unable to open")) {
            text += "; is the directory there, and may this user write in it?";
        }
    }
    return {error.code, std::move(text)};
}

Status SetPragma(SqliteConnection& db, const Pragma& pragma) {
    const std::string name = pragma.name;
    RETURN_IF_ERROR(db.Ask("PRAGMA " + name + " = " + pragma.set));
    ASSIGN_OR_RETURN(const std::string now, db.Ask("PRAGMA " + name));
    if (now == pragma.expected) return {};
    return Error{Code::kInternal,
                 "its setting " + name + " is '" + now + "' and cannot be " + pragma.expected};
}

// The number of the file's last migration; 0 for a new file.
Result<int> VersionOf(SqliteConnection& db) {
    ASSIGN_OR_RETURN(const std::string version, db.Ask("PRAGMA user_version"));
    ASSIGN_OR_RETURN(const std::string application, db.Ask("PRAGMA application_id"));
    ASSIGN_OR_RETURN(const std::string tables, db.Ask("SELECT count(*) FROM sqlite_schema"));
    if (application == kApplicationId) return std::atoi(version.c_str());
    if (tables == "0" && application == "0") return 0;
    return Error{Code::kConflict, "it is another program's database; give Backhaul its own file"};
}

// A file of a newer version is fine as long as none of its migrations says otherwise.
Status AcceptNewer(SqliteConnection& db, int known, const std::string& program) {
    ASSIGN_OR_RETURN(SqliteStatement rows, db.Prepare("SELECT version, min_program FROM "
                                                      "schema_versions WHERE version > ?1"));
    rows.Int(known);
    ASSIGN_OR_RETURN(bool row, rows.Next());
    while (row) {
        const std::string needed = rows.TextAt(1);
        if (IsBefore(program, needed)) {
            return Error{Code::kConflict, "it was written by a newer program and needs Backhaul " +
                                              needed + " or later, this is " + program +
                                              "; nothing was changed"};
        }
        ASSIGN_OR_RETURN(row, rows.Next());
    }
    return {};
}

Status RunMigration(SqliteConnection& db, const Migration& migration) {
    RETURN_IF_ERROR(db.Execute(std::string(migration.sql)));
    ASSIGN_OR_RETURN(SqliteStatement insert,
                     db.Prepare("INSERT INTO schema_versions VALUES (?1, ?2)"));
    RETURN_IF_ERROR(insert.Int(migration.number).Text(migration.min_program).Run());
    const std::string number = std::to_string(migration.number);
    return db.Execute("PRAGMA application_id = " + std::string(kApplicationId) +
                      "; PRAGMA user_version = " + number);
}

Status Migrate(SqliteConnection& db, const std::vector<Migration>& migrations, int version) {
    for (const Migration& migration : migrations) {
        if (migration.number <= version) continue;
        RETURN_IF_ERROR(db.Execute("BEGIN IMMEDIATE"));
        const Status run = RunMigration(db, migration);
        if (!run.ok()) {
            db.Rollback();
            return Error{run.error().code,
                         "migration " + std::string(migration.name) + ": " + run.error().text};
        }
        RETURN_IF_ERROR(db.Commit());
    }
    return {};
}

Status MakeReady(SqliteConnection& db, const SqliteOptions& options) {
    const std::string program =
        options.program_version.empty() ? BACKHAUL_VERSION : options.program_version;
    for (const Pragma& pragma : kBefore) RETURN_IF_ERROR(SetPragma(db, pragma));
    ASSIGN_OR_RETURN(const auto migrations, Migrations());
    ASSIGN_OR_RETURN(const int version, VersionOf(db));
    const int known = static_cast<int>(migrations.size());
    if (version > known) RETURN_IF_ERROR(AcceptNewer(db, known, program));
    db.SetCheckpointOnClose(true);
    for (const Pragma& pragma : kAfter) RETURN_IF_ERROR(SetPragma(db, pragma));
    db.CountLog();
    if (options.quick_check) {
        ASSIGN_OR_RETURN(const std::string found, db.Ask("PRAGMA quick_check(1)"));
        if (found != "ok") {
            return Error{Code::kInternal, "it is damaged: " + found + "; restore a backup"};
        }
    }
    RETURN_IF_ERROR(Migrate(db, migrations, version));
    if (options.pages_max == 0) return {};
    return db.Ask("PRAGMA max_page_count = " + std::to_string(options.pages_max)).ok()
               ? Status()
               : Error{Code::kInternal, "its size cannot be limited"};
}

}  // namespace

Status CopyDatabase(const std::string& from, const std::string& to) {
    auto db = SqliteConnection::Open(from);
    if (!db.ok()) return Opening(from, db.error());
    std::string quoted;
    for (const char c : to) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    Status copied;
    for (const Pragma& pragma : kBefore)
        if (copied.ok()) copied = SetPragma(*db, pragma);
    if (copied.ok()) copied = db->Execute("VACUUM INTO '" + quoted + "'");
    if (copied.ok()) return {};
    return Opening(from, copied.error());
}

Status NobodyHasOpen(const std::string& path) {
    auto db = SqliteConnection::Open(path);
    Status held = db.ok() ? Status() : Status(db.error());
    if (db.ok()) held = SetPragma(*db, kBefore[0]);
    if (held.ok()) held = db->Execute("BEGIN EXCLUSIVE; ROLLBACK");
    if (!held.ok() && held.error().code == Code::kUnavailable) return Opening(path, held.error());
    return {};
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& path,
                                                       const SqliteOptions& options) {
    auto db = SqliteConnection::Open(path);
    if (!db.ok()) return Opening(path, db.error());
    const Status ready = MakeReady(*db, options);
    if (!ready.ok()) return Opening(path, ready.error());
    std::unique_ptr<SqliteStore> store(new SqliteStore(path, std::move(*db)));
    store->checkpoint_pages_ = options.checkpoint_pages;
    const Status prepared = store->PrepareAll();
    if (!prepared.ok()) return Opening(path, prepared.error());
    const Status read = store->ReadIndexes();
    if (!read.ok()) return Opening(path, read.error());
    return store;
}

Status SqliteStore::ReadIndexes() {
    std::vector<std::int64_t> saved_seqs;
    RETURN_IF_ERROR(ReadCases(saved_seqs));
    ASSIGN_OR_RETURN(SqliteStatement lookups, db_.Prepare("SELECT id, hash FROM lookups"));
    ASSIGN_OR_RETURN(bool row, lookups.Next());
    while (row) {
        last_lookup_ = lookups.IntAt(0);
        lookups_.Add(static_cast<std::uint64_t>(lookups.IntAt(1)), last_lookup_);
        ASSIGN_OR_RETURN(row, lookups.Next());
    }
    ASSIGN_OR_RETURN(SqliteStatement outbox,
                     db_.Prepare("SELECT id, case_id, number FROM outbox ORDER BY id"));
    ASSIGN_OR_RETURN(row, outbox.Next());
    while (row) {
        last_outbox_ = outbox.IntAt(0);
        outbox_[{outbox.IntAt(1), outbox.IntAt(2)}] = last_outbox_;
        ASSIGN_OR_RETURN(row, outbox.Next());
    }
    ASSIGN_OR_RETURN(const std::string parked, db_.Ask("SELECT count(*) FROM parked"));
    parked_ = std::atoll(parked.c_str());
    ASSIGN_OR_RETURN(const auto anchor, db_.Ask("SELECT lower(hex(head)) FROM anchors "
                                                "ORDER BY seq DESC LIMIT 1"));
    anchor_ = anchor;
    return ReplayTail(saved_seqs);
}

Status SqliteStore::ReadCases(std::vector<std::int64_t>& saved_seqs) {
    known_.resize(1);  // ids start at 1
    saved_seqs.resize(1);
    ASSIGN_OR_RETURN(SqliteStatement cases, db_.Prepare("SELECT id, hash, version, seq, wake_at "
                                                        "FROM cases ORDER BY id"));
    ASSIGN_OR_RETURN(bool row, cases.Next());
    while (row) {
        if (cases.IntAt(0) != ++last_case_) {
            return Error{Code::kInternal, "case " + std::to_string(last_case_) + " is missing"};
        }
        cases_.Add(static_cast<std::uint64_t>(cases.IntAt(1)), last_case_);
        known_.push_back({cases.IntAt(2), 0});
        saved_seqs.push_back(cases.IntAt(3));
        wakes_.Set(last_case_, InstantOf(cases.IntAt(4)));
        ASSIGN_OR_RETURN(row, cases.Next());
    }
    return {};
}

Status SqliteStore::ReplayTail(const std::vector<std::int64_t>& saved_seqs) {
    ASSIGN_OR_RETURN(const std::string mark, Meta(kTailMark));
    last_seq_ = std::atoll(mark.c_str());
    ASSIGN_OR_RETURN(SqliteStatement tail,
                     db_.Prepare("SELECT j.case_id, j.seq, c.shop, c.order_id, j.fingerprint, "
                                 "j.chain, j.body FROM journal j JOIN cases c ON c.id = j.case_id "
                                 "WHERE j.seq > ?1 ORDER BY j.seq LIMIT ?2"));
    std::map<std::int64_t, Case> cases;
    std::vector<std::pair<std::int64_t, JournalRow>> rows;
    do {
        rows.clear();
        tail.Int(last_seq_).Int(kTailChunk);
        ASSIGN_OR_RETURN(bool row, tail.Next());
        while (row) {
            rows.emplace_back(tail.IntAt(0), JournalRowAt(tail, 1));
            ASSIGN_OR_RETURN(row, tail.Next());
        }
        RETURN_IF_ERROR(ReplayRows(rows, saved_seqs, cases));
        if (cases.size() >= kCasesInMemory) RETURN_IF_ERROR(SaveReplayed(cases));
    } while (rows.size() == kTailChunk);
    return SaveReplayed(cases);
}

Status SqliteStore::ReplayRows(const std::vector<std::pair<std::int64_t, JournalRow>>& rows,
                               const std::vector<std::int64_t>& saved_seqs,
                               std::map<std::int64_t, Case>& cases) {
    for (const auto& [id, row] : rows) {
        if (row.seq != ++last_seq_) {
            return Error{Code::kInternal,
                         "journal row " + std::to_string(last_seq_) + " is missing"};
        }
        if (row.seq <= saved_seqs[static_cast<std::size_t>(id)]) continue;
        const auto [at, first] = cases.try_emplace(id);
        Known& known = known_[static_cast<std::size_t>(id)];
        if (first) {
            ASSIGN_OR_RETURN(auto saved, LoadSnapshot(id));
            if (saved.has_value()) at->second = std::move(*saved);
            known.first_unsaved = row.seq;
            unsaved_.emplace_back(row.seq, id);
        }
        RETURN_IF_ERROR(Replay(at->second, row));
        known.version = at->second.version;
    }
    return {};
}

Status SqliteStore::SaveReplayed(std::map<std::int64_t, Case>& cases) {
    if (cases.empty()) return {};
    std::vector<const Case*> all;
    for (const auto& [id, subject] : cases) {
        wakes_.Set(id, NextWake(subject));
        all.push_back(&subject);
    }
    RETURN_IF_ERROR(Snapshot(all));
    cases.clear();
    return {};
}

}  // namespace returns::gateway
