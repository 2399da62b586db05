// A case that broke a rule, or grew beyond its limits, is frozen: kept as it was, told to a person,
// and nothing leaves until that person has looked.
#include "tests/workflows/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using testing::HasSubstr;

// The second slice is one too many.
Story Frozen() {
    Story story([](Policy& policy) { policy.slices_max = 1; });
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Request("R-2", 1);
    return story;
}

TEST(Quarantine, FreezesTheCaseAsItWasAndOpensOneTicket) {
    Story story = Frozen();
    EXPECT_EQ(story.last().verdict, Verdict::kQuarantined);
    EXPECT_THAT(story.last().reason, HasSubstr("more than 1 slices"));
    EXPECT_THAT(story.subject().quarantine, HasSubstr("more than 1 slices"));
    ASSERT_EQ(story.subject().slices.size(), 1u);
    EXPECT_EQ(story.slice(0).return_id, "R-1");
    ASSERT_EQ(story.subject().tickets.size(), 1u);
    EXPECT_THAT(story.Waiting("ticket.create")->body["text"].AsString(), HasSubstr("is frozen"));
    story.Parcel(EventType::kParcelScanned, "R-1");
    EXPECT_EQ(story.last().verdict, Verdict::kQuarantined);
    EXPECT_THAT(story.last().reason, HasSubstr("the case is frozen"));
    EXPECT_EQ(story.States("R-1"), (std::vector<std::string>{"AUTHORISED", "NOT_DUE 5000"}));
    EXPECT_EQ(story.subject().tickets.size(), 1u);
}

TEST(Quarantine, CountsEventsAndLinesToo) {
    Story events([](Policy& policy) { policy.events_max = 3; });
    events.PlaceOrder();
    for (int i = 0; i < 3; ++i) events.Parcel(EventType::kParcelScanned, "R-1");
    EXPECT_THAT(events.subject().quarantine, HasSubstr("more than 3 events"));
    Story lines([](Policy& policy) { policy.lines_max = 1; });
    lines.PlaceOrder();
    EXPECT_THAT(lines.subject().quarantine, HasSubstr("more than 1 order lines"));
}

TEST(Quarantine, ABrokenInvariantFreezesInsteadOfMoving) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    Case broken = story.subject();
    broken.lines.at(0).granted_units = 1;  // nobody granted anything
    Envelope event;
    event.type = EventType::kParcelScanned;
    event.key = broken.key;
    event.source_id = "scan";
    event.occurred_at = event.recorded_at = story.now();
    event.connection = "3pl";
    event.data.return_id = "R-1";
    const Decision decision = Decide(broken, event, story.book());
    EXPECT_EQ(decision.verdict, Verdict::kQuarantined);
    EXPECT_THAT(decision.reason, HasSubstr("granted units"));
    EXPECT_EQ(decision.after.slices, broken.slices);
    EXPECT_TRUE(decision.moves.empty());
    EXPECT_EQ(decision.after.tickets.size(), 1u);
}

TEST(Quarantine, NoMoneyLeavesAFrozenCase) {
    Story story([](Policy& policy) { policy.slices_max = 1; });
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_NE(story.Waiting("refund.create"), nullptr);
    story.Request("R-2", 1);
    ASSERT_NE(story.subject().quarantine, "");
    EXPECT_FALSE(story.Start("refund.create"));
    EXPECT_EQ(story.leg(0).state, RefundState::kReady);
    story.Wait(std::chrono::hours(24 * 30));
    EXPECT_EQ(story.PaidMinor(), 0);
    EXPECT_EQ(story.leg(0).state, RefundState::kReady);
}

TEST(Quarantine, APersonUnfreezesAndItGoesOn) {
    Story story = Frozen();
    story.Act("unfreeze");
    EXPECT_EQ(story.last().verdict, Verdict::kMoved);
    EXPECT_EQ(story.subject().quarantine, "");
    story.Parcel(EventType::kParcelScanned, "R-1");
    EXPECT_EQ(story.slice(0).state, ReturnState::kInTransit);
    story.Act("unfreeze");
    EXPECT_EQ(story.last().verdict, Verdict::kRefused);
}

}  // namespace
}  // namespace returns::workflows
