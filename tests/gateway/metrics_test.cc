// What /metrics says: well-formed for any reader of the format, and true of what the lane does.
#include "connectors/crypto.h"
#include "gateway/api.h"
#include "gateway/exposition.h"
#include "tests/gateway/api_world.h"
#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

namespace returns::gateway {
namespace {

using connectors::TransportFailure;
using sim::kDay;
using sim::kHour;
using testing::HasSubstr;
using testing::Not;

struct MetricsWorld {
    explicit MetricsWorld(ConnectionMode mode)
        : lane([mode](ConnectionSettings& each) {
              if (each.name == "psp") each.mode = mode;
          }) {
        settings.shops = {{"main"}};
        settings.keys = {
            {"operator:omar", Role::kOperator, "", "", connectors::Sha256Hex("bhk_omar")}};
        Open();
    }

    void Open() {
        ApiParts parts{*lane.engine, *lane.kit->connections, lane.clock, settings};
        parts.dispatcher = lane.dispatcher.get();
        parts.intake = lane.intake.get();
        parts.publisher = lane.publisher.get();
        parts.timers = lane.timers.get();
        parts.store = [] { return StoreFigures{7, 3, 2, 4096, 512, 1 << 30, {}}; };
        parts.mappings_stopped = [] { return 4; };
        parts.callbacks_queued = [] { return 5; };
        parts.door = [] { return DoorCounters{}; };
        parts.bus_trouble = [] { return std::string(); };
        parts.partitions_stopped = [] { return 0; };
        parts.started_at = lane.clock.Now();
        api = std::make_unique<Api>(std::move(parts));
    }
    void Restart() {
        api.reset();
        lane.Restart();
        Open();
        while (api->Step()) {
        }
    }
    void Due(const std::string& order) {
        lane.PlaceOrder(order);
        lane.ComeBack(order);
    }
    std::string Metrics() {
        DoorRequest request{.method = "GET", .path = "/metrics"};
        request.headers = {{"Authorization", "Bearer bhk_omar"}};
        std::string text;
        api->Handle(std::move(request), [&](DoorReply reply) { text = std::move(reply.body); });
        return text;
    }
    // The value of that sample, -1 when there is none.
    std::int64_t Value(const std::string& sample) {
        const std::string text = "\n" + Metrics();
        const std::size_t at = text.find("\n" + sample + " ");
        return at == std::string::npos ? -1 : std::atoll(text.c_str() + at + sample.size() + 2);
    }

    Settings settings;
    LaneWorld lane;
    std::unique_ptr<Api> api;
};

void ExpectWellFormed(const std::string& text) {
    const std::regex sample(R"(([a-z_]+)((\{([a-z_]+="[^"]*",?)+\})?) (-?[0-9]+(\.[0-9]+)?))");
    std::set<std::string> seen, families;
    std::string family, line;
    for (std::istringstream lines(text); std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) {
            family = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_TRUE(families.insert(family).second) << "twice: " << family;
        }
        if (line.starts_with("#")) continue;
        std::smatch parts;
        ASSERT_TRUE(std::regex_match(line, parts, sample)) << line;
        EXPECT_TRUE(parts[1].str().starts_with(family)) << line << " stands under " << family;
        EXPECT_TRUE(seen.insert(parts[1].str() + parts[2].str()).second) << "twice: " << line;
    }
    EXPECT_GT(families.size(), 50U);
}

TEST(Metrics, AreWellFormedWithEverySampleThereIs) {
    MetricsWorld world(ConnectionMode::kAsk);
    world.Due("1");
    ASSERT_EQ(world.Value("backhaul_cases_held_back{connection=\"psp\",why=\"approval\"}"), 1);
    ExpectWellFormed(world.Metrics());
    EXPECT_EQ(world.Value("backhaul_inputs_parked"), 2);
    EXPECT_GE(world.Value("backhaul_commands_held_back_total{connection=\"psp\",why=\"approval\"}"),
              1);
    EXPECT_GE(world.Value("backhaul_api_answers_total{status=\"200\"}"), 1);
    EXPECT_EQ(world.Value("backhaul_produce_queue_full_total"), 0);
    EXPECT_EQ(world.Value("backhaul_mappings_stopped_total"), 4);
    EXPECT_EQ(world.Value("backhaul_callbacks_queued"), 5);
    EXPECT_EQ(world.Value("backhaul_connection_acts{connection=\"psp\"}"), 1);
    EXPECT_EQ(world.Value("backhaul_timers_held"), 0);
    EXPECT_EQ(world.Value("backhaul_messages_undelivered_total"), 0);
}

