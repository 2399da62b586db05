#include "gateway/advances.h"

#include "tests/gateway/lane_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

// Nothing is said before every case has been looked at; then every commit counts.
TEST(Advances, AreCountedOverAllOrders) {
    LaneWorld world;
    for (const char* order : {"1", "2"}) {
        world.PlaceOrder(order);
        world.ComeBack(order);
    }
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
    world.database.cases.at({"main", "1"}).subject.returns.at(0).advance_minor = 0;
    world.PlaceOrder("3");
    world.ComeBack("3");
    EXPECT_EQ(book.advanced_minor->at("EUR"), 4'700) << "an order without any changes nothing";
}

}  // namespace
}  // namespace returns::gateway
