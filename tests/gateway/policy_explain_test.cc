#include "gateway/cli_policy.h"
#include "gateway/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kWindow = "\"window\": \"30d\"";
constexpr const char* kChristmas =
    R"("window": {"within": "30d", "rows": [{"name": "Christmas", "from": "11-01",
       "until": "12-24", "until_date": "01-31"}]})";

DefinitionFiles Files() {
    const auto files = ReadDefinitionFiles(BACKHAUL_SOURCE_DIR "/workflows");
    EXPECT_TRUE(files.ok());
    return *files;
}

DefinitionFiles WithChristmas() {
    DefinitionFiles files = Files();
    std::string& policy = files.at("policies/default.json");
    policy.replace(policy.find(kWindow), std::string(kWindow).size(), kChristmas);
    return files;
}

std::string Explained(const PolicyQuestion& question) {
    const auto definitions = Definitions::Load(WithChristmas(), "en");
    EXPECT_TRUE(definitions.ok()) << definitions.error().text;
    const auto text = ExplainPolicy((*definitions)->book(), question);
    return text.ok() ? *text : "error: " + text.error().text;
}

TEST(PolicyExplain, TellsDatesInTheJurisdictionsZone) {
    const std::string text = Explained({.jurisdiction = "DE",
                                        .purchased = "2026-12-20",
                                        .delivered = "2026-12-22",
                                        .happened = "2026-12-23"});
    for (const char* line :
         {"calendar 'de' (Germany, holidays of all states), Europe/Berlin",
          "until 2027-01-31 Sun 23:59 CET (row 'Christmas')",
          "legal withdrawal      until 2027-01-05 Tue 23:59 CET",
          "2027-01-06 Wed 23:59 CET, 14d after requested on 2026-12-23, legal rights only",
          "Directive 2011/83/EU", "2027-01-04 Mon 12:00 CET, 6bd (row 'peak of returns')",
          "2026-12-24 Thu, 2026-12-28 Mon", "2026-12-25 Fri Christmas Day"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(PolicyExplain, CountsThePartnersDaysForThePartner) {
    const std::string text = Explained({.jurisdiction = "FR",
                                        .calendar = "uk",
                                        .purchased = "2027-08-20",
                                        .happened = "2027-08-27"});
    EXPECT_THAT(text, HasSubstr("partner               calendar 'uk' (England and Wales)"));
    EXPECT_THAT(text, HasSubstr("dock                  2027-09-01 Wed 12:00 BST, 2bd"));
    EXPECT_THAT(text, HasSubstr("scan_silence          2027-09-10 Fri 12:00 CEST, 10bd"));
    EXPECT_THAT(text, Not(HasSubstr("Christmas'")));
}

TEST(PolicyExplain, SaysWhatIsWrong) {
    EXPECT_THAT(Explained({.purchased = "20.11.2026"}),
                HasSubstr("error: reading day '20.11.2026'"));
    EXPECT_THAT(Explained({.calendar = "dee", .purchased = "2026-11-20"}),
                HasSubstr("error: no calendar 'dee', did you mean 'de'?"));
    EXPECT_THAT(Explained({.purchased = "2026-11-20"}), HasSubstr("calendar 'plain'"));
}

TEST(Definitions, RefuseABadCalendarAndNameIt) {
    DefinitionFiles files = Files();
    files["calendars/de.json"] = R"({"name": "x", "time_zone": "Europe/Berlim"})";
    const auto definitions = Definitions::Load(files, "en");
    ASSERT_FALSE(definitions.ok());
    EXPECT_THAT(definitions.error().text,
                HasSubstr("calendars/de.json: /time_zone: unknown time zone 'Europe/Berlim'"));
    files["calendars/de.json"] = "{";
    EXPECT_THAT(Definitions::Load(files, "en").error().text, HasSubstr("calendars/de.json"));
}

// A folder made for an older program has no calendars: all is counted in UTC.
TEST(Definitions, DoWithoutCalendars) {
    DefinitionFiles files = Files();
    std::erase_if(files, [](const auto& file) { return file.first.starts_with("calendars/"); });
    const auto definitions = Definitions::Load(files, "en");
    ASSERT_TRUE(definitions.ok()) << definitions.error().text;
    EXPECT_EQ((*definitions)->book().calendars.Of("DE").id, "plain");
}

}  // namespace
}  // namespace returns::gateway
