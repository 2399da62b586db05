// Modes, the kill switch, approvals and caps: through the API and the lane, with the real payment
// connector, up to what leaves for the provider.
#include "tests/gateway/modes_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using sim::kDay;
using sim::kHour;
using testing::HasSubstr;

std::string One(const std::string& order, std::int64_t number) {
    return R"({"connection":"psp","order_id":")" + order + R"(","number":)" +
           std::to_string(number) + "}";
}

TEST(Modes, ObserveSendsNothingAndListsWhatItWould) {
    ModesWorld world(ConnectionMode::kObserve);
    world.Due(2);
    world.lane.Pass(kHour);
    EXPECT_EQ(world.Sent(), 0u);
    const Json list = world.Waiting("");
    EXPECT_EQ(*list["count"].AsInt(), 2);
    EXPECT_EQ(*list["refunds_minor"]["EUR"].AsInt(), 10000);
    const Json& first = list["items"].Items().at(0);
    EXPECT_EQ(first["operation"].AsString(), "refund.create");
    EXPECT_EQ(first["held"].AsString(), "observe");
    EXPECT_EQ(*first["amount_minor"].AsInt(), 5000);
}

TEST(Modes, SwitchingIsImmediateAndAudited) {
    ModesWorld world(ConnectionMode::kObserve);
    world.Due(1);
    EXPECT_EQ(world.Set("mode", R"({"mode":"act"})").status, 422) << "no reason";
    EXPECT_EQ(world.Set("mode", R"({"mode":"go","reason":"now"})").status, 422);
    EXPECT_EQ(world.Sent(), 0u);
    const DoorReply reply = world.Set("mode", R"({"mode":"act","reason":"pilot is over"})");
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(BodyOf(reply)["mode"].AsString(), "act");
    EXPECT_EQ(world.Sent(), 1u);
    const Json history = BodyOf(world.Ask("GET", "/v1/connections/psp/switches", "bhk_anna"));
    const Json& last = history["items"].Items().at(0);
    EXPECT_EQ(last["before"].AsString(), "observe");
    EXPECT_EQ(last["after"].AsString(), "act");
    EXPECT_EQ(last["by"].AsString(), "operator:omar");
    EXPECT_EQ(last["reason"].AsString(), "pilot is over");
}

TEST(Modes, WhatWasSetOutlivesARestartUntilTheSettingsChange) {
    ModesWorld world(ConnectionMode::kObserve);
    ASSERT_EQ(world.Set("mode", R"({"mode":"act","reason":"go"})").status, 200);
    world.Restart();
    world.Due(1);
    EXPECT_EQ(world.Sent(), 1u);

    // The file says "ask" from now on: that is newer than what was set.
    for (Connection& each : world.lane.kit->connections->all())
        if (each.settings.name == "psp") each.settings.mode = ConnectionMode::kAsk;
    Switches again(*world.lane.engine, world.lane.clock, *world.lane.kit->connections);
    ASSERT_TRUE(again.Recover(*world.lane.store).ok());
    EXPECT_EQ(world.lane.kit->connections->Find("psp")->settings.mode, ConnectionMode::kAsk);
    world.lane.Step();
    const auto rows = again.History("psp");
    ASSERT_TRUE(rows.ok());
    EXPECT_EQ(rows->front().by, "settings");
    EXPECT_EQ(rows->front().before, "act");
}

TEST(Modes, AFailedCommitChangesNothingButStops) {
    ModesWorld world(ConnectionMode::kObserve);
    world.lane.store->before_commit = [](const Batch&) { return sim::CommitFault::kFail; };
    const DoorReply reply = world.Set("mode", R"({"mode":"act","reason":"go"})");
    EXPECT_EQ(reply.status, 503) << reply.body;
    EXPECT_EQ(world.lane.kit->connections->Find("psp")->settings.mode, ConnectionMode::kObserve);

    ModesWorld stopping(ConnectionMode::kAct);
    stopping.lane.store->before_commit = [](const Batch&) { return sim::CommitFault::kFail; };
    EXPECT_EQ(stopping.Set("stop", R"({"reason":"too much"})").status, 503);
    EXPECT_TRUE(stopping.lane.kit->connections->Find("psp")->stopped);
}

