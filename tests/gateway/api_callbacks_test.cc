// POST /v1/callbacks/{connection}: verified, receipted, never lost, and mute to whoever guesses.
#include "connectors/crypto.h"
#include "tests/gateway/api_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

const std::string kArrived = R"({"return":"R-1","status":"parcel.delivered"})";

Json FirstReceipt(const DoorReply& reply) {
    const Json body = BodyOf(reply);
    return body["receipts"].Items().empty() ? Json() : body["receipts"].Items()[0];
}

TEST(ApiCallbacks, AReceiptSaysWhatWasUnderstood) {
    ApiWorld world;
    world.TellReturn();
    const DoorReply reply = world.CallBack(kArrived, "msg-1");
    ASSERT_EQ(reply.status, 202) << reply.body;
    const Json receipt = FirstReceipt(reply);
    EXPECT_EQ(receipt["type"].AsString(), "parcel.delivered");
    EXPECT_EQ(receipt["return_id"].AsString(), "R-1");
    const Json move = receipt["moves"].Items().at(0);
    EXPECT_EQ(move["from"].AsString(), "IN_TRANSIT");
    EXPECT_EQ(move["to"].AsString(), "AT_PARTNER");

    const std::size_t rows = world.database.journal.size();
    const DoorReply replayed = world.CallBack(kArrived, "msg-1");
    EXPECT_EQ(replayed.status, 202);
    EXPECT_TRUE(FirstReceipt(replayed)["repeated"].AsBool());
    EXPECT_EQ(FirstReceipt(replayed)["moves"], receipt["moves"]);
    EXPECT_EQ(world.database.journal.size(), rows);
    EXPECT_EQ(world.api->counters().callbacks_repeated, 1);
}

TEST(ApiCallbacks, ADryRunSaysWhatItUnderstandsAndKeepsNothing) {
    ApiWorld world;
    world.TellReturn();
    const std::size_t rows = world.database.journal.size();
    DoorRequest request{.method = "POST"};
    request.path = "/v1/callbacks/acme";
    request.query = "dry_run=true";
    request.headers = world.Signed(kArrived, "msg-1");
    request.body = kArrived;
    const DoorReply reply = world.Ask(request);
    ASSERT_EQ(reply.status, 200) << reply.body;
    const Json event = BodyOf(reply)["events"].Items().at(0);
    EXPECT_EQ(event["type"].AsString(), "parcel.delivered");
    EXPECT_EQ(event["return_id"].AsString(), "R-1");
    EXPECT_EQ(world.database.journal.size(), rows);
    EXPECT_FALSE(FirstReceipt(world.CallBack(kArrived, "msg-1"))["repeated"].AsBool())
        << "the same message still counts afterwards";

    const std::string broken = R"({"id":"x","return":"R-1","status":"broken"})";
    request.headers = world.Signed(broken, "msg-2");
    request.body = broken;
    EXPECT_NE(BodyOf(world.Ask(request))["not_understood"].AsString(), "");
    EXPECT_TRUE(world.database.parked.empty());
    request.body += " ";
    EXPECT_EQ(world.Ask(request).status, 401) << "what is not signed is told nothing";
    request.query = "dry_run=1";
    EXPECT_EQ(world.Ask(request).status, 400);
}

// Without the trace, which is each request's own.
DoorReply Untraced(DoorReply reply) {
    std::erase_if(reply.headers, [](const auto& header) { return header.first == "traceparent"; });
    const std::string trace = BodyOf(reply)["trace_id"].AsString();
    const std::size_t at = reply.body.find(trace);
    EXPECT_EQ(trace.size(), 32U);
    if (at != std::string::npos) reply.body.erase(at, trace.size());
    return reply;
}

