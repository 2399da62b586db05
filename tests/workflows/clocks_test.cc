#include "workflows/clocks.h"

#include "tests/workflows/definitions.h"
#include "tests/workflows/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace returns::workflows {
namespace {

using ::testing::HasSubstr;

Instant At(std::string_view text) { return ParseInstant(text).value(); }

const Calendars& All() {
    static const Calendars calendars = DefaultCalendars();
    return calendars;
}

Json DefaultPolicy() { return ReadTreeFile("workflows/policies/default.json"); }

Policy WithMember(const std::vector<std::string>& path, std::string_view json) {
    const auto policy = ReadPolicy(With(DefaultPolicy(), path, Text(json)));
    EXPECT_TRUE(policy.ok()) << policy.error().text;
    return *policy;
}

constexpr std::string_view kChristmas = R"({"within": "30d", "rows": [
    {"name": "Christmas", "from": "11-01", "until": "12-24", "until_date": "01-31"}]})";

std::string WindowOf(const Policy& policy, const std::string& jurisdiction, bool statutory,
                     const char* purchased, const char* delivered) {
    return FormatInstant(WindowEnd(policy, statutory, All().Of(jurisdiction), jurisdiction,
                                   At(purchased), At(delivered)));
}

// 23:00 UTC is midnight in Berlin in winter, 22:00 in summer.
TEST(WindowEnd, IsTheEndOfTheLastDayInTheZone) {
    const Policy policy = DefaultRules().policy;
    EXPECT_EQ(WindowOf(policy, "DE", false, "2026-06-01T10:00:00Z", "2026-06-03T10:00:00Z"),
              "2026-07-03T21:59:59.999Z");
    EXPECT_EQ(WindowOf(policy, "US", false, "2026-06-01T10:00:00Z", "2026-06-03T03:00:00Z"),
              "2026-07-03T03:59:59.999Z");  // delivered on 2 June by New York's clocks
    EXPECT_EQ(WindowOf(policy, "", false, "2028-02-01T10:00:00Z", "2028-02-01T10:00:00Z"),
              "2028-03-02T23:59:59.999Z");
}

// 14 days after 11 December 2026 is Christmas Day; the next working day is the 28th.
TEST(WindowEnd, OfALegalRightMovesToAWorkingDay) {
    const Policy policy = DefaultRules().policy;
    EXPECT_EQ(WindowOf(policy, "DE", true, "2026-12-09T10:00:00Z", "2026-12-11T10:00:00Z"),
              "2026-12-28T22:59:59.999Z");
    EXPECT_EQ(WindowOf(policy, "DE", true, "2026-12-09T10:00:00Z", "2026-12-10T10:00:00Z"),
              "2026-12-24T22:59:59.999Z");
}

TEST(WindowEnd, FollowsTheDayOfPurchase) {
    const Policy policy = WithMember({"window"}, kChristmas);
    const auto until = [&](const char* purchased) {
        return WindowOf(policy, "DE", false, purchased, purchased);
    };
    EXPECT_EQ(until("2026-10-31T22:59:59Z"), "2026-11-30T22:59:59.999Z");  // still October
    EXPECT_EQ(until("2026-10-31T23:00:00Z"), "2027-01-31T22:59:59.999Z");
    EXPECT_EQ(until("2026-12-24T22:59:59Z"), "2027-01-31T22:59:59.999Z");
    EXPECT_EQ(until("2026-12-24T23:00:00Z"), "2027-01-24T22:59:59.999Z");
    EXPECT_EQ(until("2027-11-15T12:00:00Z"), "2028-01-31T22:59:59.999Z");  // every year
    // Delivered late, the usual window is the longer one.
    EXPECT_EQ(WindowOf(policy, "DE", false, "2026-12-20T12:00:00Z", "2027-01-10T12:00:00Z"),
              "2027-02-09T22:59:59.999Z");
}

