// Where a partition's log starts and ends, asked once with a client of its own. Waits for the
// brokers, at most ten seconds: for command lines, never for the lane.
#pragma once

#include "gateway/kafka_bus.h"

#include <cstdint>
#include <string>

namespace returns::gateway {

struct KafkaLog {
    std::int64_t low = 0;   // the first record kept
    std::int64_t high = 0;  // behind the last one
};
Result<KafkaLog> AskKafkaLog(const KafkaOptions& options, const std::string& topic,
                             std::int32_t partition);

// Whether the consumer group may be used: its position in the topic's partition 0 is asked for.
Status AskKafkaGroup(const KafkaOptions& options, const std::string& topic);

}  // namespace returns::gateway
