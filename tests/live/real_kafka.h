// The whole program on a real Apache Kafka: deploy/full.d/10-kafka.sh starts one and gives its
// address in BACKHAUL_KAFKA, its name for deploy/kafka in BACKHAUL_KAFKA_NODE and the folder with
// its certificates and passwords in BACKHAUL_KAFKA_SECURE. Topics and groups are new ones for every
// test. One thread.
#pragma once

#include "tests/live/gateway_world.h"
#include "tests/live/kafka_client.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace returns::live {

// A killed member's partitions are its own until its session ends, 45 seconds.
inline constexpr milliseconds kKafkaPatience{60'000};
inline constexpr std::int64_t kMessageMax = 65'536;

// Events as a shop writes them: an order of two lamps, and one that comes back.
std::string Event(const std::string& type, const std::string& id, const std::string& order,
                  const std::string& data);
extern const std::string kPlaced, kCaptured;
std::string Requested(const std::string& return_id);
std::string Header(const gateway::BusRecord& record, const std::string& name);

class RealKafka : public testing::Test {
protected:
    using Topics = std::vector<std::pair<std::string, std::string>>;  // topic, connector

    RealKafka();

    std::string Name(const std::string& what) const { return run_ + "." + what; }

    // With bus() as it stands.
    void Launch(const std::string& start, const Topics& topics);
    void Start();
    void Stop();
    void Kill();
    // "kafka" of the settings, but for topics, group and start.
    Json& bus() { return bus_; }
    Json& settings() { return settings_; }

    std::string SettingsPath() const { return folder_.path() + "/settings.json"; }
    std::string Log() const { return ReadFile(LogPath()); }

    Json Get(const std::string& path) const;
    std::string Bus() const { return Get("/readyz")["checks"]["bus"].AsString(); }
    bool BusSays(const std::string& words) const;
    bool BusIsWell() const;
    std::string Metrics() const { return Fetch("GET", url_, "/metrics", "", key_).body; }

    // Whether the group's position reaches the end of all: everything there was has been committed.
    bool HasReadAll(const std::vector<std::string>& topics, int partitions = 1);

    Json Order(const std::string& id) const { return Get("/v1/orders/" + id); }
    std::size_t Returns(const std::string& order) const;
    // How many of the topics' events stand on the order's timeline.
    std::size_t Told(const std::string& order) const;
    // Four events: placed, captured, delivered, return requested.
    void PutOrder(const std::string& topic, const std::string& order, int partition = 0);
    // Every move was told, under ids that stay the same, each order's in the order they happened.
    void CheckStatus(const std::vector<std::string>& orders);

    live::Run Offset(const std::string& topic, const std::string& to);
    live::Run Node(const std::string& command);
    std::string Secure(const std::string& file) const { return secure_ + "/" + file; }

    const std::string brokers_, secure_, run_;
    const Folder folder_;
    KafkaClient kafka_;
    std::string key_, url_;
    std::unique_ptr<Child> gateway_;

private:
    std::string LogPath() const { return folder_.path() + "/log"; }

    Json settings_, bus_;
};

}  // namespace returns::live
