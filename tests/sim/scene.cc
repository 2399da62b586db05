#include "tests/sim/scene.h"

#include "schemas/check.h"

namespace returns::sim {
namespace {

struct FaultFacts {
    std::string_view name;
    int mild, hell;  // per thousand at most
};

constexpr std::array<FaultFacts, kFaults> kFacts = {{
    {"request lost", 30, 200},
    {"request slower than its deadline", 30, 200},
    {"answer lost after the work", 30, 200},
    {"answer cut", 20, 100},
    {"error after the work", 30, 200},
    {"error before the work", 30, 200},
    {"rate limited", 30, 200},
    {"unreachable", 30, 200},
    {"callback twice", 100, 500},
    {"callback late", 100, 500},
    {"record twice", 50, 300},
    {"record late", 50, 300},
    {"poison record", 50, 200},
    {"refund refused", 100, 300},
    {"refund fails later", 100, 500},
    {"refund bounces", 200, 700},
    {"dispute", 100, 400},
    {"partner lies", 50, 300},
    {"partner silent", 50, 300},
    {"desk down", 50, 400},
    {"person resolves a ticket", 100, 500},
    {"person acts", 100, 500},
    {"shop pays by hand", 50, 300},
    {"crash between steps", 3, 30},
    {"crash in a commit", 5, 40},
    {"commit fails", 5, 40},
    {"commit in doubt, written", 5, 40},
    {"commit in doubt, lost", 5, 40},
    {"clock jumps", 2, 10},
    {"produce lost", 30, 200},
    {"acknowledgement lost", 30, 200},
    {"bus queue full", 20, 100},
    {"conflict between engines", 0, 0},
    {"unknown status", 100, 500},
    {"account closed", 20, 100},
    {"low balance", 50, 200},
    {"amount beyond what is left", 30, 150},
    {"clock jumps a day", 1, 4},
    {"person acts on money", 200, 700},
    {"carrier tells of a parcel", 500, 900},
}};

}  // namespace

std::uint64_t Chance::Next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

std::int64_t Chance::Between(std::int64_t low, std::int64_t high) {
    CHECK(low <= high);
    return low + static_cast<std::int64_t>(Next() % static_cast<std::uint64_t>(high - low + 1));
}

std::string_view Name(Fault fault) { return kFacts[static_cast<std::size_t>(fault)].name; }

// A world that only loses and crashes shows nothing new after so many times, and takes for ever.
bool Scene::Strikes(Fault fault) {
    constexpr std::int64_t kTimesMax = 200;
    const auto at = static_cast<std::size_t>(fault);
    if (healed || struck[at] >= kTimesMax || !LuckOf(fault).PerMille(rates[at])) return false;
    ++struck[at];
    if (trace != nullptr) Trace("fault: " + std::string(Name(fault)));
    return true;
}

void Scene::Violate(const std::string& checker, const std::string& what) {
    violations.push_back(checker + ": " + what);
    Trace("VIOLATION " + violations.back());
}

void Scene::Trace(const std::string& line) {
    if (trace != nullptr) trace->push_back(FormatInstant(clock.Now()) + " " + line);
}

void Scene::After(Millis delay, std::function<void()> what) {
    agenda_.emplace(clock.Monotonic() + delay, std::move(what));
}

Millis Scene::NextPlanned() const {
    return agenda_.empty() ? Millis::max() : agenda_.begin()->first;
}

bool Scene::RunPlanned() {
    bool ran = false;
    while (!agenda_.empty() && agenda_.begin()->first <= clock.Monotonic()) {
        const std::function<void()> what = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        what();
        ran = true;
    }
    return ran;
}

void DrawRates(Scene& scene) {
    const std::int64_t kind = scene.chance.Between(0, 9);  // 0: none, to 6: mild, to 9: hell
    for (std::size_t at = 0; at < kFaults; ++at) {
        const int most = kind == 0 ? 0 : kind <= 6 ? kFacts[at].mild : kFacts[at].hell;
        // Half of the kinds do not happen at all in a seed, so that the others are seen alone.
        Chance& luck = scene.LuckOf(static_cast<Fault>(at));
        const bool there = luck.PerMille(500);
        const auto rate = static_cast<int>(luck.Between(0, most));
        scene.rates[at] = there ? rate : 0;
    }
}

}  // namespace returns::sim
