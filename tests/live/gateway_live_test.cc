// The real program against the simulated outside world, over real sockets and a real database.
#include "schemas/time.h"
#include "tests/live/gateway_world.h"
#include "tests/live/kills.h"

#include <Poco/Net/ServerSocket.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace returns::live {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr milliseconds kDrainPatience{8000};  // drain_seconds and what closing takes

TEST(GatewayLive, StoryEndsWithBooksThatAgree) {
    World world(11);
    world.Launch();
    ASSERT_TRUE(world.Listening(kStartPatience)) << world.Log();
    ASSERT_TRUE(world.BeginStory(12));
    EndWell(world);
}

// As many as a story lasts for go into one; then another one begins.
TEST(GatewayLive, KillsLoseAndRepeatNothing) {
    constexpr std::int64_t kUsualSeed = 12, kKillsOfStory = 25, kUsualKills = 10;
    const std::int64_t kills = KillsWanted(kUsualKills);
    for (std::int64_t done = 0; done < kills && !HasFailure(); done += kKillsOfStory) {
        const std::int64_t seed = FirstSeed(kUsualSeed) + done;
        SCOPED_TRACE("again from this story on: BACKHAUL_SEED=" + std::to_string(seed));
        World world(seed);
        MakeMoneyHard(world);
        PlayWithKills(world, seed, std::min(kKillsOfStory, kills - done));
        if (!HasFailure()) EndWell(world);
    }
}

struct BadStart {
    const char* name;
    void (*spoil)(Json& settings, const std::string& folder);
    const char* says;
};

void WriteNewerVersion(Json& settings, const std::string& folder) {
    const std::string path = folder + "/settings.json";
    WriteFile(path, WriteJson(settings));
    ASSERT_EQ(RunProgram({BACKHAUL_PROGRAM, "migrate", "--settings", path}, folder).exit, 0);
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(settings["database"].AsString().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db,
                           "INSERT INTO schema_versions VALUES (999, '99.0.0');"
                           "PRAGMA user_version = 999",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(db);
}

constexpr BadStart kBadStarts[] = {
    {"UnknownSetting",
     [](Json& settings, const std::string&) { settings.Set("databse", Json::String("x")); },
     "unknown key 'databse', did you mean 'database'"},
    {"WrongType",
     [](Json& settings, const std::string&) { settings.Set("drain_seconds", Json::String("x")); },
     "drain_seconds"},
    {"OutOfBounds",
     [](Json& settings, const std::string&) { settings.Set("drain_seconds", Json::Int(0)); },
     "drain_seconds"},
    {"UnknownConnector",
     [](Json& settings, const std::string&) {
         settings.Set("connections",
                      Json::Array({Json::Object({{"name", Json::String("x")},
                                                 {"connector", Json::String("payment/none")}})}));
     },
     "payment/none"},
    {"SecretInTheFile",
     [](Json& settings, const std::string&) {
         settings.Set("deployment_secret", Json::String("in the file itself, which is not safe"));
     },
     "deployment_secret"},
    {"MissingSecret",
     [](Json& settings, const std::string& folder) {
         settings.Set("deployment_secret", Json::String("file:" + folder + "/nothing"));
     },
     "deployment_secret"},
    {"NewerDatabase", WriteNewerVersion, "written by a newer program"},
    {"UnwritableFolder",
     [](Json& settings, const std::string&) {
         settings.Set("database", Json::String("/proc/backhaul.db"));
     },
     "opening the database /proc/backhaul.db"},
    {"NoSettings", [](Json& settings, const std::string&) { settings = Json::Array(); },
     "reading settings"},
};

void ExpectOneLine(const Run& run, const std::string& says) {
    EXPECT_EQ(run.exit, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.error, StartsWith("backhaul: "));
    EXPECT_THAT(run.error, HasSubstr(says));
    EXPECT_EQ(std::count(run.error.begin(), run.error.end(), '\n'), 1) << run.error;
}

Run ServeWith(const Json& settings, const std::string& folder) {
    const std::string path = folder + "/settings.json";
    WriteFile(path, WriteJson(settings));
    return RunProgram({BACKHAUL_PROGRAM, "serve", "--settings", path}, folder);
}

TEST(GatewayLive, BadStartsSayOneLine) {
    for (const BadStart& bad : kBadStarts) {
        SCOPED_TRACE(bad.name);
        const Folder folder;
        Json settings = LoneSettings(folder.path());
        bad.spoil(settings, folder.path());
        ExpectOneLine(ServeWith(settings, folder.path()), bad.says);
    }
}

TEST(GatewayLive, PortInUseSaysOneLine) {
    const Folder folder;
    const Poco::Net::ServerSocket taken(Poco::Net::SocketAddress("127.0.0.1", 0));
    const int port = taken.address().port();
    Json settings = LoneSettings(folder.path());
    settings.Set("listen",
                 Json::Object({{"host", Json::String("127.0.0.1")}, {"port", Json::Int(port)}}));
    ExpectOneLine(ServeWith(settings, folder.path()), std::to_string(port));
}

// The broker may be away: the program starts, answers, and says what is missing.
TEST(GatewayLive, StartsWithoutItsBroker) {
    const Folder folder;
    Poco::Net::ServerSocket closed(Poco::Net::SocketAddress("127.0.0.1", 0));
    const std::string nobody = closed.address().toString();
    closed.close();
    Json settings = LoneSettings(folder.path());
    settings.Set("kafka",
                 Json::Object({{"brokers", Json::String(nobody)},
                               {"start", Json::String("beginning")},
                               {"topics",
                                Json::Array({Json::Object({{"name", Json::String("orders")}})})}}));
    WriteFile(folder.path() + "/settings.json", WriteJson(settings));
    const std::string log = folder.path() + "/log";
    Child gateway({BACKHAUL_PROGRAM, "serve", "--settings", folder.path() + "/settings.json"},
                  folder.path() + "/out", log);
    static constexpr std::string_view kWords = "listening on ";
    std::string url;
    ASSERT_TRUE(Until(kStartPatience, [&] {
        const std::string text = ReadFile(log);
        const std::size_t at = text.find(kWords), end = text.find('"', at);
        if (end == std::string::npos) return false;
        url = "http://" + text.substr(at + kWords.size(), end - at - kWords.size());
        return true;
    })) << ReadFile(log);
    HttpAnswer ready;
    EXPECT_TRUE(Until(kStartPatience,
                      [&] {
                          ready = Fetch("GET", url, "/readyz");
                          return ready.status == 200 &&
                                 ready.body.find("down: ") != std::string::npos;
                      }))
        << ready.status << " " << ready.body;
    gateway.Signal(SIGTERM);
    EXPECT_EQ(gateway.Exit(kDrainPatience), 0) << ReadFile(log);
}

}  // namespace
}  // namespace returns::live
