// Amounts that do not fit: another currency, too much, too little, twice; and what takes two
// people.
#include "schemas/money.h"

#include "tests/workflows/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace returns::workflows {
namespace {

using testing::HasSubstr;
using States = std::vector<std::string>;

// One unit of A accepted; its 50.00 ready, and sent with that answer.
void Send(Story& story, EventType outcome, const std::string& answer, const std::string& reason) {
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(outcome, answer, reason, "re_1");
}

EventData Told(std::int64_t amount_minor, const std::string& currency = "EUR") {
    EventData data;
    data.their_reference = "re_1";
    data.amount_minor = amount_minor;
    data.currency = currency;
    return data;
}

EventData Captured(std::int64_t amount_minor, const std::string& currency = "EUR") {
    EventData data;
    data.currency = currency;
    data.tender = TenderFact{"t1", "card", "psp", "pi_1", amount_minor};
    return data;
}

TEST(Money, OfAnotherCurrencyIsRefused) {
    Story story;
    Send(story, EventType::kAttemptDone, "accepted", "");
    story.Say(EventType::kRefundSettled, Told(5000, "USD"));
    EXPECT_EQ(story.last().verdict, Verdict::kRefused);
    EXPECT_THAT(story.last().reason, HasSubstr("refund in USD, the order is in EUR"));
    EXPECT_EQ(story.PaidMinor(), 0);
    story.Say(EventType::kOrderCaptured, Captured(20000, "USD"));
    EXPECT_EQ(story.last().verdict, Verdict::kRefused);
    EXPECT_EQ(story.subject().tenders.at(0).captured_minor, 13490);
}

TEST(Money, ACaptureDoesNotShrinkBelowWhatHasLeft) {
    Story story;
    Send(story, EventType::kAttemptDone, "paid", "");
    story.Say(EventType::kOrderCaptured, Captured(4999));
    EXPECT_EQ(story.last().verdict, Verdict::kRefused);
    EXPECT_EQ(story.subject().tenders.at(0).captured_minor, 13490);
    story.Say(EventType::kOrderCaptured, Captured(5000));
    EXPECT_EQ(story.last().verdict, Verdict::kMoved);
}

TEST(Money, AnOrderWhoseSumsDoNotHoldIsRefused) {
    EventData price, sum, line, order;
    price.lines = {Line("A", 2, kMinorMax)};
    sum.lines = {Line("A", 1, kMinorMax), Line("B", 1, 1)};
    line.lines = {Line("A", 1, 5000), Line("B", 1, 3000)};
    line.lines[0].discount_minor = 5001;
    order.lines = {Line("A", 1, 5000)};
    order.discount_minor = 5001;
    for (EventData data : {price, sum, line, order}) {
        Story story;
        data.currency = "EUR";
        story.Say(EventType::kOrderPlaced, data);
        EXPECT_EQ(story.last().verdict, Verdict::kRefused);
        EXPECT_FALSE(story.subject().placed);
    }
}

TEST(Money, PaidBeyondTheLegIsFlagged) {
    Story story;
    Send(story, EventType::kAttemptDone, "accepted", "");
    story.Say(EventType::kRefundSettled, Told(6000));
    EXPECT_EQ(story.leg(0).state, RefundState::kSettled);
    ASSERT_EQ(story.subject().legs.size(), 2u);
    EXPECT_EQ(story.leg(1).state, RefundState::kOverpaid);
    EXPECT_EQ(story.leg(1).amount_minor, 1000);
}

TEST(Money, PaidLessThanTheLegIsNotDone) {
    Story story;
    Send(story, EventType::kAttemptDone, "accepted", "");
    story.Say(EventType::kRefundSettled, Told(4999));
    EXPECT_EQ(story.leg(0).state, RefundState::kPending);
    EXPECT_EQ(story.leg(0).cause, "amount_differs");
    EXPECT_EQ(story.subject().tickets.size(), 1u);
}

TEST(Money, PaidAfterItWasRefusedIsFlagged) {
    Story story;
    Send(story, EventType::kAttemptRefused, "", "card_closed");
    ASSERT_FALSE(story.leg(0).paid);
    EventData paid = Told(5000);
    paid.our_reference = story.leg(0).reference;
    paid.their_reference = "re_2";
    story.Say(EventType::kRefundSettled, paid);
    const auto& legs = story.subject().legs;
    EXPECT_TRUE(std::any_of(legs.begin(), legs.end(), [](const Leg& leg) {
        return leg.state == RefundState::kOverpaid && leg.amount_minor == 5000;
    }));
}

// Notices overtake each other: that it had begun comes after it was refused.
TEST(Money, ALateNoticeOfItsBeginningDoesNotBringARefusedRefundBack) {
    Story story;
    Send(story, EventType::kAttemptDone, "accepted", "");
    EventData notice = Told(5000);
    notice.reason = "lost_or_stolen_card";
    story.Say(EventType::kRefundRefused, notice);
    const std::vector<std::string> refused = story.States("R-1");
    EXPECT_EQ(refused, (std::vector<std::string>{"ACCEPTED", "ALTERNATIVE 5000"}));
    notice.reason.clear();
    EXPECT_EQ(story.Say(EventType::kRefundSubmitted, notice).verdict, Verdict::kIgnored);
    EXPECT_EQ(story.States("R-1"), refused);
}

// The bank's return overtakes the notice that it was paid.
TEST(Money, ABounceThatComesBeforeThePaymentIsNotForgotten) {
    Story story;
    Send(story, EventType::kAttemptDone, "accepted", "");
    EventData notice = Told(5000);
    notice.reason = "expired_or_canceled_card";
    story.Say(EventType::kRefundBounced, notice, "psp");
    const States bounced = {"ACCEPTED", "ALTERNATIVE 5000"};
    ASSERT_EQ(story.States("R-1"), bounced);
    notice.reason.clear();
    EXPECT_EQ(story.Say(EventType::kRefundSettled, notice).verdict, Verdict::kIgnored);
    EXPECT_EQ(story.States("R-1"), bounced);
    EXPECT_EQ(story.PaidMinor(), 0);
}

// Two tries under one name; what is told of the first says nothing of the second.
struct SecondTry : Story {
    SecondTry() {
        Send(*this, EventType::kAttemptDone, "accepted", "");
        EventData failed = Told(5000);
        failed.reason = "insufficient_funds";
        Say(EventType::kRefundRefused, failed, "psp");
        WaitFor({2, Delay::Unit::kDays});
    }
    EventData FromProvider(const std::string& their_reference) {
        EventData told = Told(5000);
        told.our_reference = leg(0).reference;
        told.their_reference = their_reference;
        return told;
    }
};

TEST(Money, ANoticeOfAFailedTryLeavesTheNextOneAlone) {
    SecondTry story;
    ASSERT_TRUE(story.Start("refund.create")) << story.States("R-1").at(1);
    story.Answer(EventType::kAttemptDone, "accepted", "", "re_2");
    ASSERT_EQ(story.leg(0).state, RefundState::kPending);
    EXPECT_EQ(story.leg(0).their_reference, "re_2");
    for (EventType type : {EventType::kRefundSettled, EventType::kRefundRefused,
                           EventType::kRefundBounced, EventType::kRefundSubmitted}) {
        story.Say(type, story.FromProvider("re_1"));
        EXPECT_EQ(story.last().verdict, Verdict::kIgnored);
        EXPECT_EQ(story.leg(0).state, RefundState::kPending);
    }
    story.Say(EventType::kRefundSettled, story.FromProvider("re_2"));
    EXPECT_EQ(story.leg(0).state, RefundState::kSettled);
}

TEST(Money, ALookUpThatFindsAFailedTrySaysNothingOfTheNextOne) {
    SecondTry story;
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptInDoubt, "", "timeout");
    ASSERT_EQ(story.leg(0).state, RefundState::kUnknown);
    const std::string key = story.leg(0).key;
    ASSERT_TRUE(story.Start("refund.lookup"));
    story.Answer(EventType::kAttemptDone, "refused", "insufficient_funds", "re_1");
    EXPECT_EQ(story.leg(0).state, RefundState::kUnknown);
    ASSERT_TRUE(story.Start("refund.create"));
    EXPECT_EQ(story.leg(0).key, key) << "the same try again";
}