TEST(WindowEnd, KnowsWhereARowHolds) {
    const Policy policy = WithMember({"window"}, R"({"within": "30d", "rows": [
        {"name": "sale", "from": "2026-07-01", "until": "2026-07-31", "within": "7d",
         "jurisdiction": "DE"}]})");
    const auto until = [&](const char* jurisdiction, const char* day) {
        return WindowOf(policy, jurisdiction, false, day, day).substr(0, 10);
    };
    EXPECT_EQ(until("DE", "2026-07-01T12:00:00Z"), "2026-07-08");
    EXPECT_EQ(until("DE", "2027-07-01T12:00:00Z"), "2027-07-31");
    EXPECT_EQ(until("FR", "2026-07-01T12:00:00Z"), "2026-07-31");
    // A legal right does not care for a sale.
    EXPECT_EQ(WindowOf(policy, "DE", true, "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"),
              "2026-07-15T21:59:59.999Z");
}

TEST(LegalEnd, CountsWholeDaysInTheJurisdictionsZone) {
    const Policy policy = DefaultRules().policy;
    const auto until = [&](const char* jurisdiction, const char* at) {
        const LegalRule* rule = LegalRuleOf(policy, All(), jurisdiction, At(at));
        return FormatInstant(LegalEnd(*rule, All().Of(jurisdiction), At(at)));
    };
    EXPECT_EQ(until("DE", "2026-03-01T10:00:00Z"), "2026-03-15T22:59:59.999Z");
    EXPECT_EQ(until("DE", "2026-03-01T23:30:00Z"), "2026-03-16T22:59:59.999Z");  // 2 March there
    EXPECT_EQ(until("EU", "2026-03-20T10:00:00Z"), "2026-04-03T21:59:59.999Z");  // clocks changed
    EXPECT_EQ(until("UK", "2026-03-01T10:00:00Z"), "2026-03-15T23:59:59.999Z");
    // Seven business days over Thanksgiving.
    EXPECT_EQ(until("US", "2026-11-20T15:00:00Z"), "2026-12-03T04:59:59.999Z");
    EXPECT_EQ(until("Atlantis", "2026-03-01T10:00:00Z"), "2026-03-15T23:59:59.999Z");
    const Instant ordered = At("2026-03-01T10:00:00Z");
    EXPECT_EQ(LegalRuleOf(policy, All(), "FR", ordered), &policy.legal.at("EU").front());
    EXPECT_EQ(LegalRuleOf(policy, All(), "GB", ordered), &policy.legal.at("UK").front());
    EXPECT_EQ(LegalRuleOf(policy, All(), "Atlantis", ordered), &policy.legal.at("default").front());
}

TEST(LegalEnd, MayMoveFromADayOff) {
    LegalRule rule;
    rule.within = {14, Delay::Unit::kDays};
    rule.whole_days = true;
    const auto until = [&](LegalRule::OnDayOff how) {
        rule.on_day_off = how;
        return FormatInstant(LegalEnd(rule, All().Of("DE"), At("2026-12-12T10:00:00Z")));
    };
    EXPECT_EQ(until(LegalRule::OnDayOff::kStay), "2026-12-26T22:59:59.999Z");
    EXPECT_EQ(until(LegalRule::OnDayOff::kLater), "2026-12-28T22:59:59.999Z");
    EXPECT_EQ(until(LegalRule::OnDayOff::kEarlier), "2026-12-24T22:59:59.999Z");
    rule.whole_days = false;
    EXPECT_EQ(until(LegalRule::OnDayOff::kStay), "2026-12-26T10:00:00.000Z");
}

TEST(DelayEnd, FollowsSeasonAndScope) {
    const Policy policy = WithMember({"delays", "dock"}, R"({"after": "2bd", "before_legal": "1d",
        "first_wins": true, "rows": [
        {"name": "slow one", "from": "12-27", "until": "02-07", "after": "8bd",
         "connection": "slow"},
        {"name": "peak", "from": "12-27", "until": "02-07", "after": "5bd"}]})");
    const Calendar& german = All().Of("DE");
    const auto until = [&](const char* connection, const char* from, Instant legal = kNoTime) {
        const DelayScope scope{&german, {"DE", connection}};
        return FormatInstant(DelayEnd(policy, "dock", scope, At(from), legal)).substr(0, 10);
    };
    EXPECT_EQ(until("3pl", "2026-12-23T10:00:00Z"), "2026-12-28");
    EXPECT_EQ(until("3pl", "2027-01-04T10:00:00Z"), "2027-01-11");
    EXPECT_EQ(until("slow", "2027-01-04T10:00:00Z"), "2027-01-14");
    EXPECT_EQ(until("slow", "2027-02-08T10:00:00Z"), "2027-02-10");
    EXPECT_EQ(until("slow", "2027-01-04T10:00:00Z", At("2027-01-08T23:00:00Z")), "2027-01-07");
}