TEST(ApiCallbacks, WhoeverGuessesGetsOneAnswer) {
    ApiWorld world;
    world.TellReturn();
    const std::size_t rows = world.database.journal.size();
    const auto good = world.Signed(kArrived, "m");
    auto forged = good;
    for (auto& [name, value] : forged) {
        if (name == "acme-signature") value[0] = value[0] == '0' ? '1' : '0';
    }
    const std::string truncated = kArrived.substr(0, kArrived.size() - 1);
    const std::vector<std::pair<std::string, DoorReply>> replies = {
        {"unknown connection", world.Post("/v1/callbacks/nobody", "", kArrived, good)},
        {"no signature", world.Post("/v1/callbacks/acme", "", kArrived)},
        {"forged", world.Post("/v1/callbacks/acme", "", kArrived, forged)},
        {"truncated", world.Post("/v1/callbacks/acme", "", truncated, good)},
        {"stale", world.CallBack(kArrived, "m", 3600)},
        {"from the future", world.CallBack(kArrived, "m", -3600)},
        {"an operator's key proves nothing",
         world.Post("/v1/callbacks/acme", ApiWorld::kOperator, kArrived)},
    };
    const DoorReply wanted = Untraced(replies[0].second);
    for (const auto& [what, reply] : replies) {
        EXPECT_EQ(reply.status, 401) << what;
        EXPECT_EQ(Untraced(reply).body, wanted.body) << what;
        EXPECT_EQ(Untraced(reply).headers, wanted.headers) << what;
    }
    EXPECT_EQ(world.database.journal.size(), rows);
    EXPECT_TRUE(world.database.parked.empty());
    EXPECT_EQ(world.api->counters().callbacks_unknown, 1);
    EXPECT_EQ(world.api->counters().callbacks_stale, 2);
    EXPECT_EQ(world.api->counters().callbacks_forged, 4);
}

TEST(ApiCallbacks, WhoSignsNothingShowsTheKeyOfItsConnection) {
    ApiWorld world;
    world.TellReturn();
    world.settings.connections[0].settings = Json::Object();
    world.settings.connections[0].secrets.clear();
    world.settings.keys.push_back(
        {"operator:acme", Role::kOperator, "acme", "", connectors::Sha256Hex("bhk_within")});
    auto made = Connections::Make(world.settings, [](const std::string&) {
        return Result<connectors::Connector::Files>(
            {{"connector.json", R"({
  "name": "logistics/acme", "title": "Acme", "version": "1", "proven_on": "contract",
  "announces": "none",
  "auth": {"type": "none"}, "settings": {}, "operations": {},
  "callbacks": {"signature": {"scheme": "none"}, "mapping": "callback.jq"}, "cannot_tell": []})"},
             {"contract.json", R"({"about": "Acme", "operations": {}})"},
             {"callback.jq", "[{type: .body.status, data: {return_id: .body.return}}]"}});
    });
    ASSERT_TRUE(made.ok()) << made.error().text;
    world.connections = std::move(*made);
    world.api = std::make_unique<Api>(
        ApiParts{*world.engine, *world.connections, world.clock, world.settings});
    const auto status = [&](const std::string& key) {
        return world.Post("/v1/callbacks/acme", key, kArrived).status;
    };
    for (const std::string& key : {std::string(), std::string("bhk_wrong"), ApiWorld::kOtherPartner,
                                   std::string("bhk_within")})
        EXPECT_EQ(status(key), 401) << key;
    EXPECT_EQ(status(ApiWorld::kPartner), 202);
}