TEST(Money, TwoPaymentsUnderOneNameAreFlagged) {
    Story story;
    Send(story, EventType::kAttemptDone, "paid", "");
    EventData again = Told(5000);
    again.our_reference = story.leg(0).reference;
    again.their_reference = "re_2";
    story.Say(EventType::kRefundSettled, again, "psp");
    EXPECT_EQ(story.leg(0).their_reference, "re_1");
    ASSERT_EQ(story.subject().legs.size(), 2u);
    EXPECT_EQ(story.leg(1).state, RefundState::kOverpaid);
    EXPECT_EQ(story.leg(1).their_reference, "re_2");
}

TEST(Money, ALostDisputeWithinTheCaptureLeavesTheRefundAlone) {
    Story story;
    Send(story, EventType::kAttemptDone, "paid", "");
    EventData dispute;
    dispute.amount_minor = 8490;
    dispute.their_reference = "dp_1";
    story.Say(EventType::kDisputeLost, dispute);
    EXPECT_EQ(story.leg(0).state, RefundState::kSettled);
}

// The shop pays first and tells of the return later: the money is the return's, and is paid once.
TEST(Money, PaidBeforeItsReturnWasToldOf) {
    Story story;
    story.PlaceOrder();
    EventData paid = Told(5000);
    paid.return_id = "R-1";
    story.Say(EventType::kRefundSettled, paid);
    ASSERT_EQ(story.leg(0).state, RefundState::kOverpaid) << "so far nothing is owed";
    EXPECT_EQ(story.subject().tickets.size(), 1u);
    story.Request("R-1", 1);
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Inspect("R-1", 1, 0);
    EXPECT_EQ(story.leg(0).state, RefundState::kSettled);
    EXPECT_EQ(story.PaidMinor(), 5000);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr) << "nothing more is paid";
    story.WaitFor({30, Delay::Unit::kDays});
    EXPECT_EQ(story.PaidMinor(), 5000);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
}

