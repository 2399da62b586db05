// The Kafka door: what a topic may bring, through the real connectors and the real engine. Nothing
// stops a partition, nothing is lost, poison is told on returns.rejected with its bytes.
#include "connectors/crypto.h"
#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;

std::string Event(const std::string& type, const std::string& id, const std::string& data,
                  const std::string& order = "1") {
    return R"({"specversion":"1.0","source":"/shop","id":")" + id + R"(","type":")" + type +
           R"(","subject":")" + order + R"(","data":)" + data + "}";
}

std::string Header(const BusRecord& record, const std::string& name) {
    for (const auto& [key, value] : record.headers)
        if (key == name) return value;
    return "";
}

std::string Nested(int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
}

struct Poison {
    const char* name;
    std::string topic, value, says;
};

std::string Priced(const std::string& amount, const std::string& currency) {
    return Event("order.placed", "p1",
                 R"({"lines":[{"id":"A","sku":"X","quantity":1,"unit_price_minor":)" + amount +
                     R"(}],"currency":")" + currency + R"("})");
}

std::vector<Poison> Poisons() {
    const std::string own = "shop.events", foreign = "shop.foreign";
    const std::string captured = R"({"currency":"EUR","tender":{"id":"T","kind":"card",)";
    return {
        {"BrokenJson", own, R"({"specversion":"1.0","id":)", "reading"},
        {"Empty", own, "", "reading"},
        {"NotUtf8", own, "{\"id\":\"\xff\"}", "encoding"},
        {"NulByte", own, std::string("{\"id\":\"a\0b\"}", 12), "reading"},
        {"EscapedNul", own, R"({"id":"a\u0000b"})", "NUL"},
        {"DuplicateKey", own, R"({"id":"1","id":"2"})", "twice"},
        {"DepthBomb", own, Event("order.delivered", "p1", Nested(40)), "32"},
        {"NoObject", own, "7", "object"},
        {"WrongType", own, Event("order.delivered", "p1", "7"), "data"},
        {"WrongTypeInside", own, Event("order.placed", "p1", R"({"lines":{},"currency":"EUR"})"),
         "lines"},
        {"UnknownEventType", own, Event("order.exploded", "p1", "{}"), "order.exploded"},
        {"OursAlone", own, Event("timer.fired", "p1", "{}"), "timer.fired"},
        {"APersons", own, Event("action.approve", "p1", R"({"return_id":"R-1","by":"x"})"),
         "action"},
        {"UnknownCurrency", own, Priced("1", "XXQ"), "currency"},
        {"NegativeMoney", own, Priced("-1", "EUR"), "unit_price_minor"},
        {"OverflowingMoney", own, Priced("99999999999999999999", "EUR"), "unit_price_minor"},
        {"MoneyWithAFraction", own, Priced("1.5", "EUR"), "unit_price_minor"},
        {"NegativeCapture", own, Event("order.captured", "p1", captured + R"("amount_minor":-5}})"),
         "amount_minor"},
        {"ForeignBrokenJson", foreign, R"({"msg":"m-1")", "reading"},
        {"ForeignNoObject", foreign, "[]", ""},
        {"ForeignMappingError", foreign,
         R"({"msg":"m","at":"2026-02-14T09:30:00Z","kind":"RMA","rma":{"no":"R","order":"1",)"
         R"("state":"NEW","items":7}})",
         ""},
        {"ForeignNegativeMoney", foreign,
         R"({"msg":"m","at":"2026-02-14T09:30:00Z","kind":"REFUND","refund":{"no":"x",)"
         R"("order":"1","cur":"EUR","sum":-3}})",
         "amount"},
        {"ForeignUnknownCurrency", foreign,
         R"({"msg":"m","at":"2026-02-14T09:30:00Z","kind":"REFUND","refund":{"no":"x",)"
         R"("order":"1","cur":"XXQ","sum":3}})",
         "currency"},
    };
}

