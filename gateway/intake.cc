#include "gateway/intake.h"

#include "connectors/crypto.h"
#include "gateway/cloudevents.h"

namespace returns::gateway {
namespace {

constexpr int kAtOnce = 500;
constexpr std::size_t kHighWater = 5'000, kLowWater = 1'000;  // events in the engine's queue

}  // namespace

Intake::Intake(Engine& engine, Bus& bus, Clock&, Connections& connections,
               const KafkaSettings& kafka, std::int64_t message_bytes_max)
    : engine_(engine), bus_(bus), connections_(connections), message_bytes_max_(message_bytes_max) {
    for (const TopicSettings& topic : kafka.topics) topics_[topic.name] = topic;
}

bool Intake::Step() {
    std::vector<Input> again;
    again.swap(waiting_);
    for (Input& input : again)
        if (!engine_.Submit(input)) waiting_.push_back(std::move(input));
    const std::size_t queued = engine_.queued() + waiting_.size();
    if (!paused_ && queued > kHighWater) {
        paused_ = true;
        ++counters_.pauses;
        bus_.Pause(true);
    } else if (paused_ && queued < kLowWater) {
        paused_ = false;
        bus_.Pause(false);
    }
    // Polling goes on while paused or stopping: it keeps the group membership alive.
    const std::vector<BusRecord> records = bus_.Poll(kAtOnce);
    if (stopped_ || engine_.failed()) return false;
    for (const BusRecord& record : records) Take(record);
    return !records.empty() || !again.empty();
}

Result<std::vector<Envelope>> Intake::Read(const BusRecord& record, const TopicSettings& topic) {
    if (static_cast<std::int64_t>(record.value->size()) > message_bytes_max_)
        return Error{Code::kLimit, "reading a record: " + std::to_string(record.value->size()) +
                                       " bytes, more than limits.message_bytes_max"};
    connectors::Connector* connector = connections_.FindConnector(topic.connector);
    if (connector->manifest().records == "identity") {
        JsonLimits limits;
        limits.bytes_max = static_cast<std::size_t>(message_bytes_max_);
        ASSIGN_OR_RETURN(const Json json, ReadCloudEvent(record, limits));
        ASSIGN_OR_RETURN(Envelope event, DecodeCloudEvent(json));
        return std::vector<Envelope>{std::move(event)};
    }
    return connector->MapRecord(*record.value, record.headers, Json::Object());
}

void Intake::Take(const BusRecord& record) {
    ++counters_.records;
    Progress& progress = progress_[{record.topic, record.partition}];
    progress.next = std::max(progress.next, record.offset + 1);
    const std::string source = "kafka:" + record.topic;
    const std::string place =
        std::to_string(record.partition) + "/" + std::to_string(record.offset);
    if (!record.value) {
        ++counters_.tombstones;  // a deletion marker for compaction: nothing to decide
        progress.open[record.offset] = 1;
        Done(record.topic, record.partition, record.offset);
        return;
    }
    auto events = Read(record, topics_[record.topic]);
    std::vector<Input> inputs;
    if (events.ok()) {
        int index = 0;
        for (Envelope& event : *events) {
            Input input;
            input.event = std::move(event);
            input.event.key.shop = topics_[record.topic].shop;
            input.event.source = source;
            if (input.event.source_id.empty()) input.event.source_id = place;
            if (events->size() > 1) input.event.source_id += "#" + std::to_string(index);
            ++index;
            input.raw = *record.value;
            if (Facts(input.event.type).ours || input.event.type == EventType::kAction) {
                input.unmapped =
                    "only the gateway itself may say " + std::string(Facts(input.event.type).wire);
            }
            inputs.push_back(std::move(input));
        }
    } else {
        ++counters_.rejected;
        Input input;
        input.event.source = source;
        input.event.source_id = place;
        input.unmapped = events.error().text;
        input.digest = connectors::Sha256Hex(*record.value);
        input.raw = *record.value;
        inputs.push_back(std::move(input));
    }
    progress.open[record.offset] = static_cast<int>(inputs.size());
    counters_.events += static_cast<std::int64_t>(inputs.size());
    if (inputs.empty()) {
        progress.open[record.offset] = 1;
        Done(record.topic, record.partition, record.offset);
    }
    for (Input& input : inputs) {
        input.done = [this, topic = record.topic, partition = record.partition,
                      offset = record.offset](const Receipt& receipt) {
            if (receipt.kind != Receipt::Kind::kFailed) Done(topic, partition, offset);
        };
        if (!engine_.Submit(input)) waiting_.push_back(std::move(input));
    }
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