// The same without saying for what: nobody can know, so a person decides before more goes out.
TEST(Money, UnexplainedMoneyHoldsWhatBecomesDue) {
    Story story;
    story.PlaceOrder();
    story.Say(EventType::kRefundSettled, Told(5000));
    ASSERT_EQ(story.leg(0).state, RefundState::kOverpaid);
    story.Request("R-1", 1);
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Inspect("R-1", 1, 0);
    ASSERT_EQ(story.leg(1).state, RefundState::kHeld);
    EXPECT_EQ(story.leg(1).held_for, "unexplained");
    story.WaitFor({30, Delay::Unit::kDays});
    EXPECT_EQ(story.leg(1).state, RefundState::kHeld) << "timers never pay";
    EventData two;
    two.subject = story.leg(0).id;
    two.by = "finance:fay";
    two.second = "finance:fred";
    story.Act("write_off", two);
    EXPECT_EQ(story.leg(0).state, RefundState::kClosed);
    EXPECT_EQ(story.leg(1).state, RefundState::kReady) << "explained: it is owed after all";
}

// More is owed than came in, and the shop says it will pay the rest itself.
struct Beyond : Story {
    Beyond() {
        EventData order;
        order.currency = "EUR";
        order.lines = {Line("A", 1, 5000)};
        Say(EventType::kOrderPlaced, order);
        Say(EventType::kOrderCaptured, Captured(3000));
        Request("R-1", 1);
        Inspect("R-1", 1, 0);
        EventData announced = Told(2000);
        announced.return_id = "R-1";
        announced.their_reference = "by-hand";
        Say(EventType::kRefundSubmitted, announced);
    }
    EventData ByHand() {
        EventData told = Told(2000);
        told.their_reference = "by-hand";
        return told;
    }
};

TEST(Money, AnnouncedBeyondTheCaptureIsFlaggedBeforeItIsPaid) {
    Beyond story;
    EXPECT_EQ(story.States("R-1"), (States{"ACCEPTED", "READY 3000", "OVERPAID 2000"}));
    EXPECT_NE(story.leg(1).stalled_at, kNoTime);
    EXPECT_FALSE(story.leg(1).paid);
    story.Say(EventType::kRefundSettled, story.ByHand());
    story.Say(EventType::kRefundSettled, story.ByHand());
    EXPECT_EQ(story.States("R-1"), (States{"ACCEPTED", "READY 3000", "OVERPAID 2000"}))
        << "paid once, however often it is told";
    EXPECT_TRUE(story.leg(1).paid);
}