void PrintTo(const Poison& poison, std::ostream* out) { *out << poison.name; }

class PoisonRecord : public testing::TestWithParam<Poison> {};

TEST_P(PoisonRecord, IsKeptToldAndDoesNotStopThePartition) {
    const Poison& poison = GetParam();
    LaneWorld world;
    world.Put(poison.value, poison.topic);
    world.Put(Event("order.delivered", "good", "{}", "after"));
    world.Step();
    ASSERT_EQ(world.database.parked.size(), 1u);
    const ParkedInput& parked = world.database.parked.begin()->second;
    EXPECT_EQ(parked.raw, poison.value);
    EXPECT_THAT(parked.reason, HasSubstr(poison.says));
    EXPECT_NE(parked.reason, "");
    EXPECT_EQ(parked.source, "kafka:" + poison.topic);
    ASSERT_EQ(world.Rejected().size(), 1u);
    const BusRecord told = world.Rejected().front();
    EXPECT_EQ(*told.value, poison.value);
    EXPECT_EQ(Header(told, "backhaul_reason"), parked.reason);
    EXPECT_EQ(Header(told, "backhaul_source"), "kafka:" + poison.topic);
    EXPECT_EQ(world.database.cases.count({"main", "1"}), 0u);
    EXPECT_EQ(world.database.cases.count({"main", "after"}), 1u);
    EXPECT_EQ(world.database.journal.size(), 1u);
    const bool own = poison.topic == "shop.events";
    EXPECT_EQ(world.Offset("shop.events"), own ? 2 : 1);
    EXPECT_EQ(world.Offset("shop.foreign"), own ? 0 : 1);
    // Told once, also after a restart and when the broker brings it again.
    world.Restart();
    world.bus.position = 0;
    world.Step();
    EXPECT_EQ(world.database.parked.size(), 1u);
    EXPECT_EQ(world.Rejected().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Kafka, PoisonRecord, testing::ValuesIn(Poisons()),
                         [](const auto& about) { return std::string(about.param.name); });

TEST(Intake, TenMegabytesArePointedAtNotSentOn) {
    LaneWorld world;
    world.message_bytes_max = 11 << 20;
    world.Restart();
    const std::string large = "{\"x\":\"" + std::string(10 << 20, 'x') + "\"}";
    world.Put(large);
    world.Step();
    world.message_bytes_max = 1 << 20;
    world.Restart();
    const std::string larger = large + " ";
    world.Put(larger);
    world.Put(Event("order.delivered", "good", "{}", "after"));
    world.Step();
    ASSERT_EQ(world.database.parked.size(), 2u);
    EXPECT_THAT(world.database.parked.rbegin()->second.reason, HasSubstr("message_bytes_max"));
    EXPECT_EQ(world.database.parked.rbegin()->second.raw, larger);
    ASSERT_EQ(world.Rejected().size(), 2u);
    const BusRecord told = world.Rejected().back();
    EXPECT_EQ(*told.value, "");
    EXPECT_EQ(Header(told, "backhaul_bytes"), std::to_string(larger.size()));
    EXPECT_EQ(Header(told, "backhaul_sha256"), connectors::Sha256Hex(larger));
    EXPECT_EQ(world.database.cases.count({"main", "after"}), 1u);
    EXPECT_EQ(world.Offset(), 3);
}

TEST(Intake, TombstonesAreRejectedAndPassed) {
    LaneWorld world;
    world.Put(std::nullopt);
    world.Put(std::nullopt, "shop.foreign");
    world.Step();
    EXPECT_EQ(world.intake->counters().tombstones, 2);
    EXPECT_TRUE(world.database.journal.empty());
    ASSERT_EQ(world.Rejected().size(), 2u);
    EXPECT_EQ(Header(world.Rejected()[0], "backhaul_tombstone"), "true");
    EXPECT_THAT(Header(world.Rejected()[1], "backhaul_reason"), HasSubstr("tombstone"));
    EXPECT_EQ(world.Offset(), 1);
    EXPECT_EQ(world.Offset("shop.foreign"), 1);
}

std::string LastVerdict(const LaneWorld& world) {
    const auto json = ParseJson(world.database.journal.back().body);
    return json.ok() ? (*json)["verdict"].AsString() : "";
}

// What is sound and against the case: on the timeline with the reason, and nothing moves.
TEST(Intake, WhatIsAgainstTheCaseIsRefusedAndKept) {
    const std::string back = R"("resolution":"refund","statutory":false})";
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"never bought", R"({"return_id":"R-2","lines":[{"id":"Z","quantity":1}],)" + back},
        {"more than bought", R"({"return_id":"R-2","lines":[{"id":"A","quantity":3}],)" + back},
        {"already returned", R"({"return_id":"R-2","lines":[{"id":"A","quantity":2}],)" + back},
    };
    for (const auto& [what, data] : rows) {
        SCOPED_TRACE(what);
        LaneWorld world;
        world.PlaceOrder("1");
        world.Tell("return.requested", "1",
                   R"({"return_id":"R-1","lines":[{"id":"A","quantity":1}],)" + back);
        const Case before = world.Subject("1");
        const std::size_t rows_before = world.database.journal.size();
        world.Tell("return.requested", "1", data, "wrong");
        EXPECT_EQ(world.database.journal.size(), rows_before + 1);
        EXPECT_EQ(LastVerdict(world), "refused");
        EXPECT_EQ(world.Subject("1").slices, before.slices);
        EXPECT_EQ(world.Subject("1").returns, before.returns);
        EXPECT_TRUE(world.database.parked.empty());
    }
}

