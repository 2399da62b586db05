// The main job, told as stories: what happens to goods and money, event by event.

#include "tests/workflows/story.h"

#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using States = std::vector<std::string>;

TEST(Decide, AnOrderComesBackAndIsRefunded) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1, true);
    EXPECT_EQ(story.States("R-1"), (States{"AUTHORISED", "NOT_DUE 5000"}));
    ASSERT_TRUE(story.Start("return.create"));
    story.Answer(EventType::kAttemptDone, "ok", "", "3PL-77");
    EXPECT_EQ(story.subject().returns[0].partner_reference, "3PL-77");
    story.Parcel(EventType::kParcelScanned, "R-1");
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Parcel(EventType::kReturnOpened, "R-1");
    story.Inspect("R-1", 1, 0);
    EXPECT_EQ(story.States("R-1"), (States{"ACCEPTED", "READY 5000"}));
    ASSERT_TRUE(story.Start("refund.create"));
    EXPECT_EQ(story.leg(0).state, RefundState::kSubmitting);
    story.Answer(EventType::kAttemptDone, "accepted", "", "re_1");
    EXPECT_EQ(story.leg(0).state, RefundState::kPending);
    EventData settled;
    settled.their_reference = "re_1";
    settled.amount_minor = 5000;
    settled.currency = "EUR";
    story.Say(EventType::kRefundSettled, settled);
    EXPECT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 5000"}));
    EXPECT_TRUE(story.subject().commands.empty());
}

TEST(Decide, ALostAnswerIsLookedUpAndTheSameKeyGoesAgain) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_TRUE(story.Start("refund.create"));
    const std::string key = story.leg(0).key;
    story.Answer(EventType::kAttemptInDoubt, "", "timed_out");
    EXPECT_EQ(story.leg(0).state, RefundState::kUnknown);
    ASSERT_TRUE(story.Start("refund.lookup"));
    story.Answer(EventType::kAttemptDone, "absent");
    ASSERT_NE(story.Waiting("refund.create"), nullptr);
    EXPECT_EQ(story.Waiting("refund.create")->key, key);
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptDone, "paid", "", "re_1");
    EXPECT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 5000"}));
}

TEST(Decide, AKeyBeyondItsWindowIsNeverSentAgain) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_TRUE(story.Start("refund.create"));
    story.Wait(std::chrono::hours(30));
    EXPECT_EQ(story.leg(0).state, RefundState::kUnknown);
    ASSERT_TRUE(story.Start("refund.lookup"));
    story.Answer(EventType::kAttemptDone, "absent");
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
    EXPECT_NE(story.leg(0).stalled_at, kNoTime);
    ASSERT_EQ(story.subject().tickets.size(), 1u);
}

TEST(Decide, ASilentPartnerOpensOneTicketAndRecoveryResolvesIt) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 2);
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Wait(std::chrono::hours(24 * 4));
    EXPECT_EQ(story.States("R-1"), (States{"EXCEPTION", "NOT_DUE 10000"}));
    ASSERT_EQ(story.subject().tickets.size(), 1u);
    ASSERT_TRUE(story.Start("ticket.create"));
    story.Answer(EventType::kAttemptDone, "ok", "", "INC-5");
    story.Wait(std::chrono::hours(24 * 9));
    EXPECT_EQ(story.subject().tickets.size(), 1u);
    story.Inspect("R-1", 2, 0);
    EXPECT_EQ(story.slice(0).state, ReturnState::kAccepted);
    EXPECT_EQ(story.subject().tickets[0].state, TicketState::kResolving);
    EXPECT_NE(story.Waiting("ticket.resolve"), nullptr);
}

TEST(Decide, EventsWaitForTheirOrderAndAreThenPlayed) {
    Story story;
    story.Request("R-1", 1);
    EXPECT_EQ(story.last().verdict, Verdict::kHeld);
    story.Wait(std::chrono::hours(72));
    ASSERT_EQ(story.subject().tickets.size(), 1u);
    story.PlaceOrder();
    EXPECT_TRUE(story.subject().held.empty());
    EXPECT_EQ(story.States("R-1"), (States{"AUTHORISED", "NOT_DUE 5000"}));
    EXPECT_EQ(story.subject().tickets[0].state, TicketState::kResolved);
}

