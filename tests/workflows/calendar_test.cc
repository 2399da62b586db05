#include "workflows/calendar.h"

#include "tests/workflows/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace returns::workflows {
namespace {

using std::chrono::days;
using ::testing::HasSubstr;

Day On(std::string_view text) { return ParseDay(text).value(); }
Instant At(std::string_view text) { return ParseInstant(text).value(); }
Delay Business(std::int64_t amount) { return {amount, Delay::Unit::kBusinessDays}; }

const Calendars& All() {
    static const Calendars calendars = DefaultCalendars();
    return calendars;
}

// What the countries' own lists of those years say, weekends left out.
TEST(Calendars, KnowThePublicHolidays) {
    const std::tuple<const char*, int, std::vector<const char*>> lists[] = {
        {"DE",
         2026,
         {"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25",
          "2026-12-25"}},
        {"FR",
         2027,
         {"2027-01-01", "2027-03-29", "2027-05-06", "2027-05-17", "2027-07-14", "2027-11-01",
          "2027-11-11"}},
        {"NL",
         2026,
         {"2026-01-01", "2026-04-06", "2026-04-27", "2026-05-14", "2026-05-25", "2026-12-25"}},
        {"UK",
         2026,
         {"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31",
          "2026-12-25", "2026-12-28"}},
        {"UK",
         2027,
         {"2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30",
          "2027-12-27", "2027-12-28"}},
        {"GB",
         2022,
         {"2022-01-03", "2022-04-15", "2022-04-18", "2022-05-02", "2022-05-30", "2022-08-29",
          "2022-12-26", "2022-12-27"}},
        {"US",
         2026,
         {"2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-03",
          "2026-09-07", "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25"}},
        {"US",
         2021,
         {"2021-01-01", "2021-01-18", "2021-02-15", "2021-05-31", "2021-06-18", "2021-07-05",
          "2021-09-06", "2021-10-11", "2021-11-11", "2021-11-25", "2021-12-24", "2021-12-31"}},
        {"AT", 2028, {"2028-04-17", "2028-05-01", "2028-12-25", "2028-12-26"}}};
    for (const auto& [jurisdiction, year, expected] : lists) {
        const Calendar& calendar = All().Of(jurisdiction);
        std::vector<std::string> found;
        for (Day day = On(std::to_string(year) + "-01-01");
             day <= On(std::to_string(year) + "-12-31"); day += days(1)) {
            const auto weekday = std::chrono::weekday(day).iso_encoding();
            if (calendar.IsOff(day) && weekday < 6) found.push_back(FormatDay(day));
        }
        EXPECT_EQ(found, std::vector<std::string>(expected.begin(), expected.end()))
            << jurisdiction << " " << year;
    }
}

TEST(Calendars, KnowEasterFarAhead) {
    for (const char* sunday :
         {"2000-04-23", "2008-03-23", "2011-04-24", "2024-03-31", "2025-04-20", "2026-04-05",
          "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21", "2038-04-25", "2049-04-18",
          "2076-04-19", "2100-03-28", "2106-04-18", "2160-03-23"})
        EXPECT_EQ(All().Of("DE").WhyOff(On(sunday) + days(1)), "Easter Monday") << sunday;
}

TEST(Calendars, AreFoundByJurisdiction) {
    EXPECT_EQ(All().Of("DE").id, "de");
    EXPECT_EQ(All().Of("DE-BY").id, "de");  // no calendar of its own
    EXPECT_EQ(All().Of("AT").id, "eu");
    EXPECT_EQ(All().Of("EU").id, "eu");
    EXPECT_EQ(All().Of("").id, "plain");
    EXPECT_EQ(All().Of("Atlantis").id, "plain");
    EXPECT_EQ(All().Of("DE").law, "EU");
    EXPECT_EQ(All().Find("uk")->time_zone, "Europe/London");
    EXPECT_EQ(All().Find("UK"), nullptr);
    EXPECT_FALSE(Calendar().IsOff(On("2026-12-25")));
    EXPECT_EQ(Calendar().WhyOff(On("2026-12-26")), "weekend");
}

TEST(Calendar, CountsBusinessDaysInItsZone) {
    const Calendar& german = All().Of("DE");
    const auto after = [&](const char* at, std::int64_t amount) {
        return FormatInstant(german.Add(At(at), Business(amount)));
    };
    // 23:30 UTC is the next day in Berlin.
    EXPECT_EQ(after("2026-12-22T23:30:00Z", 1), "2026-12-23T23:30:00.000Z");
    EXPECT_EQ(after("2026-12-23T22:30:00Z", 2), "2026-12-28T22:30:00.000Z");
    EXPECT_EQ(after("2026-12-24T10:00:00Z", 1), "2026-12-28T10:00:00.000Z");
    // On a day off nothing counts: the 26th is as good as the 28th's first moment.
    EXPECT_EQ(after("2026-12-26T10:00:00Z", 1), "2026-12-28T23:00:00.000Z");
    EXPECT_EQ(after("2026-12-26T10:00:00Z", -1), "2026-12-23T23:00:00.000Z");
    EXPECT_EQ(after("2026-12-28T10:00:00Z", -1), "2026-12-24T10:00:00.000Z");
    EXPECT_EQ(after("2026-12-31T10:00:00Z", 1), "2027-01-04T10:00:00.000Z");
    // The clock shows the same time before and after it changed.
    EXPECT_EQ(after("2026-03-27T10:00:00Z", 1), "2026-03-30T09:00:00.000Z");
    EXPECT_EQ(after("2028-02-28T10:00:00Z", 1), "2028-02-29T10:00:00.000Z");
    EXPECT_EQ(after("2026-03-27T10:00:00Z", 0), "2026-03-27T10:00:00.000Z");
    EXPECT_EQ(german.Add(kNever, Business(1)), kNever);
}

TEST(Calendars, ExtendOneAnother) {
    auto files = CalendarFiles();
    files["a-warehouse.json"] = Text(R"({"name": "Warehouse in Leipzig", "extends": "de",
        "holidays": [{"name": "Reformation Day", "on": "10-31"},
                     {"name": "Once", "on": "2026-07-14"}],
        "closed": [{"name": "stocktaking", "from": "2026-12-28", "until": "2026-12-31"},
                   {"name": "outing", "from": "2026-06-05"}]})");
    const auto calendars = Calendars::Read(files);
    ASSERT_TRUE(calendars.ok()) << calendars.error().text;
    const Calendar& warehouse = *calendars->Find("a-warehouse");
    EXPECT_EQ(warehouse.time_zone, "Europe/Berlin");
    EXPECT_EQ(warehouse.WhyOff(On("2026-12-25")), "Christmas Day");
    EXPECT_EQ(warehouse.WhyOff(On("2028-10-31")), "Reformation Day");
    EXPECT_EQ(warehouse.WhyOff(On("2026-07-14")), "Once");
    EXPECT_EQ(warehouse.WhyOff(On("2027-07-14")), "");
    EXPECT_EQ(warehouse.WhyOff(On("2026-06-05")), "outing");
    EXPECT_EQ(FormatInstant(warehouse.Add(At("2026-12-24T10:00:00Z"), Business(1))),
              "2027-01-04T10:00:00.000Z");
    EXPECT_EQ(calendars->Of("DE").id, "de");
}