// More given back than was ever taken: never paid on top of it, and a person is told.
TEST(Intake, ARefundAboveWhatWasCapturedPaysNothingMore) {
    LaneWorld world;
    world.PlaceOrder("1");
    world.Tell("refund.settled", "1",
               R"({"currency":"EUR","amount_minor":20000,"tender_id":"T1",)"
               R"("their_reference":"by hand"})");
    world.ComeBack("1");
    world.Pass(sim::kDay);
    EXPECT_TRUE(world.http->To("psp", "POST").empty());
    EXPECT_FALSE(world.Subject("1").tickets.empty());
}

TEST(Intake, ARepeatChangesNothingAndAnotherBodyIsNotTaken) {
    LaneWorld world;
    world.PlaceOrder("1");
    world.Tell("return.cancelled", "1", R"({"return_id":"R-1","reason":"x"})", "same");
    const std::vector<JournalRow> before = world.Journal();
    world.Tell("return.cancelled", "1", R"({"return_id":"R-1","reason":"x"})", "same");
    EXPECT_EQ(world.engine->counters().repeated, 1);
    world.Tell("return.cancelled", "1", R"({"return_id":"R-1","reason":"y"})", "same");
    EXPECT_EQ(world.engine->counters().conflicting, 1);
    EXPECT_EQ(world.database.journal.size(), before.size());
    EXPECT_EQ(world.Offset(), 6);
    // Nobody can be told but the readers of the rejected topic: kept, and told once.
    ASSERT_EQ(world.database.parked.size(), 1u);
    EXPECT_EQ(world.database.parked.begin()->second.raw, *world.bus.topic.back().value);
    ASSERT_EQ(world.Rejected().size(), 1u);
    EXPECT_EQ(world.Rejected()[0].value, world.bus.topic.back().value);
    EXPECT_THAT(Header(world.Rejected()[0], "backhaul_reason"), HasSubstr("another body"));
    world.Restart();
    world.bus.position = 0;
    world.Step();
    EXPECT_EQ(world.database.parked.size(), 1u);
    EXPECT_EQ(world.Rejected().size(), 1u);
}

