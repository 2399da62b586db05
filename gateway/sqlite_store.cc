#include "gateway/sqlite_store.h"

#include "connectors/crypto.h"
#include "gateway/seal.h"
#include "gateway/sqlite_store_rows.h"
#include "schemas/case_text.h"
#include "schemas/check.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <unordered_set>

namespace returns::gateway {

Result<CommitOutcome> SqliteStore::Commit(Batch& batch) {
    RETURN_IF_ERROR(Writable());
    std::vector<Planned> plan;
    const Result<bool> current = Plan(batch, plan);
    if (!current.ok()) return Failed(current.error());
    if (!current.value()) return CommitOutcome::kConflict;
    RETURN_IF_ERROR(Checkpoint());
    const auto begin = std::chrono::steady_clock::now();
    const std::string anchor = Seal(batch, last_seq_, anchor_);
    Status begun = sql_.begin.Run();
    if (!begun.ok()) return Failed(begun.error());
    RETURN_IF_ERROR(EndWrite(Write(batch, plan, anchor)));
    commits_.Observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    anchor_ = anchor;
    Remember(batch, plan);
    return CommitOutcome::kDone;
}

Result<bool> SqliteStore::Plan(const Batch& batch, std::vector<Planned>& plan) {
    // With the version reached.
    std::unordered_map<CaseKey, std::pair<Planned, std::int64_t>, CaseKeyHash> latest;
    std::int64_t next_case = last_case_;
    plan.reserve(batch.changes.size());
    for (const CaseChange& change : batch.changes) {
        CHECK(change.after.version == change.version_before + 1);
        auto [at, first] = latest.try_emplace(change.after.key);
        auto& [planned, version] = at->second;
        if (first) {
            ASSIGN_OR_RETURN(planned.id, IdOf(change.after.key));
            planned.is_new = planned.id == 0;
            if (planned.is_new) {
                planned.hash = HashOf(change.after.key);
                planned.id = ++next_case;
            } else {
                version = known_[static_cast<std::size_t>(planned.id)].version;
            }
        } else {
            planned.is_new = false;
        }
        if (version != change.version_before) return false;
        version = change.after.version;
        plan.push_back(planned);
    }
    return true;
}

Status SqliteStore::Write(const Batch& batch, const std::vector<Planned>& plan,
                          const std::string& anchor) {
    for (std::size_t at = 0; at < plan.size(); ++at) {
        RETURN_IF_ERROR(WriteChange(batch.changes[at], plan[at]));
    }
    if (!batch.changes.empty()) {
        const std::string head = connectors::DecodeHex(anchor).value_or("");
        RETURN_IF_ERROR(sql_.anchor_insert.Int(batch.changes.back().row.seq).Blob(head).Run());
    }
    RETURN_IF_ERROR(WriteParked(batch));
    return WriteRest(batch, plan);
}

Status SqliteStore::WriteChange(const CaseChange& change, const Planned& planned) {
    const JournalRow& row = change.row;
    if (planned.is_new) {
        RETURN_IF_ERROR(sql_.case_insert.Int(planned.id)
                            .Int(static_cast<std::int64_t>(planned.hash))
                            .Int(Stored(kNever))
                            .Text(row.key.shop)
                            .Text(row.key.order_id)
                            .Run());
    }
    const std::string chain = connectors::DecodeHex(row.chain).value_or("");
    RETURN_IF_ERROR(sql_.journal_insert.Int(row.seq)
                        .Int(planned.id)
                        .Int(static_cast<std::int64_t>(row.fingerprint))
                        .Blob(chain)
                        .Text(row.body)
                        .Run());
    RETURN_IF_ERROR(WriteLookups(change, planned.id));
    return WriteOutbox(change, planned.id);
}

// The indexes of look-ups and outbox move along before COMMIT, so that later changes of the batch
// see them. Entries of a failed batch lead to rows that are not there, and reads pass over those.
Status SqliteStore::WriteLookups(const CaseChange& change, std::int64_t case_id) {
    for (const Lookup& lookup : change.lookups) {
        const std::uint64_t hash = HashOf(lookup);
        ASSIGN_OR_RETURN(const bool known, HasLookup(lookup, hash, case_id));
        if (known) continue;
        RETURN_IF_ERROR(sql_.lookup_insert.Int(++last_lookup_)
                            .Int(static_cast<std::int64_t>(hash))
                            .Int(case_id)
                            .Int(static_cast<std::int64_t>(lookup.kind))
                            .Text(lookup.scope)
                            .Text(lookup.value)
                            .Run());
        lookups_.Add(hash, last_lookup_);
    }
    return {};
}

Status SqliteStore::WriteOutbox(const CaseChange& change, std::int64_t case_id) {
    for (const Command& command : change.outbox_put) {
        const std::string body = EncodeOutboxBody(command);
        const auto [at, added] = outbox_.try_emplace({case_id, command.number}, last_outbox_ + 1);
        if (!added) {
            RETURN_IF_ERROR(sql_.outbox_update.Text(body).Int(at->second).Run());
            continue;
        }
        RETURN_IF_ERROR(sql_.outbox_insert.Int(++last_outbox_)
                            .Int(case_id)
                            .Int(command.number)
                            .Text(body)
                            .Run());
    }
    for (const std::int64_t number : change.outbox_remove) {
        const auto at = outbox_.find({case_id, number});
        if (at == outbox_.end()) continue;
        RETURN_IF_ERROR(sql_.outbox_delete.Int(at->second).Run());
        outbox_.erase(at);
    }
    return {};
}

Status SqliteStore::WriteParked(const Batch& batch) {
    for (const std::int64_t id : batch.unpark) {
        ASSIGN_OR_RETURN(const bool was_there, sql_.parked_delete.Int(id).Next());
        parked_ -= was_there;
        RETURN_IF_ERROR(sql_.parked_delete.Run());
    }
    for (const std::int64_t id : batch.forget_raw) {
        RETURN_IF_ERROR(sql_.parked_forget.Int(id).Run());
    }
    for (const ParkedInput& input : batch.park) {
        sql_.parked_insert.Text(input.source).Text(input.source_id).Text(input.reason);
        sql_.parked_insert.Text(input.envelope).Blob(input.raw).Text(input.digest);
        sql_.parked_insert.Int(Stored(input.parked_at)).Text(input.headers);
        ASSIGN_OR_RETURN(const bool inserted, sql_.parked_insert.Next());
        if (!inserted) continue;  // it is parked already
        ++parked_;
        const std::int64_t id = sql_.parked_insert.IntAt(0);
        RETURN_IF_ERROR(sql_.parked_insert.Run());
        for (const Lookup& lookup : input.lookups) {
            RETURN_IF_ERROR(sql_.parked_lookup.Int(static_cast<std::int64_t>(lookup.kind))
                                .Text(lookup.scope)
                                .Text(lookup.value)
                                .Int(id)
                                .Run());
        }
    }
    return {};
}

Status SqliteStore::WriteOffsets(const Batch& batch) {
    const std::pair<SqliteStatement*, const std::vector<TopicOffset>*> all[] = {
        {&sql_.offset_put, &batch.offsets}, {&sql_.offset_move, &batch.moved}};
    for (const auto& [statement, offsets] : all) {
        for (const TopicOffset& offset : *offsets) {
            RETURN_IF_ERROR(
                statement->Text(offset.topic).Int(offset.partition).Int(offset.next).Run());
        }
    }
    return {};
}

Status SqliteStore::WriteRest(const Batch& batch, const std::vector<Planned>& plan) {
    RETURN_IF_ERROR(WriteOffsets(batch));
    for (const Personal& personal : batch.personal) {
        const auto same = [&](const CaseChange& change) { return change.row.key == personal.key; };
        const auto change = std::find_if(batch.changes.begin(), batch.changes.end(), same);
        std::int64_t id = 0;
        if (change != batch.changes.end()) {
            id = plan[static_cast<std::size_t>(change - batch.changes.begin())].id;
        } else {
            ASSIGN_OR_RETURN(id, IdOf(personal.key));
        }
        CHECK(id != 0);  // personal data belongs to a case
        sql_.personal_put.Int(id).Text(personal.name).Text(personal.mail).Text(personal.phone);
        RETURN_IF_ERROR(sql_.personal_put.Text(personal.salt).Run());
    }
    for (const auto& [name, value] : batch.meta) {
        CHECK(name != kTailMark);
        if (value.empty())
            RETURN_IF_ERROR(sql_.meta_drop.Text(name).Run());
        else
            RETURN_IF_ERROR(sql_.meta_put.Text(name).Text(value).Run());
    }
    for (const SwitchRow& row : batch.switches) {
        sql_.switch_insert.Text(row.connection).Text(row.what).Text(row.before).Text(row.after);
        sql_.switch_insert.Text(row.by).Text(row.reason).Text(row.settings_mode);
        RETURN_IF_ERROR(sql_.switch_insert.Int(row.at.time_since_epoch().count()).Run());
    }
    return {};
}

void SqliteStore::Remember(const Batch& batch, const std::vector<Planned>& plan) {
    for (std::size_t at = 0; at < plan.size(); ++at) {
        const CaseChange& change = batch.changes[at];
        const Planned& planned = plan[at];
        if (planned.is_new) {
            CHECK(planned.id == last_case_ + 1);
            last_case_ = planned.id;
            cases_.Add(planned.hash, planned.id);
            known_.emplace_back();
        }
        Known& known = known_[static_cast<std::size_t>(planned.id)];
        known.version = change.after.version;
        if (known.first_unsaved == 0) {
            known.first_unsaved = change.row.seq;
            unsaved_.emplace_back(change.row.seq, planned.id);
        }
        wakes_.Set(planned.id, NextWake(change.after));
        last_seq_ = change.row.seq;
    }
}

Status SqliteStore::Snapshot(const std::vector<const Case*>& cases) {
    RETURN_IF_ERROR(Writable());
    std::vector<std::int64_t> ids;
    for (const Case* subject : cases) {
        ASSIGN_OR_RETURN(const std::int64_t id, IdOf(subject->key));
        const std::int64_t version = id == 0 ? 0 : known_[static_cast<std::size_t>(id)].version;
        if (version != subject->version || version == 0) {
            return Error{Code::kConflict, "writing snapshots to " + path_ + ": order " +
                                              subject->key.order_id + " of shop " +
                                              subject->key.shop + " stands at version " +
                                              std::to_string(version) + ", not at " +
                                              std::to_string(subject->version)};
        }
        ids.push_back(id);
    }
    // The journal holds all of it: an outage costs no more than replaying it.
    RETURN_IF_ERROR(db_.SetWaitsForDisk(false));
    Status begun = sql_.begin.Run();
    if (!begun.ok()) return Failed(begun.error());
    RETURN_IF_ERROR(EndWrite(WriteSnapshots(cases, ids)));
    const Status waits = db_.SetWaitsForDisk(true);
    if (!waits.ok()) return Failed(waits.error());
    Saved(ids);
    return Checkpoint();
}

Status SqliteStore::WriteSnapshots(const std::vector<const Case*>& cases,
                                   const std::vector<std::int64_t>& ids) {
    std::vector<std::size_t> order(cases.size());  // neighbours share pages
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return ids[a] < ids[b]; });
    std::string body;
    for (const std::size_t at : order) {
        const Case& subject = *cases[at];
        CHECK(!subject.seen.empty());
        body.clear();
        AppendCase(subject, body);
        RETURN_IF_ERROR(sql_.snapshot_put.Int(ids[at]).Text(body).Run());
        RETURN_IF_ERROR(sql_.case_saved.Int(subject.version)
                            .Int(subject.seen.back().journal)
                            .Int(Stored(NextWake(subject)))
                            .Int(IsWatched(subject))
                            .Int(ids[at])
                            .Run());
    }
    const std::string mark = std::to_string(TailMark(ids));
    return sql_.meta_put.Text(kTailMark).Text(mark).Run();
}

