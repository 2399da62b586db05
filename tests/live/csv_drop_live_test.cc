// A watched folder and a program that is killed between rows: each row is done once, and answered.
#include "tests/live/lone_gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace returns::live {
namespace {

using testing::HasSubstr;

constexpr milliseconds kPatience{30000};
constexpr int kRows = 3000;

Json Text(std::string_view text) { return Json::String(std::string(text)); }

// Events that changed nothing, as all rows but the last are.
int Ignored(const LoneGateway& gateway) {
    constexpr std::string_view kName = "\nbackhaul_events_total{verdict=\"ignored\"} ";
    const std::string text = gateway.Get("/metrics").body;
    const std::size_t at = text.find(kName);
    return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + kName.size());
}

std::int64_t JournalRows(const std::string& database) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(database.c_str(), &db), SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db, "SELECT count(*) FROM journal", -1, &statement, nullptr),
              SQLITE_OK);
    const std::int64_t rows =
        sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return rows;
}

TEST(CsvDropLive, KilledBetweenRowsEachIsDoneOnceAndAnswered) {
    LoneGateway gateway;
    const std::string inbox = gateway.folder() + "/inbox";
    std::filesystem::create_directory(inbox);
    gateway.settings().Set(
        "connections",
        Json::Array({Json::Object({{"name", Text("drop")},
                                   {"connector", Text("logistics/csv-drop")},
                                   {"settings", Json::Object({{"inbox", Text(inbox)},
                                                              {"interval_s", Json::Int(1)}})}})}));
    gateway.Start();
    const auto tell = [&](const std::string& type, const std::string& data) {
        ASSERT_EQ(gateway.Tell(type, "1", data).status, 202);
    };
    tell("order.placed", R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,)"
                         R"("unit_price_minor":5000}],"currency":"EUR","jurisdiction":"EU"})");
    tell("order.delivered", "{}");
    tell("return.requested", R"({"return_id":"R-1","lines":[{"id":"A","quantity":1,)"
                             R"("reason":"too_small"}],"resolution":"refund"})");
    tell("parcel.scanned", R"({"return_id":"R-1"})");
    constexpr int kTold = 4;

    std::string rows = "id,status,return_id,line_id,received\n";
    for (int i = 1; i < kRows; ++i) rows += "r" + std::to_string(i) + ",parcel.scanned,R-1,,\n";
    WriteFile(inbox + "/a.csv", rows + "last,return.opened,R-1,A,1\n");
    for (int kills = 0; kills < 2; ++kills) {
        ASSERT_TRUE(Until(kPatience, [&] { return Ignored(gateway) > 50; }));
        gateway.Kill();
        gateway.Start();
    }
    ASSERT_TRUE(Until(kPatience, [&] { return std::filesystem::exists(inbox + "/done/a.csv"); }));
    std::string ack;
    for (const auto& entry : std::filesystem::directory_iterator(inbox + "/ack"))
        ack += ReadFile(entry.path().string());
    EXPECT_EQ(std::count(ack.begin(), ack.end(), '\n'), kRows + 1);
    EXPECT_THAT(ack, HasSubstr(",r1,repeated,"));
    EXPECT_EQ(ack.find("refused"), std::string::npos);
    EXPECT_TRUE(std::filesystem::is_empty(inbox + "/error"));
    EXPECT_THAT(gateway.Get("/v1/returns/R-1").body, HasSubstr("INSPECTING"));
    gateway.process().Signal(SIGTERM);
    ASSERT_EQ(gateway.process().Exit(milliseconds(9000)), 0);
    EXPECT_EQ(JournalRows(gateway.database()), kTold + kRows);
}

}  // namespace
}  // namespace returns::live
