// What every store promises, run over both implementations, and that the two agree.
#include "gateway/journal.h"
#include "gateway/seal.h"
#include "tests/gateway/store_world.h"
#include "tests/sim/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const CaseKey kOne{"main", "O-1"};
const CaseKey kTwo{"main", "O-2"};
const CaseKey kThree{"main", "O-3"};

Instant At(int seconds) { return Instant(std::chrono::seconds(1'772'000'000 + seconds)); }

using MakeWorld = std::unique_ptr<StoreWorld> (*)();

class StoreContract : public ::testing::TestWithParam<MakeWorld> {
protected:
    Store& store() { return world_->store(); }
    Archive& archive() { return world_->archive(); }
    Case Put(CaseChange change) {
        Batch batch;
        batch.changes.push_back(std::move(change));
        CommitOrFail(store(), batch);
        return batch.changes.back().after;
    }

    std::unique_ptr<StoreWorld> world_ = GetParam()();
};

TEST_P(StoreContract, AnUnknownCaseIsNotThere) {
    EXPECT_FALSE(store().Load(kOne).value().has_value());
    EXPECT_FALSE(archive().Row(1).value().has_value());
    EXPECT_THAT(store().Find({LookupKind::kReturn, "main", "R-1"}).value(), IsEmpty());
    EXPECT_EQ(store().NextDue(), kNever);
}

TEST_P(StoreContract, CommitFillsInRowSeenAndChain) {
    const Case first = Put(WakeChange({}, kOne, At(1)));
    ASSERT_EQ(first.seen.size(), 1U);
    EXPECT_EQ(first.seen[0].journal, 1);
    const JournalRow row = archive().Row(1).value().value();
    EXPECT_EQ(row.chain, NextChain("", row.body));
    EXPECT_EQ(first.chain, row.chain);
    EXPECT_EQ(row.key, kOne);
    EXPECT_EQ(store().Load(kOne).value(), first);
    const Case second = Put(WakeChange(first, kOne, At(2)));
    EXPECT_EQ(second.chain, NextChain(first.chain, archive().Row(2).value()->body));
    EXPECT_EQ(second.seen[1].journal, 2);
    EXPECT_EQ(store().Load(kOne).value(), second);
}

TEST_P(StoreContract, SeveralChangesOfOneCaseShareABatch) {
    Batch batch;
    batch.changes.push_back(WakeChange({}, kOne, At(1)));
    batch.changes.push_back(WakeChange({}, kTwo, At(1)));
    batch.changes.push_back(WakeChange(batch.changes[0].after, kOne, At(2)));
    CommitOrFail(store(), batch);
    const Case after = store().Load(kOne).value().value();
    EXPECT_EQ(after.version, 2);
    ASSERT_EQ(after.seen.size(), 2U);
    EXPECT_EQ(after.seen[0].journal, 1);
    EXPECT_EQ(after.seen[1].journal, 3);
    EXPECT_EQ(after, batch.changes[2].after);
    EXPECT_EQ(after.chain, NextChain(batch.changes[0].row.chain, batch.changes[2].row.body));
    const auto anchors = archive().Anchors(0, 10).value();
    ASSERT_EQ(anchors.size(), 1U);
    EXPECT_EQ(anchors[0].seq, 3);
    EXPECT_EQ(anchors[0].head,
              NextAnchor("", batch.changes[0].row.chain + batch.changes[1].row.chain +
                                 batch.changes[2].row.chain));
}

TEST_P(StoreContract, AStaleVersionIsAConflictAndWritesNothing) {
    const Case first = Put(WakeChange({}, kOne, At(1)));
    Put(WakeChange(first, kOne, At(2)));
    Batch stale;
    stale.changes.push_back(WakeChange({}, kTwo, At(1)));
    stale.changes.push_back(WakeChange(first, kOne, At(3)));
    stale.offsets.push_back({"orders", 0, 7});
    EXPECT_EQ(store().Commit(stale).value(), CommitOutcome::kConflict);
    EXPECT_FALSE(store().Load(kTwo).value().has_value());
    EXPECT_EQ(store().Load(kOne).value()->version, 2);
    EXPECT_THAT(archive().Offsets().value(), IsEmpty());
    Batch again;
    again.changes.push_back(WakeChange({}, kOne, At(1)));
    EXPECT_EQ(store().Commit(again).value(), CommitOutcome::kConflict);
    Put(WakeChange({}, kThree, At(1)));
}

TEST_P(StoreContract, LookupsAreNotUniqueAndKeepTheirOrder) {
    const Lookup lookup{LookupKind::kTracking, "dhl", "T-1"};
    CaseChange two = WakeChange({}, kTwo, At(1));
    two.lookups = {lookup, lookup};
    const Case after = Put(two);
    CaseChange one = WakeChange({}, kOne, At(1));
    one.lookups = {lookup};
    Put(one);
    CaseChange repeat = WakeChange(after, kTwo, At(1));
    repeat.lookups = {lookup};
    Put(repeat);
    EXPECT_THAT(store().Find(lookup).value(), ElementsAre(kTwo, kOne));
    EXPECT_THAT(store().Find({LookupKind::kReturn, "dhl", "T-1"}).value(), IsEmpty());
    EXPECT_THAT(store().Find({LookupKind::kTracking, "ups", "T-1"}).value(), IsEmpty());
    world_->Reopen();
    EXPECT_THAT(store().Find(lookup).value(), ElementsAre(kTwo, kOne));
}

// A value that is nobody's own: each case is found once, however often it says it.
TEST_P(StoreContract, ALookupThatVeryManyShareFindsEachOnce) {
    const Lookup lookup{LookupKind::kTracking, "dhl", "none"};
    constexpr std::size_t kCases = 100;
    Case first;
    for (std::size_t n = 0; n < kCases; ++n) {
        CaseChange change = WakeChange({}, {"main", std::to_string(n)}, At(1));
        change.lookups = {lookup};
        const Case after = Put(change);
        if (n == 0) first = after;
    }
    CaseChange again = WakeChange(first, first.key, At(1));
    again.lookups = {lookup};
    Put(again);
    EXPECT_EQ(store().Find(lookup).value().size(), kCases);
}

TEST_P(StoreContract, DueGivesTheLongestOverdueFirst) {
    const Case one = Put(WakeChange({}, kOne, At(300)));
    const Case two = Put(WakeChange({}, kTwo, At(100)));
    Put(WakeChange({}, kThree, At(101)));
    EXPECT_EQ(store().NextDue(), At(100));
    EXPECT_THAT(store().Due(At(99), 10).value(), IsEmpty());
    EXPECT_THAT(store().Due(At(100), 10).value(), ElementsAre(kTwo));
    EXPECT_THAT(store().Due(At(300), 10).value(), ElementsAre(kTwo, kThree, kOne));
    EXPECT_THAT(store().Due(At(300), 2).value(), ElementsAre(kTwo, kThree));
    Put(WakeChange(one, kOne, At(50)));
    const Case never = Put(WakeChange(two, kTwo, kNever));
    EXPECT_EQ(store().NextDue(), At(50));
    EXPECT_THAT(store().Due(At(300), 10).value(), ElementsAre(kOne, kThree));
    world_->Reopen();
    EXPECT_THAT(store().Due(At(300), 10).value(), ElementsAre(kOne, kThree));
    Put(WakeChange(never, kTwo, At(100)));
    EXPECT_THAT(store().Due(At(300), 10).value(), ElementsAre(kOne, kTwo, kThree));
}

TEST_P(StoreContract, TheOutboxHoldsUnfinishedCommandsInOrder) {
    Command first;
    first.number = 4;
    first.operation = "refund.create";
    first.body = Json::Object({{"amount", Json::Int(1299)}});
    Command second = first;
    second.number = 2;
    CaseChange change = WakeChange({}, kOne, At(1));
    change.outbox_put = {first, second};
    const Case after = Put(change);
    first.attempts = 3;
    CaseChange update = WakeChange(after, kOne, At(1));
    update.outbox_put = {first};
    const Case updated = Put(update);
    world_->Reopen();
    auto outbox = archive().Outbox().value();
    ASSERT_EQ(outbox.size(), 2U);
    EXPECT_EQ(outbox[0].key, kOne);
    EXPECT_EQ(outbox[0].command, first);
    EXPECT_EQ(outbox[1].command, second);
    CaseChange done = WakeChange(updated, kOne, At(1));
    done.outbox_remove = {4, 99};
    Put(done);
    outbox = archive().Outbox().value();
    ASSERT_EQ(outbox.size(), 1U);
    EXPECT_EQ(outbox[0].command.number, 2);
}

TEST_P(StoreContract, ParkedInputIsUniqueAndFoundByItsKeys) {
    ParkedInput input;
    input.source = "connection:dhl";
    input.source_id = "cb-1";
    input.reason = "no case for return R-9";
    input.lookups = {{LookupKind::kReturn, "main", "R-9"}};
    input.raw = "{}";
    ParkedInput repeat = input;
    repeat.reason = "another";
    Batch batch;
    batch.park = {input, repeat};
    CommitOrFail(store(), batch);
    const auto parked = archive().Parked(input.lookups[0], 10).value();
    ASSERT_EQ(parked.size(), 1U);
    EXPECT_EQ(parked[0].reason, input.reason);
    EXPECT_EQ(parked[0].lookups, input.lookups);
    EXPECT_THAT(archive().Parked(Lookup{LookupKind::kMail, "main", "R-9"}, 9).value(), IsEmpty());
    Batch replace;
    replace.unpark = {parked[0].id};
    replace.park = {repeat};
    CommitOrFail(store(), replace);
    const auto replaced = archive().Parked(std::nullopt, 10).value();
    ASSERT_EQ(replaced.size(), 1U);
    EXPECT_EQ(replaced[0].reason, "another");
    EXPECT_NE(replaced[0].id, parked[0].id);
    Batch other;
    other.park = {input};
    other.park[0].digest = "of another body";
    CommitOrFail(store(), other);
    EXPECT_EQ(archive().Parked(std::nullopt, 10).value().size(), 2U);
}

TEST_P(StoreContract, RawBytesGoWithTheirHeadersAndOnlyTheDigestStays) {
    Batch batch;
    for (int at = 0; at < 4; ++at) {
        ParkedInput input;
        input.source = "kafka:orders";
        input.source_id = "0/" + std::to_string(at);
        input.digest = "d" + std::to_string(at);
        input.parked_at = At(10 - at);
        if (at != 3) {  // the last has an envelope, and no raw bytes
            input.raw = "{";
            input.headers = R"({"key":"aw=="})";
        }
        batch.park.push_back(input);
    }
    CommitOrFail(store(), batch);
    const auto all = archive().ParkedAfter(0, 9).value();
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[1].headers, R"({"key":"aw=="})");
    const std::int64_t first = all[0].id, second = all[1].id, third = all[2].id;
    EXPECT_THAT(archive().RawBefore(At(10), 9).value(), ElementsAre(third, second));
    EXPECT_THAT(archive().RawBefore(At(11), 2).value(), ElementsAre(third, second));
    Batch forget;
    forget.forget_raw = {third, second, 900};
    CommitOrFail(store(), forget);
    world_->Reopen();
    EXPECT_THAT(archive().RawBefore(At(99), 9).value(), ElementsAre(first));
    const auto after = archive().ParkedAfter(first, 2).value();
    ASSERT_EQ(after.size(), 2U);
    EXPECT_EQ(after[1].id, third);
    EXPECT_EQ(after[1].raw + after[1].headers, "");
    EXPECT_EQ(after[1].digest, "d2");
}

TEST_P(StoreContract, APositionGoesBackOnlyByAPersonsWord) {
    const auto next = [&] { return archive().Offsets().value().at(0).next; };
    Batch forth, back, moved;
    forth.offsets = {{"orders", 1, 12}};
    back.offsets = {{"orders", 1, 10}};
    moved.moved = {{"orders", 1, 4}};
    CommitOrFail(store(), forth);
    CommitOrFail(store(), back);
    EXPECT_EQ(next(), 12);
    CommitOrFail(store(), moved);
    EXPECT_EQ(next(), 4);
}

TEST_P(StoreContract, ASnapshotOfAnotherVersionIsRefused) {
    const Case first = Put(WakeChange({}, kOne, At(1)));
    const Case second = Put(WakeChange(first, kOne, At(2)));
    EXPECT_EQ(store().Snapshot({&first}).error().code, Code::kConflict);
    ASSERT_TRUE(store().Snapshot({&second}).ok());
    EXPECT_EQ(store().Load(kOne).value(), second);
    const Case third = Put(WakeChange(second, kOne, At(3)));
    EXPECT_EQ(store().Load(kOne).value(), third);
}

TEST_P(StoreContract, OffsetsMetaAndPersonalKeepTheLastValue) {
    Batch batch;
    batch.changes.push_back(WakeChange({}, kOne, At(1)));
    batch.offsets = {{"orders", 1, 10}, {"orders", 0, 3}, {"orders", 1, 12}};
    batch.meta = {{"cursor", "1"}, {"cursor", "2"}};
    batch.personal = {{kOne, "Ada", "ada@example.org", "+49", "s1"}};
    CommitOrFail(store(), batch);
    world_->Reopen();
    const auto offsets = archive().Offsets().value();
    ASSERT_EQ(offsets.size(), 2U);
    EXPECT_EQ(offsets[1].next, 12);
    EXPECT_EQ(archive().Meta("cursor").value(), "2");
    EXPECT_EQ(archive().Meta("none").value(), "");
    EXPECT_EQ(archive().PersonalOf(kOne).value()->mail, "ada@example.org");
    EXPECT_FALSE(archive().PersonalOf(kTwo).value().has_value());
}

TEST_P(StoreContract, SwitchesAreKeptInOrderAndWhole) {
    SwitchRow row{0, "psp", "mode", "observe", "act", "ada", "go", "observe", At(3)};
    Batch batch;
    batch.switches = {row};
    CommitOrFail(store(), batch);
    row.before = "act";
    row.after = "ask";
    batch.switches = {row, row};
    CommitOrFail(store(), batch);
    EXPECT_TRUE(archive().Switches(3, 10).value().empty());
    const auto rows = archive().Switches(1, 1).value();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].id, 2);
    EXPECT_EQ(rows[0].connection, "psp");
    EXPECT_EQ(rows[0].what, "mode");
    EXPECT_EQ(rows[0].before, "act");
    EXPECT_EQ(rows[0].after, "ask");
    EXPECT_EQ(rows[0].by, "ada");
    EXPECT_EQ(rows[0].reason, "go");
    EXPECT_EQ(rows[0].settings_mode, "observe");
    EXPECT_EQ(rows[0].at, At(3));
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         ::testing::Values(&MakeSqliteWorld, &MakeMemoryWorld),
                         [](const auto& info) { return info.index == 0 ? "Sqlite" : "Memory"; });

