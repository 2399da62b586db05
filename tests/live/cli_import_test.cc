// `backhaul import` as operators meet it: looks first, takes in, again, killed in the middle,
// beside a running gateway; what it says and how it ends.
#include "tests/live/gateway_world.h"
#include "tests/live/lone_gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

namespace returns::live {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A gateway's settings without the gateway.
class Import : public testing::Test {
protected:
    Import() {
        gateway_.Start();
        gateway_.process().Signal(SIGTERM);
        EXPECT_EQ(gateway_.process().Exit(milliseconds(9000)), 0);
        fs::remove(gateway_.database());
        fs::remove(gateway_.database() + ".flight");
    }
    live::Run Take(const std::string& file, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments = {BACKHAUL_PROGRAM, "import", file, "--settings",
                                              Settings()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return RunProgram(arguments, gateway_.folder());
    }
    live::Run Example(const std::string& form) {
        return RunProgram({BACKHAUL_PROGRAM, "import", "--example", form}, gateway_.folder());
    }
    std::string File(const std::string& name, const std::string& text) {
        std::string path = gateway_.folder() + "/" + name;
        WriteFile(path, text);
        return path;
    }
    std::string Settings() const { return gateway_.folder() + "/settings.json"; }
    // Files of the database that there are.
    std::vector<std::string> Database() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(gateway_.folder()))
            if (entry.path().filename().string().starts_with("backhaul.db"))
                names.push_back(entry.path().filename().string());
        return names;
    }

    LoneGateway gateway_;
};

TEST_F(Import, LooksFirstTakesInOnceAndSaysSo) {
    for (const std::string form : {"csv", "ndjson"}) {
        const live::Run example = Example(form);
        ASSERT_EQ(example.exit, 0);
        const std::string file = File("old." + form, example.out);
        for (const std::string& name : Database()) fs::remove(gateway_.folder() + "/" + name);

        const live::Run preview = Take(file);
        EXPECT_EQ(preview.exit, 0) << preview.out << preview.error;
        EXPECT_THAT(preview.out, HasSubstr("this was a preview and nothing was written"));
        EXPECT_THAT(preview.out, HasSubstr("EUR  orders"));
        EXPECT_THAT(Database(), testing::IsEmpty());

        const live::Run apply = Take(file, {"--apply"});
        EXPECT_EQ(apply.exit, 0) << apply.out << apply.error;
        EXPECT_THAT(apply.out, HasSubstr("good  everything is in"));
        const std::string before = ReadFile(gateway_.database());

        const live::Run look = Take(file, {"--preview"});
        EXPECT_EQ(look.exit, 0);
        EXPECT_THAT(look.out, HasSubstr("events: 0 new"));
        EXPECT_TRUE(ReadFile(gateway_.database()) == before) << "a preview leaves every byte";
        const live::Run again = Take(file, {"--apply"});
        EXPECT_EQ(again.exit, 0);
        EXPECT_THAT(again.out, HasSubstr("events: 0 new"));
    }
}

TEST_F(Import, RefusedRowsCanBeMendedAndImportedAgain) {
    std::string rows = Example("csv").out;
    rows.replace(rows.find("129.00"), 6, "129,00");  // two cells now: all behind it moves
    const std::string rejects = gateway_.folder() + "/rejects.csv";
    const live::Run first = Take(File("old.csv", rows), {"--apply", "--rejects", rejects});
    EXPECT_EQ(first.exit, 1) << first.out;
    EXPECT_THAT(first.out, HasSubstr("refused: 1 orders"));
    EXPECT_THAT(first.out, HasSubstr("line 3: column "));
    std::string mended = ReadFile(rejects);
    EXPECT_THAT(mended, Not(HasSubstr("A-1002")));
    mended.replace(mended.find("129,00"), 6, "129.00");
    const live::Run second = Take(File("mended.csv", mended), {"--apply"});
    EXPECT_EQ(second.exit, 0) << second.out;
    EXPECT_THAT(second.out, HasSubstr("EUR  orders           1"));
}

