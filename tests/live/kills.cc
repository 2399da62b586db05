#include "tests/live/kills.h"

#include "schemas/time.h"
#include "tests/live/witness.h"
#include "tests/sandbox/dice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace returns::live {
namespace {

using testing::IsEmpty;
using testing::StartsWith;

constexpr milliseconds kStoryPatience{240000};
constexpr milliseconds kAgreePatience{40000};  // the last answers may still be on their way
constexpr milliseconds kDrainPatience{8000};   // drain_seconds and what closing takes

// The first time it listens again, it must still know all that it had acknowledged; from then on
// it acknowledges more.
void BearWitness(World& world, Witness& witness, bool& asked) {
    if (!world.Listening(Millis(0))) return;
    if (!asked) {
        asked = true;
        ASSERT_THAT(witness.Ask(world.gateway_url()), IsEmpty()) << world.Log();
    }
    witness.Tell(world.gateway_url());
}

}  // namespace

std::int64_t KillsWanted(std::int64_t usual) {
    const char* wanted = std::getenv("BACKHAUL_KILLS");
    return wanted == nullptr ? usual : std::max<std::int64_t>(1, std::atoll(wanted));
}

void PlayWithKills(World& world, std::int64_t seed, std::int64_t kills) {
    sandbox::Dice dice(static_cast<std::uint64_t>(seed), "kills");
    Witness witness(world.key());
    world.Launch();
    ASSERT_TRUE(world.Listening(kStartPatience)) << world.Log();
    ASSERT_TRUE(world.BeginStory(2 * kills));
    constexpr std::int64_t kLongestRunMs = 2500;
    std::int64_t at_work = 0;  // killed while listening, with the story going on
    for (std::int64_t i = 0; i < kills; ++i) {
        const auto end = std::chrono::steady_clock::now() + Millis(dice.Between(0, kLongestRunMs));
        bool asked = false;
        Until(Millis(kLongestRunMs), [&] {
            BearWitness(world, witness, asked);
            return testing::Test::HasFailure() || std::chrono::steady_clock::now() >= end;
        });
        if (testing::Test::HasFailure()) return;
        if (asked) witness.Look(world.gateway_url(), world.Orders());
        if (asked && !world.StoryOver()) ++at_work;
        ASSERT_TRUE(world.gateway().Running()) << "kill " << i << ": " << world.Log();
        world.gateway().Signal(SIGKILL);
        ASSERT_EQ(world.gateway().Exit(kDrainPatience), 128 + SIGKILL);
        world.Launch();
    }
    EXPECT_GE(at_work * 2, kills);
    EXPECT_GE(static_cast<std::int64_t>(witness.acknowledged()), at_work);
    ASSERT_TRUE(world.Listening(kStartPatience)) << world.Log();
    EXPECT_THAT(witness.Ask(world.gateway_url()), IsEmpty());
}

void EndWell(World& world) {
    ASSERT_TRUE(Until(kStoryPatience, [&] { return world.StoryOver(); })) << world.Log();
    std::vector<std::string> wrong;
    Until(kAgreePatience, [&] {
        wrong = world.Disagreements();
        if (wrong.empty()) wrong = world.Unanswered();
        return wrong.empty() && world.StoryOver();
    });
    EXPECT_THAT(wrong, IsEmpty());
    EXPECT_GT(world.payments(), 0u);
    world.gateway().Signal(SIGTERM);
    EXPECT_EQ(world.gateway().Exit(kDrainPatience), 0) << world.Log();
    const Run verified = world.Command({"ledger", "verify"});
    EXPECT_EQ(verified.exit, 0) << verified.error;
    EXPECT_THAT(verified.out, StartsWith("good "));
}

}  // namespace returns::live
