// When a timer fires, and when a clock that jumped keeps it back.
#include "tests/gateway/lane_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using sim::kDay;
using sim::kHour;
using sim::kMinute;

std::size_t Fired(const LaneWorld& world) {
    std::size_t fired = 0;
    for (const JournalRow& row : world.database.journal)
        fired += row.body.find("\"type\":\"timer.fired\"") != std::string::npos;
    return fired;
}

// A case whose next moment is `wake` away.
Millis Waiting(LaneWorld& world) {
    world.Tell("parcel.scanned", "1", R"({"return_id":"R-1"})");  // before its order: a shell
    const Instant wake = world.store->NextDue();
    EXPECT_NE(wake, kNever);
    return wake - world.clock.Now();
}

TEST(Timers, FireWhenTheirTimeHasComeAndOnce) {
    LaneWorld world;
    const Millis left = Waiting(world);
    world.Pass(left - kMinute);
    EXPECT_EQ(Fired(world), 0u);
    world.Pass(2 * kMinute);
    EXPECT_EQ(Fired(world), 1u);
    world.Step();
    EXPECT_EQ(Fired(world), 1u);
}

TEST(Timers, AreNotHandedInTwiceWhileUnderWay) {
    LaneWorld world;
    const Millis left = Waiting(world);
    world.clock.MoveTo(world.clock.Monotonic() + left + kMinute);
    EXPECT_TRUE(world.timers->Step());
    EXPECT_FALSE(world.timers->Step());
    EXPECT_EQ(world.engine->queued(), 1u);
}

TEST(Timers, AFullEngineKeepsThemForLater) {
    EngineOptions options;
    options.queue_max = 1;
    LaneWorld world({}, options);
    const Millis left = Waiting(world);
    world.clock.MoveTo(world.clock.Monotonic() + left + kMinute);
    Input other;
    other.event.type = EventType::kOrderDelivered;
    other.event.key = {"main", "other"};
    ASSERT_TRUE(world.engine->Submit(std::move(other)));
    world.timers->Step();
    EXPECT_EQ(world.engine->queued(), 1u);
    world.Step();
    EXPECT_EQ(Fired(world), 1u);
}

// More than five minutes against the monotonic clock: nothing fires for a quarter of an hour.
TEST(Timers, AJumpOfTheClockHoldsThem) {
    for (const Millis jump : {2 * kDay, 6 * kMinute}) {
        LaneWorld world;
        const Millis left = Waiting(world);
        world.Pass(left - kMinute);
        world.clock.Jump(jump);
        world.Step();
        EXPECT_EQ(Fired(world), 0u) << jump.count();
        world.Pass(14 * kMinute);
        EXPECT_EQ(Fired(world), 0u) << jump.count();
        EXPECT_TRUE(world.timers->held());
        world.Pass(2 * kMinute);
        EXPECT_EQ(Fired(world), 1u) << jump.count();
        EXPECT_FALSE(world.timers->held());
    }
}

TEST(Timers, AJumpBackHoldsThemToo) {
    LaneWorld world;
    const Millis left = Waiting(world);
    world.Pass(left - kMinute);
    world.clock.Jump(-10 * kMinute);
    world.Step();
    for (int i = 0; i < 2; ++i) {  // put right in small steps: still not to be trusted
        world.clock.Jump(4 * kMinute);
        world.Step();
    }
    world.Pass(4 * kMinute);
    EXPECT_EQ(Fired(world), 0u);
    world.Pass(16 * kMinute);
    EXPECT_EQ(Fired(world), 1u);
}

TEST(Timers, SmallCorrectionsHoldNothing) {
    LaneWorld world;
    const Millis left = Waiting(world);
    world.Pass(left - kMinute);
    world.clock.Jump(4 * kMinute);
    world.Step();
    EXPECT_EQ(Fired(world), 1u);
}

TEST(Timers, AFailedStoreFiresNothing) {
    LaneWorld world;
    const Millis left = Waiting(world);
    world.store->before_commit = [](const Batch&) { return sim::CommitFault::kFail; };
    world.Tell("order.delivered", "2", "{}");
    ASSERT_TRUE(world.engine->failed());
    world.Pass(left + kHour);
    EXPECT_EQ(Fired(world), 0u);
    world.Restart();
    world.Step();
    EXPECT_EQ(Fired(world), 1u);
}

}  // namespace
}  // namespace returns::gateway
