// Actions, reads by version, search and the lists of what stands still.
#include "connectors/crypto.h"
#include "tests/gateway/api_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

const std::string kCancel = "/v1/returns/R-1/actions/keep_item";

// R-1 asked for and agreed, not yet sent.
void TellAgreed(ApiWorld& world) {
    world.Tell("order.placed", "e1", "1001",
               R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,"unit_price_minor":5000}],)"
               R"("currency":"EUR","jurisdiction":"EU"})");
    world.Tell("order.captured", "e2", "1001",
               R"({"currency":"EUR","tender":{"id":"T1","kind":"card","reference":"ch_1",)"
               R"("amount_minor":10000}})");
    world.Tell("order.delivered", "e3", "1001", "{}");
    world.Tell("return.requested", "e4", "1001",
               R"({"return_id":"R-1","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
               R"("resolution":"refund"})");
}

TEST(ApiActions, APersonsWishIsDoneOnceUnderTheirName) {
    ApiWorld world;
    TellAgreed(world);
    const connectors::HttpHeaders once = {{"Idempotency-Key", "\"k1\""}};
    const DoorReply first =
        world.Post(kCancel, ApiWorld::kAgent, R"({"reason":"cheap item"})", once);
    ASSERT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(BodyOf(first)["verdict"].AsString(), "moved");
    EXPECT_EQ(BodyOf(first)["moves"].Items().at(0)["to"].AsString(), "KEPT");
    const std::size_t rows = world.database.journal.size();
    world.clock.now += std::chrono::minutes(1);
    const DoorReply again = world.Post(kCancel, ApiWorld::kAgent, R"({"reason":"cheap item"})",
                                       {{"Idempotency-Key", "k1"}});
    EXPECT_EQ(again.status, 200);
    EXPECT_TRUE(BodyOf(again)["repeated"].AsBool());
    const DoorReply other = world.Post(kCancel, ApiWorld::kAgent, R"({"reason":"other"})", once);
    EXPECT_EQ(other.status, 422);
    EXPECT_EQ(CodeOf(other), "key_reused");
    EXPECT_EQ(world.database.journal.size(), rows);
    EXPECT_NE(world.database.journal.back().body.find("\"by\":\"agent:anna\""), std::string::npos);
}

TEST(ApiActions, AReturnInReviewIsForAgentsToApproveACommandIsNot) {
    ApiWorld world;
    world.Tell("order.placed", "e1", "1001",
               R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,"unit_price_minor":5000}],)"
               R"("currency":"EUR"})");
    world.Tell("order.delivered", "e2", "1001", "{}");
    world.Tell("return.requested", "e3", "1001",
               R"({"return_id":"R-1","lines":[{"id":"A","quantity":1,"reason":"other"}],)"
               R"("resolution":"refund"})");
    const DoorReply command =
        world.Post("/v1/returns/R-1/actions/approve_command", ApiWorld::kAgent, R"({"subject":1})");
    EXPECT_EQ(command.status, 403) << command.body;
    const DoorReply done = world.Post("/v1/returns/R-1/actions/approve", ApiWorld::kAgent, "");
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(BodyOf(done)["moves"].Items().at(0)["to"].AsString(), "AUTHORISED") << done.body;
}

struct BadRow {
    std::string target, key, body;
    connectors::HttpHeaders headers;
    int status;
    std::string code;
};

TEST(ApiActions, BadWishesChangeNothing) {
    ApiWorld world;
    TellAgreed(world);
    const std::size_t rows = world.database.journal.size();
    const std::string& agent = ApiWorld::kAgent;
    const std::vector<BadRow> wrong = {
        {kCancel, agent, "{", {}, 400, "bad_request"},
        {kCancel, agent, "[]", {}, 422, "invalid"},
        {kCancel, agent, R"({"by":"somebody"})", {}, 422, "invalid"},
        {kCancel, agent, R"({"amount_minor":-1,"currency":"EUR"})", {}, 422, "invalid"},
        {kCancel, agent, R"({"second":"bhk_nobody"})", {}, 422, "invalid"},
        {kCancel, agent, R"({"second":"bhk_agent"})", {}, 422, "invalid"},
        {"/v1/returns/R-1/actions/write_off",
         ApiWorld::kOperator,
         R"({"second":"bhk_agent"})",
         {},
         422,
         "invalid"},
        {kCancel, agent, "", {{"Content-Type", "text/xml"}}, 415, "unsupported_media_type"},
        {kCancel, agent, "", {{"If-Match", "\"99-agent\""}}, 412, "precondition_failed"},
        {kCancel, agent, "", {{"If-Match", "nonsense"}}, 412, "precondition_failed"},
        {kCancel, agent, "", {{"Idempotency-Key", std::string(256, 'k')}}, 400, "bad_request"},
        {"/v1/returns/R-1/actions/arrived", agent, "", {}, 404, "unknown_action"},
        {"/v1/returns/R-1/actions/write_off", agent, "", {}, 403, "forbidden"},
        {"/v1/returns/R-9/actions/approve", agent, "", {}, 404, "not_found"},
    };
    for (const BadRow& row : wrong) {
        const DoorReply reply = world.Post(row.target, row.key, row.body, row.headers);
        EXPECT_EQ(reply.status, row.status) << row.target << row.body << reply.body;
        EXPECT_EQ(CodeOf(reply), row.code) << row.target << row.body;
    }
    EXPECT_EQ(world.database.journal.size(), rows);
    const DoorReply refused = world.Post("/v1/returns/R-1/actions/accept", agent, "");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(CodeOf(refused), "refused");
}

