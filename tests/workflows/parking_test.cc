// Returns whose partner cannot be told: no route, mixed lines, codes without a translation.
#include "tests/workflows/story.h"
#include "workflows/explain.h"
#include "workflows/routes.h"
#include "workflows/turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace returns::workflows {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RouteRule Only(const std::string& country, const std::string& connection) {
    RouteRule rule;
    rule.name = "only-" + country;
    rule.kind = "logistics";
    rule.connection = connection;
    rule.shop = "main";
    rule.when["country"] = {country};
    return rule;
}

void Place(Story& story, const std::string& country) {
    EventData order;
    order.currency = "EUR";
    order.jurisdiction = "EU";
    order.country = country;
    order.lines = {Line("A", 2, 5000), Line("B", 1, 3000)};
    order.lines[1].item_class = "furniture";
    story.Say(EventType::kOrderPlaced, order);
    EventData capture;
    capture.currency = "EUR";
    capture.tender = TenderFact{"t1", "card", "psp", "pi_1", 13000};
    story.Say(EventType::kOrderCaptured, capture);
}

void RequestBoth(Story& story) {
    EventData data;
    data.return_id = "R1";
    EventLine a, b;
    a.id = "A";
    b.id = "B";
    a.quantity = b.quantity = 1;
    data.lines = {a, b};
    story.Say(EventType::kReturnRequested, data);
}

// The codes a connection has, as tables of a real one would say.
void Know(Story& story, std::set<std::string> skus) {
    story.book().connections[0].missing = [skus = std::move(skus)](const Json& body) {
        std::vector<MissingCode> missing;
        for (const Json& line : body["lines"].Items())
            if (!skus.contains(line["sku"].AsString()))
                missing.push_back({"inventory", "sku", line["sku"].AsString()});
        return missing;
    };
}

int Tickets(const Story& story) {
    return static_cast<int>(
        std::count_if(story.subject().tickets.begin(), story.subject().tickets.end(),
                      [](const Ticket& ticket) { return ticket.state != TicketState::kResolved; }));
}

TEST(Parking, AReturnKeepsThePartnerItsRuleChose) {
    Story story;
    story.book().connections.push_back(
        {"fr", "logistics", "main", {"return.create", "return.cancel"}});
    story.book().routes = {Only("FR", "fr"), Only("DE", "3pl")};
    Place(story, "FR");
    story.Request("R1", 1);
    EXPECT_EQ(story.subject().returns[0].connection, "fr");
    EXPECT_EQ(story.subject().returns[0].route, "only-FR");
    ASSERT_NE(story.Waiting("return.create"), nullptr);
    EXPECT_EQ(story.Waiting("return.create")->connection, "fr");
    EXPECT_EQ(Tickets(story), 0);
    // Rules change; the return's partner does not.
    story.book().routes = {Only("FR", "3pl")};
    EXPECT_FALSE(ParkingIsOld(story.subject(), story.book()));
    story.Say(EventType::kTimerFired);
    story.Request("R1", 2);
    EXPECT_EQ(story.subject().returns[0].connection, "fr");
}

