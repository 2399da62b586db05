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
constexpr int kOrders = 5, kRows = 15'000;

Json Text(std::string_view text) { return Json::String(std::string(text)); }

// Events decided since the program began.
int Decided(const LoneGateway& gateway) {
    const std::string text = gateway.Get("/metrics").body;
    int decided = 0;
    for (const std::string verdict : {"moved", "ignored"}) {
        const std::string name = "\nbackhaul_events_total{verdict=\"" + verdict + "\"} ";
        const std::size_t at = text.find(name);
        if (at != std::string::npos) decided += std::atoi(text.c_str() + at + name.size());
    }
    return decided;
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
    const auto tell = [&](const std::string& type, int order, const std::string& data) {
        ASSERT_EQ(gateway.Tell(type, std::to_string(order), data).status, 202);
    };
    for (int order = 1; order <= kOrders; ++order) {
        const std::string id = R"({"return_id":"R-)" + std::to_string(order) + "\"";
        tell("order.placed", order,
             R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,)"
             R"("unit_price_minor":5000}],"currency":"EUR","jurisdiction":"EU"})");
        tell("order.delivered", order, "{}");
        tell("return.requested", order,
             id + R"(,"lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
                  R"("resolution":"refund"})");
        tell("parcel.scanned", order, id + "}");
    }
    constexpr int kTold = 4 * kOrders;

    std::string rows = "id,status,return_id,line_id,received\n";
    for (int i = 1; i < kRows; ++i)
        rows += "r" + std::to_string(i) + ",parcel.scanned,R-" + std::to_string(i % kOrders + 1) +
                ",,\n";
    WriteFile(inbox + "/a.csv", rows + "last,return.opened,R-1,A,1\n");
    for (int kills = 0; kills < 2; ++kills) {
        ASSERT_TRUE(Until(kPatience, [&] {
            return Decided(gateway) > 200 || std::filesystem::exists(inbox + "/done/a.csv");
        }));
        gateway.Kill();
        gateway.Start();
    }
    ASSERT_TRUE(Until(kPatience, [&] { return std::filesystem::exists(inbox + "/done/a.csv"); }));
    std::string ack;
    for (const auto& entry : std::filesystem::directory_iterator(inbox + "/ack"))
        ack += ReadFile(entry.path().string());
    EXPECT_EQ(std::count(ack.begin(), ack.end(), '\n'), kRows + 1);
    EXPECT_NE(ack.find(",r1,repeated,"), std::string::npos) << "no kill fell between rows";
    EXPECT_EQ(ack.find("refused"), std::string::npos);
    EXPECT_TRUE(std::filesystem::is_empty(inbox + "/error"));
    EXPECT_THAT(gateway.Get("/v1/returns/R-1").body, HasSubstr("INSPECTING"));
    gateway.process().Signal(SIGTERM);
    ASSERT_EQ(gateway.process().Exit(milliseconds(9000)), 0);
    EXPECT_EQ(JournalRows(gateway.database()), kTold + kRows);
}

}  // namespace
}  // namespace returns::live
