#include "gateway/sign_in_guard.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace returns::gateway {
namespace {

// The groups between colons of one side of "::".
std::vector<std::string> Groups(const std::string& text) {
    std::vector<std::string> groups;
    std::size_t at = 0;
    while (!text.empty() && at <= text.size()) {
        const std::size_t end = std::min(text.find(':', at), text.size());
        std::string group = text.substr(at, end - at);
        group.erase(0, std::min(group.find_first_not_of('0'), group.size()));
        groups.push_back(std::move(group));
        at = end + 1;
    }
    return groups;
}

}  // namespace

std::string CountedAs(const std::string& address) {
    if (std::count(address.begin(), address.end(), ':') < 2) return address;
    if (address.find('.') != std::string::npos) return address;  // an IPv4 address in an IPv6 one
    constexpr std::size_t kGroups = 8, kNetwork = 4;
    const std::size_t gap = address.find("::");
    std::vector<std::string> groups = Groups(address.substr(0, gap));
    if (gap != std::string::npos) {
        const auto after = Groups(address.substr(gap + 2));
        if (groups.size() + after.size() > kGroups) return address;
        groups.resize(kGroups - after.size());
        groups.insert(groups.end(), after.begin(), after.end());
    }
    if (groups.size() != kGroups) return address;
    std::string network;
    for (std::size_t i = 0; i < kNetwork; ++i) network += groups[i] + ":";
    return network + ":/64";
}

bool SignInGuard::Over(const Count& count, Instant now) const {
    // A clock that was put back must not lock anybody out for longer than a window.
    return now < count.since || now >= count.since + std::chrono::seconds(settings_.window_seconds);
}

Millis SignInGuard::Left(const Count& count, std::int64_t most, Instant now) const {
    if (count.failures < most || Over(count, now)) return Millis(0);
    return count.since + std::chrono::seconds(settings_.window_seconds) - now;
}

Millis SignInGuard::Wait(const std::string& address, Instant now) const {
    const Millis everybody = Left(all_, settings_.failures_max, now);
    const auto found = by_address_.find(CountedAs(address));
    if (found == by_address_.end()) return everybody;
    return std::max(everybody, Left(found->second, settings_.failures_per_address_max, now));
}

void SignInGuard::Add(Count& count, Instant now) const {
    if (Over(count, now)) count = {now, 0};
    ++count.failures;
}

void SignInGuard::DropOld(Instant now) {
    std::erase_if(by_address_, [&](const auto& entry) { return Over(entry.second, now); });
}

void SignInGuard::NoteFailure(const std::string& address, Instant now) {
    Add(all_, now);
    const std::string counted = CountedAs(address);
    if (by_address_.size() >= kAddressesMax && !by_address_.contains(counted)) DropOld(now);
    // Full of addresses that still count: the limit for everybody has to do.
    if (by_address_.size() >= kAddressesMax && !by_address_.contains(counted)) return;
    Add(by_address_[counted], now);
}

}  // namespace returns::gateway