TEST(Modes, TheKillSwitchHoldsEverythingBackAndResumingLetsItGo) {
    ModesWorld world(ConnectionMode::kAct);
    ASSERT_EQ(world.Set("stop", R"({"reason":"wrong amounts"})").status, 200);
    world.Due(2);
    world.lane.Pass(kHour);
    EXPECT_EQ(world.Sent(), 0u);
    EXPECT_EQ(world.Waiting("")["items"].Items().at(0)["held"].AsString(), "stopped");
    world.Restart();
    world.lane.Pass(kHour);
    EXPECT_EQ(world.Sent(), 0u) << "a restart does not switch it on";
    ASSERT_EQ(world.Set("resume", R"({"reason":"amounts are right"})").status, 200);
    EXPECT_EQ(world.Sent(), 2u);
}

TEST(Modes, AskWaitsForOnePersonSinglyAndByQuery) {
    ModesWorld world(ConnectionMode::kAsk);
    world.Due(3);
    EXPECT_EQ(world.Sent(), 0u);
    const Json list = world.Waiting();
    ASSERT_EQ(*list["count"].AsInt(), 3);
    const Json& first = list["items"].Items().at(0);
    EXPECT_EQ(*first["approvals_missing"].AsInt(), 1);
    const std::string one = One("1", *first["number"].AsInt());
    EXPECT_EQ(world.Approve("bhk_anna", one).status, 403) << "agents do not approve";
    const DoorReply reply = world.Approve("bhk_omar", one);
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(world.Sent(), 1u);

    const DoorReply differs = world.Approve("bhk_omar", R"({"connection":"psp","count":3})");
    EXPECT_EQ(differs.status, 409);
    EXPECT_THAT(differs.body, HasSubstr("now it is 2"));
    EXPECT_EQ(world.Approve("bhk_omar", R"({"connection":"psp"})").status, 409) << "no count";
    EXPECT_EQ(world.Sent(), 1u);
    const DoorReply rest = world.Approve("bhk_omar", R"({"connection":"psp","count":2})");
    ASSERT_EQ(rest.status, 200) << rest.body;
    EXPECT_EQ(*BodyOf(rest)["approved"].AsInt(), 2);
    EXPECT_EQ(world.Sent(), 3u);
    EXPECT_EQ(world.Approve("bhk_omar", R"({"connection":"psp","count":0,"limit":1})").status, 400);
}

TEST(Modes, AnApprovalStandsOnTheTimelineAndOutlivesARestart) {
    ModesWorld world(ConnectionMode::kAsk);
    world.Due(1);
    world.lane.kit->connections->Find("psp")->stopped = true;
    const std::int64_t number = *world.Waiting("")["items"].Items().at(0)["number"].AsInt();
    ASSERT_EQ(world.Approve("bhk_omar", One("1", number)).status, 200);
    EXPECT_THAT(world.lane.Journal().back().body, HasSubstr("action.approve_command"));
    world.Restart();  // the switch was thrown by hand and not stored: it is off again
    EXPECT_EQ(world.Sent(), 1u);
}