TEST(ApiActions, APersonOfAnotherShopSeesNothingAndIsNoSecond) {
    ApiWorld world;
    TellAgreed(world);
    world.settings.keys.push_back(
        {"operator:else", Role::kOperator, "", "second", connectors::Sha256Hex("bhk_elsewhere")});
    world.api = std::make_unique<Api>(
        ApiParts{*world.engine, *world.connections, world.clock, world.settings});
    const auto with = [&](const std::string& second) {
        return world.Post(kCancel, ApiWorld::kAgent, R"({"second":")" + second + "\"}").status;
    };
    EXPECT_EQ(world.Get("/v1/orders/1001", "bhk_elsewhere").status, 404);
    EXPECT_EQ(world.Get("/v1/returns/R-1", "bhk_elsewhere").status, 404);
    EXPECT_EQ(with("bhk_elsewhere"), 422);
    EXPECT_EQ(with(ApiWorld::kSecond), 200);
}

TEST(ApiActions, VersionsGuardReadsAndWishes) {
    ApiWorld world;
    TellAgreed(world);
    const DoorReply read = world.Get("/v1/returns/R-1", ApiWorld::kAgent);
    const std::string tag = HeaderOf(read, "ETag");
    EXPECT_EQ(tag, "\"4-agent\"");
    const DoorReply same =
        world.Get("/v1/returns/R-1", ApiWorld::kAgent, {{"If-None-Match", "\"x\", " + tag}});
    EXPECT_EQ(same.status, 304);
    EXPECT_TRUE(same.body.empty());
    // Another role is told in other words: its version is another.
    EXPECT_EQ(world.Get("/v1/returns/R-1", ApiWorld::kOperator, {{"If-None-Match", tag}}).status,
              200);
    EXPECT_EQ(world.Post(kCancel, ApiWorld::kAgent, "", {{"If-Match", tag}}).status, 200);
    EXPECT_EQ(world.Post(kCancel, ApiWorld::kAgent, "", {{"If-Match", tag}}).status, 412);
    EXPECT_EQ(world.Get("/v1/returns/R-1", ApiWorld::kAgent, {{"If-None-Match", tag}}).status, 200);
    EXPECT_EQ(world.Post(kCancel, ApiWorld::kAgent, "", {{"If-Match", "\"x\""}}).status, 412);
}

// What is on its way into the case already counts, and a repeat is answered as it was.
TEST(ApiActions, AVersionIsComparedWhenTheWishIsDecided) {
    ApiWorld world;
    TellAgreed(world);
    const std::string tag = HeaderOf(world.Get("/v1/returns/R-1", ApiWorld::kAgent), "ETag");
    Input late;
    late.event.type = EventType::kOrderDelivered;
    late.event.key = {"main", "1001"};
    late.event.source = "test";
    late.event.source_id = "late";
    ASSERT_TRUE(world.engine->Submit(std::move(late)));
    EXPECT_EQ(world.Post(kCancel, ApiWorld::kAgent, "", {{"If-Match", tag}}).status, 412);
    const std::string now = HeaderOf(world.Get("/v1/returns/R-1", ApiWorld::kAgent), "ETag");
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(world
                      .Post(kCancel, ApiWorld::kAgent, "",
                            {{"If-Match", now}, {"Idempotency-Key", "once"}})
                      .status,
                  200);
    }
}

