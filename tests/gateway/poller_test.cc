// Partners that are silent are asked, within limits; what they say goes through the one door, and
// said again it writes nothing.
#include "gateway/poller.h"

#include "tests/connectors/connectors_folder.h"
#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace returns::gateway {
namespace {

using connectors::TransportFailure;
using sim::kDay;
using sim::kHour;
using sim::kMinute;
using testing::HasSubstr;

const std::string kCreate = "POST /2026-01/return", kLook = "GET /2026-01/return";

struct World : LaneWorld {
    explicit World(const Change& change = {})
        : LaneWorld([change](ConnectionSettings& each) {
              if (each.name != "3pl") return;
              each.poll_after_minutes = 360;
              if (change) change(each);
          }) {
        Open();
    }
    ~World() { poller.reset(); }
    void Open() {
        poller = std::make_unique<Poller>(*engine, clock, *kit->connections, *dispatcher);
        Run();
    }
    void Again() {
        poller.reset();
        Restart();
        Open();
    }
    void Run() {
        for (int round = 0; round < 10'000; ++round) {
            Step();
            if (!poller->Step()) return;
        }
        FAIL() << "the poller never comes to rest";
    }
    // In steps, as a gateway lives; nobody answers meanwhile.
    void Live(Millis time, Millis step = 10 * kMinute) {
        for (Millis gone{0}; gone < time; gone += step) {
            clock.MoveTo(clock.Monotonic() + step);
            Run();
        }
    }
    void LiveUntilLooks(std::size_t n) {
        for (int hour = 0; hour < 100 && Looks().size() < n; ++hour) Live(kHour);
        ASSERT_EQ(Looks().size(), n);
    }
    // A return the warehouse knows, of which nobody has said anything since.
    void Announce(const std::string& order) {
        PlaceOrder(order);
        Tell("return.requested", order,
             R"({"return_id":"R-)" + order +
                 R"(","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
                 R"("resolution":"refund","statutory":false})");
        const std::size_t at = http->To("3pl", kCreate).back();
        http->Answer(at, 201, One(order, "AwaitingArrival"));
        Run();
    }
    static std::string One(const std::string& order, const std::string& status) {
        return R"({"id":4)" + order + R"(,"reference_id":"R-)" + order + R"(","status":")" +
               status +
               R"(","return_type":"Regular","arrived_date":"2026-03-03T08:00:00Z",)"
               R"("completed_date":"2026-03-04T08:00:00Z","inventory":[{"id":1,"quantity":1,)"
               R"("action_requested":{"action":"Default"},)"
               R"("action_taken":[{"action":"Restock","quantity_processed":1}]}]})";
    }
    void Say(std::size_t at, const std::string& order, const std::string& status) {
        http->Answer(at, 200, R"({"items":[)" + One(order, status) + R"(],"next":null})");
        Run();
    }
    // Questions about one return; the list is another matter.
    std::vector<std::size_t> Looks() const { return Of("ReferenceIds="); }
    std::vector<std::size_t> Of(const std::string& query) const {
        std::vector<std::size_t> found;
        for (const std::size_t at : http->To("3pl", kLook))
            if (http->calls.at(at).request.target.find(query) != std::string::npos)
                found.push_back(at);
        return found;
    }
    PollFigures Figures() const { return poller->Figures().at(0); }
    ReturnState State(const std::string& order = "1") { return Subject(order).slices.at(0).state; }

    std::unique_ptr<Poller> poller;
};

TEST(Poller, AsksAfterSilenceAndWhatItHearsMovesTheCase) {
    World world;
    world.Announce("1");
    EXPECT_EQ(world.Figures().followed, 1);
    world.Live(5 * kHour + 50 * kMinute);
    EXPECT_EQ(world.Looks().size(), 0u);
    world.Live(2 * kHour);
    ASSERT_EQ(world.Looks().size(), 1u);
    EXPECT_THAT(world.http->calls.at(world.Looks()[0]).request.target,
                HasSubstr("ReferenceIds=R-1"));
    world.Say(world.Looks()[0], "1", "Arrived");
    EXPECT_EQ(world.State(), ReturnState::kAtPartner);
    EXPECT_EQ(world.Figures().learned, 1);
    EXPECT_THAT(world.Journal().back().body, HasSubstr("\"poll:3pl\""));
}

