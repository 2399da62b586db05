// Money ahead of the goods: granted on a scan, held, limited, earned, taken back, left alone.
#include "tests/workflows/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using testing::HasSubstr;
using States = std::vector<std::string>;

void OnScan(Policy& policy) {
    policy.advance.on = "scanned";
    policy.advance.up_to = {{"EUR", 10'000}};
}

// Two units of A, worth 100.00, on their way back.
struct Ahead : Story {
    explicit Ahead(std::function<void(Policy&)> change = OnScan, bool statutory = false)
        : Story(std::move(change)) {
        PlaceOrder();
        Request("R-1", 2, statutory);
        Parcel(EventType::kParcelScanned, "R-1");
    }
    void Pay() {
        ASSERT_TRUE(Start("refund.create"));
        Answer(EventType::kAttemptDone, "paid", "", "re_1");
    }
    const Return& header() const { return subject().returns.at(0); }
    EventData OnLeg(std::size_t at, const std::string& second = "") const {
        EventData data;
        data.subject = leg(at).id;
        data.second = second;
        return data;
    }
    EventData OnReturn() const {
        EventData data;
        data.return_id = "R-1";
        return data;
    }
    // Never found again, and nobody believes that it was sent.
    void NeverComes() {
        Parcel(EventType::kParcelLost, "R-1");
        Act("not_posted", OnReturn());
        Act("reject", OnReturn());
    }
};

TEST(Advances, AreOffByDefault) {
    Ahead story(nullptr);
    EXPECT_EQ(story.States("R-1"), (States{"IN_TRANSIT", "NOT_DUE 10000"}));
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
}

TEST(Advances, ArePaidOnAScanAndEarnedByTheGoods) {
    Ahead story;
    EXPECT_THAT(story.last().reason, HasSubstr("paid in advance: 100.00 EUR"));
    EXPECT_EQ(story.States("R-1"), (States{"IN_TRANSIT", "READY 10000"}));
    story.Pay();
    EXPECT_EQ(story.slice(0).state, ReturnState::kInTransit);
    story.Parcel(EventType::kParcelScanned, "R-1");
    story.Inspect("R-1", 2, 0);
    EXPECT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 10000"})) << "once, not twice";
    EXPECT_EQ(story.header().advance_minor, 0);
    EXPECT_FALSE(IsWatched(story.subject()));
}

TEST(Advances, NeedTheProofThePolicyNames) {
    Story scan(OnScan), receipt([](Policy&policy) {
        OnScan(policy);
        policy.advance.on = "posted";
    });
    for (Story* story : {&scan, &receipt}) {
        story->PlaceOrder();
        story->Request("R-1", 1);
        EXPECT_EQ(story->Waiting("refund.create"), nullptr);
        story->Parcel(EventType::kParcelPosted, "R-1");
    }
    EXPECT_NE(receipt.Waiting("refund.create"), nullptr);
    EXPECT_EQ(scan.Waiting("refund.create"), nullptr) << "a receipt is not a scan";
    scan.Parcel(EventType::kParcelScanned, "R-1");
    EXPECT_NE(scan.Waiting("refund.create"), nullptr);
}

TEST(Advances, StopAtTheOrdersLimit) {
    Ahead story([](Policy& policy) {
        OnScan(policy);
        policy.advance.up_to = {{"EUR", 9'999}};
    });
    EXPECT_THAT(story.last().reason, HasSubstr("no advance: 100.00 EUR are more than the 99.99"));
    EXPECT_EQ(story.States("R-1"), (States{"IN_TRANSIT", "NOT_DUE 10000"}));
}

TEST(Advances, StopAtTheBudgetOfAllOrders) {
    const auto budget = [](Policy& policy) {
        OnScan(policy);
        policy.advance.budget = {{"EUR", 50'000}};
    };
    const auto play = [](Story& story) {
        story.PlaceOrder();
        story.Request("R-1", 2);
        story.Parcel(EventType::kParcelScanned, "R-1");
        return story.Waiting("refund.create") != nullptr;
    };
    Story uncounted(budget), full(budget), room(budget);
    full.book().advanced_minor = Amounts{{"EUR", 40'001}};
    room.book().advanced_minor = Amounts{{"EUR", 40'000}, {"USD", 99'999}};
    EXPECT_FALSE(play(uncounted));
    EXPECT_THAT(uncounted.last().reason, HasSubstr("is not counted yet"));
    EXPECT_FALSE(play(full));
    EXPECT_THAT(full.last().reason, HasSubstr("the budget of 500.00 EUR is used up (400.01 EUR"));
    EXPECT_TRUE(play(room));
}

void OnScanWithHold(Policy& policy) {
    OnScan(policy);
    policy.advance.hold = true;
}

TEST(HeldAdvances, WaitForAPersonOrTheGoodsAndForNoTimer) {
    Ahead released(OnScanWithHold), earned(OnScanWithHold);
    for (Ahead* story : {&released, &earned}) {
        ASSERT_EQ(story->States("R-1"), (States{"IN_TRANSIT", "HELD 10000"}));
        EXPECT_EQ(story->leg(0).held_for, "advance");
        story->WaitFor({8, Delay::Unit::kDays});
        ASSERT_EQ(story->leg(0).state, RefundState::kHeld) << "timers never pay";
    }
    released.Act("release", released.OnLeg(0));
    EXPECT_EQ(released.States("R-1"), (States{"IN_TRANSIT", "READY 10000"}));
    earned.Inspect("R-1", 2, 0);
    EXPECT_EQ(earned.States("R-1"), (States{"ACCEPTED", "READY 10000"}));
}

// One person may refuse the haste, even of a legal right: what the goods earn is paid all the same.
TEST(HeldAdvances, MayBeRefusedWithoutTouchingTheRight) {
    Ahead story(OnScanWithHold, true);
    EXPECT_EQ(story.Act("refuse", story.OnLeg(0)).verdict, Verdict::kMoved);
    EXPECT_EQ(story.States("R-1"), (States{"IN_TRANSIT", "CANCELLED 10000", "NOT_DUE 10000"}));
    story.Inspect("R-1", 2, 0);
    EXPECT_EQ(story.States("R-1"), (States{"ACCEPTED", "CANCELLED 10000", "READY 10000"}));
}

TEST(UnearnedAdvances, ThatHaveLeftAreToBeRecovered) {
    Ahead story;
    story.Pay();
    story.NeverComes();
    EXPECT_EQ(story.States("R-1"), (States{"REJECTED", "OVERPAID 10000"}));
    EXPECT_EQ(story.leg(0).cause, "not_returned");
    EXPECT_NE(story.leg(0).stalled_at, kNoTime);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
}

TEST(UnearnedAdvances, OfAReturnThatExpires) {
    Ahead story;
    story.Pay();
    story.Parcel(EventType::kParcelUndeliverable, "R-1");
    ASSERT_EQ(story.States("R-1"), (States{"AUTHORISED", "SETTLED 10000"}));
    story.WaitFor({31, Delay::Unit::kDays});
    EXPECT_EQ(story.States("R-1"), (States{"EXPIRED", "OVERPAID 10000"}));
    // It turns up after all: nobody is to ask for the money any more.
    story.Parcel(EventType::kParcelDelivered, "R-1");
    EXPECT_EQ(story.States("R-1"), (States{"AT_PARTNER", "SETTLED 10000"}));
    EXPECT_EQ(story.leg(0).stalled_at, kNoTime);
    story.Inspect("R-1", 2, 0);
    EXPECT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 10000"}));
    EXPECT_EQ(story.PaidMinor(), 10'000);
}

TEST(UnearnedAdvances, ThatTheBankSendsBackAreRecovered) {
    Ahead story;
    story.Pay();
    story.NeverComes();
    EventData told;
    told.their_reference = "re_1";
    told.amount_minor = 9'000;  // whatever it says of the amount
    told.currency = "EUR";
    EXPECT_EQ(story.Say(EventType::kRefundSettled, told).verdict, Verdict::kIgnored);
    told.reason = "account_closed";
    story.Say(EventType::kRefundBounced, told);
    EXPECT_EQ(story.States("R-1"), (States{"REJECTED", "CLOSED 10000"}));
    EXPECT_EQ(story.PaidMinor(), 0);
}

TEST(UnearnedAdvances, RecoveredAndThenEarnedArePaidAgain) {
    Ahead story;
    story.Pay();
    story.Parcel(EventType::kParcelUndeliverable, "R-1");
    story.WaitFor({31, Delay::Unit::kDays});
    story.Act("recovered", story.OnLeg(0));
    ASSERT_EQ(story.States("R-1"), (States{"EXPIRED", "CLOSED 10000"}));
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Inspect("R-1", 2, 0);
    EXPECT_EQ(story.States("R-1").back(), "READY 10000");
    EXPECT_EQ(story.PaidMinor(), 0);
}

TEST(UnearnedAdvances, WrittenOffAndThenEarnedAreNotPaidAgain) {
    Ahead story;
    story.Pay();
    story.Parcel(EventType::kParcelUndeliverable, "R-1");
    story.WaitFor({31, Delay::Unit::kDays});
    story.Act("write_off", story.OnLeg(0, "omar"));
    ASSERT_EQ(story.leg(0).state, RefundState::kClosed);
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Inspect("R-1", 2, 0);
    EXPECT_EQ(story.PaidMinor(), 10'000);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
}

TEST(UnearnedAdvances, ThatHaveNotLeftAreWithdrawn) {
    Ahead story;
    story.NeverComes();
    EXPECT_EQ(story.States("R-1"), (States{"REJECTED", "CANCELLED 10000"}));
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
}

TEST(UnearnedAdvances, UnderWayAreWaitedFor) {
    Ahead paid, refused;
    for (Ahead* story : {&paid, &refused}) {
        ASSERT_TRUE(story->Start("refund.create"));
        story->NeverComes();
        ASSERT_EQ(story->States("R-1"), (States{"REJECTED", "SUBMITTING 10000"}));
    }
    paid.Answer(EventType::kAttemptDone, "paid", "", "re_1");
    EXPECT_EQ(paid.States("R-1"), (States{"REJECTED", "OVERPAID 10000"}));
    refused.Answer(EventType::kAttemptRefused, "", "insufficient_funds");
    EXPECT_EQ(refused.States("R-1"), (States{"REJECTED", "CANCELLED 10000"}));
}

// One of two units is worth its money: the other's is to be recovered, to the cent.
TEST(UnearnedAdvances, AreCutFromWhatWasEarned) {
    Ahead left, waits;
    left.Pay();
    for (Ahead* story : {&left, &waits}) story->Inspect("R-1", 1, 1);
    EXPECT_EQ(left.States("R-1"), (States{"REJECTED", "CLOSED", "SETTLED 5000", "OVERPAID 5000"}));
    EXPECT_EQ(left.leg(1).tender_id, "t1");
    EXPECT_EQ(left.PaidMinor(), 10'000);
    EXPECT_EQ(waits.States("R-1"),
              (States{"REJECTED", "ACCEPTED", "READY 5000", "CANCELLED 5000"}));
    // The bank sends the whole payment back: then nothing is to be recovered either.
    EventData bounced;
    bounced.their_reference = "re_1";
    left.Say(EventType::kRefundBounced, bounced);
    EXPECT_EQ(left.PaidMinor(), 0);
    EXPECT_EQ(left.leg(0).state, RefundState::kAlternative);
    EXPECT_EQ(left.leg(1).state, RefundState::kClosed);
}

}  // namespace
}  // namespace returns::workflows
