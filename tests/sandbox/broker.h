// A Kafka-protocol broker in memory (librdkafka's mock cluster: about five megabytes a partition,
// then it forgets), or a real one that is there already; with one producer and one reader of the
// status topic. Methods: any thread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_mock_cluster_s;

namespace returns::sandbox {

// A real one has our topics, of six partitions each, under names that begin with the prefix.
struct RealBroker {
    std::string bootstrap;  // "": in memory
    std::string prefix;
};

class Broker {
public:
    // `read` gets every value of the status topic, with `mutex` held.
    Broker(std::mutex& mutex, std::function<void(const std::string& value)> read, RealBroker real);
    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    std::string bootstrap() const;
    std::string Name(std::string_view topic) const { return real_.prefix + std::string(topic); }
    void Put(const std::string& topic, const std::string& key,
             const std::optional<std::string>& value,
             const std::vector<std::pair<std::string, std::string>>& headers);
    void Stop();

private:
    void Run();
    void OpenCluster();
    rd_kafka_s* Open(bool consumer) const;

    std::mutex& mutex_;
    std::function<void(const std::string&)> read_;
    const RealBroker real_;
    rd_kafka_s* world_ = nullptr;
    rd_kafka_mock_cluster_s* cluster_ = nullptr;
    rd_kafka_s* producer_ = nullptr;
    rd_kafka_s* consumer_ = nullptr;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace returns::sandbox