TEST(Poller, WhatIsSaidAgainWritesNothing) {
    World world;
    world.Announce("1");
    world.Live(8 * kHour);
    world.Say(world.Looks().at(0), "1", "Arrived");
    const std::size_t rows = world.Journal().size();
    for (std::size_t n = 1; n < 5; ++n) {
        world.LiveUntilLooks(n + 1);
        world.Say(world.Looks().at(n), "1", "Arrived");
    }
    std::size_t polled = 0;
    for (std::size_t at = rows; at < world.Journal().size(); ++at)
        polled += world.Journal()[at].body.find("poll:3pl") != std::string::npos;
    EXPECT_EQ(polled, 0u);
    EXPECT_EQ(world.Figures().learned, 1);
}

TEST(Poller, AWordOfTheirsPutsTheQuestionOff) {
    World world;
    world.Announce("1");
    world.Live(5 * kHour);
    Input heard;
    heard.event.type = EventType::kParcelScanned;
    heard.event.key = {"main", "1"};
    heard.event.connection = "3pl";
    heard.event.source = "connection:3pl";
    heard.event.source_id = "s";
    heard.event.data.return_id = "R-1";
    heard.event.data.raw_code = "scan";
    ASSERT_TRUE(world.engine->Submit(std::move(heard)));
    world.Run();
    world.Live(5 * kHour);
    EXPECT_EQ(world.Looks().size(), 0u);
    world.Live(3 * kHour);
    EXPECT_EQ(world.Looks().size(), 1u);
}

TEST(Poller, LeavesAloneWhatNoWordOfTheirsMoves) {
    World world;
    world.Announce("1");
    world.ComeBack("1");
    EXPECT_EQ(world.State(), ReturnState::kAccepted);
    EXPECT_EQ(world.Figures().followed, 0);
    const std::size_t before = world.Looks().size();
    world.Live(3 * kDay, kHour);
    EXPECT_EQ(world.Looks().size(), before);
}

TEST(Poller, AsksNobodyWhoIsNotToBeCalled) {
    World silent([](ConnectionSettings& each) { each.poll_after_minutes = 0; });
    silent.Announce("1");
    silent.Live(2 * kDay, kHour);
    EXPECT_EQ(silent.Looks().size(), 0u);

    World stopped;
    stopped.Announce("1");
    stopped.kit->connections->Find("3pl")->stopped = true;
    stopped.Live(2 * kDay, kHour);
    EXPECT_EQ(stopped.Looks().size(), 0u);
    stopped.kit->connections->Find("3pl")->stopped = false;
    stopped.Live(kHour);
    EXPECT_EQ(stopped.Looks().size(), 1u);
}

TEST(Poller, ManyAreAskedAFewAtATimeOldestFirst) {
    World world([](ConnectionSettings& each) {
        each.in_flight_max = 4;
        each.rate_per_minute = 0;
    });
    for (int i = 1; i <= 9; ++i) {
        world.Announce(std::to_string(i));
        world.Live(2 * kHour);
    }
    world.Live(8 * kHour);
    EXPECT_LE(world.Looks().size(), 2u) << "half of the calls that may be under way";
    for (std::size_t n = 0; n < world.Looks().size() && n < 40; ++n)
        world.Say(world.Looks()[n], std::to_string(n % 9 + 1), "AwaitingArrival");
    std::set<std::string> asked;
    for (std::size_t at : world.Looks()) asked.insert(world.http->calls[at].request.target);
    EXPECT_EQ(asked.size(), 9u);
}

TEST(Poller, CommandsGoFirst) {
    World world([](ConnectionSettings& each) { each.in_flight_max = 1; });
    world.Announce("1");
    world.PlaceOrder("2");
    world.clock.MoveTo(world.clock.Monotonic() + 9 * kHour);
    world.Tell("return.requested", "2",
               R"({"return_id":"R-2","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
               R"("resolution":"refund","statutory":false})");
    world.Run();
    EXPECT_EQ(world.http->To("3pl", kCreate).size(), 2u);
    EXPECT_EQ(world.Looks().size(), 0u);
    world.http->Answer(world.http->To("3pl", kCreate).at(1), 201,
                       World::One("2", "AwaitingArrival"));
    world.Run();
    EXPECT_EQ(world.Looks().size(), 1u);
}