TEST(Modes, LargeRefundsNeedASecondPersonOfTheirOwn) {
    ModesWorld world(ConnectionMode::kAsk,
                     [](ConnectionSettings& psp) { psp.approve_above_minor = 4999; });
    world.Due(1);
    const Json row = world.Waiting()["items"].Items().at(0);
    EXPECT_EQ(*row["approvals_missing"].AsInt(), 2);
    const std::string one = One("1", *row["number"].AsInt());
    ASSERT_EQ(world.Approve("bhk_omar", one).status, 200);
    EXPECT_EQ(world.Sent(), 0u);
    const DoorReply again = world.Approve("bhk_omar", one);
    EXPECT_EQ(again.status, 200) << "the same word again is the same event";
    EXPECT_TRUE(BodyOf(again)["repeated"].AsBool());
    EXPECT_EQ(world.Sent(), 0u);
    ASSERT_EQ(world.Approve("bhk_olga", one).status, 200);
    EXPECT_EQ(world.Sent(), 1u);

    ModesWorld act(ConnectionMode::kAct,
                   [](ConnectionSettings& psp) { psp.approve_above_minor = 4999; });
    act.Due(1);
    EXPECT_EQ(act.Sent(), 0u);
    const std::int64_t number = *act.Waiting()["items"].Items().at(0)["number"].AsInt();
    ASSERT_EQ(act.Approve("bhk_olga", One("1", number)).status, 200);
    EXPECT_EQ(act.Sent(), 1u);

    ModesWorld small(ConnectionMode::kAct,
                     [](ConnectionSettings& psp) { psp.approve_above_minor = 5000; });
    small.Due(1);
    EXPECT_EQ(small.Sent(), 1u) << "the limit itself is not above it";
}

TEST(Modes, NobodyApprovesBeyondTheCallCap) {
    ModesWorld world(ConnectionMode::kAsk,
                     [](ConnectionSettings& psp) { psp.call_cap_minor = 10; });
    world.Due(1);
    EXPECT_EQ(world.Waiting("")["items"].Items().at(0)["held"].AsString(), "call_cap");
    const std::int64_t number = *world.Waiting("")["items"].Items().at(0)["number"].AsInt();
    ASSERT_EQ(world.Approve("bhk_omar", One("1", number)).status, 200);
    ASSERT_EQ(world.Approve("bhk_olga", One("1", number)).status, 200);
    world.lane.Pass(kHour);
    EXPECT_EQ(world.Sent(), 0u);
}

// Whoever acted on the return is no second pair of eyes for its large refund.
TEST(Modes, WhoCausedALargeRefundDoesNotApproveIt) {
    ModesWorld world(ConnectionMode::kAct,
                     [](ConnectionSettings& psp) { psp.approve_above_minor = 4999; });
    for (workflows::ConnectionFacts& each : world.lane.kit->book.connections)
        if (each.name == "psp") each.approve_above_minor = 4999;
    world.lane.PlaceOrder("1");
    const std::string id = R"({"return_id":"R-1")";
    world.lane.Tell("return.requested", "1",
                    id + R"(,"lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
                         R"("resolution":"refund","statutory":false})");
    world.lane.Tell("return.inspected", "1",
                    id + R"(,"lines":[{"id":"A","accepted":0,"rejected":1,"grade":"bad"}]})");
    for (const std::string action : {"overrule", "accept"})
        ASSERT_EQ(world
                      .Ask("POST", "/v1/returns/R-1/actions/" + action, "bhk_omar",
                           R"({"reason":"kind"})")
                      .status,
                  200)
            << action;
    world.lane.Pass(kHour);
    EXPECT_EQ(world.Sent(), 0u);
    const Json waiting = world.Waiting();
    ASSERT_EQ(*waiting["count"].AsInt(), 1);
    const std::string one = One("1", *waiting["items"].Items().at(0)["number"].AsInt());
    const DoorReply own = world.Approve("bhk_omar", one);
    EXPECT_NE(own.status, 200) << own.body;
    EXPECT_THAT(own.body, HasSubstr("has acted on return R-1"));
    EXPECT_EQ(world.Sent(), 0u);
    EXPECT_EQ(world.Approve("bhk_olga", one).status, 200);
    EXPECT_EQ(world.Sent(), 1u);
    for (workflows::ConnectionFacts& each : world.lane.kit->book.connections)
        each.approve_above_minor = 0;
}

