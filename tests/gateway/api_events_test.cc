// POST /v1/events: what is taken, and what is told about what is not.
#include "tests/gateway/api_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

const connectors::HttpHeaders kStructured = {{"Content-Type", "application/cloudevents+json"}};
const connectors::HttpHeaders kBatch = {{"Content-Type", "application/cloudevents-batch+json"}};

std::string Event(const std::string& type, const std::string& id, const std::string& data,
                  const std::string& subject = "1001") {
    return R"({"specversion":"1.0","source":"/shop","id":")" + id + R"(","type":")" + type +
           R"(","subject":")" + subject + R"(","data":)" + data + "}";
}

struct BadRow {
    std::string what, body;
    connectors::HttpHeaders headers;
    int status;
    std::string code;
};

TEST(ApiEvents, BadInputIsAnsweredClearlyAndStoresNothing) {
    ApiWorld world;
    const std::string line = R"({"lines":[{"id":"A","sku":"X","quantity":1,"unit_price_minor":)";
    std::string bomb;
    for (int i = 0; i < 40; ++i) bomb += "[";
    const std::vector<BadRow> rows = {
        {"empty", "", kStructured, 400, "not_an_event"},
        {"broken JSON", "{\"specversion\":", kStructured, 400, "not_an_event"},
        {"not an object", "7", kStructured, 400, "not_an_event"},
        {"a name twice", R"({"specversion":"1.0","id":"1","id":"2"})", kStructured, 400,
         "not_an_event"},
        {"not UTF-8", "{\"id\":\"\xff\"}", kStructured, 400, "not_an_event"},
        {"an escaped NUL", R"({"id":"a\u0000b"})", kStructured, 400, "not_an_event"},
        {"a NUL", std::string("{\"id\":\"a\0b\"}", 12), kStructured, 400, "not_an_event"},
        {"wrong type", Event("order.placed", "b0", R"({"lines":{},"currency":"EUR"})"), kStructured,
         422, "invalid_event"},
        {"data of the wrong type", Event("order.delivered", "b0", "7"), kStructured, 422,
         "invalid_event"},
        {"depth bomb", bomb, kStructured, 400, "too_deep"},
        {"too long", std::string(65537, ' '), kStructured, 413, "content_too_large"},
        {"other type", "<x/>", {{"Content-Type", "text/xml"}}, 415, "unsupported_media_type"},
        {"no content type at all", "", {}, 415, "unsupported_media_type"},
        {"unknown type", Event("order.exploded", "b1", "{}"), kStructured, 422, "invalid_event"},
        {"no id", R"({"specversion":"1.0","source":"/s","type":"order.delivered","data":{}})",
         kStructured, 422, "invalid_event"},
        {"ours alone", Event("timer.fired", "b2", "{}"), kStructured, 422, "invalid_event"},
        {"a person's", Event("action.approve", "b3", R"({"return_id":"R-1","by":"x"})"),
         kStructured, 422, "invalid_event"},
        {"unknown currency", Event("order.placed", "b4", line + R"(1}],"currency":"XXQ"})"),
         kStructured, 422, "invalid_event"},
        {"negative money", Event("order.placed", "b5", line + R"(-1}],"currency":"EUR"})"),
         kStructured, 422, "invalid_event"},
        {"overflowing money",
         Event("order.placed", "b6", line + R"(99999999999999999999}],"currency":"EUR"})"),
         kStructured, 422, "invalid_event"},
        {"money with a fraction", Event("order.placed", "b6", line + R"(0.1}],"currency":"EUR"})"),
         kStructured, 422, "invalid_event"},
        {"one bad of two",
         "[" + Event("order.delivered", "b7", "{}") + "," + Event("nope", "b8", "{}") + "]", kBatch,
         422, "invalid_event"},
    };
    for (const BadRow& row : rows) {
        const DoorReply reply = world.Post("/v1/events", ApiWorld::kShop, row.body, row.headers);
        EXPECT_EQ(reply.status, row.status) << row.what << reply.body;
        EXPECT_EQ(CodeOf(reply), row.code) << row.what;
        EXPECT_FALSE(BodyOf(reply)["detail"].AsString().empty()) << row.what;
    }
    EXPECT_TRUE(world.database.journal.empty());
    EXPECT_TRUE(world.database.parked.empty());
}

