// Labels that a platform asks us for, from the request to the answer.
#include "tests/workflows/story.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace returns::workflows {
namespace {

constexpr const char* kAsker = "platform";

struct Asked : testing::Test {
    Asked() {
        story.book().connections.push_back(
            {kAsker, "logistics", "main", {"label.create", "label.refuse", "label.lookup"}});
        story.PlaceOrder();
        story.Request("R1", 1);
    }

    const Decision& Ask(const std::string& request, const std::string& by = kAsker) {
        EventData data;
        data.return_id = "R1";
        data.their_reference = request;
        return story.Say(EventType::kReturnLabelRequested, data, by);
    }
    void Label(const std::string& tracking = "TRK-1") {
        EventData data;
        data.return_id = "R1";
        data.tracking = tracking;
        data.carrier = "DHL";
        data.label_url = "https://labels.example/" + tracking;
        story.Say(EventType::kReturnLabelIssued, data);
    }
    long Commands(const std::string& operation) const {
        const auto& all = story.subject().commands;
        return std::count_if(all.begin(), all.end(),
                             [&](const Command& each) { return each.operation == operation; });
    }

    Story story;
};

TEST_F(Asked, TheLabelGoesToWhoAskedOnceThereIsOne) {
    EXPECT_EQ(Ask("77").verdict, Verdict::kMoved);
    EXPECT_EQ(story.Waiting("label.create"), nullptr);
    Label();
    const Command* give = story.Waiting("label.create");
    ASSERT_NE(give, nullptr);
    EXPECT_EQ(give->connection, kAsker);
    EXPECT_EQ(give->body["request"].AsString(), "77");
    EXPECT_EQ(give->body["tracking"].AsString(), "TRK-1");
    EXPECT_EQ(give->body["label_url"].AsString(), "https://labels.example/TRK-1");
    EXPECT_EQ(give->body["carrier"].AsString(), "DHL");
    EXPECT_EQ(give->body["currency"].AsString(), "EUR");
    EXPECT_EQ(story.subject().returns[0].connection, "3pl") << "the goods stay its partner's";
    ASSERT_TRUE(story.Start("label.create"));
    story.Answer(EventType::kAttemptDone, "accepted");
    story.Wait(std::chrono::hours(24));
    EXPECT_EQ(Commands("label.create"), 0) << "given once";
}

TEST_F(Asked, ALabelThatIsThereIsGivenAtOnce) {
    Label();
    Ask("77");
    EXPECT_NE(story.Waiting("label.create"), nullptr);
}

TEST_F(Asked, TheSameRequestAgainIsOne) {
    Label();
    Ask("77");
    EXPECT_EQ(Ask("77").verdict, Verdict::kIgnored);
    EXPECT_EQ(Commands("label.create"), 1);
}

TEST_F(Asked, ANewRequestTakesTheOldOnesPlace) {
    Label();
    Ask("77");
    Ask("78");
    ASSERT_EQ(Commands("label.create"), 1);
    EXPECT_EQ(story.Waiting("label.create")->body["request"].AsString(), "78");
}

TEST_F(Asked, ALabelWithoutANumberIsNoneYet) {
    Ask("77");
    EventData data;
    data.return_id = "R1";
    data.label_url = "https://labels.example/x";
    story.Say(EventType::kReturnLabelIssued, data);
    EXPECT_EQ(Commands("label.create"), 0);
}

TEST_F(Asked, WhenThereWillBeNoneTheyAreTold) {
    Ask("77");
    EventData data;
    data.return_id = "R1";
    data.reason = "changed her mind";
    story.Say(EventType::kReturnCancelled, data);
    const Command* refuse = story.Waiting("label.refuse");
    ASSERT_NE(refuse, nullptr);
    EXPECT_EQ(refuse->body["request"].AsString(), "77");
    EXPECT_EQ(refuse->body["reason"].AsString(), "the return is CANCELLED");
    EXPECT_EQ(Commands("label.create"), 0);
}

TEST_F(Asked, ExpiryTellsThemToo) {
    Ask("77");
    story.Wait(std::chrono::hours(24 * 120));
    EXPECT_EQ(Commands("label.refuse"), 1);
}

TEST_F(Asked, WhoCannotTakeALabelCannotAsk) {
    EXPECT_EQ(Ask("77", "3pl").verdict, Verdict::kRefused);
    EXPECT_EQ(Ask("77", "").verdict, Verdict::kRefused);
    EXPECT_EQ(story.subject().returns[0].label_asked_by, "");
}

TEST_F(Asked, DoubtIsClearedUpByTheirRequest) {
    Label();
    Ask("77");
    ASSERT_TRUE(story.Start("label.create"));
    story.Answer(EventType::kAttemptInDoubt, "", "no_answer");
    const Command* look = story.Waiting("label.lookup");
    ASSERT_NE(look, nullptr);
    EXPECT_EQ(look->body["request"].AsString(), "77");
    ASSERT_TRUE(story.Start("label.lookup"));
    story.Answer(EventType::kAttemptDone, "found");
    EXPECT_EQ(Commands("label.create"), 0);
}

TEST_F(Asked, ALabelTheyRefuseIsAStall) {
    Label();
    Ask("77");
    ASSERT_TRUE(story.Start("label.create"));
    story.Answer(EventType::kAttemptRefused, "", "invalid");
    EXPECT_NE(story.slice(0).stalled_at, kNoTime);
    EXPECT_EQ(story.slice(0).cause, "label refused: invalid");
    EXPECT_NE(story.Waiting("ticket.create"), nullptr);
}

TEST_F(Asked, WhoAskedMaySpeakOfTheParcelAndOfNothingElse) {
    EventData data;
    data.return_id = "R1";
    story.Say(EventType::kParcelScanned, data, kAsker);
    EXPECT_EQ(story.last().verdict, Verdict::kRefused) << "it has not asked for anything";
    Ask("77");
    story.Say(EventType::kReturnOpened, data, kAsker);
    EXPECT_EQ(story.last().verdict, Verdict::kRefused);
    story.Say(EventType::kParcelScanned, data, kAsker);
    EXPECT_EQ(story.last().verdict, Verdict::kMoved);
    EXPECT_EQ(story.slice(0).state, ReturnState::kInTransit);
}

}  // namespace
}  // namespace returns::workflows