TEST(Decide, ADisputeThatComesFirstWins) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_NE(story.Waiting("refund.create"), nullptr);
    EventData dispute;
    dispute.amount_minor = 13490;
    dispute.their_reference = "dp_1";
    story.Say(EventType::kDisputeOpened, dispute);
    EXPECT_FALSE(story.Start("refund.create"));
    EXPECT_EQ(story.leg(0).state, RefundState::kDisputed);
    story.Say(EventType::kDisputeLost, dispute);
    EXPECT_EQ(story.leg(0).state, RefundState::kCovered);
    EXPECT_EQ(story.slice(0).state, ReturnState::kClosed);
    EXPECT_EQ(story.PaidMinor(), 0);
}

TEST(Decide, MoneyTheShopPaidByItselfIsAdoptedAndNotPaidAgain) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    EventData paid;
    paid.return_id = "R-1";
    paid.amount_minor = 5000;
    paid.currency = "EUR";
    paid.their_reference = "by-hand";
    story.Say(EventType::kRefundSettled, paid);
    story.Inspect("R-1", 1, 0);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
    EXPECT_EQ(story.PaidMinor(), 5000);
    EXPECT_EQ(story.slice(0).state, ReturnState::kClosed);
}

TEST(Decide, TheShopPaysBackByEvent) {
    Story story;
    story.PlaceOrder(false);
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_TRUE(story.Start("shop.refund_requested"));
    const std::string reference = story.leg(0).reference;
    story.Answer(EventType::kAttemptDone, "accepted");
    EXPECT_EQ(story.leg(0).state, RefundState::kPending);
    EventData settled;
    settled.our_reference = reference;
    settled.amount_minor = 5000;
    settled.currency = "EUR";
    story.Say(EventType::kRefundSettled, settled);
    EXPECT_EQ(story.leg(0).state, RefundState::kSettled);
}

TEST(Decide, ARefusedResendLeavesTheFirstAttemptInDoubt) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptInDoubt, "", "timed_out");
    ASSERT_TRUE(story.Start("refund.lookup"));
    story.Answer(EventType::kAttemptDone, "absent");
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptNotDone, "", "rate_limited");
    EXPECT_EQ(story.leg(0).state, RefundState::kUnknown);
    EventData dispute;
    dispute.amount_minor = 13490;
    dispute.their_reference = "dp_1";
    story.Say(EventType::kDisputeOpened, dispute);
    EXPECT_EQ(story.leg(0).state, RefundState::kContested);
    EXPECT_FALSE(story.leg(0).key.empty());
}

TEST(Decide, AnAttemptCertainlyNotSentWaitsAndGoesAgainUnderItsKey) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    const std::string key = story.leg(0).key;
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptNotDone, "", "unreachable");
    EXPECT_EQ(story.leg(0).state, RefundState::kReady);
    ASSERT_NE(story.Waiting("refund.create"), nullptr);
    EXPECT_GT(story.Waiting("refund.create")->not_before, story.now());
    EXPECT_EQ(story.leg(0).key, key);
}

// Two gateways, or one that came back: what is under way is not begun a second time.
TEST(Decide, AnAttemptUnderWayIsNotBegunAgain) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 2);
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Wait(std::chrono::hours(24 * 4));
    ASSERT_TRUE(story.Start("ticket.create"));
    story.Inspect("R-1", 2, 0);
    ASSERT_TRUE(story.Start("refund.create"));
    const std::vector<Command> before = story.subject().commands;
    int under_way = 0;
    for (const Command& command : before) {
        if (command.state != CommandState::kInFlight) continue;
        ++under_way;
        EventData again;
        again.attempt.command = command.number;
        again.attempt.number = command.attempts + 1;
        again.attempt.key = command.key;
        story.Say(EventType::kAttemptStarted, again);
        EXPECT_EQ(story.last().verdict, Verdict::kRefused) << command.operation;
        EXPECT_EQ(story.subject().commands, before) << command.operation;
    }
    EXPECT_EQ(under_way, 2);
}

}  // namespace
}  // namespace returns::workflows
