// What is told of one try must not be taken for another. Found by the money proof (prove.h), which
// says more; each here by itself.
#include "tests/workflows/story.h"

#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

constexpr std::int64_t kPrice = 5000;

class SecondRefund : public testing::Test {
protected:
    SecondRefund() {
        story_.PlaceOrder();
        story_.Request("R-1", 1);
        story_.Inspect("R-1", 1, 0);
    }
    const Leg& leg() const { return story_.leg(0); }
    // By the provider, of the whole amount.
    void Tell(EventType type, const std::string& theirs, const std::string& ours = "") {
        EventData data;
        data.amount_minor = kPrice;
        data.currency = "EUR";
        data.payment_reference = "pi_1";
        data.their_reference = theirs;
        data.our_reference = ours;
        story_.Say(type, data, "psp");
    }
    void Outcome(EventType type, const Command& of, const std::string& answer,
                 const std::string& reason, const std::string& theirs = "") {
        EventData data;
        data.attempt.command = of.number;
        data.attempt.key = of.key;
        data.attempt.answer = answer;
        data.attempt.reason = reason;
        data.their_reference = theirs;
        data.our_reference = of.reference;
        story_.Say(type, data, "psp");
    }
    Command Start(const std::string& operation) {
        const Command command = *story_.Waiting(operation);
        EXPECT_TRUE(story_.Start(operation));
        return command;
    }
    // The first is refused for want of money and tried again.
    void StartSecond() {
        first_ = Start("refund.create");
        Outcome(EventType::kAttemptRefused, first_, "", "insufficient_funds");
        second_ = Start("refund.create");
        ASSERT_EQ(leg().state, RefundState::kSubmitting);
    }
    std::int64_t Overpaid() const {
        std::int64_t sum = 0;
        for (const Leg& each : story_.subject().legs)
            if (each.state == RefundState::kOverpaid) sum += each.amount_minor;
        return sum;
    }

    Story story_;
    Command first_, second_;
};

TEST_F(SecondRefund, HasANameOfItsOwn) {
    StartSecond();
    EXPECT_EQ(second_.reference, first_.reference + "-2");
    EXPECT_NE(second_.key, first_.key);
    EXPECT_EQ(second_.body["reference"].AsString(), second_.reference);
}

TEST_F(SecondRefund, IsNotFailedByWhatIsToldLateOfTheFirst) {
    StartSecond();
    Tell(EventType::kRefundRefused, "re_1", first_.reference);
    EXPECT_EQ(leg().state, RefundState::kSubmitting);
    EXPECT_EQ(story_.last().verdict, Verdict::kIgnored);
}

TEST_F(SecondRefund, IsNotFailedByTheFirstOneKnownByItsReferenceAlone) {
    first_ = Start("refund.create");
    Outcome(EventType::kAttemptDone, first_, "accepted", "", "re_1");
    story_.Wait(std::chrono::hours(24 * 11));  // never paid, in doubt, and its key is dead
    EventData data;
    data.subject = leg().id;
    story_.Act("confirm_absent", data);
    ASSERT_EQ(leg().state, RefundState::kFailed);
    EventData lost;
    lost.their_reference = "dp_1";
    lost.amount_minor = kPrice;
    story_.Say(EventType::kDisputeOpened, lost, "psp");
    story_.Say(EventType::kDisputeWon, lost, "psp");
    second_ = Start("refund.create");
    Tell(EventType::kRefundRefused, "re_1");
    EXPECT_EQ(leg().state, RefundState::kSubmitting);
}

TEST_F(SecondRefund, IsNotDecidedByALookUpForTheFirst) {
    first_ = Start("refund.create");
    Outcome(EventType::kAttemptInDoubt, first_, "", "timeout");
    const Command asked = Start("refund.lookup");
    Outcome(EventType::kAttemptRefused, first_, "", "insufficient_funds");
    second_ = Start("refund.create");
    Outcome(EventType::kAttemptDone, asked, "refused", "", "re_1");
    EXPECT_EQ(leg().state, RefundState::kSubmitting);
    EXPECT_EQ(leg().key, second_.key);
}

TEST_F(SecondRefund, StandsBesideAFirstThatWasPaidAllTheSame) {
    StartSecond();
    Tell(EventType::kRefundSettled, "re_1", first_.reference);
    EXPECT_EQ(leg().state, RefundState::kSubmitting) << "its own outcome is not known";
    EXPECT_EQ(Overpaid(), kPrice);
    Tell(EventType::kRefundSettled, "re_1", first_.reference);
    Outcome(EventType::kAttemptDone, first_, "paid", "", "re_1");
    EXPECT_EQ(Overpaid(), kPrice) << "told three times, counted once";
}

// A restore may have forgotten the try that it was paid by.
TEST_F(SecondRefund, PaidUnderANameThatWasForgottenIsTheSame) {
    const std::string name = leg().reference;
    Tell(EventType::kRefundSettled, "re_2", name + "-2");
    EXPECT_EQ(leg().state, RefundState::kSettled);
    EXPECT_EQ(Overpaid(), 0);
    EXPECT_EQ(story_.Waiting("refund.create"), nullptr);
}

TEST_F(SecondRefund, IsNotSentWhereTheFirstWasPaidAllTheSame) {
    first_ = Start("refund.create");
    Outcome(EventType::kAttemptRefused, first_, "", "insufficient_funds");
    ASSERT_EQ(leg().state, RefundState::kReady);
    Tell(EventType::kRefundSettled, "re_1", first_.reference);
    EXPECT_EQ(leg().state, RefundState::kSettled);
    EXPECT_EQ(story_.Waiting("refund.create"), nullptr);
}

// The same name of a history that a restore has ended is another refund's.
TEST_F(SecondRefund, IsNotNamedByWhatARestoreHasForgotten) {
    story_.book().generation = 2;
    StartSecond();
    EXPECT_EQ(second_.reference, "1001-" + std::to_string(leg().id) + "-2-g2");
    Tell(EventType::kRefundSettled, "re_0", "1001-" + std::to_string(leg().id));
    EXPECT_EQ(leg().state, RefundState::kSettled) << "it fits what is under way";
}

TEST_F(SecondRefund, ByHandIsFlaggedWhenOursArrivesToo) {
    first_ = Start("refund.create");
    Tell(EventType::kRefundSettled, "re_hand");
    ASSERT_EQ(leg().state, RefundState::kSettled) << "the same amount: taken for ours";
    Outcome(EventType::kAttemptDone, first_, "paid", "", "re_1");
    EXPECT_EQ(Overpaid(), kPrice);
    Tell(EventType::kRefundSettled, "re_1", first_.reference);
    EXPECT_EQ(Overpaid(), kPrice);
}

TEST_F(SecondRefund, ByHandThatComesBackDoesNotHideOurs) {
    first_ = Start("refund.create");
    Tell(EventType::kRefundSettled, "re_hand");
    Tell(EventType::kRefundBounced, "re_hand");
    ASSERT_EQ(leg().state, RefundState::kAlternative);
    Tell(EventType::kRefundSubmitted, "re_1", first_.reference);
    EXPECT_EQ(Overpaid(), kPrice) << "money is on its way; nobody may pay another";
}

}  // namespace
}  // namespace returns::workflows
