// What a provider's profile says is what the engine does: each word of it against its opposite.
#include "tests/workflows/story.h"
#include "workflows/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using testing::HasSubstr;

constexpr Millis kHour = std::chrono::hours(1);
constexpr Millis kDay = std::chrono::hours(24);

// An order at "psp" of which one lamp for 50.00 comes back.
struct Terms : Story {
    explicit Terms(const std::function<void(RefundTerms&)>& change = {}, Millis key_window = kDay) {
        ConnectionFacts& psp = book().connections[1];
        psp.key_window = Delay{key_window.count() / 1000, Delay::Unit::kSeconds};
        if (change) change(psp.terms);
        PlaceOrder();
    }
    void ComeBack(const std::string& return_id = "R-1", int units = 1) {
        Request(return_id, units);
        Parcel(EventType::kParcelDelivered, return_id);
        Inspect(return_id, units, 0);
        Wait(kHour);
    }
    void Doubt() {
        EXPECT_TRUE(Start("refund.create"));
        Answer(EventType::kAttemptInDoubt, "", "no_answer");
    }
    // The one leg of that return that is no estimate.
    const Leg& Money(const std::string& return_id = "R-1") const {
        const Leg* found = nullptr;
        for (const Leg& leg : subject().legs)
            if (leg.return_id == return_id && leg.state != RefundState::kNotDue) found = &leg;
        EXPECT_NE(found, nullptr);
        return *found;
    }
    bool Sends() const { return Waiting("refund.create") != nullptr; }
    std::string ToldFinance() const {
        const Command* ticket = Waiting("ticket.create");
        return ticket == nullptr ? "" : WriteJson(ticket->body);
    }
};

TEST(Terms, TheKeyIsUsedAgainWhileItProtects) {
    for (const Millis window : {kDay, kHour}) {
        Terms story({}, window);
        story.ComeBack();
        const std::string key = story.Money().key;
        story.Doubt();
        ASSERT_TRUE(story.Start("refund.lookup"));
        story.Answer(EventType::kAttemptDone, "absent");
        EXPECT_EQ(story.Sends(), window == kDay);
        EXPECT_EQ(story.Money().state, RefundState::kUnknown) << "absent proves nothing";
        EXPECT_EQ(story.Money().key, key);
        EXPECT_EQ(story.Money().stalled_at != kNoTime, window == kHour) << "frozen for a person";
    }
}

TEST(Terms, WhoCannotBeAskedForOurReferenceIsToldAgain) {
    for (const bool by_ours : {true, false}) {
        Terms story([&](RefundTerms& terms) { terms.lookup_by_our_reference = by_ours; });
        story.ComeBack();
        const std::string key = story.Money().key;
        story.Doubt();
        EXPECT_EQ(story.Waiting("refund.lookup") != nullptr, by_ours);
        EXPECT_EQ(story.Sends(), !by_ours);
        EXPECT_EQ(story.Money().key, key);
    }
    // And again, ever more seldom, but not put off for ever.
    Terms often([](RefundTerms& terms) { terms.lookup_by_our_reference = false; });
    often.ComeBack();
    often.Doubt();
    int sent = 0;
    for (int i = 0; i < 24; ++i) {
        often.Wait(kHour / 6);
        const Command* waits = often.Waiting("refund.create");
        if (waits == nullptr || waits->not_before > often.now()) continue;
        often.Doubt();
        ++sent;
    }
    EXPECT_GE(sent, 6);
    // What we know by their name can be asked for.
    Terms story([](RefundTerms& terms) { terms.lookup_by_our_reference = false; });
    story.ComeBack();
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptDone, "accepted", "", "re_1");
    story.Wait(10 * kDay);
    EXPECT_EQ(story.Money().state, RefundState::kUnknown);
    EXPECT_NE(story.Waiting("refund.lookup"), nullptr);
}

