// A partner's own API: its callbacks and what came of them, what we wait for, its answers; and
// nothing that is not its own.
#include "connectors/crypto.h"
#include "gateway/waiting_board.h"
#include "tests/gateway/partner_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kArrived = R"({"return":"R-1","status":"parcel.delivered"})";

Json Row(const DoorReply& reply, std::size_t at) {
    const Json body = BodyOf(reply);
    return at < body["items"].Items().size() ? body["items"].Items()[at] : Json();
}

Json Rows(PartnerWorld& world, const std::string& query = "") {
    return BodyOf(world.Get("/v1/partner/deliveries" + query, ApiWorld::kPartner));
}

// The door answers it before the body is read, and tells of it.
TEST(PartnerDeliveries, WhatTheDoorRefusedIsListedToo) {
    PartnerWorld world;
    DoorRequest request{.method = "POST", .path = "/v1/callbacks/acme"};
    request.refused = 413;
    world.api->Handle(request, [](DoorReply) {}, {});
    request.refused = 400;
    world.api->Handle(request, [](DoorReply) {}, {});
    request.path = "/v1/callbacks/nobody";
    world.api->Handle(request, [](DoorReply) {}, {});
    const Json all = Rows(world)["items"];
    ASSERT_EQ(all.Items().size(), 2u) << WriteJson(all);
    EXPECT_EQ(all.Items()[1]["reason"].AsString(), "too_long");
    EXPECT_EQ(all.Items()[0]["reason"].AsString(), "not_whole");
    EXPECT_FALSE(all.Items()[0]["reason_text"].AsString().empty());
}

TEST(PartnerDeliveries, AListThatHasNotChangedIsNotSentAgain) {
    PartnerWorld world;
    world.TellReturn();
    world.CallBack(kArrived, "m-1", 7);
    for (const char* target :
         {"/v1/partner/deliveries", "/v1/partner/waiting", "/v1/partner/keys"}) {
        const DoorReply first = world.Get(target, ApiWorld::kPartner);
        ASSERT_EQ(first.status, 200) << target;
        const std::string tag(connectors::FindHeader(first.headers, "ETag"));
        ASSERT_FALSE(tag.empty()) << target;
        const DoorReply again = world.Get(target, ApiWorld::kPartner, {{"If-None-Match", tag}});
        EXPECT_EQ(again.status, 304) << target;
        EXPECT_TRUE(again.body.empty());
    }
    const std::string before(connectors::FindHeader(
        world.Get("/v1/partner/deliveries", ApiWorld::kPartner).headers, "ETag"));
    world.CallBack(R"({"return":"R-99","status":"parcel.delivered"})", "m-3");
    EXPECT_EQ(
        world.Get("/v1/partner/deliveries", ApiWorld::kPartner, {{"If-None-Match", before}}).status,
        200);
}