TEST(Poller, AQuestionThatFailsIsAskedAgainLaterAndHurtsNobody) {
    World world;
    world.Announce("1");
    world.Live(8 * kHour);
    ASSERT_EQ(world.Looks().size(), 1u);
    world.http->Answer(world.Looks()[0], 404, "{}");
    world.Run();
    world.Live(5 * kMinute, kMinute);
    EXPECT_EQ(world.Looks().size(), 1u);
    world.Live(20 * kMinute);
    EXPECT_EQ(world.Looks().size(), 2u);
    for (const auto& view : world.dispatcher->View())
        EXPECT_EQ(view.name == "3pl" ? view.trouble : "", "") << "what one return is says nothing";
    world.http->Fail(world.Looks()[1], TransportFailure::kNotSent);
    world.Run();
    world.Live(kHour);
    EXPECT_EQ(world.Looks().size(), 3u);
}

TEST(Poller, ARestartForgetsNothingThatIsOpen) {
    World world;
    for (int i = 1; i <= 3; ++i) world.Announce(std::to_string(i));
    world.Again();
    EXPECT_EQ(world.Figures().followed, 3);
    world.Live(9 * kHour);
    EXPECT_GE(world.Looks().size(), 2u);
}

TEST(Poller, NoTwoReturnsAreAskedAboutAtTheSameMoment) {
    World world([](ConnectionSettings& each) { each.in_flight_max = 64; });
    for (int i = 1; i <= 8; ++i) world.Announce(std::to_string(i));
    std::set<Millis> moments;
    std::size_t before = 0;
    for (int minute = 0; minute < 9 * 60; ++minute) {
        world.Live(kMinute, kMinute);
        if (world.Looks().size() != before) moments.insert(world.clock.Monotonic());
        before = world.Looks().size();
    }
    EXPECT_EQ(before, 8u);
    EXPECT_GE(moments.size(), 5u);
}

// The warehouse's parcels come by UPS, which has to be asked to speak of each.
struct Ups : World {
    Ups()
        : connector(std::move(connectors::Connector::Load(connectors::ReadFolder("logistics/ups")))
                        .value()) {
        Connection& connection = *kit->connections->Find("3pl");
        connection.connector = &connector;
        connection.settings.settings = *ParseJson(R"({"client_id":"c","client_secret":"s",
            "credential":"x","account":"A1B2C3","warehouse":{"name":"W","lines":["L"],"city":"C",
            "country":"DE"},"sender":{"name":"S","lines":["L"],"city":"C","country":"DE"}})");
        Again();
        PlaceOrder("1");
        Tell("return.requested", "1",
             R"({"return_id":"R-1","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
             R"("resolution":"refund","statutory":false})");
        GiveToken();
        http->Answer(http->To("3pl", "POST /api/shipments").at(0), 200,
                     R"({"ShipmentResponse":{"ShipmentResults":{"ShipmentIdentificationNumber":)"
                     R"("1ZA","PackageResults":[{"TrackingNumber":"1ZA"}]}}})");
        Run();
    }
    ~Ups() {
        poller.reset();
        Crash();
    }
    void GiveToken() {
        const auto asked = http->To("3pl", "POST /security");
        for (; given < asked.size(); ++given)
            http->Answer(asked[given], 200, R"({"access_token":"t","expires_in":9000000})");
        Run();
    }
    std::vector<std::size_t> Subscriptions() const {
        return http->To("3pl", "POST /api/track/v2/subscription");
    }
    // Whenever it is asked, UPS has not seen the parcel yet.
    void LiveAnswered(Millis time) {
        for (Millis gone{0}; gone < time; gone += kHour) {
            Live(kHour, kHour);
            GiveToken();
            const auto asked = http->To("3pl", "GET /api/track");
            for (; looked < asked.size(); ++looked) http->Answer(asked[looked], 404, "{}");
            Run();
        }
    }
    void Take(std::size_t at, const std::string& number) {
        http->Answer(at, 200, R"({"validTrackingNumbers":[)" + number + "]}");
        Run();
    }
    connectors::Connector connector;
    std::size_t given = 0, looked = 0;
    std::set<std::size_t> refused;
};

