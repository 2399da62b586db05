// The lane by itself: what a commit carries, what a repeat gets, what waits and is tried again,
// what a failing store means. Over the store in memory, with the real rules.
#include "gateway/journal.h"
#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace returns::gateway {
namespace {

using testing::HasSubstr;

Input Event(EventType type, const std::string& order, const std::string& id,
            const std::string& return_id = "") {
    Input input;
    input.event.type = type;
    input.event.key = {"main", order};
    input.event.source = "test";
    input.event.source_id = id;
    input.event.data.return_id = return_id;
    return input;
}

// Hands it in, lets the engine work, gives what its giver was told; nothing when it was not taken.
std::optional<Receipt> Say(Engine& engine, Input input) {
    std::optional<Receipt> told;
    input.done = [&told](const Receipt& receipt) { told = receipt; };
    if (!engine.Submit(std::move(input))) return std::nullopt;
    while (engine.Step()) {
    }
    return told;
}

TEST(Engine, TellsNobodyBeforeTheCommit) {
    LaneWorld world;
    std::size_t told = 0, told_at_commit = 99;
    world.store->after_commit = [&](const Batch&) { told_at_commit = told; };
    for (int i = 0; i < 3; ++i) {
        Input input = Event(EventType::kOrderDelivered, std::to_string(i), "e");
        input.done = [&](const Receipt&) { ++told; };
        ASSERT_TRUE(world.engine->Submit(std::move(input)));
    }
    EXPECT_EQ(told, 0u);
    world.engine->Step();
    EXPECT_EQ(told_at_commit, 0u);
    EXPECT_EQ(told, 3u);
    EXPECT_EQ(world.engine->counters().commits, 1) << "what has arrived goes into one commit";
}

TEST(Engine, ARepeatGetsTheStoredReceiptAlsoAfterARestart) {
    LaneWorld world;
    world.PlaceOrder("1");
    const auto event = [] { return Event(EventType::kParcelScanned, "1", "e-1", "R-9"); };
    const auto first = Say(*world.engine, event());
    ASSERT_TRUE(first);
    const std::size_t rows = world.database.journal.size();
    for (int round = 0; round < 2; ++round) {
        const auto again = Say(*world.engine, event());
        ASSERT_TRUE(again);
        EXPECT_TRUE(again->repeated);
        EXPECT_EQ(again->seq, first->seq);
        EXPECT_EQ(again->verdict, first->verdict);
        EXPECT_EQ(again->reason, first->reason);
        const auto other = Say(*world.engine, Event(EventType::kParcelLost, "1", "e-1", "R-9"));
        ASSERT_TRUE(other);
        EXPECT_EQ(other->kind, Receipt::Kind::kConflict);
        EXPECT_THAT(other->reason, HasSubstr("e-1"));
        world.Restart();
    }
    EXPECT_EQ(world.database.journal.size(), rows);
    EXPECT_EQ(world.engine->counters().commits, 0) << "a repeat writes nothing";
}

TEST(Engine, ARepeatInTheSameBatchIsOneToo) {
    LaneWorld world;
    std::vector<Receipt> told;
    for (int i = 0; i < 2; ++i) {
        Input input = Event(EventType::kOrderDelivered, "1", "same");
        input.done = [&](const Receipt& receipt) { told.push_back(receipt); };
        ASSERT_TRUE(world.engine->Submit(std::move(input)));
    }
    world.engine->Step();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_FALSE(told[0].repeated);
    EXPECT_TRUE(told[1].repeated);
    EXPECT_EQ(world.database.journal.size(), 1u);
}

// Sixty-four bits may meet: the journal row behind a fingerprint has the last word.
TEST(Engine, TwoIdsOfOneFingerprintAreTwo) {
    LaneWorld world;
    ASSERT_TRUE(Say(*world.engine, Event(EventType::kOrderDelivered, "1", "first")));
    Seen& seen = world.database.cases.at({"main", "1"}).subject.seen.at(0);
    seen.fingerprint = Fingerprint("test", "second");
    world.Restart();
    const auto second = Say(*world.engine, Event(EventType::kOrderDelivered, "1", "second"));
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->repeated);
    EXPECT_EQ(second->kind, Receipt::Kind::kDecided);
    EXPECT_EQ(world.database.journal.size(), 2u);
}

