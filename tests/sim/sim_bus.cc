#include "tests/sim/sim_bus.h"

namespace returns::sim {

void Topics::Append(const std::string& topic, BusRecord record) {
    std::vector<BusRecord>& all = records[topic];
    record.topic = topic;
    record.offset = static_cast<std::int64_t>(all.size());
    all.push_back(std::move(record));
}

std::vector<BusRecord> SimBus::Poll(int n) {
    std::vector<BusRecord> read;
    if (paused_ || topic_.empty()) return read;
    const std::vector<BusRecord>& all = topics_.records[topic_];
    while (position_ < static_cast<std::int64_t>(all.size()) && static_cast<int>(read.size()) < n)
        read.push_back(all[static_cast<std::size_t>(position_++)]);
    return read;
}

bool SimBus::Produce(const std::string& topic, const std::string& key,
                     const std::vector<std::pair<std::string, std::string>>& headers,
                     const std::string& value, std::int64_t token) {
    if (scene_.Strikes(Fault::kBusFull)) return false;
    const bool dropped = early_acknowledgements && ++produced_ % 3 == 0;
    const bool lost = scene_.Strikes(Fault::kProduceLost);
    const bool unheard = scene_.Strikes(Fault::kAckLost);
    if (!lost && !dropped) topics_.Append(topic, BusRecord{topic, 0, 0, key, value, headers});
    const Millis at = scene_.clock.Monotonic() + scene_.chance.Span(Millis(1), Millis(500));
    waiting_.push_back({at, BusDelivery{token, !lost && !unheard}});
    scene_.After(at - scene_.clock.Monotonic(), [] {});
    return true;
}

std::vector<BusDelivery> SimBus::TakeDeliveries() {
    std::vector<BusDelivery> taken;
    std::erase_if(waiting_, [&](const auto& each) {
        if (each.first > scene_.clock.Monotonic()) return false;
        taken.push_back(each.second);
        return true;
    });
    return taken;
}

}  // namespace returns::sim
