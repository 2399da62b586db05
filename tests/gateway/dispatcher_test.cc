// What may leave, when, how often and under which key: modes, caps, limits, breaker, back-off,
// doubt and drain, through the real engine and the real payment connector.
#include "gateway/definitions.h"
#include "gateway/lane_parts.h"
#include "tests/gateway/lane_world.h"
#include "tests/sim/sim_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using connectors::TransportFailure;
using testing::HasSubstr;

using sim::kDay;
using sim::kHour;
using sim::kMinute;

constexpr Millis kSecond{1000};
const std::string kPay = "POST /v1/refunds", kLook = "GET /v1/refunds";

LaneWorld::Change ForMoney(const LaneWorld::Change& change) {
    return [change](ConnectionSettings& settings) {
        if (settings.name == "psp") change(settings);
    };
}

std::string KeyOf(const HttpCall& call) {
    return std::string(connectors::FindHeader(call.request.headers, "Idempotency-Key"));
}

std::size_t Payments(const LaneWorld& world) { return world.http->To("psp", kPay).size(); }

std::string Paid(const HttpCall& call, const std::string& id = "re_1") {
    const std::map<std::string, std::string> form = sim::ReadForm(call.request.body);
    return R"({"id":")" + id + R"(","object":"refund","amount":)" + form.at("amount") +
           R"(,"currency":"eur","created":1772442000,"payment_intent":")" +
           form.at("payment_intent") + R"(","metadata":{"reference":")" +
           form.at("metadata[reference]") + R"("},"status":"succeeded"})";
}

void Due(LaneWorld& world, int cases) {
    for (int i = 1; i <= cases; ++i) {
        world.PlaceOrder(std::to_string(i));
        world.ComeBack(std::to_string(i));
        ASSERT_EQ(world.Subject(std::to_string(i)).legs.size(), 1u) << i;
    }
}

RefundState StateOf(LaneWorld& world, const std::string& order = "1") {
    return world.Subject(order).legs.at(0).state;
}

TEST(Dispatcher, WhatLeavesIsInTheDatabaseFirst) {
    LaneWorld world;
    std::size_t sent_before = 0;
    bool started = false;
    world.store->after_commit = [&](const Batch& batch) {
        for (const CaseChange& change : batch.changes) {
            if (change.row.body.find("attempt.started") == std::string::npos) continue;
            if (change.row.body.find("READY") == std::string::npos) continue;
            started = true;
            sent_before = Payments(world);
        }
    };
    Due(world, 1);
    EXPECT_TRUE(started);
    EXPECT_EQ(sent_before, 0u);
    ASSERT_EQ(Payments(world), 1u);
    EXPECT_EQ(StateOf(world), RefundState::kSubmitting);
    const std::string key = KeyOf(world.http->calls.at(world.http->To("psp", kPay).at(0)));
    EXPECT_EQ(key, MintKey("the deployment secret of simulated worlds", 1, {"main", "1"},
                           world.Subject("1").commands.back().number));
    EXPECT_LE(key.size(), 45u);
    EXPECT_EQ(key.find(':'), std::string::npos);
}

TEST(Dispatcher, OnlyActSends) {
    for (const ConnectionMode mode : {ConnectionMode::kObserve, ConnectionMode::kAsk}) {
        LaneWorld world(ForMoney([mode](ConnectionSettings& psp) { psp.mode = mode; }));
        Due(world, 1);
        world.Pass(kHour);
        EXPECT_EQ(Payments(world), 0u);
        EXPECT_EQ(StateOf(world), RefundState::kReady);
    }
}

TEST(Dispatcher, ADisputeThatComesFirstWins) {
    LaneWorld world(ForMoney([](ConnectionSettings& psp) { psp.call_cap_minor = 0; }));
    Due(world, 1);
    world.Tell("dispute.opened", "1",
               R"({"currency":"EUR","amount_minor":10000,"tender_id":"T1"})");
    world.kit->connections->Find("psp")->settings.call_cap_minor = 1'000'000;
    world.Pass(kHour);
    EXPECT_EQ(Payments(world), 0u);
    EXPECT_NE(StateOf(world), RefundState::kSubmitting);
}

