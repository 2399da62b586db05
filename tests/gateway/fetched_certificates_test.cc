// Certificates that partners sign with: fetched when a message names one, from under the one
// address that the settings name, and worth nothing before their chain has been checked.
#include "gateway/fetched_keys.h"
#include "gateway/folders.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using connectors::TransportFailure;
using connectors::Verdict;
using News = FetchedKeys::News;

class SetClock final : public Clock {
public:
    Instant Now() override { return now; }
    Millis Monotonic() override { return now - *ParseInstant("2026-03-01T12:00:00Z"); }
    Instant now = *ParseInstant("2026-03-01T12:00:10Z");
};

class KeyServer final : public HttpClient {
public:
    void Submit(HttpCall call) override { calls.push_back(std::move(call)); }
    std::vector<HttpCompletion> Take() override { return std::exchange(done, {}); }
    std::vector<HttpCall> calls;
    std::vector<HttpCompletion> done;
};

connectors::Connector::Files TheFiles() {
    return ReadConnectorFolder(BACKHAUL_SOURCE_DIR "/connectors/payment/paypal").value();
}

// The tree's connector that signs so, and what its fixtures were signed with.
struct World {
    World() {
        fixture = ParseJson(TheFiles().at("fixtures/callbacks.json")).value();
        const Json& set = fixture["key_set"];
        address = set["certificates"].Members().front().first;
        pem = set["certificates"].Members().front().second.AsString();
        ConnectionSettings psp;
        psp.name = "psp";
        psp.connector = "payment/paypal";
        psp.settings = fixture["settings"];
        psp.secrets = {"client_secret", "webhook_id"};
        settings.connections = {psp};
        auto made = Connections::Make(
            settings,
            [](const std::string&) -> Result<connectors::Connector::Files> { return TheFiles(); });
        CHECK(made.ok());
        connections.emplace(std::move(*made));
        keys.emplace(server, clock, *connections, FetchedKeySettings{}, set["trusted"].AsString());
    }
    // The fixtures' signed callback, naming a certificate at that address.
    connectors::CallbackReading Read(const std::string& at) {
        const Json& signed_one = fixture["cases"].Items().front()["callback"];
        connectors::HttpHeaders headers;
        for (const auto& [name, value] : signed_one["headers"].Members())
            headers.emplace_back(name, name == "PAYPAL-CERT-URL" ? at : value.AsString());
        const auto sets = keys->sets();
        const auto found = sets->find("psp");
        return connections->Find("psp")->connector->ReadCallback(
            {"POST", "", "", &headers, signed_one["body"].AsString()}, fixture["settings"],
            clock.now, found == sets->end() ? nullptr : found->second.get());
    }
    // What whoever calls back with it hears: nothing while a fetch is under way.
    std::shared_ptr<std::vector<News>> Ask(const std::string& at) {
        const auto reading = Read(at);
        EXPECT_EQ(reading.verification.key_id, at);
        const auto news = std::make_shared<std::vector<News>>();
        keys->Ask("psp", reading.verification.key_id,
                  [news](News one, int) { news->push_back(one); });
        Settle();
        return news;
    }
    void Settle() {
        while (keys->Step()) {
        }
    }
    void Answer(int status, const std::string& body) {
        server.done.push_back(
            {server.calls.back().id, {TransportFailure::kNone, {status, {}, body, true}, ""}});
        Settle();
    }

    Settings settings;
    SetClock clock;
    KeyServer server;
    std::optional<Connections> connections;
    std::optional<FetchedKeys> keys;
    Json fixture;
    std::string address, pem;
};

using All = std::vector<News>;

