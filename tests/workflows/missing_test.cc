// Orders nobody has told us of, too many for a ticket each: what their cases and the one that
// speaks for them do.
#include "tests/workflows/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using testing::HasSubstr;

constexpr Millis kHour = std::chrono::hours(1);
constexpr Millis kDay = 24 * kHour;

// The case that speaks for all, told by the lane how many they are.
struct Speaker {
    Speaker() { subject.key = {"main", std::string(kMissingOrders)}; }
    const Decision& Say(EventType type, EventData data = {}) {
        Envelope event;
        event.type = type;
        event.key = subject.key;
        event.occurred_at = event.recorded_at = now;
        event.data = std::move(data);
        last = Decide(subject, event, story.book());
        EXPECT_EQ(BrokenInvariant(last.after), "");
        subject = last.after;
        return last;
    }
    const Decision& Count(std::int64_t missing, const std::string& named = "") {
        EventData data;
        data.missing = missing;
        data.reason = named;
        return Say(EventType::kTimerFired, data);
    }
    // The desk has opened it as INC-1.
    void DeskOpens() {
        EventData data;
        for (const Command& command : subject.commands)
            if (command.operation == "ticket.create") data.attempt.command = command.number;
        data.attempt.number = 1;
        Say(EventType::kAttemptStarted, data);
        data.attempt.answer = "accepted";
        data.their_reference = "INC-1";
        Say(EventType::kAttemptDone, data);
        ASSERT_EQ(subject.tickets.back().their_reference, "INC-1");
    }
    std::size_t Waiting(const std::string& operation) const {
        std::size_t count = 0;
        for (const Command& command : subject.commands) count += command.operation == operation;
        return count;
    }

    Story story;
    Case subject;
    Decision last;
    Instant now = story.now();
};

TEST(MissingOrders, AShellsTicketIsItsOwnUnlessThereAreTooMany) {
    for (const std::int64_t missing : {0, 21}) {
        Story story;
        story.Parcel(EventType::kParcelDelivered, "R-1");
        ASSERT_FALSE(story.subject().placed);
        Case shell = story.subject();
        Envelope timer;
        timer.key = shell.key;
        timer.recorded_at = shell.order_due_at;
        if (missing > 0) timer.data.missing = missing;
        const Decision decision = Decide(shell, timer, story.book());
        EXPECT_EQ(decision.after.folded, missing > 0);
        EXPECT_NE(decision.after.stalled_at, kNoTime);
        EXPECT_EQ(decision.after.tickets.size(), missing > 0 ? 0u : 1u);
    }
}

TEST(MissingOrders, AFoldedShellHasNoMoreToSayOnceItsOrderHasCome) {
    Story story;
    story.Parcel(EventType::kParcelDelivered, "R-1");
    EventData many;
    many.missing = 30;
    story.Wait(2 * kDay - Millis(1));
    Case shell = story.subject();
    Envelope timer;
    timer.key = shell.key;
    timer.recorded_at = shell.order_due_at;
    timer.data = many;
    shell = Decide(shell, timer, story.book()).after;
    ASSERT_TRUE(shell.folded);
    timer.recorded_at = shell.order_due_at;
    timer.data = {};
    shell = Decide(shell, timer, story.book()).after;
    EXPECT_TRUE(shell.folded) << "for as long as it waits";
    EXPECT_TRUE(shell.tickets.empty());
    Envelope placed;
    placed.type = EventType::kOrderPlaced;
    placed.key = shell.key;
    placed.recorded_at = shell.order_due_at;
    placed.data.currency = "EUR";
    placed.data.lines = {Line("A", 1, 5000)};
    shell = Decide(shell, placed, story.book()).after;
    EXPECT_TRUE(shell.placed);
    EXPECT_FALSE(shell.folded);
    EXPECT_EQ(shell.stalled_at, kNoTime);
}

TEST(MissingOrders, TheTicketSaysHowManyWhichAndWhatToDo) {
    Speaker speaker;
    EXPECT_EQ(speaker.Count(3000, "for example A-1, A-2").verdict, Verdict::kMoved);
    ASSERT_EQ(speaker.subject.tickets.size(), 1u);
    ASSERT_EQ(speaker.Waiting("ticket.create"), 1u);
    const Json& body = speaker.subject.commands.at(0).body;
    EXPECT_THAT(body["title"].AsString(), HasSubstr("orders of shop main are missing"));
    EXPECT_EQ(body["priority"].AsString(), "high");
    const std::string& text = body["text"].AsString();
    EXPECT_THAT(text, HasSubstr("orders nobody has told us of: 3000"));
    EXPECT_THAT(text, HasSubstr("(for example A-1, A-2)"));
    EXPECT_THAT(text, HasSubstr("backhaul import"));
}