TEST(PartnerDeliveries, EachIsListedWithWhatCameOfIt) {
    PartnerWorld world;
    world.TellReturn();
    world.CallBack(kArrived, "m-1", 7);
    world.CallBack(kArrived, "m-1", 7);
    world.CallBack(R"({"return":"R-1","status":"broken"})", "m-2");
    world.CallBack(R"({"return":"R-99","status":"parcel.delivered"})", "m-3");
    world.CallBack(R"({"return":"R-1","status":"parcel.lost"})", "m-1");
    auto headers = world.Signed(kArrived, "m-5");
    world.Post("/v1/callbacks/acme", "", kArrived + " ", headers);
    world.CallBack(kArrived, "m-6", 301);
    world.Post("/v1/callbacks/acme", "", kArrived);
    world.Post("/v1/callbacks/acme", "", std::string(5000, 'x'));

    const std::vector<std::array<std::string, 3>> expected = {
        {"", "refused", "too_long"},      {"", "refused", "unsigned"},
        {"m-6", "refused", "stale"},      {"m-5", "refused", "signature"},
        {"m-1", "conflict", "id_reused"}, {"m-3", "parked", "no_return"},
        {"m-2", "parked", "not_read"},    {"m-1", "repeated", ""},
        {"m-1", "accepted", ""}};
    world.settings.limits.search_results_max = 50;
    const Json all = Rows(world);
    ASSERT_EQ(all["items"].Items().size(), expected.size()) << WriteJson(all);
    for (std::size_t at = 0; at < expected.size(); ++at) {
        const Json& row = all["items"].Items()[at];
        EXPECT_EQ(row["message_id"].AsString(), expected[at][0]) << WriteJson(row);
        EXPECT_EQ(row["outcome"].AsString(), expected[at][1]) << WriteJson(row);
        EXPECT_EQ(row["reason"].AsString(), expected[at][2]) << WriteJson(row);
        EXPECT_EQ(row["reason_text"].AsString().empty(), expected[at][2].empty());
        EXPECT_EQ(row["at"].AsString(), FormatInstant(world.clock.now));
    }
    EXPECT_EQ(*all["items"].Items()[8]["skew_ms"].AsInt(), 7000);
    EXPECT_TRUE(all["items"].Items()[8]["latency_ms"].IsNumber());
    EXPECT_FALSE(all["items"].Items()[8]["journal"].Items().empty());
    EXPECT_EQ(*all["items"].Items()[2]["skew_ms"].AsInt(), 301000);
}

TEST(PartnerDeliveries, PagesAndFiltersLeaveNothingOut) {
    PartnerWorld world;  // pages of two
    world.TellReturn();
    for (int i = 0; i < 5; ++i) world.CallBack(kArrived, "m-" + std::to_string(i));
    world.CallBack(kArrived, "late", 400);
    std::vector<std::string> seen;
    std::string cursor;
    do {
        const Json page = Rows(world, cursor.empty() ? "" : "?cursor=" + cursor);
        EXPECT_LE(page["items"].Items().size(), 2U);
        for (const Json& row : page["items"].Items()) seen.push_back(row["message_id"].AsString());
        cursor = page["next"].AsString();
    } while (!cursor.empty());
    EXPECT_EQ(seen, (std::vector<std::string>{"late", "m-4", "m-3", "m-2", "m-1", "m-0"}));
    EXPECT_EQ(Rows(world, "?outcome=refused")["items"].Items().size(), 1U);
    EXPECT_EQ(
        Row(world.Get("/v1/partner/deliveries?reason=stale", ApiWorld::kPartner), 0)["message_id"]
            .AsString(),
        "late");
}

TEST(PartnerDeliveries, WhoeverPostsRubbishPushesNothingOut) {
    PartnerWorld world;
    world.TellReturn();
    world.CallBack(kArrived, "mine");
    for (int i = 0; i < 200; ++i) world.Post("/v1/callbacks/acme", "", "x");
    EXPECT_EQ(Rows(world, "?outcome=accepted")["items"].Items().size(), 1U);
    world.settings.limits.search_results_max = 1000;
    EXPECT_EQ(Rows(world, "?outcome=refused")["items"].Items().size(), 50U) << "bounded";
    const Json summary = BodyOf(world.Get("/v1/partner/summary", ApiWorld::kPartner));
    EXPECT_EQ(*summary["refused"].AsInt(), 200) << "and still counted";
    EXPECT_EQ(summary["repeated_percent"].Literal(), "0.0");
}

