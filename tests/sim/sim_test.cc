// Many small worlds, one seed each. BACKHAUL_SIM_SEEDS says how many; BACKHAUL_SIM_SEED=n replays
// one and prints what happened in it.
#include "tests/sim/report.h"
#include "tests/wanted.h"

#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <thread>

namespace returns::sim {
namespace {

constexpr std::int64_t kSeeds = 5'000;

constexpr std::int64_t kSeedsOfAllRoutes = 60;

void RunSeeds(std::int64_t seeds, Report& report) {
    std::atomic<std::int64_t> next{1};
    const auto work = [&] {
        const std::unique_ptr<Kit> kit = MakeKit();
        for (std::int64_t seed = next++; seed <= seeds; seed = next++) {
            World world(static_cast<std::uint64_t>(seed), *kit);
            world.Run();
            report.Add(static_cast<std::uint64_t>(seed), world);
        }
    };
    std::vector<std::thread> workers;
    for (unsigned n = 0; n < std::max(1U, std::thread::hardware_concurrency()); ++n)
        workers.emplace_back(work);
    for (std::thread& worker : workers) worker.join();
}

TEST(Simulation, EverySeedKeepsThePromise) {
    const std::int64_t one = Wanted("BACKHAUL_SIM_SEED", 0);
    if (one != 0) {
        std::vector<std::string> trace;
        const std::unique_ptr<Kit> kit = MakeKit();
        World world(static_cast<std::uint64_t>(one), *kit, &trace);
        world.Run();
        for (const std::string& line : trace) std::cout << line << '\n';
        for (const std::string& violation : world.scene().violations) ADD_FAILURE() << violation;
        return;
    }
    const std::int64_t seeds = Wanted("BACKHAUL_SIM_SEEDS", kSeeds);
    const std::unique_ptr<Kit> kit = MakeKit();
    Report report(kit->rules);
    RunSeeds(seeds, report);
    report.Print(std::cout, false,
                 "sim_test --gtest_filter=Simulation.EverySeedKeepsThePromise with "
                 "BACKHAUL_SIM_SEED=");
    EXPECT_EQ(report.failed(), 0);
    if (seeds < kSeedsOfAllRoutes) return;
    EXPECT_EQ(report.routes(), (std::set<std::string>{"", "islands", "union", "rest"}))
        << "\"rest\": returns that had waited for their rule";
}

}  // namespace
}  // namespace returns::sim
