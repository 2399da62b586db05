// Which money proofs have been made, and what a start makes of it.
#include "gateway/money_proof.h"

#include "connectors/connector.h"
#include "gateway/folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <set>

namespace returns::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kTree = BACKHAUL_SOURCE_DIR;

workflows::ConnectionFacts Payment(const std::string& name) {
    workflows::ConnectionFacts facts;
    facts.name = name;
    facts.kind = "payment";
    facts.operations = {"refund.create", "refund.lookup"};
    facts.key_window = Delay{24, Delay::Unit::kHours};
    return facts;
}

class MoneyProofs : public testing::Test {
protected:
    MoneyProofs() {
        rules_.hash = "rules";
        book_.newest = &rules_;
        book_.connections = {Payment("psp")};
    }
    std::vector<std::string> Lacking(const std::string& proofs) {
        return Unproven({{"proofs.json", proofs}}, book_).value();
    }

    workflows::Rules rules_;
    workflows::Rulebook book_;
};

TEST_F(MoneyProofs, AreOfMachinesPolicyAndTerms) {
    const std::string id = ProofId("rules", Payment("psp"));
    EXPECT_EQ(id, ProofId("rules", Payment("another name"))) << "a name is no term";
    EXPECT_NE(id, ProofId("other rules", Payment("psp")));
    workflows::ConnectionFacts other = Payment("psp");
    other.key_window = Delay{25, Delay::Unit::kHours};
    EXPECT_NE(id, ProofId("rules", other));
    other = Payment("psp");
    other.operations.erase("refund.lookup");
    EXPECT_NE(id, ProofId("rules", other));
    std::set<std::string> ids = {id};
    for (const auto& change : std::vector<std::function<void(workflows::RefundTerms&)>>{
             [](auto& terms) { terms.stores_refusals = false; },
             [](auto& terms) { terms.lookup_by_our_reference = false; },
             [](auto& terms) { terms.days_max = 180; },
             [](auto& terms) { terms.queues_for_money = true; },
             [](auto& terms) { terms.settles_by_notice = true; },
             [](auto& terms) { terms.partial = false; }, [](auto& terms) { terms.refunds_max = 1; },
             [](auto& terms) {
                 terms.minimum_minor = {{"EUR", 50}};
             }}) {
        other = Payment("psp");
        change(other.terms);
        EXPECT_TRUE(ids.insert(ProofId("rules", other)).second) << ids.size();
    }
}

TEST_F(MoneyProofs, AreLookedUpByIt) {
    const std::string text =
        WithProofs("", {{ProofId("rules", Payment("psp")), "searched"}}).value();
    EXPECT_THAT(Lacking(text), IsEmpty());
    rules_.hash = "changed";
    EXPECT_THAT(Lacking(text), ElementsAre(HasSubstr("connection psp: nobody has proven")));
    EXPECT_THAT(Unproven({}, book_).value(), ElementsAre(HasSubstr("machine verify --money DIR")));
    book_.connections.front().kind = "desk";
    EXPECT_THAT(Lacking("{}"), IsEmpty());
}

TEST_F(MoneyProofs, StandBesideOlderOnes) {
    const std::string one = WithProofs("", {{"a", "first"}}).value();
    const Json both = ParseJson(WithProofs(one, {{"b", "second"}}).value()).value();
    EXPECT_EQ(both["a"].AsString(), "first");
    EXPECT_EQ(both["b"].AsString(), "second");
}

TEST_F(MoneyProofs, OfAFileThatCannotBeReadAreAnError) {
    for (const std::string text : {"{", "[]"}) {
        EXPECT_FALSE(WithProofs(text, {}).ok()) << text;
        EXPECT_THAT(Unproven({{"proofs.json", text}}, book_).error().text,
                    HasSubstr("reading proofs.json: "));
    }
}

// What the tree ships is proven, against the terms of every payment connector in it.
TEST_F(MoneyProofs, OfWhatWeShipAreKept) {
    const DefinitionFiles files = ReadDefinitionFiles(kTree + "/workflows").value();
    const auto definitions = Definitions::Load(files, "en").value();
    workflows::Rulebook& book = definitions->book();
    book.connections.clear();
    for (const auto& entry : std::filesystem::directory_iterator(kTree + "/connectors/payment")) {
        if (!entry.is_directory()) continue;
        const auto read = ReadConnectorFolder(entry.path().string()).value();
        const auto connector = connectors::Connector::Load(read).value();
        book.connections.push_back(ProviderFacts(connector));
        book.connections.back().kind = "payment";
        book.connections.back().name = connector.manifest().name;
    }
    EXPECT_FALSE(book.connections.empty());
    EXPECT_THAT(Unproven(files, book).value(), IsEmpty())
        << "run 'build/release/backhaul machine verify --money workflows --store'";
}

}  // namespace
}  // namespace returns::gateway
