// The nightly roll-call: what both sides believe is open is compared, by the partner's list or one
// by one; what they know better moves the case, what stays different becomes a ticket.
#include "gateway/poller.h"
#include "tests/connectors/connectors_folder.h"
#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace returns::gateway {
namespace {

using connectors::TransportFailure;
using sim::kDay;
using sim::kHour;
using sim::kMinute;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kReturns = " /2026-01/return";

// A warehouse that answers at once from its books, in pages of two.
struct World : LaneWorld {
    explicit World(std::int64_t ask_after_minutes = 30 * 24 * 60)
        : LaneWorld([ask_after_minutes](ConnectionSettings& each) {
              if (each.name == "3pl") each.poll_after_minutes = ask_after_minutes;
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
        served = 0;  // the calls of before are gone
        Open();
    }
    void Run() {
        for (int round = 0; round < 10'000; ++round) {
            Step();
            const bool answered = Serve();
            if (!poller->Step() && !answered) return;
        }
        FAIL() << "it never comes to rest";
    }
    void Live(Millis time, Millis step = 30 * kMinute) {
        for (Millis gone{0}; gone < time; gone += step) {
            clock.MoveTo(clock.Monotonic() + step);
            Run();
        }
    }
    void Announce(const std::string& order) {
        PlaceOrder(order);
        Tell("return.requested", order,
             R"({"return_id":"R-)" + order +
                 R"(","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
                 R"("resolution":"refund","statutory":false})");
        books["R-" + order] = "AwaitingArrival";
        Run();
    }
    static std::string One(const std::string& reference, const std::string& status) {
        return R"({"id":4)" + reference.substr(2) + R"(,"reference_id":")" + reference +
               R"(","status":")" + status +
               R"(","return_type":"Regular","arrived_date":"2026-03-03T08:00:00Z","inventory":[]})";
    }
    bool Serve() {
        bool any = false;
        for (; served < http->calls.size(); ++served) {
            const HttpCall& call = http->calls[served];
            const std::string& target = call.request.target;
            if (target.find("/2026-01/return") == std::string::npos) continue;
            any = true;
            if (call.request.method == "POST") {
                http->Answer(served, 201, One(ReferenceIn(call.request.body), "AwaitingArrival"));
            } else if (target.find("ReferenceIds=") != std::string::npos) {
                ++looks;
                const std::string reference = target.substr(target.find("ReferenceIds=") + 13);
                ServeOne(reference.substr(0, reference.find('&')));
            } else {
                ServePage(target);
            }
        }
        return any;
    }
    static std::string ReferenceIn(const std::string& body) {
        return ParseJson(body).value()["reference_id"].AsString();
    }
    void ServeOne(const std::string& reference) {
        const auto known = books.find(reference);
        const std::string item = known == books.end() ? "" : One(reference, known->second);
        http->Answer(served, 200, R"({"items":[)" + item + R"(],"next":null})");
    }
    void ServePage(const std::string& target) {
        ++pages;
        if (on_page && on_page(served)) return;
        const std::size_t at = target.find("Cursor=");
        const std::size_t page = at == target.npos ? 1 : std::stoul(target.substr(at + 7));
        std::string items;
        std::size_t n = 0, end = page * 2;
        for (const auto& [reference, status] : books) {
            const bool open = status == "AwaitingArrival" || status == "Arrived";
            if (!open && filters) continue;
            if (n >= end - 2 && n < end)
                items += (items.empty() ? "" : ",") + One(reference, status);
            ++n;
        }
        http->Answer(served, 200,
                     R"({"items":[)" + items + R"(],"next":)" +
                         (n > end ? R"("https://there/more")" : "null") + "}");
    }
    // Until the roll-call of the next night has ended.
    RollCall Night() {
        const Instant before = Figures().roll_call.ended_at;
        for (int step = 0; step < 100 && Figures().roll_call.ended_at == before; ++step)
            Live(30 * kMinute);
        Live(kMinute, kMinute);
        EXPECT_NE(Figures().roll_call.ended_at, before) << "the roll was not called";
        return Figures().roll_call;
    }
    PollFigures Figures() const { return poller->Figures().at(0); }
    ReturnState State(const std::string& order) { return Subject(order).slices.at(0).state; }
    long RollCalls() const {
        const auto rows = Journal();
        return std::count_if(rows.begin(), rows.end(), [](const JournalRow& row) {
            return row.body.find("partner.roll_call") != std::string::npos;
        });
    }
    std::size_t Tickets(const std::string& order) { return Subject(order).tickets.size(); }
    std::string Cause(const std::string& order) { return Subject(order).slices.at(0).cause; }

    std::map<std::string, std::string> books;  // what the warehouse believes, by our reference
    std::function<bool(std::size_t)> on_page;  // answers the page itself
    bool filters = true;
    std::size_t served = 0, pages = 0, looks = 0;
    std::unique_ptr<Poller> poller;
};

TEST(RollCall, WhereBothSidesAgreeNothingIsWritten) {
    World world;
    for (int i = 1; i <= 5; ++i) world.Announce(std::to_string(i));
    const std::size_t rows = world.Journal().size();
    const RollCall call = world.Night();
    EXPECT_TRUE(call.by_list && call.complete) << call.trouble;
    EXPECT_EQ(call.pages, 3);
    EXPECT_EQ(call.listed, 5);
    EXPECT_EQ(call.asked, 5);
    EXPECT_EQ(call.agreed, 5);
    EXPECT_EQ(call.unknown, 0);
    EXPECT_EQ(world.looks, 0u) << "the list says it all";
    EXPECT_EQ(world.Journal().size(), rows);
    world.Night();
    EXPECT_EQ(world.pages, 6u) << "once a night";
}

TEST(RollCall, WhatTheyKnowBetterMovesTheCaseOnce) {
    World world;
    for (int i = 1; i <= 3; ++i) world.Announce(std::to_string(i));
    world.books["R-2"] = "Arrived";
    EXPECT_EQ(world.Night().healed, 1);
    EXPECT_EQ(world.State("2"), ReturnState::kAtPartner);
    EXPECT_EQ(world.State("1"), ReturnState::kAuthorised);
    EXPECT_THAT(world.Journal().back().body, HasSubstr("\"poll:3pl\""));
    const std::size_t rows = world.Journal().size();
    EXPECT_EQ(world.Night().healed, 0);
    EXPECT_EQ(world.Journal().size(), rows) << "said again";
}

TEST(RollCall, AReturnTheyDoNotKnowIsATicketUntilTheyDo) {
    World world;
    for (int i = 1; i <= 3; ++i) world.Announce(std::to_string(i));
    world.books.erase("R-2");
    RollCall call = world.Night();
    EXPECT_EQ(call.asked, 3);
    EXPECT_EQ(call.agreed, 2);
    EXPECT_EQ(call.differing, 1);
    EXPECT_EQ(world.looks, 1u) << "better heard from themselves";
    EXPECT_EQ(world.Cause("2"), "unknown_there");
    EXPECT_EQ(world.Tickets("2"), 1u);
    EXPECT_EQ(world.Tickets("1"), 0u);
    EXPECT_EQ(world.Figures().differing, 1);
    world.Night();
    EXPECT_EQ(world.RollCalls(), 1) << "told once";
    EXPECT_EQ(world.Tickets("2"), 1u);
    world.books["R-2"] = "AwaitingArrival";
    EXPECT_EQ(world.Night().differing, 0);
    EXPECT_EQ(world.Cause("2"), "");
    EXPECT_EQ(world.Figures().differing, 0);
}

TEST(RollCall, AReturnTheyHaveClosedIsATicket) {
    World world;
    world.Announce("1");
    world.books["R-1"] = "Cancelled";
    EXPECT_EQ(world.Night().differing, 1);
    EXPECT_EQ(world.Cause("1"), "closed_there");
    EXPECT_EQ(world.Tickets("1"), 1u);
}

TEST(RollCall, WhoIgnoresTheFilterIsUnderstoodAllTheSame) {
    World world;
    world.filters = false;
    for (int i = 1; i <= 3; ++i) world.Announce(std::to_string(i));
    world.books["R-3"] = "Cancelled";
    world.books["R-8"] = "Completed";  // closed on both sides: nobody's matter
    const RollCall call = world.Night();
    EXPECT_EQ(call.listed, 4);
    EXPECT_EQ(call.agreed, 2);
    EXPECT_EQ(call.differing, 1);
    EXPECT_EQ(call.unknown, 0);
    EXPECT_EQ(world.looks, 0u);
    EXPECT_EQ(world.Cause("3"), "closed_there");
}

TEST(RollCall, WhatTheyHaveAndWeDoNotIsNamed) {
    World world;
    world.Announce("1");
    for (int i = 10; i < 35; ++i) world.books["R-" + std::to_string(i)] = "AwaitingArrival";
    const RollCall call = world.Night();
    EXPECT_EQ(call.unknown, 25);
    EXPECT_EQ(call.unknown_named.size(), 20u);
    EXPECT_EQ(call.unknown_named[0], "R-10");
    EXPECT_THAT(PlainRollCall(call).back(), HasSubstr("25 returns are open there"));
}

TEST(RollCall, ACutAnswerIsAskedForAgainAndNothingFollowsFromIt) {
    World world;
    for (int i = 1; i <= 3; ++i) world.Announce(std::to_string(i));
    int cut = 0;
    world.on_page = [&](std::size_t at) {
        if (++cut != 2) return false;
        world.http->Answer(at, 200, R"({"items":[)", {}, false);
        return true;
    };
    const RollCall call = world.Night();
    EXPECT_TRUE(call.complete);
    EXPECT_EQ(call.pages, 2);
    EXPECT_EQ(call.agreed, 3);
    EXPECT_EQ(world.pages, 3u);
}

TEST(RollCall, AListThatDoesNotEndInTimeAccusesNobody) {
    World world;
    for (int i = 1; i <= 3; ++i) world.Announce(std::to_string(i));
    world.books.erase("R-1");
    world.on_page = [&](std::size_t at) {
        if (world.http->calls[at].request.target.find("Cursor=") == std::string::npos) return false;
        world.http->Answer(at, 404, "{}");
        return true;
    };
    world.books["R-9"] = "AwaitingArrival";
    const RollCall call = world.Night();
    EXPECT_FALSE(call.complete);
    EXPECT_EQ(call.trouble, "not_found");
    EXPECT_EQ(call.agreed, 2);
    EXPECT_EQ(call.differing, 0);
    EXPECT_EQ(world.looks, 0u);
    EXPECT_EQ(world.Tickets("1"), 0u);
    EXPECT_THAT(PlainRollCall(call)[1], HasSubstr("Not all of the list was seen"));
}

TEST(RollCall, WhoSendsTheSamePageForEverIsStopped) {
    World world;
    world.Announce("1");
    world.on_page = [&](std::size_t at) {
        world.http->Answer(at, 200,
                           R"({"items":[)" + World::One("R-9", "AwaitingArrival") +
                               R"(],"next":"https://there/more"})");
        return true;
    };
    const RollCall call = world.Night();
    EXPECT_EQ(world.pages, 2u);
    EXPECT_FALSE(call.complete);
    EXPECT_EQ(call.trouble, "the same page came again");
    EXPECT_EQ(world.Tickets("1"), 0u);
}

TEST(RollCall, WhatWasAnnouncedJustBeforeMayNotBeOnTheListYet) {
    World world;
    world.Announce("1");
    while (world.poller->NextDue() > world.clock.Now() + 10 * kMinute)
        world.clock.MoveTo(world.clock.Monotonic() + kMinute);
    world.Announce("2");
    world.books.erase("R-2");
    const RollCall call = world.Night();
    EXPECT_EQ(call.asked, 1);
    EXPECT_EQ(world.Tickets("2"), 0u);
}

TEST(RollCall, ItsResultOutlivesARestartAndTheNightIsNotCalledTwice) {
    World world;
    for (int i = 1; i <= 3; ++i) world.Announce(std::to_string(i));
    world.books["R-9"] = "AwaitingArrival";
    const RollCall before = world.Night();
    EXPECT_EQ(before.unknown, 1);
    world.Announce("4");  // what is kept rides along with a commit
    world.Again();
    const RollCall after = world.Figures().roll_call;
    EXPECT_EQ(WriteJson(RollCallJson(after)), WriteJson(RollCallJson(before)));
    const std::size_t pages = world.pages;
    world.Live(4 * kHour);
    EXPECT_EQ(world.pages, pages);
}

TEST(RollCall, ADifferenceOutlivesARestart) {
    World world;
    world.Announce("1");
    world.Announce("2");
    world.books.erase("R-2");
    world.Night();
    world.Again();
    EXPECT_EQ(world.Figures().differing, 1) << "the case itself knows";
    world.books["R-2"] = "AwaitingArrival";
    world.Night();
    EXPECT_EQ(world.Figures().differing, 0);
    EXPECT_EQ(world.Cause("2"), "");
}

TEST(RollCall, AStoppedConnectionIsLeftAlone) {
    World world;
    world.Announce("1");
    world.kit->connections->Find("3pl")->stopped = true;
    world.Live(kDay, kHour);
    EXPECT_EQ(world.pages, 0u);
    world.kit->connections->Find("3pl")->stopped = false;
    EXPECT_EQ(world.Night().agreed, 1);
}

// Nothing is known of a list: each open return is asked about once a night.
TEST(RollCall, WhereThereIsNoListEachIsAskedAbout) {
    World world;
    auto files = connectors::ReadFolder("logistics/shipbob");
    const auto drop = [](std::string& text, const std::string& from, const std::string& to) {
        const std::size_t at = text.find(from);
        text.erase(at, text.find(to, at) - at);
    };
    drop(files["connector.json"], "\"return.list\"", "\"return.lookup\"");
    drop(files["contract.json"], "\"return.list\"", "\"return.lookup\"");
    files.erase("list.jq");
    auto connector = connectors::Connector::Load(files);
    ASSERT_TRUE(connector.ok()) << connector.error().text;
    Connection& connection = *world.kit->connections->Find("3pl");
    connectors::Connector* const usual = connection.connector;
    connection.connector = &*connector;
    world.Again();
    for (int i = 1; i <= 3; ++i) world.Announce(std::to_string(i));
    world.books.erase("R-2");
    world.books["R-3"] = "Arrived";
    world.Live(kDay);
    EXPECT_EQ(world.pages, 0u);
    EXPECT_EQ(world.looks, 3u);
    EXPECT_EQ(world.Cause("2"), "unknown_there");
    EXPECT_EQ(world.Tickets("2"), 1u);
    EXPECT_EQ(world.State("3"), ReturnState::kAtPartner) << "healed";
    const RollCall call = world.Figures().roll_call;
    EXPECT_FALSE(call.by_list);
    EXPECT_EQ(call.asked, 3);
    EXPECT_EQ(call.differing, 1);
    world.poller.reset();
    connection.connector = usual;
}

}  // namespace
}  // namespace returns::gateway
