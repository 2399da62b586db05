// What a roll-call finds moves nothing, and is a person's to look at for as long as both sides
// differ.
#include "workflows/roll_call.h"

#include "tests/workflows/definitions.h"
#include "tests/workflows/story.h"
#include "workflows/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Called : testing::Test {
    Called() {
        story.book().wording = WordingDefinition();
        story.PlaceOrder();
        story.Request("R1", 1);
    }
    const Decision& Call(std::string_view reason, const std::string& connection = "3pl") {
        EventData data;
        data.return_id = "R1";
        data.reason = reason;
        data.raw_code = "Cancelled";
        return story.Say(EventType::kPartnerRollCall, data, connection);
    }
    std::string Agent() const {
        return Explain(story.subject(), "R1", Audience::kAgent, const_cast<Story&>(story).book())
            .why_not;
    }
    Story story;
};

TEST_F(Called, ADifferenceIsATicketAndMovesNothing) {
    EXPECT_EQ(Call(kUnknownThere).verdict, Verdict::kMoved);
    EXPECT_EQ(story.slice(0).state, ReturnState::kAuthorised);
    const Command* ticket = story.Waiting("ticket.create");
    ASSERT_NE(ticket, nullptr);
    EXPECT_THAT(ticket->body["text"].AsString(), HasSubstr("did not know this return"));
    EXPECT_EQ(ticket->body["owner"].AsString(), "partner");
    EXPECT_THAT(Agent(), HasSubstr("did not know this return"));
    EXPECT_EQ(Call(kUnknownThere).verdict, Verdict::kIgnored) << "told once";
    EXPECT_EQ(story.subject().tickets.size(), 1u);
    EXPECT_EQ(Call(kClosedThere).verdict, Verdict::kMoved);
    EXPECT_THAT(Agent(), HasSubstr("closed at the logistics partner"));
}

TEST_F(Called, OnceBothSidesAgreeTheTicketCloses) {
    Call(kClosedThere);
    ASSERT_TRUE(story.Start("ticket.create"));
    story.Answer(EventType::kAttemptDone, "accepted", "", "INC-1");
    EXPECT_EQ(Call("").verdict, Verdict::kMoved);
    EXPECT_EQ(story.slice(0).stalled_at, kNoTime);
    EXPECT_EQ(story.slice(0).cause, "");
    EXPECT_NE(story.Waiting("ticket.resolve"), nullptr);
    EXPECT_EQ(Call("").verdict, Verdict::kIgnored);
}

TEST_F(Called, AWordOfTheirsEndsTheDifference) {
    Call(kUnknownThere);
    story.Parcel(EventType::kParcelScanned, "R1");
    EXPECT_EQ(story.slice(0).state, ReturnState::kInTransit);
    EXPECT_EQ(story.slice(0).stalled_at, kNoTime);
    EXPECT_FALSE(RollCallDiffers(story.slice(0)));
    Call(kUnknownThere);
    story.Parcel(EventType::kParcelScanned, "R1");
    EXPECT_FALSE(RollCallDiffers(story.slice(0))) << "also where the state begins again";
}

TEST_F(Called, WhatAPersonHasToLookAtAlreadyKeepsItsReason) {
    story.Parcel(EventType::kParcelDelivered, "R1");
    story.Parcel(EventType::kReturnOpened, "R1");
    story.Inspect("R1", 0, 0, "wrong_item");
    ASSERT_EQ(story.slice(0).state, ReturnState::kException);
    const std::string cause = story.slice(0).cause;
    EXPECT_EQ(Call(kClosedThere).verdict, Verdict::kIgnored);
    EXPECT_EQ(story.slice(0).cause, cause);
}

TEST_F(Called, OnlyWhoHandlesTheReturnCanDiffer) {
    EXPECT_EQ(Call(kUnknownThere, "another").verdict, Verdict::kIgnored);
    EXPECT_EQ(Call("anything").verdict, Verdict::kRefused);
    EXPECT_EQ(story.Waiting("ticket.create"), nullptr);
}

TEST_F(Called, ATicketThatWasClosedOpensAgainWhileTheyDiffer) {
    Call(kUnknownThere);
    ASSERT_TRUE(story.Start("ticket.create"));
    story.Answer(EventType::kAttemptDone, "accepted", "", "INC-1");
    EventData closed;
    closed.ticket_reference = "INC-1";
    story.Say(EventType::kTicketResolved, closed);
    EXPECT_EQ(story.slice(0).stalled_at, kNoTime);
    EXPECT_EQ(Call(kUnknownThere).verdict, Verdict::kMoved);
    EXPECT_EQ(story.subject().tickets.size(), 2u);
}

TEST(Announcing, APartnerThatIsNeverToldIsNamed) {
    Story story;
    story.book().wording = WordingDefinition();
    for (ConnectionFacts& each : story.book().connections)
        if (each.name == "3pl") each.operations = {"callbacks"};
    story.PlaceOrder();
    story.Request("R1", 1);
    EXPECT_EQ(story.Waiting("return.create"), nullptr);
    const auto told = Explain(story.subject(), "R1", Audience::kOperator, story.book());
    EXPECT_THAT(told.why_not, HasSubstr("not told of returns by us"));
    Story other;
    other.book().wording = WordingDefinition();
    other.PlaceOrder();
    other.Request("R1", 1);
    EXPECT_THAT(Explain(other.subject(), "R1", Audience::kOperator, other.book()).why_not,
                Not(HasSubstr("not told of returns by us")));
}

}  // namespace
}  // namespace returns::workflows
