// Threads beside the lane that belong to nothing in particular: one that stops mappings which run
// away, one that does long work for the lane. Part of the composition root.
#pragma once

#include "connectors/connector.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace returns::gateway {

// Stops a mapping that runs away: no payload may hold the lane, a reader, or a test. All of it any
// thread.
class Watchdog {
public:
    explicit Watchdog(std::vector<connectors::Connector*> watched);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    // These and no others, but for the one of Also. Those of before may go once this returns.
    void Watch(std::vector<connectors::Connector*> watched);
    void Also(connectors::Connector* tested);  // nullptr: none
    std::int64_t stopped() const { return stopped_; }

private:
    void Run();
    void Look(connectors::Connector& connector);

    std::mutex mutex_;
    std::vector<connectors::Connector*> watched_;
    connectors::Connector* also_ = nullptr;
    std::map<connectors::Connector*, std::pair<std::uint64_t, int>> seen_;  // run, how many looks
    std::atomic<bool> done_{false};
    std::atomic<std::int64_t> stopped_{0};
    std::thread thread_;
};

// One piece of long work at a time, on a thread of its own. The lane's, but for the work.
class Beside {
public:
    ~Beside();
    // REQUIRES: the last has ended.
    void Start(std::function<void()> work);
    // What the work did is to be seen by whom it tells so.
    bool ended() const { return ended_; }

private:
    std::atomic<bool> ended_{true};
    std::thread thread_;
};

}  // namespace returns::gateway
