#include "workflows/rules.h"

#include "tests/workflows/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace returns::workflows {
namespace {

using ::testing::HasSubstr;

Json DefaultPolicy() { return ReadTreeFile("workflows/policies/default.json"); }

std::string ErrorOf(const Json& definition) {
    const Result<Policy> policy = ReadPolicy(definition);
    return policy.ok() ? "was read" : policy.error().text;
}

TEST(ReadPolicy, ReadsTheDefaultPolicy) {
    const Policy policy = DefaultRules().policy;
    EXPECT_EQ(policy.id, "default-3");
    EXPECT_EQ(policy.window, (Delay{30, Delay::Unit::kDays}));
    EXPECT_EQ(policy.delays.at("scan_silence").after, (Delay{10, Delay::Unit::kBusinessDays}));
    EXPECT_EQ(policy.delays.at("scan_silence").before_legal, std::nullopt);
    EXPECT_EQ(policy.delays.at("dock").rows.at(0).within, (Delay{6, Delay::Unit::kBusinessDays}));
    EXPECT_EQ(policy.delays.at("exception").after, (Delay{5, Delay::Unit::kDays}));
    EXPECT_EQ(policy.delays.at("exception").before_legal, (Delay{3, Delay::Unit::kDays}));
    EXPECT_EQ(policy.tender_order.front(), "gift_card");
    EXPECT_EQ(policy.attempts_max, 3);
    EXPECT_EQ(policy.refused.at("insufficient_funds"), "retry");
}

TEST(ReadPolicy, CarriesTheLawWithItsSource) {
    const auto legal = DefaultRules().policy.legal;
    using Names = std::vector<std::string>;
    const LegalRule& eu = legal.at("EU").front();
    EXPECT_EQ(eu.triggers, Names{"requested"});
    EXPECT_EQ(eu.withhold_until, (Names{"posted", "received"}));
    EXPECT_EQ(eu.within, (Delay{14, Delay::Unit::kDays}));
    EXPECT_EQ(FormatDay(eu.from.value()), "2014-06-13");
    EXPECT_TRUE(eu.statutory_only);
    EXPECT_EQ(legal.at("UK").front().triggers, (Names{"posted", "received"}));
    const LegalRule& us = legal.at("US").front();
    EXPECT_EQ(us.triggers, Names{"accepted"});
    EXPECT_EQ(us.within, (Delay{7, Delay::Unit::kBusinessDays}));
    EXPECT_FALSE(us.statutory_only);
    ASSERT_TRUE(legal.contains("default"));
    for (const auto& [jurisdiction, rules] : legal)
        for (const LegalRule& rule : rules) EXPECT_NE(rule.source, "") << jurisdiction;
}

TEST(ReadPolicy, NeedsOnlyItsNameAndDelays) {
    const Result<Policy> policy = ReadPolicy(Text(R"({"id": "small", "delays": {}})"));
    ASSERT_TRUE(policy.ok()) << policy.error().text;
    EXPECT_EQ(policy->attempts_max, Policy().attempts_max);
    EXPECT_EQ(policy->window, Policy().window);
}

TEST(ReadPolicy, ReadsEveryMember) {
    const Result<Policy> read = ReadPolicy(Text(R"({
        "id": "p", "delays": {"dock": "3h"}, "window": "7d", "window_statutory": "8d",
        "review_reasons": ["r"], "keep_reasons": ["k"], "restocking_percent": 12,
        "fee_free_reasons": ["f"], "refund_shipping_when_all": false, "tender_order": ["bank"],
        "label_fee": {"EUR": "4.99", "JPY": "500"}, "usual": {"INSPECTING": "2bd"},
        "advance": {"on": "scanned", "hold": true, "up_to": {"EUR": "100"},
                    "budget": {"EUR": "5000"}},
        "attempts_max": 4, "refused": {"x": "other_tender"},
        "legal": {"XX": {"trigger": "received", "within": "5bd", "source": "s"}},
        "dispatch_retry": "1s", "dispatch_retry_max": "2s", "answer_within": "3s",
        "write_off_second_minor": 500, "held_events_max": 5, "lines_max": 6, "slices_max": 7,
        "events_max": 80})"));
    ASSERT_TRUE(read.ok()) << read.error().text;
    const Policy& policy = *read;
    EXPECT_EQ(policy.delays.at("dock").after, (Delay{3, Delay::Unit::kHours}));
    EXPECT_EQ(policy.window, (Delay{7, Delay::Unit::kDays}));
    EXPECT_EQ(policy.window_statutory, (Delay{8, Delay::Unit::kDays}));
    EXPECT_EQ(policy.review_reasons, std::vector<std::string>{"r"});
    EXPECT_EQ(policy.keep_reasons, std::vector<std::string>{"k"});
    EXPECT_EQ(policy.restocking_percent, 12);
    EXPECT_EQ(policy.fee_free_reasons, std::vector<std::string>{"f"});
    EXPECT_EQ(policy.shipping_back, ShippingBack::kNever);
    EXPECT_EQ(policy.label_fee, (Amounts{{"EUR", 499}, {"JPY", 500}}));
    EXPECT_EQ(policy.advance.on, "scanned");
    EXPECT_TRUE(policy.advance.hold);
    EXPECT_EQ(policy.advance.up_to, (Amounts{{"EUR", 10000}}));
    EXPECT_EQ(policy.advance.budget, (Amounts{{"EUR", 500000}}));
    EXPECT_EQ(policy.usual.at("INSPECTING"), (Delay{2, Delay::Unit::kBusinessDays}));
    EXPECT_EQ(policy.tender_order, std::vector<std::string>{"bank"});
    EXPECT_EQ(policy.attempts_max, 4);
    EXPECT_EQ(policy.refused.at("x"), "other_tender");
    EXPECT_EQ(policy.legal.at("XX").front().triggers, std::vector<std::string>{"received"});
    EXPECT_TRUE(policy.legal.at("XX").front().statutory_only);
    EXPECT_EQ(policy.dispatch_retry, (Delay{1, Delay::Unit::kSeconds}));
    EXPECT_EQ(policy.dispatch_retry_max, (Delay{2, Delay::Unit::kSeconds}));
    EXPECT_EQ(policy.answer_within, (Delay{3, Delay::Unit::kSeconds}));
    EXPECT_EQ(policy.write_off_second_minor, 500);
    EXPECT_EQ(policy.held_events_max, 5);
    EXPECT_EQ(policy.lines_max, 6);
    EXPECT_EQ(policy.slices_max, 7);
    EXPECT_EQ(policy.events_max, 80);
}

struct Planted {
    std::vector<std::string> path;
    std::string json;  // "" removes the member
    std::string says;
};

class ReadPolicyRefuses : public ::testing::TestWithParam<Planted> {};

TEST_P(ReadPolicyRefuses, AndNamesThePlace) {
    const Planted& planted = GetParam();
    const Json bad = planted.json.empty() ? Without(DefaultPolicy(), planted.path)
                                          : With(DefaultPolicy(), planted.path, Text(planted.json));
    EXPECT_THAT(ErrorOf(bad), HasSubstr(planted.says));
}

INSTANTIATE_TEST_SUITE_P(
    Policy, ReadPolicyRefuses,
    ::testing::Values(
        Planted{{"windw"}, R"("3d")", "unknown member 'windw', did you mean 'window'?"},
        Planted{{"id"}, "", "/id: is missing"}, Planted{{"delays"}, "", "/delays: is missing"},
        Planted{{"delays", "dock"}, R"("soon")", "/delays/dock: "},
        Planted{{"delays", "dock"}, R"("0s")", "/delays/dock: a delay must be longer"},
        Planted{{"delays", "dock"}, "5", "/delays/dock: expected an object"},
        Planted{{"delays", "dock"},
                R"({"after": "1d", "befor_legal": "1d"})",
                "/delays/dock: unknown member 'befor_legal', did you mean 'before_legal'?"},
        Planted{{"delays", "dock"}, R"({"before_legal": "1d"})", "/delays/dock/after: expected"},
        Planted{{"window"}, "30", "/window: expected an object"},
        Planted{{"restocking_percent"}, "101", "/restocking_percent: expected a whole number from"},
        Planted{{"restocking_percent"}, "1.5", "/restocking_percent: expected a whole number"},
        Planted{{"attempts_max"}, "0", "/attempts_max: expected a whole number from 1"},
        Planted{{"write_off_second_minor"}, "-1", "/write_off_second_minor: expected a whole"},
        Planted{{"refund_shipping_when_all"}, "1", "expected true or false"},
        Planted{{"refund_shipping"}, R"("by_shares")", "unknown way 'by_shares', did you mean"},
        Planted{{"label_fee"}, R"("4.99")", "/label_fee: expected amounts by currency"},
        Planted{{"label_fee"}, R"({"EUR": "4.999"})", "/label_fee/EUR: reading amount '4.999'"},
        Planted{{"label_fee"}, R"({"XYZ": "4"})", "/label_fee/XYZ: "},
        Planted{{"advance"}, R"({"on": "opened", "up_to": {}})", "/advance/on: unknown proof"},
        Planted{{"advance"}, R"({"on": "scanned"})", "/advance/up_to: expected amounts"},
        Planted{{"usual"}, R"({"INSPECTNG": "1d"})", "unknown state 'INSPECTNG', did you mean"},
        Planted{{"review_reasons"}, R"("other")", "/review_reasons: expected a list of texts"},
        Planted{{"review_reasons"}, R"(["a", ""])", "/review_reasons/1: expected a text"},
        Planted{{"review_reasons"}, R"(["a", "a"])", "/review_reasons/1: 'a' stands twice"},
        Planted{{"tender_order"}, R"(["card", "cash"])", "/tender_order/1: unknown tender kind"},
        Planted{{"refused", "x"}, R"("retri")", "/refused/x: unknown course 'retri', did you"},
        Planted{{"legal", "EU", "trigger"}, R"("sent")", "/legal/EU/trigger: unknown trigger"},
        Planted{{"legal", "EU", "trigger"}, "[]", "/legal/EU/trigger: names no trigger"},
        Planted{
            {"legal", "EU", "withhold_until"}, R"("sent")", "/legal/EU/withhold_until: unknown"},
        Planted{{"legal", "EU", "from"}, R"("tomorrow")", "/legal/EU/from: "},
        Planted{{"legal", "EU"}, "[]", "/legal/EU: holds no rule"},
        Planted{{"legal", "EU"},
                R"([{"trigger": "posted", "within": "1d", "source": "s"},
                    {"trigger": "posted", "within": "1d", "source": "s"}])",
                "/legal/EU/1/from: expected a day after that of the rule before it"},
        Planted{{"legal", "EU", "source"}, "", "/legal/EU/source: expected a text"},
        Planted{{"legal", "EU", "within"}, "", "/legal/EU/within: expected a text"}));

