#include "schemas/event.h"

#include "schemas/event_fields.h"
#include "schemas/money.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace returns {
namespace {

Json Parsed(std::string_view text) { return ParseJson(text).value(); }

Json FileOf(const std::string& folder, std::string_view wire) {
    const std::string path =
        std::string(BACKHAUL_SOURCE_DIR) + "/schemas/" + folder + "/" + std::string(wire) + ".json";
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    Result<Json> parsed = ParseJson(text.str());
    EXPECT_TRUE(parsed.ok()) << path;
    return parsed.ok() ? std::move(parsed).value() : Json();
}

JsonSchema SchemaOf(std::string_view wire) {
    Result<JsonSchema> schema = JsonSchema::Load(WriteJson(FileOf("events", wire)));
    EXPECT_TRUE(schema.ok()) << wire << ": " << (schema.ok() ? "" : schema.error().text);
    return std::move(schema).value();
}

// A structured event of ours about one order.
Json CloudEvent(std::string_view type, std::string_view data) {
    Json event = Parsed(R"({"specversion":"1.0","id":"1","source":"s","subject":"O-1"})");
    event.Set("type", Json::String(std::string(type)));
    event.Set("data", Parsed(data));
    return event;
}

void ExpectRefused(std::string_view type, std::string_view data, std::string_view why) {
    const Result<Envelope> event = DecodeCloudEvent(CloudEvent(type, data));
    ASSERT_FALSE(event.ok()) << type << " " << data;
    EXPECT_EQ(event.error().code, Code::kInvalid);
    EXPECT_NE(event.error().text.find(why), std::string::npos) << event.error().text;
}

TEST(EventTest, KnowsTheVocabulary) {
    for (std::size_t i = 0; i < EventTypes().size(); ++i) {
        const EventTypeFacts& facts = EventTypes()[i];
        EXPECT_EQ(static_cast<std::size_t>(facts.type), i);
        EXPECT_EQ(&Facts(facts.type), &facts);
        if (facts.type != EventType::kAction) {
            EXPECT_EQ(FindEventType(facts.wire), facts.type);
        }
        const bool ours = facts.wire.starts_with("attempt.") || facts.wire == "timer.fired" ||
                          facts.wire == "partner.roll_call";
        EXPECT_EQ(facts.ours, ours) << facts.wire;
    }
    EXPECT_EQ(EventTypes().size(), static_cast<std::size_t>(EventType::kAction) + 1);
    EXPECT_EQ(FindEventType("action.accept_reduced"), EventType::kAction);
    for (const char* wire : {"action", "action.", "action.A", "action.a b", "order", "", "x.y"}) {
        EXPECT_FALSE(FindEventType(wire).has_value()) << wire;
    }
    EXPECT_EQ(Facts(EventType::kReturnLabelIssued).rank, 10);
    EXPECT_EQ(Facts(EventType::kParcelPosted).rank, 20);
    EXPECT_EQ(Facts(EventType::kParcelLost).rank, 30);
    EXPECT_EQ(Facts(EventType::kReturnOpened).rank, 40);
    EXPECT_EQ(Facts(EventType::kReturnInspected).rank, 50);
    EXPECT_EQ(Facts(EventType::kReturnSentBack).rank, 0);
}

TEST(EventTest, EveryTypeHasASchemaAndAnExample) {
    for (const EventTypeFacts& facts : EventTypes()) {
        const JsonSchema schema = SchemaOf(facts.wire);
        Json example = FileOf("examples", facts.wire);
        const Status valid = schema.Validate(example["data"]);
        EXPECT_TRUE(valid.ok()) << facts.wire << ": " << (valid.ok() ? "" : valid.error().text);
        const Result<EventData> data = DecodeEventData(facts.type, example["data"]);
        ASSERT_TRUE(data.ok()) << data.error().text;
        EXPECT_EQ(WriteJson(EncodeEventData(facts.type, *data)), WriteJson(example["data"]));
        const Result<Envelope> event = DecodeCloudEvent(example);
        EXPECT_EQ(event.ok(), !facts.ours) << facts.wire;
        if (event.ok()) {
            EXPECT_EQ(event->key.order_id, "O-1001");
            EXPECT_EQ(FormatInstant(event->occurred_at), example["time"].AsString());
            EXPECT_EQ(DecodeEnvelope(EncodeEnvelope(*event)).value(), *event);
        }
        Json surprised = example["data"];
        surprised.Set("surprise", Json::Int(1));
        EXPECT_FALSE(schema.Validate(surprised).ok()) << facts.wire;
        EXPECT_FALSE(DecodeEventData(facts.type, surprised).ok()) << facts.wire;
    }
}

// The published descriptions name every type others may send, and every address.
TEST(EventTest, TheDescriptionsAreComplete) {
    const auto text = [](const std::string& name) {
        std::ifstream file(std::string(BACKHAUL_SOURCE_DIR) + "/schemas/" + name);
        std::stringstream all;
        all << file.rdbuf();
        return all.str();
    };
    const std::string topics = text("asyncapi.yaml");
    for (const EventTypeFacts& facts : EventTypes()) {
        const bool sent = !facts.ours && facts.type != EventType::kAction;
        const std::string reference = "./events/" + std::string(facts.wire) + ".json";
        EXPECT_EQ(topics.find(reference) != std::string::npos, sent) << facts.wire;
    }
    const std::string api = text("openapi.yaml");
    for (const char* path :
         {"/v1/events", "/v1/callbacks/{connection}", "/v1/orders/{id}", "/v1/returns/{id}",
          "/v1/refunds/{id}", "/v1/search", "/v1/stalls", "/v1/tickets", "/v1/say",
          "/v1/returns/{id}/actions/{action}", "/livez", "/readyz", "/metrics"}) {
        EXPECT_NE(api.find("\n  " + std::string(path) + ":\n"), std::string::npos) << path;
    }
}

// Taking out what a schema requires is refused by schema and codec alike, and so is every member
// turned into something of another kind.
TEST(EventTest, SchemaAndCodecRefuseTheSame) {
    for (const EventTypeFacts& facts : EventTypes()) {
        const JsonSchema schema = SchemaOf(facts.wire);
        const Json required = FileOf("events", facts.wire)["required"];
        const Json data = FileOf("examples", facts.wire)["data"];
        for (const auto& [name, value] : data.Members()) {
            Json without = Json::Object();
            Json wrong = data;
            wrong.Set(name, value.IsBool() ? Json::Int(1) : Json::Bool(true));
            for (const auto& [other, kept] : data.Members()) {
                if (other != name) without.Set(other, kept);
            }
            EXPECT_FALSE(schema.Validate(wrong).ok()) << facts.wire << " " << name;
            EXPECT_FALSE(DecodeEventData(facts.type, wrong).ok()) << facts.wire << " " << name;
            EXPECT_EQ(schema.Validate(without).ok(), DecodeEventData(facts.type, without).ok())
                << facts.wire << " without " << name;
            if (!name.ends_with("_minor")) continue;
            for (const char* amount : {"-1", "1000000000000001", "1.5", "99999999999999999999"}) {
                wrong.Set(name, Json::Number(amount));
                EXPECT_FALSE(schema.Validate(wrong).ok()) << facts.wire << " " << name;
                EXPECT_FALSE(DecodeEventData(facts.type, wrong).ok()) << facts.wire << " " << name;
            }
        }
    }
}

TEST(EventTest, NamesThePlaceOfAFault) {
    ExpectRefused("return.requested",
                  R"({"return_id":"R","lines":[{"id":"1","quantity":1},{"id":"2","quantity":1},
                      {"id":"3","quantity":0}]})",
                  "reading event return.requested: data.lines[2].quantity: expected a whole number "
                  "from 1 to 1000000");
    ExpectRefused("return.requested", R"({"return_id":"R","lines":[{"id":"1"}]})",
                  "data.lines[0].quantity: missing");
    ExpectRefused("return.requested", R"({"return_id":"R"})", "data.lines: missing");
    ExpectRefused("return.requested", R"({"lines":[{"id":"1","quantity":1}]})",
                  "data.return_id: missing");
    ExpectRefused("return.requested",
                  R"({"return_id":"R","lines":[{"id":"1","quantity":1},{"id":"1","quantity":1}]})",
                  "data.lines: the line '1' stands twice");
    ExpectRefused("return.inspected", R"({"return_id":"R","lines":[{"id":"1","grade":"A"}]})",
                  "data.lines[0].accepted, rejected or mismatch: missing");
    ExpectRefused("return.inspected", R"({"return_id":"R","lines":[{"id":"1","mismatch":"odd"}]})",
                  "data.lines[0].mismatch: expected wrong_item");
    ExpectRefused("order.captured", R"({"currency":"EUR","tender":{"id":"T","kind":"coins"}})",
                  "data.tender.kind: expected card");
    ExpectRefused("order.captured", R"({"currency":"EUR","tender":{"id":"T"}})",
                  "data.tender.amount_minor: missing");
    ExpectRefused("refund.settled", R"({"return_id":"R","amount_minor":1})", "currency: missing");
    ExpectRefused("refund.settled", R"({"amount_minor":1,"currency":"EUR"})", "return_id: missing");
    ExpectRefused("refund.settled", R"({"return_id":"R","currency":"XXX"})",
                  "data.currency: not a");
    ExpectRefused("parcel.scanned", R"({"tracking":"a\u0001b"})", "control character");
    ExpectRefused("parcel.scanned", R"({"tracking":""})", "data.tracking: empty");
    ExpectRefused("parcel.scanned", R"([])", "data: expected an object");
    ExpectRefused("action.approve", R"({"action":"deny"})", "differs from the type");
    ExpectRefused("parcel.scanned", "{\"tracking\":\"" + std::string(129, 'x') + "\"}",
                  "too long for a name");
    ExpectRefused("order.teleported", "{}", "not in the vocabulary");
    ExpectRefused("timer.fired", "{}", "only the gateway may say this");
}

