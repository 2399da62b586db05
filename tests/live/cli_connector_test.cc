// `backhaul connector` as integrators meet it: the tutorial of connectors/README.md word by word,
// and a connector that changes while the gateway runs.
#include "connectors/crypto.h"
#include "gateway/connector_skeleton.h"
#include "gateway/keys.h"
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

Json Text(std::string_view text) { return Json::String(std::string(text)); }

live::Run Connector(const std::string& folder, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {BACKHAUL_PROGRAM, "connector"});
    return RunProgram(arguments, folder);
}

void Write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(path).parent_path());
    WriteFile(path, text);
}

// What the page marks: a file to write, or commands to run and how they end.
struct Block {
    std::string what, argument, text;
};
std::vector<Block> Tutorial() {
    const std::string page = ReadFile(BACKHAUL_SOURCE_DIR "/connectors/README.md");
    std::vector<Block> blocks;
    for (std::size_t at = page.find("<!-- "); at != page.npos; at = page.find("<!-- ", at + 1)) {
        const std::size_t colon = page.find(": ", at), end = page.find(" -->", at);
        const std::size_t open = page.find('\n', page.find("```", end)) + 1;
        blocks.push_back({page.substr(at + 5, colon - at - 5),
                          page.substr(colon + 2, end - colon - 2),
                          page.substr(open, page.find("```", open) - open)});
    }
    return blocks;
}

TEST(ConnectorCommand, TheTutorialDoesWhatItSays) {
    const Folder folder;
    const std::string path = "PATH=" + fs::path(BACKHAUL_PROGRAM).parent_path().string() +
                             ":/usr/bin:/bin; set -e; cd " + folder.path() + "; ";
    int runs = 0;
    std::string last;
    for (const Block& block : Tutorial()) {
        if (block.what == "run") {
            ++runs;
            const live::Run run = RunProgram({"/bin/sh", "-c", path + block.text}, folder.path());
            EXPECT_EQ("exit " + std::to_string(run.exit.value_or(-1)), block.argument)
                << block.text << run.out << run.error;
            last = run.out;
        } else {
            const std::string text =
                block.what == "bytes" ? block.text.substr(0, block.text.size() - 1) : block.text;
            Write(folder.path() + "/" + block.argument, text);
        }
    }
    EXPECT_EQ(runs, 5);
    EXPECT_THAT(last, HasSubstr("goods IN_TRANSIT -> REJECTED"));
}

TEST(ConnectorCommand, WritesOverNothingAndSaysWhatItTakes) {
    const Folder folder;
    EXPECT_EQ(Connector(folder.path(), {"new", "logistics/acme", "--in", folder.path()}).exit, 0);
    const std::string manifest = folder.path() + "/logistics/acme/connector.json";
    WriteFile(manifest, "{}");
    const live::Run again =
        Connector(folder.path(), {"new", "logistics/acme", "--in", folder.path()});
    EXPECT_EQ(again.exit, 1);
    EXPECT_THAT(again.error, HasSubstr("it is there already"));
    EXPECT_EQ(ReadFile(manifest), "{}");
    EXPECT_EQ(Connector(folder.path(), {"new", "acme"}).exit, 2);
    EXPECT_EQ(Connector(folder.path(), {"tset", "."}).exit, 2);
    EXPECT_EQ(Connector(folder.path(), {"test", folder.path() + "/nothing"}).exit, 1);
    EXPECT_EQ(Connector(folder.path(), {"try", folder.path()}).exit, 2);
    EXPECT_EQ(Connector(folder.path(), {"rehearse", folder.path()}).exit, 2);
    EXPECT_EQ(Connector(folder.path(), {"fit", manifest + "x"}).exit, 2);
    const live::Run help = Connector(folder.path(), {"--help"});
    EXPECT_EQ(help.exit, 0);
    for (const char* word : {"new", "test", "try", "fit", "rehearse"})
        EXPECT_THAT(help.out, HasSubstr("  backhaul connector " + std::string(word)));
}