TEST(Money, AnnouncedBeyondTheCaptureAndRefusedWaitsForAPersonAgain) {
    Beyond story;
    story.Say(EventType::kRefundRefused, story.ByHand());
    EXPECT_EQ(story.States("R-1"), (States{"ACCEPTED", "READY 3000", "HELD 2000"}));
    EXPECT_NE(story.leg(1).stalled_at, kNoTime);
    EXPECT_EQ(story.PaidMinor(), 0);
}

// Too much had left, and the bank sends it back: it is nobody's any more, and what it had stood for
// is owed again.
TEST(Money, WhatWasPaidBeyondAndBouncesIsPaidNoMore) {
    Beyond story;
    story.Say(EventType::kRefundSettled, story.ByHand());
    ASSERT_EQ(story.PaidMinor(), 2000);
    story.Say(EventType::kRefundBounced, story.ByHand());
    EXPECT_EQ(story.leg(1).state, RefundState::kClosed);
    EXPECT_EQ(story.PaidMinor(), 0);
    EXPECT_EQ(story.leg(2).state, RefundState::kHeld) << "the tender has no room for it";
    EXPECT_EQ(story.leg(2).amount_minor, 2000);
}

// One refund made by hand: a part of it pays what is owed, the rest was owed to nobody. Each notice
// of it is about both.
struct InParts : Story {
    InParts() {
        PlaceOrder();
        Request("R-1", 1);
        Inspect("R-1", 1, 0);
        owed = leg(0).amount_minor;
    }
    const Decision& Hear(EventType type) {
        EventData told = Told(owed + 700);
        told.their_reference = "by-hand";
        return Say(type, told);
    }
    std::int64_t owed = 0;
};

TEST(Money, APaymentInPartsIsCountedOnceHoweverOftenItIsTold) {
    InParts story;
    story.Hear(EventType::kRefundSubmitted);
    story.Hear(EventType::kRefundSettled);
    EXPECT_EQ(story.PaidMinor(), story.owed + 700);
    story.Hear(EventType::kRefundSettled);
    EXPECT_EQ(story.PaidMinor(), story.owed + 700);
}

TEST(Money, APaymentInPartsComesBackInAllOfThem) {
    InParts story;
    story.Hear(EventType::kRefundSettled);
    ASSERT_EQ(story.PaidMinor(), story.owed + 700);
    story.Hear(EventType::kRefundBounced);
    EXPECT_EQ(story.PaidMinor(), 0);
}

TEST(Money, ARefundByHandWhoseEndIsToldBeforeItsBeginningIsNotPaid) {
    for (const EventType end : {EventType::kRefundRefused, EventType::kRefundBounced}) {
        Story story;
        story.PlaceOrder();
        EventData told = Told(700);
        told.their_reference = "by-hand";
        story.Say(end, told, "psp");
        story.Say(EventType::kRefundSubmitted, told, "psp");
        story.Say(EventType::kRefundSettled, told, "psp");
        EXPECT_EQ(story.PaidMinor(), 0);
        EXPECT_EQ(story.leg(0).state, RefundState::kClosed);
        EXPECT_EQ(story.leg(0).cause, "failed before it was heard of");
    }
}

// Refund and chargeback have both paid; two persons let it go, and the case goes on.
TEST(Money, WhatWasTakenTwiceMayBeWrittenOff) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_TRUE(story.Start("refund.create"));
    EventData dispute;
    dispute.their_reference = "dp_1";
    dispute.payment_reference = "pi_1";
    dispute.amount_minor = 13490;
    story.Say(EventType::kDisputeOpened, dispute, "psp");
    EventData told = Told(story.leg(0).amount_minor);
    told.our_reference = story.leg(0).reference;
    story.Say(EventType::kRefundSettled, told, "psp");
    story.Say(EventType::kDisputeLost, dispute, "psp");
    ASSERT_EQ(story.leg(0).state, RefundState::kOverpaid);
    EventData two;
    two.subject = story.leg(0).id;
    two.by = "finance:fay";
    two.second = "finance:fred";
    const Decision& decision = story.Act("write_off", two);
    EXPECT_EQ(story.leg(0).state, RefundState::kClosed);
    EXPECT_EQ(decision.after.quarantine, "");
}

