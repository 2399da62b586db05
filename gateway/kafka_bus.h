// The event bus over Kafka: a group consumer whose positions live in our database, and an
// idempotent producer. Everything is called from the lane's one thread and does not block; only
// Close waits, for at most close_ms. librdkafka keeps its own threads inside.
//
// The database is the truth about positions. They are given with the assignment, the broker's
// commits are a hint for people's lag tools, and nothing ever seeks. A position the log no longer
// holds stops that partition, and Health says so, until a person has decided.
#pragma once

#include "gateway/ports.h"
#include "schemas/result.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace returns::gateway {

class KafkaConsumer;
class KafkaProducer;

enum class KafkaStart : std::uint8_t { kBeginning, kEnd };

struct KafkaOptions {
    std::string bootstrap;  // "host:port,host:port"
    std::string group;
    std::string instance;             // static member of the group; "": a new one at each start
    std::vector<std::string> topics;  // empty: produce only
    // Where a partition starts that has no stored position.
    KafkaStart start = KafkaStart::kBeginning;
    // Handed to librdkafka as they are: security.protocol, sasl.*, ssl.*, client.id, time-outs.
    // Those the promises of this class rest on are refused.
    std::map<std::string, std::string> properties;
    int fetch_kbytes_max = 16384;      // prefetched and not yet polled
    int fetch_messages_min = 2000;     // librdkafka prefetches while it holds fewer
    int produce_messages_max = 10000;  // queued or in flight
    int close_ms = 5000;
    std::function<void(const std::string&)> log;  // librdkafka's lines; on the lane's thread
};

// The database's side of positions; called on the lane's thread from within Poll.
struct KafkaOffsets {
    std::function<Result<std::vector<TopicOffset>>()> load;
    // Makes durable where a first start at the end began, before its first record comes.
    std::function<Status(const std::vector<TopicOffset>&)> save;
};

struct KafkaHealth {
    bool good = false;
    std::string text;          // one line for people
    std::int64_t stopped = 0;  // partitions that stand still until a person decides
    std::int64_t errors = 0;   // told by the brokers or the client since the start
    // Every partition we were given has been read to its end once since the start.
    bool caught_up = false;
};

class KafkaBus : public Bus {
public:
    // Answers without waiting for a broker; one that is away is told by Health and found later.
    static Result<std::unique_ptr<KafkaBus>> Open(KafkaOptions options, KafkaOffsets offsets);
    ~KafkaBus() override;

    std::vector<BusRecord> Poll(int n) override;
    void Pause(bool paused) override;
    bool Produce(const std::string& topic, const std::string& key,
                 const std::vector<std::pair<std::string, std::string>>& headers,
                 const std::string& value, std::int64_t token) override;
    std::vector<BusDelivery> TakeDeliveries() override;

    // What our database has committed; told to the broker now and then.
    void Committed(const std::vector<TopicOffset>& offsets);
    KafkaHealth Health();
    // Leaves the group and lets go. Afterwards Poll gives nothing and Produce refuses. What was
    // not delivered by then comes back in TakeDeliveries as not delivered.
    void Close();

private:
    KafkaBus(std::unique_ptr<KafkaConsumer> consumer, std::unique_ptr<KafkaProducer> producer);

    std::unique_ptr<KafkaConsumer> consumer_;  // null: produce only
    std::unique_ptr<KafkaProducer> producer_;
};

}  // namespace returns::gateway