TEST(MissingOrders, ItIsToldOnceAnHourAtMostWhateverTheLaneSays) {
    Speaker speaker;
    speaker.Count(3000);
    speaker.DeskOpens();
    int comments = 0;
    for (int minute = 1; minute <= 6 * 60; ++minute) {
        speaker.now += std::chrono::minutes(1);
        speaker.Count(3000 - minute);
        comments += speaker.Waiting("ticket.comment") > 0;
        speaker.subject.commands.clear();
    }
    EXPECT_EQ(comments, 6);
    EXPECT_EQ(speaker.subject.missing, 3000 - 6 * 60);
    EXPECT_EQ(speaker.subject.tickets.size(), 1u);
}

TEST(MissingOrders, NoneMissingEndsTheTicketAtOnce) {
    Speaker speaker;
    speaker.Count(3000);
    speaker.DeskOpens();
    speaker.now += std::chrono::minutes(5);
    speaker.Count(0);
    EXPECT_EQ(speaker.subject.tickets.at(0).state, TicketState::kResolving);
    EXPECT_EQ(speaker.Waiting("ticket.resolve"), 1u);
    EXPECT_EQ(speaker.subject.stalled_at, kNoTime);
    // Another gateway may count others: looked at once more, and then no longer.
    EXPECT_EQ(NextWake(speaker.subject), speaker.now + kHour);
    speaker.now += kHour;
    speaker.Count(0);
    EXPECT_EQ(NextWake(speaker.subject), kNever);
    speaker.Count(7);
    EXPECT_EQ(speaker.subject.tickets.size(), 2u) << "a new episode";
}

TEST(MissingOrders, APersonsResolutionIsNotBelieved) {
    Speaker speaker;
    speaker.Count(3000);
    speaker.DeskOpens();
    EventData closed;
    closed.ticket_reference = "INC-1";
    speaker.Say(EventType::kTicketResolved, closed);
    EXPECT_EQ(speaker.subject.tickets.at(0).state, TicketState::kResolved);
    const Instant again = NextWake(speaker.subject);
    EXPECT_EQ(again, speaker.now + 4 * kHour);
    speaker.now += kHour;
    speaker.Count(3000);
    EXPECT_EQ(speaker.subject.tickets.size(), 1u) << "time to act before the next one";
    speaker.now = again;
    speaker.Count(3000);
    ASSERT_EQ(speaker.subject.tickets.size(), 2u);
    EXPECT_EQ(speaker.subject.tickets.at(1).state, TicketState::kOpening);
}

TEST(MissingOrders, NoOrderCanHaveItsName) {
    Speaker speaker;
    EventData order;
    order.currency = "EUR";
    order.lines = {Line("A", 1, 5000)};
    EXPECT_EQ(speaker.Say(EventType::kOrderPlaced, order).verdict, Verdict::kRefused);
    EXPECT_FALSE(speaker.subject.placed);
    EventData parcel;
    parcel.return_id = "R-1";
    EXPECT_EQ(speaker.Say(EventType::kParcelScanned, parcel).verdict, Verdict::kRefused);
    EXPECT_TRUE(speaker.subject.held.empty());
    EXPECT_THAT(speaker.last.reason, HasSubstr("no order can have the id missing-orders"));
}

// Anna has overruled the partner: 50.00 are due, and wait to be sent.
struct Overruled : Story {
    explicit Overruled(std::int64_t approve_above_minor) {
        for (ConnectionFacts& each : book().connections)
            if (each.name == "psp") each.approve_above_minor = approve_above_minor;
        PlaceOrder();
        Request("R-1", 1);
        EventData overrule;
        overrule.return_id = "R-1";
        overrule.by = "agent:anna";
        Inspect("R-1", 0, 1);
        Act("overrule", overrule);
        Act("accept", overrule);
        WaitFor({1, Delay::Unit::kHours});
    }
};

TEST(FourEyes, WhoActedOnAReturnDoesNotApproveItsLargeRefund) {
    Overruled story(4000);
    const Command* pays = story.Waiting("refund.create");
    ASSERT_NE(pays, nullptr);
    ASSERT_EQ(pays->amount_minor, 5000);
    EventData approval;
    approval.subject = pays->number;
    approval.by = "agent:anna";
    EXPECT_EQ(story.Act("approve_command", approval).verdict, Verdict::kRefused);
    EXPECT_THAT(story.last().reason, HasSubstr("agent:anna has acted on return R-1"));
    approval.by = "operator:omar";
    EXPECT_EQ(story.Act("approve_command", approval).verdict, Verdict::kMoved);
    EXPECT_EQ(story.Waiting("refund.create")->approved_by, "operator:omar");
}

TEST(FourEyes, ASmallRefundNeedsNoOtherPair) {
    Overruled story(5000);
    const Command* pays = story.Waiting("refund.create");
    ASSERT_NE(pays, nullptr);
    EventData approval;
    approval.subject = pays->number;
    approval.by = "agent:anna";
    EXPECT_EQ(story.Act("approve_command", approval).verdict, Verdict::kMoved);
}

}  // namespace
}  // namespace returns::workflows
