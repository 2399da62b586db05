// Commands that work on what strangers wrote end by themselves, and say so.
#include "gateway/time_limit.h"

#include "gateway/cli_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <unistd.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;

TEST(TimeLimit, GivesWhatTheWorkGives) {
    EXPECT_EQ(RunWithin(1, "too long", [] { return 2; }), 2);
    EXPECT_EQ(RunWithin(1, "too long", [] { return kGood; }), kGood);
}

TEST(TimeLimit, EndsWorkThatDoesNotEnd) {
    testing::internal::CaptureStderr();
    const int code = RunWithinSeconds(1, "stopped after one second", [] {
        for (;;) ::pause();
        return kGood;
    });
    EXPECT_EQ(code, kFailed);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("stopped after one second"));
}

TEST(TimeLimit, SaysWhenTheWorkWasEndedByOthers) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(RunWithin(1, "", [] { return std::raise(SIGKILL); }), kFailed);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("it was ended"));
}

}  // namespace
}  // namespace returns::gateway
