// Many small worlds, one seed each. BACKHAUL_SIM_SEEDS says how many; BACKHAUL_SIM_SEED=n replays
// one and prints what happened in it.
#include "tests/sim/world.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

namespace returns::sim {
namespace {

constexpr std::int64_t kSeeds = 5'000;

std::int64_t Number(const char* name, std::int64_t fallback) {
    const char* text = std::getenv(name);
    return text == nullptr ? fallback : std::atoll(text);
}

std::string KindOf(const std::string& violation) {
    return violation.substr(0, violation.find(':'));
}

constexpr std::int64_t kSeedsOfAllRoutes = 60;

struct Report {
    std::mutex mutex;
    std::array<std::int64_t, kFaults> struck{};
    std::set<std::string> edges;
    std::map<std::int64_t, std::string> failures;  // by seed
    std::set<std::string> routes;                  // rules that chose a partner
    std::int64_t rows = 0, cases = 0, legs = 0;

    void Add(std::int64_t seed, const World& world) {
        const std::lock_guard<std::mutex> lock(mutex);
        for (std::size_t at = 0; at < kFaults; ++at) struck[at] += world.scene().struck[at];
        edges.insert(world.checker().edges().begin(), world.checker().edges().end());
        rows += static_cast<std::int64_t>(world.database().journal.size());
        for (const auto& [key, row] : world.database().cases) {
            ++cases;
            legs += static_cast<std::int64_t>(row.subject.legs.size());
            for (const Return& header : row.subject.returns) routes.insert(header.route);
        }
        const auto& violations = world.scene().violations;
        if (!violations.empty()) failures[seed] = violations.front();
    }
};

void RunSeeds(std::int64_t seeds, Report& report) {
    std::atomic<std::int64_t> next{1};
    const auto work = [&] {
        const std::unique_ptr<Kit> kit = MakeKit();
        for (std::int64_t seed = next++; seed <= seeds; seed = next++) {
            World world(static_cast<std::uint64_t>(seed), *kit);
            world.Run();
            report.Add(seed, world);
        }
    };
    std::vector<std::thread> workers;
    for (unsigned n = 0; n < std::max(1U, std::thread::hardware_concurrency()); ++n)
        workers.emplace_back(work);
    for (std::thread& worker : workers) worker.join();
}

void Print(const Report& report, std::int64_t seeds) {
    std::cout << seeds << " worlds: " << report.cases << " orders, " << report.legs << " refunds, "
              << report.rows << " decisions\nfaults:";
    for (std::size_t at = 0; at < kFaults; ++at)
        std::cout << "\n  " << Name(static_cast<Fault>(at)) << ": " << report.struck[at];
    std::cout << "\nedges of the machines reached: " << report.edges.size() << '\n';
    for (const std::string& edge : report.edges) std::cout << "  " << edge << '\n';
}

TEST(Simulation, EverySeedKeepsThePromise) {
    const std::int64_t one = Number("BACKHAUL_SIM_SEED", 0);
    if (one != 0) {
        std::vector<std::string> trace;
        const std::unique_ptr<Kit> kit = MakeKit();
        World world(static_cast<std::uint64_t>(one), *kit, &trace);
        world.Run();
        for (const std::string& line : trace) std::cout << line << '\n';
        for (const std::string& violation : world.scene().violations) ADD_FAILURE() << violation;
        return;
    }
    const std::int64_t seeds = Number("BACKHAUL_SIM_SEEDS", kSeeds);
    Report report;
    RunSeeds(seeds, report);
    Print(report, seeds);
    // The first of each kind, and how many more there are.
    std::map<std::string, std::int64_t> kinds;
    for (const auto& [seed, violation] : report.failures) ++kinds[KindOf(violation)];
    for (const auto& [seed, violation] : report.failures) {
        const auto kind = kinds.find(KindOf(violation));
        if (kind == kinds.end()) continue;
        ADD_FAILURE() << violation << "\n  " << kind->second << " seeds of this kind; replay: "
                      << "BACKHAUL_SIM_SEED=" << seed
                      << " sim_test --gtest_filter=Simulation.EverySeedKeepsThePromise";
        kinds.erase(kind);
    }
    EXPECT_EQ(report.failures.size(), 0U);
    if (seeds < kSeedsOfAllRoutes) return;
    EXPECT_EQ(report.routes, (std::set<std::string>{"", "islands", "union", "rest"}))
        << "\"rest\": returns that had waited for their rule";
}

}  // namespace
}  // namespace returns::sim