// The attempt was on its way to the door when the dispute was ahead of it in the queue.
TEST(Dispatcher, WhatTheDoorRefusesIsNotSent) {
    LaneWorld world(ForMoney([](ConnectionSettings& psp) { psp.call_cap_minor = 0; }));
    Due(world, 1);
    world.kit->connections->Find("psp")->settings.call_cap_minor = 1'000'000;
    world.clock.MoveTo(world.clock.Monotonic() + kHour);
    Input dispute;
    dispute.event.type = EventType::kDisputeOpened;
    dispute.event.key = {"main", "1"};
    dispute.event.source = "test";
    dispute.event.source_id = "d";
    dispute.event.data.currency = "EUR";
    dispute.event.data.amount_minor = 10000;
    dispute.event.data.tender_id = "T1";
    ASSERT_TRUE(world.engine->Submit(std::move(dispute)));
    ASSERT_TRUE(world.dispatcher->Step());
    EXPECT_GE(world.engine->queued(), 2u) << "the attempt waits behind it";
    world.Step();
    EXPECT_EQ(Payments(world), 0u);
    EXPECT_GE(world.dispatcher->counters().withdrawn, 1);
}

TEST(Dispatcher, CapsHoldMoneyBackPerCallPerDayAndCurrency) {
    LaneWorld large(ForMoney([](ConnectionSettings& psp) { psp.call_cap_minor = 4999; }));
    Due(large, 1);
    large.Pass(2 * kMinute);
    EXPECT_EQ(Payments(large), 0u);
    EXPECT_GT(large.dispatcher->counters().held_back, 0);
    large.kit->connections->Find("psp")->settings.call_cap_minor = 5000;
    large.Pass(2 * kMinute);
    EXPECT_EQ(Payments(large), 1u);

    LaneWorld daily(ForMoney([](ConnectionSettings& psp) { psp.daily_cap_minor = 10000; }));
    Due(daily, 3);  // 50.00 each
    EXPECT_EQ(Payments(daily), 2u);
    for (const std::size_t at : daily.http->To("psp", kPay))
        daily.http->Answer(at, 200, Paid(daily.http->calls[at], "re_" + std::to_string(at)));
    daily.Pass(kHour);
    EXPECT_EQ(Payments(daily), 2u);
    daily.Pass(kDay);
    EXPECT_EQ(Payments(daily), 3u);

    LaneWorld pounds(ForMoney([](ConnectionSettings& psp) { psp.cap_currency = "GBP"; }));
    Due(pounds, 1);
    pounds.Pass(kHour);
    EXPECT_EQ(Payments(pounds), 0u);
}

TEST(Dispatcher, SoManyAtOnceAndNoMore) {
    LaneWorld world(ForMoney([](ConnectionSettings& psp) { psp.in_flight_max = 2; }));
    Due(world, 3);
    ASSERT_EQ(Payments(world), 2u);
    const std::size_t first = world.http->To("psp", kPay).at(0);
    world.http->Answer(first, 200, Paid(world.http->calls[first]));
    world.Step();
    EXPECT_EQ(Payments(world), 3u);
    EXPECT_EQ(StateOf(world), RefundState::kSettled);
}

// How many of so many returns the partner has taken after a minute in which it answers within a
// second, while the payment provider never does, or does.
std::size_t TakenInAMinute(bool provider_answers) {
    LaneWorld world([](ConnectionSettings& settings) { settings.rate_per_minute = 0; });
    for (int i = 1; i <= 40; ++i) {
        const std::string order = std::to_string(i);
        world.PlaceOrder(order);
        if (i % 2 == 0) world.ComeBack(order);
    }
    std::size_t answered = 0;
    std::set<std::size_t> seen;
    for (int second = 0; second < 60; ++second) {
        const std::string order = std::to_string(2 * second % 40 + 1);
        world.Tell("return.requested", order,
                   R"({"return_id":"N-)" + std::to_string(second) +
                       R"(","lines":[{"id":"A","quantity":1}],"resolution":"refund"})");
        world.Step();
        for (const std::size_t at : world.http->To("3pl", "POST /")) {
            if (!seen.insert(at).second) continue;
            world.http->Answer(
                at, 201,
                R"({"id":)" + std::to_string(1000 + at) + R"(,"status":"AwaitingArrival"})");
            ++answered;
        }
        for (const std::size_t at : world.http->To("psp", kPay))
            if (provider_answers && seen.insert(at).second)
                world.http->Answer(at, 200,
                                   Paid(world.http->calls[at], "re_" + std::to_string(at)));
        world.Pass(kSecond);
    }
    return answered;
}

TEST(Dispatcher, AStuckPartnerLeavesTheOthersTheirRate) {
    const std::size_t together = TakenInAMinute(true), stuck = TakenInAMinute(false);
    EXPECT_GT(together, 30u);
    EXPECT_GE(stuck * 100, together * 95);
}

