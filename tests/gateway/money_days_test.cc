// The books of a day: what happened on it and what stood at its end, also after a restart, in the
// shop's own days; as API and page.
#include "gateway/money_days.h"

#include "gateway/csv_write.h"
#include "tests/gateway/api_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Day DayAt(const std::string& text) { return *workflows::ParseDay(text); }

struct MoneyWorld : ApiWorld {
    explicit MoneyWorld(const std::function<void(Settings&)>& change = nullptr)
        : ApiWorld(100, change) {}

    void Told(const std::string& type, const std::string& id, const std::string& order,
              const std::string& data) {
        const DoorReply reply = Tell(type, id, order, data);
        ASSERT_EQ(reply.status, 202) << reply.body;
    }
    // R-1 of order 1001 is found good: 50.00 EUR are due.
    void Accept() {
        TellReturn();
        Told("return.opened", "e6", "1001",
             R"({"return_id":"R-1","lines":[{"id":"A","received":1}]})");
        Told("return.inspected", "e7", "1001",
             R"({"return_id":"R-1","lines":[{"id":"A","accepted":1}]})");
    }
    void Pay(std::int64_t minor, const std::string& id) {
        Told("refund.settled", id, "1001",
             R"({"their_reference":"s-)" + id + R"(","amount_minor":)" + std::to_string(minor) +
                 R"(,"currency":"EUR"})");
    }
    void CatchUp() {
        while (money->Step()) {
        }
        while (money->Fill()) {
        }
        while (engine->Step()) {
        }
    }
    // As a restart would: the books as they were kept, and the rest of the journal.
    void Restart() {
        auto days = BookDaysOf(settings, definitions->book().calendars);
        money = std::make_unique<MoneyDays>(*engine, clock, std::move(*days), 100);
        ASSERT_TRUE(money->Recover(store).ok());
        MakeApi();
        CatchUp();
    }
    MoneySums On(const std::string& day) {
        const auto rows = money->Rows("main", DayAt(day));
        return rows.empty() ? MoneySums{} : rows.front().sums;
    }
};

MoneySum Of(const MoneySums& sums, MoneyKind kind) { return sums[static_cast<std::size_t>(kind)]; }

TEST(MoneyDays, WhatHappensIsOfItsDayAndWhatStandsStaysForTheNext) {
    MoneyWorld world;
    world.Accept();
    world.CatchUp();
    EXPECT_EQ(Of(world.On("2026-03-01"), MoneyKind::kDue), (MoneySum{1, 5000}));
    world.clock.now += std::chrono::hours(24);
    world.Pay(5000, "p1");
    world.Pay(700, "p2");  // nobody owed that
    world.CatchUp();
    const MoneySums second = world.On("2026-03-02");
    EXPECT_EQ(Of(second, MoneyKind::kPaid), (MoneySum{2, 5700}));
    EXPECT_EQ(Of(second, MoneyKind::kDue), (MoneySum{0, 0}));
    EXPECT_EQ(Of(second, MoneyKind::kOverpaid), (MoneySum{1, 700}));
    EXPECT_EQ(Of(world.On("2026-03-01"), MoneyKind::kDue), (MoneySum{1, 5000}))
        << "a day that has gone does not change";
    const MoneySums third = world.On("2026-03-03");
    EXPECT_EQ(Of(third, MoneyKind::kPaid), (MoneySum{0, 0}));
    EXPECT_EQ(Of(third, MoneyKind::kOverpaid), (MoneySum{1, 700}));
    EXPECT_TRUE(world.money->Rows("main", DayAt("2026-02-28")).empty());
    world.Told("refund.bounced", "b1", "1001",
               R"({"their_reference":"s-p1","amount_minor":5000,"currency":"EUR","reason":"x"})");
    world.CatchUp();
    EXPECT_EQ(Of(world.On("2026-03-02"), MoneyKind::kTakenBack), (MoneySum{1, 5000}));
    EXPECT_EQ(Of(world.On("2026-03-02"), MoneyKind::kDue), (MoneySum{1, 5000}));
}

TEST(MoneyDays, ARestartCountsNothingTwiceAndLosesNothing) {
    MoneyWorld world;
    world.Accept();
    world.CatchUp();
    world.money->Finish();
    while (world.engine->Step()) {
    }
    const MoneySums first = world.On("2026-03-01");
    world.Restart();
    EXPECT_EQ(world.On("2026-03-01"), first);
    world.Pay(5000, "p1");
    world.Restart();  // nothing of it was kept: read again from the journal
    EXPECT_EQ(Of(world.On("2026-03-01"), MoneyKind::kPaid), (MoneySum{1, 5000}));
    EXPECT_TRUE(world.money->current());
    EXPECT_TRUE(world.money->complete());
}

TEST(MoneyDays, ADayIsThatOfTheShopsCalendar) {
    MoneyWorld world([](Settings& settings) { settings.shops = {{"main", "de"}, {"second"}}; });
    world.clock.now = *ParseInstant("2026-03-01T23:30:00Z");
    world.Accept();
    world.CatchUp();
    EXPECT_EQ(Of(world.On("2026-03-02"), MoneyKind::kDue), (MoneySum{1, 5000}));
    EXPECT_TRUE(world.money->Rows("main", DayAt("2026-03-01")).empty());
    EXPECT_EQ(world.money->Rows("main", std::nullopt).front().time_zone, "Europe/Berlin");
    EXPECT_FALSE(BookDays::Make({{"main", "mars"}}, world.definitions->book().calendars).ok());
}

