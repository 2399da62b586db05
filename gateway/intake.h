// From topic records to envelopes: maps each record with its topic's connector, hands the events
// to the engine, and notes an offset once everything of its record has committed. What cannot be
// read is parked with its bytes and told on the rejected topic; the partition goes on. One thread.
#pragma once

#include "gateway/connections.h"
#include "gateway/engine.h"
#include "gateway/ports.h"
#include "gateway/raw_reader.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace returns::gateway {

struct IntakeCounters {
    std::int64_t records = 0, events = 0, pauses = 0;
    // Rejected records, and why: the sum of those that follow.
    std::int64_t rejected = 0, tombstones = 0, too_long = 0, unreadable = 0, not_ours = 0,
                 reused_ids = 0;
};

class Intake {
public:
    Intake(Engine& engine, Bus& bus, Clock&, Connections& connections, const KafkaSettings& kafka,
           std::int64_t message_bytes_max);

    bool Step();
    void Stop() { stopped_ = true; }
    const IntakeCounters& counters() const { return counters_; }

private:
    struct Progress {
        std::map<std::int64_t, int> open;  // offset -> events not yet committed
        std::int64_t next = -1;            // behind the last record taken
    };
    void Take(const BusRecord& record);
    void Done(const std::string& topic, std::int32_t partition, std::int64_t offset);
    void Count(Rejection rejection);

    Engine& engine_;
    Bus& bus_;
    RawReader reader_;
    std::map<std::pair<std::string, std::int32_t>, Progress> progress_;
    std::vector<Input> waiting_;  // the engine was full
    bool paused_ = false, stopped_ = false;
    IntakeCounters counters_;
};

}  // namespace returns::gateway
