#include "tests/live/kills.h"

#include "schemas/time.h"
#include "tests/live/witness.h"
#include "tests/sandbox/dice.h"
#include "tests/wanted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>

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

// One line, for whoever reads the log: what really happened in this story.
void SayWhatHappened(const World& world) {
    const Json books = world.Books();
    std::map<std::string, int> refunds, disputes;
    for (const Json& refund : books["refunds"].Items()) ++refunds[refund["status"].AsString()];
    for (const Json& dispute : books["disputes"].Items()) ++disputes[dispute["status"].AsString()];
    std::printf(
        "really paid: %d refunds, %d failed, %d still under way; chargebacks: %d lost, %d "
        "won, %d open; mishaps: %s\n",
        refunds["succeeded"], refunds["failed"], refunds["pending"], disputes["lost"],
        disputes["won"], disputes["needs_response"], WriteJson(books["faults"]).c_str());
    std::fflush(stdout);
}

// Until the moment it is to die: any while it starts, or any while it is at work. How fast it
// starts depends on the machine, so the second kind is counted from when it first listens.
void LiveUntilKilled(World& world, Witness& witness, sandbox::Dice& dice, bool& asked) {
    constexpr int kWhileStartingPercent = 30;
    constexpr std::int64_t kStartMs = 1000, kWorkMs = 1000;
    const bool starting = dice.Chance(kWhileStartingPercent);
    const Millis lives(dice.Between(0, starting ? kStartMs : kWorkMs));
    auto end = std::chrono::steady_clock::now() + (starting ? lives : Millis(kStartPatience));
    Until(kStartPatience, [&] {
        const bool knew = asked;
        BearWitness(world, witness, asked);
        if (asked && !knew && !starting) end = std::chrono::steady_clock::now() + lives;
        return testing::Test::HasFailure() || std::chrono::steady_clock::now() >= end;
    });
}

// As the gateway knows those that do not agree.
std::string OrdersIn(const std::vector<std::string>& wrong, const World& world) {
    std::string text;
    for (const std::string& id : world.Orders())
        if (std::any_of(wrong.begin(), wrong.end(), [&](const std::string& each) {
                return each.find(id) != std::string::npos;
            }))
            text += WriteJson(world.OrderOf(id)) + "\n";
    return text;
}

}  // namespace

std::int64_t KillsWanted(std::int64_t usual) { return Wanted("BACKHAUL_KILLS", usual); }
std::int64_t FirstSeed(std::int64_t usual) { return Wanted("BACKHAUL_SEED", usual); }

void MakeMoneyHard(World& world) {
    ASSERT_TRUE(world.SetFaults(
        R"({"payment.lost_answer":15,"payment.late_work":10,"payment.error_after_success":10,)"
        R"("payment.server_error":5,"payment.slow":15,"payment.fails":10,"payment.bounces":15,)"
        R"("payment.disputes":15,"payment.by_hand":15,"payment.unknown_status":10,)"
        R"("payment.low_balance":5,"payment.closed":3,"desk.resolves":5,"callbacks.late":25,)"
        R"("callbacks.duplicate":25})"));
}

void PlayWithKills(World& world, std::int64_t seed, std::int64_t kills) {
    sandbox::Dice dice(static_cast<std::uint64_t>(seed), "kills");
    Witness witness(world.key());
    world.Launch();
    ASSERT_TRUE(world.Listening(kStartPatience)) << world.Log();
    constexpr std::int64_t kSpeed = 28800;  // it must outlast the kills, also on a busy machine
    ASSERT_TRUE(world.BeginStory(2 * kills, kSpeed));
    std::int64_t at_work = 0;  // killed while listening, with the story going on
    for (std::int64_t i = 0; i < kills; ++i) {
        bool asked = false;
        LiveUntilKilled(world, witness, dice, asked);
        if (testing::Test::HasFailure()) return;
        if (asked) witness.Look(world.gateway_url(), world.Orders());
        if (asked && !world.StoryOver()) ++at_work;
        ASSERT_TRUE(world.gateway().Running()) << "kill " << i << ": " << world.Log();
        world.gateway().Signal(SIGKILL);
        ASSERT_EQ(world.gateway().Exit(kDrainPatience), 128 + SIGKILL);
        world.Launch();
    }
    EXPECT_GE(at_work * 3, kills);
    EXPECT_GE(static_cast<std::int64_t>(witness.acknowledged()), at_work);
    ASSERT_TRUE(world.Listening(kStartPatience)) << world.Log();
    EXPECT_THAT(witness.Ask(world.gateway_url()), IsEmpty());
}

void EndWell(World& world) {
    // A story that rests goes on when the gateway has caught up: only a long rest is its end.
    std::vector<std::string> wrong;
    auto rests_since = std::chrono::steady_clock::now();
    ASSERT_TRUE(Until(kStoryPatience, [&] {
        const auto now = std::chrono::steady_clock::now();
        if (!world.StoryOver()) {
            rests_since = now;
            return false;
        }
        wrong = world.Disagreements();
        if (wrong.empty()) wrong = world.Unanswered();
        return (wrong.empty() && world.StoryOver()) || now - rests_since > kAgreePatience;
    })) << world.Log();
    EXPECT_THAT(wrong, IsEmpty()) << OrdersIn(wrong, world);
    SayWhatHappened(world);
    EXPECT_GT(world.payments(), 0u);
    world.gateway().Signal(SIGTERM);
    EXPECT_EQ(world.gateway().Exit(kDrainPatience), 0) << world.Log();
    const Run verified = world.Command({"ledger", "verify"});
    EXPECT_EQ(verified.exit, 0) << verified.error;
    EXPECT_THAT(verified.out, StartsWith("good "));
}

}  // namespace returns::live
