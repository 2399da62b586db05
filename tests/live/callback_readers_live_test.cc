// Callbacks are read beside the lane, where a mapping may run away.
#include "gateway/keys.h"
#include "tests/live/lone_gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <vector>

namespace returns::live {
namespace {

using testing::HasSubstr;

constexpr std::string_view kManifest = R"({
  "name": "logistics/slow", "title": "Slow", "version": "1", "proven_on": "contract",
  "announces": "none",
  "auth": {"type": "none"}, "settings": {}, "operations": {},
  "callbacks": {"signature": {"scheme": "none"}, "mapping": "callback.jq"}, "cannot_tell": []})";
// As long as a mapping can take: nested loops over what came.
constexpr std::string_view kMapping =
    "[.body[] as $a | .body[] as $b | .body[] as $c | .body[] as $d | 1] | length";

Json Text(std::string_view text) { return Json::String(std::string(text)); }

TEST(CallbackReadersLive, AMappingThatRunsAwayIsStoppedAndItsCallbackKept) {
    LoneGateway gateway;
    const std::string folders = gateway.folder() + "/connectors";
    std::filesystem::create_directories(folders + "/logistics/slow");
    WriteFile(folders + "/logistics/slow/connector.json", std::string(kManifest));
    WriteFile(folders + "/logistics/slow/contract.json", R"({"about": "Slow", "operations": {}})");
    WriteFile(folders + "/logistics/slow/callback.jq", std::string(kMapping));
    const gateway::NewKey key = gateway::MakeKey(std::string(32, 'p'));
    Json keys = gateway.settings()["keys"];
    keys.Append(Json::Object({{"name", Text("partner:slow")},
                              {"role", Text("partner")},
                              {"connection", Text("slow")},
                              {"sha256", Text(key.sha256)}}));
    gateway.settings().Set("keys", std::move(keys));
    gateway.settings().Set("connectors", Text(folders));
    gateway.settings().Set("connections",
                           Json::Array({Json::Object({{"name", Text("slow")},
                                                      {"connector", Text("logistics/slow")},
                                                      {"base_url", Text("https://slow.example")},
                                                      {"mode", Text("observe")}})}));
    gateway.Start();
    std::string body = "[0";
    for (int i = 1; i < 400; ++i) body += "," + std::to_string(i);
    body += "]";
    constexpr int kTimes = 4;  // each reader at least once, and again afterwards
    for (int i = 0; i < kTimes; ++i) {
        const HttpAnswer answer = Fetch("POST", gateway.url(), "/v1/callbacks/slow",
                                        body + std::string(static_cast<std::size_t>(i), ' '),
                                        key.key, "application/json");
        EXPECT_EQ(answer.status, 202) << answer.body;
        EXPECT_THAT(answer.body, HasSubstr("it took too long and was stopped"));
    }
    EXPECT_THAT(gateway.Get("/metrics").body,
                HasSubstr("\nbackhaul_mappings_stopped_total " + std::to_string(kTimes) + "\n"));
    EXPECT_THAT(gateway.Get("/v1/parked").body, HasSubstr("too long"));

    // More than there are readers: the figure shows those that wait, and that none does in the end.
    const std::string figure = "\nbackhaul_callbacks_queued ";
    EXPECT_THAT(gateway.Get("/metrics").body, HasSubstr(figure + "0\n"));
    constexpr std::size_t kCrowd = 24;
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < kCrowd; ++i)
        callers.emplace_back([&, i] {
            Fetch("POST", gateway.url(), "/v1/callbacks/slow", body + std::string(10 + i, ' '),
                  key.key, "application/json");
        });
    EXPECT_TRUE(Until(milliseconds(10000), [&] {
        const std::string text = gateway.Get("/metrics").body;
        const std::size_t at = text.find(figure);
        return at != std::string::npos && text.at(at + figure.size()) != '0';
    }));
    for (std::thread& caller : callers) caller.join();
    EXPECT_THAT(gateway.Get("/metrics").body, HasSubstr(figure + "0\n"));
}

}  // namespace
}  // namespace returns::live
