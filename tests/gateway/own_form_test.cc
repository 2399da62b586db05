// Callbacks in our own form, logistics/standard: each message has a receipt of its own, what is
// wrong with one is said and spoils no other, and a test key has no effect.
#include "connectors/crypto.h"
#include "gateway/folders.h"
#include "tests/gateway/api_world.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace returns::gateway {
namespace {

const std::string kSecret = "whsec_" + connectors::EncodeBase64("secret-of-the-partner");
const std::string kTrial = "whsec_" + connectors::EncodeBase64("secret-for-trying-out");
const std::string kTestKey = "bhk_test_partner";

std::string Message(const std::string& id, const std::string& type, const std::string& data) {
    return R"({"id":")" + id + R"(","type":")" + type +
           R"(","occurred_at":"2026-03-01T11:00:00Z","data":)" + data + "}";
}
const std::string kArrived = Message("m1", "parcel.delivered", R"({"return_id":"R-1"})");

// "acme" speaks our own form; without `secrets` it shows a key of ours.
class OwnWorld : public ApiWorld {
public:
    explicit OwnWorld(bool secrets = true, bool called = true, std::size_t queue_max = 100)
        : ApiWorld(queue_max) {
        settings.limits.lane_queue_max = 100;
        ConnectionSettings& acme = settings.connections[0];
        acme.connector = "logistics/standard";
        acme.settings = Json::Object({{"batch_max", Json::Int(5)}});
        if (secrets)
            acme.settings.Set("webhook_secret",
                              Json::Array({Json::String(kSecret), Json::String("test_" + kTrial)}));
        acme.secrets = {"webhook_secret"};
        if (!called) acme.base_url.clear();
        settings.keys.push_back(
            {"partner:trial", Role::kPartner, "acme", "", connectors::Sha256Hex(kTestKey)});
        Reconnect();
    }

    DoorReply Signed(const std::string& body, const std::string& secret = kSecret,
                     const std::string& query = "") {
        const auto& recipe = connections->Find("acme")->connector->manifest().callbacks->recipe;
        const connectors::SignedRequest request{"POST", "", "", nullptr, body};
        DoorRequest door{.method = "POST"};
        door.path = "/v1/callbacks/acme";
        door.query = query;
        door.headers = *recipe.Sign("w1", clock.now, request, secret);
        door.body = body;
        return Ask(door);
    }
};

std::string Outcomes(const DoorReply& reply) {
    std::string all;
    const Json body = BodyOf(reply);
    for (const Json& receipt : body["receipts"].Items())
        all += (all.empty() ? "" : " ") + receipt["outcome"].AsString();
    return all;
}

Json ReceiptOf(const DoorReply& reply, std::size_t at) {
    const Json body = BodyOf(reply);
    return at < body["receipts"].Items().size() ? body["receipts"].Items()[at] : Json();
}

TEST(OwnForm, EachMessageOfABatchHasItsOwnReceipt) {
    OwnWorld world;
    world.TellReturn();
    const std::string batch =
        "[" + kArrived + "," + kArrived + "," +
        Message("m2", "return.opened", R"({"return_id":"R-1","lines":[{"id":"A"}]})") + "," +
        Message("m3", "parcel.lost", R"({"return_id":"R-404"})") + "," +
        Message("m1", "parcel.lost", R"({"return_id":"R-1"})") + "]";
    const DoorReply reply = world.Signed(batch);
    ASSERT_EQ(reply.status, 202) << reply.body;
    EXPECT_EQ(Outcomes(reply), "accepted repeated refused parked refused");
    const Json taken = ReceiptOf(reply, 0);
    EXPECT_EQ(taken["id"].AsString(), "m1");
    EXPECT_EQ(taken["moves"].Items().at(0)["to"].AsString(), "AT_PARTNER");
    const Json wrong = ReceiptOf(reply, 2);
    EXPECT_EQ(wrong["pointer"].AsString(), "/2/data/lines/0/received");
    EXPECT_EQ(wrong["reason"].AsString(), "is missing");
    EXPECT_EQ(wrong["status"].AsInt().value(), 422);
    EXPECT_EQ(ReceiptOf(reply, 4)["pointer"].AsString(), "/id");
    EXPECT_EQ(ReceiptOf(reply, 4)["status"].AsInt().value(), 409);
    EXPECT_EQ(world.api->counters().own_faults, 1);
    EXPECT_EQ(world.api->counters().callbacks_repeated, 1);
    // Both bodies of that id are kept, each alone.
    const auto conflict =
        std::find_if(world.database.parked.begin(), world.database.parked.end(),
                     [](const auto& parked) { return parked.second.source_id.starts_with("m1"); });
    ASSERT_NE(conflict, world.database.parked.end());
    EXPECT_EQ(conflict->second.raw, Message("m1", "parcel.lost", R"({"return_id":"R-1"})"));
}

