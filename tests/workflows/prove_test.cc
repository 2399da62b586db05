// The money proof: four ways to treat a refund nobody is sure of, as found in the field. Three pay
// twice, by these shortest ways; ours does not.
#include "workflows/prove.h"

#include "tests/workflows/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

ConnectionFacts Provider() {
    ConnectionFacts facts{"psp", "payment", "main", {"refund.create", "refund.lookup"}};
    facts.key_window = Delay{24, Delay::Unit::kHours};
    return facts;
}

Proof Prove(const Rules& rules, const ConnectionFacts& provider, const Adversary& adversary) {
    return ProveMoney(rules, DefaultCalendars(), provider, adversary);
}

// The small act; the command line's test takes those that are shown.
TEST(MoneyProof, OursHolds) {
    Adversary adversary;
    adversary.bounces = true;
    const Proof proof = Prove(DefaultRules(), Provider(), adversary);
    EXPECT_TRUE(proof.holds) << proof.broken << "\n" << testing::PrintToString(proof.trace);
    EXPECT_GT(proof.states, 500) << "a search that hardly searches proves nothing";
}

// A time-out counts as a failure, and what failed is tried again.
TEST(MoneyProof, SilenceTakenForAFailurePaysTwice) {
    Rules rules = DefaultRules();
    const Json machine = With(RefundDefinition(), {"states", "SUBMITTING", "on", "in_doubt"},
                              Json::String("FAILED"));
    rules.refunds = *Compile(MachineKind::kRefund, machine);
    rules.policy.refused["timeout"] = "retry";
    Adversary adversary;
    adversary.requests = 2;
    const Proof proof = Prove(rules, Provider(), adversary);
    EXPECT_FALSE(proof.holds);
    EXPECT_EQ(proof.broken, "I4: a new key leaves while key 1 was never surely refused");
    EXPECT_THAT(proof.trace,
                ElementsAre("we send the refund under key 1", "the request (key 1) is in doubt",
                            "we send the refund under key 2"));
}

// Looked up and not found: taken for a refusal by its connector, and tried again.
TEST(MoneyProof, AbsenceTakenForARefusalPaysTwice) {
    Adversary adversary;
    adversary.requests = 2;
    adversary.absence_is_refusal = true;
    const Proof proof = Prove(DefaultRules(), Provider(), adversary);
    EXPECT_FALSE(proof.holds);
    EXPECT_THAT(proof.broken, StartsWith("I4: a new key leaves"));
    EXPECT_THAT(proof.trace, testing::Contains("the question finds nothing"));
    EXPECT_EQ(proof.trace.back(), "we send the refund under key 2");
}

// The same key for ever, by a provider that forgets it after a day.
TEST(MoneyProof, AKeyTrustedLongerThanItIsKeptPaysTwice) {
    ConnectionFacts trusting = Provider();
    trusting.key_window = Delay{30, Delay::Unit::kDays};
    Adversary adversary;
    adversary.requests = 2;
    const Proof proof = Prove(DefaultRules(), trusting, adversary);
    EXPECT_FALSE(proof.holds);
    EXPECT_EQ(proof.broken, "paid twice: two refunds of ours are alive at the provider");
    EXPECT_THAT(proof.trace, testing::Contains("the provider forgets key 1"));
}

// A machine that does not mind a chargeback of what was refunded.
TEST(MoneyProof, AChargebackThatNobodyMindsIsFound) {
    Rules rules = DefaultRules();
    const Json machine = Without(RefundDefinition(), {"states", "SETTLED", "on", "dispute_lost"});
    rules.refunds = *Compile(MachineKind::kRefund, machine);
    Adversary adversary;
    adversary.disputes = true;
    const Proof proof = Prove(rules, Provider(), adversary);
    EXPECT_FALSE(proof.holds);
    EXPECT_EQ(proof.trace.back(), "we are told: dispute.lost");
}

TEST(MoneyProof, SaysWhatItAssumes) {
    EXPECT_THAT(ProofBounds(Provider()),
                testing::Contains(HasSubstr("remembers a key for 24 hours")));
}

}  // namespace
}  // namespace returns::workflows