// A folder that nobody could have meant well: loops over loops of what comes.
TEST(ConnectorCommand, AFolderThatRunsAwayIsStoppedAndItsCaseNamed) {
    const Folder folder;
    ASSERT_EQ(Connector(folder.path(), {"new", "logistics/slow", "--in", folder.path()}).exit, 0);
    const std::string slow = folder.path() + "/logistics/slow";
    WriteFile(slow + "/callback.jq",
              "def many: [., ., ., ., ., ., ., ., ., .]; "
              "[.body | many[] | many[] | many[] | many[] | many[] | many[] | many[] | many[] "
              "| many[] | 1] | length");
    const live::Run run = Connector(folder.path(), {"test", slow, "--seconds", "1"});
    EXPECT_EQ(run.exit, 1);
    EXPECT_THAT(run.error, HasSubstr("stopped at fixtures/callbacks.json:"));
    EXPECT_THAT(run.error, HasSubstr("it used more than 1"));
}

class LiveChange : public testing::Test {
protected:
    LiveChange() : files_(gateway::SkeletonOf("logistics/acme").value()) {
        // A partner that signs nothing has a key of ours: the test's calls carry no other header.
        Json manifest = *ParseJson(files_["connector.json"]);
        manifest.Set("callbacks",
                     Json::Object({{"signature", Json::Object({{"scheme", Text("none")}})},
                                   {"mapping", Text("callback.jq")}}));
        files_["connector.json"] = WriteJson(manifest);
        Save();
        WriteFile(gateway_.folder() + "/secret", "whsec_c2VjcmV0LW9mLWEtdGVzdC1wYXJ0bmVy");
        const std::string secret = "file:" + gateway_.folder() + "/secret";
        Json connections = gateway_.settings()["connections"];
        connections.Append(Json::Object(
            {{"name", Text("acme")},
             {"connector", Text("logistics/acme")},
             {"base_url", Text("http://127.0.0.1:9")},
             {"settings",
              Json::Object({{"api_token", Text(secret)}, {"webhook_secret", Text(secret)}})}}));
        for (const Json& each : connections.Items()) {
            const std::string name = each["connector"].AsString(), to = Folders() + "/" + name;
            if (fs::exists(to)) continue;
            fs::create_directories(to);
            fs::copy(BACKHAUL_SOURCE_DIR "/connectors/" + name, to, fs::copy_options::recursive);
        }
        Json keys = gateway_.settings()["keys"];
        keys.Append(Json::Object({{"name", Text("partner:acme")},
                                  {"role", Text("partner")},
                                  {"connection", Text("acme")},
                                  {"sha256", Text(key_.sha256)}}));
        gateway_.settings().Set("keys", std::move(keys));
        gateway_.settings().Set("connections", std::move(connections));
        gateway_.settings().Set("connectors", Text(Folders()));
    }
    std::string Folders() const { return gateway_.folder() + "/connectors"; }
    // What carries no id of theirs is known by its digest.
    void NameByDigest() {
        Json fixture = *ParseJson(files_["fixtures/callbacks.json"]), cases = Json::Array();
        for (Json one : fixture["cases"].Items()) {
            Json event = one["gives"].Items().at(0);
            event.Set("source_id",
                      Json::String(connectors::Sha256Hex(WriteJson(one["callback"]["body"]))));
            one.Set("gives", Json::Array({std::move(event)}));
            cases.Append(std::move(one));
        }
        fixture.Set("cases", std::move(cases));
        files_["fixtures/callbacks.json"] = WriteJson(fixture);
    }
    void Save() {
        NameByDigest();
        for (const auto& [name, text] : files_) Write(Folders() + "/logistics/acme/" + name, text);
    }
    void Replace(const std::string& from, const std::string& to) {
        for (const char* name : {"callback.jq", "fixtures/callbacks.json"}) {
            std::string& text = files_[name];
            for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + 1))
                text.replace(at, from.size(), to);
        }
        Save();
    }
    std::string Call(const std::string& status) {
        ++calls_;
        return Fetch("POST", gateway_.url(), "/v1/callbacks/acme",
                     R"({"reference": "R-1", "status": ")" + status +
                         R"(", "at": "2026-03-01T11:00:0)" + std::to_string(calls_) + R"(Z"})",
                     key_.key, "application/json")
            .body;
    }
    std::string Reloads() {
        const std::string text = gateway_.Get("/metrics").body;
        const std::size_t at = text.find("backhaul_connector_reloads_total{");
        return text.substr(at, text.find("# HELP", at) - at);
    }
    HttpAnswer Reload() {
        return Fetch("POST", gateway_.url(), "/v1/connections/reload", "", gateway_.key());
    }

    LoneGateway gateway_;
    gateway::NewKey key_ = gateway::MakeKey(std::string(32, 'p'));
    connectors::Connector::Files files_;
    int calls_ = 0;
};

