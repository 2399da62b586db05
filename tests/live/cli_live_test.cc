// The command line as scripts meet it: exit 0 good, 1 a check failed, 2 bad usage or settings, and
// in each case what it says.
#include "tests/live/gateway_world.h"
#include "tests/live/lone_gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <ostream>

namespace returns::live {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kTree = BACKHAUL_SOURCE_DIR;

live::Run Backhaul(const Folder& folder, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), BACKHAUL_PROGRAM);
    return RunProgram(arguments, folder.path());
}

// A copy of a file of the tree with one text in it replaced.
std::string Spoiled(const Folder& folder, const std::string& file, const std::string& good,
                    const std::string& bad) {
    std::string text = ReadFile(kTree + "/" + file);
    const std::size_t at = text.find(good);
    EXPECT_NE(at, std::string::npos) << good;
    text.replace(at, good.size(), bad);
    std::string path = folder.path() + "/spoiled.json";
    WriteFile(path, text);
    return path;
}

TEST(CommandLine, VerifiesTheMachinesWeShip) {
    const Folder folder;
    for (const std::string name : {"return", "refund"}) {
        const live::Run run = Backhaul(
            folder, {"machine", "verify", kTree + "/workflows/machines/" + name + ".json"});
        EXPECT_EQ(run.exit, 0) << run.out << run.error;
        EXPECT_THAT(run.out, StartsWith("good  "));
        EXPECT_THAT(run.out, HasSubstr("no timer path to money"));
    }
}

// Against the terms of one provider; deploy/full.d/26-money-proof.sh takes all.
TEST(CommandLine, ProvesTheMoneyWeShip) {
    const Folder folder;
    const live::Run run = Backhaul(folder, {"machine", "verify", "--money", kTree + "/workflows",
                                            "--connector", kTree + "/connectors/payment/adyen"});
    EXPECT_EQ(run.exit, 0) << run.out << run.error;
    EXPECT_THAT(run.out, StartsWith("good  payment/adyen: two tries"));
    EXPECT_THAT(run.out, HasSubstr("where one order with one refund"));
}

TEST(CommandLine, ShowsHowAPolicyPaysTwice) {
    const Folder folder;
    const std::string copy = folder.path() + "/workflows";
    std::filesystem::copy(kTree + "/workflows", copy, std::filesystem::copy_options::recursive);
    const auto change = [&](const std::string& file, const std::string& from,
                            const std::string& to) {
        std::string text = ReadFile(copy + file);
        const std::size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        WriteFile(copy + file, text.replace(at, from.size(), to));
    };
    change("/machines/refund.json", R"("in_doubt": "UNKNOWN")", R"("in_doubt": "FAILED")");
    change("/policies/default.json", R"("refused": {)", R"("refused": {"timeout": "retry",)");
    const live::Run run = Backhaul(folder, {"machine", "verify", "--money", copy, "--store"});
    EXPECT_EQ(run.exit, 1);
    EXPECT_THAT(run.out, HasSubstr("I4: a new key leaves while key 1 was never surely refused"));
    EXPECT_THAT(run.out, HasSubstr("3. we send the refund under key 2"));
    EXPECT_EQ(ReadFile(copy + "/proofs.json"), ReadFile(kTree + "/workflows/proofs.json"))
        << "nothing is kept of what does not hold";
}

TEST(CommandLine, FindsATimerThatPays) {
    const Folder folder;
    Result<Json> machine = ParseJson(ReadFile(kTree + "/workflows/machines/return.json"));
    ASSERT_TRUE(machine.ok());
    Json states = (*machine)["states"], state = states["AT_PARTNER"], after = state["after"];
    ASSERT_NE(after.Find("dock"), nullptr);
    after.Set("dock", Json::String("ACCEPTED"));
    state.Set("after", std::move(after));
    states.Set("AT_PARTNER", std::move(state));
    machine->Set("states", std::move(states));
    const std::string path = folder.path() + "/machine.json";
    WriteFile(path, WriteJson(*machine));
    const live::Run run = Backhaul(folder, {"machine", "verify", path});
    EXPECT_EQ(run.exit, 1);
    EXPECT_THAT(run.out, HasSubstr("no_timer_to_money: "));
    EXPECT_THAT(run.out, HasSubstr("AT_PARTNER, after dock: ACCEPTED"));
}