TEST(PartnerDeliveries, TheyOutliveARestartAndEndWithTheirDays) {
    PartnerWorld world;
    world.TellReturn();
    world.CallBack(kArrived, "m-1", 7);
    world.CallBack(kArrived, "late", 400);
    world.api->Drain();
    while (world.engine->Step()) {
    }
    world.Restart();
    const Json rows = Rows(world);
    ASSERT_EQ(rows["items"].Items().size(), 2U);
    EXPECT_EQ(rows["items"].Items()[0]["reason"].AsString(), "stale");
    EXPECT_EQ(*rows["items"].Items()[1]["skew_ms"].AsInt(), 7000);
    EXPECT_EQ(*BodyOf(world.Get("/v1/partner/summary", ApiWorld::kPartner))["refused"].AsInt(), 1);
    const Json keys = BodyOf(world.Get("/v1/partner/keys", ApiWorld::kPartner));
    EXPECT_EQ(keys["items"].Items().at(0)["last_used"].AsString(), FormatInstant(world.clock.now));
    world.clock.now += std::chrono::days(31);
    EXPECT_TRUE(Rows(world)["items"].Items().empty());
    EXPECT_EQ(*BodyOf(world.Get("/v1/partner/summary", ApiWorld::kPartner))["refused"].AsInt(), 0);
}

TEST(PartnerDeliveries, AMessageGivesItsReceiptAgainHoweverOld) {
    PartnerWorld world;
    world.TellReturn();
    const Json first = BodyOf(world.CallBack(kArrived, "m-1"))["receipts"].Items().at(0);
    const auto receipt = [&](const std::string& query) {
        return BodyOf(world.Get("/v1/partner/deliveries/m-1" + query, ApiWorld::kPartner));
    };
    EXPECT_EQ(receipt("")["receipts"].Items().at(0)["moves"], first["moves"]);
    EXPECT_EQ(receipt("")["receipts"].Items().at(0)["journal"], first["journal"]);
    world.clock.now += std::chrono::days(31);
    EXPECT_EQ(world.Get("/v1/partner/deliveries/m-1", ApiWorld::kPartner).status, 404);
    EXPECT_EQ(receipt("?return_id=R-1")["receipts"].Items().at(0)["moves"], first["moves"]);
    EXPECT_EQ(world.Get("/v1/partner/deliveries/m-9?return_id=R-1", ApiWorld::kPartner).status,
              404);
    EXPECT_EQ(world.Get("/v1/partner/deliveries/m-1?return_id=R-1", ApiWorld::kOtherPartner).status,
              404);
}

TEST(PartnerSummary, SaysHowManyAndHowFarOff) {
    PartnerWorld world;
    world.TellReturn();
    for (const int age : {1, 2, 3, -40}) world.CallBack(kArrived, "m" + std::to_string(age), age);
    for (int i = 0; i < 4; ++i) world.CallBack(kArrived, "m1", 1);
    world.CallBack(kArrived, "x", 900);
    const Json told = BodyOf(world.Get("/v1/partner/summary", ApiWorld::kPartner));
    EXPECT_EQ(*told["deliveries"].AsInt(), 9);
    EXPECT_EQ(*told["accepted"].AsInt(), 4);
    EXPECT_EQ(told["repeated_percent"].Literal(), "50.0");
    EXPECT_EQ(*told["reasons"]["stale"].AsInt(), 1);
    EXPECT_EQ(*told["skew_p50_ms"].AsInt(), 1000);
    EXPECT_EQ(*told["skew_max_ms"].AsInt(), -40000) << "the farthest off, to either side";
    EXPECT_EQ(*told["latency_p99_ms"].AsInt(), 0);
}

TEST(PartnerKeysShown, AreFingerprintsAndWhenTheyWereUsed) {
    PartnerWorld world;
    world.TellReturn();
    const auto keys = [&] { return world.Get("/v1/partner/keys", ApiWorld::kPartner); };
    const Json before = BodyOf(keys())["items"].Items().at(0);
    EXPECT_EQ(before["fingerprint"].AsString(),
              connectors::Sha256Hex("callback-secret-of-acme").substr(0, 8));
    EXPECT_TRUE(before["last_used"].IsNull());
    world.CallBack(kArrived, "late", 400);
    EXPECT_TRUE(BodyOf(keys())["items"].Items().at(0)["last_used"].IsNull()) << "refused";
    world.CallBack(kArrived, "m-1");
    EXPECT_EQ(BodyOf(keys())["items"].Items().at(0)["last_used"].AsString(),
              FormatInstant(world.clock.now));
    EXPECT_THAT(keys().body, Not(HasSubstr("callback-secret")));
}

