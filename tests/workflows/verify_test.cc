#include "workflows/verify.h"

#include "tests/workflows/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Told(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) text += finding.rule + ": " + finding.text + "\n";
    return text;
}

std::vector<Finding> FindingsOf(MachineKind kind, const Json& definition) {
    const Result<Machine> machine = Compile(kind, definition);
    if (!machine.ok()) return {{"does not compile", machine.error().text}};
    return Verify(*machine);
}

TEST(Verify, FindsNothingInTheMachinesWeShip) {
    const Rules rules = DefaultRules();
    EXPECT_EQ(Told(Verify(rules.returns)), "");
    EXPECT_EQ(Told(Verify(rules.refunds)), "");
}

// A fault planted in one member of a good machine, and the only finding it must give.
struct Planted {
    MachineKind kind;
    std::vector<std::string> path;
    std::string json;  // "" removes the member
    std::string rule, says;
};

class VerifyFinds : public ::testing::TestWithParam<Planted> {};

TEST_P(VerifyFinds, TheFaultAndNothingElse) {
    const Planted& planted = GetParam();
    const Json good =
        planted.kind == MachineKind::kReturn ? ReturnDefinition() : RefundDefinition();
    const Json bad = planted.json.empty() ? Without(good, planted.path)
                                          : With(good, planted.path, Text(planted.json));
    const std::vector<Finding> findings = FindingsOf(planted.kind, bad);
    ASSERT_FALSE(findings.empty());
    for (const Finding& finding : findings) EXPECT_EQ(finding.rule, planted.rule);
    EXPECT_THAT(findings.front().text, HasSubstr(planted.says));
}

constexpr auto kReturn = MachineKind::kReturn;
constexpr auto kRefund = MachineKind::kRefund;

INSTANTIATE_TEST_SUITE_P(
    Structure, VerifyFinds,
    ::testing::Values(
        // AUTHORISED is the only way to EXPIRED.
        Planted{kReturn,
                {"states", "AUTHORISED", "after", "ship_by"},
                R"("CANCELLED")",
                "reachable",
                "EXPIRED: no row leads there from REQUESTED"},
        Planted{kReturn,
                {"states", "REQUESTED", "on", "eligible"},
                R"([{"target": "AUTHORISED"}, {"guard": "statutory", "target": "IN_REVIEW"}])",
                "deterministic",
                "REQUESTED, on eligible: row 1 has no guard, so the rows below it are never"},
        Planted{kReturn,
                {"states", "REQUESTED", "on", "eligible"},
                R"([{"guard": "statutory", "target": "AUTHORISED"},
                    {"guard": "statutory", "target": "IN_REVIEW"}])",
                "deterministic",
                "REQUESTED, on eligible: the guard 'statutory' stands twice"},
        Planted{kReturn,
                {"states", "IN_REVIEW", "after", "review_limit"},
                R"([{"target": "DENIED"}, {"target": "CANCELLED"}])",
                "deterministic",
                "IN_REVIEW, after review_limit: row 1 has no guard"},
        Planted{kReturn, {"states", "LOST", "meta", "owner"}, "", "meta", "LOST: owner is missing"},
        Planted{
            kReturn, {"states", "LOST", "meta", "wording"}, "", "meta", "LOST: wording is missing"},
        Planted{kRefund,
                {"states", "HELD", "meta", "agent_action"},
                "",
                "meta",
                "HELD: agent_action is missing"},
        Planted{kReturn, {"states", "KEPT", "after"}, "", "timer", "KEPT: no timer"},
        Planted{kReturn, {"states", "KEPT", "after"}, "{}", "timer", "KEPT: no timer"},
        Planted{kReturn,
                {"states", "KEPT", "after", "money"},
                R"({"actions": ["stall"]})",
                "timer",
                "KEPT, after money: the last row of the last timer must move or reenter"},
        Planted{kReturn,
                {"states", "KEPT", "after", "money"},
                R"({"guard": "statutory", "target": "CLOSED"})",
                "timer",
                "KEPT, after money: the last row of the last timer must move or reenter"},
        Planted{kReturn,
                {"states", "IN_REVIEW", "after", "review_escalation"},
                R"({"actions": ["stall"], "reenter": true})",
                "timer",
                "IN_REVIEW, after review_escalation: always moves or reenters, so the timers"},
        // Only a parcel would move it.
        Planted{kReturn,
                {"states", "KEPT", "on"},
                R"({"arrived": "AT_PARTNER"})",
                "closable",
                "KEPT: no final state by timers and our own commands alone"}));

