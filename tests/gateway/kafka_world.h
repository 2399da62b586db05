// A Kafka cluster in memory for tests (librdkafka's mock) and a database's worth of positions.
// One thread.
#pragma once

#include "gateway/kafka_bus.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_mock_cluster_s;

namespace returns::gateway {

class KafkaWorld {
public:
    KafkaWorld();
    ~KafkaWorld();
    KafkaWorld(const KafkaWorld&) = delete;
    KafkaWorld& operator=(const KafkaWorld&) = delete;

    void CreateTopic(const std::string& topic, int partitions);
    void Hide(const std::string& topic, bool hidden);  // hidden: answered as not existing
    void SetUp(bool up);
    // The next request of that kind is answered with this error.
    void Inject(int api_key, std::vector<int> errors);
    // Straight into the log; waits until it is there.
    void Put(const std::string& topic, int partition, std::optional<std::string> value,
             std::vector<std::pair<std::string, std::string>> headers = {});
    std::int64_t BrokerCommitted(const std::string& group, const std::string& topic, int partition);

    KafkaOptions Options(const std::string& group, std::vector<std::string> topics) const;
    KafkaOffsets Offsets();  // over stored()
    std::map<std::pair<std::string, std::int32_t>, std::int64_t>& stored() { return stored_; }
    bool& load_fails() { return load_fails_; }

    // Runs step until it answers true; false after twenty seconds.
    bool Until(const std::function<bool()>& step);

private:
    rd_kafka_s* handle_ = nullptr;
    rd_kafka_mock_cluster_s* cluster_ = nullptr;
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> stored_;
    bool load_fails_ = false;
};

}  // namespace returns::gateway
