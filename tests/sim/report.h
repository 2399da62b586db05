// What a run of many worlds has seen: faults by kind, edges of both machines, verdicts by event,
// and failures with the command that replays each. In words and as JSON. Add: any thread.
#pragma once

#include "schemas/json.h"
#include "tests/sim/world.h"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace returns::sim {

// The edges no world can reach or need not, and why; by name, as "money READY attempt_started >
// SUBMITTING"; with its guard, where it has one: "money FAILED retry [may_retry] > READY".
std::map<std::string, std::string> UnreachedReasons();

class Report {
public:
    explicit Report(const workflows::Rules& rules);

    void Add(std::uint64_t seed, const World& world);
    // A thousandth of a second and more: for seeds per second. Set before it is told.
    double seconds = 0;

    std::int64_t failed() const { return static_cast<std::int64_t>(failures_.size()); }
    const std::set<std::string>& routes() const { return routes_; }
    // Neither reached nor excused.
    std::vector<std::string> Unexplained() const;
    void Print(std::ostream& out, bool colour, const std::string& replay) const;
    Json AsJson(const std::string& replay) const;

private:
    struct Known {
        std::string name;
        std::int64_t times = 0;
    };
    void AddRows(const MemoryDatabase& database);

    std::mutex mutex_;
    std::array<std::int64_t, kFaults> struck_{};
    std::map<std::string, std::vector<Known*>> edges_;  // by machine, from, trigger and to
    std::vector<Known> all_edges_;
    std::map<std::string, std::int64_t> verdicts_;   // "moved refund.settled"
    std::map<std::uint64_t, std::string> failures_;  // the first of each seed
    std::set<std::string> routes_;                   // rules that chose a partner
    std::int64_t worlds_ = 0, rows_ = 0, cases_ = 0, legs_ = 0;
};

}  // namespace returns::sim
