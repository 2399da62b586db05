// The producing half of KafkaBus. Lane's thread only; librdkafka calls back on that thread, from
// within Take and Close.
#pragma once

#include "gateway/kafka_bus_client.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace returns::gateway {

class KafkaProducer : private KafkaOpaque {
public:
    static Result<std::unique_ptr<KafkaProducer>> Open(const KafkaOptions& options);
    ~KafkaProducer() override;

    bool Produce(const std::string& topic, const std::string& key,
                 const std::vector<std::pair<std::string, std::string>>& headers,
                 const std::string& value, std::int64_t token);
    std::vector<BusDelivery> Take();
    KafkaHealth Health() const;
    void Close();

private:
    explicit KafkaProducer(const KafkaOptions& options);
    Status Start();
    void Restart();
    void Drop();  // lets go of the handle; what is outstanding counts as not delivered
    static void OnDelivery(rd_kafka_s*, const rd_kafka_message_s* message, void* opaque);
    void Delivered(std::int64_t token, bool delivered);
    void Undelivered(const std::string& topic, int error);

    KafkaOptions options_;
    rd_kafka_s* handle_ = nullptr;
    bool closed_ = false;
    KafkaTime restart_at_;
    std::multiset<std::int64_t> outstanding_;
    std::vector<BusDelivery> deliveries_;
    std::string undelivered_;  // why the last one failed; "" after a success
};

}  // namespace returns::gateway
