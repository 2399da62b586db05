// What pages call things: spans of time, attempts, and reasons without the machines' own names.
#include "gateway/plain_words.h"

#include "gateway/definitions.h"

#include <gtest/gtest.h>

#include <set>

namespace returns::gateway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Instant kStart = Instant(hours(500000));

TEST(PlainWords, SpansAreSaidInTheUnitThatMatters) {
    EXPECT_EQ(PlainSpan(kStart, kStart + std::chrono::seconds(20)), "now");
    EXPECT_EQ(PlainSpan(kStart, kStart + minutes(1)), "in 1 minute");
    EXPECT_EQ(PlainSpan(kStart, kStart + minutes(119)), "in 119 minutes");
    EXPECT_EQ(PlainSpan(kStart, kStart + hours(2)), "in 2 hours");
    EXPECT_EQ(PlainSpan(kStart, kStart - hours(47)), "47 hours ago");
    EXPECT_EQ(PlainSpan(kStart, kStart - hours(48)), "2 days ago");
    EXPECT_EQ(PlainSpan(kStart, kNever), "");
    EXPECT_EQ(PlainSpan(kNoTime, kStart), "");
}

TEST(PlainWords, ReasonsLoseTheNamesOfStates) {
    EXPECT_EQ(PlainReason("PENDING already says more"), "“with the provider” already says more");
    EXPECT_EQ(PlainReason("cancel is not possible in IN_TRANSIT, or needs a second person"),
              "cancel is not possible in “on its way to the partner”, or needs a second person");
    EXPECT_EQ(PlainReason("read from DHL: A_B"), "read from DHL: A_B");
    EXPECT_EQ(PlainReason(""), "");
}

TEST(PlainWords, EveryEventHasItsOwn) {
    Envelope event;
    const auto said = [&](EventType type) {
        event.type = type;
        return PlainEvent(event);
    };
    EXPECT_EQ(said(EventType::kOrderPlaced), "The order was placed");
    EXPECT_EQ(said(EventType::kParcelDelivered), "The parcel was delivered");
    EXPECT_EQ(said(EventType::kRefundSettled), "The refund was paid");
    EXPECT_EQ(said(EventType::kDisputeOpened), "A chargeback was opened");
    EXPECT_EQ(said(EventType::kTimerFired), "A timer ran out");
    std::set<std::string> all;
    for (const EventTypeFacts& facts : EventTypes()) {
        if (facts.type == EventType::kAction) continue;
        const std::string words = said(facts.type);
        EXPECT_NE(words, facts.wire) << "nobody reads names of events";
        EXPECT_TRUE(all.insert(words).second) << words;
    }
}

TEST(PlainWords, EveryStateHasItsOwn) {
    using workflows::MachineKind;
    EXPECT_EQ(PlainState(ReturnState::kAtPartner), "arrived, not opened yet");
    EXPECT_EQ(PlainState(RefundState::kSettled), "paid");
    EXPECT_EQ(PlainState(RefundState::kClosed), "closed");
    for (int at = 0; at < kReturnStates; ++at) {
        const std::string name(workflows::StateName(MachineKind::kReturn, at));
        EXPECT_NE(PlainState(MachineKind::kReturn, name), name);
    }
    for (int at = 0; at < kRefundStates; ++at) {
        const std::string name(workflows::StateName(MachineKind::kRefund, at));
        EXPECT_NE(PlainState(MachineKind::kRefund, name), name);
    }
    EXPECT_EQ(PlainState(MachineKind::kRefund, "BRAND_NEW"), "BRAND_NEW");
}

TEST(PlainWords, ActionsAndWhatIsInTheirWay) {
    EXPECT_EQ(PlainAction("keep_item"), "Let the customer keep it");
    EXPECT_EQ(PlainAction("brand_new"), "brand new");
    EXPECT_EQ(PlainUnmet("still_owed"), "nothing is owed for it any more");
    EXPECT_EQ(PlainUnmet("brand_new"), "");
    Envelope event;
    event.type = EventType::kAction;
    event.data.action = "cancel";
    event.data.by = "agent:anna";
    EXPECT_EQ(PlainEvent(event), "Cancel the return, asked for by agent:anna");
}

// Every guard of a person's action says what it means when it is not met.
TEST(PlainWords, NoGuardOfAnActionIsWithoutWords) {
    using workflows::MachineKind;
    const auto files = ReadDefinitionFiles(BACKHAUL_SOURCE_DIR "/workflows");
    ASSERT_TRUE(files.ok());
    const auto definitions = Definitions::Load(*files, "en");
    ASSERT_TRUE(definitions.ok());
    const workflows::Rules& rules = *(*definitions)->book().newest;
    int guarded = 0;
    for (const MachineKind kind : {MachineKind::kReturn, MachineKind::kRefund}) {
        const auto& machine = kind == MachineKind::kReturn ? rules.returns : rules.refunds;
        const auto triggers = workflows::Triggers(kind);
        for (std::size_t at = 0; at < triggers.size(); ++at) {
            if (triggers[at].speaks != workflows::TriggerClass::kPerson) continue;
            EXPECT_NE(PlainAction(triggers[at].name), triggers[at].name);
            for (const auto& state : machine.states) {
                for (const auto& edge : state.on[at]) {
                    if (edge.guard < 0) continue;
                    const auto name =
                        workflows::GuardNames(kind)[static_cast<std::size_t>(edge.guard)];
                    if (name == "two_people") continue;  // the form asks for the second one
                    ++guarded;
                    EXPECT_NE(PlainUnmet(name), "") << name;
                }
            }
        }
    }
    EXPECT_GT(guarded, 10);
}

TEST(PlainWords, AttemptsSayWhatWasAskedOfWhom) {
    EXPECT_EQ(PlainAttempt(EventType::kAttemptStarted, "ticket.create", "desk"),
              "We asked desk to open a ticket");
    EXPECT_EQ(PlainAttempt(EventType::kAttemptInDoubt, "refund.create", "stripe"),
              "stripe gave no clear answer to our request to pay the refund");
    EXPECT_EQ(PlainAttempt(EventType::kAttemptDone, "new.thing", ""),
              "The partner took our request to new.thing");
    EXPECT_EQ(PlainAttempt(EventType::kTimerFired, "refund.create", "stripe"), "");
}

}  // namespace
}  // namespace returns::gateway