// On a thread of its own, as the running gateway does, or by the lane.
TEST(ApiCallbacks, WhereverTheyAreReadTheyAreAnsweredAlike) {
    ApiWorld by_lane, apart;
    apart.apart.emplace(apart.api->callback_reader().Twin());
    const auto ask = [](ApiWorld& world, const std::string& address, const std::string& query,
                        const std::string& body, const connectors::HttpHeaders& headers) {
        DoorRequest request{.method = "POST"};
        request.path = address;
        request.query = query;
        request.headers = headers;
        request.body = body;
        return world.Ask(request);
    };
    struct Row {
        std::string address = "/v1/callbacks/acme", query, body = kArrived, id = "m1";
        int age = 0;
        bool spoiled = false;
    };
    const std::vector<Row> rows = {
        {},
        {},  // again
        {.query = "dry_run=true", .id = "m2"},
        {.query = "dry_run=no", .id = "m2"},
        {.id = "m3", .age = 3600},
        {.id = "m3", .spoiled = true},
        {.address = "/v1/callbacks/nobody", .id = "m3"},
        {.address = "/v1/callbacks/", .id = "m3"},
        {.address = "/v1/callbacks/acme/x", .id = "m3"},
        {.address = "/v1/callbacks/%61cme", .id = "m4"},
        {.body = R"({"return":"R-1","status":"parcel.lost"})"},  // an id used before
        {.body = R"({"return":"R-1","status":"broken"})", .id = "m5"},
        {.body = R"({"return":"R-1","status":"nothing"})", .id = "m6"},
        {.body = R"({"return":"R-404","status":"parcel.delivered"})", .id = "m7"},
        {.body = "this is not JSON", .id = "m8"},
        {.body = "{\"x\":\"" + std::string(5000, 'x') + "\"}", .id = "m9"},
    };
    for (ApiWorld* world : {&by_lane, &apart}) world->TellReturn();
    for (const Row& row : rows) {
        auto headers = by_lane.Signed(row.body, row.id, row.age);
        if (row.spoiled) headers.back().second[0] = headers.back().second[0] == '0' ? '1' : '0';
        const DoorReply wanted = ask(by_lane, row.address, row.query, row.body, headers);
        const DoorReply got = ask(apart, row.address, row.query, row.body, headers);
        EXPECT_EQ(got.status, wanted.status) << row.address << row.query << row.body;
        EXPECT_EQ(got.body, wanted.body);
        EXPECT_EQ(got.headers, wanted.headers);
    }
    const ApiCounters &wanted = by_lane.api->counters(), &got = apart.api->counters();
    EXPECT_EQ(got.callbacks, wanted.callbacks);
    EXPECT_EQ(got.callbacks_unknown, wanted.callbacks_unknown);
    EXPECT_EQ(got.callbacks_forged, wanted.callbacks_forged);
    EXPECT_EQ(got.callbacks_stale, wanted.callbacks_stale);
    EXPECT_EQ(got.callbacks_unmapped, wanted.callbacks_unmapped);
    EXPECT_EQ(got.callbacks_repeated, wanted.callbacks_repeated);
    EXPECT_EQ(apart.database.journal.size(), by_lane.database.journal.size());
    ASSERT_EQ(apart.database.parked.size(), by_lane.database.parked.size());
    for (const auto& [id, parked] : by_lane.database.parked) {
        EXPECT_EQ(apart.database.parked.at(id).raw, parked.raw);
        EXPECT_EQ(apart.database.parked.at(id).headers, parked.headers);
        EXPECT_EQ(apart.database.parked.at(id).digest, parked.digest);
    }
}

TEST(ApiCallbacks, WithoutItsCertificateASignatureIsNotEnough) {
    ApiWorld world;
    world.TellReturn();
    world.connections->Find("acme")->settings.client_certificates = {"subject:CN=acme"};
    DoorRequest request{.method = "POST"};
    request.path = "/v1/callbacks/acme";
    request.headers = world.Signed(kArrived, "msg-1");
    request.body = kArrived;
    const DoorReply refused = world.Ask(request);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(Untraced(refused).body,
              Untraced(world.Post("/v1/callbacks/nobody", "", kArrived)).body);
    request.headers.emplace_back("X-Client-Verify", "SUCCESS");
    request.headers.emplace_back("X-Client-Subject", "CN=acme");
    EXPECT_EQ(world.Ask(request).status, 401) << "the caller says so itself";
    EXPECT_EQ(world.api->counters().callbacks_without_certificate, 2);
    request.via_proxy = true;
    EXPECT_EQ(world.Ask(request).status, 202);
    for (auto& [name, value] : request.headers)
        if (name == "acme-signature") value[0] = value[0] == '0' ? '1' : '0';
    EXPECT_EQ(world.Ask(request).status, 401) << "nor is a certificate";
}

TEST(ApiCallbacks, OversizedIsTurnedAwayBeforeAnything) {
    ApiWorld world;
    const std::string large = "{\"x\":\"" + std::string(5000, 'x') + "\"}";
    EXPECT_EQ(world.CallBack(large, "big").status, 413);
}