TEST(Dispatcher, EachConnectionHasRoomForAllItsCalls) {
    Settings settings;
    settings.connections.resize(3);
    settings.connections[0].in_flight_max = 40;
    settings.connections[1].in_flight_max = 4;
    settings.connections[2].in_flight_max = 4;
    EXPECT_GE(CallsAtOnce(settings), 48);
    settings.client_workers = 16;
    EXPECT_EQ(CallsAtOnce(settings), 16);
}

TEST(Dispatcher, TokensComeBackWithTime) {
    LaneWorld world(ForMoney([](ConnectionSettings& psp) {
        psp.rate_per_minute = 6;
        psp.burst = 1;
    }));
    Due(world, 2);
    EXPECT_EQ(Payments(world), 1u);
    world.Pass(9 * kSecond);
    EXPECT_EQ(Payments(world), 1u);
    world.Pass(2 * kSecond);
    EXPECT_EQ(Payments(world), 2u);
}

// Certainly not done: the same key goes again, later and later.
TEST(Dispatcher, BacksOffAndKeepsTheKey) {
    LaneWorld world(ForMoney([](ConnectionSettings& psp) { psp.breaker_failures = 100; }));
    Due(world, 1);
    const workflows::Policy& policy = world.kit->rules.policy;
    const Instant zero{};
    Millis wait = Add(zero, policy.dispatch_retry) - zero;
    ASSERT_GT(Add(zero, policy.dispatch_retry_max) - zero, 2 * wait);
    for (std::size_t attempt = 1; attempt <= 2; ++attempt) {
        ASSERT_EQ(Payments(world), attempt);
        world.http->Fail(world.http->To("psp", kPay).back(), TransportFailure::kNotSent);
        world.Step();
        EXPECT_EQ(StateOf(world), RefundState::kReady);
        world.Pass(wait - kSecond);
        EXPECT_EQ(Payments(world), attempt) << "too early";
        world.Pass(2 * kSecond);
        EXPECT_EQ(Payments(world), attempt + 1) << "too late";
        wait *= 2;
    }
    const std::vector<std::size_t> sent = world.http->To("psp", kPay);
    EXPECT_EQ(KeyOf(world.http->calls[sent[0]]), KeyOf(world.http->calls[sent[2]]));
    EXPECT_EQ(world.dispatcher->counters().not_done, 2);
}

TEST(Dispatcher, WaitsAsLongAsItIsTold) {
    LaneWorld world;
    Due(world, 1);
    world.http->Answer(world.http->To("psp", kPay).at(0), 429, "{}", {{"Retry-After", "7200"}});
    world.Step();
    world.Pass(2 * kHour - kMinute);
    EXPECT_EQ(Payments(world), 1u);
    world.Pass(2 * kMinute);
    EXPECT_EQ(Payments(world), 2u);
}

TEST(Dispatcher, TheBreakerOpensAndOneTrialClosesIt) {
    LaneWorld world([](ConnectionSettings& settings) {
        settings.breaker_failures = 2;
        settings.in_flight_max = settings.name == "psp" ? 2 : 100;
        settings.breaker_open_seconds = 3600;
    });
    Due(world, 4);
    ASSERT_EQ(Payments(world), 2u);
    for (const std::size_t at : world.http->To("psp", kPay))
        world.http->Fail(at, TransportFailure::kNotSent);
    world.Step();
    EXPECT_EQ(world.dispatcher->counters().breaker_opened, 1);
    world.Pass(59 * kMinute);
    EXPECT_EQ(Payments(world), 2u);
    // Another partner is not concerned.
    const std::size_t others = world.http->To("3pl", "").size();
    world.PlaceOrder("9");
    world.Tell("return.requested", "9",
               R"({"return_id":"R-9","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
               R"("resolution":"refund","statutory":false})");
    EXPECT_GT(world.http->To("3pl", "").size(), others);
    world.Pass(17 * kMinute);  // and up to a quarter of jitter
    ASSERT_EQ(Payments(world), 3u) << "one trial";
    const std::size_t trial = world.http->To("psp", kPay).back();
    world.http->Answer(trial, 200, Paid(world.http->calls[trial]));
    world.Step();
    EXPECT_EQ(Payments(world), 5u) << "closed again, two at once";
}