struct Planted {
    std::string file, json, says;
};

class CalendarsRefuse : public ::testing::TestWithParam<Planted> {};

TEST_P(CalendarsRefuse, AndNameThePlace) {
    auto files = CalendarFiles();
    files[GetParam().file] = Text(GetParam().json);
    const auto calendars = Calendars::Read(files);
    ASSERT_FALSE(calendars.ok());
    EXPECT_THAT(calendars.error().text, HasSubstr(GetParam().says));
}

std::string With(const std::string& members) {
    return R"({"name": "x", "time_zone": "UTC", )" + members + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Calendar, CalendarsRefuse,
    ::testing::Values(
        Planted{"x.json", R"({"time_zone": "UTC"})", "calendars/x.json: /name: expected a text"},
        Planted{"x.json", R"({"name": "x"})", "calendars/x.json: /time_zone: is missing"},
        Planted{"x.json", R"({"name": "x", "time_zone": "Europe/Berlim"})",
                "unknown time zone 'Europe/Berlim', did you mean 'Europe/Berlin'?; add its rule"},
        Planted{"x.json", With(R"("holiday": [])"), "unknown member 'holiday', did you mean"},
        Planted{"x.json", With(R"("weekend": ["sundae"])"),
                "/weekend/0: unknown weekday 'sundae', did you mean 'sunday'?"},
        Planted{
            "x.json",
            With(R"("weekend": ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday",
                        "saturday"])"),
            "/weekend: expected a list of at most six"},
        Planted{"x.json", With(R"("serves": ["DE"])"), "/serves: 'DE' is served by 'de' already"},
        Planted{"x.json", With(R"("holidays": [{"name": "a"}])"),
                "/holidays/0: expected one of 'on', 'easter' and 'nth'"},
        Planted{"x.json", With(R"("holidays": [{"name": "a", "on": "01-01", "easter": 1}])"),
                "/holidays/0: expected one of"},
        Planted{"x.json", With(R"("holidays": [{"name": "a", "on": "2026-02-29"}])"),
                "/holidays/0/on: '2026-02-29': expected a date"},
        Planted{"x.json", With(R"("holidays": [{"name": "a", "on": "1999-12-31"}])"),
                "from 2000 to 2199"},
        Planted{"x.json", With(R"("holidays": [{"name": "a", "on": "2200-01-01"}])"),
                "from 2000 to 2199"},
        Planted{"x.json", With(R"("holidays": [{"name": "a", "easter": 101}])"),
                "/holidays/0/easter: expected a whole number from -100"},
        Planted{"x.json",
                With(R"("holidays": [{"name": "a", "weekday": "monday", "nth": 0, "month": 1}])"),
                "/holidays/0/nth: expected 1 to 4, or -1"},
        Planted{"x.json", With(R"("holidays": [{"name": "a", "on": "01-01", "moved": "nex"}])"),
                "/holidays/0/moved: unknown way 'nex', did you mean 'next'?"},
        Planted{"x.json", With(R"("closed": [{"name": "a", "from": "12-24"}])"),
                "/closed/0/from: reading day '12-24'"},
        Planted{"x.json",
                With(R"("closed": [{"name": "a", "from": "2026-12-24", "until": "2026-12-23"}])"),
                "/closed/0/until: expected a day within a year"},
        Planted{"x.json", R"({"name": "x", "extends": "dee"})",
                "/extends: unknown calendar 'dee', did you mean 'de'?"},
        Planted{"x.json", R"({"name": "x", "extends": "x"})", "/extends: goes in a circle"},
        Planted{"zones.json", R"({"Europe/Berlin": "CET"})",
                "calendars/zones.json: /Europe/Berlin: reading time zone rule 'CET'"}));