// Unparks, in both, the input that was parked first.
void UnparkFirst(StoreWorld& world, Batch& batch) {
    const auto parked = world.archive().Parked(std::nullopt, 1).value();
    for (const ParkedInput& input : parked) batch.unpark.push_back(input.id);
}

TEST(Stores, AgreeOnRandomBatchesAcrossReopens) {
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        BatchSource source(seed);
        std::mt19937 random(seed);
        const auto sqlite = MakeSqliteWorld();
        const auto memory = MakeMemoryWorld();
        for (int step = 0; step < 30; ++step) {
            Batch batch = source.Next();
            Batch copy = batch;
            if (random() % 4 == 0) {
                UnparkFirst(*sqlite, batch);
                UnparkFirst(*memory, copy);
            }
            CommitOrFail(sqlite->store(), batch);
            CommitOrFail(memory->store(), copy);
            source.Committed(batch);
            if (random() % 5 == 0) {
                const auto& cases = source.cases();
                const Case& one = std::next(cases.begin(), random() % cases.size())->second;
                ASSERT_TRUE(sqlite->store().Snapshot({&one}).ok());
            }
            if (random() % 6 == 0) sqlite->Reopen();
            if (step % 5 != 0) continue;
            ASSERT_EQ(Dump(*sqlite, source.cases()), Dump(*memory, source.cases()));
        }
        for (const auto& [key, subject] : source.cases()) {
            ASSERT_EQ(sqlite->store().Load(key).value(), subject);
        }
    }
}

