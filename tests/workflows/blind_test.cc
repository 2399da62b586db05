// What goes blind with a partner that cannot tell everything, and what is said of it.
#include "workflows/blind.h"

#include "tests/workflows/definitions.h"
#include "tests/workflows/situations.h"
#include "tests/workflows/story.h"
#include "workflows/explain.h"
#include "workflows/wording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::set<EventType> All() { return {PartnerEvents().begin(), PartnerEvents().end()}; }

std::set<EventType> Without(std::initializer_list<EventType> types) {
    std::set<EventType> rest = All();
    for (const EventType type : types) rest.erase(type);
    return rest;
}

std::vector<std::string> TimersOf(const BlindMap& map) {
    std::vector<std::string> all;
    for (const BlindTimer& timer : map.timers) all.push_back(timer.state + " " + timer.delay);
    return all;
}

TEST(Blind, NothingIsBlindWithAPartnerThatTellsAll) {
    const BlindMap map = BlindSpots(DefaultRules(), All());
    EXPECT_THAT(map.untold, IsEmpty());
    EXPECT_THAT(map.unseen, IsEmpty());
    EXPECT_THAT(TimersOf(map), IsEmpty());
}

TEST(Blind, WithoutScansAParcelOnItsWayLooksUnsent) {
    const BlindMap map = BlindSpots(DefaultRules(), Without({EventType::kParcelScanned}));
    EXPECT_THAT(map.untold, ElementsAre(EventType::kParcelScanned));
    EXPECT_THAT(map.unseen, ElementsAre("IN_TRANSIT"));
    EXPECT_THAT(TimersOf(map), ElementsAre("AUTHORISED ship_by", "IN_TRANSIT scan_silence"));
    EXPECT_EQ(map.timers[0].waits_for, EventType::kParcelScanned);
    EXPECT_EQ(map.timers[0].then, "EXPIRED");
    EXPECT_NE(map.timers[0].after, "");
    EXPECT_THAT(map.timers[0].ended,
                ElementsAre(EventType::kParcelDelivered, EventType::kReturnOpened,
                            EventType::kReturnInspected));
}

TEST(Blind, EachStateWaitsForItsOwnNextStep) {
    EXPECT_THAT(TimersOf(BlindSpots(DefaultRules(), Without({EventType::kReturnOpened}))),
                ElementsAre("AT_PARTNER dock"));
    EXPECT_THAT(TimersOf(BlindSpots(DefaultRules(), Without({EventType::kReturnInspected}))),
                ElementsAre("INSPECTING inspection"));
    const BlindMap back = BlindSpots(DefaultRules(), Without({EventType::kReturnSentBack}));
    EXPECT_THAT(TimersOf(back), ElementsAre("RETURNING returning"));
    EXPECT_THAT(back.timers[0].ended, IsEmpty()) << "nothing they tell ends it";
    EXPECT_THAT(back.unseen, IsEmpty()) << "other things close a return too";
    EXPECT_THAT(TimersOf(BlindSpots(DefaultRules(), Without({EventType::kParcelLost}))), IsEmpty())
        << "a loss is no step that is waited for";
}

TEST(Blind, EveryEventHasASentence) {
    for (const EventType type : PartnerEvents())
        EXPECT_NE(WordingAt(WordingDefinition(), {"not_told", Facts(type).wire}), "");
    EXPECT_EQ(WordingDefinition()["not_told"].Members().size(), PartnerEvents().size());
}

struct Told {
    World world;
    explicit Told(std::optional<std::set<EventType>> tells) {
        ConnectionFacts facts;
        facts.name = "3pl";
        facts.kind = "logistics";
        facts.tells = std::move(tells);
        world.book.connections = {facts};
    }
    std::string Why(ReturnState state, Audience audience) {
        Case subject = Situation(state);
        subject.returns[0].connection = "3pl";
        return Explain(subject, "R-17", audience, world.book).why_not;
    }
};

TEST(Blind, AgentsAreToldThatSilenceProvesNothing) {
    const std::string sentence = "This partner does not tell when a parcel is scanned on its way.";
    Told blind(Without({EventType::kParcelScanned}));
    for (const ReturnState state : {ReturnState::kAuthorised, ReturnState::kInTransit,
                                    ReturnState::kExpired, ReturnState::kLost}) {
        EXPECT_THAT(blind.Why(state, Audience::kAgent), HasSubstr(sentence)) << Name(state);
        EXPECT_THAT(blind.Why(state, Audience::kCustomer), Not(HasSubstr("partner")));
    }
    EXPECT_THAT(blind.Why(ReturnState::kAuthorised, Audience::kOperator), HasSubstr(sentence));
    EXPECT_THAT(blind.Why(ReturnState::kAtPartner, Audience::kAgent), Not(HasSubstr(sentence)));
    EXPECT_THAT(Told(All()).Why(ReturnState::kAuthorised, Audience::kAgent),
                Not(HasSubstr(sentence)));
    EXPECT_THAT(Told(std::nullopt).Why(ReturnState::kAuthorised, Audience::kAgent),
                Not(HasSubstr(sentence)))
        << "nobody knows what they tell";
}

TEST(Blind, ATicketOfAStallSaysWhatCouldNotBeTold) {
    for (const bool scans : {true, false}) {
        Story story;
        story.book().wording = WordingDefinition();
        for (ConnectionFacts& facts : story.book().connections)
            if (facts.kind == "logistics")
                facts.tells = scans ? All() : Without({EventType::kParcelScanned});
        story.PlaceOrder();
        story.Request("R1", 1);
        story.Parcel(EventType::kParcelPosted, "R1");
        story.WaitFor({60, Delay::Unit::kDays});
        const Command* ticket = story.Waiting("ticket.create");
        ASSERT_NE(ticket, nullptr);
        const std::string& text = ticket->body["text"].AsString();
        EXPECT_THAT(text, HasSubstr("LOST"));
        EXPECT_EQ(text.find("does not tell when a parcel is scanned") == text.npos, scans) << text;
    }
}

TEST(Blind, AFoundLossIsNoSilence) {
    Told blind(Without({EventType::kParcelScanned}));
    Case subject = Situation(ReturnState::kLost);
    subject.returns[0].connection = "3pl";
    EXPECT_EQ(NeverTold(subject, subject.slices[0], blind.world.book), EventType::kParcelScanned);
    subject.slices[0].evidence = "parcel.lost";
    EXPECT_EQ(NeverTold(subject, subject.slices[0], blind.world.book), std::nullopt);
}

TEST(Blind, APartnersSilenceIsBlamedOnlyOnOneThatCouldSpeak) {
    Told blind(Without({EventType::kReturnOpened}));
    Case subject = Situation(ReturnState::kException);
    subject.returns[0].connection = "3pl";
    EXPECT_EQ(NeverTold(subject, subject.slices[0], blind.world.book), std::nullopt);
    subject.slices[0].cause = "partner_silent";
    subject.slices[0].evidence = "parcel.delivered";
    EXPECT_EQ(NeverTold(subject, subject.slices[0], blind.world.book), EventType::kReturnOpened);
    subject.slices[0].evidence = "return.opened";
    EXPECT_EQ(NeverTold(subject, subject.slices[0], blind.world.book), std::nullopt)
        << "the inspection they could tell";
}

}  // namespace
}  // namespace returns::workflows
