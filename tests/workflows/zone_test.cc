#include "workflows/zone.h"

#include "tests/workflows/definitions.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <ctime>

namespace returns::workflows {
namespace {

Instant At(std::string_view text) { return ParseInstant(text).value(); }
Zone ZoneOf(std::string_view rule) { return Zone::Parse(rule).value(); }

constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

TEST(Zone, IsUtcUntilToldOtherwise) {
    const Zone utc;
    EXPECT_EQ(FormatInstant(utc.StartOf(utc.DayOf(At("2026-07-01T23:59:59Z")))),
              "2026-07-01T00:00:00.000Z");
    EXPECT_EQ(utc.NameAt(At("2026-07-01T00:00:00Z")), "UTC");
}

TEST(Zone, ChangesItsClocks) {
    const Zone berlin = ZoneOf(kBerlin);
    const std::pair<const char*, const char*> starts[] = {
        {"2026-01-15T12:00:00Z", "2026-01-14T23:00:00.000Z"},
        {"2026-03-29T00:30:00Z", "2026-03-28T23:00:00.000Z"},  // 23 hours long
        {"2026-03-29T22:00:00Z", "2026-03-29T22:00:00.000Z"},
        {"2026-10-25T22:59:59Z", "2026-10-24T22:00:00.000Z"},  // 25 hours long
        {"2026-10-25T23:00:00Z", "2026-10-25T23:00:00.000Z"}};
    for (const auto& [at, start] : starts)
        EXPECT_EQ(FormatInstant(berlin.StartOf(berlin.DayOf(At(at)))), start) << at;
    EXPECT_EQ(berlin.NameAt(At("2026-03-29T00:59:59Z")), "CET");
    EXPECT_EQ(berlin.NameAt(At("2026-03-29T01:00:00Z")), "CEST");
    // A clock time that does not exist is the change; one that comes twice is its first.
    const Day spring = berlin.DayOf(At("2026-03-29T12:00:00Z"));
    const Day autumn = berlin.DayOf(At("2026-10-25T12:00:00Z"));
    EXPECT_EQ(berlin.At(spring, std::chrono::minutes(150)), At("2026-03-29T01:00:00Z"));
    EXPECT_EQ(berlin.At(autumn, std::chrono::minutes(150)), At("2026-10-25T00:30:00Z"));
}

TEST(Zone, RefusesOtherRules) {
    for (const char* rule :
         {"", "CET", "C-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
          "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J60,J300", "CET-25",
          "UTC0 ", "Europe/Berlin", "<+01-1", "CET-1CEST,M3.5.0,M10.5.0/3x"})
        EXPECT_FALSE(Zone::Parse(rule).ok()) << rule;
    EXPECT_NE(Zone::Parse("Europe/Berlin").error().text.find("CET-1CEST"), std::string::npos);
}

// The C library reads the same rules.
class SystemZone {
public:
    explicit SystemZone(const std::string& rule) {
        const char* was = std::getenv("TZ");
        before_ = was == nullptr ? "" : was;
        setenv("TZ", rule.c_str(), 1);
        tzset();
    }
    ~SystemZone() {
        before_.empty() ? unsetenv("TZ") : setenv("TZ", before_.c_str(), 1);
        tzset();
    }
    SystemZone(const SystemZone&) = delete;
    SystemZone& operator=(const SystemZone&) = delete;

private:
    std::string before_;
};

std::vector<std::string> AllRules() {
    std::vector<std::string> rules = {"NZST-12NZDT,M9.5.0,M4.1.0/3",
                                      "<-03>3",
                                      "<+0545>-5:45",
                                      "IST-1GMT0,M10.5.0,M3.5.0/1",
                                      "EET-2EEST,M4.5.5/0,M10.5.4/24",
                                      "CST5CDT,M3.2.0/0,M11.1.0/1"};
    const Json listed = ReadTreeFile("workflows/calendars/zones.json");
    for (const auto& [name, rule] : listed.Members()) rules.push_back(rule.AsString());
    return rules;
}

RC_GTEST_PROP(ZoneProperty, AgreesWithTheSystem, ()) {
    const std::string rule = *rc::gen::elementOf(AllRules());
    const auto millis = *rc::gen::inRange<std::int64_t>(946'684'800'000, 4'102'444'800'000);
    const Instant at{Millis(millis)};
    const SystemZone system(rule);
    const std::time_t seconds = millis / 1000;
    std::tm local{};
    RC_ASSERT(localtime_r(&seconds, &local) != nullptr);
    const Zone zone = ZoneOf(rule);
    RC_ASSERT(zone.OffsetAt(at) == Millis(local.tm_gmtoff * 1000));
    RC_ASSERT(zone.NameAt(at) == local.tm_zone);
    const std::chrono::year_month_day date(zone.DayOf(at));
    RC_ASSERT(static_cast<int>(static_cast<unsigned>(date.day())) == local.tm_mday);
}

// Each moment's own clock time leads back to it, or to the first of the two moments that show it.
RC_GTEST_PROP(ZoneProperty, ClockTimesLeadBack, ()) {
    const Zone zone = ZoneOf(*rc::gen::elementOf(AllRules()));
    // Often near a change of the clocks, else hardly ever.
    const auto hour = *rc::gen::inRange<std::int64_t>(0, 24 * 366);
    const auto millis = *rc::gen::inRange<std::int64_t>(0, 3'600'000);
    const Instant at = At("2028-01-01T00:00:00Z") + std::chrono::hours(hour) + Millis(millis);
    const Instant back = zone.At(zone.DayOf(at), zone.ClockOf(at));
    RC_ASSERT(back <= at && at - back <= std::chrono::hours(1));
    RC_ASSERT(zone.OffsetAt(back) >= zone.OffsetAt(at));
    const Day day = zone.DayOf(at);
    RC_ASSERT(zone.DayOf(zone.StartOf(day)) == day);
    RC_ASSERT(zone.DayOf(zone.StartOf(day) - Millis(1)) < day);
}

}  // namespace
}  // namespace returns::workflows
