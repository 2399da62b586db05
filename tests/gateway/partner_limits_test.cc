// What a partner's answers tell of how many calls are allowed is kept to; and commands that need
// something looked up first.
#include "connectors/crosswalk.h"
#include "tests/connectors/connectors_folder.h"
#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using connectors::TransportFailure;
using sim::kMinute;
using testing::HasSubstr;

constexpr Millis kSecond{1000};
const std::string kCreate = "POST /2026-01/return";

struct World : LaneWorld {
    using LaneWorld::LaneWorld;
    void Want(const std::string& order) {
        PlaceOrder(order);
        Tell("return.requested", order,
             R"({"return_id":"R-)" + order +
                 R"(","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
                 R"("resolution":"refund","statutory":false})");
    }
    std::size_t Sent() const { return http->To("3pl", kCreate).size(); }
    void Made(std::size_t at, connectors::HttpHeaders headers) {
        http->Answer(at, 201,
                     R"({"id":)" + std::to_string(at + 1) + R"(,"status":"AwaitingArrival"})",
                     std::move(headers));
        Step();
    }
};

TEST(PartnerLimits, NoCallsLeftMeansNoCalls) {
    World world([](ConnectionSettings& each) {
        each.rate_per_minute = 60;
        each.burst = 20;
    });
    world.Want("1");
    world.Made(world.http->To("3pl", kCreate).at(0), {{"x-remaining-calls", "0"}});
    world.Want("2");
    EXPECT_EQ(world.Sent(), 1u);
    world.Pass(kSecond);
    EXPECT_EQ(world.Sent(), 2u) << "at the connection's own rate from there";
    world.Made(world.http->To("3pl", kCreate).at(1), {{"x-remaining-calls", "100"}});
    world.Want("3");
    EXPECT_EQ(world.Sent(), 2u) << "their plenty does not give us more than our own limit";
    world.Pass(kSecond);
    EXPECT_EQ(world.Sent(), 3u);
}

TEST(PartnerLimits, WhoeverAsksToBeLeftAloneIsLeftAloneByAll) {
    World world;
    world.Want("1");
    world.http->Answer(world.http->To("3pl", kCreate).at(0), 429, "{}", {{"x-retry-after", "40"}});
    world.Step();
    world.Want("2");
    EXPECT_EQ(world.Sent(), 1u);
    world.Pass(39 * kSecond);
    EXPECT_EQ(world.Sent(), 1u);
    world.Pass(2 * kSecond);
    EXPECT_EQ(world.Sent(), 3u);
}

// The warehouse is Amazon's.
struct Amazon : World {
    Amazon() : connector(std::move(connectors::Connector::Load(Folder())).value()) {
        Connection& connection = *kit->connections->Find("3pl");
        connection.connector = &connector;
        Json settings = *ParseJson(R"({"client_id":"c","client_secret":"s","refresh_token":"r",
            "token_url":"sim://tokens/auth","marketplace_id":"M",
            "reasons":{"*":"UNWANTED_ITEM"}})");
        connection.settings.settings =
            *connectors::PrepareCrosswalks(connector.manifest(), settings);
        Restart();
    }
    ~Amazon() { Crash(); }
    static connectors::Connector::Files Folder() {
        return connectors::ReadFolder("logistics/amazon-mcf");
    }
    void GiveToken() {
        http->Answer(http->To("tokens", "POST /auth").back(), 200,
                     R"({"access_token":"tok","expires_in":3600})");
        Step();
    }
    std::vector<std::size_t> Looks() const { return http->To("3pl", "GET /fba"); }
    std::vector<std::size_t> Puts() const { return http->To("3pl", "PUT /fba"); }
    static std::string Order() {
        return R"({"payload":{"fulfillmentShipments":[{"amazonShipmentId":"S-7",)"
               R"("fulfillmentShipmentStatus":"SHIPPED","fulfillmentShipmentItem":[)"
               R"({"sellerFulfillmentOrderItemId":"A","sellerSku":"SKU-1","quantity":2}]}],)"
               R"("returnItems":[],"returnAuthorizations":[]}})";
    }
    connectors::Connector connector;
};

TEST(PartnerLimits, WhatIsLookedUpFirstGoesIntoTheCommand) {
    Amazon world;
    world.Want("1");
    world.GiveToken();
    ASSERT_EQ(world.Looks().size(), 1u);
    EXPECT_EQ(world.Puts().size(), 0u);
    world.http->Answer(world.Looks()[0], 200, Amazon::Order());
    world.Step();
    ASSERT_EQ(world.Puts().size(), 1u);
    const connectors::HttpRequest& request = world.http->calls.at(world.Puts()[0]).request;
    EXPECT_THAT(request.body, HasSubstr("\"amazonShipmentId\":\"S-7\""));
    EXPECT_EQ(connectors::FindHeader(request.headers, "x-amz-access-token"), "tok");
    EXPECT_EQ(world.Subject("1").commands.back().attempts, 1) << "two calls, one attempt";
    for (const JournalRow& row : world.Journal())
        EXPECT_EQ(row.body.find("S-7"), std::string::npos) << "asked for anew each time";
}

TEST(PartnerLimits, UntilThatHasAnsweredNothingHasLeft) {
    Amazon world;
    world.Want("1");
    world.GiveToken();
    world.http->Fail(world.Looks().at(0), TransportFailure::kMaybeSent);
    world.Step();
    EXPECT_EQ(world.Subject("1").commands.back().state, CommandState::kWaiting)
        << "not done, and not in doubt";
    world.Pass(kMinute);
    ASSERT_EQ(world.Looks().size(), 2u);
    world.http->Answer(world.Looks()[1], 404, R"({"errors":[{"code":"NotFound","message":""}]})");
    world.Step();
    EXPECT_EQ(world.Puts().size(), 0u);
    EXPECT_THAT(world.Subject("1").slices.at(0).cause, HasSubstr("not_found"));
}

TEST(PartnerLimits, TheRateTheyTellIsKept) {
    Amazon world;
    world.kit->connections->Find("3pl")->settings.in_flight_max = 50;
    world.Want("1");
    world.GiveToken();
    world.http->Answer(world.Looks().at(0), 200, Amazon::Order(),
                       {{"x-amzn-RateLimit-Limit", "0.5"}});
    world.Step();
    for (int i = 2; i <= 60; ++i) world.Want(std::to_string(i));
    const std::size_t at_once = world.Looks().size();
    EXPECT_LE(at_once, 32u) << "their burst is 30";
    EXPECT_GE(at_once, 25u);
    world.Pass(10 * kSecond);
    EXPECT_LE(world.Looks().size(), at_once + 6);
    EXPECT_GE(world.Looks().size(), at_once + 4) << "one in two seconds";
}

}  // namespace
}  // namespace returns::gateway