const Calendar& AnyCalendar() {
    return *All().Find(*rc::gen::elementOf(std::vector<std::string>{"de", "fr", "uk", "us", "eu"}));
}
Instant AnyMoment() {
    return Instant{Millis(*rc::gen::inRange<std::int64_t>(1'700'000'000'000, 2'000'000'000'000))};
}

RC_GTEST_PROP(CalendarProperty, AddingBusinessDaysIsMonotone, ()) {
    const Calendar& calendar = AnyCalendar();
    const Instant one = AnyMoment();
    const Instant other = one + Millis(*rc::gen::inRange<std::int64_t>(0, 400'000'000));
    const auto amount = *rc::gen::inRange<std::int64_t>(1, 40);
    const Instant end = calendar.Add(one, Business(amount));
    RC_ASSERT(end <= calendar.Add(other, Business(amount)));
    RC_ASSERT(end < calendar.Add(one, Business(amount + 1)));
    RC_ASSERT(!calendar.IsOff(calendar.zone.DayOf(end)));
    RC_ASSERT(calendar.Add(one, Business(-amount)) <= calendar.Add(other, Business(-amount)));
}

RC_GTEST_PROP(CalendarProperty, ExactlySoManyWorkingDaysLieBetween, ()) {
    const Calendar& calendar = AnyCalendar();
    const Instant from = AnyMoment();
    const auto amount = *rc::gen::inRange<std::int64_t>(1, 60);
    const Day last = calendar.LastDay(from, Business(amount));
    std::int64_t counted = 0;
    for (Day day = calendar.zone.DayOf(from) + days(1); day <= last; day += days(1))
        counted += !calendar.IsOff(day);
    RC_ASSERT(counted == amount);
}

}  // namespace
}  // namespace returns::workflows
