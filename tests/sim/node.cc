#include "tests/sim/node.h"

#include "schemas/check.h"

namespace returns::sim {
namespace {

EngineOptions Options() {
    EngineOptions options;
    options.personal_secret = "personal secret of simulated worlds";
    options.batch_max = 16;
    return options;
}

std::int64_t Position(const MemoryDatabase& database) {
    const auto found = database.offsets.find({kShopTopic, 0});
    return found == database.offsets.end() ? 0 : found->second;
}

}  // namespace

NodeStore::NodeStore(Scene& scene, MemoryDatabase& database, const Plant& plant, Checker& checker)
    : scene_(scene), plant_(plant), inner_(&database) {
    inner_.before_commit = [this](const Batch&) { return Draw(); };
    inner_.after_commit = [this, &checker](const Batch& batch) {
        if (scene_.trace != nullptr)
            for (const CaseChange& change : batch.changes)
                scene_.Trace("row " + std::to_string(change.row.seq) + " " + change.row.body);
        checker.OnCommit(batch);
        if (scene_.Strikes(Fault::kCrashInCommit)) throw Crash{};
    };
}

CommitFault NodeStore::Draw() {
    if (scene_.Strikes(Fault::kCrashInCommit)) throw Crash{};
    if (scene_.Strikes(Fault::kCommitFails)) return CommitFault::kFail;
    if (scene_.Strikes(Fault::kCommitInDoubt)) return CommitFault::kDoubt;
    if (scene_.Strikes(Fault::kCommitLost)) return CommitFault::kLost;
    return CommitFault::kNone;
}

Result<std::optional<Case>> NodeStore::Load(const CaseKey& key) {
    auto loaded = inner_.Load(key);
    if (plant_.load && loaded.ok() && *loaded) plant_.load(**loaded);
    return loaded;
}

Result<CommitOutcome> NodeStore::Commit(Batch& batch) {
    if (!plant_.write) {
        auto outcome = inner_.Commit(batch);
        if (outcome.ok() && *outcome == CommitOutcome::kConflict)
            ++scene_.struck[static_cast<std::size_t>(Fault::kConflict)];
        return outcome;
    }
    Batch written = batch;
    plant_.write(written);
    auto outcome = inner_.Commit(written);
    // The engine goes on with what the store has sealed, and knows nothing of the rest.
    for (CaseChange& change : batch.changes) {
        for (const CaseChange& stored : written.changes) {
            if (stored.row.key != change.row.key || stored.version_before != change.version_before)
                continue;
            change.row = stored.row;
            change.after.chain = stored.after.chain;
            change.after.seen = stored.after.seen;
        }
    }
    return outcome;
}

Result<std::vector<ParkedInput>> NodeStore::Parked(const std::optional<Lookup>& key, int n) {
    if (plant_.hides_parked && key) return std::vector<ParkedInput>();
    return inner_.Parked(key, n);
}

Node::Node(Scene& scene, Kit& kit, MemoryDatabase& database, Topics& topics,
           const std::map<std::string, Partner*>& partners, Checker& checker, bool reads)
    : scene_(scene),
      plant_(kit.plant),
      database_(database),
      topics_(topics),
      reads_(reads),
      store_(scene, database, kit.plant, checker),
      http_(scene, partners),
      bus_(scene, topics, reads ? kShopTopic : "", Position(database)),
      engine_(store_, store_, scene.clock, scene.chance, kit.book, Options()),
      publisher_(engine_, &bus_, PublisherTopics{kStatusTopic, kRejectedTopic}),
      dispatcher_(engine_, http_, publisher_, scene.clock, scene.chance, *kit.connections),
      poller_(engine_, scene.clock, *kit.connections, dispatcher_),
      missing_(engine_, scene.clock, kit.missing_tickets_max),
      timers_(engine_, store_, scene.clock, missing_),
      intake_(engine_, bus_, scene.clock, *kit.connections, kit.kafka, 1 << 20),
      // Another node reads for this one: what it has read it has committed here.
      reconciliation_(engine_, scene.clock, kit.book, [this] { return !reads_ || bus_.AtEnd(); }) {
    dispatcher_.HoldMoneyWhile([this] { return reconciliation_.CatchingUp(); });
    bus_.early_acknowledgements = kit.plant.acknowledges_early;
    http_.on_submit = [&checker, &kit](HttpCall& call) {
        if (kit.plant.submit) kit.plant.submit(call);
        checker.OnSending(call);
    };
    if (kit.plant.complete) http_.on_complete = kit.plant.complete;
    CHECK(engine_.Recover().ok());
    CHECK(publisher_.Recover(store_).ok());
    CHECK(dispatcher_.Recover(store_).ok());
}

bool Node::CrashHere() {
    if (scene_.Strikes(Fault::kCrash)) throw Crash{};
    return false;
}

bool Node::Step() {
    bool worked = CrashHere();
    worked = intake_.Step() || worked;
    if (plant_.offsets_first && reads_)
        database_.offsets[{kShopTopic, 0}] =
            static_cast<std::int64_t>(topics_.records[kShopTopic].size());
    CrashHere();
    worked = engine_.Step() || worked;
    CrashHere();
    worked = dispatcher_.Step() || worked;
    CrashHere();
    worked = engine_.Step() || worked;
    CrashHere();
    worked = publisher_.Step() || worked;
    worked = timers_.Step() || worked;
    worked = poller_.Step() || worked;
    worked = reconciliation_.Step() || worked;
    if (scene_.chance.PerMille(10)) engine_.Rest(true);
    return worked;
}

Instant Node::NextDue() {
    return std::min({timers_.NextDue(), dispatcher_.NextDue(), poller_.NextDue()});
}

}  // namespace returns::sim
