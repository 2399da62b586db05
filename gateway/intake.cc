#include "gateway/intake.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::size_t kAtOnce =
    128;  // records mapped in one go: callers wait no longer for the lane
// Events in the engine's queue: enough to go on with, and too many, for which others must be to
// blame. Pausing costs what was fetched already.
constexpr std::size_t kEnough = 1'000, kHighWater = 5'000, kLowWater = 1'000;

}  // namespace

Intake::Intake(Engine& engine, Bus& bus, Clock&, Connections& connections,
               const KafkaSettings& kafka, std::int64_t message_bytes_max)
    : engine_(engine), bus_(bus), reader_(connections, kafka, message_bytes_max) {}

bool Intake::Step() {
    std::vector<Input> again;
    again.swap(waiting_);
    for (Input& input : again)
        if (!engine_.Offer(input)) waiting_.push_back(std::move(input));
    const std::size_t queued = engine_.queued() + waiting_.size();
    if (!paused_ && queued > kHighWater) {
        paused_ = true;
        ++counters_.pauses;
        bus_.Pause(true);
    } else if (paused_ && queued < kLowWater) {
        paused_ = false;
        bus_.Pause(false);
    }
    // Polling goes on while paused, stopping or full: it keeps the group membership alive.
    const std::size_t room = queued < kEnough ? std::min(kAtOnce, kEnough - queued) : 1;
    const std::vector<BusRecord> records = bus_.Poll(static_cast<int>(room));
    if (stopped_ || engine_.failed()) return false;
    for (const BusRecord& record : records) Take(record);
    return !records.empty() || !again.empty();
}

void Intake::Take(const BusRecord& record) {
    ++counters_.records;
    Progress& progress = progress_[{record.topic, record.partition}];
    progress.next = std::max(progress.next, record.offset + 1);
    RecordReading reading = reader_.Read(record);
    Count(reading.rejection);
    counters_.events += static_cast<std::int64_t>(reading.inputs.size());
    progress.open[record.offset] = std::max(1, static_cast<int>(reading.inputs.size()));
    if (reading.inputs.empty()) Done(record.topic, record.partition, record.offset);
    for (Input& input : reading.inputs) {
        input.done = [this, topic = record.topic, partition = record.partition,
                      offset = record.offset](const Receipt& receipt) {
            const bool reused = receipt.kind == Receipt::Kind::kConflict;
            counters_.rejected += reused;
            counters_.reused_ids += reused;
            if (receipt.kind != Receipt::Kind::kFailed) Done(topic, partition, offset);
        };
        if (!engine_.Offer(input)) waiting_.push_back(std::move(input));
    }
}

void Intake::Count(Rejection rejection) {
    counters_.rejected += rejection != Rejection::kNone;
    counters_.tombstones += rejection == Rejection::kTombstone;
    counters_.too_long += rejection == Rejection::kTooLong;
    counters_.unreadable += rejection == Rejection::kUnreadable;
    counters_.not_ours += rejection == Rejection::kNotOurs;
}

// The stored position is the first record of the partition that is not wholly done.
void Intake::Done(const std::string& topic, std::int32_t partition, std::int64_t offset) {
    Progress& progress = progress_[{topic, partition}];
    auto open = progress.open.find(offset);
    if (open == progress.open.end() || --open->second > 0) return;
    progress.open.erase(open);
    const std::int64_t next = progress.open.empty() ? progress.next : progress.open.begin()->first;
    engine_.Note(TopicOffset{topic, partition, next});
}

}  // namespace returns::gateway
