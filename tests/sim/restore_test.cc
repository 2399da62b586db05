// Worlds in which the database is lost and one some days older takes its place: no money leaves
// twice, none is forgotten. And the same worlds without what guards them, which must show it.
#include "tests/sim/world.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

namespace returns::sim {
namespace {

int Seeds(int fallback) {
    const char* text = std::getenv("BACKHAUL_SIM_RESTORES");
    return text == nullptr ? fallback : std::atoi(text);
}

std::string Violation(int seed, Plant plant, std::vector<std::string>* trace = nullptr) {
    const std::unique_ptr<Kit> kit = MakeKit(std::move(plant));
    World world(static_cast<std::uint64_t>(seed), *kit, trace);
    world.RunWithRestore();
    const auto& violations = world.scene().violations;
    return violations.empty() ? "" : violations.front();
}

TEST(Restore, NothingIsPaidTwiceAndNothingIsLost) {
    if (const char* one = std::getenv("BACKHAUL_SIM_SEED")) {
        std::vector<std::string> trace;
        EXPECT_EQ(Violation(std::atoi(one), {}, &trace), "");
        for (const std::string& line : trace) std::cout << line << '\n';
        return;
    }
    std::map<std::string, int> kinds;
    for (int seed = 1; seed <= Seeds(300); ++seed) {
        const std::string violation = Violation(seed, {});
        if (violation.empty()) continue;
        if (++kinds[violation.substr(0, violation.find(':'))] == 1)
            ADD_FAILURE() << "seed " << seed << ": " << violation;
    }
    for (const auto& [kind, count] : kinds) std::cout << kind << ": " << count << '\n';
}

// The first seed that shows it; 0 when none does.
int Shows(const Plant& plant, int seeds) {
    for (int seed = 1; seed <= seeds; ++seed)
        if (!Violation(seed, plant).empty()) return seed;
    return 0;
}

TEST(Restore, WithoutLookingUpFirstMoneyLeavesTwice) {
    Plant plant;
    plant.forgets_restore = true;
    const int seed = Shows(plant, 60);
    EXPECT_NE(seed, 0);
    std::cout << "seen at seed " << seed << ": " << Violation(seed, plant) << '\n';
}

}  // namespace
}  // namespace returns::sim