Json Waits(PartnerWorld& world, const std::string& query = "",
           const std::string& key = ApiWorld::kPartner) {
    return BodyOf(world.Get("/v1/partner/waiting" + query, key));
}

TEST(PartnerWaiting, SaysWhatWeWaitForAndSinceWhen) {
    PartnerWorld world;
    world.TellReturn();
    EXPECT_TRUE(Waits(world)["items"].Items().empty()) << "on its way: not the partner's turn";
    world.CallBack(kArrived, "m-1");
    const Json wait = Waits(world)["items"].Items().at(0);
    EXPECT_EQ(wait["return_id"].AsString(), "R-1");
    EXPECT_EQ(wait["awaits"].AsString(), "return.opened");
    EXPECT_EQ(wait["since"].AsString(), FormatInstant(world.clock.now));
    EXPECT_FALSE(wait["due_at"].AsString().empty());
    EXPECT_EQ(wait["lines"].Items().at(0)["sku"].AsString(), "LAMP");
    world.CallBack(R"({"return":"R-1","status":"return.opened"})", "m-2");
    EXPECT_EQ(Waits(world)["items"].Items().at(0)["awaits"].AsString(), "return.inspected");
    world.CallBack(R"({"return":"R-1","status":"return.inspected",)"
                   R"("lines":[{"id":"A","accepted":1,"rejected":0}]})",
                   "m-3");
    EXPECT_TRUE(Waits(world)["items"].Items().empty());
    EXPECT_EQ(*Waits(world)["count"].AsInt(), 0);
}

TEST(PartnerWaiting, OldestFirstInPagesAlsoAfterARestart) {
    PartnerWorld world;
    for (int i = 0; i < 5; ++i) {
        world.TellArrived("10" + std::to_string(i), "R-" + std::to_string(i));
        world.clock.now += std::chrono::minutes(1);
    }
    const auto all = [&] {
        std::vector<std::string> seen;
        std::string cursor;
        do {
            const Json page = Waits(world, cursor.empty() ? "" : "?cursor=" + cursor);
            EXPECT_EQ(*page["count"].AsInt(), 5);
            for (const Json& row : page["items"].Items())
                seen.push_back(row["return_id"].AsString());
            cursor = page["next"].AsString();
        } while (!cursor.empty());
        return seen;
    };
    const std::vector<std::string> expected = {"R-0", "R-1", "R-2", "R-3", "R-4"};
    EXPECT_EQ(all(), expected);
    world.Restart();
    EXPECT_FALSE(Waits(world)["complete"].AsBool());
    while (world.api->Step()) {
    }
    EXPECT_TRUE(Waits(world)["complete"].AsBool());
    EXPECT_EQ(all(), expected);
    EXPECT_EQ(world.Get("/v1/partner/waiting?cursor=nonsense", ApiWorld::kPartner).status, 400);
}