TEST(EventTest, ReadsAmountsInEitherSpelling) {
    const auto placed = [](const std::string& currency, const std::string& line) {
        return DecodeEventData(EventType::kOrderPlaced,
                               Parsed(R"({"lines":[{"id":"1","quantity":2,)" + line +
                                      R"(}],"shipping":"1","currency":")" + currency + "\"}"));
    };
    const Result<EventData> euros = placed("EUR", R"("unit_price":"12.99","tax_minor":3)");
    ASSERT_TRUE(euros.ok()) << euros.error().text;
    EXPECT_EQ(euros->lines[0].unit_price_minor, 1299);
    EXPECT_EQ(euros->shipping_minor, 100);
    EXPECT_EQ(placed("JPY", R"("unit_price":"500")")->lines[0].unit_price_minor, 500);
    EXPECT_EQ(placed("KWD", R"("unit_price":"0.5")")->lines[0].unit_price_minor, 500);
    EXPECT_EQ(placed("EUR", R"("unit_price_minor":0)")->lines[0].unit_price_minor, 0);
    for (const char* line :
         {R"("unit_price":"12.99","unit_price_minor":1299)", R"("unit_price":12.99)",
          R"("unit_price":"-1")", R"("unit_price":"1.005")", R"("unit_price_minor":"1")",
          R"("quantity_x":1)", R"("sku":"a")", R"("unit_price":"99999999999999999")"}) {
        EXPECT_FALSE(placed("EUR", line).ok()) << line;
    }
    EXPECT_FALSE(placed("XYZ", R"("unit_price":"1")").ok());
    EXPECT_FALSE(placed("JPY", R"("unit_price":"1.50")").ok());
    // A gift costs nothing and still says so.
    const EventData gift = *placed("EUR", R"("unit_price_minor":0)");
    EXPECT_EQ(
        DecodeEventData(EventType::kOrderPlaced, EncodeEventData(EventType::kOrderPlaced, gift))
            .value(),
        gift);
}