TEST(ApiCallbacks, WhatCannotBeUnderstoodIsKept) {
    ApiWorld world;
    world.TellReturn();
    struct Row {
        std::string id, body;
    };
    const std::vector<Row> rows = {{"u1", R"({"return":"R-1","status":"broken"})"},
                                   {"u2", R"({"return":"R-1","status":"no.such.type"})"},
                                   {"u3", "this is not JSON"},
                                   {"u4", R"({"return":"R-404","status":"parcel.delivered"})"},
                                   {"u6", std::string(40, '[') + std::string(40, ']')},
                                   {"u7", "{\"return\":\"\xff\"}"},
                                   {"u8", R"({"return":"R-1","return":"R-2"})"},
                                   {"u9", R"({"return":7,"status":"parcel.delivered"})"}};
    for (const Row& row : rows) {
        const DoorReply reply = world.CallBack(row.body, row.id);
        EXPECT_EQ(reply.status, 202) << row.body << reply.body;
        EXPECT_EQ(FirstReceipt(reply)["kind"].AsString(), "parked") << row.body;
    }
    ASSERT_EQ(world.database.parked.size(), 8U);
    EXPECT_EQ(world.database.parked.begin()->second.raw, rows[0].body);
    EXPECT_EQ(world.api->counters().callbacks_unmapped, 7);
    const DoorReply nothing = world.CallBack(R"({"return":"R-1","status":"nothing"})", "u5");
    EXPECT_EQ(nothing.status, 202);
    EXPECT_TRUE(BodyOf(nothing)["receipts"].Items().empty());
}

TEST(ApiCallbacks, AnIdUsedForAnotherBodyIsSaidAndBothAreKept) {
    ApiWorld world;
    world.TellReturn();
    world.CallBack(kArrived, "m1");
    const std::size_t rows = world.database.journal.size();
    const std::string other = R"({"return":"R-1","status":"parcel.lost"})";
    const Json receipt = FirstReceipt(world.CallBack(other, "m1"));
    EXPECT_EQ(receipt["kind"].AsString(), "conflict");
    EXPECT_EQ(receipt["status"].AsInt().value(), 409);
    EXPECT_EQ(world.database.journal.size(), rows);
    ASSERT_EQ(world.database.parked.size(), 1U);
    EXPECT_EQ(world.database.parked.begin()->second.raw, other);

    ApiWorld early;  // the same before anybody knows the return
    early.CallBack(kArrived, "m1");
    early.CallBack(other, "m1");
    early.CallBack(other, "m1");
    EXPECT_EQ(early.database.parked.size(), 2U);
    early.TellReturn();
    ASSERT_EQ(early.database.parked.size(), 1U);
    EXPECT_NE(early.database.parked.begin()->second.raw.find("parcel.lost"), std::string::npos);
}

TEST(ApiCallbacks, APartnerIsNotToldOfMoney) {
    ApiWorld world;
    world.TellReturn();
    world.CallBack(kArrived, "m1");
    world.CallBack(R"({"return":"R-1","status":"return.opened","lines":[{"id":"A","received":1}]})",
                   "m2");
    const DoorReply reply =
        world.CallBack(R"({"return":"R-1","status":"return.inspected",)"
                       R"("lines":[{"id":"A","accepted":1,"rejected":0,"grade":"ok"}]})",
                       "m3");
    ASSERT_EQ(reply.status, 202) << reply.body;
    EXPECT_EQ(FirstReceipt(reply)["moves"].Items().at(0)["to"].AsString(), "ACCEPTED");
    EXPECT_EQ(reply.body.find("refund"), std::string::npos) << reply.body;
    const DoorReply read = world.Get("/v1/returns/R-1", ApiWorld::kPartner);
    ASSERT_EQ(read.status, 200);
    for (const std::string word : {"amount", "refund", "EUR", "50.00", "5000", "ticket"}) {
        EXPECT_EQ(read.body.find(word), std::string::npos) << word << "\n" << read.body;
    }
    EXPECT_FALSE(BodyOf(world.Get("/v1/returns/R-1", ApiWorld::kAgent))["refunds"].Items().empty());
}

TEST(ApiCallbacks, APartnerSeesItsOwnReturnsOnly) {
    ApiWorld world;
    world.TellReturn();
    const DoorReply foreign = world.Get("/v1/returns/R-1", ApiWorld::kOtherPartner);
    const DoorReply unknown = world.Get("/v1/returns/R-2", ApiWorld::kOtherPartner);
    EXPECT_EQ(foreign.status, 404);
    EXPECT_EQ(CodeOf(foreign), CodeOf(unknown));
}

}  // namespace
}  // namespace returns::gateway