TEST(Metrics, AgesCountWhatCouldLeaveAndDidNot) {
    MetricsWorld world(ConnectionMode::kAct);
    const std::string age = "backhaul_oldest_command_age_seconds{connection=\"psp\"}";
    EXPECT_EQ(world.Value(age), 0);
    world.Due("1");
    world.lane.http->Fail(world.lane.http->To("psp", "POST").at(0), TransportFailure::kNotSent);
    world.lane.Step();
    world.lane.Pass(kHour);
    EXPECT_GE(world.Value(age), 3600);
    EXPECT_EQ(world.Value("backhaul_attempts_total{connection=\"psp\",outcome=\"not_done\"}"), 1);
    EXPECT_EQ(world.Value("backhaul_attempts_failed_total{connection=\"psp\",outcome=\"not_done\","
                          "reason=\"unreachable\"}"),
              1);
    EXPECT_EQ(world.Value("backhaul_attempts_started_total{connection=\"psp\"}"), 2);
    EXPECT_EQ(world.Value("backhaul_attempt_duration_seconds_count{connection=\"psp\"}"), 1);
    EXPECT_EQ(world.Value("backhaul_spent_today_minor{connection=\"psp\",currency=\"EUR\"}"), 5000);

    MetricsWorld held(ConnectionMode::kAsk);
    held.Due("1");
    held.lane.Pass(kHour);
    EXPECT_EQ(held.Value(age), 0) << "it waits for a person, not for the partner";
}

TEST(Metrics, ParkedInputIsCountedByWhy) {
    MetricsWorld world(ConnectionMode::kAct);
    world.lane.Put("{\"specversion\":");
    world.lane.Step();
    EXPECT_EQ(world.Value("backhaul_inputs_parked_total{why=\"unmapped\"}"), 1);
    EXPECT_EQ(world.Value("backhaul_inputs_parked_total{why=\"no_case\"}"), 0);
    EXPECT_EQ(world.Value("backhaul_inputs_parked_total{why=\"id_used_before\"}"), 0);
}

TEST(Metrics, MoneyInDoubtIsCountedAndOutlivesARestart) {
    MetricsWorld world(ConnectionMode::kAct);
    world.Due("1");
    EXPECT_EQ(world.Value("backhaul_refunds_in_doubt"), 0);
    world.lane.http->Fail(world.lane.http->To("psp", "POST").at(0), TransportFailure::kMaybeSent);
    world.lane.Step();
    EXPECT_EQ(world.Value("backhaul_refunds_in_doubt"), 1);
    EXPECT_EQ(world.Value("backhaul_in_doubt_minor{currency=\"EUR\"}"), 5000);
    EXPECT_EQ(world.Value("backhaul_cases_stalled"), 0) << "in doubt is not yet standing still";
    world.Restart();
    EXPECT_EQ(world.Value("backhaul_refunds_in_doubt"), 1);
}

TEST(Metrics, StallsTellTheirAgeTheirMoneyAndTheirLegalDate) {
    MetricsWorld world(ConnectionMode::kAsk);
    world.lane.PlaceOrder("1");
    world.lane.Tell("return.requested", "1",
                    R"({"return_id":"R-1","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
                    R"("resolution":"refund","statutory":true})");
    world.lane.ComeBack("1");
    EXPECT_EQ(world.Value("backhaul_oldest_stall_age_seconds"), 0);
    bool near = false;
    for (int day = 0; day < 40 && world.Value("backhaul_legal_dates_missed") == 0; ++day) {
        world.lane.Pass(kDay);
        near = near || world.Value("backhaul_legal_dates_near") == 1;
    }
    EXPECT_TRUE(near) << "the date came without a word before it";
    EXPECT_EQ(world.Value("backhaul_legal_dates_missed"), 1);
    EXPECT_EQ(world.Value("backhaul_legal_dates_near"), 0);
    EXPECT_EQ(world.Value("backhaul_stalled_minor{currency=\"EUR\"}"), 5000);
    EXPECT_GE(world.Value("backhaul_oldest_stall_age_seconds"), 3600);
}

TEST(Metrics, UndeliveredMessagesAreCounted) {
    MetricsWorld world(ConnectionMode::kObserve);
    for (const bool delivers : {true, false}) {
        world.lane.bus.delivers = delivers;
        ASSERT_TRUE(world.lane.publisher->Produce("shop.refunds", "1", {}, "{}", [](bool) {}));
        world.lane.publisher->Step();
    }
    EXPECT_EQ(world.Value("backhaul_messages_undelivered_total"), 1);
}

TEST(Exposition, HistogramsAreCumulativeAndNamesEscaped) {
    Histogram took;
    took.Observe(0.004);
    took.Observe(60);
    Exposition out;
    out.Begin("x_seconds", "histogram", "How long.");
    out.Add(took, {{"name", "a\"b\\c\nd"}});
    const std::string text = out.Take();
    const std::string name = R"({name="a\"b\\c d")";
    EXPECT_THAT(text, HasSubstr("x_seconds_bucket" + name + ",le=\"0.0025\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("x_seconds_bucket" + name + ",le=\"0.005\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("x_seconds_bucket" + name + ",le=\"30\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("x_seconds_bucket" + name + ",le=\"+Inf\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("x_seconds_sum" + name + "} 60.004000\n"));
    EXPECT_THAT(text, HasSubstr("x_seconds_count" + name + "} 2\n"));
}

}  // namespace
}  // namespace returns::gateway
