#include "gateway/raw_reader.h"

#include "connectors/crypto.h"
#include "gateway/cloudevents.h"

#include <charconv>

namespace returns::gateway {
namespace {

constexpr std::string_view kTopicSource = "kafka:", kConnectionSource = "connection:";

// In quotes; base64 needs no escapes.
std::string Coded(std::string_view bytes) { return '"' + connectors::EncodeBase64(bytes) + '"'; }
std::string Decoded(const Json& text) {
    return connectors::DecodeBase64(text.AsString()).value_or("");
}

// Where it stood and what it was: a topic made anew counts its offsets from the start again.
std::string PlaceOf(const BusRecord& record) {
    constexpr std::size_t kDigits = 16;
    return std::to_string(record.partition) + "/" + std::to_string(record.offset) + "/" +
           connectors::Sha256Hex(record.value.value_or("")).substr(0, kDigits);
}

std::int64_t NumberAt(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

// As text at once, without a tree: it is made for whatever comes, and read for little of it.
std::string WriteSurroundings(const Surroundings& around) {
    std::string text = "{";
    const auto member = [&](std::string_view name) {
        if (text.size() > 1) text += ',';
        text.append(name).append(":");
    };
    if (around.key) {
        member("\"key\"");
        text += Coded(*around.key);
    }
    if (around.tombstone) {
        member("\"tombstone\"");
        text += "true";
    }
    if (!around.headers.empty()) {
        member("\"headers\"");
        char before = '[';
        for (const auto& [name, value] : around.headers) {
            text += before;
            text += '[' + Coded(name) + ',' + Coded(value) + ']';
            before = ',';
        }
        text += ']';
    }
    return text + '}';
}

Surroundings ReadSurroundings(std::string_view text) {
    Surroundings around;
    constexpr std::size_t kBytesMax = 256 << 20;  // our own text, of a record that was taken
    const auto json = ParseJson(text, {kBytesMax});
    if (!json.ok()) return around;
    if (const Json* key = json->Find("key")) around.key = Decoded(*key);
    around.tombstone = (*json)["tombstone"].AsBool();
    for (const Json& header : (*json)["headers"].Items())
        if (header.Items().size() == 2)
            around.headers.emplace_back(Decoded(header.Items()[0]), Decoded(header.Items()[1]));
    return around;
}

RawReader::RawReader(Connections& connections, const KafkaSettings& kafka,
                     std::int64_t message_bytes_max)
    : connections_(connections), message_bytes_max_(message_bytes_max) {
    for (const TopicSettings& topic : kafka.topics) topics_[topic.name] = topic;
}

Result<std::vector<Envelope>> RawReader::Map(const BusRecord& record, const TopicSettings& topic,
                                             Rejection& rejection) {
    rejection = Rejection::kTombstone;
    if (!record.value)
        return Invalid("reading a record: it has no value (a tombstone), and deletes nothing here");
    rejection = Rejection::kTooLong;
    if (static_cast<std::int64_t>(record.value->size()) > message_bytes_max_)
        return Error{Code::kLimit, "reading a record: " + std::to_string(record.value->size()) +
                                       " bytes, more than limits.message_bytes_max"};
    rejection = Rejection::kUnreadable;
    connectors::Connector* connector = connections_.FindConnector(topic.connector);
    if (connector->manifest().records != "identity")
        return connector->MapRecord(*record.value, record.headers, Json::Object());
    JsonLimits limits;
    limits.bytes_max = static_cast<std::size_t>(message_bytes_max_);
    ASSIGN_OR_RETURN(const Json json, ReadCloudEvent(record, limits));
    ASSIGN_OR_RETURN(Envelope event, DecodeCloudEvent(json));
    return std::vector<Envelope>{std::move(event)};
}

namespace {

// The record as parked input that says why it cannot be used.
Input Unmapped(const BusRecord& record, std::string why) {
    Input input;
    input.event.source = std::string(kTopicSource) + record.topic;
    input.event.source_id = PlaceOf(record);
    input.unmapped = std::move(why);
    input.raw = record.value.value_or("");
    input.digest = connectors::Sha256Hex(input.raw);
    input.headers = WriteSurroundings({record.key, !record.value, record.headers});
    return input;
}

}  // namespace

RecordReading RawReader::Read(const BusRecord& record) {
    RecordReading reading;
    const TopicSettings& topic = topics_[record.topic];
    auto events = Map(record, topic, reading.rejection);
    if (!events.ok()) {
        reading.inputs.push_back(Unmapped(record, events.error().text));
        return reading;
    }
    for (const Envelope& event : *events) {
        if (!Facts(event.type).ours && event.type != EventType::kAction) continue;
        reading.rejection = Rejection::kNotOurs;
        reading.inputs.push_back(Unmapped(
            record, "only the gateway itself may say " + std::string(Facts(event.type).wire)));
        return reading;
    }
    reading.rejection = Rejection::kNone;
    int index = 0;
    for (Envelope& event : *events) {
        Input input;
        input.event = std::move(event);
        input.event.key.shop = topic.shop;
        input.event.source = std::string(kTopicSource) + record.topic;
        if (input.event.source_id.empty()) input.event.source_id = PlaceOf(record);
        if (events->size() > 1) input.event.source_id += "#" + std::to_string(index);
        ++index;
        input.raw = *record.value;
        input.headers = WriteSurroundings({record.key, false, record.headers});
        reading.inputs.push_back(std::move(input));
    }
    return reading;
}

Result<std::vector<Input>> RawReader::Again(const ParkedInput& parked) {
    if (parked.headers.empty())
        return Error{Code::kLimit,
                     "reading parked input again: its bytes were kept for raw_days, "
                     "only the digest is left; have its sender send it again"};
    const bool record = parked.source.starts_with(kTopicSource);
    ASSIGN_OR_RETURN(std::vector<Input> inputs,
                     record ? RecordAgain(parked) : CallbackAgain(parked));
    if (!inputs.empty()) {
        inputs.back().unpark = parked.id;
        inputs.back().remapped = true;
    }
    return inputs;
}

std::string RawReader::ShopOf(const ParkedInput& parked) {
    if (!parked.envelope.empty()) {
        const auto json = ParseJson(parked.envelope);
        const auto event = json.ok() ? DecodeEnvelope(*json) : Result<Envelope>(json.error());
        return event.ok() ? event->key.shop : "";
    }
    if (parked.source.starts_with(kTopicSource)) {
        const auto topic = topics_.find(parked.source.substr(kTopicSource.size()));
        return topic == topics_.end() ? "" : topic->second.shop;
    }
    if (!parked.source.starts_with(kConnectionSource)) return "";
    const Connection* connection =
        connections_.Find(parked.source.substr(kConnectionSource.size()));
    return connection == nullptr ? "" : connection->settings.shop;
}

Result<std::vector<Input>> RawReader::RecordAgain(const ParkedInput& parked) {
    Surroundings around = ReadSurroundings(parked.headers);
    BusRecord record;
    record.topic = parked.source.substr(kTopicSource.size());
    if (topics_.count(record.topic) == 0)
        return Error{Code::kNotFound, "reading parked input again: topic " + record.topic +
                                          " is not in kafka.topics any more"};
    const std::size_t slash = std::min(parked.source_id.find('/'), parked.source_id.size() - 1);
    record.partition = static_cast<std::int32_t>(NumberAt(parked.source_id));
    record.offset = NumberAt(std::string_view(parked.source_id).substr(slash + 1));
    record.key = std::move(around.key);
    record.headers = std::move(around.headers);
    if (!around.tombstone) record.value = parked.raw;
    RecordReading reading = Read(record);
    if (reading.rejection != Rejection::kNone) return Invalid(reading.inputs.front().unmapped);
    return std::move(reading.inputs);
}

Result<std::vector<Input>> RawReader::CallbackAgain(const ParkedInput& parked) {
    Connection* connection = nullptr;
    if (parked.source.starts_with(kConnectionSource))
        connection = connections_.Find(parked.source.substr(kConnectionSource.size()));
    if (connection == nullptr || !connection->connector->manifest().callbacks)
        return Error{Code::kNotFound,
                     "reading parked input again: nothing in the settings takes callbacks as " +
                         parked.source + " any more"};
    const Surroundings around = ReadSurroundings(parked.headers);
    ASSIGN_OR_RETURN(auto events, connection->connector->MapCallback(
                                      parked.raw, around.headers, parked.source_id,
                                      parked.parked_at, connection->settings.settings));
    std::vector<Input> inputs;
    for (Envelope& event : events) {
        Input input;
        input.event = std::move(event);
        input.event.connection = connection->settings.name;
        input.event.source = parked.source;
        input.event.key.shop = connection->settings.shop;
        if (input.event.occurred_at == kNoTime) input.event.occurred_at = parked.parked_at;
        input.digest = parked.digest;
        input.raw = parked.raw;
        input.headers = parked.headers;
        inputs.push_back(std::move(input));
    }
    return inputs;
}

}  // namespace returns::gateway
