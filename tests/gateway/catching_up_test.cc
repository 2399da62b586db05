// After a restore no money leaves before the topics have been read to their end; all else goes on.
#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(CatchingUp, HoldsMoneyAndNothingElse) {
    LaneWorld world;
    bool catching_up = true;
    world.dispatcher->HoldMoneyWhile([&] { return catching_up; });
    world.PlaceOrder("1");
    world.ComeBack("1");
    EXPECT_THAT(world.http->To("psp", "POST"), IsEmpty());
    EXPECT_THAT(world.http->To("3pl", "POST"), SizeIs(1)) << "goods are not money";
    const auto waiting = world.dispatcher->Waiting("psp");
    ASSERT_THAT(waiting, SizeIs(1));
    EXPECT_EQ(Name(waiting[0].hold), "catching_up");
    catching_up = false;
    world.Pass(2 * sim::kMinute);
    EXPECT_THAT(world.http->To("psp", "POST"), SizeIs(1));
}

}  // namespace
}  // namespace returns::gateway