TEST(MoneyDays, ListsWhoNeedsSomebodyAndCountsWhatHasNoRoom) {
    MoneyWorld world([](Settings& settings) { settings.limits.money_listed_max = 1; });
    world.Accept();
    world.Pay(5000, "p1");
    world.Pay(700, "p2");
    world.Pay(800, "p3");
    world.CatchUp();
    EXPECT_EQ(world.money->List(MoneyList::kOverpaid, "", kNever, 50).size(), 1U);
    EXPECT_EQ(world.money->List(MoneyList::kOverpaid, "second", kNever, 50).size(), 0U);
    EXPECT_GE(world.money->not_listed(), 1);
}

TEST(MoneyDays, TheApiAnswersInJsonAndCsv) {
    MoneyWorld world;
    world.Accept();
    world.CatchUp();
    const DoorReply json = world.Get("/v1/ledger/day?date=2026-03-01", ApiWorld::kAgent);
    EXPECT_EQ(json.status, 200);
    const Json body = BodyOf(json);
    EXPECT_TRUE(body["current"].AsBool());
    const Json& row = body["items"].Items().at(0);
    EXPECT_EQ(row["currency"].AsString(), "EUR");
    EXPECT_EQ(row["exponent"].Literal(), "2");
    EXPECT_EQ(row["due"]["minor"].Literal(), "5000");
    EXPECT_EQ(row["time_zone"].AsString(), "UTC");
    const std::string line = "2026-03-01,UTC,main,EUR,due,1,5000,50.00\r\n";
    for (const DoorReply& csv :
         {world.Get("/v1/ledger/day?format=csv", ApiWorld::kOperator),
          world.Get("/v1/ledger/day", ApiWorld::kOperator, {{"Accept", "text/csv"}})}) {
        EXPECT_THAT(HeaderOf(csv, "Content-Type"), HasSubstr("text/csv"));
        EXPECT_THAT(csv.body, HasSubstr(line));
    }
    EXPECT_EQ(world.Get("/v1/ledger/day?date=yesterday", ApiWorld::kAgent).status, 400);
    EXPECT_EQ(world.Get("/v1/ledger/day?format=xml", ApiWorld::kAgent).status, 400);
    EXPECT_EQ(world.Get("/v1/ledger/day", ApiWorld::kAgent, {{"Accept", "text/html"}}).status, 406);
    EXPECT_EQ(
        BodyOf(world.Get("/v1/ledger/day?shop=second", ApiWorld::kAgent))["items"].Items().size(),
        0U);
}

TEST(MoneyDays, ThePageShowsSumsAndLeadsToTheCases) {
    MoneyWorld world;
    const std::string cookie = world.SignIn(ApiWorld::kAgent);
    EXPECT_THAT(world.Page("/finance", cookie).body,
                HasSubstr("Until that day no refund was owed or paid"));
    world.Accept();
    world.Pay(5000, "p1");
    world.Pay(700, "p2");
    world.CatchUp();
    const std::string page = world.Page("/finance", cookie).body;
    EXPECT_THAT(page, HasSubstr("<title>Finance, 2026-03-01"));
    EXPECT_THAT(page, HasSubstr("EUR, shop main"));
    EXPECT_THAT(page, HasSubstr("time zone UTC"));
    EXPECT_THAT(page, HasSubstr("57.00 EUR"));
    EXPECT_THAT(page, HasSubstr("/cases/main/1001"));
    EXPECT_THAT(page, HasSubstr("No refund is in doubt."));
    EXPECT_THAT(page, HasSubstr("aria-current=\"page\">Finance"));
    EXPECT_THAT(world.Page("/finance?date=2026-02-01", cookie).body, HasSubstr("on 2026-02-01"));
    EXPECT_THAT(world.Page("/finance?date=nonsense", cookie).body, HasSubstr("on 2026-03-01"));
    const DoorReply csv = world.Page("/finance.csv?date=2026-03-01", cookie);
    EXPECT_THAT(HeaderOf(csv, "Content-Disposition"), HasSubstr("refunds-2026-03-01.csv"));
    EXPECT_THAT(csv.body, HasSubstr("paid,2,5700,57.00"));
    EXPECT_THAT(page, Not(HasSubstr("ada@shop.example")));
}

TEST(CsvWrite, QuotesAndNeverWritesAFormula) {
    EXPECT_EQ(CsvLine({"a", "b,c", "say \"x\"", "two\nlines", ""}),
              "a,\"b,c\",\"say \"\"x\"\"\",\"two\nlines\",\r\n");
    EXPECT_EQ(CsvLine({"=1+1", "+49", "-cmd", "@SUM(A1)", "\tx"}),
              "'=1+1,'+49,'-cmd,'@SUM(A1),\"'\tx\"\r\n");
    EXPECT_EQ(CsvLine({"-12.50", "-3", "12.50", "-1-1"}), "-12.50,-3,12.50,'-1-1\r\n");
}

}  // namespace
}  // namespace returns::gateway
