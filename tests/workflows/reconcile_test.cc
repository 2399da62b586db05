// After a restore: refunds that left since the backup are found before anything leaves again.

#include "tests/workflows/story.h"

#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using States = std::vector<std::string>;

void MayList(Story& story) { story.book().connections[1].operations.insert("refund.list"); }

// From here on the story goes on from a backup taken now.
void Restore(Story& story) {
    story.book().generation = 2;
    story.book().restore = {true, story.now()};
}

// A refund of 50.00 that is ready to go, as the backup has it.
Story Ready(bool psp = true) {
    Story story;
    MayList(story);
    story.PlaceOrder(psp);
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    EXPECT_EQ(story.leg(0).state, RefundState::kReady);
    return story;
}

struct Found {
    std::string theirs, ours, return_id;
    std::int64_t amount_minor = 5000;
    std::string answer = "paid";
};

// The provider is asked for its refunds and tells one.
void List(Story& story, const Found& found) {
    const Command* asked = story.Waiting("refund.list");
    ASSERT_NE(asked, nullptr);
    EventData data;
    data.attempt.command = asked->number;
    data.attempt.answer = found.answer;
    data.their_reference = found.theirs;
    data.our_reference = found.ours;
    data.return_id = found.return_id;
    data.amount_minor = found.amount_minor;
    data.currency = "EUR";
    ASSERT_TRUE(story.Start("refund.list"));
    story.Say(EventType::kAttemptDone, data);
}

void ListEnds(Story& story) {
    ASSERT_TRUE(story.Start("refund.list"));
    story.Answer(EventType::kAttemptDone, "absent");
    EXPECT_EQ(story.Waiting("refund.list"), nullptr);
}

TEST(Reconcile, WhatTheBackupWasAboutToSendIsFirstAskedFor) {
    Story story = Ready();
    const std::string reference = story.leg(0).reference;
    Restore(story);
    EXPECT_FALSE(story.Start("refund.create"));
    EXPECT_EQ(story.leg(0).state, RefundState::kReady);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
    List(story, {"re_1", reference, "R-1"});
    EXPECT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 5000"}));
    ListEnds(story);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
    EXPECT_EQ(story.PaidMinor(), 5000);
}

// The bank sent it back after the backup was made; nobody tells of it again.
TEST(Reconcile, APaidRefundThatHasComeBackSinceIsOwedAgain) {
    Story story = Ready();
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptDone, "paid", "", "re_1");
    ASSERT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 5000"}));
    Restore(story);
    story.Say(EventType::kTimerFired);
    List(story, {"re_1", "", "", 5000, "refused"});
    EXPECT_EQ(story.leg(0).state, RefundState::kAlternative);
    EXPECT_EQ(story.PaidMinor(), 0);
    ListEnds(story);
}

TEST(Reconcile, WhatDidNotLeaveGoesNowUnderItsOldKey) {
    Story story = Ready();
    const std::string key = story.leg(0).key;
    Restore(story);
    EXPECT_FALSE(story.Start("refund.create"));
    ListEnds(story);
    ASSERT_NE(story.Waiting("refund.create"), nullptr);
    EXPECT_EQ(story.Waiting("refund.create")->key, key);
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptDone, "paid", "", "re_1");
    EXPECT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 5000"}));
}

TEST(Reconcile, ADecisionMadeAgainFindsTheRefundOfTheOneForgotten) {
    Story story;
    MayList(story);
    story.PlaceOrder();
    Restore(story);
    story.Request("R-1", 1);
    ASSERT_NE(story.Waiting("refund.list"), nullptr) << "an estimate is enough to ask";
    story.Inspect("R-1", 1, 0);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
    List(story, {"re_9", "1001-77", "R-1"});
    EXPECT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 5000"}));
    ListEnds(story);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
}

TEST(Reconcile, NewRefundsHaveNamesTheForgottenTimeCannotHaveUsed) {
    Story story;
    MayList(story);
    story.PlaceOrder();
    Restore(story);
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ListEnds(story);
    ASSERT_NE(story.Waiting("refund.create"), nullptr);
    EXPECT_TRUE(story.leg(0).reference.ends_with("-g2")) << story.leg(0).reference;
}

TEST(Reconcile, OfAPartPaidRefundOnlyTheRestIsSentUnderAnotherName) {
    Story story = Ready();
    const std::string reference = story.leg(0).reference;
    Restore(story);
    EXPECT_FALSE(story.Start("refund.create"));
    List(story, {"re_1", reference, "R-1", 3000});
    ListEnds(story);
    const Command* rest = story.Waiting("refund.create");
    ASSERT_NE(rest, nullptr);
    EXPECT_EQ(rest->amount_minor, 2000);
    EXPECT_NE(rest->reference, reference);
    EXPECT_EQ(story.PaidMinor(), 3000);
}

TEST(Reconcile, WhatWasRefusedHereAndPaidSinceIsNotTriedAgain) {
    for (const auto& [reason, state] : {std::pair{"their_own_word", RefundState::kFailed},
                                        std::pair{"not_refundable", RefundState::kAlternative}}) {
        Story story = Ready();
        ASSERT_TRUE(story.Start("refund.create"));
        story.Answer(EventType::kAttemptRefused, "", reason);
        ASSERT_EQ(story.leg(0).state, state) << reason;
        const std::string reference = story.leg(0).reference;
        Restore(story);
        story.Say(EventType::kTimerFired);
        List(story, {"re_2", reference, "R-1"});
        EXPECT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 5000"})) << reason;
        ListEnds(story);
        EventData again;
        again.subject = story.leg(0).id;
        story.Act("retry", again);
        EXPECT_EQ(story.Waiting("refund.create"), nullptr);
    }
}