struct Planted {
    std::vector<std::string> path;
    std::string json, says;
};

class RowsAreRefused : public ::testing::TestWithParam<Planted> {};

TEST_P(RowsAreRefused, AndThePlaceIsNamed) {
    const auto policy = ReadPolicy(With(DefaultPolicy(), GetParam().path, Text(GetParam().json)));
    ASSERT_FALSE(policy.ok());
    EXPECT_THAT(policy.error().text, HasSubstr(GetParam().says));
}

std::string Rows(const std::string& rows) { return R"({"within": "30d", "rows": [)" + rows + "]}"; }
std::string Row(const std::string& from, const std::string& until, const std::string& rest) {
    return R"({"name": "r)" + from + R"(", "from": ")" + from + R"(", "until": ")" + until +
           "\", " + rest + "}";
}

const std::string kWeek = R"("within": "7d")";

INSTANTIATE_TEST_SUITE_P(
    Policy, RowsAreRefused,
    ::testing::Values(
        Planted{
            {"window"},
            Rows(Row("11-01", "12-24", kWeek) + "," + Row("12-24", "12-31", kWeek)),
            "/window/rows/1: 'r12-24' and 'r11-01' both hold on 2027-12-24; say \"first_wins\""},
        Planted{{"window"},
                Rows(Row("12-20", "01-10", kWeek) + "," + Row("01-10", "01-20", kWeek)),
                "both hold on 2027-01-10"},
        Planted{{"window"},
                Rows(Row("12-20", "01-10", kWeek) + "," + Row("2030-01-01", "2030-02-01", kWeek)),
                "both hold on 2030-01-01"},
        Planted{{"window"},
                Rows(Row("11-01", "12-24", R"("until_date": "12-23")")),
                "/window/rows/0/until_date: lies before the row's last day"},
        Planted{{"window"},
                Rows(Row("2026-11-01", "2026-12-24", R"("until_date": "2026-12-23")")),
                "/until_date: lies before"},
        Planted{{"window"},
                Rows(Row("11-01", "12-24", R"("until_date": "2027-01-31")")),
                "/until_date: is one day, and the row holds every year"},
        Planted{{"window"}, Rows(Row("11-01", "2026-12-24", kWeek)), "both be of one year"},
        Planted{{"window"}, Rows(Row("2026-12-24", "2026-12-23", kWeek)), "lies before 'from'"},
        Planted{{"window"}, Rows(Row("02-30", "12-23", kWeek)), "/from: '02-30': expected a date"},
        Planted{{"window"}, Rows(Row("11-1", "12-23", kWeek)), "/from: '11-1': expected a date"},
        Planted{{"window"},
                Rows(Row("11-01", "12-23", R"("connection": "3pl")")),
                "unknown member 'connection'"},
        Planted{{"window"},
                Rows(Row("11-01", "12-23", R"("jurisdiction": "DE")")),
                "expected 'within', 'until_date' or both"},
        Planted{{"window"}, R"({"rows": []})", "/window/within: expected a text"},
        Planted{{"window_statutory"},
                R"({"within": "14d", "rows": [{"name": "x", "from": "01-01",
                "until": "01-31", "within": "13d"}]})",
                "/window_statutory/rows/0/within: a legal window must not become shorter"},
        Planted{{"delays", "dock"},
                R"({"after": "2d", "rows": [{"name": "x", "from": "01-01",
                "until": "01-31"}]})",
                "/delays/dock/rows/0: 'after' is missing"},
        Planted{{"delays", "dock"},
                R"({"after": "2d", "rows": [{"name": "x", "from": "01-01",
                "until": "01-31", "after": "0d"}]})",
                "/delays/dock/rows/0/after: a delay must be longer"},
        Planted{{"legal", "EU", "on_day_off"}, R"("latr")", "unknown way 'latr', did you mean"},
        Planted{{"legal", "EU"},
                R"({"trigger": "requested", "within": "14d", "source": "s",
                "on_day_off": "later"})",
                "/legal/EU/on_day_off: needs \"whole_days\": true"}));