TEST(CommandLine, DrawsAMachine) {
    const Folder folder;
    const live::Run run =
        Backhaul(folder, {"machine", "graph", kTree + "/workflows/machines/refund.json"});
    EXPECT_EQ(run.exit, 0);
    EXPECT_THAT(run.out, StartsWith("stateDiagram-v2\n"));
}

TEST(CommandLine, TestsAConnectorFolder) {
    const Folder folder;
    const std::string good = kTree + "/connectors/payment/stripe";
    EXPECT_EQ(Backhaul(folder, {"connector", "test", good}).exit, 0);
    const std::string copy = folder.path() + "/stripe";
    std::filesystem::copy(good, copy, std::filesystem::copy_options::recursive);
    WriteFile(copy + "/create.jq", "{body: {}}");
    const live::Run bad = Backhaul(folder, {"connector", "test", copy});
    EXPECT_EQ(bad.exit, 1);
    EXPECT_NE(bad.out, "");
}

struct Wrong {
    const char* name;
    std::vector<std::string> arguments;
    int exit;
    const char* says;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class WrongUse : public testing::TestWithParam<Wrong> {};

TEST_P(WrongUse, SaysOneLine) {
    const Folder folder;
    const live::Run run = Backhaul(folder, GetParam().arguments);
    EXPECT_EQ(run.exit, GetParam().exit);
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.error, StartsWith("backhaul: "));
    EXPECT_THAT(run.error, HasSubstr(GetParam().says));
    EXPECT_EQ(std::count(run.error.begin(), run.error.end(), '\n'), 1) << run.error;
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, WrongUse,
    testing::Values(Wrong{"NoSuchCommand", {"serv"}, 2, "no command 'serv'"},
                    Wrong{"NoSettings", {"serve"}, 2, "--settings"},
                    Wrong{"NoSuchFile", {"serve", "--settings", "/nowhere.json"}, 2, "/nowhere"},
                    Wrong{"NoMachineFile", {"machine", "verify"}, 2, "verify FILE"},
                    Wrong{"NoSuchMachine", {"machine", "verify", "/nowhere"}, 1, "/nowhere"},
                    Wrong{"NoSuchConnector", {"connector", "test", "/nowhere"}, 1, "/nowhere"},
                    Wrong{"NoLedgerWord", {"ledger"}, 2, "verify"}),
    [](const auto& about) { return std::string(about.param.name); });

TEST(CommandLine, RefusesAMachineThatIsNoMachine) {
    const Folder folder;
    const std::string path =
        Spoiled(folder, "workflows/machines/return.json", "\"AT_PARTNER\"", "\"AT_PARTNERS\"");
    const live::Run run = Backhaul(folder, {"machine", "verify", path});
    EXPECT_EQ(run.exit, 1);
    EXPECT_THAT(run.error, HasSubstr("AT_PARTNER"));
}

// Whoever can write the database cannot rewrite the past unseen.
TEST(CommandLine, LedgerVerifyFindsAChangedRow) {
    LoneGateway gateway;
    gateway.Start();
    gateway.TellRefundDue("1");
    gateway.process().Signal(SIGTERM);
    ASSERT_EQ(gateway.process().Exit(milliseconds(9000)), 0);
    const Folder folder;
    const std::vector<std::string> verify = {"ledger", "verify", "--settings",
                                             gateway.folder() + "/settings.json"};
    EXPECT_EQ(Backhaul(folder, verify).exit, 0);
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(gateway.database().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db,
                           "UPDATE journal SET body = replace(CAST(body AS TEXT), '5000', '5001') "
                           "WHERE seq = 1",
                           nullptr, nullptr, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(db);
    EXPECT_EQ(sqlite3_changes(db), 1);
    sqlite3_close(db);
    const live::Run run = Backhaul(folder, verify);
    EXPECT_EQ(run.exit, 1);
    EXPECT_THAT(run.out, StartsWith("bad   journal row 1: "));
}

}  // namespace
}  // namespace returns::live