TEST(Verify, NamesTheShortestWayThatNeedsOthers) {
    Json bad = With(RefundDefinition(), {"states", "CONTESTED", "on"},
                    Text(R"({"seen_refused": "DISPUTED", "paid": "SETTLED"})"));
    const std::vector<Finding> findings = FindingsOf(kRefund, bad);
    ASSERT_EQ(findings.size(), 1u) << Told(findings);
    EXPECT_EQ(findings[0].rule, "closable");
    EXPECT_EQ(findings[0].text,
              "CONTESTED: no final state by timers and our own commands alone; the shortest way "
              "needs others: CONTESTED, on paid: SETTLED, after settled: CLOSED");
}

TEST(Verify, RefusesAMachineThatNeverEnds) {
    const Json endless = Without(ReturnDefinition(), {"states", "CLOSED", "type"});
    EXPECT_THAT(Told(FindingsOf(kReturn, endless)), HasSubstr("closable: no state is final"));
}

INSTANTIATE_TEST_SUITE_P(
    Money, VerifyFinds,
    ::testing::Values(Planted{kReturn,
                              {"states", "INSPECTING", "after", "inspection"},
                              R"("ACCEPTED")",
                              "no_timer_to_money",
                              "INSPECTING, after inspection: ACCEPTED"},
                      Planted{kReturn,
                              {"states", "IN_REVIEW", "after", "review_limit"},
                              R"([{"guard": "statutory", "target": "KEPT"}, {"target": "DENIED"}])",
                              "no_timer_to_money",
                              "IN_REVIEW, after review_limit [statutory]: KEPT"},
                      Planted{kRefund,
                              {"states", "NOT_DUE", "after", "estimate"},
                              R"("DUE")",
                              "no_timer_to_money",
                              "NOT_DUE, after estimate: DUE"},
                      Planted{kRefund,
                              {"states", "FAILED", "after", "failed"},
                              R"("READY")",
                              "no_timer_to_money",
                              "FAILED, after failed: READY"},
                      Planted{kRefund,
                              {"states", "UNKNOWN", "after", "in_doubt_again"},
                              R"("SUBMITTING")",
                              "no_timer_to_money",
                              "UNKNOWN, after in_doubt_again: SUBMITTING"}));

TEST(Verify, FollowsTimersOverSeveralStatesToTheMoney) {
    const Json bad =
        With(RefundDefinition(), {"states", "UNCLAIMED", "after", "unclaimed"}, Text(R"("READY")"));
    const std::vector<Finding> findings = FindingsOf(kRefund, bad);
    ASSERT_EQ(findings.size(), 1u) << Told(findings);
    EXPECT_EQ(findings[0].rule, "no_timer_to_money");
    EXPECT_THAT(Told(findings),
                HasSubstr("FAILED, after failed: ALTERNATIVE, after alternative_limit: UNCLAIMED, "
                          "after unclaimed: READY"));
}

TEST(Graph, DrawsEveryStateTriggerTimerAndGuard) {
    const std::string drawn = Graph(DefaultRules().returns);
    EXPECT_THAT(drawn, StartsWith("stateDiagram-v2\n    [*] --> REQUESTED\n"));
    EXPECT_THAT(drawn, HasSubstr("    REQUESTED --> AUTHORISED : eligible\n"));
    EXPECT_THAT(drawn,
                HasSubstr("    IN_REVIEW --> DENIED : deny [not_statutory], after review_limit\n"));
    EXPECT_THAT(drawn, HasSubstr("    CLOSED --> [*]\n"));
    for (int state = 0; state < StateCount(kReturn); ++state) {
        EXPECT_THAT(drawn, HasSubstr(std::string(StateName(kReturn, state))));
    }
}

}  // namespace
}  // namespace returns::workflows
