// Tickets: one for each episode of standing still, told when it moves again, believed by nobody
// when a person closes it.
#include "tests/workflows/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using testing::HasSubstr;

constexpr Millis kDay = std::chrono::hours(24);

// Two units lie at the partner and nobody opens them: the desk has INC-5.
void Stall(Story& story) {
    story.PlaceOrder();
    story.Request("R-1", 2, true);
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Wait(4 * kDay);
    ASSERT_EQ(story.subject().tickets.size(), 1u);
    const Command* create = story.Waiting("ticket.create");
    ASSERT_NE(create, nullptr);
    EXPECT_THAT(create->body["text"].AsString(), HasSubstr("What stands still"));
    ASSERT_TRUE(story.Start("ticket.create"));
    story.Answer(EventType::kAttemptDone, "ok", "", "INC-5");
}

EventData About(const std::string& reference) {
    EventData data;
    data.ticket_reference = reference;
    data.by = "Pat";
    return data;
}

TEST(Tickets, SayWhatSinceWhenWhoseTurnHowMuchAndByWhen) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 2, true);
    EventData arrived;
    arrived.return_id = "R-1";
    arrived.raw_code = "DOCKED";
    story.Say(EventType::kParcelDelivered, arrived);
    story.Wait(4 * kDay);
    const Command* create = story.Waiting("ticket.create");
    ASSERT_NE(create, nullptr);
    const std::string& text = create->body["text"].AsString();
    EXPECT_THAT(text, HasSubstr("goods, line A, EXCEPTION since 20"));
    EXPECT_THAT(text, HasSubstr("must act: "));
    EXPECT_THAT(text, HasSubstr("Money not yet with the customer: 100.00 EUR"));
    EXPECT_THAT(text, HasSubstr("Legal date: 20"));
    EXPECT_THAT(text, HasSubstr("Partner's last word: DOCKED, 20"));
}

TEST(Tickets, AreOneForAnEpisodeHoweverLongItLasts) {
    Story story;
    Stall(story);
    story.Wait(30 * kDay);
    std::size_t open = 0;
    for (const Ticket& ticket : story.subject().tickets)
        open += ticket.state == TicketState::kOpen || ticket.state == TicketState::kOpening;
    EXPECT_EQ(open, 1u);
    EXPECT_EQ(story.subject().tickets.size(), 1u);
}

TEST(Tickets, AreToldWhenSomethingElseStandsStill) {
    Story story;
    Stall(story);
    EventData paid;  // 150.00 by hand, where 100.00 are owed
    paid.return_id = "R-1";
    paid.amount_minor = 15000;
    paid.currency = "EUR";
    paid.their_reference = "by-hand";
    story.Say(EventType::kRefundSettled, paid);
    const Command* comment = story.Waiting("ticket.comment");
    ASSERT_NE(comment, nullptr);
    EXPECT_THAT(comment->body["text"].AsString(), HasSubstr("money, 50.00 EUR, OVERPAID"));
    EXPECT_EQ(comment->body["their_reference"].AsString(), "INC-5");
    EXPECT_EQ(story.subject().tickets.size(), 1u);
}

TEST(Tickets, AreCommentedAndResolvedWhenItMovesAgain) {
    Story story;
    Stall(story);
    story.Inspect("R-1", 2, 0);
    EXPECT_EQ(story.subject().tickets[0].state, TicketState::kResolving);
    EXPECT_NE(story.Waiting("ticket.comment"), nullptr);
    ASSERT_NE(story.Waiting("ticket.resolve"), nullptr);
    EXPECT_EQ(story.Waiting("ticket.resolve")->body["their_reference"].AsString(), "INC-5");
}

TEST(Tickets, ThatWereNeverSentAreTakenBack) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 2);
    story.Parcel(EventType::kParcelDelivered, "R-1");
    story.Wait(4 * kDay);
    ASSERT_NE(story.Waiting("ticket.create"), nullptr);
    story.Inspect("R-1", 2, 0);
    EXPECT_EQ(story.Waiting("ticket.create"), nullptr);
    EXPECT_EQ(story.Waiting("ticket.resolve"), nullptr);
    EXPECT_EQ(story.subject().tickets[0].state, TicketState::kResolved);
}