TEST(ApiEvents, AnswersAfterTheCommitWithAReceipt) {
    ApiWorld world;
    world.step = false;
    EXPECT_EQ(world.Tell("order.delivered", "early", "77", "{}").status, 0);
    world.step = true;
    world.TellReturn();
    const DoorReply reply = world.Tell("parcel.delivered", "e9", "1001", R"({"return_id":"R-1"})");
    ASSERT_EQ(reply.status, 202);
    const Json receipt = BodyOf(reply)["receipts"].Items().at(0);
    EXPECT_EQ(receipt["kind"].AsString(), "decided");
    EXPECT_EQ(receipt["verdict"].AsString(), "moved");
    EXPECT_EQ(receipt["order_id"].AsString(), "1001");
    const Json move = receipt["moves"].Items().at(0);
    EXPECT_EQ(move["from"].AsString(), "IN_TRANSIT");
    EXPECT_EQ(move["to"].AsString(), "AT_PARTNER");
}

TEST(ApiEvents, ARepeatGetsTheStoredReceiptAndAnotherBodyIsAConflict) {
    ApiWorld world;
    world.TellReturn();
    const std::string body = Event("parcel.delivered", "e9", R"({"return_id":"R-1"})");
    const DoorReply first = world.Post("/v1/events", ApiWorld::kShop, body, kStructured);
    const std::size_t rows = world.database.journal.size();
    world.clock.now += std::chrono::minutes(5);  // the event has no time of its own
    const DoorReply second = world.Post("/v1/events", ApiWorld::kShop, body, kStructured);
    EXPECT_EQ(second.status, 202);
    const Json again = BodyOf(second)["receipts"].Items().at(0);
    EXPECT_TRUE(again["repeated"].AsBool());
    EXPECT_EQ(again["moves"], BodyOf(first)["receipts"].Items().at(0)["moves"]);
    const DoorReply other =
        world.Post("/v1/events", ApiWorld::kShop,
                   Event("parcel.lost", "e9", R"({"return_id":"R-1"})"), kStructured);
    EXPECT_EQ(other.status, 409);
    EXPECT_EQ(CodeOf(other), "id_reused");
    EXPECT_EQ(world.database.journal.size(), rows);
}

TEST(ApiEvents, BinaryModeAndBatchesAreTaken) {
    ApiWorld world;
    const DoorReply binary = world.Post("/v1/events", ApiWorld::kShop, "{}",
                                        {{"Content-Type", "application/json"},
                                         {"ce-specversion", "1.0"},
                                         {"ce-id", "x1"},
                                         {"ce-source", "/shop"},
                                         {"ce-type", "order.delivered"},
                                         {"ce-subject", "77"}});
    EXPECT_EQ(binary.status, 202) << binary.body;
    const DoorReply batch = world.Post("/v1/events", ApiWorld::kShop,
                                       "[" + Event("order.delivered", "x2", "{}", "78") + "," +
                                           Event("order.delivered", "x3", "{}", "79") + "]",
                                       kBatch);
    EXPECT_EQ(batch.status, 202);
    EXPECT_EQ(BodyOf(batch)["receipts"].Items().size(), 2U);
    EXPECT_EQ(world.Post("/v1/events", ApiWorld::kShop, "[]", kBatch).status, 202);
}

TEST(ApiEvents, WhatIsAgainstTheCaseIsRefusedAndKept) {
    ApiWorld world;
    world.TellReturn();
    const std::size_t rows = world.database.journal.size();
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"n1", R"({"return_id":"R-2","lines":[{"id":"Z","quantity":1}]})"},  // never bought
        {"n2", R"({"return_id":"R-3","lines":[{"id":"A","quantity":2}]})"},  // one is back already
    };
    for (const auto& [id, data] : wrong) {
        const DoorReply reply = world.Tell("return.requested", id, "1001", data);
        EXPECT_EQ(reply.status, 422) << id << reply.body;
        EXPECT_EQ(CodeOf(reply), "refused");
    }
    EXPECT_EQ(world.database.journal.size(), rows + 2);
}

