// A request is sent again on somebody's word only where it surely did nothing.
#include "tests/workflows/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using testing::HasSubstr;

class Resend : public testing::Test {
protected:
    Resend() {
        story_.PlaceOrder();
        story_.Request("R-1", 1);
    }
    const Command* Inbound() {
        for (const Command& command : story_.subject().commands)
            if (command.operation == "return.create") return &command;
        return nullptr;
    }
    Verdict Ask(std::int64_t number) {
        EventData data;
        data.return_id = "R-1";
        data.subject = number;
        data.by = "partner:acme";
        return story_.Act("resend_command", data).verdict;
    }
    Story story_;
};

TEST_F(Resend, WhatWasCertainlyNotDoneGoesAtOnce) {
    ASSERT_NE(Inbound(), nullptr);
    const std::int64_t number = Inbound()->number;
    EXPECT_EQ(Ask(number), Verdict::kIgnored) << "it waits for nothing but its turn";
    ASSERT_TRUE(story_.Start("return.create"));
    EXPECT_EQ(Ask(number), Verdict::kRefused) << "under way";
    story_.Answer(EventType::kAttemptNotDone, "", "unavailable");
    ASSERT_GT(Inbound()->not_before, story_.now());
    EXPECT_EQ(Ask(number), Verdict::kMoved);
    EXPECT_EQ(Inbound()->not_before, story_.now());
    EXPECT_EQ(Inbound()->attempts, 1) << "asked, not sent";
}

TEST_F(Resend, WhatMayHaveArrivedIsFoundOutFirst) {
    const std::int64_t number = Inbound()->number;
    ASSERT_TRUE(story_.Start("return.create"));
    story_.Answer(EventType::kAttemptInDoubt, "", "timeout");
    const Command before = *Inbound();
    EXPECT_EQ(Ask(number),
              before.state == CommandState::kInDoubt ? Verdict::kRefused : Verdict::kIgnored);
    EXPECT_EQ(*Inbound(), before);
    EXPECT_EQ(Ask(99), Verdict::kRefused);
    EXPECT_THAT(story_.last().reason, HasSubstr("no command 99"));
}

TEST_F(Resend, MoneyIsNeverSentAgainOnRequest) {
    story_.Parcel(EventType::kParcelDelivered, "R-1");
    story_.Inspect("R-1", 1, 0);
    story_.Wait(std::chrono::hours(1));
    const Command* pays = story_.Waiting("refund.create");
    ASSERT_NE(pays, nullptr);
    const Command before = *pays;
    EXPECT_EQ(Ask(pays->number), Verdict::kRefused);
    EXPECT_THAT(story_.last().reason, HasSubstr("about money"));
    EXPECT_EQ(*story_.Waiting("refund.create"), before);
}

}  // namespace
}  // namespace returns::workflows
