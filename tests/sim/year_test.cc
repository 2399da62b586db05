// A year of returns, and the same year with what knows the calendar taken away.
#include "tests/sim/year.h"

#include <gtest/gtest.h>

#include <iostream>

namespace returns::sim {
namespace {

constexpr std::int64_t kNeedlessPerMilleMax = 20;

void Print(const char* name, const YearFigures& figures) {
    std::cout << name << ": " << figures.returns << " returns (" << figures.in_peak
              << " in the peak), " << figures.decisions << " decisions; needless tickets "
              << figures.needless << " (" << figures.NeedlessPerMille()
              << " per mille), tickets for a near legal date " << figures.near_law
              << ", partner's faults " << figures.faulty << " (unseen " << figures.unseen
              << "), payable before their legal date " << figures.payable << " (missed "
              << figures.missed << "), late without a word " << figures.silent_late << ", denied "
              << figures.denied << '\n';
    for (const std::string& example : figures.examples) std::cout << "    " << example << '\n';
}

void WithoutRows(Json& policy) {
    for (const char* delay : {"dock", "inspection", "scan_silence"}) {
        const Json after = policy["delays"][delay]["after"];
        Set(policy, {"delays", delay, "rows"}, Json::Array());
        ASSERT_TRUE(after.IsString()) << delay;
    }
}

TEST(Year, HasHardlyANeedlessTicketAndNoMissedLegalDate) {
    const YearFigures figures = RunYear();
    Print("the year", figures);
    EXPECT_EQ(figures.violations, std::vector<std::string>());
    EXPECT_GT(figures.returns, 1000);
    EXPECT_GT(figures.in_peak, 300);
    EXPECT_LE(figures.NeedlessPerMille(), kNeedlessPerMilleMax);
    EXPECT_GT(figures.payable, 300);
    EXPECT_EQ(figures.missed, 0);
    EXPECT_EQ(figures.silent_late, 0);
    EXPECT_EQ(figures.denied, 0);
    EXPECT_GT(figures.faulty, 10);
    EXPECT_EQ(figures.unseen, 0);
}

TEST(Year, WithoutSeasonalRowsIsFullOfTickets) {
    const YearFigures figures = RunYear(WithoutRows);
    Print("without seasonal rows", figures);
    EXPECT_GT(figures.NeedlessPerMille(), kNeedlessPerMilleMax);
}

TEST(Year, WithoutCalendarsIsFullOfTickets) {
    const YearFigures figures = RunYear({}, [](workflows::Rulebook& book) { book.calendars = {}; });
    Print("without calendars", figures);
    EXPECT_GT(figures.NeedlessPerMille(), kNeedlessPerMilleMax);
}

// What the policy said before it knew of business days, seasons and calendars.
TEST(Year, CountedInPlainDaysIsFullOfTickets) {
    const YearFigures figures = RunYear(
        [](Json& policy) {
            policy.Set("window", Json::String("30d"));
            for (const char* delay : {"dock", "inspection"})
                Set(policy, {"delays", delay}, Json::String("2d"));
        },
        [](workflows::Rulebook& book) { book.calendars = {}; });
    Print("in plain days", figures);
    EXPECT_GT(figures.NeedlessPerMille(), 5 * kNeedlessPerMilleMax);
    EXPECT_GT(figures.denied, 0) << "presents that come back in January";
}

}  // namespace
}  // namespace returns::sim
