// A clock that is wrong by a day, the sender's or ours: what then becomes of legal dates, windows
// and timers. The world begins on Monday, 2 March 2026, 09:00 UTC; its orders are of the EU.
#include "tests/gateway/lane_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using sim::kDay;
using sim::kHour;
using sim::kMinute;

void TellAt(LaneWorld& world, const std::string& type, Instant at, const std::string& data) {
    static int told = 0;
    world.Put(R"({"specversion":"1.0","source":"/shop","id":"c)" + std::to_string(++told) +
              R"(","type":")" + type + R"(","subject":"1","time":")" + FormatInstant(at) +
              R"(","data":)" + data + "}");
    world.Step();
}

const Return& AskAt(LaneWorld& world, Instant at, bool statutory = true) {
    TellAt(world, "return.requested", at,
           std::string(
               R"({"return_id":"R-1","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)") +
               R"("resolution":"refund","statutory":)" + (statutory ? "true" : "false") + "}");
    return world.Subject("1").returns.front();
}

constexpr const char* kTrueDate = "2026-03-16T22:59:59.999Z";  // the end of the 16th in Brussels
constexpr const char* kDayEarlier = "2026-03-15T22:59:59.999Z";

TEST(ClockWrongByADay, AheadAtTheSenderCountsFromWhenWeHeard) {
    LaneWorld world;
    world.PlaceOrder("1");
    const Return& asked = AskAt(world, world.clock.Now() + kDay);
    EXPECT_EQ(asked.requested_at, world.clock.Now());
    EXPECT_EQ(FormatInstant(asked.legal_deadline), kTrueDate);
}

TEST(ClockWrongByADay, BehindAtTheSenderMakesTheLegalDateEarlier) {
    LaneWorld world;
    world.PlaceOrder("1");
    const Return& asked = AskAt(world, world.clock.Now() - kDay);
    EXPECT_EQ(asked.requested_at, world.clock.Now() - kDay);
    EXPECT_EQ(FormatInstant(asked.legal_deadline), kDayEarlier);
}

// Delivery told a day too early closes the window a day too early: on its last true day goodwill is
// refused, which an agent can undo; a legal right is looked at by a person and never refused.
TEST(ClockWrongByADay, BehindAtTheSenderNeverDeniesALegalRight) {
    for (const bool statutory : {false, true}) {
        LaneWorld world;
        world.Tell("order.placed", "1",
                   R"({"lines":[{"id":"A","sku":"SKU-1","quantity":2,"unit_price_minor":5000}],)"
                   R"("currency":"EUR","jurisdiction":"EU"})");
        const Instant delivered = world.clock.Now() + kHour;
        world.Pass(kHour);
        TellAt(world, "order.delivered", delivered - kDay, "{}");
        world.Pass(30 * kDay);
        AskAt(world, world.clock.Now(), statutory);
        EXPECT_EQ(world.Subject("1").slices.front().state,
                  statutory ? ReturnState::kInReview : ReturnState::kDenied);
    }
}

TEST(ClockWrongByADay, AheadWithUsLeavesLegalDatesToTheSendersClock) {
    LaneWorld world;
    world.PlaceOrder("1");
    const Instant real = world.clock.Now();
    world.clock.Jump(kDay);
    EXPECT_EQ(FormatInstant(AskAt(world, real).legal_deadline), kTrueDate);
    EXPECT_TRUE(world.timers->held());
    // Put right again: nothing of the case goes back in time, and its legal date stays.
    const Instant stamped = world.Subject("1").recorded_at;
    world.clock.Jump(-kDay);
    TellAt(world, "parcel.posted", real + kHour, R"({"return_id":"R-1"})");
    EXPECT_GE(world.Subject("1").recorded_at, stamped);
    EXPECT_EQ(FormatInstant(world.Subject("1").returns.front().legal_deadline), kTrueDate);
    EXPECT_TRUE(world.timers->held());
}

// Tickets come up to a day early, money does not move at all.
TEST(ClockWrongByADay, AheadWithUsWakesPeopleEarlyAndPaysNobody) {
    LaneWorld world;
    world.PlaceOrder("1");
    AskAt(world, world.clock.Now());
    world.Tell("parcel.delivered", "1", R"({"return_id":"R-1"})");
    const Instant due = world.Subject("1").slices.front().due_at;
    world.Pass(due - world.clock.Now() - kDay + kHour);
    ASSERT_EQ(world.Subject("1").slices.front().state, ReturnState::kAtPartner);
    world.clock.Jump(kDay);
    world.Step();
    world.Pass(14 * kMinute);
    EXPECT_EQ(world.Subject("1").slices.front().state, ReturnState::kAtPartner) << "held";
    world.Pass(2 * kMinute);
    EXPECT_EQ(world.Subject("1").slices.front().state, ReturnState::kException);
    EXPECT_EQ(world.Subject("1").tickets.size(), 1u);
    world.Pass(20 * kDay);
    EXPECT_TRUE(world.http->To("psp", "POST").empty());
}

TEST(ClockWrongByADay, BehindWithUsMakesTheLegalDateEarlierAndNeverLater) {
    LaneWorld world;
    world.PlaceOrder("1");
    const Instant real = world.clock.Now();
    world.clock.Jump(-kDay);
    // The order was told before; its case's own time does not go back.
    EXPECT_EQ(FormatInstant(AskAt(world, real).legal_deadline), kTrueDate);
    // A case that only knows the slow clock believes it, in the customer's favour.
    world.Put(
        R"({"specversion":"1.0","source":"/shop","id":"p2","type":"order.placed","subject":"2",)"
        R"("data":{"lines":[{"id":"A","sku":"SKU-1","quantity":2,"unit_price_minor":5000}],)"
        R"("currency":"EUR","jurisdiction":"EU"}})");
    world.Put(R"({"specversion":"1.0","source":"/shop","id":"r2","type":"return.requested",)"
              R"("subject":"2","time":")" +
              FormatInstant(real) +
              R"(","data":{"return_id":"R-2","lines":[{"id":"A","quantity":1,"reason":"late"}],)"
              R"("resolution":"refund","statutory":true}})");
    world.Step();
    EXPECT_EQ(FormatInstant(world.Subject("2").returns.front().legal_deadline), kDayEarlier);
}

}  // namespace
}  // namespace returns::gateway
