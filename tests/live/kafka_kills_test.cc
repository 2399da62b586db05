// The gateway killed at any moment while a story plays over a real Apache Kafka, on one database
// and as the same member of one group. Whoever runs it gives the address of a broker (deploy/kafka)
// in BACKHAUL_KAFKA; BACKHAUL_KILLS and BACKHAUL_SEED choose how often and from which story on.
#include "schemas/check.h"
#include "tests/live/kills.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace returns::live {
namespace {

using testing::Contains;
using testing::StartsWith;

std::string Brokers() {
    const char* brokers = std::getenv("BACKHAUL_KAFKA");
    CHECK(brokers != nullptr);
    return brokers;
}

constexpr std::int64_t kUsualSeed = 4100;

TEST(DISABLED_KafkaKills, LoseAndRepeatNothing) {
    constexpr std::int64_t kKillsOfStory = 25, kUsualKills = 100, kBetweenSeeds = 20;
    const std::int64_t kills = KillsWanted(kUsualKills);
    for (std::int64_t done = 0; done < kills && !HasFailure(); done += kKillsOfStory) {
        const std::int64_t seed = FirstSeed(kUsualSeed) + done / kKillsOfStory * kBetweenSeeds;
        SCOPED_TRACE("again from this story on: BACKHAUL_SEED=" + std::to_string(seed));
        World world(seed, Brokers());
        MakeMoneyHard(world);
        PlayWithKills(world, seed, std::min(kKillsOfStory, kills - done));
        if (!HasFailure()) EndWell(world);
    }
}

// A gateway that skips what it has not read: the checker must see it.
TEST(DISABLED_KafkaKills, AreSeenWhenTheyLose) {
    constexpr std::int64_t kReturns = 6, kSkipped = 4;
    World world(FirstSeed(kUsualSeed), Brokers());
    world.Launch();
    ASSERT_TRUE(world.Listening(kStartPatience)) << world.Log();
    ASSERT_TRUE(world.BeginStory(kReturns));
    world.gateway().Signal(SIGKILL);
    ASSERT_EQ(world.gateway().Exit(kStartPatience), 128 + SIGKILL);
    ASSERT_TRUE(Until(kStartPatience, [&] { return world.Produced() >= kSkipped; }));
    world.SkipProduced();
    world.Launch();
    ASSERT_TRUE(world.Listening(kStartPatience)) << world.Log();
    EXPECT_THAT(world.Unanswered(), Contains(StartsWith("lost: order ")));
}

}  // namespace
}  // namespace returns::live