TEST_F(LiveChange, AMappingIsSwappedOrRefusedAndRehearsedBefore) {
    gateway_.Start();
    ASSERT_EQ(
        gateway_
            .Tell("order.placed", "1",
                  R"({"lines":[{"id":"1","sku":"LAMP","quantity":1,"unit_price_minor":5000}],)"
                  R"("currency":"EUR"})")
            .status,
        202);
    ASSERT_EQ(gateway_
                  .Tell("return.requested", "1",
                        R"({"return_id":"R-1","lines":[{"id":"1","quantity":1}]})")
                  .status,
              202);
    EXPECT_THAT(Call("came_in"), HasSubstr("partner.unknown_status"));
    EXPECT_THAT(gateway_.Get("/v1/coverage").body, HasSubstr("came_in"));
    EXPECT_THAT(gateway_.Get("/v1/connections").body,
                HasSubstr("\"waits_for\":\"parcel.scanned\""));

    Replace("\"received\"", "\"came_in\"");
    gateway_.process().Signal(SIGHUP);
    EXPECT_TRUE(Until(milliseconds(20000), [&] {
        return Reloads().find("outcome=\"changed\"} 1") != std::string::npos;
    })) << Reloads();
    EXPECT_THAT(Call("came_in"), HasSubstr("\"to\":\"AT_PARTNER\""));

    Replace("| if", "| iff");
    const HttpAnswer refused = Reload();
    EXPECT_EQ(refused.status, 422);
    EXPECT_THAT(refused.body, HasSubstr("callback.jq"));
    EXPECT_THAT(refused.body, HasSubstr("the one in force stays"));
    EXPECT_THAT(Call("came_in"), Not(HasSubstr("unknown_status"))) << "it does";
    EXPECT_THAT(Reloads(), HasSubstr("outcome=\"refused\"} 1"));
    Replace("| iff", "| if");
    EXPECT_EQ(Reload().status, 200);
    EXPECT_EQ(Fetch("POST", gateway_.url(), "/v1/connections/reload", "", key_.key).status, 403);

    const std::string acme = Folders() + "/logistics/acme";
    const std::vector<std::string> rehearse = {"rehearse", acme, "--settings",
                                               gateway_.folder() + "/settings.json"};
    const live::Run beside = Connector(gateway_.folder(), rehearse);
    EXPECT_EQ(beside.exit, 2);
    EXPECT_THAT(beside.error, HasSubstr("take a backup first"));
    gateway_.process().Signal(SIGTERM);
    ASSERT_EQ(gateway_.process().Exit(milliseconds(9000)), 0);
    const live::Run same = Connector(gateway_.folder(), rehearse);
    EXPECT_EQ(same.exit, 0) << same.out << same.error;
    EXPECT_THAT(same.out, HasSubstr("3 callbacks kept, 3 mapped alike, 0 differently"));

    const std::string other = gateway_.folder() + "/other";
    fs::copy(acme, other, fs::copy_options::recursive);
    std::string mapping = files_["callback.jq"];
    mapping.replace(mapping.find("parcel.delivered"), 16, "parcel.lost");
    WriteFile(other + "/callback.jq", mapping);
    const live::Run differs = Connector(
        gateway_.folder(), {"rehearse", other, "--settings", gateway_.folder() + "/settings.json"});
    EXPECT_EQ(differs.exit, 1) << differs.error;
    EXPECT_THAT(differs.out, HasSubstr("parcel.delivered -> parcel.lost"));
    EXPECT_THAT(differs.out, HasSubstr("goods R-1 line 1: 1 AT_PARTNER -> "));
}

}  // namespace
}  // namespace returns::live
