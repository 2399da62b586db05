// The page for partners does what it says: each of its commands, run as it stands against the real
// program, gives the answer that stands below it.
#include "connectors/crypto.h"
#include "gateway/keys.h"
#include "tests/live/lone_gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace returns::live {
namespace {

using testing::HasSubstr;

Json Text(std::string_view text) { return Json::String(std::string(text)); }

void Replace(std::string& text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
}

struct Step {
    std::string commands, answer;  // JSON that the real one must hold; "": none is shown
};

std::vector<Step> StepsOf(const std::string& page) {
    constexpr std::string_view kShell = "\n```sh\n", kJson = "\n```json\n", kEnd = "\n```\n";
    std::vector<Step> steps;
    std::size_t at = 0;
    for (;;) {
        const std::size_t shell = page.find(kShell, at), json = page.find(kJson, at);
        if (shell == json) return steps;  // neither is left
        const bool commands = shell < json;
        const std::size_t begin = commands ? shell + kShell.size() : json + kJson.size();
        const std::size_t end = page.find(kEnd, begin);
        if (commands) steps.emplace_back();
        (commands ? steps.back().commands : steps.back().answer) = page.substr(begin, end - begin);
        at = end;
    }
}

// Everything that is wanted is given; more may be. "" when so, else the place.
std::string Lacks(const Json& wanted, const Json& given, const std::string& at) {
    if (wanted.IsObject()) {
        for (const auto& [name, value] : wanted.Members()) {
            std::string lacks = Lacks(value, given[name], at + "/" + name);
            if (!lacks.empty()) return lacks;
        }
        return "";
    }
    if (!wanted.IsArray()) return wanted == given ? "" : at;
    if (wanted.Items().size() != given.Items().size()) return at;
    for (std::size_t i = 0; i < wanted.Items().size(); ++i) {
        std::string lacks =
            Lacks(wanted.Items()[i], given.Items()[i], at + "/" + std::to_string(i));
        if (!lacks.empty()) return lacks;
    }
    return "";
}

class PartnersPage : public testing::Test {
protected:
    // Two connections as the page has them, one by signature and one by key.
    void SetUp() override {
        WriteFile(gateway_.folder() + "/secret", secret_);
        WriteFile(gateway_.folder() + "/trial", "test_" + trial_);
        const auto file = [&](const char* name) {
            return Text("file:" + gateway_.folder() + "/" + name);
        };
        const auto standard = [](const char* name, Json settings) {
            return Json::Object({{"name", Text(name)},
                                 {"connector", Text("logistics/standard")},
                                 {"settings", std::move(settings)}});
        };
        gateway_.settings().Set(
            "connections",
            Json::Array(
                {standard("acme", Json::Object({{"webhook_secret",
                                                 Json::Array({file("secret"), file("trial")})}})),
                 standard("acme-with-a-key", Json::Object())}));
        Json keys = gateway_.settings()["keys"];
        keys.Append(Json::Object({{"name", Text("partner:acme")},
                                  {"role", Text("partner")},
                                  {"connection", Text("acme-with-a-key")},
                                  {"sha256", Text(key_.sha256)}}));
        gateway_.settings().Set("keys", std::move(keys));
        gateway_.Start();
        Tell("order.placed", R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,)"
                             R"("unit_price_minor":5000}],"currency":"EUR","jurisdiction":"EU"})");
        Tell("order.delivered", "{}");
        Tell("return.requested", R"({"return_id":"R-1001","lines":[{"id":"A","quantity":1,)"
                                 R"("reason":"too_small"}],"resolution":"refund"})");
        Tell("parcel.scanned", R"({"return_id":"R-1001"})");
    }

    void Tell(const std::string& type, const std::string& data) {
        const HttpAnswer answer = gateway_.Tell(type, "1001", data);
        ASSERT_EQ(answer.status, 202) << answer.body;
    }

    LoneGateway gateway_;
    const std::string secret_ = "whsec_" + connectors::EncodeBase64("secret-of-the-partner-1234");
    const std::string trial_ = "whsec_" + connectors::EncodeBase64("secret-for-trying-out-5678");
    const gateway::NewKey key_ = gateway::MakeKey(std::string(32, 'p'), true);
};

TEST_F(PartnersPage, EachCommandGivesTheAnswerBelowIt) {
    std::string page = ReadFile(BACKHAUL_SOURCE_DIR "/connectors/logistics/standard/README.md");
    // What the page tells its reader to put in place, and nothing else.
    Replace(page, "GATEWAY=https://gateway.example", "GATEWAY=" + gateway_.url());
    Replace(page, "SECRET=test_whsec_PUT-YOURS-HERE", "SECRET=test_" + trial_);
    Replace(page, "SECRET=whsec_PUT-YOURS-HERE", "SECRET=" + secret_);
    Replace(page, "KEY=bhk_test_PUT-YOURS-HERE", "KEY=" + key_.key);
    std::vector<Step> steps = StepsOf(page);
    ASSERT_GE(steps.size(), 9U);
    // One shell, as the reader's; each step's answer to a file of its own.
    std::string script = "set -eu\n";
    const auto out = [&](std::size_t step) {
        return gateway_.folder() + "/step" + std::to_string(step);
    };
    for (std::size_t i = 0; i < steps.size(); ++i)
        script += "{\n" + steps[i].commands + "\n} >" + out(i) + "\n";
    WriteFile(gateway_.folder() + "/page.sh", script);
    const live::Run run =
        RunProgram({"/bin/bash", gateway_.folder() + "/page.sh"}, gateway_.folder());
    ASSERT_EQ(run.exit, 0) << run.error;
    int answers = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].answer.empty()) continue;
        ++answers;
        const auto wanted = ParseJson(steps[i].answer), given = ParseJson(ReadFile(out(i)));
        ASSERT_TRUE(wanted.ok()) << steps[i].answer;
        ASSERT_TRUE(given.ok()) << steps[i].commands << ReadFile(out(i));
        EXPECT_EQ(Lacks(*wanted, *given, ""), "") << steps[i].commands << "\n"
                                                  << WriteJsonPretty(*given);
    }
    EXPECT_EQ(answers, 5);
    EXPECT_THAT(gateway_.Get("/v1/returns/R-1001").body, HasSubstr("INSPECTING"));
}

TEST_F(PartnersPage, IsServedToEverybody) {
    const HttpAnswer answer = Fetch("GET", gateway_.url(), "/partners");
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("<h1>For logistics partners"));
    EXPECT_THAT(answer.body, HasSubstr("openssl dgst -sha256"));
}

}  // namespace
}  // namespace returns::live
