// The consuming half of KafkaBus. Lane's thread only; librdkafka calls back on that thread, from
// within Poll and Close.
#pragma once

#include "gateway/kafka_bus_client.h"

#include <atomic>
#include <future>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace returns::gateway {

class KafkaConsumer : private KafkaOpaque {
public:
    static Result<std::unique_ptr<KafkaConsumer>> Open(const KafkaOptions& options,
                                                       KafkaOffsets offsets);
    ~KafkaConsumer() override;

    std::vector<BusRecord> Poll(int n);
    void Pause(bool paused);
    void Committed(const std::vector<TopicOffset>& offsets);
    KafkaHealth Health() const;
    bool CaughtUp() const;
    std::int64_t errors() const { return errors_; }
    void Close();

private:
    using Partition = std::pair<std::string, std::int32_t>;
    struct Watermarks {
        std::int64_t low = 0, high = 0;
    };
    using Answers = Result<std::map<Partition, Watermarks>>;
    struct Stop {
        std::int64_t offset = 0;
        std::string text;
        std::future<Answers> asked;  // where the log starts and ends, for the text
    };

    KafkaConsumer(const KafkaOptions& options, KafkaOffsets offsets);
    Status Start();
    void Restart();
    void Drop();  // lets go of the handle, bounded
    bool LeaveGroup(KafkaTime deadline);

    void Assigned(const rd_kafka_topic_partition_list_s& list);
    void Revoked();
    void Assign();
    Status FindStarts(std::map<Partition, std::int64_t>& stored);
    void ApplyPause();
    void RetryTroubled();
    void TakeError(const rd_kafka_message_s& message);
    BusRecord TakeRecord(const rd_kafka_message_s& message);
    void TakeWatermarks();
    void SendHints(bool now);
    std::future<Answers> Ask(std::vector<Partition> partitions) const;
    void Abandon(std::future<Answers>& asked);
    void Stopped(const Partition& partition, std::int64_t offset, const std::string& why);

    KafkaOptions options_;
    KafkaOffsets offsets_;
    rd_kafka_s* handle_ = nullptr;
    bool closed_ = false;
    std::atomic<bool> dropping_ = false;  // read by the threads of Ask as well
    bool paused_ = false;
    KafkaTime restart_at_;

    // wanted_: what the group gave us. It is fetched from once positions are known: assigned_.
    std::set<Partition> wanted_;
    bool joined_ = false;
    bool assigned_ = false;
    KafkaTime assign_at_;
    std::string assign_error_;
    std::future<Answers> starts_;                  // for partitions without a stored position
    std::map<Partition, std::int64_t> position_;   // next offset to come
    std::vector<std::future<Answers>> abandoned_;  // their threads still use the handle

    std::map<Partition, Stop> stopped_;
    std::map<Partition, std::string> troubled_;  // errors librdkafka goes on after by itself
    KafkaTime retry_at_;
    std::map<std::string, std::string> unavailable_;  // topics not there yet, or not for us
    std::string trouble_;                             // the group's own

    std::set<Partition> ended_;  // read to their end once
    std::int64_t errors_ = 0;

    std::map<Partition, std::int64_t> hints_;
    KafkaTime hints_sent_;
};

}  // namespace returns::gateway