Input FromPartner(const std::string& id, const std::string& return_id) {
    Input input = Event(EventType::kParcelScanned, "", id, return_id);
    input.event.key = {"main", ""};
    input.event.connection = "3pl";
    return input;
}

// A callback for a return nobody knows yet: kept, and played when the return is told.
TEST(Engine, ALookUpThatIsWrittenDrivesWhatWaitedForIt) {
    LaneWorld world;
    world.PlaceOrder("1");
    const auto parked = Say(*world.engine, FromPartner("cb-1", "R-1"));
    ASSERT_TRUE(parked);
    EXPECT_EQ(parked->kind, Receipt::Kind::kParked);
    ASSERT_EQ(world.database.parked.size(), 1u);
    world.Restart();  // it waits in the database
    const std::string request =
        R"({"return_id":"R-1","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
        R"("resolution":"refund","statutory":false})";
    world.Tell("return.requested", "1", request);
    EXPECT_TRUE(world.database.parked.empty());
    EXPECT_EQ(world.Subject("1").slices.at(0).state, ReturnState::kInTransit);
    const auto again = Say(*world.engine, FromPartner("cb-1", "R-1"));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->repeated) << "told again after it was placed";
}

TEST(Engine, WhatWaitedIsPlayedInTheOrderItCame) {
    LaneWorld world;
    world.PlaceOrder("1");
    for (int i = 1; i <= 3; ++i)
        ASSERT_TRUE(Say(*world.engine, FromPartner("cb-" + std::to_string(i), "R-1")));
    const std::size_t before = world.database.journal.size();
    world.Tell("return.requested", "1",
               R"({"return_id":"R-1","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
               R"("resolution":"refund","statutory":false})");
    ASSERT_GE(world.database.journal.size(), before + 4);
    for (std::size_t i = 1; i <= 3; ++i) {
        const auto entry = DecodeEntry(world.database.journal.at(before + i).body);
        ASSERT_TRUE(entry.ok());
        EXPECT_EQ(entry->event.source_id, "cb-" + std::to_string(i));
    }
}

// The key was written by another engine between our look and our insert: looked for once more.
TEST(Engine, ParkingLooksAgainAfterItsCommit) {
    LaneWorld world;
    world.PlaceOrder("1");
    sim::MemoryStore others(&world.database);
    Engine other(others, others, world.clock, world.chance, world.kit->book, {});
    bool once = false;
    world.store->before_commit = [&](const Batch& batch) {
        if (batch.park.empty() || std::exchange(once, true)) return sim::CommitFault::kNone;
        Input request = Event(EventType::kReturnRequested, "1", "r", "R-1");
        EventLine line;
        line.id = "A";
        line.quantity = 1;
        request.event.data.lines.push_back(line);
        EXPECT_TRUE(Say(other, std::move(request)));
        return sim::CommitFault::kNone;
    };
    ASSERT_TRUE(Say(*world.engine, FromPartner("cb-1", "R-1")));
    EXPECT_TRUE(once);
    EXPECT_TRUE(world.database.parked.empty());
    EXPECT_EQ(world.database.cases.at({"main", "1"}).subject.slices.at(0).state,
              ReturnState::kInTransit);
}

TEST(Engine, AConflictIsDecidedAgainOnWhatIsThereNow) {
    LaneWorld world;
    world.PlaceOrder("1");
    sim::MemoryStore others(&world.database);
    Engine other(others, others, world.clock, world.chance, world.kit->book, {});
    ASSERT_TRUE(Say(other, Event(EventType::kParcelScanned, "1", "theirs", "R-9")));
    const auto ours = Say(*world.engine, Event(EventType::kParcelScanned, "1", "ours", "R-9"));
    ASSERT_TRUE(ours);
    EXPECT_EQ(ours->kind, Receipt::Kind::kDecided);
    EXPECT_EQ(world.engine->counters().retried, 1);
    EXPECT_TRUE(world.database.CheckReplay().ok());
}

