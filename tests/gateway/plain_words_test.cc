// What pages call things: spans of time, attempts, and reasons without the machines' own names.
#include "gateway/plain_words.h"

#include <gtest/gtest.h>

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
