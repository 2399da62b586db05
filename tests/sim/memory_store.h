// The simulator's store. A MemoryDatabase stands for a PostgreSQL that several engines share; each
// engine has its own MemoryStore on it. Commits compare case versions, loads are always current,
// everything comes back in a fixed order. A hook decides which commits fail and how. One thread.
#pragma once

#include "gateway/ports.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace returns::sim {

using namespace gateway;  // NOLINT: the simulated world speaks of nothing else

struct MemoryDatabase {
    struct CaseRow {
        std::int64_t id = 0;  // in order of first commit
        Case subject;
        Instant wake_at = kNever;
    };

    std::map<CaseKey, CaseRow> cases;
    std::set<std::pair<Instant, std::int64_t>> wakes;
    std::map<std::int64_t, CaseKey> key_of;
    std::map<Lookup, std::vector<CaseKey>> lookups;
    std::vector<JournalRow> journal;  // row n stands at n - 1
    std::vector<Anchor> anchors;
    std::map<std::pair<CaseKey, std::int64_t>, std::int64_t> outbox_ids;
    std::map<std::int64_t, OutboxRow> outbox;
    std::map<std::int64_t, ParkedInput> parked;
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> offsets;
    std::map<CaseKey, Personal> personal;
    std::map<std::string, std::string> meta;
    std::vector<SwitchRow> switches;
    std::string anchor;
    std::int64_t last_case = 0, last_outbox = 0, last_parked = 0;

    // Rebuilds every case from its journal rows and chains; an error names the first that differs
    // from the case as committed.
    Status CheckReplay() const;
};

enum class CommitFault {
    kNone,
    kFail,   // not written; the answer is kInternal
    kDoubt,  // written; the answer is kInDoubt
    kLost,   // not written; the answer is kInDoubt
};

// After a failed commit a handle takes no more writes, as the real stores do: make a new one.
class MemoryStore final : public Store, public Archive {
public:
    explicit MemoryStore(MemoryDatabase* database) : database_(database) {}

    // Asked before each commit. May throw to stand for a crash before it.
    std::function<CommitFault(const Batch&)> before_commit;
    // Called when a commit is written and not yet answered. May throw.
    std::function<void(const Batch&)> after_commit;

    Result<std::optional<Case>> Load(const CaseKey& key) override;
    Result<CommitOutcome> Commit(Batch& batch) override;
    Status Snapshot(const std::vector<const Case*>& cases) override;
    Result<std::vector<CaseKey>> Find(const Lookup& lookup) override;
    Result<std::vector<CaseKey>> Due(Instant now, int n) override;
    Instant NextDue() override;

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

private:
    bool IsCurrent(const Batch& batch) const;
    void Apply(const Batch& batch);
    void ApplyChange(const CaseChange& change);
    void ApplyParked(const Batch& batch);

    MemoryDatabase* database_;
    bool failed_ = false;
};

}  // namespace returns::sim