TEST(Rows, OfDifferentScopeOrDaysStandSideBySide) {
    for (const std::string& rows :
         {Row("11-01", "12-24", kWeek) + "," + Row("12-25", "10-31", kWeek),
          Row("2026-11-01", "2026-12-24", kWeek) + "," + Row("2027-11-01", "2027-12-24", kWeek),
          Row("11-01", "12-24", kWeek + R"(, "jurisdiction": "DE")") + "," +
              Row("11-01", "12-24", kWeek + R"(, "jurisdiction": "FR")")}) {
        const auto policy = ReadPolicy(With(DefaultPolicy(), {"window"}, Text(Rows(rows))));
        EXPECT_TRUE(policy.ok()) << policy.error().text;
    }
}

TEST(CheckCalendars, NamesTheConnectionAndTheNearest) {
    Rulebook book;
    book.calendars = DefaultCalendars();
    book.connections = {{.name = "3pl", .kind = "logistics", .shop = "main", .calendar = "dee"}};
    const Status checked = CheckCalendars(book);
    ASSERT_FALSE(checked.ok());
    EXPECT_THAT(checked.error().text, HasSubstr("connections.3pl.calendar: no calendar 'dee'"));
    EXPECT_THAT(checked.error().text, HasSubstr("did you mean 'de'?"));
    book.connections[0].calendar = "de";
    EXPECT_TRUE(CheckCalendars(book).ok());
}

// Through `decide`: what is asked for, when, and whose days the partner's delays count.
class Shopper {
public:
    explicit Shopper(const std::string& jurisdiction, std::function<void(Policy&)> change = nullptr)
        : story(std::move(change)) {
        story.book().calendars = DefaultCalendars();
        EventData order;
        order.lines = {Line("A", 2, 5000)};
        order.currency = "EUR";
        order.jurisdiction = jurisdiction;
        story_order = order;
    }
    void BuyOn(const char* at) {
        story.Wait(At(at) - story.now());
        story.Say(EventType::kOrderPlaced, story_order);
        story.Say(EventType::kOrderDelivered);
    }
    ReturnState AskOn(const char* at, bool statutory = false) {
        story.Wait(At(at) - story.now());
        story.Request("R", 1, statutory);
        return story.slice(0).state;
    }
    Story story;
    EventData story_order;
};

TEST(Decide, KeepsTheWindowOpenAtChristmas) {
    const auto christmas = [](Policy& policy) {
        policy.window_rows = WithMember({"window"}, kChristmas).window_rows;
    };
    Shopper in_time("DE", christmas), late("DE", christmas), usual("DE");
    for (Shopper* each : {&in_time, &late, &usual}) each->BuyOn("2026-11-20T12:00:00Z");
    EXPECT_EQ(in_time.AskOn("2027-01-31T22:00:00Z"), ReturnState::kAuthorised);
    EXPECT_EQ(late.AskOn("2027-01-31T23:00:00Z"), ReturnState::kDenied);
    EXPECT_EQ(usual.AskOn("2027-01-31T22:00:00Z"), ReturnState::kDenied);
}