// The cap holds back what is beyond it and keeps the word that was given for it.
TEST(Modes, ADailyCapReachedInTheMiddleOfABatchKeepsTheRestApproved) {
    ModesWorld world(ConnectionMode::kAsk, [](ConnectionSettings& psp) {
        psp.daily_cap_minor = 15000;
        psp.in_flight_max = 16;
    });
    world.Due(5);
    const DoorReply reply = world.Approve("bhk_omar", R"({"connection":"psp","count":5})");
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(*BodyOf(reply)["approved"].AsInt(), 5) << "the word counts for all of them";
    EXPECT_EQ(world.Sent(), 3u);
    EXPECT_EQ(*world.Waiting("&held=daily_cap")["count"].AsInt(), 2);
    EXPECT_EQ(*world.Waiting()["count"].AsInt(), 0) << "nobody is asked again";
    world.lane.Pass(kHour);
    EXPECT_EQ(world.Sent(), 3u);
    world.lane.Pass(kDay);
    EXPECT_EQ(world.Sent(), 5u) << "the next day they leave by themselves";
}

// What is under way is heard out; nothing new leaves, not even a question about it.
TEST(Modes, SwitchedToObserveWithAttemptsInFlight) {
    ModesWorld world(ConnectionMode::kAct, [](ConnectionSettings& psp) { psp.in_flight_max = 16; });
    world.Due(2);
    ASSERT_EQ(world.Sent(), 2u);
    const std::vector<std::size_t> sent = world.lane.http->To("psp", "POST /v1/refunds");
    ASSERT_EQ(world.Set("mode", R"({"mode":"observe","reason":"look first"})").status, 200);
    const std::string reference = world.lane.Subject("1").legs.at(0).reference;
    world.lane.http->Answer(sent[0], 200,
                            R"({"id":"re_1","object":"refund","amount":5000,"currency":"eur",)"
                            R"("metadata":{"reference":")" +
                                reference + R"("},"status":"succeeded"})");
    world.lane.http->Fail(sent[1], connectors::TransportFailure::kMaybeSent);
    world.lane.Step();
    world.lane.PlaceOrder("9");
    world.lane.ComeBack("9");
    world.lane.Pass(kDay);
    EXPECT_TRUE(world.lane.Subject("1").legs.at(0).paid) << "what is under way is heard out";
    EXPECT_EQ(world.lane.Subject("2").legs.at(0).state, RefundState::kUnknown)
        << "counted as spent, and nobody asks";
    EXPECT_EQ(world.lane.Subject("2").tickets.size(), 1u) << "a person is told";
    EXPECT_EQ(world.lane.http->To("psp", "").size(), 2u) << "nothing more has left";
    ASSERT_EQ(world.Set("mode", R"({"mode":"act","reason":"seen"})").status, 200);
    world.lane.Pass(kHour);
    EXPECT_GT(world.lane.http->To("psp", "GET").size(), 0u) << "now it is asked about";
}

TEST(Modes, TheDaysSpendingOutlivesARestart) {
    ModesWorld world(ConnectionMode::kAct, [](ConnectionSettings& psp) {
        psp.daily_cap_minor = 10000;
        psp.in_flight_max = 16;
    });
    world.Due(2);
    EXPECT_EQ(world.Sent(), 2u);
    world.Restart();
    world.lane.PlaceOrder("9");
    world.lane.ComeBack("9");
    const auto sent_for_nine = [&] {
        for (const std::size_t at : world.lane.http->To("psp", "POST /v1/refunds"))
            if (world.lane.http->calls[at].request.body.find("9-") != std::string::npos)
                return true;
        return false;
    };
    world.lane.Pass(kHour);
    EXPECT_FALSE(sent_for_nine());
    world.lane.Pass(kDay);
    EXPECT_TRUE(sent_for_nine());
}

TEST(Modes, RefusedCredentialsRestTheConnectionAtOnce) {
    ModesWorld world(ConnectionMode::kAct, [](ConnectionSettings& psp) { psp.in_flight_max = 1; });
    world.Due(3);
    ASSERT_EQ(world.Sent(), 1u);
    world.lane.http->Answer(world.lane.http->To("psp", "POST /v1/refunds").at(0), 401, "{}");
    world.lane.Step();
    EXPECT_EQ(world.Sent(), 1u);
    const auto view = world.lane.dispatcher->View();
    for (const auto& each : view) {
        if (each.name != "psp") continue;
        EXPECT_EQ(each.breaker, "open");
        EXPECT_EQ(each.trouble, "credentials");
    }
    world.lane.Pass(kHour);
    EXPECT_EQ(world.Sent(), 2u) << "one call finds out whether they are accepted again";
}