TEST(EventTest, NullReadsAsAbsent) {
    const Result<EventData> data =
        DecodeEventData(EventType::kParcelScanned, Parsed(R"({"place":null,"amount_minor":null})"));
    ASSERT_TRUE(data.ok()) << data.error().text;
    EXPECT_EQ(*data, EventData());
    EXPECT_FALSE(DecodeEventData(EventType::kParcelScanned, Parsed(R"({"surprise":null})")).ok());
    EXPECT_FALSE(DecodeEventData(EventType::kAction, Parsed(R"({"action":null})")).ok());
}

TEST(EventTest, FindsTheOrderInSubjectOrInItsOwnMember) {
    Json event = CloudEvent("order.delivered", R"({"order_id":"O-1"})");
    EXPECT_EQ(DecodeCloudEvent(event)->key.order_id, "O-1");
    event.Set("subject", Json::String("O-2"));
    EXPECT_FALSE(DecodeCloudEvent(event).ok());
    const char* by_member = R"({"specversion":"1.0","id":"1","source":"s","type":"order.delivered",
                                "data":{"order_id":"O-3"}})";
    EXPECT_EQ(DecodeCloudEvent(Parsed(by_member))->key.order_id, "O-3");
    const char* nowhere = R"({"specversion":"1.0","id":"1","source":"s","type":"order.delivered",
                              "data":{}})";
    EXPECT_FALSE(DecodeCloudEvent(Parsed(nowhere)).ok());
    const char* by_tracking = R"({"specversion":"1.0","id":"1","source":"s",
                                  "type":"parcel.scanned","data":{"tracking":"T"}})";
    EXPECT_TRUE(DecodeCloudEvent(Parsed(by_tracking)).ok());
    const char* unplaceable = R"({"specversion":"1.0","id":"1","source":"s",
                                  "type":"parcel.scanned","data":{"place":"here"}})";
    EXPECT_FALSE(DecodeCloudEvent(Parsed(unplaceable)).ok());
}