TEST(Parking, WithoutARouteAReturnWaitsWithOneTicketThatNamesWhatIsMissing) {
    Story story;
    story.book().routes = {Only("DE", "3pl")};
    Place(story, "FR");
    RequestBoth(story);
    const Return& header = story.subject().returns[0];
    EXPECT_EQ(header.connection, "");
    EXPECT_THAT(header.unrouted, HasSubstr("\"country\": [\"FR\"]"));
    EXPECT_EQ(story.Waiting("return.create"), nullptr);
    EXPECT_EQ(Tickets(story), 1);
    const Command* ticket = story.Waiting("ticket.create");
    ASSERT_NE(ticket, nullptr);
    EXPECT_THAT(ticket->body["text"].AsString(), HasSubstr("the partner is not told of line A, B"));
    EXPECT_THAT(ticket->body["text"].AsString(), HasSubstr("add a rule to 'routes'"));
    EXPECT_EQ(ticket->body["owner"].AsString(), "us");
    for (const Audience audience : {Audience::kCustomer, Audience::kAgent, Audience::kOperator}) {
        const Explanation told = Explain(story.subject(), "R1", audience, story.book());
        EXPECT_EQ(told.owner, "us");
    }
    // Nothing has changed: a further look changes nothing either.
    EXPECT_FALSE(ParkingIsOld(story.subject(), story.book()));
    EXPECT_EQ(story.Say(EventType::kTimerFired).verdict, Verdict::kIgnored);
    EXPECT_EQ(Tickets(story), 1);

    story.book().routes.push_back(Only("FR", "3pl"));
    EXPECT_TRUE(ParkingIsOld(story.subject(), story.book()));
    EXPECT_EQ(story.Say(EventType::kTimerFired).verdict, Verdict::kMoved);
    EXPECT_EQ(story.subject().returns[0].connection, "3pl");
    EXPECT_EQ(story.subject().returns[0].unrouted, "");
    ASSERT_NE(story.Waiting("return.create"), nullptr);
    EXPECT_EQ(story.Waiting("return.create")->body["lines"].Items().size(), 2U);
    EXPECT_EQ(story.slice(0).stalled_at, kNoTime);
    EXPECT_EQ(Tickets(story), 0);
    EXPECT_FALSE(ParkingIsOld(story.subject(), story.book()));
}

TEST(Parking, LinesForDifferentPartnersWaitForAPerson) {
    Story story;
    story.book().connections.push_back({"big", "logistics", "main", {"return.create"}});
    RouteRule furniture = Only("FR", "big");
    furniture.when = {{"item_class", {"furniture"}}};
    story.book().routes = {furniture, Only("FR", "3pl")};
    Place(story, "FR");
    RequestBoth(story);
    EXPECT_EQ(story.Waiting("return.create"), nullptr);
    EXPECT_THAT(story.subject().returns[0].unrouted, HasSubstr("line A to 3pl"));
    EXPECT_THAT(story.subject().returns[0].unrouted, HasSubstr("line B to big"));
    EXPECT_EQ(Tickets(story), 1);
    // The shop asks for one return per partner instead.
    EventData cancel;
    cancel.return_id = "R1";
    story.Say(EventType::kReturnCancelled, cancel);
    EXPECT_EQ(Tickets(story), 0);
    story.Request("R2", 1);
    EXPECT_EQ(story.subject().returns[1].connection, "3pl");
}

TEST(Parking, ACodeWithoutATranslationIsNotSentAndNamedByOneTicket) {
    Story story;
    Know(story, {"SKU-A"});
    Place(story, "DE");
    RequestBoth(story);
    const Command* command = story.Waiting("return.create");
    ASSERT_NE(command, nullptr) << "it waits";
    EXPECT_EQ(MissingIn(*command, story.book()),
              (std::vector<MissingCode>{{"inventory", "sku", "SKU-B"}}));
    EXPECT_EQ(Tickets(story), 1);
    EXPECT_THAT(story.Waiting("ticket.create")->body["text"].AsString(),
                HasSubstr("sku 'SKU-B' has no translation for connection 3pl (table 'inventory'"));
    EXPECT_NE(story.slice(0).stalled_at, kNoTime);
    const std::int64_t number = command->number;

    Know(story, {"SKU-A", "SKU-B"});
    EXPECT_TRUE(ParkingIsOld(story.subject(), story.book()));
    EXPECT_TRUE(story.Start("return.create"));
    EXPECT_EQ(story.subject().commands.front().number, number) << "the very command";
    EXPECT_EQ(story.subject().commands.front().attempts, 1);
    EXPECT_EQ(story.slice(0).stalled_at, kNoTime);
    EXPECT_EQ(Tickets(story), 0);
}

TEST(Parking, ACodeTakenAwayBeforeItWasSentParksTheReturn) {
    Story story;
    Know(story, {"SKU-A", "SKU-B"});
    Place(story, "DE");
    RequestBoth(story);
    EXPECT_EQ(Tickets(story), 0);
    Know(story, {"SKU-B"});
    EXPECT_TRUE(ParkingIsOld(story.subject(), story.book()));
    story.Say(EventType::kTimerFired);
    EXPECT_EQ(Tickets(story), 1);
}

