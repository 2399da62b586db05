// Any JSON is a CloudEvent of ours or refused; an event that was read survives our own codec, and
// asking for its look-up keys is safe.
#include "schemas/event.h"
#include "schemas/json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const auto json = returns::ParseJson(returns::Text(bytes, size));
    if (!json.ok()) return 0;
    auto event = returns::DecodeCloudEvent(*json);
    if (!event.ok()) {
        CHECK(!event.error().text.empty());
        return 0;
    }
    for (const returns::Lookup& key : returns::LookupsOf(*event)) CHECK(!key.value.empty());
    const auto again =
        returns::DecodeEventData(event->type, returns::EncodeEventData(event->type, event->data));
    CHECK(again.ok());
    CHECK(*again == event->data);
    return 0;
}
