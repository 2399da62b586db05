// The first lines are a request's headers, an empty line, then its body: any of that is CloudEvents
// of one of the three forms, or refused with a reason. So is the same as a Kafka record, and what
// we write of an event that was read is read again as the same.
#include "gateway/cloudevents.h"
#include "schemas/event.h"
#include "tests/fuzz/fuzz.h"

namespace returns::gateway {
namespace {

struct Message {
    connectors::HttpHeaders headers;
    std::string body;
};

Message Split(std::string_view text) {
    Message out;
    out.headers = TakeHeaders(text);
    out.body = std::string(text);
    return out;
}

void TryEvent(const Json& tree) {
    auto event = DecodeCloudEvent(tree);
    if (!event.ok()) {
        CHECK(!event.error().text.empty());
        return;
    }
    OutgoingEvent out{.id = event->source_id, .source = event->source};
    out.type = std::string(Facts(event->type).wire);
    out.time = event->occurred_at;
    out.data = EncodeEventData(event->type, event->data);
    const KafkaValue written = EncodeCloudEvent(out);
    BusRecord record;
    record.headers = written.headers;
    record.value = written.value;
    const auto again = ReadCloudEvent(record);
    CHECK(again.ok());
    CHECK((*again)["id"].AsString() == out.id);
    CHECK((*again)["type"].AsString() == out.type);
    CHECK((*again)["data"] == out.data);
}

}  // namespace
}  // namespace returns::gateway

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace returns::gateway;
    const Message message = Split(returns::Text(bytes, size));
    const auto events = ReadCloudEvents(message.headers, message.body);
    if (events.ok()) {
        for (const returns::Json& each : *events) TryEvent(each);
    } else {
        CHECK(!events.error().text.empty());
    }
    BusRecord record;
    record.headers = message.headers;
    record.value = message.body;
    const auto event = ReadCloudEvent(record);
    if (event.ok())
        TryEvent(*event);
    else
        CHECK(!event.error().text.empty());
    return 0;
}
