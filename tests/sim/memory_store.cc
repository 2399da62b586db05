#include "tests/sim/memory_store.h"

#include "gateway/journal.h"
#include "gateway/seal.h"
#include "schemas/case_text.h"
#include "schemas/check.h"

#include <algorithm>

namespace returns::sim {

Status MemoryDatabase::CheckReplay() const {
    std::map<CaseKey, Case> replayed;
    for (const JournalRow& row : journal) {
        RETURN_IF_ERROR(Replay(replayed[row.key], row));
    }
    for (const auto& [key, row] : cases) {
        if (replayed[key] == row.subject) continue;
        return Error{Code::kInternal, "replaying order " + key.order_id + " of shop " + key.shop +
                                          ": the journal tells another case than was committed"};
    }
    return {};
}

Result<CommitOutcome> MemoryStore::Commit(Batch& batch) {
    const Error refused{Code::kInternal, "writing to memory: takes no more writes"};
    if (failed_) return refused;
    const CommitFault fault = before_commit ? before_commit(batch) : CommitFault::kNone;
    failed_ = fault != CommitFault::kNone;
    if (fault == CommitFault::kFail) return Error{Code::kInternal, "writing to memory: disk full"};
    if (fault == CommitFault::kLost) return Error{Code::kInDoubt, "writing to memory: cut off"};
    if (!IsCurrent(batch)) {
        if (failed_) return Error{Code::kInDoubt, "writing to memory: cut off"};
        return CommitOutcome::kConflict;
    }
    const auto last_seq = static_cast<std::int64_t>(database_->journal.size());
    database_->anchor = Seal(batch, last_seq, database_->anchor);
    Apply(batch);
    if (after_commit) after_commit(batch);
    if (fault == CommitFault::kDoubt) return Error{Code::kInDoubt, "writing to memory: cut off"};
    return CommitOutcome::kDone;
}

bool MemoryStore::IsCurrent(const Batch& batch) const {
    std::map<CaseKey, std::int64_t> reached;
    for (const CaseChange& change : batch.changes) {
        CHECK(change.after.version == change.version_before + 1);
        const auto [at, first] = reached.try_emplace(change.after.key, 0);
        if (first) {
            const auto known = database_->cases.find(change.after.key);
            if (known != database_->cases.end()) at->second = known->second.subject.version;
        }
        if (at->second != change.version_before) return false;
        at->second = change.after.version;
    }
    return true;
}

void MemoryStore::Apply(const Batch& batch) {
    for (const CaseChange& change : batch.changes) ApplyChange(change);
    if (!batch.changes.empty()) {
        database_->anchors.push_back({batch.changes.back().row.seq, database_->anchor});
    }
    ApplyParked(batch);
    for (const TopicOffset& offset : batch.offsets) {
        std::int64_t& next = database_->offsets[{offset.topic, offset.partition}];
        next = std::max(next, offset.next);
    }
    for (const TopicOffset& offset : batch.moved) {
        database_->offsets[{offset.topic, offset.partition}] = offset.next;
    }
    for (const Personal& personal : batch.personal) {
        CHECK(database_->cases.contains(personal.key));
        database_->personal[personal.key] = personal;
    }
    for (const auto& [name, value] : batch.meta) {
        if (value.empty())
            database_->meta.erase(name);
        else
            database_->meta[name] = value;
    }
    for (SwitchRow row : batch.switches) {
        row.id = static_cast<std::int64_t>(database_->switches.size()) + 1;
        database_->switches.push_back(std::move(row));
    }
}

void MemoryStore::ApplyChange(const CaseChange& change) {
    MemoryDatabase& database = *database_;
    const CaseKey& key = change.after.key;
    MemoryDatabase::CaseRow& row = database.cases[key];
    if (row.id == 0) {
        row.id = ++database.last_case;
        database.key_of[row.id] = key;
    }
    database.wakes.erase({row.wake_at, row.id});
    row.subject = change.after;
    row.wake_at = NextWake(change.after);
    if (row.wake_at != kNever) database.wakes.insert({row.wake_at, row.id});
    database.journal.push_back(change.row);
    for (const Lookup& lookup : change.lookups) {
        std::vector<CaseKey>& found = database.lookups[lookup];
        if (std::find(found.begin(), found.end(), key) == found.end()) found.push_back(key);
    }
    for (const Command& command : change.outbox_put) {
        const auto [at, added] = database.outbox_ids.try_emplace({key, command.number}, 0);
        if (added) at->second = ++database.last_outbox;
        database.outbox[at->second] = {key, command};
    }
    for (const std::int64_t number : change.outbox_remove) {
        const auto at = database.outbox_ids.find({key, number});
        if (at == database.outbox_ids.end()) continue;
        database.outbox.erase(at->second);
        database.outbox_ids.erase(at);
    }
}

void MemoryStore::ApplyParked(const Batch& batch) {
    for (const std::int64_t id : batch.unpark) database_->parked.erase(id);
    for (const std::int64_t id : batch.forget_raw) {
        const auto kept = database_->parked.find(id);
        if (kept == database_->parked.end()) continue;
        kept->second.raw.clear();
        kept->second.headers.clear();
    }
    for (const ParkedInput& input : batch.park) {
        const auto same = [&](const auto& entry) {
            return entry.second.source == input.source &&
                   entry.second.source_id == input.source_id && entry.second.digest == input.digest;
        };
        auto& parked = database_->parked;
        if (std::any_of(parked.begin(), parked.end(), same)) continue;
        ParkedInput added = input;
        added.id = ++database_->last_parked;
        std::sort(added.lookups.begin(), added.lookups.end());
        parked.emplace(added.id, std::move(added));
    }
}

Result<std::optional<Case>> MemoryStore::Load(const CaseKey& key) {
    const auto found = database_->cases.find(key);
    if (found == database_->cases.end()) return std::optional<Case>();
    return std::optional<Case>(found->second.subject);
}

// Loads read the case as committed, so there is nothing to write.
Status MemoryStore::Snapshot(const std::vector<const Case*>& cases) {
    if (failed_) return Error{Code::kInternal, "writing to memory: takes no more writes"};
    for (const Case* subject : cases) {
        const auto found = database_->cases.find(subject->key);
        if (found == database_->cases.end() || found->second.subject.version != subject->version) {
            return Error{Code::kConflict, "writing snapshots to memory: the case moved on"};
        }
    }
    return {};
}

Result<std::vector<CaseKey>> MemoryStore::Find(const Lookup& lookup) {
    const auto found = database_->lookups.find(lookup);
    return found == database_->lookups.end() ? std::vector<CaseKey>() : found->second;
}

Result<std::vector<CaseKey>> MemoryStore::Due(Instant now, int n) {
    std::vector<CaseKey> due;
    for (const auto& [wake_at, id] : database_->wakes) {
        if (wake_at > now || static_cast<int>(due.size()) >= n) break;
        due.push_back(database_->key_of.at(id));
    }
    return due;
}

Instant MemoryStore::NextDue() {
    return database_->wakes.empty() ? kNever : database_->wakes.begin()->first;
}

Result<std::optional<JournalRow>> MemoryStore::Row(std::int64_t seq) {
    const auto& journal = database_->journal;
    if (seq < 1 || seq > static_cast<std::int64_t>(journal.size())) {
        return std::optional<JournalRow>();
    }
    return std::optional<JournalRow>(journal[static_cast<std::size_t>(seq - 1)]);
}

Result<std::vector<JournalRow>> MemoryStore::Journal(std::int64_t after_seq, int n) {
    std::vector<JournalRow> rows;
    const auto& journal = database_->journal;
    for (auto at = static_cast<std::size_t>(after_seq); at < journal.size(); ++at) {
        if (static_cast<int>(rows.size()) >= n) break;
        rows.push_back(journal[at]);
    }
    return rows;
}

Result<std::vector<OutboxRow>> MemoryStore::Outbox() {
    std::vector<OutboxRow> rows;
    for (const auto& [id, row] : database_->outbox) rows.push_back(row);
    return rows;
}

Result<std::vector<ParkedInput>> MemoryStore::Parked(const std::optional<Lookup>& key, int n) {
    std::vector<ParkedInput> found;
    for (const auto& [id, input] : database_->parked) {
        if (static_cast<int>(found.size()) >= n) break;
        const auto& lookups = input.lookups;
        if (!key.has_value() || std::find(lookups.begin(), lookups.end(), *key) != lookups.end()) {
            found.push_back(input);
        }
    }
    return found;
}

Result<std::vector<ParkedInput>> MemoryStore::ParkedAfter(std::int64_t id, int n) {
    std::vector<ParkedInput> found;
    const auto& parked = database_->parked;
    for (auto at = parked.upper_bound(id); at != parked.end(); ++at) {
        if (static_cast<int>(found.size()) >= n) break;
        found.push_back(at->second);
    }
    return found;
}

Result<std::vector<std::int64_t>> MemoryStore::RawBefore(Instant parked_before, int n) {
    std::vector<std::pair<Instant, std::int64_t>> old;
    for (const auto& [id, input] : database_->parked) {
        if (!input.headers.empty() && input.parked_at < parked_before) {
            old.emplace_back(input.parked_at, id);
        }
    }
    std::sort(old.begin(), old.end());
    std::vector<std::int64_t> ids;
    for (const auto& [at, id] : old) {
        if (static_cast<int>(ids.size()) < n) ids.push_back(id);
    }
    return ids;
}

Result<std::vector<TopicOffset>> MemoryStore::Offsets() {
    std::vector<TopicOffset> offsets;
    for (const auto& [at, next] : database_->offsets) {
        offsets.push_back({at.first, at.second, next});
    }
    return offsets;
}

Result<std::string> MemoryStore::Meta(const std::string& name) {
    const auto found = database_->meta.find(name);
    return found == database_->meta.end() ? std::string() : found->second;
}

Result<std::vector<SwitchRow>> MemoryStore::Switches(std::int64_t after_id, int n) {
    std::vector<SwitchRow> rows;
    for (const SwitchRow& row : database_->switches)
        if (row.id > after_id && static_cast<int>(rows.size()) < n) rows.push_back(row);
    return rows;
}

Result<std::optional<Personal>> MemoryStore::PersonalOf(const CaseKey& key) {
    const auto found = database_->personal.find(key);
    if (found == database_->personal.end()) return std::optional<Personal>();
    return std::optional<Personal>(found->second);
}

Result<std::vector<Anchor>> MemoryStore::Anchors(std::int64_t after_seq, int n) {
    std::vector<Anchor> found;
    for (const Anchor& anchor : database_->anchors) {
        if (anchor.seq > after_seq && static_cast<int>(found.size()) < n) found.push_back(anchor);
    }
    return found;
}

Result<KeysPage> MemoryStore::Stalled(std::int64_t after, int n) {
    KeysPage page;
    for (const auto& [id, key] : database_->key_of) {
        if (id <= after || id > after + n) continue;
        if (IsWatched(database_->cases.at(key).subject)) page.keys.push_back(key);
    }
    page.next = after + n < database_->last_case ? after + n : 0;
    return page;
}

Result<KeysPage> MemoryStore::Cases(std::int64_t after, int n) {
    KeysPage page;
    for (const auto& [id, key] : database_->key_of)
        if (id > after && id <= after + n) page.keys.push_back(key);
    page.next = after + n < database_->last_case ? after + n : 0;
    return page;
}

}  // namespace returns::sim