// Nothing is told that may not be so, and nothing more is taken in.
TEST(Engine, AFailedCommitFailsTheWholeBatchAndStopsIntake) {
    for (const sim::CommitFault fault :
         {sim::CommitFault::kFail, sim::CommitFault::kDoubt, sim::CommitFault::kLost}) {
        LaneWorld world;
        world.store->before_commit = [&](const Batch&) { return fault; };
        std::vector<Receipt> told;
        for (int i = 0; i < 3; ++i) {
            Input input = Event(EventType::kOrderDelivered, std::to_string(i), "e");
            input.done = [&](const Receipt& receipt) { told.push_back(receipt); };
            ASSERT_TRUE(world.engine->Submit(std::move(input)));
        }
        world.engine->Step();
        ASSERT_EQ(told.size(), 3u);
        for (const Receipt& receipt : told) EXPECT_EQ(receipt.kind, Receipt::Kind::kFailed);
        EXPECT_TRUE(world.engine->failed());
        EXPECT_FALSE(world.engine->Submit(Event(EventType::kOrderDelivered, "9", "e")));
        EXPECT_FALSE(world.engine->Step());
    }
}

TEST(Engine, TimeNeverGoesBackInACaseAndClaimsAreBounded) {
    LaneWorld world;
    Input claim = Event(EventType::kOrderDelivered, "1", "future");
    claim.event.occurred_at = world.clock.Now() + sim::kDay;
    ASSERT_TRUE(Say(*world.engine, std::move(claim)));
    const Instant first = world.Subject("1").recorded_at;
    world.clock.Jump(-sim::kHour);
    ASSERT_TRUE(Say(*world.engine, Event(EventType::kOrderDelivered, "1", "later")));
    EXPECT_EQ(world.Subject("1").recorded_at, first);
    const auto entry = DecodeEntry(world.database.journal.at(0).body);
    ASSERT_TRUE(entry.ok());
    EXPECT_EQ(entry->event.occurred_at, entry->event.recorded_at);
}

TEST(Engine, ThePersonIsNotInTheJournal) {
    LaneWorld world;
    world.Tell("order.placed", "1",
               R"({"lines":[{"id":"A","sku":"SKU-1","quantity":1,"unit_price_minor":5000}],)"
               R"("currency":"EUR","jurisdiction":"EU",)"
               R"("customer":{"name":"Ada Byron","mail":"ada@shop.example","phone":"+49 30 55"}})");
    ASSERT_EQ(world.database.journal.size(), 1u);
    for (const std::string secret : {"Ada", "ada@", "+49"})
        EXPECT_EQ(world.database.journal[0].body.find(secret), std::string::npos) << secret;
    EXPECT_EQ(world.database.personal.at({"main", "1"}).mail, "ada@shop.example");
    const Lookup by_mail{LookupKind::kMail, "main",
                         world.engine->PersonalKey("main", "ADA@shop.example")};
    EXPECT_EQ(world.engine->Find(by_mail)->size(), 1u);
}

// Snapshots are written in spare time, never by the commit that changed a case.
class CountingStore final : public Store {
public:
    explicit CountingStore(sim::MemoryStore& inner) : inner_(inner) {}
    Result<std::optional<Case>> Load(const CaseKey& key) override {
        ++loads;
        return inner_.Load(key);
    }
    Result<CommitOutcome> Commit(Batch& batch) override { return inner_.Commit(batch); }
    Status Snapshot(const std::vector<const Case*>& cases) override {
        snapshots.push_back(cases.size());
        return inner_.Snapshot(cases);
    }
    Result<std::vector<CaseKey>> Find(const Lookup& lookup) override { return inner_.Find(lookup); }
    Result<std::vector<CaseKey>> Due(Instant now, int n) override { return inner_.Due(now, n); }
    Instant NextDue() override { return inner_.NextDue(); }