TEST(ApiActions, ReadsTellCaseAndTimeline) {
    ApiWorld world;
    world.TellReturn();
    const Json order = BodyOf(world.Get("/v1/orders/1001", ApiWorld::kOperator));
    EXPECT_EQ(order["returns"].Items().at(0)["status"].AsString(), "on_its_way");
    EXPECT_EQ(order["timeline"].Items().size(), 5U);
    EXPECT_FALSE(order["returns"].Items()[0]["explanation"]["headline"].AsString().empty());
    EXPECT_EQ(WriteJson(order).find("ada@shop.example"), std::string::npos);
    EXPECT_EQ(world.Get("/v1/orders/1001?shop=second", ApiWorld::kOperator).status, 404);
    const std::string sms = world.Get("/v1/say?return_id=R-1&channel=sms", ApiWorld::kAgent).body;
    EXPECT_FALSE(sms.empty());
    EXPECT_LE(sms.size(), 160U);
    EXPECT_EQ(world.Get("/v1/say?return_id=R-1&channel=fax", ApiWorld::kAgent).status, 400);
    EXPECT_EQ(world.Get("/v1/say", ApiWorld::kAgent).status, 400);
    EXPECT_EQ(world.Get("/v1/say?return_id=R-1&channel=agent", ApiWorld::kShop).status, 403);
}

TEST(ApiActions, SearchFindsByEveryKeyAndTurnsPages) {
    ApiWorld world;
    world.TellReturn();
    for (const std::string q : {"1001", "R-1", "ada%40shop.example", "%2B49%2030%2055"}) {
        const Json found = BodyOf(world.Get("/v1/search?q=" + q, ApiWorld::kAgent));
        ASSERT_EQ(found["items"].Items().size(), 1U) << q;
        EXPECT_EQ(found["items"].Items()[0]["order_id"].AsString(), "1001");
    }
    EXPECT_TRUE(BodyOf(world.Get("/v1/search?q=none", ApiWorld::kAgent))["items"].Items().empty());
    EXPECT_EQ(world.Get("/v1/search?q=", ApiWorld::kAgent).status, 400);
    EXPECT_EQ(world.Get("/v1/search?q=x&cursor=%21", ApiWorld::kAgent).status, 400);

    for (const std::string order : {"2001", "2002", "2003"}) {
        world.Tell("order.placed", "p" + order, order,
                   R"({"lines":[{"id":"A","sku":"X","quantity":1,"unit_price_minor":1}],)"
                   R"("currency":"EUR","customer":{"mail":"bo@shop.example"}})");
    }
    const Json first = BodyOf(world.Get("/v1/search?q=bo%40shop.example", ApiWorld::kAgent));
    EXPECT_EQ(first["items"].Items().size(), 2U);
    const Json rest = BodyOf(world.Get(
        "/v1/search?q=bo%40shop.example&cursor=" + first["next"].AsString(), ApiWorld::kAgent));
    ASSERT_EQ(rest["items"].Items().size(), 1U);
    EXPECT_EQ(rest["items"].Items()[0]["order_id"].AsString(), "2003");
    EXPECT_TRUE(rest["next"].IsNull());
}

TEST(ApiActions, WhatStandsStillIsListedAlsoAfterARestart) {
    ApiWorld world;
    world.TellReturn();
    EXPECT_TRUE(BodyOf(world.Get("/v1/stalls", ApiWorld::kAgent))["items"].Items().empty());
    world.clock.now += std::chrono::hours(24 * 40);
    Envelope timer;
    timer.key = {"main", "1001"};
    timer.source = "self";
    timer.source_id = "t1";
    Input input;
    input.event = timer;
    ASSERT_TRUE(world.engine->Submit(std::move(input)));
    while (world.engine->Step()) {
    }
    const auto check = [&] {
        const Json page = BodyOf(world.Get("/v1/stalls", ApiWorld::kAgent));
        ASSERT_EQ(page["items"].Items().size(), 1U);
        const Json row = page["items"].Items()[0];
        EXPECT_EQ(row["return_id"].AsString(), "R-1");
        EXPECT_FALSE(row["what"].AsString().empty());
        EXPECT_FALSE(row["owner"].AsString().empty());
    };
    check();
    world.engine->Rest(true);
    world.api.reset();
    world.api = std::make_unique<Api>(
        ApiParts{*world.engine, *world.connections, world.clock, world.settings});
    EXPECT_TRUE(BodyOf(world.Get("/v1/stalls", ApiWorld::kAgent))["items"].Items().empty());
    while (world.api->Step()) {
    }
    check();
}

}  // namespace
}  // namespace returns::gateway
