#include "gateway/advances.h"

#include "tests/gateway/lane_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

// Nothing is said before every case has been looked at; then every commit counts.
TEST(Advances, AreCountedOverAllOrders) {
    LaneWorld world;
    world.PlaceOrder("1");
    const std::string about = R"({"return_id":"R-1")";
    const std::string good =
        about + R"(,"lines":[{"id":"A","accepted":1,"rejected":0,"grade":"ok"}]})";
    world.Tell("return.requested", "1",
               about + R"(,"lines":[{"id":"A","quantity":2,"reason":"too_small"}],)"
                       R"("resolution":"refund","statutory":false})");
    world.Tell("parcel.delivered", "1", about + "}");
    world.Tell("return.inspected", "1", good);
    world.PlaceOrder("2");
    world.ComeBack("2");
    // 50.00 are earned in each; as if more had gone ahead of the goods.
    for (auto& [key, row] : world.database.cases)
        row.subject.returns.at(0).advance_minor = key.order_id == "1" ? 9'000 : 5'700;
    world.Restart();
    workflows::Rulebook book;
    Advances advances(*world.engine, book);
    EXPECT_FALSE(book.advanced_minor.has_value());
    while (advances.Fill()) {
    }
    ASSERT_TRUE(book.advanced_minor.has_value());
    EXPECT_EQ(book.advanced_minor->at("EUR"), 4'700);
    world.PlaceOrder("3");
    world.ComeBack("3");
    EXPECT_EQ(book.advanced_minor->at("EUR"), 4'700) << "an order without any changes nothing";
    world.Tell("return.inspected", "1",
               about + R"(,"lines":[{"id":"A","accepted":2,"rejected":0,"grade":"ok"}]})");
    EXPECT_EQ(book.advanced_minor->at("EUR"), 700) << "the second lamp is here and earned it";
}

}  // namespace
}  // namespace returns::gateway
