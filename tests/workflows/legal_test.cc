// The law's clock: which rule, from which trigger, only ever earlier; what is likely to come of it;
// and whose days were used.
#include "tests/workflows/definitions.h"
#include "tests/workflows/story.h"
#include "workflows/forecast.h"
#include "workflows/stays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

namespace returns::workflows {
namespace {

using testing::HasSubstr;

Instant At(std::string_view text) { return ParseInstant(text).value(); }

Policy WithLaw(std::string_view json) {
    const auto policy = ReadPolicy(
        With(ReadTreeFile("workflows/policies/default.json"), {"legal", "EU"}, Text(json)));
    EXPECT_TRUE(policy.ok()) << policy.error().text;
    return *policy;
}

struct Buyer : Story {
    explicit Buyer(const std::string& jurisdiction, std::function<void(Policy&)> change = nullptr)
        : Story(std::move(change)) {
        EventData order;
        order.currency = "EUR";
        order.jurisdiction = jurisdiction;
        order.lines = {Line("A", 2, 5'000)};
        Say(EventType::kOrderPlaced, order);
        EventData capture;
        capture.currency = "EUR";
        capture.tender = TenderFact{"t1", "card", "psp", "pi_1", 10'000};
        Say(EventType::kOrderCaptured, capture);
    }
    const Return& header() const { return subject().returns.at(0); }
    std::string Deadline() const { return FormatInstant(header().legal_deadline).substr(0, 10); }
};

TEST(LegalRules, ThatFollowOneAnotherApplyByTheDayOfTheOrder) {
    const Policy policy = WithLaw(R"([
        {"trigger": "requested", "within": "30d", "source": "the old law"},
        {"from": "2026-07-01", "trigger": "requested", "within": "10d",
         "source": "the new law"}])");
    const Calendars calendars = DefaultCalendars();
    const auto source = [&](const char* ordered) {
        return LegalRuleOf(policy, calendars, "DE", At(ordered))->source;
    };
    EXPECT_EQ(source("2026-06-30T21:59:59Z"), "the old law");
    EXPECT_EQ(source("2026-06-30T22:00:00Z"), "the new law") << "midnight in Berlin";
    EXPECT_EQ(source("2027-06-30T22:00:00Z"), "the new law");
    EXPECT_EQ(LegalRuleOf(policy, calendars, "UK", At("2013-01-01T00:00:00Z")),
              &policy.legal.at("default").front())
        << "before the law was in force";
}

TEST(LegalTriggers, TheEarliestOfSeveralCounts) {
    Buyer posted_first("UK"), goods_first("UK");
    for (Buyer* buyer : {&posted_first, &goods_first}) {
        buyer->Request("R-1", 1, true);
        ASSERT_EQ(buyer->header().legal_deadline, kNoTime) << "the notice alone starts nothing";
    }
    posted_first.Parcel(EventType::kParcelPosted, "R-1");
    EXPECT_EQ(posted_first.Deadline(), "2026-03-16");
    posted_first.WaitFor({3, Delay::Unit::kDays});
    posted_first.Parcel(EventType::kParcelDelivered, "R-1");
    EXPECT_EQ(posted_first.Deadline(), "2026-03-16") << "the goods come later and change nothing";
    EXPECT_EQ(FormatInstant(posted_first.header().received_at).substr(0, 10), "2026-03-05");
    goods_first.WaitFor({1, Delay::Unit::kDays});
    goods_first.Parcel(EventType::kParcelDelivered, "R-1");
    EXPECT_EQ(goods_first.Deadline(), "2026-03-17");
}

TEST(LegalDeadline, IsOnTheLegFromTheMomentItVests) {
    Buyer buyer("US");
    buyer.Request("R-1", 1);
    EXPECT_EQ(buyer.leg(0).legal_deadline, kNoTime);
    buyer.Inspect("R-1", 1, 0);
    EXPECT_NE(buyer.leg(0).legal_deadline, kNoTime);
    EXPECT_EQ(buyer.leg(0).legal_deadline, buyer.header().legal_deadline);
    EXPECT_EQ(buyer.header().accepted_at, buyer.now());
}

// Whatever is told, in whatever order and of whatever time: the dates only ever come nearer.
RC_GTEST_PROP(LegalDeadline, OnlyEverMovesEarlier, ()) {
    const auto where = *rc::gen::element<std::string>("DE", "UK", "US", "", "FR");
    Buyer buyer(where);
    buyer.Request("R-1", 2, *rc::gen::arbitrary<bool>());
    Case before = buyer.subject();
    const int steps = *rc::gen::inRange(1, 7);
    for (int step = 0; step < steps; ++step) {
        const int kind = *rc::gen::inRange(0, 5);
        buyer.Wait(Millis(*rc::gen::inRange<std::int64_t>(0, 200'000'000)));
        if (kind == 4) {
            buyer.Inspect("R-1", *rc::gen::inRange(0, 3), 0);
        } else {
            static constexpr EventType kSaid[] = {
                EventType::kParcelPosted, EventType::kParcelScanned, EventType::kParcelDelivered,
                EventType::kReturnOpened};
            EventData data;
            data.return_id = "R-1";
            const Millis ago(*rc::gen::inRange<std::int64_t>(0, 900'000'000));
            buyer.SayOf(buyer.now() - ago, kSaid[kind], data);
        }
        const Instant was = before.returns.at(0).legal_deadline;
        const Instant is = buyer.header().legal_deadline;
        RC_ASSERT(was == kNoTime || (is != kNoTime && is <= was));
        for (const Leg& leg : before.legs) {
            const auto now = std::find_if(buyer.subject().legs.begin(), buyer.subject().legs.end(),
                                          [&](const Leg& each) { return each.id == leg.id; });
            RC_ASSERT(now != buyer.subject().legs.end());
            RC_ASSERT(leg.legal_deadline == kNoTime || (now->legal_deadline != kNoTime &&
                                                        now->legal_deadline <= leg.legal_deadline));
        }
        before = buyer.subject();
    }
}

// Asked for on 2 March, the legal date is the 16th. The parcel comes on day `day` of March.
struct Late : Buyer {
    explicit Late(int day) : Buyer("DE") {
        Request("R-1", 1, true);
        Wait(At("2026-03-02T09:00:00Z") + std::chrono::hours(24 * (day - 2)) - now());
        Parcel(EventType::kParcelDelivered, "R-1");
    }
    Forecast Told() const { return ForecastOf(subject(), "R-1", *book_, now()); }
    const Rulebook* book_ = &book();
};

TEST(Forecasts, AddTheUsualDaysOfWhatFollows) {
    Late early(3), late(13);  // the 13th is a Friday
    ASSERT_EQ(early.slice(0).state, ReturnState::kAtPartner);
    EXPECT_EQ(FormatInstant(early.Told().at), "2026-03-06T09:00:00.000Z") << "1bd each of three";
    EXPECT_FALSE(early.Told().late);
    EXPECT_EQ(FormatInstant(late.Told().at), "2026-03-18T09:00:00.000Z");
    EXPECT_TRUE(late.Told().late);
}

TEST(Forecasts, AreNotLateWhileTheMoneyMayWaitForTheGoods) {
    Buyer buyer("DE");
    buyer.Request("R-1", 1, true);
    buyer.WaitFor({13, Delay::Unit::kDays});
    Forecast told = ForecastOf(buyer.subject(), "R-1", buyer.book(), buyer.now());
    EXPECT_TRUE(told.may_wait);
    EXPECT_FALSE(told.late) << "the customer has not sent it";
    EXPECT_GT(told.at, buyer.header().legal_deadline);
    buyer.Parcel(EventType::kParcelPosted, "R-1");
    told = ForecastOf(buyer.subject(), "R-1", buyer.book(), buyer.now());
    EXPECT_FALSE(told.may_wait);
    EXPECT_TRUE(told.late);
}

// Two working days on the dock are fine while there is time, and too many when there is none.
TEST(PredictedBreach, StallsEarlier) {
    Late early(3), near(11), late(16);
    EXPECT_EQ(FormatInstant(early.slice(0).due_at), "2026-03-05T09:00:00.000Z") << "2bd, as always";
    EXPECT_EQ(FormatInstant(near.slice(0).due_at).substr(0, 10), "2026-03-12")
        << "two more usual days must fit before the 16th";
    EXPECT_EQ(FormatInstant(late.slice(0).due_at), "2026-03-17T09:00:00.000Z")
        << "only the usual day is left to them";
}

TEST(PredictedBreach, RaisesTheTicket) {
    const auto ticket = [](Buyer& buyer) {
        const Command* command = buyer.Waiting("ticket.create");
        EXPECT_NE(command, nullptr);
        return command == nullptr ? Json() : command->body;
    };
    Buyer late("DE"), usual("DE");
    for (Buyer* buyer : {&late, &usual}) {
        buyer->Request("R-1", 1, true);
        buyer->WaitFor({9, Delay::Unit::kDays});
    }
    // Five days before the legal date: a dispute over the goods takes two, the money one.
    usual.Inspect("R-1", 0, 0, "wrong_item");
    EXPECT_EQ(ticket(usual)["priority"].AsString(), "medium");
    late.book().newest = [&] {
        static Rules slow = DefaultRules();
        slow.policy.usual["EXCEPTION"] = {5, Delay::Unit::kBusinessDays};
        slow.hash = "rules";
        return &slow;
    }();
    late.Inspect("R-1", 0, 0, "wrong_item");
    EXPECT_EQ(ticket(late)["priority"].AsString(), "high");
    EXPECT_THAT(ticket(late)["text"].AsString(), HasSubstr("At the usual pace"));
}

// Plays with the moves kept, as the journal keeps them.
struct Witness : Buyer {
    using Buyer::Buyer;
    void Note() {
        rows.push_back({now(), last().moves, {}});
        for (const Slice& slice : subject().slices)
            rows.back().causes.emplace_back(slice.id, slice.cause);
    }
    std::vector<TimedRow> rows;
};

Millis Sum(const std::vector<Stay>& stays) {
    return std::accumulate(stays.begin(), stays.end(), Millis(0),
                           [](Millis sum, const Stay& s) { return sum + (s.until - s.from); });
}

TEST(Stays, ChargeEveryDayToWhoeverHadToAct) {
    Witness story("DE");
    const Instant begin = story.now();
    const auto after = [&](int days, const std::function<void()>& said) {
        story.Wait(std::chrono::hours(24 * days));
        said();
        story.Note();
    };
    after(0, [&] { story.Request("R-1", 1, true); });
    after(4, [&] { story.Parcel(EventType::kParcelScanned, "R-1"); });
    after(2, [&] { story.Parcel(EventType::kParcelDelivered, "R-1"); });
    after(1, [&] { story.Inspect("R-1", 1, 0); });
    after(0, [&] { story.Start("refund.create"); });
    after(0, [&] { story.Answer(EventType::kAttemptDone, "accepted", "", "re_1"); });
    EventData paid;
    paid.amount_minor = 5'000;
    paid.currency = "EUR";
    paid.their_reference = "re_1";
    after(3, [&] { story.Say(EventType::kRefundSettled, paid); });
    const auto stays = StaysOf(story.subject(), "R-1", story.rows, story.book(),
                               story.now() + std::chrono::hours(24 * 30));
    const auto day = [&](int n) { return begin + std::chrono::hours(24 * n); };
    const std::vector<Stay> expected = {{day(0), day(4), "AUTHORISED", "customer"},
                                        {day(4), day(6), "IN_TRANSIT", "carrier"},
                                        {day(6), day(7), "AT_PARTNER", "partner"},
                                        {day(7), day(10), "PENDING", "provider"}};
    EXPECT_EQ(stays, expected) << "and nobody is charged once the money is there";
    EXPECT_EQ(PartyOf("provider"), "bank");
    EXPECT_EQ(PartyOf("finance"), "us");
    EXPECT_EQ(PartyOf("carrier"), "carrier");
}

// A customer cannot send what nobody has said where to: until it is known, the days are ours.
TEST(Stays, OfParkedReturnsAreOurs) {
    Witness story("DE");
    RouteRule rule;
    rule.kind = "logistics";
    rule.shop = "main";
    rule.connection = "3pl";
    rule.when["jurisdiction"] = {"FR"};
    story.book().routes = {rule};
    const Instant begin = story.now();
    story.Request("R-1", 1, true);
    story.Note();
    story.Wait(std::chrono::hours(24 * 3));
    rule.when["jurisdiction"] = {"DE"};
    story.book().routes.push_back(rule);
    story.Say(EventType::kTimerFired);
    story.Note();
    const auto day = [&](int n) { return begin + std::chrono::hours(24 * n); };
    const std::vector<Stay> expected = {{day(0), day(3), "AUTHORISED", "us"},
                                        {day(3), day(5), "AUTHORISED", "customer"}};
    EXPECT_EQ(StaysOf(story.subject(), "R-1", story.rows, story.book(), day(5)), expected);
}

// From the request to now, no moment is charged twice or to nobody.
RC_GTEST_PROP(Stays, LeaveNoGap, ()) {
    Witness story("UK");
    story.Request("R-1", 2);
    story.Note();
    const Instant begin = story.now();
    const int steps = *rc::gen::inRange(0, 6);
    for (int step = 0; step < steps; ++step) {
        story.Wait(Millis(*rc::gen::inRange<std::int64_t>(0, 90'000'000)));
        const int kind = *rc::gen::inRange(0, 4);
        if (kind == 0) story.Parcel(EventType::kParcelScanned, "R-1");
        if (kind == 1) story.Parcel(EventType::kParcelDelivered, "R-1");
        if (kind == 2) story.Inspect("R-1", 0, 0, "wrong_item");
        if (kind == 3) story.Inspect("R-1", 1, 0);
        story.Note();
    }
    const Instant now = story.now() + std::chrono::hours(7);
    const auto stays = StaysOf(story.subject(), "R-1", story.rows, story.book(), now);
    RC_ASSERT(Sum(stays) == now - begin);
    RC_ASSERT(stays.front().from == begin);
    for (std::size_t i = 1; i < stays.size(); ++i) RC_ASSERT(stays[i].from == stays[i - 1].until);
}

}  // namespace
}  // namespace returns::workflows