TEST(MemoryStore, FaultsAreAsTheyAreCalled) {
    using sim::CommitFault;
    sim::MemoryDatabase database;
    const auto commit = [&](CommitFault fault, CaseChange change) {
        sim::MemoryStore store(&database);
        store.before_commit = [fault](const Batch&) { return fault; };
        Batch batch;
        batch.changes.push_back(std::move(change));
        const auto first = store.Commit(batch);
        Batch more;
        EXPECT_EQ(store.Commit(more).ok(), fault == CommitFault::kNone);
        return first.ok() ? std::optional<Code>() : first.error().code;
    };
    EXPECT_EQ(commit(CommitFault::kFail, WakeChange({}, kOne, At(1))), Code::kInternal);
    EXPECT_EQ(commit(CommitFault::kLost, WakeChange({}, kOne, At(1))), Code::kInDoubt);
    EXPECT_TRUE(database.journal.empty());
    EXPECT_EQ(commit(CommitFault::kDoubt, WakeChange({}, kOne, At(1))), Code::kInDoubt);
    EXPECT_EQ(database.journal.size(), 1U);
    EXPECT_EQ(commit(CommitFault::kNone, WakeChange({}, kTwo, At(1))), std::nullopt);
    EXPECT_TRUE(database.CheckReplay().ok());
    database.cases[kTwo].subject.shipping_minor = 1;
    EXPECT_FALSE(database.CheckReplay().ok());
}

TEST(MemoryStore, TwoEnginesMeetInAConflict) {
    sim::MemoryDatabase database;
    sim::MemoryStore left(&database), right(&database);
    Batch first;
    first.changes.push_back(WakeChange({}, kOne, At(1)));
    Batch second = first;
    CommitOrFail(left, first);
    EXPECT_EQ(right.Commit(second).value(), CommitOutcome::kConflict);
    Batch again;
    again.changes.push_back(WakeChange(right.Load(kOne).value().value(), kOne, At(2)));
    CommitOrFail(right, again);
    EXPECT_EQ(left.Load(kOne).value()->version, 2);
}

}  // namespace

}  // namespace returns::gateway