TEST(FetchedCertificates, AreFetchedWhenNamedAndChecked) {
    World it;
    it.Settle();
    EXPECT_TRUE(it.server.calls.empty()) << "nobody has named one";
    EXPECT_EQ(it.keys->NextDue(), kNever);
    EXPECT_EQ(it.Read(it.address).verification.verdict, Verdict::kNoKeys);
    const auto first = it.Ask(it.address), second = it.Ask(it.address);
    ASSERT_EQ(it.server.calls.size(), 1U) << "one fetch serves all that wait";
    EXPECT_EQ(it.server.calls[0].base_url + it.server.calls[0].request.target, it.address);
    it.Answer(200, it.pem);
    EXPECT_EQ(*first, All{News::kFetched});
    EXPECT_EQ(*second, All{News::kFetched});
    EXPECT_EQ(it.Read(it.address).verification.verdict, Verdict::kVerified);
    EXPECT_EQ(it.Read(it.address + "x").verification.verdict, Verdict::kUnknownKey);
    // After three days it is fetched anew.
    it.clock.now += std::chrono::hours(73);
    it.Settle();
    EXPECT_EQ(it.Read(it.address).verification.verdict, Verdict::kNoKeys);
    const auto later = it.Ask(it.address);
    it.Answer(200, it.pem);
    EXPECT_EQ(*later, All{News::kFetched});
    EXPECT_EQ(it.server.calls.size(), 2U);
}

// A message chooses the last part of the path, and nothing else.
TEST(FetchedCertificates, NoMessageNamesTheAddress) {
    World it;
    const std::string base = it.address.substr(0, it.address.rfind('/') + 1);
    for (const std::string& at :
         {std::string("https://evil.example/v1/notifications/certs/CERT-1"),
          std::string("http://api.paypal.com/v1/notifications/certs/CERT-1"),
          std::string("https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1"),
          std::string("https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1"),
          base + "../../../v2/checkout", base + "..", base, base + "a/b", base + "a?b",
          base + "a#b", base + "a%2fb", base + std::string(200, 'a')})
        EXPECT_EQ(*it.Ask(at), All{News::kNothingNew}) << at;
    EXPECT_TRUE(it.server.calls.empty());
}

TEST(FetchedCertificates, WhatIsNotThereIsAForgeryAndAFailureIsNot) {
    World it;
    const auto gone = it.Ask(it.address + "x");
    it.Answer(404, "");
    EXPECT_EQ(*gone, All{News::kNothingNew});
    EXPECT_EQ(*it.Ask(it.address + "x"), All{News::kNothingNew});
    EXPECT_EQ(it.server.calls.size(), 1U) << "not asked for again so soon";
    const auto broken = it.Ask(it.address);
    it.Answer(500, "");
    EXPECT_EQ(*broken, All{News::kUnavailable}) << "the partner sends it again";
    // Whoever calls us cannot have us ask for ever more names.
    for (int i = 0; i < 20; ++i)
        if (it.Ask(it.address + std::to_string(i))->empty()) it.Answer(404, "");
    EXPECT_EQ(it.server.calls.size(), 8U);
    it.clock.now += std::chrono::seconds(61);
    const auto again = it.Ask(it.address);
    it.Answer(200, it.pem);
    EXPECT_EQ(*again, All{News::kFetched});
}

TEST(FetchedCertificates, OfStrangersDoNotCount) {
    World it;
    // The authority itself is made out to nobody of theirs.
    const std::string trusted = it.fixture["key_set"]["trusted"].AsString();
    for (const std::string& body : {trusted, std::string("no certificate"), std::string()}) {
        const auto news = it.Ask(it.address);
        it.Answer(200, body);
        EXPECT_EQ(*news, All{News::kUnavailable}) << body.substr(0, 30);
        it.clock.now += std::chrono::seconds(61);
    }
    EXPECT_EQ(it.keys->Views().at(0).failures.at("untrusted"), 3);
    EXPECT_EQ(it.keys->Views().at(0).trouble, "untrusted");
    // In its own time only: the certificate ends in 2040.
    it.clock.now = *ParseInstant("2041-01-01T00:00:00Z");
    const auto late = it.Ask(it.address);
    it.Answer(200, it.pem);
    EXPECT_EQ(*late, All{News::kUnavailable});
    // Nor does one that none of the authorities we trust has signed.
    World other;
    other.keys.emplace(other.server, other.clock, *other.connections, FetchedKeySettings{}, "");
    const auto alone = other.Ask(other.address);
    other.Answer(200, other.pem);
    EXPECT_EQ(*alone, All{News::kUnavailable});
}

}  // namespace
}  // namespace returns::gateway