TEST(CheckDelays, FindsEveryDelayTheMachinesName) {
    const Status checked = CheckDelays(DefaultRules());
    EXPECT_TRUE(checked.ok()) << checked.error().text;
}

TEST(CheckDelays, NamesTheMissingOneAndWhoWantsIt) {
    Rules rules = DefaultRules();
    rules.policy.delays.erase("dock");
    rules.policy.delays["docks"];
    const Status checked = CheckDelays(rules);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().text,
              "reading policy: /delays: 'dock' is missing, which return-1 names in AT_PARTNER, did "
              "you mean 'docks'?");
    rules = DefaultRules();
    rules.policy.delays.erase("unclaimed");
    ASSERT_FALSE(CheckDelays(rules).ok());
    EXPECT_THAT(CheckDelays(rules).error().text, HasSubstr("refund-1 names in UNCLAIMED"));
}

TEST(Rulebook, KeepsWhatAReturnWasPromised) {
    const Rules newest = DefaultRules(), old = DefaultRules();
    Rulebook book;
    book.newest = &newest;
    book.pinned = {{"abc", &old}};
    EXPECT_EQ(&book.Of("abc"), &old);
    EXPECT_EQ(&book.Of(""), &newest);
    EXPECT_EQ(&book.Of("forgotten"), &newest);
}

TEST(Rulebook, RoutesToTheShopsOwnConnectionFirst) {
    Rulebook book;
    book.connections = {{.name = "any", .kind = "desk", .shop = ""},
                        {.name = "bikes", .kind = "desk", .shop = "bikes"},
                        {.name = "pay", .kind = "payment", .shop = "bikes"}};
    EXPECT_EQ(book.First("desk", "bikes")->name, "bikes");
    EXPECT_EQ(book.First("desk", "books")->name, "any");
    EXPECT_EQ(book.First("payment", "bikes")->name, "pay");
    EXPECT_EQ(book.First("payment", "books"), nullptr);
    EXPECT_EQ(book.First("logistics", "bikes"), nullptr);
    ASSERT_NE(book.Find("pay"), nullptr);
    EXPECT_EQ(book.Find("pay")->kind, "payment");
    EXPECT_EQ(book.Find("nobody"), nullptr);
}

}  // namespace
}  // namespace returns::workflows