TEST(PartnerWaiting, ManyAreAnsweredAtOnceThroughTheDoor) {
    PartnerWorld world;
    for (const std::string one : {"1", "2", "3"}) world.TellArrived("10" + one, "R-" + one);
    const std::string answers =
        R"({"answers":[{"return_id":"R-1","answer":"opened"},)"
        R"({"return_id":"R-2","answer":"inspected",)"
        R"("lines":[{"id":"A","accepted":0,"rejected":1}]},)"
        R"({"return_id":"R-3","answer":"not_arrived"},)"
        R"({"return_id":"R-77","answer":"opened"},)"
        R"({"return_id":"R-1","answer":"opened","lines":[{"id":"Z","received":1}]}]})";
    const auto post = [&] {
        return world.Post("/v1/partner/waiting", ApiWorld::kPartner, answers);
    };
    const DoorReply reply = post();
    ASSERT_EQ(reply.status, 202) << reply.body;
    const auto receipts = BodyOf(reply)["receipts"].Items();
    ASSERT_EQ(receipts.size(), 5U);
    EXPECT_EQ(receipts[0]["moves"].Items().at(0)["to"].AsString(), "INSPECTING");
    EXPECT_EQ(receipts[1]["moves"].Items().at(0)["to"].AsString(), "REJECTED");
    EXPECT_EQ(*receipts[2]["status"].AsInt(), 202);
    EXPECT_EQ(*receipts[3]["status"].AsInt(), 404);
    EXPECT_THAT(receipts[4]["reason"].AsString(), HasSubstr("no line 'Z'"));
    const Json left = Waits(world, "");
    EXPECT_EQ(*left["count"].AsInt(), 2);
    EXPECT_EQ(left["items"].Items().at(1)["last_word"].AsString(), "not_arrived");

    const std::size_t rows = world.database.journal.size();
    const Json once_more =
        BodyOf(world.Post("/v1/partner/waiting", ApiWorld::kPartner,
                          R"({"answers":[{"return_id":"R-3","answer":"not_arrived"}]})"));
    EXPECT_TRUE(once_more["receipts"].Items().at(0)["repeated"].AsBool());
    EXPECT_EQ(world.database.journal.size(), rows) << "the same answer to the same wait";
}

TEST(PartnerWaiting, AnAnswerThatCannotBeReadStopsAllOfThem) {
    PartnerWorld world;
    world.TellArrived("101", "R-1");
    const std::size_t rows = world.database.journal.size();
    for (const std::string bad :
         {R"({"return_id":"R-1","answer":"maybe"})", R"({"answer":"opened"})",
          R"({"return_id":"R-1","answer":"inspected"})", R"({"return_id":"R-1"})",
          R"({"return_id":"R-1","answer":"lost","lines":[{"id":"A","received":1}]})",
          R"({"return_id":"R-1","answer":"opened","refund":"now"})",
          R"({"return_id":"R-1","answer":"opened","at":"yesterday"})", R"("R-1")"}) {
        const DoorReply reply = world.Post(
            "/v1/partner/waiting", ApiWorld::kPartner,
            R"({"answers":[{"return_id":"R-1","answer":"opened"},)" + std::string(bad) + "]}");
        EXPECT_EQ(reply.status, 422) << bad;
        EXPECT_THAT(reply.body, HasSubstr("answer 2 of 2")) << bad;
    }
    for (const std::string body : {"", "[]", R"({"answers":[]})", R"({"answers":[],"x":1})"})
        EXPECT_EQ(world.Post("/v1/partner/waiting", ApiWorld::kPartner, body).status, 400) << body;
    EXPECT_EQ(world.database.journal.size(), rows);
}

TEST(PartnerWaiting, NobodyAnswersForAnother) {
    PartnerWorld world;
    world.TellArrived("101", "R-1");
    const std::string answer = R"({"answers":[{"return_id":"R-1","answer":"opened"}]})";
    const DoorReply reply = world.Post("/v1/partner/waiting", ApiWorld::kOtherPartner, answer);
    EXPECT_EQ(*BodyOf(reply)["receipts"].Items().at(0)["status"].AsInt(), 404);
    EXPECT_EQ(world.Post("/v1/partner/waiting", ApiWorld::kOperator, answer).status, 403);
    EXPECT_EQ(*Waits(world)["count"].AsInt(), 1);
    EXPECT_TRUE(Waits(world, "", ApiWorld::kOtherPartner)["items"].Items().empty());
}

TEST(PartnerWaiting, AFullListCountsWhatItLeavesOut) {
    WaitingBoard board({"acme"}, 2);
    Case subject;
    for (const std::string id : {"1", "2", "3"}) {
        subject.key = {"main", id};
        subject.returns = {{.id = "R-" + id, .connection = "acme"}};
        subject.slices = {{.id = 1,
                           .return_id = "R-" + id,
                           .state = ReturnState::kAtPartner,
                           .entered_at = Instant(Millis(5000))}};
        board.Note(subject);
    }
    EXPECT_EQ(board.Count("acme"), 2);
    EXPECT_EQ(board.not_listed(), 1);
    subject.key = {"main", "1"};
    subject.returns[0].id = subject.slices[0].return_id = "R-1";
    subject.slices[0].state = ReturnState::kAccepted;
    board.Note(subject);
    EXPECT_EQ(board.Count("acme"), 1);
}

