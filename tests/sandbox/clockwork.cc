#include "tests/sandbox/clockwork.h"

#include <utility>

namespace returns::sandbox {

namespace {

Instant RealNow() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

}  // namespace

Clockwork::Clockwork(std::uint64_t seed)
    : seed_(seed), date_(RealNow()), date_at_(std::chrono::steady_clock::now()) {
    thread_ = std::thread([this] { Run(); });
}

Clockwork::~Clockwork() { Stop(); }

void Clockwork::Stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Clockwork::After(Millis later, std::function<void()> action) {
    const auto real = std::chrono::microseconds(later.count() * 1000 / speed_);
    actions_.emplace(std::chrono::steady_clock::now() + real, std::move(action));
    changed_.notify_all();
}

void Clockwork::Run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (actions_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto first = actions_.begin();
        if (first->first > std::chrono::steady_clock::now()) {
            const Time due = first->first;
            changed_.wait_until(lock, due);
            continue;
        }
        const std::function<void()> action = std::move(first->second);
        actions_.erase(first);
        action();
    }
}

void Clockwork::SetDate(Instant now, std::int64_t factor) {
    date_ = now;
    date_at_ = std::chrono::steady_clock::now();
    date_factor_ = factor;
}

Instant Clockwork::Now() const {
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - date_at_);
    return date_ + Millis(passed.count() * date_factor_ / 1000);
}

std::int64_t Clockwork::NowSeconds() const {
    constexpr std::int64_t kMillisPerSecond = 1000;
    return Now().time_since_epoch().count() / kMillisPerSecond;
}

}  // namespace returns::sandbox