TEST(Parking, WhatIsParkedDoesNotExpireAndItsTimeBeginsWhenItIsLetGo) {
    Story story;
    Know(story, {});
    Place(story, "DE");
    RequestBoth(story);
    story.WaitFor({120, Delay::Unit::kDays});
    EXPECT_THAT(story.States("R1"), Not(::testing::Contains("EXPIRED")));
    EXPECT_EQ(Tickets(story), 1);
    Know(story, {"SKU-A", "SKU-B"});
    story.Say(EventType::kTimerFired);
    EXPECT_EQ(story.slice(0).state, ReturnState::kAuthorised);
    EXPECT_GT(story.slice(0).due_at, story.now());
    story.WaitFor({120, Delay::Unit::kDays});
    EXPECT_FALSE(IsLive(story.slice(0).state)) << "nobody sent anything";
}

TEST(Parking, ATicketClosedWithoutMendingComesBackOnceAndLater) {
    Story story;
    Know(story, {});
    Place(story, "DE");
    RequestBoth(story);
    ASSERT_TRUE(story.Start("ticket.create"));
    story.Answer(EventType::kAttemptDone, "accepted", "", "INC-1");
    EventData closed;
    closed.ticket_reference = "INC-1";
    story.Say(EventType::kTicketResolved, closed);
    EXPECT_EQ(Tickets(story), 0) << "not at once, that would be a loop with an eager desk";
    story.WaitFor({2, Delay::Unit::kDays});
    EXPECT_EQ(Tickets(story), 1);
    EXPECT_EQ(story.slice(0).state, ReturnState::kAuthorised);
}

TEST(Parking, APartnerThatKnowsTheReturnByItselfEndsIt) {
    Story story;
    Know(story, {});
    Place(story, "DE");
    RequestBoth(story);
    EventData data;
    data.return_id = "R1";
    data.their_reference = "98001";
    data.tracking = "T1";
    story.Say(EventType::kReturnLabelIssued, data);
    EXPECT_EQ(story.Waiting("return.create"), nullptr);
    EXPECT_EQ(Tickets(story), 0);
    EXPECT_EQ(story.slice(0).cause, "");
}

TEST(Parking, APartnerThatHasWhatNoRouteLeadsToBecomesItsPartner) {
    Story story;
    story.book().routes = {Only("DE", "3pl")};
    story.book().connections.push_back({"other", "logistics", "main", {}});
    Place(story, "FR");
    RequestBoth(story);
    EventData data;
    data.return_id = "R1";
    story.Say(EventType::kParcelDelivered, data);  // by "3pl"
    EXPECT_EQ(story.subject().returns[0].connection, "3pl");
    EXPECT_EQ(story.subject().returns[0].unrouted, "");
    EXPECT_EQ(story.slice(0).state, ReturnState::kAtPartner);
    EXPECT_EQ(Tickets(story), 0);
}

TEST(Parking, TicketsStayAtTheDeskTheyWereOpenedAt) {
    Story story;
    Know(story, {});
    RouteRule german;
    german.name = "german";
    german.kind = "desk";
    german.connection = "desk-de";
    german.when["country"] = {"DE"};
    story.book().connections.push_back(
        {"desk-de", "desk", "main", {"ticket.create", "ticket.comment", "ticket.resolve"}});
    story.book().routes = {german};
    Place(story, "DE");
    RequestBoth(story);
    ASSERT_NE(story.Waiting("ticket.create"), nullptr);
    EXPECT_EQ(story.Waiting("ticket.create")->connection, "desk-de");
    ASSERT_TRUE(story.Start("ticket.create"));
    story.Answer(EventType::kAttemptDone, "accepted", "", "INC-1");
    story.book().routes.clear();
    Know(story, {"SKU-A", "SKU-B"});
    story.Say(EventType::kTimerFired);
    ASSERT_NE(story.Waiting("ticket.comment"), nullptr);
    EXPECT_EQ(story.Waiting("ticket.comment")->connection, "desk-de");
}

}  // namespace
}  // namespace returns::workflows
