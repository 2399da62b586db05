#include "tests/gateway/store_world.h"

#include "gateway/journal.h"
#include "tests/sim/memory_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

namespace returns::gateway {

namespace {

class SqliteWorld : public StoreWorld {
public:
    SqliteWorld() { Reopen(); }
    Store& store() override { return *store_; }
    Archive& archive() override { return *store_; }
    void Reopen() override {
        store_.reset();
        auto opened = SqliteStore::Open(folder_.Path("store.db"));
        if (!opened.ok()) FAIL() << opened.error().text;
        store_ = std::move(*opened);
    }

private:
    ScratchFolder folder_;
    std::unique_ptr<SqliteStore> store_;
};

class MemoryWorld : public StoreWorld {
public:
    MemoryWorld() { Reopen(); }
    Store& store() override { return *store_; }
    Archive& archive() override { return *store_; }
    void Reopen() override { store_ = std::make_unique<sim::MemoryStore>(&database_); }

private:
    sim::MemoryDatabase database_;
    std::unique_ptr<sim::MemoryStore> store_;
};

// By value, so that a loop over a part of a temporary has something to stand on.
template <class T>
T Taken(Result<T> result) {
    return std::move(result).value();
}

constexpr Instant kStart = Instant(Millis(1'772'000'000'000));

}  // namespace

ScratchFolder::ScratchFolder() {
    std::string pattern = ::testing::TempDir() + "backhaul-store-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::unique_ptr<StoreWorld> MakeSqliteWorld() { return std::make_unique<SqliteWorld>(); }
std::unique_ptr<StoreWorld> MakeMemoryWorld() { return std::make_unique<MemoryWorld>(); }

CaseChange MakeChange(const Case& before, Case after, const std::string& source_id) {
    JournalEntry entry;
    entry.event.type = EventType::kTimerFired;
    entry.event.key = after.key;
    entry.event.source = "self";
    entry.event.source_id = source_id;
    entry.event.occurred_at = entry.event.recorded_at = kStart;
    entry.verdict = workflows::Verdict::kMoved;
    CaseChange change;
    change.version_before = before.version;
    change.after = std::move(after);
    change.after.version = before.version + 1;
    change.after.seen = before.seen;
    change.after.seen.push_back({Fingerprint("self", source_id), 0});
    entry.diff = Diff(before, change.after);
    change.row.key = change.after.key;
    change.row.fingerprint = change.after.seen.back().fingerprint;
    change.row.body = EncodeEntry(entry);
    return change;
}

CaseChange WakeChange(const Case& before, const CaseKey& key, Instant due_at) {
    Case after = before;
    after.key = key;
    after.placed = true;
    if (after.slices.empty()) after.slices.push_back({.id = 1, .return_id = "R-1", .quantity = 1});
    after.slices.front().due_at = due_at;
    return MakeChange(before, after, key.order_id + "-" + std::to_string(before.version + 1));
}

Batch BatchSource::Next() {
    Batch batch;
    std::map<CaseKey, Case> reached;
    for (int count = 1 + Draw(5); count > 0; --count) {
        const CaseKey key{Draw(4) == 0 ? "other" : "main", "O-" + std::to_string(Draw(orders_))};
        const auto known = cases_.find(key);
        const auto [at, first] = reached.try_emplace(key);
        if (first && known != cases_.end()) at->second = known->second;
        at->second.key = key;
        batch.changes.push_back(NextChange(at->second));
        at->second = batch.changes.back().after;
    }
    AddRest(batch, reached);
    return batch;
}

CaseChange BatchSource::NextChange(const Case& before) {
    Case after = before;
    Mutate(after);
    CaseChange draft;
    draft.after = std::move(after);
    MutateCommands(before, draft);
    CaseChange change = MakeChange(before, draft.after, "e-" + std::to_string(++events_));
    change.outbox_put = draft.outbox_put;
    change.outbox_remove = draft.outbox_remove;
    const std::vector<Lookup> all = AllLookups();
    for (int count = Draw(3); count > 0; --count) {
        change.lookups.push_back(all[static_cast<std::size_t>(Draw(static_cast<int>(all.size())))]);
    }
    return change;
}

void BatchSource::Mutate(Case& subject) {
    subject.placed = true;
    subject.recorded_at = kStart + Millis(events_);
    subject.currency = "EUR";
    subject.shipping_minor = Draw(1000);
    subject.quarantine = Draw(10) == 0 ? "an 'odd' \"thing\" \xc3\xa9" : "";
    if (subject.slices.size() < 3) {
        subject.slices.push_back(
            {.id = subject.next_id++, .return_id = "R-1", .line_id = "1", .quantity = 1});
    }
    Slice& slice =
        subject.slices[static_cast<std::size_t>(Draw(static_cast<int>(subject.slices.size())))];
    slice.state = static_cast<ReturnState>(Draw(kReturnStates));
    slice.due_at = Draw(5) == 0 ? kNever : kStart + std::chrono::seconds(Draw(600));
    if (Draw(6) == 0) subject.slices.erase(subject.slices.begin());
}

void BatchSource::MutateCommands(const Case& before, CaseChange& change) {
    Case& after = change.after;
    if (!before.commands.empty() && Draw(2) == 0) {
        change.outbox_remove.push_back(before.commands.front().number);
        after.commands.erase(after.commands.begin());
    }
    if (!after.commands.empty() && Draw(3) == 0) {
        ++after.commands.back().attempts;
        change.outbox_put.push_back(after.commands.back());
    }
    if (after.commands.size() < 3 && Draw(2) == 0) {
        Command command;
        command.number = after.next_id++;
        command.operation = "refund.create";
        command.amount_minor = Draw(10'000);
        command.body = Json::Object({{"amount", Json::Int(command.amount_minor)}});
        after.commands.push_back(command);
        change.outbox_put.push_back(command);
    }
}

void BatchSource::AddRest(Batch& batch, const std::map<CaseKey, Case>& reached) {
    batch.offsets.push_back({"orders", Draw(3), Draw(1000)});
    if (Draw(9) == 0) batch.moved.push_back({"orders", Draw(3), Draw(1000)});
    batch.meta.emplace_back(MetaNames()[static_cast<std::size_t>(Draw(2))],
                            std::to_string(Draw(100)));
    if (Draw(2) == 0) {
        batch.personal.push_back({reached.begin()->first, "N" + std::to_string(Draw(9)),
                                  "m@example.org", "+49", "salt"});
    }
    if (Draw(2) == 0) {
        ParkedInput input;
        input.source = "kafka:orders";
        input.source_id = std::to_string(Draw(20));
        input.reason = "no case " + std::to_string(Draw(100));
        input.lookups = {AllLookups()[static_cast<std::size_t>(Draw(4))], AllLookups()[5]};
        input.raw = std::string("\x00\xff raw", 6);
        input.headers = "{}";
        input.digest = "d";
        input.parked_at = kStart + std::chrono::seconds(Draw(5));
        batch.park.push_back(input);
    }
}

void BatchSource::Committed(const Batch& batch) {
    for (const CaseChange& change : batch.changes) cases_[change.after.key] = change.after;
}

std::vector<Lookup> BatchSource::AllLookups() {
    return {{LookupKind::kReturn, "main", "R-1"},   {LookupKind::kReturn, "main", "R-2"},
            {LookupKind::kTracking, "main", "R-1"}, {LookupKind::kTheirReference, "psp", "re_1"},
            {LookupKind::kMail, "main", "abc"},     {LookupKind::kOurReference, "", "O-1-7"}};
}

std::string Dump(StoreWorld& world, const std::map<CaseKey, Case>& cases) {
    Store& store = world.store();
    Archive& archive = world.archive();
    std::ostringstream out;
    for (const auto& [key, unused] : cases) {
        const auto loaded = store.Load(key).value();
        out << key.shop << '/' << key.order_id << ' '
            << (loaded.has_value() ? WriteJson(EncodeCase(*loaded)) : "none") << '\n';
        const auto personal = archive.PersonalOf(key).value();
        if (personal.has_value()) out << personal->name << personal->mail << personal->salt << '\n';
    }
    for (const Lookup& lookup : BatchSource::AllLookups()) {
        out << "lookup " << lookup.value << ':';
        for (const auto& key : Taken(store.Find(lookup))) out << ' ' << key.order_id << key.shop;
        out << "\nparked:";
        for (const auto& input : Taken(archive.Parked(lookup, 3))) out << ' ' << input.source_id;
        out << '\n';
    }
    for (const int seconds : {0, 100, 300, 900}) {
        out << "due:";
        const auto due = store.Due(kStart + std::chrono::seconds(seconds), 5).value();
        for (const CaseKey& key : due) out << ' ' << key.order_id << key.shop;
        out << '\n';
    }
    out << "next " << store.NextDue().time_since_epoch().count() << '\n';
    for (const JournalRow& row : Taken(archive.Journal(0, 100'000))) {
        out << row.seq << row.key.order_id << row.fingerprint << row.chain << row.body << '\n';
    }
    for (const Anchor& anchor : Taken(archive.Anchors(0, 100'000))) {
        out << anchor.seq << ' ' << anchor.head << '\n';
    }
    for (const OutboxRow& row : Taken(archive.Outbox())) {
        Case shell;
        shell.commands.push_back(row.command);
        out << row.key.order_id << WriteJson(EncodeCase(shell)) << '\n';
    }
    for (const ParkedInput& input : Taken(archive.Parked(std::nullopt, 1000))) {
        out << input.source << input.source_id << input.reason << input.raw << input.envelope
            << input.headers << input.digest << input.parked_at.time_since_epoch().count();
        for (const Lookup& lookup : input.lookups) out << ' ' << lookup.value;
        out << '\n';
    }
    for (const TopicOffset& offset : Taken(archive.Offsets())) {
        out << offset.topic << offset.partition << ' ' << offset.next << '\n';
    }
    for (const std::string& name : BatchSource::MetaNames()) {
        out << name << archive.Meta(name).value() << '\n';
    }
    return out.str();
}

void CommitOrFail(Store& store, Batch& batch) {
    const auto outcome = store.Commit(batch);
    ASSERT_TRUE(outcome.ok()) << outcome.error().text;
    ASSERT_EQ(*outcome, CommitOutcome::kDone);
}

}  // namespace returns::gateway
