// The random events of this folder would prove nothing if they never left the first states.

#include "tests/workflows/random_events.h"
#include "tests/workflows/situations.h"
#include "workflows/decide.h"
#include "workflows/triggers.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

namespace returns::workflows {
namespace {

constexpr int kRoundsMax = 1500, kEvents = 60;

using States = std::set<std::string>;

States EveryState() {
    States states;
    for (const MachineKind kind : {MachineKind::kReturn, MachineKind::kRefund}) {
        for (int state = 0; state < StateCount(kind); ++state) {
            states.insert((kind == MachineKind::kReturn ? "return " : "refund ") +
                          std::string(StateName(kind, state)));
        }
    }
    return states;
}

// One case from its order through random events; takes what it reaches off the list.
void PlayOne(const Rulebook& book, std::mt19937& dice, States& missing) {
    std::vector<Roll> rolls = OrderAndReturn();
    for (int event = 0; event < kEvents; ++event) {
        Roll roll;
        for (std::uint8_t& die : roll) die = static_cast<std::uint8_t>(dice());
        rolls.push_back(roll);
    }
    Case subject = EmptyCase();
    for (const Roll& roll : rolls) {
        const Envelope event = EventFor(subject, roll);
        const Decision decision = Decide(subject, event, book);
        for (const Move& move : decision.moves) {
            missing.erase((move.kind == MachineKind::kReturn ? "return " : "refund ") + move.to);
        }
        subject = decision.after;
        ASSERT_EQ(subject.quarantine, "") << Facts(event.type).wire << " " << event.data.action;
    }
}

TEST(RandomEvents, ReachEveryStateOfBothMachinesAndNeverQuarantine) {
    World world;
    world.book.connections = {
        {.name = "ship", .kind = "logistics"},
        {.name = "desk", .kind = "desk"},
        {.name = "shop", .kind = "shop", .shop = "main", .operations = {"shop.refund_requested"}},
        {.name = "pay", .kind = "payment", .operations = {"refund.create", "refund.lookup"}}};
    std::mt19937 dice(1);  // the same rolls each time
    States missing = EveryState();
    for (int round = 0; round < kRoundsMax && !missing.empty(); ++round) {
        PlayOne(world.book, dice, missing);
        if (HasFatalFailure()) return;
    }
    EXPECT_EQ(missing, States{});
}

}  // namespace
}  // namespace returns::workflows
