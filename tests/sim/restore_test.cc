// Worlds in which the database is lost and one some days older takes its place: no money leaves
// twice, none is forgotten. And the same worlds without what guards them, which must show it.
#include "tests/sim/world.h"
#include "tests/wanted.h"

#include <gtest/gtest.h>

#include <iostream>

namespace returns::sim {
namespace {

// A kit outlives its worlds; the histories of one are no matter to the next.
std::string Violation(std::int64_t seed, Kit& kit, std::vector<std::string>* trace = nullptr) {
    kit.book.generation = 1;
    kit.book.restore = {};
    World world(static_cast<std::uint64_t>(seed), kit, trace);
    world.RunWithRestore();
    const auto& violations = world.scene().violations;
    return violations.empty() ? "" : violations.front();
}

TEST(Restore, NothingIsPaidTwiceAndNothingIsLost) {
    const std::unique_ptr<Kit> kit = MakeKit();
    if (const std::int64_t one = Wanted("BACKHAUL_SIM_SEED", 0); one != 0) {
        std::vector<std::string> trace;
        EXPECT_EQ(Violation(one, *kit, &trace), "");
        for (const std::string& line : trace) std::cout << line << '\n';
        return;
    }
    std::map<std::string, int> kinds;
    const std::int64_t seeds = Wanted("BACKHAUL_SIM_RESTORES", 300);
    for (int seed = 1; seed <= seeds; ++seed) {
        const std::string violation = Violation(seed, *kit);
        if (violation.empty()) continue;
        if (++kinds[violation.substr(0, violation.find(':'))] == 1)
            ADD_FAILURE() << "seed " << seed << ": " << violation;
    }
    for (const auto& [kind, count] : kinds) std::cout << kind << ": " << count << '\n';
}

// The first seed that shows it, and what it shows.
void ExpectSeen(Plant plant, int seeds) {
    const std::unique_ptr<Kit> kit = MakeKit(std::move(plant));
    for (int seed = 1; seed <= seeds; ++seed) {
        const std::string violation = Violation(seed, *kit);
        if (violation.empty()) continue;
        std::cout << "seen at seed " << seed << ": " << violation << '\n';
        return;
    }
    ADD_FAILURE() << "no seed up to " << seeds << " shows it";
}

TEST(Restore, WithoutLookingUpFirstMoneyLeavesTwice) {
    Plant plant;
    plant.forgets_restore = true;
    ExpectSeen(std::move(plant), 100);
}

}  // namespace
}  // namespace returns::sim
