// A shop's and an operator's view of a real Kafka cluster, by librdkafka: topics, records in and
// out, a group's positions. Every call waits for the brokers and CHECKs that they did it. One
// thread.
#pragma once

#include "gateway/ports.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct rd_kafka_s;

namespace returns::live {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Message {
    std::string key;
    std::optional<std::string> value;
    Headers headers = {};
};

enum class AclOn { kTopic, kGroup };
enum class AclRight { kRead, kWrite, kDescribe };

class KafkaClient {
public:
    explicit KafkaClient(const std::string& bootstrap);
    ~KafkaClient();
    KafkaClient(const KafkaClient&) = delete;
    KafkaClient& operator=(const KafkaClient&) = delete;

    static int Library();  // librdkafka's version as its header writes it

    // settings: the topic's own, such as retention.ms.
    void CreateTopic(const std::string& topic, int partitions = 1,
                     const std::vector<std::pair<std::string, std::string>>& settings = {});
    void DeleteTopic(const std::string& topic);
    // Everything before that offset is gone, as retention does it.
    void DeleteRecords(const std::string& topic, std::int64_t before);

    // Takes effect at the broker a little later.
    void Allow(const std::string& user, AclRight right, AclOn on, const std::string& name);
    void Forbid(const std::string& user, AclRight right, AclOn on, const std::string& name);

    void Put(const std::string& topic, const std::string& key,
             const std::optional<std::string>& value, const Headers& headers = {},
             int partition = 0);
    // All of it in one batch, by a producer of its own; codec as librdkafka says it.
    void PutBatch(const std::string& topic, const std::vector<Message>& messages,
                  const std::string& codec = "none");
    std::int64_t End(const std::string& topic, int partition = 0);
    std::int64_t Begin(const std::string& topic, int partition = 0);
    std::vector<gateway::BusRecord> ReadAll(const std::string& topic, int partition = 0);
    // What lag tools see; -1001 when the group has none.
    std::int64_t Committed(const std::string& group, const std::string& topic, int partition = 0);

private:
    const std::string bootstrap_;
    rd_kafka_s* handle_ = nullptr;
};

}  // namespace returns::live