// An answer cut in the middle says nothing of what was done: asked, never sent again blindly.
TEST(Dispatcher, AnAnswerCutInTheMiddleIsInDoubtAndLookedUp) {
    struct Doubt {
        const char* what;
        std::function<void(LaneWorld&, std::size_t)> happens;
    };
    const std::vector<Doubt> doubts = {
        {"cut",
         [](LaneWorld& world, std::size_t at) {
             world.http->Answer(at, 200, Paid(world.http->calls[at]).substr(0, 40), {}, false);
         }},
        {"cut, and what came could be read",
         [](LaneWorld& world, std::size_t at) {
             world.http->Answer(at, 200, Paid(world.http->calls[at]), {}, false);
         }},
        {"whole and not JSON",
         [](LaneWorld& world, std::size_t at) { world.http->Answer(at, 200, "<html>"); }},
        {"their fault",
         [](LaneWorld& world, std::size_t at) { world.http->Answer(at, 500, "{}"); }},
        {"reset after the first byte",
         [](LaneWorld& world, std::size_t at) {
             world.http->Fail(at, TransportFailure::kMaybeSent);
         }},
    };
    for (const Doubt& doubt : doubts) {
        SCOPED_TRACE(doubt.what);
        LaneWorld world;
        Due(world, 1);
        const std::size_t first = world.http->To("psp", kPay).at(0);
        doubt.happens(world, first);
        world.Step();
        EXPECT_EQ(StateOf(world), RefundState::kUnknown);
        EXPECT_EQ(world.dispatcher->counters().in_doubt, 1);
        world.Pass(kHour);
        EXPECT_EQ(Payments(world), 1u);
        const std::vector<std::size_t> looks = world.http->To("psp", kLook);
        ASSERT_GE(looks.size(), 1u);
        world.http->Answer(looks.back(), 200,
                           R"({"object":"list","has_more":false,"data":[)" +
                               Paid(world.http->calls[first]) + "]}");
        world.Pass(kMinute);
        EXPECT_EQ(StateOf(world), RefundState::kSettled);
        EXPECT_EQ(Payments(world), 1u);
    }
}

TEST(Dispatcher, OneCommandAfterTheOtherPerCase) {
    LaneWorld world;
    world.PlaceOrder("1");
    for (const std::string id : {"R-a", "R-b"})
        world.Tell("return.requested", "1",
                   R"({"return_id":")" + id +
                       R"(","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
                       R"("resolution":"refund","statutory":false})");
    std::vector<std::size_t> sent = world.http->To("3pl", "POST");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_THAT(world.http->calls[sent[0]].request.body, HasSubstr("R-a"));
    world.http->Answer(sent[0], 400, R"({"error":"no"})");
    world.Step();
    sent = world.http->To("3pl", "POST");
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_THAT(world.http->calls[sent[1]].request.body, HasSubstr("R-b"));
}

TEST(Dispatcher, DrainingStartsNothingAndHearsOutWhatIsUnderWay) {
    LaneWorld world(ForMoney([](ConnectionSettings& psp) { psp.in_flight_max = 1; }));
    Due(world, 2);
    ASSERT_EQ(Payments(world), 1u);
    world.dispatcher->Drain();
    EXPECT_GT(world.dispatcher->in_flight(), 0u);
    const std::size_t first = world.http->To("psp", kPay).at(0);
    world.http->Answer(first, 200, Paid(world.http->calls[first]));
    for (const std::size_t at : world.http->To("3pl", ""))
        world.http->Fail(at, TransportFailure::kNotSent);
    world.Step();
    EXPECT_EQ(world.dispatcher->in_flight(), 0u);
    EXPECT_EQ(StateOf(world), RefundState::kSettled);
    EXPECT_EQ(Payments(world), 1u);
    EXPECT_EQ(StateOf(world, "2"), RefundState::kReady);
}

// A crash while an attempt is under way: nothing is sent again before it is cleared up.
TEST(Dispatcher, AfterACrashTheAttemptUnderWayIsInDoubt) {
    LaneWorld world;
    Due(world, 1);
    const HttpCall before = world.http->calls.at(world.http->To("psp", kPay).at(0));
    world.Restart();
    world.Step();
    EXPECT_EQ(Payments(world), 0u);
    world.Pass(kDay);
    EXPECT_GE(world.http->To("psp", kLook).size(), 1u);
    EXPECT_EQ(Payments(world), 0u);
    world.http->Answer(world.http->To("psp", kLook).back(), 200,
                       R"({"object":"list","has_more":false,"data":[]})");
    world.Pass(kHour);
    const std::vector<std::size_t> again = world.http->To("psp", kPay);
    for (const std::size_t at : again) EXPECT_EQ(KeyOf(world.http->calls[at]), KeyOf(before));
}

}  // namespace
}  // namespace returns::gateway
