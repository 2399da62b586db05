// What the consumer and the producer share: configuration, ownership of librdkafka's things, the
// news of a broker being away, and a bounded way to let go of a handle. Lane's thread only.
#pragma once

#include "gateway/kafka_bus.h"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace returns::gateway {

struct KafkaFree {
    void operator()(rd_kafka_conf_s* conf) const;
    void operator()(rd_kafka_message_s* message) const;
    void operator()(rd_kafka_topic_partition_list_s* list) const;
};
using KafkaConf = std::unique_ptr<rd_kafka_conf_s, KafkaFree>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_s, KafkaFree>;
using KafkaList = std::unique_ptr<rd_kafka_topic_partition_list_s, KafkaFree>;

using KafkaTime = std::chrono::steady_clock::time_point;

// What librdkafka has said about the brokers, by way of its callbacks.
class KafkaNews {
public:
    explicit KafkaNews(const KafkaOptions& options);

    // certificate: why the last broker's was not believed, see kafka_bus_words.h.
    void Error(int code, const std::string& text, int certificate);
    // What has been said within the last minute is not said again: clients try for ever.
    void Log(const std::string& line);
    void Statistics(const std::string& json);
    void Alive();  // something came from a broker
    void Fatal(std::string text) { fatal_ = std::move(text); }
    void Reset();  // for a new handle

    bool away() const { return away_; }
    const std::string& last_error() const { return last_error_; }
    const std::string& fatal() const { return fatal_; }  // "" as long as the handle is good

private:
    std::function<void(const std::string&)> log_;
    std::string mechanism_;
    std::map<std::string, KafkaTime> said_;
    bool away_ = false;
    std::string last_error_;
    std::string fatal_;
};

// The settings given by the caller, then ours on top. kInvalid names a key that is ours alone, and
// any that librdkafka refuses. Callbacks find `news` through the handle's opaque.
using KafkaSettings = std::vector<std::pair<std::string, std::string>>;
Result<KafkaConf> MakeKafkaConf(const KafkaOptions& options, const KafkaSettings& ours);

// The receiver of librdkafka's callbacks; both clients are one.
struct KafkaOpaque {
    KafkaNews news;
    std::atomic<int> certificate = 0;  // written by librdkafka's threads
    virtual ~KafkaOpaque() = default;
    explicit KafkaOpaque(KafkaNews start) : news(std::move(start)) {}
};

// Destroys without closing the consumer (a closed one is closed already), waiting at most until
// `deadline`; after that the handle is left to a thread of its own, for destruction may hang.
void DestroyKafka(rd_kafka_s* handle, KafkaTime deadline);

}  // namespace returns::gateway