// Nobody is answered on a topic: the body that was not taken is told where rejected ones are.
TEST(Intake, AnotherBodyUnderAUsedIdIsRejectedWithItsBytes) {
    LaneWorld world;
    world.PlaceOrder("1");
    const std::string other = Event("order.delivered", "t1", "{}");
    world.Put(other);
    world.Step();
    EXPECT_EQ(world.intake->counters().reused_ids, 1);
    ASSERT_EQ(world.Rejected().size(), 1u);
    EXPECT_EQ(*world.Rejected()[0].value, other);
    EXPECT_THAT(Header(world.Rejected()[0], "backhaul_reason"), HasSubstr("used before"));
    EXPECT_EQ(world.Offset(), 4);
}

TEST(Intake, RejectedRecordsKeepTheirKeyAndHeaders) {
    LaneWorld world;
    const std::string odd("\xff\0", 2);
    world.bus.topic.push_back(
        {"shop.events", 0, 0, "k-\xff", "{", {{"origin", "oms"}, {"odd", odd}, {"origin", "two"}}});
    world.Step();
    ASSERT_EQ(world.Rejected().size(), 1u);
    const BusRecord told = world.Rejected()[0];
    EXPECT_EQ(told.key, "k-\xff");
    ASSERT_GE(told.headers.size(), 3u);
    EXPECT_EQ(told.headers[0], std::pair(std::string("origin"), std::string("oms")));
    EXPECT_EQ(told.headers[1].second, odd);
    EXPECT_EQ(told.headers[2].second, "two");
    EXPECT_EQ(Header(told, "backhaul_source_id").rfind("0/0/", 0), 0u);
}

// A topic that was deleted and made again counts from nought: other bytes at the same place.
TEST(Intake, ATopicMadeAnewLosesNothingToItsOldPlaces) {
    LaneWorld world;
    world.Put("first");
    world.Step();
    world.bus.topic.clear();
    world.database.offsets.clear();
    world.Restart();
    world.Put("second");
    world.Step();
    EXPECT_EQ(world.database.parked.size(), 2u);
}

TEST(Intake, AnEventBeforeItsOrderIsPlayedWhenTheOrderComes) {
    LaneWorld world;
    world.ComeBack("1");
    EXPECT_TRUE(world.Subject("1").slices.empty());
    EXPECT_TRUE(world.database.parked.empty());
    EXPECT_TRUE(world.Rejected().empty());
    world.PlaceOrder("1");
    ASSERT_EQ(world.Subject("1").slices.size(), 1u);
    EXPECT_EQ(world.Subject("1").slices[0].state, ReturnState::kAccepted);
    EXPECT_EQ(world.Subject("1").legs.size(), 1u);
}

// One foreign record, three events: its offset stands until all three have committed.
TEST(Intake, AnOffsetIsNeverAheadOfWhatItStandsFor) {
    const std::string order =
        R"({"msg":"m-1","at":"2026-02-14T09:30:00+01:00","kind":"ORDER","order":{"no":"1",)"
        R"("state":"OPEN","cur":"EUR","law":"EU","freight":4.95,"buyer":{"name":"B","mail":"b@x"},)"
        R"("pos":[{"nr":1,"art":"TEE","qty":2,"gross":19.9,"vat":6.35,"rate":0.19}],)"
        R"("pay":[{"nr":1,"type":"GIFT","paid":10.0},{"nr":2,"type":"GIFT","paid":34.75}]}})";
    for (std::size_t crash_at = 0; crash_at < 12; ++crash_at) {
        SCOPED_TRACE(crash_at);
        EngineOptions options;
        options.batch_max = 2;  // so that a record's events go into different commits
        LaneWorld world({}, options);
        std::size_t commits = 0;
        const auto watch = [&] {
            world.store->before_commit = [&](const Batch& batch) {
                for (const TopicOffset& offset : batch.offsets)
                    EXPECT_GE(world.database.journal.size(), offset.next > 0 ? 3u : 0u);
                return commits++ == crash_at ? sim::CommitFault::kFail : sim::CommitFault::kNone;
            };
        };
        watch();
        world.Put(order, "shop.foreign");
        world.Step();
        world.Restart();
        watch();
        world.Step();
        EXPECT_EQ(world.Offset("shop.foreign"), 1);
        EXPECT_EQ(world.database.journal.size(), 3u);
        EXPECT_EQ(world.Subject("1").tenders.size(), 2u);
    }
}