TEST(Reconcile, DoubtIsNotSentAgainBeforeThePaymentWasListed) {
    Story story = Ready();
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptInDoubt, "", "no_answer");
    Restore(story);
    ASSERT_TRUE(story.Start("refund.lookup"));
    story.Answer(EventType::kAttemptDone, "absent");
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
    List(story, {"re_5", "1001-55", "R-1"});
    EXPECT_EQ(story.States("R-1"), (States{"CLOSED", "SETTLED 5000"}));
}

TEST(Reconcile, AnAnswerThatTellsNothingNewLeadsNowhere) {
    Story story = Ready();
    Restore(story);
    EXPECT_FALSE(story.Start("refund.create"));
    List(story, {"re_1", "", "R-1"});
    ASSERT_EQ(story.PaidMinor(), 5000);
    List(story, {"re_1", "", "R-1"});
    EXPECT_EQ(story.PaidMinor(), 5000);
    ASSERT_NE(story.Waiting("refund.list"), nullptr);
    EXPECT_GT(story.Waiting("refund.list")->not_before, story.now());
}

TEST(Reconcile, WhatBecameKnownMeanwhileIsLeftOutOfTheNextQuestion) {
    Story story = Ready();
    Restore(story);
    EXPECT_FALSE(story.Start("refund.create"));
    EventData settled;
    settled.return_id = "R-1";
    settled.their_reference = "re_1";
    settled.amount_minor = 5000;
    settled.currency = "EUR";
    story.Say(EventType::kRefundSettled, settled);
    ASSERT_EQ(story.PaidMinor(), 5000);
    List(story, {"re_1", "", "R-1"});
    EXPECT_EQ(story.PaidMinor(), 5000);
    ASSERT_NE(story.Waiting("refund.list"), nullptr);
    EXPECT_LE(story.Waiting("refund.list")->not_before, story.now());
    EXPECT_EQ(story.Waiting("refund.list")->body["known"].Items().size(), 1U);
    ListEnds(story);
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
}

TEST(Reconcile, MoneyForAReturnThatEndsWithoutIsFoundAndFlagged) {
    Story story;
    MayList(story);
    story.PlaceOrder();
    story.Request("R-1", 1);
    Restore(story);
    EventData cancelled;
    cancelled.return_id = "R-1";
    story.Say(EventType::kReturnCancelled, cancelled);
    ASSERT_EQ(story.leg(0).state, RefundState::kCancelled);
    List(story, {"re_1", "1001-7", "R-1"});
    ASSERT_EQ(story.subject().legs.size(), 2U);
    EXPECT_EQ(story.leg(1).state, RefundState::kOverpaid);
    EXPECT_EQ(story.PaidMinor(), 5000);
    ListEnds(story);
}

TEST(Reconcile, WhereNobodyCanBeAskedAPersonSaysThatItNeverLeft) {
    Story story = Ready(false);
    ASSERT_NE(story.Waiting("shop.refund_requested"), nullptr);
    Restore(story);
    EXPECT_FALSE(story.Start("shop.refund_requested"));
    const Command* waiting = story.Waiting("shop.refund_requested");
    ASSERT_NE(waiting, nullptr);
    EXPECT_TRUE(waiting->confirm);
    EXPECT_FALSE(story.Start("shop.refund_requested")) << "nobody has said so yet";
    EventData word;
    word.subject = story.Waiting("shop.refund_requested")->number;
    story.Act("approve_command", word);
    EXPECT_TRUE(story.Start("shop.refund_requested"));
}

TEST(Reconcile, AProviderThatCannotListTakesAPersonsWordToo) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    Restore(story);
    EXPECT_FALSE(story.Start("refund.create"));
    ASSERT_NE(story.Waiting("refund.create"), nullptr);
    EXPECT_TRUE(story.Waiting("refund.create")->confirm);
    EXPECT_FALSE(story.Start("refund.create"));
}

TEST(Reconcile, OrdersPlacedAfterTheRestoreHaveNothingForgotten) {
    Story story;
    MayList(story);
    story.book().generation = 2;
    story.book().restore = {true, story.now() - std::chrono::hours(2)};
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    EXPECT_EQ(story.Waiting("refund.list"), nullptr);
    EXPECT_TRUE(story.Start("refund.create"));
}

TEST(Reconcile, WhatWaitsForAnAnswerThatNeverComesGoesOnceAPersonEndsIt) {
    Story story = Ready();
    Restore(story);
    EXPECT_FALSE(story.Start("refund.create"));
    story.book().restore.open = false;
    ASSERT_TRUE(story.Start("refund.list"));
    story.Answer(EventType::kAttemptNotDone, "", "list_incomplete");
    EXPECT_EQ(story.Waiting("refund.list"), nullptr);
    EXPECT_TRUE(story.Start("refund.create"));
}

TEST(Reconcile, ASecondRestoreAsksAgain) {
    Story story = Ready();
    Restore(story);
    EXPECT_FALSE(story.Start("refund.create"));
    ListEnds(story);
    ASSERT_NE(story.Waiting("refund.create"), nullptr);
    story.book().generation = 3;
    EXPECT_FALSE(story.Start("refund.create"));
    EXPECT_NE(story.Waiting("refund.list"), nullptr);
}

}  // namespace
}  // namespace returns::workflows