    std::vector<std::size_t> snapshots;
    int loads = 0;

private:
    sim::MemoryStore& inner_;
};

TEST(Engine, SnapshotsAreLazyAndCasesLeaveMemoryOnlyAfterOne) {
    LaneWorld world;
    CountingStore store(*world.store);
    EngineOptions options;
    options.cases_cached_max = 4;
    options.dirty_max = 3;  // at most half of those cached: 2
    Engine engine(store, *world.store, world.clock, world.chance, world.kit->book, options);
    const auto tell = [&](const std::string& order) {
        ASSERT_TRUE(Say(engine, Event(EventType::kOrderDelivered, order, "e" + order)));
        engine.Rest();
    };
    tell("1");
    tell("2");
    EXPECT_TRUE(store.snapshots.empty());
    tell("3");  // one more newer than its snapshot than may be
    EXPECT_EQ(store.snapshots, (std::vector<std::size_t>{3}));
    tell("4");
    tell("5");  // one more in memory than may be, and it is saved
    EXPECT_EQ(store.snapshots.size(), 1u);
    const int loads = store.loads;
    ASSERT_TRUE(engine.Read({"main", "5"}).ok());
    EXPECT_EQ(store.loads, loads) << "used last, still in memory";
    ASSERT_TRUE(engine.Read({"main", "1"}).ok());
    EXPECT_EQ(store.loads, loads + 1) << "used first, let go";
    ASSERT_TRUE(Say(engine, Event(EventType::kOrderDelivered, "2", "another")));
    engine.Rest(true);
    EXPECT_EQ(store.snapshots.back(), 3u) << "4, 5 and 2: only what has changed since";
}

// However much there is to save, nobody waits for all of it.
TEST(Engine, SnapshotsAreWrittenAFewAtATime) {
    LaneWorld world;
    CountingStore store(*world.store);
    EngineOptions options;
    options.cases_cached_max = 10'000;
    options.dirty_max = 300;
    Engine engine(store, *world.store, world.clock, world.chance, world.kit->book, options);
    for (int n = 0; n < 800; ++n) {
        const std::string order = std::to_string(n);
        ASSERT_TRUE(Say(engine, Event(EventType::kOrderDelivered, order, "e" + order)));
        engine.Rest();
    }
    EXPECT_EQ(store.snapshots, (std::vector<std::size_t>{128, 128, 128, 128}));
    engine.Rest(true);
    EXPECT_EQ(store.snapshots.back(), 800u - 512u);
}

TEST(Engine, SaysWhichEventIsBeingDecided) {
    std::vector<std::uint64_t> said;
    EngineOptions options;
    options.deciding = [&](std::uint64_t mark) { said.push_back(mark); };
    LaneWorld world({}, options);
    Say(*world.engine, Event(EventType::kOrderDelivered, "1", "e-1"));
    EXPECT_THAT(said, testing::ElementsAre(Fingerprint("test", "e-1"), 0));
}

// The event the program ended on twice freezes its case; a person goes on without it.
TEST(Engine, TheSuspectIsNotDecidedAgain) {
    EngineOptions options;
    options.suspect = Fingerprint("test", "e-1");
    options.deciding = [&](std::uint64_t mark) { EXPECT_NE(mark, options.suspect); };
    LaneWorld world({}, options);
    world.PlaceOrder("1");
    const auto told = Say(*world.engine, Event(EventType::kOrderCancelled, "1", "e-1"));
    ASSERT_TRUE(told);
    EXPECT_EQ(told->verdict, workflows::Verdict::kQuarantined);
    EXPECT_THAT(world.Subject("1").quarantine, HasSubstr("ended twice"));
    Input wish = Event(EventType::kAction, "1", "wish");
    wish.event.data.action = "unfreeze";
    wish.event.data.by = "operator:test";
    Say(*world.engine, wish);
    EXPECT_EQ(world.Subject("1").quarantine, "");
    EXPECT_FALSE(world.Subject("1").order_cancelled);
}

}  // namespace
}  // namespace returns::gateway