// Told of more than was ever taken: kept, and no command to pay follows from it.
TEST(ApiEvents, ARefundAboveWhatWasCapturedPaysNothing) {
    ApiWorld world;
    world.TellReturn();
    const DoorReply reply = world.Tell("refund.settled", "r1", "1001",
                                       R"({"currency":"EUR","amount_minor":20000,"tender_id":"T1",)"
                                       R"("their_reference":"by hand"})");
    EXPECT_EQ(reply.status, 202) << reply.body;
    for (const char* type : {"parcel.delivered", "return.opened", "return.inspected"}) {
        const std::string lines =
            type == std::string("parcel.delivered") ? "{"
            : type == std::string("return.opened")
                ? R"({"lines":[{"id":"A","received":1}],)"
                : R"({"lines":[{"id":"A","accepted":1,"rejected":0,"grade":"ok"}],)";
        EXPECT_EQ(world.Tell(type, type, "1001", lines + R"("return_id":"R-1"})").status, 202);
    }
    const Case& subject = world.database.cases.at({"main", "1001"}).subject;
    for (const Command& command : subject.commands)
        EXPECT_NE(command.operation, "refund.create") << command.body["amount_minor"].AsString();
    for (const Leg& leg : subject.legs) EXPECT_NE(leg.state, RefundState::kReady);
}

TEST(ApiEvents, ALineAlreadyReturnedIsRefusedWithAReason) {
    ApiWorld world;
    world.TellReturn();
    for (const auto& [id, lines] : {std::pair{"n1", R"([{"id":"Z","quantity":1}])"},
                                    std::pair{"n2", R"([{"id":"A","quantity":2}])"}}) {
        const DoorReply reply =
            world.Tell("return.requested", id, "1001",
                       R"({"return_id":"R-9","lines":)" + std::string(lines) + "}");
        EXPECT_EQ(reply.status, 422);
        EXPECT_NE(BodyOf(reply)["detail"].AsString(), "");
    }
}

TEST(ApiEvents, AnEventBeforeItsOrderIsHeldAndOneWithoutACaseIsParked) {
    ApiWorld world;
    const DoorReply held = world.Tell("parcel.scanned", "h1", "5005", R"({"return_id":"R-5"})");
    EXPECT_EQ(held.status, 202);
    EXPECT_EQ(BodyOf(held)["receipts"].Items().at(0)["verdict"].AsString(), "held");
    const DoorReply parked =
        world.Post("/v1/events", ApiWorld::kShop,
                   R"({"specversion":"1.0","source":"/s","id":"h2","type":"parcel.scanned",)"
                   R"("data":{"return_id":"R-404"}})",
                   kStructured);
    EXPECT_EQ(parked.status, 202);
    EXPECT_EQ(BodyOf(parked)["receipts"].Items().at(0)["kind"].AsString(), "parked");
    EXPECT_EQ(world.database.parked.size(), 1U);
}

TEST(ApiEvents, AFullQueueSaysTryAgain) {
    ApiWorld world(1);
    world.step = false;
    EXPECT_EQ(world.Tell("order.delivered", "q1", "1", "{}").status, 0);
    const DoorReply full = world.Tell("order.delivered", "q2", "1", "{}");
    EXPECT_EQ(full.status, 429);
    EXPECT_EQ(HeaderOf(full, "Retry-After"), "1");
    EXPECT_TRUE(BodyOf(full)["retryable"].AsBool());
}

TEST(ApiEvents, AShopsKeyWritesToItsOwnShopOnly) {
    ApiWorld world;
    const std::string body = Event("order.delivered", "s1", "{}", "9");
    world.Post("/v1/events", ApiWorld::kShop, body, kStructured);
    EXPECT_EQ(world.database.cases.count({"main", "9"}), 1U);
    const std::string other =
        R"({"specversion":"1.0","source":"second","id":"s2","type":"order.delivered",)"
        R"("subject":"9","data":{}})";
    world.Post("/v1/events", ApiWorld::kShop, other, kStructured);
    EXPECT_EQ(world.database.cases.count({"second", "9"}), 0U);
    world.Post("/v1/events", ApiWorld::kOperator, other, kStructured);
    EXPECT_EQ(world.database.cases.count({"second", "9"}), 1U);
}

}  // namespace
}  // namespace returns::gateway