TEST(Poller, SubscribesToParcelsAndRenewsBeforeTheEnd) {
    Ups world;
    ASSERT_EQ(world.Subscriptions().size(), 1u);
    EXPECT_EQ(world.Figures().unsubscribed, 1);
    world.Take(world.Subscriptions()[0], R"("1ZA")");
    EXPECT_EQ(world.Figures().unsubscribed, 0);
    world.LiveAnswered(10 * kDay);
    EXPECT_EQ(world.Subscriptions().size(), 1u);
    world.LiveAnswered(kDay);
    ASSERT_EQ(world.Subscriptions().size(), 2u) << "of fourteen days";
    world.Take(world.Subscriptions()[1], R"("1ZA")");
    EXPECT_EQ((world.Figures().asked[{"subscription", "ok"}]), 2);
}

// What was agreed on with the partner is not forgotten with our memory.
TEST(Poller, ASubscriptionOutlivesARestart) {
    Ups world;
    world.Take(world.Subscriptions().at(0), R"("1ZA")");
    world.LiveAnswered(5 * kDay);
    world.PlaceOrder("2");  // what is kept rides along with a commit
    world.Again();
    world.given = world.looked = 0;  // the calls of before are gone
    EXPECT_EQ(world.Figures().unsubscribed, 0);
    world.LiveAnswered(5 * kDay);
    EXPECT_EQ(world.Subscriptions().size(), 0u) << "not asked for again";
    world.LiveAnswered(kDay);
    EXPECT_EQ(world.Subscriptions().size(), 1u) << "nor too late";
}

TEST(Poller, ASubscriptionThatCouldNotBeRenewedCountsOnceItHasEnded) {
    Ups world;
    world.Take(world.Subscriptions().at(0), R"("1ZA")");
    for (int day = 0; day < 15; ++day) {
        world.LiveAnswered(kDay);
        const auto asked = world.Subscriptions();
        for (std::size_t at = 1; at < asked.size(); ++at)
            if (world.refused.insert(asked[at]).second) world.Take(asked[at], "");
        EXPECT_EQ(world.Figures().unsubscribed, day >= 13 ? 1 : 0) << day;
    }
    EXPECT_GE(world.Figures().renewals_failed, 1);
}

TEST(Poller, ASubscriptionGoesWithItsReturn) {
    Ups world;
    world.Take(world.Subscriptions().at(0), R"("1ZA")");
    const std::string name = "subscription:3pl\nmain\n1\nR-1";
    world.PlaceOrder("2");
    world.Run();
    ASSERT_TRUE(world.database.meta.contains(name));
    world.Tell("return.cancelled", "1", R"({"return_id":"R-1"})");
    world.Run();
    world.PlaceOrder("3");
    world.Run();
    EXPECT_FALSE(world.database.meta.contains(name));
}

TEST(Poller, ASubscriptionThatIsRefusedIsCountedAndTriedAgain) {
    Ups world;
    ASSERT_EQ(world.Subscriptions().size(), 1u);
    world.Take(world.Subscriptions()[0], "");
    EXPECT_EQ(world.Figures().unsubscribed, 1);
    EXPECT_EQ((world.Figures().asked[{"subscription", "refused"}]), 1);
    world.Live(5 * kMinute, kMinute);
    EXPECT_EQ(world.Subscriptions().size(), 1u);
    world.Live(10 * kMinute, kMinute);
    EXPECT_EQ(world.Subscriptions().size(), 2u);
}

TEST(Poller, ModeAskSubscribesToNothing) {
    Ups world;
    world.kit->connections->Find("3pl")->settings.mode = ConnectionMode::kAsk;
    const std::size_t before = world.Subscriptions().size();
    world.Take(world.Subscriptions().at(0), "");
    world.Live(2 * kHour);
    EXPECT_EQ(world.Subscriptions().size(), before) << "to change something there takes a word";
}

}  // namespace
}  // namespace returns::gateway