// What the shop did with the orders that ModesWorld::Due makes a refund of 50.00 EUR due on.
struct ShopDid {
    std::string what, order;
    std::vector<std::int64_t> paid_minor;  // one refund.settled each
    std::string agreement;
    std::int64_t ours, theirs, twice;
};

TEST(Modes, ObserveReportsWhatItWouldHaveDoneBesideWhatTheShopDid) {
    ModesWorld world(ConnectionMode::kObserve);
    const std::vector<ShopDid> rows = {
        {"the same", "1", {5000}, "agrees", 5000, 5000, 0},
        {"nothing", "2", {}, "not_paid_yet", 5000, 0, 0},
        {"less", "3", {3000}, "paid_less", 5000, 3000, 0},
        {"more", "4", {5500}, "paid_more", 5000, 5500, 0},
        {"twice", "5", {5000, 5000}, "paid_twice", 5000, 10000, 5000},
    };
    world.Due(static_cast<int>(rows.size()));
    world.lane.PlaceOrder("6");  // nothing came back
    world.lane.PlaceOrder("7");  // and here neither, but money went
    world.lane.Pass(kHour);
    const auto pay = [&](const std::string& order, const std::string& id, std::int64_t minor,
                         const std::string& return_id) {
        world.lane.Tell("refund.settled", order,
                        R"({"currency":"EUR","amount_minor":)" + std::to_string(minor) +
                            R"(,"tender_id":"T1","their_reference":")" + id + "\"" + return_id +
                            "}");
    };
    for (const ShopDid& row : rows)
        for (std::size_t at = 0; at < row.paid_minor.size(); ++at)
            pay(row.order, "re_" + row.order + "_" + std::to_string(at), row.paid_minor[at],
                R"(,"return_id":"R-)" + row.order + "\"");
    pay("7", "re_7", 900, "");
    EXPECT_EQ(world.Sent(), 0u);

    std::map<std::string, Json> told;
    std::map<std::string, std::int64_t> counts;
    std::string next;
    do {
        const Json page = BodyOf(world.Ask(
            "GET", "/v1/comparison" + (next.empty() ? "" : "?cursor=" + next), "bhk_anna"));
        for (const Json& item : page["items"].Items()) told[item["order_id"].AsString()] = item;
        for (const Json& total : page["totals"].Items())
            counts[total["agreement"].AsString()] += *total["count"].AsInt();
        next = page["next"].AsString();
    } while (!next.empty());
    for (const ShopDid& row : rows) {
        ASSERT_TRUE(told.contains(row.order)) << row.what;
        const Json& item = told[row.order];
        EXPECT_EQ(item["agreement"].AsString(), row.agreement) << row.what;
        EXPECT_EQ(*item["ours_minor"].AsInt(), row.ours) << row.what;
        EXPECT_EQ(*item["theirs_minor"].AsInt(), row.theirs) << row.what;
        if (row.twice > 0) {
            EXPECT_EQ(*item["twice_minor"].AsInt(), row.twice) << row.what;
        }
        EXPECT_NE(item["ours_at"].AsString(), "") << row.what;
        if (row.theirs > 0) {
            EXPECT_LT(item["ours_at"].AsString(), item["theirs_at"].AsString()) << row.what;
        }
        EXPECT_EQ(counts[row.agreement], 1) << row.what;
    }
    EXPECT_FALSE(told.contains("6"));
    EXPECT_EQ(told["7"]["agreement"].AsString(), "no_return");
    const Json differing = BodyOf(world.Ask("GET", "/v1/comparison?differences=1", "bhk_anna"));
    for (const Json& item : differing["items"].Items())
        EXPECT_NE(item["agreement"].AsString(), "agrees");
    EXPECT_EQ(world.Waiting("")["items"].Items().size(), 2u) << "what is left of orders 2 and 3";
}

}  // namespace
}  // namespace returns::gateway
