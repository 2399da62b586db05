#include "workflows/wording.h"

#include "tests/workflows/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace returns::workflows {
namespace {

using Names = std::set<std::string>;

Names MembersOf(const Json& object) {
    Names names;
    for (const auto& [name, value] : object.Members()) names.insert(name);
    return names;
}

// The keys our machines name, taken by one of a state's members.
Names KeysOf(std::string StateRow::*member) {
    const Rules rules = DefaultRules();
    Names keys;
    for (const Machine* machine : {&rules.returns, &rules.refunds}) {
        for (const StateRow& row : machine->states) keys.insert(row.*member);
    }
    return keys;
}

// Situations the program itself recognises, on top of the machines' states.
const Names kSpecial = {"stalled", "quarantined", "waits_for_order", "unknown_return", "parked"};

TEST(Wording, HasASentenceForEveryStateAndNoneTooMany) {
    Names expected = KeysOf(&StateRow::wording);
    expected.insert(kSpecial.begin(), kSpecial.end());
    EXPECT_EQ(MembersOf(WordingDefinition()["sentences"]), expected);
}

TEST(Wording, HasEveryAgentActionAndNoneTooMany) {
    EXPECT_EQ(MembersOf(WordingDefinition()["agent_actions"]), KeysOf(&StateRow::agent_action));
}

TEST(Wording, HasEveryOwnerAndNoneTooMany) {
    Names expected = KeysOf(&StateRow::owner);
    expected.insert("shop");  // where the shop moves the money
    expected.insert("us");
    EXPECT_EQ(MembersOf(WordingDefinition()["owners"]), expected);
}

TEST(Wording, GivesReasonsAndActionsOnlyForSentencesThereAre) {
    const Json wording = WordingDefinition();
    const Names sentences = MembersOf(wording["sentences"]);
    for (const char* section : {"why_not", "why_not_agent", "customer_actions"}) {
        for (const std::string& key : MembersOf(wording[section])) {
            EXPECT_TRUE(sentences.contains(key)) << section << " " << key;
        }
    }
    EXPECT_EQ(MembersOf(wording["why_not"]), MembersOf(wording["why_not_agent"]));
}

TEST(Wording, TellsWhatEveryTimerDoes) {
    const Rules rules = DefaultRules();
    Names expected = {"", "order_shell", "in_doubt_ticket"};
    for (const Machine* machine : {&rules.returns, &rules.refunds}) {
        for (const StateRow& row : machine->states) {
            for (const Timer& timer : row.timers) expected.insert(timer.delay);
        }
    }
    const Json timers = WordingDefinition()["timers"];
    EXPECT_EQ(MembersOf(timers), expected);
    for (const std::string& delay : expected) {
        EXPECT_NE(timers[delay]["agent"].AsString(), "") << delay;
    }
}

TEST(Wording, StaysShortAndPlainWithoutFacts) {
    const Json wording = WordingDefinition();
    for (const auto& [key, pattern] : wording["sentences"].Members()) {
        const std::string text = Fill(pattern.AsString(), {});
        EXPECT_LE(text.size(), 160u) << key;
        for (const char letter : text) EXPECT_TRUE(letter >= ' ' && letter <= '~') << key;
    }
    for (const auto& [word, text] : wording["status"].Members()) {
        EXPECT_LE(text.AsString().size(), 40u) << word;
    }
}

TEST(Fill, LeavesOutWhatIsNotKnown) {
    EXPECT_EQ(Fill("Sent[ by {date}][ (reference {r})].", {{"date", "May"}, {"r", ""}}),
              "Sent by May.");
    EXPECT_EQ(Fill("Sent[ by {date} or {later}].", {{"date", "May"}}), "Sent.");
    EXPECT_EQ(Fill("Hello {name}", {}), "Hello ");
    EXPECT_EQ(Fill("", {}), "");
}

TEST(Fill, NeverReadsFactsAsPatterns) {
    EXPECT_EQ(Fill("[a {x}] {x}", {{"x", "[{y}]"}, {"y", "z"}}), "a [{y}] [{y}]");
}

TEST(DateText, HasThreeStyles) {
    const Json wording = WordingDefinition();
    const Instant at = *ParseInstant("2026-03-31T23:59:59Z");
    EXPECT_EQ(DateText(wording, at, Style::kWritten), "31 March 2026 (UTC)");
    EXPECT_EQ(DateText(wording, at, Style::kShort), "31 Mar 2026 UTC");
    EXPECT_EQ(DateText(wording, at, Style::kSpoken),
              "the thirty-first of March two thousand twenty-six, universal time");
    EXPECT_EQ(DateText(wording, kNever, Style::kWritten), "");
    EXPECT_EQ(DateText(wording, kNoTime, Style::kWritten), "");
}

TEST(DateText, IsTheDateOfTheZoneAndNamesIt) {
    const Json wording = WordingDefinition();
    const Zone berlin = Zone::Parse("CET-1CEST,M3.5.0,M10.5.0/3").value();
    const Instant at = ParseInstant("2026-03-31T22:30:00Z").value();
    EXPECT_EQ(DateText(wording, at, Style::kWritten, berlin), "1 April 2026 (CEST)");
    EXPECT_EQ(DateText(wording, at, Style::kShort, berlin), "1 Apr 2026 CEST");
    EXPECT_EQ(DateText(wording, at, Style::kSpoken, berlin),
              "the first of April two thousand twenty-six, Central European summer time");
}

// Every zone an order may be in has a name that can be said.
TEST(DateText, KnowsAWordForEveryZone) {
    const Json wording = WordingDefinition();
    const Json zones = ReadTreeFile("workflows/calendars/zones.json");
    for (const auto& [name, rule] : zones.Members()) {
        const Zone zone = Zone::Parse(rule.AsString()).value();
        for (const char* at : {"2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"})
            EXPECT_NE(WordingAt(wording,
                                {"dates", "zones_spoken", zone.NameAt(ParseInstant(at).value())}),
                      "")
                << name;
    }
}

TEST(MoneyText, KnowsEachCurrencysOwnExponent) {
    const Json wording = WordingDefinition();
    const auto spoken = [&](std::int64_t minor, const char* currency) {
        return MoneyText(wording, minor, currency, Style::kSpoken);
    };
    EXPECT_EQ(MoneyText(wording, 1299, "EUR", Style::kWritten), "12.99 EUR");
    EXPECT_EQ(MoneyText(wording, 1299, "JPY", Style::kShort), "1299 JPY");
    EXPECT_EQ(spoken(1299, "EUR"), "twelve euros and ninety-nine cents");
    EXPECT_EQ(spoken(101, "EUR"), "one euro and one cent");
    EXPECT_EQ(spoken(200, "USD"), "two dollars");
    EXPECT_EQ(spoken(1299, "JPY"), "one thousand two hundred ninety-nine yen");
    EXPECT_EQ(spoken(1005, "KWD"), "one dinar and five fils");
    EXPECT_EQ(spoken(0, "EUR"), "zero euros");
    EXPECT_EQ(spoken(100'000'000'017, "EUR"), "one billion euros and seventeen cents");
    EXPECT_EQ(spoken(1205, "SEK"), "twelve point zero five S E K");
    EXPECT_EQ(spoken(1, "???"), "");
}

TEST(Spelled, SaysDigitsAndLetters) {
    EXPECT_EQ(Spelled(WordingDefinition(), "INC-104"), "I N C one zero four");
    EXPECT_EQ(Spelled(WordingDefinition(), ""), "");
}

}  // namespace
}  // namespace returns::workflows
