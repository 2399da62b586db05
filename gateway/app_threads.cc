#include "gateway/app_threads.h"

#include <utility>

namespace returns::gateway {
namespace {

constexpr Millis kWatch{10};     // the watchdog looks this often
constexpr int kWatchRounds = 5;  // and stops a mapping that runs this many looks long

}  // namespace

Watchdog::Watchdog(std::vector<connectors::Connector*> watched)
    : watched_(std::move(watched)), thread_([this] { Run(); }) {}

Watchdog::~Watchdog() {
    done_ = true;
    thread_.join();
}

void Watchdog::Watch(std::vector<connectors::Connector*> watched) {
    const std::lock_guard<std::mutex> lock(mutex_);
    watched_ = std::move(watched);
    seen_.clear();
}

void Watchdog::Also(connectors::Connector* tested) {
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_.erase(also_);
    also_ = tested;
}

void Watchdog::Run() {
    while (!done_) {
        std::this_thread::sleep_for(kWatch);
        const std::lock_guard<std::mutex> lock(mutex_);
        for (connectors::Connector* connector : watched_) Look(*connector);
        if (also_ != nullptr) Look(*also_);
    }
}

void Watchdog::Look(connectors::Connector& connector) {
    auto& [last, looks] = seen_[&connector];
    const std::uint64_t run = connector.Running();
    looks = run != 0 && run == last ? looks + 1 : 0;
    last = run;
    if (looks < kWatchRounds) return;
    stopped_ += looks == kWatchRounds;
    connector.Halt();
}

Beside::~Beside() {
    if (thread_.joinable()) thread_.join();
}

void Beside::Start(std::function<void()> work) {
    if (thread_.joinable()) thread_.join();
    ended_ = false;
    thread_ = std::thread([this, work = std::move(work)] {
        work();
        ended_ = true;
    });
}

}  // namespace returns::gateway