TEST(Money, ASecondRefundUnderOurNameIsCountedOnce) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_TRUE(story.Start("refund.create"));
    EventData told = Told(story.leg(0).amount_minor);
    told.our_reference = story.leg(0).reference;
    for (const char* theirs : {"re_1", "re_2", "re_2"}) {
        told.their_reference = theirs;
        story.Say(EventType::kRefundSettled, told, "psp");
    }
    EXPECT_EQ(story.PaidMinor(), 2 * story.leg(0).amount_minor);
}

TEST(Money, AWordNobodyKnowsMovesNoMoney) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    EventData told;
    told.return_id = "R-1";
    told.payment_reference = "pi_1";
    told.raw_code = "in_review";
    const auto decision = story.Say(EventType::kPartnerUnknownStatus, told);
    EXPECT_EQ(decision.verdict, Verdict::kIgnored);
    EXPECT_EQ(decision.reason, "a word about money that its connector does not know");
}

// A provider that answers every attempt with an error and finds nothing when asked.
TEST(Money, DoubtIsClearedUpWithGrowingPauses) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Inspect("R-1", 1, 0);
    const std::string key = story.leg(0).key;
    const Instant first = story.now();
    int sent = 0;
    while (const Command* command = story.Waiting("refund.create")) {
        story.Wait(std::max(command->not_before - story.now(), Millis(0)));
        if (story.Start("refund.create")) {
            EXPECT_EQ(story.leg(0).key, key);
            ASSERT_LT(++sent, 50) << "within one key's time";
            story.Answer(EventType::kAttemptInDoubt, "", "server_error");
        }
        if (!story.Start("refund.lookup")) break;  // the key protects no longer: a person's turn
        story.Answer(EventType::kAttemptDone, "absent");
    }
    EXPECT_GT(sent, 10);
    EXPECT_GT(story.now() - first, std::chrono::hours(12));
    EXPECT_EQ(story.leg(0).state, RefundState::kUnknown);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
}

TEST(TwoPeople, ToRefuseMoneyThatIsHeld) {
    Story story;
    EventData order;
    order.currency = "EUR";
    order.lines = {Line("A", 1, 5000)};
    story.Say(EventType::kOrderPlaced, order);
    story.Say(EventType::kOrderCaptured, Captured(3000));
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_EQ(story.States("R-1"), (States{"ACCEPTED", "READY 3000", "HELD 2000"}));
    EventData refuse;
    refuse.subject = story.leg(1).id;
    for (const char* alone : {"", "anna"}) {
        refuse.second = alone;
        EXPECT_EQ(story.Act("refuse", refuse).verdict, Verdict::kRefused) << alone;
    }
    EXPECT_THAT(story.last().reason, HasSubstr("second person"));
    refuse.second = "omar";
    EXPECT_EQ(story.Act("refuse", refuse).verdict, Verdict::kMoved);
    EXPECT_EQ(story.leg(1).state, RefundState::kCancelled);
}

TEST(TwoPeople, ToOpenAReturnAgainOnceItsMoneyMoved) {
    Story story;
    Send(story, EventType::kAttemptDone, "paid", "");
    ASSERT_EQ(story.slice(0).state, ReturnState::kClosed);
    EventData reopen;
    reopen.return_id = "R-1";
    for (const char* alone : {"", "anna"}) {
        reopen.second = alone;
        EXPECT_EQ(story.Act("reopen", reopen).verdict, Verdict::kRefused) << alone;
    }
    reopen.second = "omar";
    EXPECT_EQ(story.Act("reopen", reopen).verdict, Verdict::kMoved);
    EXPECT_EQ(story.PaidMinor(), 5000);
}

}  // namespace
}  // namespace returns::workflows
