// `backhaul check` against partners, a broker and a gateway that run: what is well, and for each
// thing that is not the line that says so and what to do.
#include "tests/live/lone_gateway.h"
#include "tests/live/sandbox_fixture.h"

#include <gmock/gmock.h>

#include <csignal>

namespace returns::live {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class CheckLive : public sandbox::SandboxTest {
protected:
    CheckLive() {
        gateway_.settings().Set("connections", Connections());
        const Json topic = Json::Object({{"name", ready_["topics"]["orders"]}});
        gateway_.settings().Set("kafka", Json::Object({{"brokers", ready_["kafka"]},
                                                       {"start", Json::String("beginning")},
                                                       {"topics", Json::Array({topic})}}));
    }

    // The value in a file of its own; how settings name it.
    Json Secret(const std::string& name, const std::string& value) {
        WriteFile(gateway_.folder() + "/" + name, value);
        return Json::String("file:" + gateway_.folder() + "/" + name);
    }
    Json Connection(const std::string& name, const std::string& connector, const std::string& kind,
                    const std::vector<std::string>& secrets, Json settings) {
        for (const std::string& secret : secrets)
            settings.Set(secret, Secret(kind + "." + secret, ready_[kind][secret].AsString()));
        return Json::Object({{"name", Json::String(name)},
                             {"connector", Json::String(connector)},
                             {"mode", Json::String("act")},
                             {"base_url", ready_[kind]["base_url"]},
                             {"settings", std::move(settings)}});
    }
    Json Connections() {
        const Json& partner = ready_["logistics"];
        Json shipbob =
            Connection("shipbob", "logistics/shipbob", "logistics", {"api_token", "webhook_secret"},
                       Json::Object({{"channel_id", partner["channel_id"]},
                                     {"fulfillment_center_id", partner["fulfillment_center_id"]},
                                     {"inventory", partner["inventory"]}}));
        Json stripe = Connection("stripe", "payment/stripe", "payment",
                                 {"secret_key", "webhook_secret"}, Json::Object());
        Json desk =
            Connection("desk", "desk/solarwinds-service-desk", "desk", {"token", "callback_secret"},
                       Json::Object({{"requester", Json::String("returns@shop.example")}}));
        return Json::Array({std::move(shipbob), std::move(stripe), std::move(desk)});
    }
    // With the settings as they are, and the gateway's address for the public one.
    live::Run Check(const std::vector<std::string>& more = {}) {
        Json settings = gateway_.settings();
        settings.Set("public_url", Json::String(gateway_.url()));
        const std::string path = gateway_.folder() + "/check.json";
        WriteFile(path, WriteJson(settings));
        std::vector<std::string> all = {BACKHAUL_PROGRAM, "check", "--settings", path};
        all.insert(all.end(), more.begin(), more.end());
        return RunProgram(all, gateway_.folder());
    }

    LoneGateway gateway_;
};

TEST_F(CheckLive, SaysWhatIsWellLineByLine) {
    gateway_.Start();
    const live::Run run = Check();
    EXPECT_EQ(run.exit, 0) << run.out << run.error;
    for (const std::string name : {"shipbob", "stripe", "desk"}) {
        EXPECT_THAT(run.out, ContainsRegex("good  connection " + name + " +it accepts our"));
        EXPECT_THAT(run.out, ContainsRegex("good  callback " + name + " +a signed test came"));
    }
    EXPECT_THAT(run.out, ContainsRegex("good  topic " + ready_["topics"]["orders"].AsString()));
    EXPECT_THAT(run.out, ContainsRegex("good  group backhaul +may be used"));
    EXPECT_THAT(run.out, ContainsRegex("good  disk +[0-9]+ MiB free"));
    EXPECT_THAT(run.out, ContainsRegex("note  database +.*a gateway runs on it"));
    EXPECT_THAT(run.out, ContainsRegex("(good|note)  clock"));
    EXPECT_EQ(gateway_.Get("/v1/parked").body.find("backhaul-check"), std::string::npos)
        << "a test leaves nothing behind";
}

TEST_F(CheckLive, SaysWhatToMend) {
    gateway_.Start();
    Secret("payment.secret_key", "another key");
    Secret("logistics.webhook_secret", "whsec_b3RoZXIgc2VjcmV0IGFsdG9nZXRoZXI=");
    const live::Run run = Check();
    EXPECT_EQ(run.exit, 1) << run.out;
    EXPECT_THAT(run.out,
                ContainsRegex("BAD   connection stripe +HTTP 401: it refuses our credentials"));
    EXPECT_THAT(run.out, ContainsRegex("BAD   callback shipbob +HTTP 401 to a signed test"));
    EXPECT_THAT(run.out, ContainsRegex("good  callback stripe"));
    EXPECT_THAT(run.out, HasSubstr("2 to mend\n"));
    EXPECT_THAT(run.out + run.error, Not(HasSubstr("another key"))) << "no secret is shown";

    gateway_.process().Signal(SIGTERM);
    ASSERT_EQ(gateway_.process().Exit(milliseconds(20000)), 0);
    const live::Run away = Check();
    EXPECT_THAT(away.out, ContainsRegex("BAD   callback stripe +.*does not answer"));
    EXPECT_THAT(away.out, ContainsRegex("good  database +.*, version [0-9]+"));
}

TEST_F(CheckLive, OfflineTouchesNothingOutside) {
    const live::Run run = Check({"--offline"});
    EXPECT_EQ(run.exit, 0) << run.out << run.error;
    EXPECT_THAT(run.out, HasSubstr("will be made at the first start"));
    EXPECT_THAT(run.out, Not(HasSubstr("connection ")));
    EXPECT_THAT(run.out, Not(HasSubstr("topic ")));
}

}  // namespace
}  // namespace returns::live