// Closed by a person: not believed. Looked at again after a while; if it still stands, the next
// episode begins with a ticket of its own.
TEST(Tickets, APersonsResolutionChecksTheCaseAgain) {
    Story story;
    Stall(story);
    story.Say(EventType::kTicketResolved, About("INC-5"));
    EXPECT_EQ(story.last().verdict, Verdict::kMoved);
    EXPECT_EQ(story.subject().tickets[0].state, TicketState::kResolved);
    EXPECT_EQ(story.subject().tickets.size(), 1u) << "time to act before the next one";
    EXPECT_EQ(story.slice(0).stalled_at, kNoTime);
    const Policy& policy = story.book().newest->policy;
    const auto again = policy.delays.find("ticket_recheck");
    ASSERT_NE(again, policy.delays.end());
    EXPECT_EQ(story.slice(0).due_at, Add(story.now(), again->second.after));
    story.WaitFor(again->second.after);
    ASSERT_EQ(story.subject().tickets.size(), 2u);
    EXPECT_EQ(story.subject().tickets[1].episode, 2);
    EXPECT_NE(story.Waiting("ticket.create"), nullptr);
}

// Nor does it bring forward what a timer decides against somebody.
TEST(Tickets, APersonsResolutionShortensNoTimeToAct) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    ASSERT_TRUE(story.Start("return.create"));
    story.Answer(EventType::kAttemptRefused, "", "bad_address");
    ASSERT_EQ(story.subject().tickets.size(), 1u);
    ASSERT_TRUE(story.Start("ticket.create"));
    story.Answer(EventType::kAttemptDone, "ok", "", "INC-5");
    const Instant ship_by = story.slice(0).due_at;
    story.Say(EventType::kTicketResolved, About("INC-5"));
    EXPECT_EQ(story.slice(0).due_at, ship_by);
    story.Wait(2 * kDay);
    EXPECT_EQ(story.slice(0).state, ReturnState::kAuthorised);
    ASSERT_TRUE(story.Start("return.create")) << "the partner is asked once more";
    story.Answer(EventType::kAttemptRefused, "", "bad_address");
    EXPECT_EQ(story.subject().tickets.size(), 2u);
    EXPECT_NE(story.slice(0).stalled_at, kNoTime);
}

// A refund in doubt is asked about at once: the person may have seen it settled there.
TEST(Tickets, APersonsResolutionAsksAboutMoneyInDoubt) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_TRUE(story.Start("refund.create"));
    story.Wait(std::chrono::hours(30));
    ASSERT_TRUE(story.Start("refund.lookup"));
    story.Answer(EventType::kAttemptDone, "absent");
    ASSERT_EQ(story.leg(0).state, RefundState::kUnknown);
    ASSERT_TRUE(story.Start("ticket.create"));
    story.Answer(EventType::kAttemptDone, "ok", "", "INC-7");
    ASSERT_EQ(story.Waiting("refund.lookup"), nullptr);
    story.Say(EventType::kTicketResolved, About("INC-7"));
    EXPECT_NE(story.Waiting("refund.lookup"), nullptr);
}

TEST(Tickets, APersonsResolutionOfWhatMovesAgainOpensNothing) {
    Story story;
    Stall(story);
    story.Say(EventType::kTicketResolved, About("INC-5"));
    story.Inspect("R-1", 2, 0);
    story.Wait(kDay);
    for (std::size_t i = 1; i < story.subject().tickets.size(); ++i)
        EXPECT_EQ(story.subject().tickets[i].cause.find("goods"), std::string::npos);
}

TEST(Tickets, OfOthersChangeNothing) {
    Story story;
    Stall(story);
    story.Say(EventType::kTicketResolved, About("INC-99"));
    EXPECT_EQ(story.last().verdict, Verdict::kIgnored);
    EXPECT_EQ(story.subject().tickets[0].state, TicketState::kOpen);
}

TEST(Tickets, WeResolvedOurselvesAreNoPersonsWord) {
    Story story;
    Stall(story);
    story.Inspect("R-1", 2, 0);
    story.Say(EventType::kTicketResolved, About("INC-5"));
    EXPECT_EQ(story.last().verdict, Verdict::kIgnored);
    EXPECT_EQ(story.subject().tickets[0].state, TicketState::kResolved);
}

}  // namespace
}  // namespace returns::workflows
