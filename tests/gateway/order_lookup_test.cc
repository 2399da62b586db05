// An order older than the topic: asked of the shop when something comes before it, once; found it
// goes on as if it had been told, not found is an answer too.
#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;

constexpr const char* kOld =
    R"({"no":"A-7","at":"2026-02-14T09:30:00Z","state":"DELIVERED",
        "delivered":"2026-02-17T09:00:00Z","cur":"EUR","law":"EU","freight":0,
        "buyer":{"name":"Test Buyer","mail":"b@example.org"},
        "pos":[{"nr":1,"art":"SKU-1","qty":2,"gross":50.00,"vat":15.97,"rate":0.19}],
        "pay":[{"nr":1,"type":"CC","psp":"STRIPE","ref":"pi_7","paid":100.00}]})";

struct World : LaneWorld {
    explicit World(ConnectionMode mode = ConnectionMode::kAct)
        : LaneWorld([mode](ConnectionSettings& each) {
              if (each.name == "orders") each.mode = mode;
          }) {}
    std::vector<std::size_t> Asked() { return http->To("orders", "GET /orders/A-7"); }
    void Request() {
        Tell("return.requested", "A-7",
             R"({"return_id":"R-7","reason":"too_small","lines":[{"id":"1","quantity":1}]})");
    }
};

TEST(OrderLookup, WhatCameBeforeItsOrderGoesOnOnceTheShopHasSaidIt) {
    World world;
    world.Request();
    world.Tell("return.opened", "A-7", R"({"return_id":"R-7"})");
    world.Tell("return.inspected", "A-7",
               R"({"return_id":"R-7","lines":[{"id":"1","accepted":1}]})");
    ASSERT_EQ(world.Asked().size(), 1u) << "once, however much waits";
    EXPECT_FALSE(world.Subject("A-7").placed);
    world.http->Answer(world.Asked()[0], 200, kOld);
    world.Step();
    const Case& known = world.Subject("A-7");
    EXPECT_TRUE(known.placed);
    EXPECT_EQ(FormatDate(known.placed_at), "2026-02-14");
    ASSERT_EQ(known.tenders.size(), 1u);
    EXPECT_EQ(known.tenders[0].executor, Executor::kPsp);
    ASSERT_EQ(known.slices.size(), 1u);
    EXPECT_EQ(known.slices[0].state, ReturnState::kAccepted);
    ASSERT_EQ(known.legs.size(), 1u) << "the capture came behind the goods, and is found";
    EXPECT_EQ(known.legs[0].state, RefundState::kSubmitting);
    EXPECT_EQ(world.http->To("psp", "POST").size(), 1u);
    for (const Ticket& ticket : known.tickets) EXPECT_EQ(ticket.state, TicketState::kResolved);
    EXPECT_EQ(world.http->To("desk", "POST").size(), 0u);
}

TEST(OrderLookup, NotFoundIsAnAnswerAndTheTicketComesInItsTime) {
    World world;
    world.Request();
    world.http->Answer(world.Asked().at(0), 404, R"({"error":"no such order"})");
    world.Step();
    EXPECT_EQ(world.Subject("A-7").commands.size(), 0u);
    EXPECT_EQ(world.Subject("A-7").tickets.size(), 0u);
    world.Pass(std::chrono::hours(49));
    EXPECT_EQ(world.Subject("A-7").tickets.size(), 1u);
    ASSERT_EQ(world.Asked().size(), 2u) << "asked once more: they may know it by now";
    world.http->Answer(world.Asked()[1], 200, kOld);
    world.Step();
    EXPECT_TRUE(world.Subject("A-7").placed);
}

TEST(OrderLookup, IsNotSentWhereTheConnectionOnlyObservesAndGoesWithTheNeed) {
    World world(ConnectionMode::kObserve);
    world.Request();
    EXPECT_EQ(world.Asked().size(), 0u);
    ASSERT_EQ(world.Subject("A-7").commands.size(), 1u);
    EXPECT_EQ(world.Subject("A-7").commands[0].operation, "order.lookup");
    world.PlaceOrder("A-7");
    EXPECT_EQ(world.Subject("A-7").commands.size(), 0u);
}

TEST(OrderLookup, AnAnswerAboutAnotherOrderIsKeptAndNotBelieved) {
    World world;
    world.Request();
    std::string other = kOld;
    other.replace(other.find("A-7"), 3, "a-7");
    world.http->Answer(world.Asked().at(0), 200, other);
    world.Step();
    EXPECT_FALSE(world.Subject("A-7").placed);
    ASSERT_EQ(world.database.parked.size(), 3u);
    EXPECT_THAT(world.database.parked.begin()->second.reason,
                HasSubstr("asked about order A-7, they told of a-7"));
}

}  // namespace
}  // namespace returns::gateway
