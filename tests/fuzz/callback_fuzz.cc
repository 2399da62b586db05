// A partner's callback: the first line is taken as its signature, the rest as its body. A signature
// that was not made with the key never verifies. The right one does, and then any body is mapped to
// events that survive our own codec, or left unmapped with a reason.
#include "connectors/connector.h"
#include "tests/connectors/connectors_folder.h"
#include "tests/fuzz/fuzz.h"

#include <optional>

namespace returns::connectors {
namespace {

constexpr const char* kSecret = "whsec_dGVzdC1zZWNyZXQtb2Ytc2hpcGJvYg==";
constexpr Instant kNow{Millis(1'772'272'805'000)};

struct World {
    Connector connector = Connector::Load(ReadFolder("logistics/shipbob")).value();
    Json settings = *ParseJson(R"({"api_token": "t", "webhook_secret": [")" + std::string(kSecret) +
                               R"("], "channel_id": "4401",
        "fulfillment_center_id": 10, "inventory": {"TEE-RED-M": 730001, "MUG-BLUE": 730002}})");
};

void TryForged(World& world, SignedRequest request, std::string_view signature) {
    const HttpHeaders headers = {{"webhook-id", "msg_1"},
                                 {"webhook-timestamp", "1772272805"},
                                 {"webhook-signature", std::string(signature)}};
    request.headers = &headers;
    const CallbackReading reading = world.connector.ReadCallback(request, world.settings, kNow);
    CHECK(reading.verification.verdict != Verdict::kVerified);
    CHECK(!reading.verification.sentence.empty());
    CHECK(reading.events.empty());
}

void TrySigned(World& world, SignedRequest request) {
    const auto signing =
        world.connector.manifest().callbacks->recipe.Sign("msg_1", kNow, request, kSecret);
    CHECK(signing.ok());
    request.headers = &*signing;
    const CallbackReading reading = world.connector.ReadCallback(request, world.settings, kNow);
    CHECK(reading.verification.verdict == Verdict::kVerified);
    CHECK(reading.unmapped.empty() || reading.events.empty());
    for (const Envelope& event : reading.events) {
        const auto again = DecodeEventData(event.type, EncodeEventData(event.type, event.data));
        CHECK(again.ok());
        CHECK(*again == event.data);
    }
}

}  // namespace
}  // namespace returns::connectors

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace returns::connectors;
    static World world;
    const std::string_view text = returns::Text(bytes, size);
    const std::size_t line = text.find('\n');
    SignedRequest request;
    request.method = "POST";
    request.url = "https://returns.example/v1/callbacks/shipbob";
    request.path = "/v1/callbacks/shipbob";
    request.body = line == text.npos ? text : text.substr(line + 1);
    TryForged(world, request, text.substr(0, line));
    TrySigned(world, request);
    return 0;
}