TEST(OwnForm, AMessageIsTheSameInABatchAndAlone) {
    OwnWorld world;
    world.TellReturn();
    EXPECT_EQ(Outcomes(world.Signed("[ " + kArrived + " ]")), "accepted");
    const std::size_t rows = world.database.journal.size();
    EXPECT_EQ(Outcomes(world.Signed(kArrived)), "repeated");
    EXPECT_EQ(
        Outcomes(world.Signed("[" + Message("m9", "parcel.scanned", R"({"return_id":"R-1"})") +
                              "," + kArrived + "]")),
        "accepted repeated");
    EXPECT_EQ(world.database.journal.size(), rows + 1);
}

TEST(OwnForm, WhatIsParkedIsUsedAsSoonAsItsReturnIsKnown) {
    OwnWorld world;
    const std::string early = Message("m1", "parcel.delivered", R"({"return_id":"R-1"})");
    const std::string later = Message("m2", "parcel.delivered", R"({"return_id":"R-2"})");
    EXPECT_EQ(Outcomes(world.Signed("[" + early + "," + later + "]")), "parked parked");
    ASSERT_EQ(world.database.parked.size(), 2U);
    EXPECT_EQ(world.database.parked.begin()->second.source_id, "m1");
    world.TellReturn();
    ASSERT_EQ(world.database.parked.size(), 1U);
    EXPECT_EQ(world.database.parked.begin()->second.source_id, "m2");
}

TEST(OwnForm, WhatIsWrongWithOneMessageIsAProblemThatNamesTheField) {
    OwnWorld world;
    world.TellReturn();
    const std::size_t rows = world.database.journal.size();
    const DoorReply reply = world.Signed(Message("m1", "return.openend", R"({"return_id":"R-1"})"));
    EXPECT_EQ(reply.status, 422);
    EXPECT_EQ(CodeOf(reply), "invalid_message");
    const Json body = BodyOf(reply);
    const Json error = body["errors"].Items().at(0);
    EXPECT_EQ(error["pointer"].AsString(), "/type");
    EXPECT_EQ(error["nearest"].AsString(), "return.opened");
    EXPECT_EQ(error["allowed"].Items().size(), 11U);
    EXPECT_EQ(world.database.journal.size(), rows);
    EXPECT_TRUE(world.database.parked.empty());
}

// A partner of goods says nothing of money, orders or decisions.
TEST(OwnForm, OnlyGoodsAreTheirsToTell) {
    OwnWorld world;
    world.TellReturn();
    for (const EventTypeFacts& facts : EventTypes()) {
        const bool goods = facts.wire.starts_with("parcel.") ||
                           facts.wire == "return.label_issued" || facts.wire == "return.opened" ||
                           facts.wire == "return.inspected" || facts.wire == "return.sent_back" ||
                           facts.wire == "partner.unknown_status";
        const DoorReply reply =
            world.Signed(Message("t", std::string(facts.wire), R"({"return_id":"R-1"})"), kSecret,
                         "dry_run=true");
        const bool refused = reply.status == 422 &&
                             BodyOf(reply)["errors"].Items().at(0)["pointer"].AsString() == "/type";
        EXPECT_EQ(refused, !goods) << facts.wire << reply.body;
    }
}

TEST(OwnForm, BodiesThatAreNoMessagesAndBatchesTooLongAreRefusedWhole) {
    OwnWorld world;
    world.TellReturn();
    for (const std::string body : {"", "<xml/>", "7", "[]", "\"text\"", "[1"})
        EXPECT_EQ(world.Signed(body).status, 400) << body;
    std::string batch = "[" + kArrived;
    for (int i = 0; i < 4; ++i) batch += "," + kArrived;
    EXPECT_EQ(world.Signed(batch + "]").status, 202);
    const DoorReply reply = world.Signed(batch + "," + kArrived + "]");
    EXPECT_EQ(reply.status, 413);
    EXPECT_EQ(CodeOf(reply), "too_many_messages");
    EXPECT_EQ(world.api->counters().own_unreadable, 6);
    EXPECT_EQ(world.api->counters().own_too_many, 1);
}

TEST(OwnForm, ATestKeyHasNoEffectAndTheReceiptSaysSo) {
    OwnWorld world;
    world.TellReturn();
    const std::size_t rows = world.database.journal.size();
    const std::string batch =
        "[" + kArrived + "," + Message("m2", "parcel.gone", R"({"return_id":"R-1"})") + "]";
    for (const auto& [secret, query] :
         {std::pair{kTrial, ""}, {kTrial, "dry_run=true"}, {kSecret, "dry_run=true"}}) {
        const DoorReply reply = world.Signed(batch, secret, query);
        EXPECT_EQ(reply.status, 200);
        const Json body = BodyOf(reply);
        EXPECT_TRUE(body["dry_run"].AsBool());
        EXPECT_EQ(body["test_key"].AsBool(), secret == kTrial);
        EXPECT_EQ(body["effect"].AsString(), "none");
        EXPECT_EQ(Outcomes(reply), "understood refused");
        EXPECT_EQ(ReceiptOf(reply, 0)["data"]["return_id"].AsString(), "R-1");
        EXPECT_EQ(ReceiptOf(reply, 1)["pointer"].AsString(), "/1/type");
    }
    EXPECT_EQ(world.Signed(kArrived, "whsec_" + connectors::EncodeBase64("a guess")).status, 401);
    EXPECT_EQ(world.database.journal.size(), rows);
    EXPECT_EQ(world.api->counters().callback_trials, 3);
    EXPECT_EQ(Outcomes(world.Signed(kArrived)), "accepted") << "it still counts afterwards";
}