TEST(Intake, AnOffsetIsNeverAheadOfRecordsStillOpen) {
    EngineOptions options;
    options.batch_max = 2;
    LaneWorld world({}, options);
    int commits = 0;
    world.store->before_commit = [&](const Batch& batch) {
        ++commits;
        for (const TopicOffset& offset : batch.offsets)
            EXPECT_LE(offset.next, static_cast<std::int64_t>(world.database.journal.size()));
        return commits == 3 ? sim::CommitFault::kFail : sim::CommitFault::kNone;
    };
    for (int i = 0; i < 9; ++i)
        world.Put(Event("order.delivered", "e" + std::to_string(i), "{}", std::to_string(i)));
    world.Step();
    EXPECT_EQ(world.database.journal.size(), 4u);
    world.Restart();
    world.Step();
    EXPECT_EQ(world.database.journal.size(), 9u);
    EXPECT_EQ(world.Offset(), 9);
}

TEST(Intake, AFullEngineLosesNothing) {
    EngineOptions options;
    options.queue_max = 50;
    LaneWorld world({}, options);
    for (int i = 0; i < 600; ++i)
        world.Put(Event("order.delivered", "e" + std::to_string(i), "{}", std::to_string(i)));
    world.Step();
    EXPECT_EQ(world.database.journal.size(), 600u);
    EXPECT_EQ(world.Offset(), 600);
}

// What waits in a topic waits there: in our queue it would stand in the way of callers.
TEST(Intake, TakesNoMoreThanTheLaneHasWorkFor) {
    LaneWorld world;
    for (int i = 0; i < 3000; ++i)
        world.Put(Event("order.delivered", "e" + std::to_string(i), "{}", std::to_string(i)));
    for (int i = 0; i < 50; ++i) world.intake->Step();
    EXPECT_GE(world.engine->queued(), 1000u);
    EXPECT_LE(world.engine->queued(), 1050u);
    EXPECT_FALSE(world.bus.paused);
    world.Step();
    EXPECT_EQ(world.Offset(), 3000);
}

TEST(Intake, PausesTheTopicsWhileOthersFillTheQueue) {
    LaneWorld world;
    for (int i = 0; i <= 5000; ++i) {
        Input input;
        input.event.type = EventType::kOrderDelivered;
        input.event.key = {"main", std::to_string(i)};
        input.event.source = "key:other";
        input.event.source_id = std::to_string(i);
        ASSERT_TRUE(world.engine->Submit(std::move(input)));
    }
    world.Put(Event("order.delivered", "e", "{}", "1"));
    world.intake->Step();
    EXPECT_TRUE(world.bus.paused);
    EXPECT_EQ(world.intake->counters().pauses, 1);
    world.Step();
    EXPECT_FALSE(world.bus.paused);
    EXPECT_EQ(world.database.journal.size(), 5002u);
    EXPECT_EQ(world.Offset(), 1);
}

TEST(Intake, TheBrokerMayTakeRejectedRecordsLater) {
    LaneWorld world;
    world.bus.delivers = false;
    world.Put("not JSON");
    for (int i = 0; i < 20; ++i) {
        world.intake->Step();
        world.engine->Step();
        world.publisher->Step();
    }
    EXPECT_TRUE(world.Rejected().empty());
    world.bus.delivers = true;
    world.Restart();
    world.Step();
    ASSERT_EQ(world.Rejected().size(), 1u);
    EXPECT_EQ(*world.Rejected().front().value, "not JSON");
}

}  // namespace
}  // namespace returns::gateway