TEST(EventTest, RefusesWhatIsNoCloudEvent) {
    const Json good = CloudEvent("order.delivered", "{}");
    ASSERT_TRUE(DecodeCloudEvent(good).ok());
    const std::pair<const char*, Json> faults[] = {{"specversion", Json::String("0.3")},
                                                   {"id", Json::String("")},
                                                   {"id", Json::Int(1)},
                                                   {"source", Json()},
                                                   {"time", Json::String("yesterday")},
                                                   {"time", Json::Int(0)},
                                                   {"data_base64", Json::String("e30=")},
                                                   {"data", Json::String("{}")},
                                                   {"subject", Json::Int(1)},
                                                   {"type", Json::String("order")}};
    for (const auto& [name, value] : faults) {
        Json bad = good;
        bad.Set(name, value);
        EXPECT_FALSE(DecodeCloudEvent(bad).ok()) << name << " " << WriteJson(value);
    }
    EXPECT_FALSE(DecodeCloudEvent(Json()).ok());
    const char* without_data = R"({"specversion":"1.0","id":"1","source":"s","subject":"O-1",
                                   "type":"order.delivered"})";
    EXPECT_TRUE(DecodeCloudEvent(Parsed(without_data)).ok());
}

TEST(EventTest, OffersLookupsBestFirst) {
    Envelope event;
    event.key.shop = "main";
    event.connection = "pay";
    event.data.tracking = "T";
    event.data.return_id = "R";
    event.data.their_reference = "theirs";
    event.data.ticket_reference = "INC";
    event.data.our_reference = "ours";
    const std::vector<Lookup> keys = {{LookupKind::kOurReference, "main", "ours"},
                                      {LookupKind::kTheirReference, "pay", "theirs"},
                                      {LookupKind::kTheirReference, "pay", "INC"},
                                      {LookupKind::kReturn, "main", "R"},
                                      {LookupKind::kTracking, "pay", "T"}};
    EXPECT_EQ(LookupsOf(event), keys);
    EXPECT_TRUE(LookupsOf(Envelope()).empty());
}

TEST(EventTest, RefusesUnknownMembersOfAnEnvelope) {
    const char* good = R"({"type":"timer.fired","shop":"main","order_id":"O","data":{}})";
    EXPECT_TRUE(DecodeEnvelope(Parsed(good)).ok());
    for (const char* text :
         {R"({"type":"timer.fired","surprise":1,"data":{}})", R"({"type":"timer.fired"})",
          R"({"type":"timer","data":{}})", R"({"type":"timer.fired","shop":"","data":{}})",
          R"({"type":"order.placed","data":{}})", "[]"}) {
        EXPECT_FALSE(DecodeEnvelope(Parsed(text)).ok()) << text;
    }
}

}  // namespace
}  // namespace returns
