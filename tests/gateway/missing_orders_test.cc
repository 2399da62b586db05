// A shop whose topic starts late: thousands of events before their orders are a few tickets, one of
// which speaks for all but those few.
#include "gateway/missing_orders.h"

#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using sim::kDay;
using sim::kHour;
using sim::kMinute;
using testing::HasSubstr;

struct World : LaneWorld {
    // Answers every call to the desk, and counts what it is told.
    void Pass(Millis time) {
        LaneWorld::Pass(time);
        for (; answered < http->calls.size(); ++answered) {
            const connectors::HttpRequest& request = http->calls[answered].request;
            if (http->calls[answered].base_url != "sim://desk") continue;
            if (request.target.find("/comments") != std::string::npos) {
                ++comments;
                last_comment = request.body;
            }
            const std::string id = std::to_string(1000 + answered);
            http->Answer(answered, 200, R"({"id":)" + id + R"(,"number":)" + id + "}");
            LaneWorld::Step();
        }
    }
    void Restart() {
        LaneWorld::Restart();
        answered = 0;
    }
    void Come(int from, int to) {
        for (int i = from; i < to; ++i)
            Put(R"({"specversion":"1.0","source":"/shop","id":"s)" + std::to_string(i) +
                R"(","type":"parcel.scanned","subject":"M-)" + std::to_string(i) +
                R"(","data":{"return_id":"R-)" + std::to_string(i) + R"("}})");
        Step();
    }
    void PlaceAll(int from, int to) {
        for (int i = from; i < to; ++i)
            Put(R"({"specversion":"1.0","source":"/shop","id":"o)" + std::to_string(i) +
                R"(","type":"order.placed","subject":"M-)" + std::to_string(i) +
                R"(","data":{"lines":[{"id":"A","sku":"S","quantity":1,"unit_price_minor":5000}],)"
                R"("currency":"EUR"}})");
        Step();
    }
    struct Tickets {
        int own = 0, open = 0;
        std::int64_t missing = 0;
    };
    Tickets Count() {
        Tickets count;
        for (const auto& [key, row] : database.cases) {
            count.own += key.order_id != kMissingOrders && !row.subject.tickets.empty();
            for (const Ticket& ticket : row.subject.tickets)
                count.open += ticket.state != TicketState::kResolved;
            if (key.order_id == kMissingOrders) count.missing = row.subject.missing;
        }
        return count;
    }
    std::size_t answered = 0;
    int comments = 0;
    std::string last_comment;
};

TEST(MissingOrders, ThreeThousandAreTheLimitsTicketsAndOneMore) {
    World world;
    world.Come(0, 3000);
    world.Pass(2 * kDay);
    world.Pass(2 * kMinute);
    EXPECT_EQ(world.Count().own, 20);
    EXPECT_EQ(world.Count().open, 21);
    EXPECT_EQ(world.Count().missing, 2980);
    const Case& speaks = world.Subject(std::string(kMissingOrders));
    EXPECT_THAT(speaks.missing_named, HasSubstr("for example M-"));
    ASSERT_EQ(speaks.tickets.size(), 1u);
    EXPECT_FALSE(speaks.tickets[0].their_reference.empty());

    // They come in over six hours; a restart in between forgets nothing and opens nothing.
    for (int step = 0; step < 29; ++step) {
        world.PlaceAll(step * 100, step * 100 + 100);
        world.Pass(12 * kMinute);
        if (step == 14) world.Restart();
    }
    EXPECT_EQ(world.Count().own, 20);
    EXPECT_GE(world.comments, 4);
    EXPECT_LE(world.comments, 20 + 7) << "one an hour, and one each for the others' end";
    EXPECT_GT(world.Count().missing, 0);
    world.PlaceAll(2900, 3000);
    world.Pass(2 * kMinute);
    world.Pass(kMinute);
    EXPECT_EQ(world.Count().missing, 0);
    EXPECT_EQ(world.Count().open, 0) << "all are resolved";
    EXPECT_EQ(world.Subject(std::string(kMissingOrders)).tickets.size(), 1u);
}

TEST(MissingOrders, AFewHaveATicketEachAndNobodySpeaksForThem) {
    World world;
    world.Come(0, 20);
    world.Pass(2 * kDay);
    world.Pass(2 * kHour);
    EXPECT_EQ(world.Count().own, 20);
    EXPECT_EQ(world.Count().open, 20);
    EXPECT_EQ(world.database.cases.count({"main", std::string(kMissingOrders)}), 0u);
}

TEST(MissingOrders, ARestartCountsThemAgainBeforeAnyTimerFires) {
    World world;
    world.Come(0, 30);
    world.Pass(2 * kDay);
    world.Pass(2 * kMinute);
    ASSERT_EQ(world.Count().own, 20);
    world.Come(30, 60);
    world.Restart();
    world.Pass(2 * kDay);
    world.Pass(2 * kHour);
    EXPECT_EQ(world.Count().own, 20) << "no more than before";
    EXPECT_EQ(world.Count().missing, 40);
}

TEST(MissingOrders, TheLastOnesAreNamedInFull) {
    World world;
    world.missing_tickets_max = 0;
    world.Restart();
    world.Come(0, 40);
    world.Pass(2 * kDay);
    world.Pass(2 * kMinute);
    ASSERT_EQ(world.Count().missing, 40);
    EXPECT_EQ(world.Count().own, 0);
    world.PlaceAll(0, 38);
    world.Pass(kHour);
    world.Pass(kMinute);
    EXPECT_THAT(world.last_comment, HasSubstr("nobody has told us of: 2"));
    EXPECT_THAT(world.last_comment, HasSubstr("(M-38, M-39)"));
}

TEST(MissingOrders, EachShopHasItsOwn) {
    LaneWorld world;
    MissingOrders missing(*world.engine, world.clock, 0);
    while (missing.Fill()) {
    }
    Envelope timer;
    timer.key = {"other", std::string(kMissingOrders)};
    missing.Inform(timer);
    EXPECT_EQ(timer.data.missing, 0);
    EXPECT_FALSE(missing.Step());
    EXPECT_EQ(missing.NextDue(), kNever);
}

}  // namespace
}  // namespace returns::gateway
