// Topics in memory, one partition each. The topics outlive the gateways; a gateway's bus reads on
// from the offset it is given at its start, and loses acknowledgements as brokers do. One thread.
#pragma once

#include "tests/sim/scene.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace returns::sim {

struct Topics {
    std::map<std::string, std::vector<BusRecord>> records;

    void Append(const std::string& topic, BusRecord record);
};

class SimBus final : public Bus {
public:
    // Reads `topic` from `position` on; "" reads nothing.
    SimBus(Scene& scene, Topics& topics, std::string topic, std::int64_t position)
        : scene_(scene), topics_(topics), topic_(std::move(topic)), position_(position) {}

    std::vector<BusRecord> Poll(int n) override;
    void Pause(bool paused) override { paused_ = paused; }
    bool Produce(const std::string& topic, const std::string& key,
                 const std::vector<std::pair<std::string, std::string>>& headers,
                 const std::string& value, std::int64_t token) override;
    std::vector<BusDelivery> TakeDeliveries() override;
    bool AtEnd() const {
        const auto found = topics_.records.find(topic_);
        return found == topics_.records.end() ||
               position_ == static_cast<std::int64_t>(found->second.size());
    }

    bool early_acknowledgements = false;  // a planted bug: says delivered and drops one in three

private:
    Scene& scene_;
    Topics& topics_;
    const std::string topic_;
    std::int64_t position_;
    bool paused_ = false;
    std::int64_t produced_ = 0;
    std::vector<std::pair<Millis, BusDelivery>> waiting_;
};

}  // namespace returns::sim
