// The embedded store: one SQLite file, one connection, one process. All calls come from the lane's
// thread.
//
// A commit appends rows under integer keys. What is found by another key is indexed in memory:
// cases and look-ups by 64-bit hash (verified against the row), wake-ups in minute buckets,
// unfinished commands by case and number. Case bodies are written by Snapshot alone; Open replays
// the journal behind them. Load of a case that was committed but not snapshotted replays its rows
// by a scan of the whole tail, so a lane snapshots a case before it lets go of it.
//
// After the first failed write nothing more is written; reads go on. The way back is a new Open.
#pragma once

#include "gateway/case_cache.h"
#include "gateway/hash_index.h"
#include "gateway/histogram.h"
#include "gateway/ports.h"
#include "gateway/sqlite_store_db.h"
#include "gateway/wake_buckets.h"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace returns::gateway {

struct SqliteOptions {
    bool quick_check = false;     // reads the whole file at open and refuses a damaged one
    std::int64_t pages_max = 0;   // the file may grow to this many pages of 4 KiB; 0: no limit
    int checkpoint_pages = 1000;  // log pages after which the next batch waits for a checkpoint
    std::string program_version;  // "": this program's
};

class SqliteStore final : public Store, public Archive {
public:
    // Makes the file when there is none and brings an older one up to date. kConflict: the file
    // is of a newer program, untouched; kUnavailable: another process has it open.
    static Result<std::unique_ptr<SqliteStore>> Open(const std::string& path,
                                                     const SqliteOptions& options = {});

    Result<std::optional<Case>> Load(const CaseKey& key) override;
    Result<CommitOutcome> Commit(Batch& batch) override;
    Status Snapshot(const std::vector<const Case*>& cases) override;
    Result<std::vector<CaseKey>> Find(const Lookup& lookup) override;
    Result<std::vector<CaseKey>> Due(Instant now, int n) override;
    Instant NextDue() override { return wakes_.NextDue(); }

    Result<std::optional<JournalRow>> Row(std::int64_t seq) override;
    Result<std::vector<JournalRow>> Journal(std::int64_t after_seq, int n) override;
    Result<std::vector<OutboxRow>> Outbox() override;
    Result<std::vector<ParkedInput>> Parked(const std::optional<Lookup>& key, int n) override;
    Result<std::vector<ParkedInput>> ParkedAfter(std::int64_t id, int n) override;
    Result<std::vector<std::int64_t>> RawBefore(Instant parked_before, int n) override;
    Result<std::vector<TopicOffset>> Offsets() override;
    Result<std::string> Meta(const std::string& name) override;
    Result<std::vector<SwitchRow>> Switches(std::int64_t after_id, int n) override;
    Result<std::optional<Personal>> PersonalOf(const CaseKey& key) override;
    Result<std::vector<Anchor>> Anchors(std::int64_t after_seq, int n) override;
    Result<KeysPage> Stalled(std::int64_t after, int n) override;
    Result<KeysPage> Cases(std::int64_t after, int n) override;

    // A copy of the file, step by step between commits; it must go before the store does.
    Result<SqliteCopy> BeginCopy(const std::string& to) { return db_.BeginCopy(to); }

    StoreFigures Figures() const;  // sizes are asked of the file system, rows were counted

private:
    struct Known {
        std::int64_t version = 0;        // as of the last commit
        std::int64_t first_unsaved = 0;  // the first row its snapshot does not hold; 0: none
    };
    struct Recent {  // a case asked for lately
        CaseKey key;
        std::int64_t id = 0;  // 0: none
    };
    struct Planned {  // where a change of a batch goes
        std::int64_t id = 0;
        std::uint64_t hash = 0;
        bool is_new = false;
    };
    struct Statements {
        SqliteStatement begin, case_insert, case_key, case_saved, snapshot_put, snapshot_get,
            journal_insert, journal_get, journal_after, journal_of, anchor_insert, anchors_after,
            lookup_insert, lookup_get, outbox_insert, outbox_update, outbox_delete, parked_insert,
            parked_lookup, parked_delete, parked_forget, parked_first, parked_after, parked_by_key,
            raw_before, offset_put, offset_move, personal_put, personal_get, meta_put, meta_drop,
            meta_get, switch_insert, switches_after;
    };

    SqliteStore(std::string path, SqliteConnection db)
        : path_(std::move(path)), db_(std::move(db)) {}

    Status PrepareAll();
    Status ReadIndexes();
    Status ReadCases(std::vector<std::int64_t>& saved_seqs);
    Status ReplayTail(const std::vector<std::int64_t>& saved_seqs);
    Status ReplayRows(const std::vector<std::pair<std::int64_t, JournalRow>>& rows,
                      const std::vector<std::int64_t>& saved_seqs,
                      std::map<std::int64_t, Case>& cases);
    Status SaveReplayed(std::map<std::int64_t, Case>& cases);

    Result<std::int64_t> IdOf(const CaseKey& key);  // 0: no such case
    Result<std::optional<CaseKey>> KeyOf(std::int64_t id);
    Result<std::optional<Case>> LoadSnapshot(std::int64_t id);
    Result<std::optional<Case>> LoadSaved(const CaseKey& key);
    Result<KeysPage> KeysBetween(SqliteStatement& query, std::int64_t after, int n);
    Status AddLookups(std::vector<ParkedInput>& parked);
    Result<bool> HasLookup(const Lookup& lookup, std::uint64_t hash, std::int64_t case_id);

    Result<bool> Plan(const Batch& batch, std::vector<Planned>& plan);  // false: conflict
    Status Write(const Batch& batch, const std::vector<Planned>& plan, const std::string& anchor);
    Status WriteChange(const CaseChange& change, const Planned& planned);
    Status WriteLookups(const CaseChange& change, std::int64_t case_id);
    Status WriteOutbox(const CaseChange& change, std::int64_t case_id);
    Status WriteParked(const Batch& batch);
    Status WriteOffsets(const Batch& batch);
    Status WriteRest(const Batch& batch, const std::vector<Planned>& plan);
    void Remember(const Batch& batch, const std::vector<Planned>& plan);
    Status WriteSnapshots(const std::vector<const Case*>& cases,
                          const std::vector<std::int64_t>& ids);
    std::int64_t TailMark(const std::vector<std::int64_t>& saved_ids) const;
    void Saved(const std::vector<std::int64_t>& ids);

    Status Writable() const;
    Status Checkpoint();
    Status EndWrite(Status written);   // COMMIT or ROLLBACK; remembers a failure
    Error Failed(Error error);         // no writes from here on
    Error Reading(Error error) const;  // says which file

    std::string path_;
    SqliteConnection db_;  // before its statements: they go first
    Statements sql_;
    std::string failed_;  // why it takes no more writes
    int checkpoint_pages_ = 0;
    std::int64_t last_seq_ = 0, last_case_ = 0, last_lookup_ = 0, last_outbox_ = 0;
    std::int64_t parked_ = 0;
    Histogram commits_;
    std::string anchor_;
    std::vector<Known> known_;                                  // by case id
    std::vector<Recent> recent_ = std::vector<Recent>(131072);  // by the key's hash
    HashIndex cases_, lookups_;
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> outbox_;  // (case, number) -> id
    std::deque<std::pair<std::int64_t, std::int64_t>> unsaved_;  // (first row, case), some stale
    WakeBuckets wakes_;
};

}  // namespace returns::gateway
