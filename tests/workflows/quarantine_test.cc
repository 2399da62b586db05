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

// The partner's word that came while nobody could act on it is not lost, nor is the one that froze
// the case, once the limit it broke has been raised; what still breaks the case stays outside.
TEST(Quarantine, WhatCameMeanwhileIsDecidedWhenItGoesOn) {
    Story story = Frozen();
    story.Parcel(EventType::kParcelScanned, "R-1");
    story.Parcel(EventType::kParcelDelivered, "R-1");
    EXPECT_EQ(story.subject().held.size(), 3u);
    EXPECT_EQ(story.slice(0).state, ReturnState::kAuthorised);
    story.Act("unfreeze");
    EXPECT_THAT(story.last().reason,
                HasSubstr("return.requested had waited: left out, it still breaks the case: more "
                          "than 1 slices"));
    EXPECT_TRUE(story.subject().held.empty());
    ASSERT_EQ(story.subject().slices.size(), 1u);
    EXPECT_EQ(story.slice(0).state, ReturnState::kAtPartner);
    EXPECT_EQ(story.subject().quarantine, "");
}

TEST(Quarantine, WhatFrozeTheCaseIsDecidedOnceItsLimitIsRaised) {
    Story story = Frozen();
    Story raised;
    Envelope wish;
    wish.type = EventType::kAction;
    wish.key = story.subject().key;
    wish.source_id = "wish";
    wish.occurred_at = wish.recorded_at = story.now();
    wish.data.action = "unfreeze";
    wish.data.by = "operator:test";
    const Decision decision = Decide(story.subject(), wish, raised.book());
    EXPECT_EQ(decision.verdict, Verdict::kMoved);
    EXPECT_EQ(decision.after.slices.size(), 2u);
    EXPECT_TRUE(decision.after.held.empty());
}

// A wish and a permission to start are of their moment: they are answered, not kept.
TEST(Quarantine, WishesAndStartsAreNotKept) {
    Story story = Frozen();
    const std::size_t kept = story.subject().held.size();
    EventData data;
    data.return_id = "R-1";
    story.Act("keep_item", data);
    EXPECT_EQ(story.last().verdict, Verdict::kQuarantined);
    EXPECT_EQ(story.subject().held.size(), kept);
}

}  // namespace
}  // namespace returns::workflows