TEST(OwnForm, WithoutASecretAKeyOfOursProvesTheCaller) {
    OwnWorld by_key(false), by_signature(true);
    for (OwnWorld* world : {&by_key, &by_signature}) world->TellReturn();
    const auto status = [](OwnWorld& world, const std::string& key) {
        return world.Post("/v1/callbacks/acme", key, kArrived).status;
    };
    for (const std::string& key :
         {std::string(), ApiWorld::kOtherPartner, ApiWorld::kOperator, std::string("bhk_guess")})
        EXPECT_EQ(status(by_key, key), 401) << key;
    const std::size_t rows = by_key.database.journal.size();
    const DoorReply trial = by_key.Post("/v1/callbacks/acme", kTestKey, kArrived);
    EXPECT_EQ(trial.status, 200);
    EXPECT_TRUE(BodyOf(trial)["test_key"].AsBool());
    EXPECT_EQ(by_key.database.journal.size(), rows);
    EXPECT_EQ(status(by_key, ApiWorld::kPartner), 202);
    EXPECT_EQ(status(by_signature, ApiWorld::kPartner), 401) << "a key is no signature";
}

TEST(OwnForm, ATestKeyOpensNothingElse) {
    OwnWorld world(false);
    world.TellReturn();
    const DoorReply reply = world.Get("/v1/returns/R-1", kTestKey);
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(CodeOf(reply), "test_key");
    EXPECT_EQ(world.Get("/v1/returns/R-1", ApiWorld::kPartner).status, 200);
}

TEST(OwnForm, AKeyWithAndWithoutTheTestMarkStopsTheStart) {
    OwnWorld world;
    world.settings.connections[0].settings.Set(
        "webhook_secret", Json::Array({Json::String(kSecret), Json::String("test_" + kSecret)}));
    const auto made = Connections::Make(world.settings, [](const std::string& name) {
        return ReadConnectorFolder(BACKHAUL_SOURCE_DIR "/connectors/" + name);
    });
    ASSERT_FALSE(made.ok());
    EXPECT_NE(made.error().text.find("with and without test_"), std::string::npos);
}

TEST(OwnForm, WhatTheLaneHasNoRoomForIsTakenTheNextTime) {
    OwnWorld world(true, true, 2);
    world.TellReturn();
    const std::string batch = "[" + kArrived + "," +
                              Message("m2", "parcel.scanned", R"({"return_id":"R-1"})") + "," +
                              Message("m3", "parcel.posted", R"({"return_id":"R-1"})") + "]";
    EXPECT_EQ(world.Signed(batch).status, 429);
    world.settings.limits.lane_queue_max = 2;
    EXPECT_EQ(world.Signed(batch).status, 413) << "it could never be taken";
    EXPECT_EQ(Outcomes(world.Signed("[" + kArrived + "]")), "repeated");
}

// The description and the page say what is so.
TEST(OwnForm, ItIsDescribedForProgramsAndForPeople) {
    OwnWorld world;
    const std::string api = world.Get("/v1/openapi.yaml", "").body;
    for (const std::string& type :
         world.connections->Find("acme")->connector->manifest().callbacks->tells)
        EXPECT_NE(api.find("\n            - " + type + "\n"), std::string::npos) << type;
    const DoorReply page = world.Get("/partners", "", {{"Accept", "text/html"}});
    ASSERT_EQ(page.status, 200);
    for (const std::string& text :
         {std::string("<h1>For logistics partners"), std::string("<h2>2. Sign and send</h2>"),
          std::string("GATEWAY=http://gateway.example\n"),
          std::string("<td><code>parcel.lost</code></td>"), std::string("<li>Counts are totals"),
          std::string("You need <code>curl</code> and "),
          std::string("&quot;id&quot;: &quot;parcel-1&quot;")})
        EXPECT_NE(page.body.find(text), std::string::npos) << text;
    EXPECT_EQ(page.body.find("```"), std::string::npos);
    EXPECT_EQ(page.body.find("https://gateway.example"), std::string::npos);
}

// Who has no address of theirs hears of returns in its own way, and only tells.
TEST(OwnForm, WithoutABaseUrlNobodyIsAsked) {
    for (const bool called : {true, false}) {
        OwnWorld world(true, called);
        world.TellReturn();
        const auto subject = world.engine->Read({"main", "1001"});
        ASSERT_TRUE(subject.ok() && *subject != nullptr);
        EXPECT_EQ((*subject)->commands.empty(), !called);
    }
}

}  // namespace
}  // namespace returns::gateway