std::int64_t SqliteStore::TailMark(const std::vector<std::int64_t>& saved_ids) const {
    const std::unordered_set<std::int64_t> saved(saved_ids.begin(), saved_ids.end());
    for (const auto& [seq, id] : unsaved_) {
        const bool stale = known_[static_cast<std::size_t>(id)].first_unsaved != seq;
        if (!stale && !saved.contains(id)) return seq - 1;
    }
    return last_seq_;
}

void SqliteStore::Saved(const std::vector<std::int64_t>& ids) {
    for (const std::int64_t id : ids) known_[static_cast<std::size_t>(id)].first_unsaved = 0;
    while (!unsaved_.empty() &&
           known_[static_cast<std::size_t>(unsaved_.front().second)].first_unsaved !=
               unsaved_.front().first) {
        unsaved_.pop_front();
    }
}

StoreFigures SqliteStore::Figures() const {
    const auto size = [](const std::string& path) -> std::int64_t {
        std::error_code wrong;
        const auto bytes = std::filesystem::file_size(path, wrong);
        return wrong ? 0 : static_cast<std::int64_t>(bytes);
    };
    std::error_code wrong;
    const auto folder = std::filesystem::absolute(path_, wrong).parent_path();
    const auto space = std::filesystem::space(folder, wrong);
    StoreFigures figures;
    figures.journal_rows = last_seq_;
    figures.cases = last_case_;
    figures.parked = parked_;
    figures.database_bytes = size(path_);
    figures.log_bytes = size(path_ + "-wal");
    figures.disk_free_bytes = wrong ? 0 : static_cast<std::int64_t>(space.available);
    figures.commits = commits_;
    return figures;
}

Status SqliteStore::Writable() const {
    if (failed_.empty()) return {};
    return Error{Code::kInternal, "writing to " + path_ + ": takes no more writes since: " +
                                      failed_ + "; repair the cause and start again"};
}

Status SqliteStore::Checkpoint() {
    if (db_.LogPages() < checkpoint_pages_) return {};
    const Status done = db_.Checkpoint();
    if (!done.ok()) return Failed(done.error());
    return {};
}

Status SqliteStore::EndWrite(Status written) {
    if (!written.ok()) {
        db_.Rollback();
        return Failed(written.error());
    }
    const Status committed = db_.Commit();
    if (!committed.ok()) return Failed(committed.error());
    return {};
}

Error SqliteStore::Failed(Error error) {
    failed_ = error.text;
    const Code code = error.code == Code::kInDoubt ? Code::kInDoubt : Code::kInternal;
    return {code, "writing to " + path_ + ": " + error.text};
}

Error SqliteStore::Reading(Error error) const {
    return {Code::kInternal, "reading " + path_ + ": " + error.text};
}

}  // namespace returns::gateway