TEST(Decide, CountsThePartnersOwnDays) {
    auto files = CalendarFiles();
    files["closed.json"] = Text(R"({"name": "closed", "extends": "de",
        "closed": [{"name": "move", "from": "2026-03-09", "until": "2026-03-13"}]})");
    for (const bool own : {false, true}) {
        Shopper shopper("DE");
        shopper.story.book().calendars = Calendars::Read(files).value();
        if (own) shopper.story.book().connections[0].calendar = "closed";
        shopper.BuyOn("2026-03-02T12:00:00Z");
        shopper.AskOn("2026-03-03T12:00:00Z");
        shopper.story.Wait(At("2026-03-06T12:00:00Z") - shopper.story.now());
        shopper.story.Parcel(EventType::kParcelDelivered, "R");
        ASSERT_EQ(shopper.story.slice(0).state, ReturnState::kAtPartner);
        EXPECT_EQ(FormatInstant(shopper.story.slice(0).due_at),
                  own ? "2026-03-17T12:00:00.000Z" : "2026-03-10T12:00:00.000Z");
    }
}

TEST(Decide, TellsTicketsTheLegalDateOfTheZone) {
    Shopper shopper("DE");
    shopper.BuyOn("2026-03-02T12:00:00Z");
    shopper.AskOn("2026-03-03T23:30:00Z", true);  // 4 March in Berlin
    EXPECT_EQ(FormatInstant(shopper.story.subject().returns[0].legal_deadline),
              "2026-03-18T22:59:59.999Z");
    shopper.story.Parcel(EventType::kParcelDelivered, "R");
    shopper.story.Wait(std::chrono::hours(24 * 8));
    const Command* ticket = shopper.story.Waiting("ticket.create");
    ASSERT_NE(ticket, nullptr);
    EXPECT_THAT(ticket->body["text"].AsString(), HasSubstr("Legal date: 2026-03-18 (CET)"));
}

Instant AnyMoment() {
    return Instant{Millis(*rc::gen::inRange<std::int64_t>(1'700'000'000'000, 2'000'000'000'000))};
}
std::string AnyJurisdiction() {
    return *rc::gen::elementOf(std::vector<std::string>{"DE", "FR", "UK", "US", "EU", ""});
}

// No row that only opens longer makes a window shorter, no row at all makes a legal one shorter.
RC_GTEST_PROP(ClocksProperty, RowsTakeNothingAway, ()) {
    static const Policy usual = DefaultRules().policy;
    static const Policy rows = [] {
        Policy policy = WithMember({"window"}, kChristmas);
        policy.window_statutory_rows = policy.window_rows;
        policy.window_statutory_rows[0].within = Delay{1, Delay::Unit::kDays};  // past the reader
        policy.window_statutory_rows[0].until_date.reset();
        return policy;
    }();
    const std::string where = AnyJurisdiction();
    const Calendar& calendar = All().Of(where);
    const Instant bought = AnyMoment();
    const Instant there = bought + Millis(*rc::gen::inRange<std::int64_t>(0, 2'000'000'000));
    for (const bool statutory : {false, true})
        RC_ASSERT(WindowEnd(rows, statutory, calendar, where, bought, there) >=
                  WindowEnd(usual, statutory, calendar, where, bought, there));
}

// Later bought, later due: windows without rows, and legal dates of every kind.
RC_GTEST_PROP(ClocksProperty, AreMonotone, ()) {
    static const Policy policy = DefaultRules().policy;
    const std::string where = AnyJurisdiction();
    const Calendar& calendar = All().Of(where);
    const Instant one = AnyMoment();
    const Instant other = one + Millis(*rc::gen::inRange<std::int64_t>(0, 400'000'000));
    for (const bool statutory : {false, true})
        RC_ASSERT(WindowEnd(policy, statutory, calendar, where, one, one) <=
                  WindowEnd(policy, statutory, calendar, where, other, other));
    LegalRule rule = *LegalRuleOf(policy, All(), where, one);
    for (const auto how :
         {LegalRule::OnDayOff::kStay, LegalRule::OnDayOff::kEarlier, LegalRule::OnDayOff::kLater}) {
        rule.on_day_off = how;
        RC_ASSERT(LegalEnd(rule, calendar, one) <= LegalEnd(rule, calendar, other));
        RC_ASSERT(LegalEnd(rule, calendar, one) >= one);
    }
}

}  // namespace
}  // namespace returns::workflows
