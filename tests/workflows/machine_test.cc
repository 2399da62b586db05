#include "workflows/machine.h"

#include "schemas/case.h"
#include "tests/workflows/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace returns::workflows {
namespace {

using ::testing::HasSubstr;

int At(ReturnState state) { return static_cast<int>(state); }

const StateRow& Row(const Machine& machine, ReturnState state) {
    return machine.states[static_cast<std::size_t>(state)];
}

const std::vector<Edge>& On(const Machine& machine, ReturnState state, ReturnTrigger trigger) {
    return Row(machine, state).on[static_cast<std::size_t>(trigger)];
}

std::string ErrorOf(const Json& definition) {
    const Result<Machine> machine = Compile(MachineKind::kReturn, definition);
    return machine.ok() ? "compiled" : machine.error().text;
}

TEST(Triggers, AreFoundByTheirNames) {
    for (const MachineKind kind : {MachineKind::kReturn, MachineKind::kRefund}) {
        const auto table = Triggers(kind);
        for (std::size_t index = 0; index < table.size(); ++index) {
            ASSERT_FALSE(table[index].name.empty());
            EXPECT_EQ(FindTrigger(kind, table[index].name), static_cast<int>(index));
        }
        EXPECT_EQ(FindTrigger(kind, "no_such_trigger"), std::nullopt);
    }
    EXPECT_EQ(FindTrigger(MachineKind::kReturn, "proof_of_posting"),
              static_cast<int>(ReturnTrigger::kProofOfPosting));
    EXPECT_EQ(FindTrigger(MachineKind::kReturn, "delivered_back"),
              static_cast<int>(ReturnTrigger::kDeliveredBack));
    EXPECT_EQ(FindTrigger(MachineKind::kRefund, "same_key_resend"),
              static_cast<int>(RefundTrigger::kSameKeyResend));
    EXPECT_EQ(FindTrigger(MachineKind::kRefund, "confirm_void"),
              static_cast<int>(RefundTrigger::kConfirmVoid));
}

TEST(Triggers, KnowWhoSpeaks) {
    const auto speaks = [](RefundTrigger trigger) {
        return Triggers(MachineKind::kRefund)[static_cast<std::size_t>(trigger)].speaks;
    };
    EXPECT_EQ(speaks(RefundTrigger::kPaid), TriggerClass::kEvidence);
    EXPECT_EQ(speaks(RefundTrigger::kWriteOff), TriggerClass::kPerson);
    EXPECT_EQ(speaks(RefundTrigger::kAttemptStarted), TriggerClass::kOurs);
}

TEST(States, AreFoundByTheirNames) {
    for (const MachineKind kind : {MachineKind::kReturn, MachineKind::kRefund}) {
        for (int state = 0; state < StateCount(kind); ++state) {
            EXPECT_EQ(FindState(kind, StateName(kind, state)), state);
        }
        EXPECT_EQ(FindState(kind, "NOWHERE"), std::nullopt);
    }
}

TEST(Compile, TurnsTheReturnMachineIntoRows) {
    const Machine machine = DefaultRules().returns;
    EXPECT_EQ(machine.id, "return-1");
    EXPECT_EQ(machine.initial, At(ReturnState::kRequested));
    ASSERT_EQ(machine.states.size(), 16u);

    const StateRow& review = Row(machine, ReturnState::kInReview);
    EXPECT_EQ(review.owner, "agent");
    EXPECT_EQ(review.wording, "in_review");
    EXPECT_FALSE(review.final);
    EXPECT_TRUE(Row(machine, ReturnState::kClosed).final);
    EXPECT_EQ(review.otherwise[static_cast<std::size_t>(TriggerClass::kEvidence)],
              Otherwise::kIgnore);
    EXPECT_EQ(review.otherwise[static_cast<std::size_t>(TriggerClass::kPerson)],
              Otherwise::kRefuse);

    const auto& approve = On(machine, ReturnState::kInReview, ReturnTrigger::kApprove);
    ASSERT_EQ(approve.size(), 1u);
    EXPECT_EQ(approve[0].target, At(ReturnState::kAuthorised));
    EXPECT_EQ(approve[0].guard, -1);
    EXPECT_TRUE(On(machine, ReturnState::kInReview, ReturnTrigger::kScanned).empty());
}

TEST(Compile, KeepsTimersInFileOrder) {
    const StateRow review = Row(DefaultRules().returns, ReturnState::kInReview);
    ASSERT_EQ(review.timers.size(), 2u);
    EXPECT_EQ(review.timers[0].delay, "review_escalation");
    EXPECT_EQ(review.timers[0].edges[0].target, -1);
    EXPECT_EQ(review.timers[1].delay, "review_limit");
    ASSERT_EQ(review.timers[1].edges.size(), 2u);
    const std::string_view guard =
        GuardNames(MachineKind::kReturn)[static_cast<std::size_t>(review.timers[1].edges[0].guard)];
    EXPECT_EQ(guard, "statutory");
    EXPECT_EQ(review.timers[1].edges[1].guard, -1);
}

TEST(Compile, KeepsActionsInFileOrder) {
    const auto withhold =
        On(DefaultRules().returns, ReturnState::kException, ReturnTrigger::kAcceptReduced);
    ASSERT_EQ(withhold.size(), 1u);
    ASSERT_EQ(withhold[0].actions.size(), 1u);
    const auto names = ActionNames(MachineKind::kReturn);
    EXPECT_EQ(names[static_cast<std::size_t>(withhold[0].actions[0])], "withhold");
}

TEST(Compile, TakesItsOwnNameWithReenterAsStaying) {
    const Json definition = With(ReturnDefinition(), {"states", "IN_TRANSIT", "on", "scanned"},
                                 Text(R"({"target": "IN_TRANSIT", "reenter": true})"));
    const Result<Machine> machine = Compile(MachineKind::kReturn, definition);
    ASSERT_TRUE(machine.ok()) << machine.error().text;
    const auto& edges = On(*machine, ReturnState::kInTransit, ReturnTrigger::kScanned);
    EXPECT_EQ(edges[0].target, -1);
    EXPECT_TRUE(edges[0].reenter);
}

struct Planted {
    std::vector<std::string> path;
    std::string json;  // "" removes the member
    std::string says;
};

class CompileRefuses : public ::testing::TestWithParam<Planted> {};

TEST_P(CompileRefuses, AndNamesThePlace) {
    const Planted& planted = GetParam();
    const Json definition = planted.json.empty()
                                ? Without(ReturnDefinition(), planted.path)
                                : With(ReturnDefinition(), planted.path, Text(planted.json));
    EXPECT_THAT(ErrorOf(definition), HasSubstr(planted.says));
}

INSTANTIATE_TEST_SUITE_P(
    Machine, CompileRefuses,
    ::testing::Values(
        Planted{{"id"}, "", "reading return machine: /id: expected a text"},
        Planted{{"initial"}, R"("REQUESTEDD")", "unknown state 'REQUESTEDD', did you mean"},
        Planted{{"initial"}, "", "/initial: expected a text"},
        Planted{{"stats"}, "{}", "the whole file: unknown member 'stats', did you mean 'states'?"},
        Planted{{"states"}, "[]", "/states: expected an object of states"},
        Planted{{"states", "LOST"}, "", "/states: the state LOST is missing"},
        Planted{{"states", "SOLD"}, "{}", "/states: unknown state 'SOLD'"},
        Planted{{"states", "LOST"}, "3", "/states/LOST: expected an object"},
        Planted{{"states", "LOST", "onn"}, "{}", "/states/LOST: unknown member 'onn'"},
        Planted{{"states", "CLOSED", "type"}, R"("done")", "/states/CLOSED/type: expected final"},
        Planted{{"states", "CLOSED", "after"},
                R"({"asleep": "LOST"})",
                "/states/CLOSED/after: a final state"},
        Planted{{"states", "LOST", "meta"}, "", "/states/LOST/meta: expected an object"},
        Planted{{"states", "LOST", "meta", "owner"},
                R"("nobdy")",
                "unknown owner 'nobdy', did you mean 'nobody'?"},
        Planted{{"states", "LOST", "meta", "owner"}, "7", "/states/LOST/meta/owner: expected a"},
        Planted{{"states", "LOST", "meta", "otherwise", "ours"},
                "",
                "/states/LOST/meta/otherwise/ours: expected ignore or refuse"},
        Planted{{"states", "LOST", "meta", "otherwise", "ours"},
                R"("drop")",
                "/states/LOST/meta/otherwise/ours: expected ignore or refuse"},
        Planted{{"states", "LOST", "on", "arived"},
                R"("AT_PARTNER")",
                "/states/LOST/on: unknown trigger 'arived', did you mean 'arrived'?"},
        Planted{{"states", "LOST", "on", "arrived"},
                R"("AT_PARNER")",
                "/states/LOST/on/arrived: unknown state 'AT_PARNER', did you mean 'AT_PARTNER'?"},
        Planted{{"states", "LOST", "on", "arrived"}, "[]", "expected at least one row"},
        Planted{{"states", "LOST", "on", "arrived"},
                R"([{"target": "AT_PARTNER", "gard": "x"}])",
                "/states/LOST/on/arrived/0: unknown member 'gard', did you mean 'guard'?"},
        Planted{{"states", "LOST", "on", "arrived"},
                R"({"guard": "statutori"})",
                "/states/LOST/on/arrived/guard: unknown guard 'statutori', did you mean"},
        Planted{{"states", "LOST", "on", "arrived"},
                R"({"actions": ["stall", "stal"]})",
                "/states/LOST/on/arrived/actions/1: unknown action 'stal', did you mean 'stall'?"},
        Planted{{"states", "LOST", "on", "arrived"},
                R"({"actions": ["stall", "stall"]})",
                "/states/LOST/on/arrived/actions/1: 'stall' stands twice"},
        Planted{{"states", "LOST", "entry"}, R"("stal")", "/states/LOST/entry: unknown action"},
        Planted{{"states", "LOST", "on", "arrived"},
                R"({"target": "AT_PARTNER", "reenter": true})",
                "/states/LOST/on/arrived/reenter: only a row that stays"},
        Planted{{"states", "LOST", "on", "arrived"},
                R"({"reenter": "yes"})",
                "/states/LOST/on/arrived/reenter: expected true or false"},
        Planted{{"states", "LOST", "on", "arrived"},
                R"("LOST")",
                "/states/LOST/on/arrived: a target that is the state itself moves nothing"},
        Planted{{"states", "LOST", "after"}, "[]", "/states/LOST/after: expected an object"}));

TEST(Compile, RefusesWhatIsNoObject) {
    EXPECT_THAT(ErrorOf(Text("[]")), HasSubstr("the whole file: expected an object"));
    EXPECT_THAT(ErrorOf(Json()), HasSubstr("the whole file: expected an object"));
}

TEST(Compile, RefusesTheOtherMachinesFile) {
    EXPECT_FALSE(Compile(MachineKind::kRefund, ReturnDefinition()).ok());
    EXPECT_FALSE(Compile(MachineKind::kReturn, RefundDefinition()).ok());
}

}  // namespace
}  // namespace returns::workflows
