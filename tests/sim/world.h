// One simulated world: the very same engine, dispatcher, timers, publisher and intake that serve
// real shops, over a shared database in memory, with partners that lose, delay, repeat and lie, and
// gateways that die between any two steps. All of it follows from one seed. One thread.
#pragma once

#include "tests/sim/checker.h"
#include "tests/sim/kit.h"

#include <memory>
#include <string>
#include <vector>

namespace returns::sim {

// What may be paid of an order before its goods are here, where a carrier has seen them.
inline constexpr std::int64_t kAheadMinor = 6000;

class Node;

class World {
public:
    World(std::uint64_t seed, Kit& kit, std::vector<std::string>* trace = nullptr);
    ~World();

    // Days with faults, then days without; stops at the first violation.
    void Run();
    // The same, but on the way the database is lost, and one some days older put in its place.
    void RunWithRestore();

    const Scene& scene() const { return scene_; }
    const MemoryDatabase& database() const { return database_; }

private:
    friend class Node;
    struct Delivery;

    void End();
    void Restore(MemoryDatabase backup);
    void Confirm();
    void RunUntil(Millis end);
    bool Turn();
    bool StepNode(std::size_t at);
    void Advance(Millis end);
    void Restart(std::size_t at);
    void Deliver(const std::shared_ptr<Delivery>& delivery);
    void Act();
    void ActOn(const Case& subject);
    void ActOnMoney();
    void ActOnLeg(const Case& subject, const Leg& leg);
    void Submit(Envelope event);
    void SetModes(std::uint64_t seed);
    void SetRoutes(std::uint64_t seed);
    void SetPolling(std::uint64_t seed);
    void LookAtAll();
    void Approve();

    Scene scene_;
    Kit& kit_;
    MemoryDatabase database_;
    Topics topics_;
    Provider provider_;
    Warehouse warehouse_, annex_;
    Desk desk_;
    Shop shop_;
    std::map<std::string, Partner*> partners_;
    std::unique_ptr<Checker> checker_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::size_t reader_ = 0;  // the node that reads the shop's topic
    std::int64_t actions_ = 0;
    int steps_here_ = 0;  // since time moved
};

}  // namespace returns::sim