TEST(Partner, AKeyMayHoldSeveralConnectionsAndThenNamesOne) {
    PartnerWorld world;
    const std::string both = "bhk_both";
    const auto status = [&](const std::string& query) {
        return world.Get("/v1/partner/summary" + query, both).status;
    };
    EXPECT_EQ(status(""), 400);
    EXPECT_THAT(world.Get("/v1/partner/summary", both).body, HasSubstr("acme, other"));
    EXPECT_EQ(status("?connection=acme"), 200);
    EXPECT_EQ(status("?connection=other"), 200);
    EXPECT_EQ(status("?connection=third"), 404);
    EXPECT_EQ(world.Get("/v1/partner/summary?connection=acme", ApiWorld::kOtherPartner).status, 404)
        << "as if it were not there";
}

// Whatever a partner asks, the answer holds nothing of others, of people or of money.
TEST(Partner, NoRouteTellsWhatIsNotItsOwn) {
    PartnerWorld world;
    world.TellReturn();
    world.CallBack(kArrived, "m-acme");
    world.TellForeign();
    const std::string cookie = world.SignIn(ApiWorld::kOtherPartner);
    const std::vector<std::string> secrets = {
        "R-1",   "1001",   "m-acme",     "Ada",  "ada@",           "5000",   "50.00",
        "10000", "100.00", "EUR",        "ch_1", "amount",         "refund", "backhaul_",
        "anna",  "omar",   "deployment", "acme", "callback-secret"};
    const auto look = [&](const std::string& what, const DoorReply& reply) {
        for (const std::string& secret : secrets) {
            if (what.find(secret) != std::string::npos) continue;  // what it asked with
            EXPECT_THAT(reply.body, Not(HasSubstr(secret))) << what;
        }
    };
    const std::vector<std::string> ids = {"acme",   "other", "R-1", "R-F",  "1001",  "2001",
                                          "m-acme", "mode",  "1",   "stop", "accept"};
    int asked = 0;
    for (const auto& [method, pattern] : Api::Addresses()) {
        if (pattern == "/partners") continue;  // the same for everybody, with examples of its own
        if (pattern == "/v1/openapi.yaml") continue;  // says nothing of anybody
        std::vector<std::string> targets = {""};
        std::string_view rest = pattern;
        while (!rest.empty()) {
            rest.remove_prefix(1);
            const std::string part(rest.substr(0, rest.find('/')));
            rest.remove_prefix(std::min(part.size(), rest.size()));
            std::vector<std::string> longer;
            for (const std::string& target : targets) {
                if (part != "{}") longer.push_back(target + "/" + part);
                for (const std::string& id : ids)
                    if (part == "{}") longer.push_back(target + "/" + id);
            }
            targets = std::move(longer);
        }
        for (const std::string& target : targets)
            for (const std::string query : {"", "?connection=acme", "?return_id=R-1&q=1001"}) {
                const std::string what = std::string(method) + " " + target + query;
                look(what, method == "GET" ? world.Get(target + query, ApiWorld::kOtherPartner)
                                           : world.Post(target, ApiWorld::kOtherPartner, "{}"));
                if (target.starts_with("/v1")) continue;
                look(what, method == "GET" ? world.Page(target + query, cookie)
                                           : world.Form(target, cookie, "a=b"));
                ++asked;
            }
    }
    EXPECT_GT(asked, 10);
    // It does see its own.
    EXPECT_THAT(world.Get("/v1/returns/R-F", ApiWorld::kOtherPartner).body, HasSubstr("R-F"));
    EXPECT_EQ(*Waits(world, "", ApiWorld::kOtherPartner)["count"].AsInt(), 1);
}

}  // namespace
}  // namespace returns::gateway