TEST(Terms, ARefusalAfterDoubtEndsNothingUnlessItIsKept) {
    for (const bool stores : {true, false}) {
        Terms story([&](RefundTerms& terms) {
            terms.stores_refusals = stores;
            terms.lookup_by_our_reference = false;
        });
        story.ComeBack();
        const std::string key = story.Money().key;
        story.Doubt();
        story.Wait(kHour);
        ASSERT_TRUE(story.Start("refund.create"));
        story.Answer(EventType::kAttemptRefused, "", "declined");
        if (stores) {
            EXPECT_EQ(story.Money().state, RefundState::kAlternative);
            continue;
        }
        EXPECT_EQ(story.Money().state, RefundState::kUnknown);
        EXPECT_EQ(story.Money().key, key);
        EXPECT_EQ(story.Money().attempts, 1) << "no new key beside one that may still count";
    }
    // What no time changes is an end whoever asks: an earlier request would be refused as well.
    Terms old(
        [](RefundTerms& terms) { terms.stores_refusals = terms.lookup_by_our_reference = false; });
    old.ComeBack();
    old.Doubt();
    old.Wait(kHour);
    ASSERT_TRUE(old.Start("refund.create"));
    old.Answer(EventType::kAttemptRefused, "", "tender_too_old");
    EXPECT_EQ(old.Money().state, RefundState::kAlternative);
    Terms story([](RefundTerms& terms) { terms.stores_refusals = false; });
    story.ComeBack();
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptRefused, "", "declined");
    EXPECT_EQ(story.Money().state, RefundState::kAlternative)
        << "a first try has nothing before it";
}

TEST(Terms, WhatIsTooOldIsNotEvenTried) {
    for (const int days : {0, 1, 3}) {
        Terms story([&](RefundTerms& terms) { terms.days_max = days; });
        story.Request("R-1", 1);
        story.Parcel(EventType::kParcelDelivered, "R-1");
        story.Wait(kDay);
        story.Inspect("R-1", 1, 0);
        story.Wait(kHour);
        EXPECT_EQ(story.Sends(), days != 1) << days;
        if (days != 1) continue;
        EXPECT_EQ(story.Money().state, RefundState::kAlternative);
        EXPECT_EQ(story.Money().cause, "tender_too_old");
        EXPECT_EQ(story.Money().attempts, 0);
        EXPECT_EQ(story.Money().key, "");
    }
}

TEST(Terms, WithoutABalanceItIsTriedDailyAndFinanceIsTold) {
    Terms story;
    story.ComeBack();
    std::string key = story.Money().key;
    for (int day = 0; day < 6; ++day) {
        ASSERT_TRUE(story.Start("refund.create")) << day;
        story.Answer(EventType::kAttemptRefused, "", "insufficient_funds");
        ASSERT_EQ(story.Money().state, RefundState::kReady) << day;
        EXPECT_NE(story.Money().key, key) << "a definite no: a new key";
        key = story.Money().key;
        EXPECT_EQ(story.Waiting("refund.create")->not_before, story.now() + kDay);
        EXPECT_NE(story.Money().stalled_at, kNoTime);
        if (day == 0) {
            EXPECT_THAT(story.ToldFinance(), HasSubstr(R"("owner":"finance")"));
        }
        story.Wait(kDay);
    }
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptDone, "paid", "", "re_7");
    EXPECT_EQ(story.Money().state, RefundState::kSettled);
    EXPECT_EQ(story.Money().cause, "");
}

TEST(Terms, WhatIsQueuedForMoneyIsNotTriedAgain) {
    Terms story([](RefundTerms& terms) { terms.queues_for_money = true; });
    story.ComeBack();
    const std::string key = story.Money().key;
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptRefused, "", "insufficient_funds", "re_1");
    EXPECT_EQ(story.Money().state, RefundState::kPending);
    EXPECT_THAT(story.ToldFinance(), HasSubstr(R"("owner":"finance")"));
    story.Wait(3 * kDay);
    EXPECT_FALSE(story.Sends());
    // The same said by a notice.
    EventData notice;
    notice.their_reference = "re_1";
    notice.our_reference = story.Money().reference;
    notice.reason = "insufficient_funds";
    story.Say(EventType::kRefundRefused, notice, "psp");
    EXPECT_EQ(story.Money().state, RefundState::kPending);
    EXPECT_EQ(story.Money().key, key);
    notice.reason.clear();
    notice.amount_minor = story.Money().amount_minor;
    story.Say(EventType::kRefundSettled, notice, "psp");
    EXPECT_EQ(story.Money().state, RefundState::kSettled);
}

