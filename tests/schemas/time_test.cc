#include "schemas/time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace returns {
namespace {

using std::chrono::days;

Instant At(std::string_view text) { return ParseInstant(text).value(); }

TEST(TimeTest, ReadsRfc3339) {
    const std::pair<const char*, const char*> good[] = {
        {"2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000Z"},
        {"2026-03-01t12:00:00z", "2026-03-01T12:00:00.000Z"},
        {"2026-03-01T12:00:00.5+02:00", "2026-03-01T10:00:00.500Z"},
        {"2026-03-01T00:00:00.123999-23:59", "2026-03-01T23:59:00.123Z"},
        {"2024-02-29T23:59:60Z", "2024-03-01T00:00:00.000Z"},
        {"2000-01-01T00:00:00-00:00", "2000-01-01T00:00:00.000Z"},
        {"2199-12-31T23:59:59.999Z", "2199-12-31T23:59:59.999Z"}};
    for (const auto& [text, canonical] : good) {
        const Result<Instant> at = ParseInstant(text);
        ASSERT_TRUE(at.ok()) << text;
        EXPECT_EQ(FormatInstant(*at), canonical);
    }
    EXPECT_EQ(FormatDate(At("2026-03-01T23:30:00-01:00")), "2026-03-02");
}

TEST(TimeTest, RefusesTheRest) {
    const char* bad[] = {"",
                         "2026-03-01",
                         "2026-03-01T12:00:00",
                         "2026-03-01 12:00:00Z",
                         "2026-02-29T12:00:00Z",
                         "2026-13-01T12:00:00Z",
                         "2026-00-01T12:00:00Z",
                         "2026-03-01T24:00:00Z",
                         "2026-03-01T12:60:00Z",
                         "2026-03-01T12:00:61Z",
                         "2026-03-01T12:00:00.Z",
                         "2026-03-01T12:00:00+24:00",
                         "2026-03-01T12:00:00+0200",
                         "2026-03-01T12:00:00Zx",
                         "1999-12-31T23:59:59Z",
                         "2000-01-01T00:00:00+00:01",
                         "2200-01-01T00:00:00Z",
                         "+026-03-01T12:00:00Z",
                         "2026-3-1T12:00:00Z",
                         "never",
                         "1772366400"};
    for (const char* text : bad) EXPECT_FALSE(ParseInstant(text).ok()) << text;
    EXPECT_FALSE(ParseInstant("2026-03-01T12:00:00." + std::string(1000, '0') + "Z").ok());
}

TEST(TimeTest, WritesWhatIsNoMoment) {
    EXPECT_EQ(FormatInstant(kNoTime), "");
    EXPECT_EQ(FormatDate(kNoTime), "");
    EXPECT_EQ(FormatInstant(kNever), "never");
    EXPECT_EQ(FormatInstant(Instant::min()), "");
}

TEST(TimeTest, ReadsAndWritesDelays) {
    for (const char* text : {"0s", "500ms", "30s", "15min", "1h", "2d", "10bd", "36525d"}) {
        const Result<Delay> delay = ParseDelay(text);
        ASSERT_TRUE(delay.ok()) << text;
        EXPECT_EQ(FormatDelay(*delay), text);
    }
    for (const char* text : {"", "s", "15", "15m", "-1s", "1.5h", "1 h", "1H", "36526d", "1hh",
                             "99999999999999s", "9999999999999s"}) {
        EXPECT_FALSE(ParseDelay(text).ok()) << text;
    }
}

TEST(TimeTest, AddsBusinessDays) {
    // 2026-03-06 is a Friday.
    const auto after = [](const char* day, std::int64_t amount) {
        return FormatDate(
            Add(At(std::string(day) + "T10:00:00Z"), Delay{amount, Delay::Unit::kBusinessDays}));
    };
    EXPECT_EQ(after("2026-03-06", 0), "2026-03-06");
    EXPECT_EQ(after("2026-03-06", 1), "2026-03-09");
    EXPECT_EQ(after("2026-03-07", 1), "2026-03-09");
    EXPECT_EQ(after("2026-03-08", 5), "2026-03-13");
    EXPECT_EQ(after("2026-03-06", 10), "2026-03-20");
    EXPECT_EQ(after("2026-03-05", 11), "2026-03-20");
    EXPECT_EQ(after("2026-03-09", -1), "2026-03-06");
    EXPECT_EQ(after("2026-03-08", -3), "2026-03-04");
    EXPECT_EQ(Add(kNever, Delay{1, Delay::Unit::kBusinessDays}), kNever);
    EXPECT_EQ(Add(kNever, Delay{1, Delay::Unit::kDays}), kNever);
    EXPECT_EQ(Add(At("2026-03-06T10:00:00Z"), Delay{-3, Delay::Unit::kDays}),
              At("2026-03-03T10:00:00Z"));
}

RC_GTEST_PROP(TimeProperty, FormattingAndParsingAgree, ()) {
    const auto millis = *rc::gen::inRange<std::int64_t>(946'684'800'000, 7'258'118'400'000);
    const Instant at{Millis(millis)};
    RC_ASSERT(ParseInstant(FormatInstant(at)).value() == at);
}

RC_GTEST_PROP(TimeProperty, BusinessDaysCountAsByHand, ()) {
    const auto start = *rc::gen::inRange<std::int64_t>(946'684'800'000, 7'000'000'000'000);
    const auto amount = *rc::gen::inRange<std::int64_t>(1, 300);
    Instant by_hand{Millis(start)};
    for (std::int64_t left = amount; left > 0;) {
        by_hand += days(1);
        const std::chrono::weekday day(std::chrono::floor<days>(by_hand));
        if (day != std::chrono::Saturday && day != std::chrono::Sunday) --left;
    }
    const Delay delay{amount, Delay::Unit::kBusinessDays};
    RC_ASSERT(Add(Instant{Millis(start)}, delay) == by_hand);
}

}  // namespace
}  // namespace returns
