// How fast the SQLite store commits, opens and loads, and what it keeps in memory. Measures only.
// The folder is $BACKHAUL_BENCH_DIR, which should be on the disk in question; else the temporary
// one.
#include "gateway/journal.h"
#include "gateway/sqlite_store.h"
#include "tests/bench/gateway_world.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>
#include <unistd.h>

namespace returns::gateway {

namespace {

constexpr Instant kStart = Instant(Millis(1'772'000'000'000));

// An order with one return on its way: what a usual open case looks like.
Case Usual(int number) {
    Case subject;
    subject.key = {"main", "O-" + std::to_string(number)};
    subject.placed = true;
    subject.placed_at = subject.created_at = kStart;
    subject.currency = "EUR";
    subject.lines.push_back({.id = "1", .sku = "SKU-1", .quantity = 2, .paid_minor = 4998});
    subject.tenders.push_back({.id = "t",
                               .kind = "card",
                               .connection = "psp",
                               .reference = "ch_1",
                               .captured_minor = 4998});
    subject.returns.push_back({.id = "R-" + std::to_string(number), .requested_at = kStart});
    subject.slices.push_back({.id = 1,
                              .return_id = "R-" + std::to_string(number),
                              .line_id = "1",
                              .quantity = 1,
                              .entered_at = kStart});
    return subject;
}

CaseChange Change(const Case& before, Case after) {
    after.version = before.version + 1;
    JournalEntry entry;
    entry.event.type = EventType::kTimerFired;
    entry.event.key = after.key;
    entry.event.source = "self";
    entry.event.source_id = after.key.order_id + "-" + std::to_string(after.version);
    entry.event.occurred_at = entry.event.recorded_at = kStart;
    entry.digest = std::string(64, '0');
    entry.moves.push_back(
        {workflows::MachineKind::kReturn, 1, "R-1", "REQUESTED", "IN_TRANSIT", "scanned"});
    CaseChange change;
    change.version_before = before.version;
    change.row.fingerprint = Fingerprint("self", entry.event.source_id);
    after.seen.push_back({change.row.fingerprint, 0});
    change.row.key = after.key;
    entry.diff = Diff(before, after);
    change.row.body = EncodeEntry(entry);
    change.after = std::move(after);
    return change;
}

// The store with all cases open and in memory, as a lane that has them all would hold it.
class World {
public:
    explicit World(bool snapshots)
        : path_(BenchFolder() + "/backhaul-bench-" + std::to_string(::getpid()) + ".db") {
        Remove();
        Open();
        for (int first = 0; first < BenchCases(); first += 1000) Fill(first, snapshots);
    }
    ~World() {
        store_.reset();
        Remove();
    }
    void Open() {
        store_.reset();
        auto opened = SqliteStore::Open(path_);
        CHECK(opened.ok());
        store_ = std::move(*opened);
    }
    SqliteStore& store() { return *store_; }
    std::vector<Case>& cases() { return cases_; }
    std::uintmax_t FileBytes() const { return std::filesystem::file_size(path_); }

private:
    void Fill(int first, bool snapshots) {
        Batch batch;
        for (int number = first; number < first + 1000; ++number) {
            CaseChange change = Change({}, Usual(number));
            change.lookups = {{LookupKind::kReturn, "main", "R-" + std::to_string(number)},
                              {LookupKind::kTracking, "dhl", "T-" + std::to_string(number)}};
            batch.changes.push_back(std::move(change));
        }
        CHECK(store_->Commit(batch).ok());
        std::vector<const Case*> fresh;
        for (CaseChange& change : batch.changes) fresh.push_back(&change.after);
        if (snapshots) CHECK(store_->Snapshot(fresh).ok());
        for (CaseChange& change : batch.changes) cases_.push_back(std::move(change.after));
    }
    void Remove() {
        for (const char* end : {"", "-wal", "-journal"}) std::filesystem::remove(path_ + end);
    }

    std::string path_;
    std::unique_ptr<SqliteStore> store_;
    std::vector<Case> cases_;
};

void BM_StoreCommit(benchmark::State& state) {
    static World world(true);
    std::mt19937 random(1);
    const auto size = static_cast<std::size_t>(state.range(0));
    for (auto unused : state) {
        state.PauseTiming();  // encoding belongs to the engine, not to the store
        Batch batch;
        std::set<std::size_t> chosen;
        while (batch.changes.size() < size) {
            const std::size_t at = random() % world.cases().size();
            if (!chosen.insert(at).second) continue;
            Case after = world.cases()[at];
            after.slices[0].due_at = kStart + std::chrono::seconds(random() % 1'000'000);
            batch.changes.push_back(Change(world.cases()[at], std::move(after)));
        }
        batch.offsets.push_back({"orders", 0, 1});
        state.ResumeTiming();
        const auto outcome = world.store().Commit(batch);
        CHECK(outcome.ok() && *outcome == CommitOutcome::kDone);
        state.PauseTiming();
        for (CaseChange& change : batch.changes) {
            const auto number = std::strtoul(change.after.key.order_id.c_str() + 2, nullptr, 10);
            world.cases()[number] = std::move(change.after);
        }
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_StoreCommit)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->UseRealTime();

// Argument 0: every case has its snapshot. 1: none has, the whole journal is replayed and saved.
void BM_StoreOpen(benchmark::State& state) {
    World world(state.range(0) == 0);
    world.cases().clear();
    world.cases().shrink_to_fit();
    const std::int64_t before = ResidentBytes();
    for (auto unused : state) world.Open();
    state.counters["resident_mb"] = static_cast<double>(ResidentBytes()) / 1e6;
    state.counters["grown_mb"] = static_cast<double>(ResidentBytes() - before) / 1e6;
    state.counters["file_mb"] = static_cast<double>(world.FileBytes()) / 1e6;
}
BENCHMARK(BM_StoreOpen)->Arg(0)->Iterations(5)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_StoreOpen)->Arg(1)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_StoreLoadAndFind(benchmark::State& state) {
    World world(true);
    std::mt19937 random(2);
    for (auto unused : state) {
        const std::string number = std::to_string(random() % static_cast<unsigned>(BenchCases()));
        const auto found = world.store().Find({LookupKind::kReturn, "main", "R-" + number});
        CHECK(found.ok() && found->size() == 1);
        const auto loaded = world.store().Load(found->front());
        CHECK(loaded.ok() && loaded->has_value());
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_StoreLoadAndFind);

}  // namespace

}  // namespace returns::gateway