TEST(Terms, APendingRefundThatLacksMoneyIsToldToFinance) {
    Terms story;
    story.ComeBack();
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptDone, "accepted", "", "re_1");
    EXPECT_EQ(story.ToldFinance(), "");
    EventData notice;
    notice.their_reference = "re_1";
    notice.reason = "insufficient_funds";
    story.Say(EventType::kRefundSubmitted, notice, "psp");
    EXPECT_EQ(story.Money().state, RefundState::kPending);
    EXPECT_THAT(story.ToldFinance(), HasSubstr(R"("owner":"finance")"));
    EXPECT_FALSE(story.Sends());
}

TEST(Terms, WhereANoticeSettlesNoAnswerDoes) {
    for (const bool notice : {false, true}) {
        Terms story([&](RefundTerms& terms) { terms.settles_by_notice = notice; });
        story.ComeBack();
        ASSERT_TRUE(story.Start("refund.create"));
        story.Answer(EventType::kAttemptDone, "paid", "", "re_1");
        EXPECT_EQ(story.Money().state, notice ? RefundState::kPending : RefundState::kSettled);
        EventData told;
        told.their_reference = "re_1";
        story.Say(EventType::kRefundSettled, told, "psp");
        EXPECT_EQ(story.Money().state, RefundState::kSettled);
    }
}

TEST(Terms, WhatIsTooLittleIsNotSentButExplained) {
    const auto least = [](std::map<std::string, std::int64_t, std::less<>> minimum) {
        return [minimum](RefundTerms& terms) { terms.minimum_minor = minimum; };
    };
    Terms fits(least({{"EUR", 5000}, {"*", 9000}}));
    fits.ComeBack();
    EXPECT_TRUE(fits.Sends()) << "exactly the least";
    for (const auto& minimum : {least({{"EUR", 5001}}), least({{"*", 5001}, {"USD", 1}})}) {
        Terms story(minimum);
        story.ComeBack();
        EXPECT_FALSE(story.Sends());
        EXPECT_EQ(story.Money().state, RefundState::kAlternative);
        EXPECT_EQ(story.Money().cause, "below_minimum");
        EXPECT_EQ(story.Money().attempts, 0);
        EXPECT_THAT(story.ToldFinance(), HasSubstr("below_minimum")) << "the ticket says why";
    }
}

TEST(Terms, WhatCannotBeSplitIsPaidBackWhollyOrElsewhere) {
    const auto whole = [](RefundTerms& terms) { terms.partial = false; };
    Terms part(whole);
    part.ComeBack();
    EXPECT_FALSE(part.Sends());
    EXPECT_EQ(part.Money().state, RefundState::kAlternative);
    EXPECT_EQ(part.Money().cause, "partial_refused");
    // Another means of payment of the order can carry it.
    Terms two(whole);
    EventData captured;
    captured.currency = "EUR";
    captured.tender = TenderFact{"t2", "other", "shop", "cash-1", 6000};
    two.Say(EventType::kOrderCaptured, captured);
    two.ComeBack();
    EXPECT_EQ(two.Money().tender_id, "t2");
    EXPECT_NE(two.Waiting("shop.refund_requested"), nullptr);
}

TEST(Terms, OnlySoManyRefundsOfOnePayment) {
    Terms story([](RefundTerms& terms) { terms.refunds_max = 1; });
    story.ComeBack("R-1");
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptDone, "paid", "", "re_1");
    EXPECT_EQ(story.Money("R-1").state, RefundState::kSettled);
    story.ComeBack("R-2");
    EXPECT_FALSE(story.Sends());
    EXPECT_EQ(story.Money("R-2").state, RefundState::kAlternative);
    EXPECT_EQ(story.Money("R-2").cause, "too_many_refunds");
}

}  // namespace
}  // namespace returns::workflows