TEST_F(Import, ALineOfNobodyKnowsWhichOrderHoldsUpEverything) {
    const live::Run run =
        Take(File("old.csv", Example("csv").out + "refund,\"A\"-1\n"), {"--apply"});
    EXPECT_EQ(run.exit, 1);
    EXPECT_THAT(run.out, HasSubstr("line 10: text behind a closing quote"));
    EXPECT_THAT(run.out, HasSubstr("orders 0 of 2"));
    EXPECT_THAT(run.out, HasSubstr("1 lines cannot be told to an order"));
}

TEST_F(Import, NeedsTheDatabaseForItself) {
    const std::string file = File("old.csv", Example("csv").out);
    gateway_.Start();
    for (const char* how : {"--preview", "--apply"}) {
        const live::Run run = Take(file, {how});
        EXPECT_EQ(run.exit, 1) << how;
        EXPECT_THAT(run.error, HasSubstr("stop the gateway first")) << how;
    }
}

TEST_F(Import, WrongUseIsSaidInOneLine) {
    const std::string file = File("old.csv", Example("csv").out);
    EXPECT_THAT(Take(File("old.txt", "x")).error, HasSubstr("neither .csv nor .ndjson"));
    EXPECT_EQ(Take(file, {"--shop", "mian"}).exit, 2);
    EXPECT_THAT(Take(file, {"--shop", "mian"}).error, HasSubstr("did you mean 'main'?"));
    EXPECT_EQ(Take(file, {"--apply", "--preview"}).exit, 2);
    EXPECT_EQ(Take(gateway_.folder() + "/none.csv").exit, 2);
    EXPECT_EQ(Take(File("odd.csv", "record,order_id,unit_pric\n")).exit, 2);
    const live::Run help = RunProgram({BACKHAUL_PROGRAM, "import", "--help"}, gateway_.folder());
    EXPECT_EQ(help.exit, 0);
    EXPECT_THAT(help.out, HasSubstr("unit_price"));
}

TEST_F(Import, KilledInTheMiddleItGoesOnWhereItWas) {
    constexpr int kOrders = 20'000;
    std::string rows =
        "record,order_id,line_id,quantity,unit_price,currency,placed_at,tender_id,amount\n";
    for (int i = 0; i < kOrders; ++i) {
        const std::string id = std::to_string(i);
        rows += "line," + id + ",1,1,10.00,EUR,2026-02-01\ncapture," + id + ",,,,,,T,10.00\n";
    }
    const std::string file = File("old.csv", rows);
    {
        Child killed({BACKHAUL_PROGRAM, "import", file, "--settings", Settings(), "--apply"},
                     gateway_.folder() + "/out", gateway_.folder() + "/error");
        const auto begun = [&] {
            std::error_code none;
            return fs::file_size(gateway_.database() + "-wal", none) > 1'000'000 && !none;
        };
        ASSERT_TRUE(Until(milliseconds(20'000), begun));
        killed.Signal(SIGKILL);
        ASSERT_EQ(killed.Exit(milliseconds(5000)), 128 + SIGKILL);
    }
    const live::Run again = Take(file, {"--apply"});
    EXPECT_EQ(again.exit, 0) << again.out << again.error;
    EXPECT_THAT(again.out, HasSubstr("orders 20000 of 20000"));
    EXPECT_THAT(again.out, Not(HasSubstr(" 0 told before")));
    EXPECT_THAT(again.out, Not(HasSubstr("events: 0 new")));
    const live::Run verify = RunProgram(
        {BACKHAUL_PROGRAM, "ledger", "verify", "--settings", Settings()}, gateway_.folder());
    EXPECT_EQ(verify.exit, 0);
    EXPECT_THAT(verify.out, StartsWith("good  20000 cases, 0 refunds, 40000 rows"));
}

}  // namespace
}  // namespace returns::live
