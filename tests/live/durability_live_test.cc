// What was acknowledged stays: over a kill, a full disk and a stop in the middle of work. And the
// witness that says so is itself put to the test.
#include "tests/live/callback_door.h"
#include "tests/live/lone_gateway.h"
#include "tests/live/witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <sys/resource.h>

namespace returns::live {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr milliseconds kStopPatience{9000};  // drain_seconds 5, and what closing takes
constexpr int kTold = 5;

TEST(Durability, AKillForgetsNothingThatWasAcknowledged) {
    LoneGateway gateway;
    gateway.Start();
    Witness witness(gateway.key());
    for (int i = 0; i < kTold; ++i) witness.Tell(gateway.url());
    witness.Look(gateway.url(), {"W-1"});
    gateway.Kill();
    gateway.Start();
    EXPECT_EQ(witness.acknowledged(), static_cast<std::size_t>(kTold));
    EXPECT_THAT(witness.Ask(gateway.url()), IsEmpty());
}

TEST(Durability, TheWitnessNoticesALostLog) {
    LoneGateway gateway;
    gateway.Start();
    Witness witness(gateway.key());
    witness.Tell(gateway.url());
    witness.Look(gateway.url(), {"W-1"});
    gateway.Kill();
    gateway.LoseLog();
    gateway.Start();
    const std::vector<std::string> wrong = witness.Ask(gateway.url());
    EXPECT_THAT(wrong,
                testing::Contains(HasSubstr("acknowledged and forgotten (journal row 1): 202")));
}

TEST(Durability, TheWitnessNoticesACaseThatWentBack) {
    LoneGateway gateway;
    gateway.Start();
    gateway.Tell("order.delivered", "1", "{}");
    Witness witness(gateway.key());
    witness.Look(gateway.url(), {"1"});
    gateway.Kill();
    gateway.LoseLog();
    gateway.Start();
    EXPECT_EQ(gateway.Get("/readyz").status, 200);
    EXPECT_THAT(witness.Ask(gateway.url()), testing::Contains(HasSubstr("went back")));
}

// Files may not grow any more, as on a full disk: a commit fails and everything says so.
TEST(Durability, AFullDiskStopsIntakeAndLosesNothing) {
    LoneGateway gateway;
    const auto before = std::signal(SIGXFSZ, SIG_IGN);  // the child inherits it
    gateway.Start();
    std::signal(SIGXFSZ, before);
    Witness witness(gateway.key());
    for (int i = 0; i < kTold; ++i) witness.Tell(gateway.url());
    EXPECT_EQ(gateway.Get("/readyz").status, 200);
    const rlim_t size = std::filesystem::file_size(gateway.database() + "-wal");
    const rlimit limit{size, size};
    ASSERT_EQ(prlimit(gateway.process().pid(), RLIMIT_FSIZE, &limit, nullptr), 0);

    const HttpAnswer refused = gateway.Tell("order.delivered", "1", "{}");
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_THAT(refused.body, HasSubstr("not_stored"));
    const HttpAnswer ready = gateway.Get("/readyz");
    EXPECT_EQ(ready.status, 503);
    EXPECT_THAT(ready.body, HasSubstr("failed: "));
    EXPECT_THAT(ready.body, HasSubstr("mend it and restart"));
    EXPECT_EQ(gateway.Get("/livez").status, 200);
    EXPECT_THAT(gateway.Get("/metrics").body, HasSubstr("backhaul_store_failed 1"));
    EXPECT_EQ(gateway.Get("/v1/orders/W-1").status, 200) << "what is known may still be asked";
    EXPECT_EQ(gateway.Tell("order.delivered", "2", "{}").status, 503);
    EXPECT_TRUE(Until(kStartPatience, [&] {
        return gateway.Log().find("nothing more is taken in") != std::string::npos;
    })) << gateway.Log();
    gateway.process().Signal(SIGTERM);
    EXPECT_EQ(gateway.process().Exit(kStopPatience), 1) << gateway.Log();

    const live::Run checked = RunProgram(
        {BACKHAUL_PROGRAM, "ledger", "verify", "--settings", gateway.folder() + "/settings.json"},
        gateway.folder());
    EXPECT_EQ(checked.exit, 0) << checked.error;

    gateway.Start();  // with room again
    EXPECT_THAT(witness.Ask(gateway.url()), IsEmpty());
    EXPECT_EQ(gateway.Tell("order.delivered", "1", "{}").status, 202);
    EXPECT_EQ(gateway.Get("/readyz").status, 200);
}

void Connect(LoneGateway& gateway, const std::string& provider) {
    const auto secret = [&](const std::string& name) {
        WriteFile(gateway.folder() + "/" + name, "whsec_test");
        return Json::String("file:" + gateway.folder() + "/" + name);
    };
    constexpr std::int64_t kCapMinor = 1000000, kTimeoutMs = 20000;
    gateway.settings().Set("connections",
                           Json::Array({Json::Object(
                               {{"name", Json::String("psp")},
                                {"connector", Json::String("payment/stripe")},
                                {"mode", Json::String("act")},
                                {"base_url", Json::String(provider)},
                                {"timeout_ms", Json::Int(kTimeoutMs)},
                                {"call_cap_minor", Json::Int(kCapMinor)},
                                {"daily_cap_minor", Json::Int(kCapMinor)},
                                {"settings", Json::Object({{"secret_key", secret("a")},
                                                           {"webhook_secret", secret("b")}})}})}));
}

// Takes the payment and thinks about it; whoever asks later gets no answer of use.
class SlowProvider {
public:
    explicit SlowProvider(milliseconds thinks)
        : web_(0, mutex_, [this, thinks](const sandbox::WebRequest& request) {
              if (request.method != "POST") return sandbox::WebAnswer{500, {}, "{}"};
              ++payments_;
              const sandbox::Pairs form = sandbox::DecodeForm(request.body);
              Json metadata = Json::Object();
              for (const auto& [name, value] : form)
                  if (name == "metadata[reference]") metadata.Set("reference", Json::String(value));
              sandbox::WebAnswer answer =
                  sandbox::JsonAnswer(200, Json::Object({{"id", Json::String("re_1")},
                                                         {"object", Json::String("refund")},
                                                         {"amount", Json::Int(5000)},
                                                         {"currency", Json::String("eur")},
                                                         {"created", Json::Int(1772442000)},
                                                         {"payment_intent", Json::String("pi_1")},
                                                         {"metadata", std::move(metadata)},
                                                         {"status", Json::String("succeeded")}}));
              answer.delay = thinks;
              return answer;
          }) {}
    ~SlowProvider() { web_.Stop(); }
    std::string Address() const { return "http://127.0.0.1:" + std::to_string(web_.port()); }
    int payments() {
        const std::lock_guard lock(mutex_);
        return payments_;
    }

private:
    std::mutex mutex_;
    int payments_ = 0;
    sandbox::Web web_;
};

Json FirstRefund(const LoneGateway& gateway) {
    const Result<Json> order = ParseJson(gateway.Get("/v1/orders/1").body);
    if (!order.ok() || (*order)["refunds"].Items().empty()) return Json();
    return (*order)["refunds"].Items().front();
}

TEST(Shutdown, HearsOutAnAttemptUnderWayAndKeepsItsAnswer) {
    SlowProvider provider(milliseconds(1500));
    LoneGateway gateway;
    Connect(gateway, provider.Address());
    gateway.Start();
    gateway.TellRefundDue("1");
    ASSERT_TRUE(Until(kStartPatience, [&] { return provider.payments() == 1; })) << gateway.Log();
    gateway.process().Signal(SIGTERM);
    EXPECT_EQ(gateway.process().Exit(kStopPatience), 0) << gateway.Log();
    gateway.Start();
    EXPECT_TRUE(FirstRefund(gateway)["paid"].AsBool()) << WriteJson(FirstRefund(gateway));
    EXPECT_EQ(provider.payments(), 1);
}

// A partner that never answers does not keep the program alive; the money stays in doubt.
TEST(Shutdown, EndsInTimeWhoeverHangs) {
    SlowProvider provider(milliseconds(6000));
    LoneGateway gateway;
    Connect(gateway, provider.Address());
    gateway.settings().Set("drain_seconds", Json::Int(1));
    gateway.Start();
    gateway.TellRefundDue("1");
    ASSERT_TRUE(Until(kStartPatience, [&] { return provider.payments() == 1; })) << gateway.Log();
    gateway.process().Signal(SIGTERM);
    EXPECT_EQ(gateway.process().Exit(milliseconds(4500)), 0) << gateway.Log();
    gateway.Start();
    EXPECT_FALSE(FirstRefund(gateway)["paid"].AsBool());
    EXPECT_EQ(provider.payments(), 1);
}

}  // namespace
}  // namespace returns::live
