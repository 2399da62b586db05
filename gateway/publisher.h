// What leaves over the bus: every move as a CloudEvent on the status topic, read by a cursor over
// the journal; poison input on the rejected topic; commands whose connector speaks Kafka. At least
// once; ids are stable, so readers can leave out repeats. One thread, the lane's.
#pragma once

#include "gateway/cloudevents.h"
#include "gateway/engine.h"
#include "gateway/ports.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace returns::gateway {

struct PublisherTopics {
    std::string status = "returns.status";
    std::string rejected = "returns.rejected";
    std::size_t whole_bytes_max = 900'000;  // longer input is told by digest and link
    std::string link;                       // where this gateway is reached; "" for no link
};

class Publisher {
public:
    // `bus` may be nullptr: nothing is published, the cursors stay where they are.
    Publisher(Engine& engine, Bus* bus, PublisherTopics topics);

    Status Recover(Archive& archive);  // reads the cursors, once at start
    bool Step();

    // One record for somebody else; false when the queue is full. `done` says whether the broker
    // has it.
    using Done = std::function<void(bool delivered)>;
    bool Produce(const std::string& topic, const std::string& key,
                 const std::vector<std::pair<std::string, std::string>>& headers,
                 const std::string& value, Done done);

    std::int64_t published() const { return acked_; }  // up to which journal row
    std::int64_t undelivered() const { return undelivered_; }
    std::int64_t queue_full() const { return queue_full_; }  // times the bus took no more

private:
    struct Outgoing {
        std::string key;
        KafkaValue value;
        bool sent = false, acked = false;
    };
    bool PublishStatus();
    bool PublishRejected();
    Outgoing Prepare(const JournalRow& row) const;
    bool SendStatus(std::int64_t seq, Outgoing& outgoing);
    bool SendRejected(const ParkedInput& parked);

    Engine& engine_;
    Bus* bus_;
    const PublisherTopics topics_;
    std::int64_t read_ = 0, acked_ = 0;           // journal seq
    std::int64_t rejected_sent_ = 0;              // parked id
    std::map<std::int64_t, Done> waiting_;        // by token
    std::map<std::int64_t, Outgoing> outgoing_;   // by journal seq: acked_ < seq <= read_
    std::map<std::int64_t, bool> rejected_acks_;  // by parked id, in order
    bool rejected_wait_ = false;                  // some parked input is still to be told
    std::int64_t next_token_ = 1, undelivered_ = 0, queue_full_ = 0;
};

}  // namespace returns::gateway
