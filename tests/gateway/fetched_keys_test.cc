// Partners' published keys: fetched from one place, kept, and without them nothing is believed.
#include "gateway/fetched_keys.h"

#include "tests/gateway/api_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using connectors::TransportFailure;

const std::string kArrived = R"({"return":"R-1","status":"parcel.delivered"})";
// Made for this test, and for nothing else.
const std::string kPrivate =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJwbtdVM9XH4vavWr+1Ph1zR5SqFzD/ywCEJKXS+MpuP\n"
    "-----END PRIVATE KEY-----\n";
const std::string kAddress = "https://keys.acme.example/v1/jwks";

std::string SetOf(const std::string& id) {
    return R"({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": ")" + id +
           R"(", "x": "IJlTm3ybq8x_Lk1l0I6vHYJJyBY9Gj2GBsS0s3zSSrk"}]})";
}

connectors::Connector::Files Files() {
    return {{"connector.json", R"({
  "name": "logistics/acme", "title": "Acme", "version": "1", "proven_on": "contract",
  "announces": "none",
  "auth": {"type": "none"}, "operations": {}, "cannot_tell": [],
  "settings": {"keys_at": {"default": ")" +
                                   kAddress + R"(", "sentence": "Where its keys are."}},
  "callbacks": {"signature": {"scheme": "ed25519", "header": "acme-signature",
      "encoding": "base64", "key": "fetched", "key_id_header": "acme-key",
      "content": "{id}.{timestamp}.{body}", "id_header": "acme-id", "time_header": "acme-time"},
    "key_set_url": "keys_at", "mapping": "callback.jq"}})"},
            {"contract.json", R"({"about": "Acme", "operations": {}})"},
            {"callback.jq", "[{type: .body.status, data: {return_id: .body.return}}]"}};
}

class KeyServer final : public HttpClient {
public:
    void Submit(HttpCall call) override { calls.push_back(std::move(call)); }
    std::vector<HttpCompletion> Take() override { return std::exchange(done, {}); }
    void Answer(int status, const std::string& body, bool complete = true) {
        done.push_back(
            {calls.back().id, {TransportFailure::kNone, {status, {}, body, complete}, ""}});
    }
    void Fail(TransportFailure failure) { done.push_back({calls.back().id, {failure, {}, "no"}}); }

    std::vector<HttpCall> calls;
    std::vector<HttpCompletion> done;
};

using Replies = std::shared_ptr<std::vector<DoorReply>>;

struct KeysWorld {
    explicit KeysWorld(FetchedKeySettings limits = {}) {
        world.TellReturn();
        world.settings.connections[0].settings = Json::Object();
        world.settings.connections[0].secrets.clear();
        auto made = Connections::Make(
            world.settings,
            [](const std::string&) -> Result<connectors::Connector::Files> { return Files(); });
        CHECK(made.ok());
        world.connections = std::move(*made);
        keys.emplace(server, world.clock, *world.connections, limits);
        ApiParts parts{*world.engine, *world.connections, world.clock, world.settings};
        parts.fetched_keys = &*keys;
        world.api = std::make_unique<Api>(std::move(parts));
    }

    DoorRequest Signed(const std::string& key_id, const std::string& id) {
        DoorRequest request{.method = "POST"};
        request.path = "/v1/callbacks/acme";
        request.body = kArrived;
        const auto& recipe =
            world.connections->Find("acme")->connector->manifest().callbacks->recipe;
        request.headers = {{"acme-key", key_id}};
        const auto added = recipe.Sign(id, world.clock.now,
                                       {"POST", "", "", &request.headers, kArrived}, kPrivate);
        CHECK(added.ok());
        request.headers.insert(request.headers.end(), added->begin(), added->end());
        return request;
    }
    Replies Send(const std::string& key_id, std::optional<CallbackRead> read = std::nullopt) {
        const auto replies = std::make_shared<std::vector<DoorReply>>();
        world.api->Handle(
            Signed(key_id, "m" + std::to_string(++sent)),
            [replies](DoorReply reply) { replies->push_back(std::move(reply)); }, std::move(read));
        Settle();
        return replies;
    }
    void Settle() {
        while (keys->Step() || world.engine->Step()) {
        }
    }
    void Answer(int status, const std::string& body, bool complete = true) {
        server.Answer(status, body, complete);
        Settle();
    }
    void Pass(Millis time) {
        world.clock.now += time;
        Settle();
    }
    // Answered once, with this status.
    static int StatusOf(const Replies& replies) {
        EXPECT_EQ(replies->size(), 1U);
        return replies->empty() ? 0 : replies->front().status;
    }
    FetchedKeys::View View() const { return keys->Views().at(0); }

    ApiWorld world;
    KeyServer server;
    std::optional<FetchedKeys> keys;
    int sent = 0;
};

TEST(FetchedKeys, ACallbackWaitsForTheFirstFetch) {
    KeysWorld it;
    const Replies replies = it.Send("k1");
    EXPECT_TRUE(replies->empty());
    ASSERT_EQ(it.server.calls.size(), 1U);
    EXPECT_EQ(it.server.calls[0].base_url + it.server.calls[0].request.target, kAddress);
    EXPECT_EQ(it.server.calls[0].request.method, "GET");
    it.Answer(200, SetOf("k1"));
    EXPECT_EQ(KeysWorld::StatusOf(replies), 202);
    EXPECT_EQ(it.View().keys, 1U);
    EXPECT_EQ(it.View().waiting, 0U);
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k1")), 202);
    EXPECT_EQ(it.server.calls.size(), 1U);
}

TEST(FetchedKeys, AnUnknownKeyIsFetchedForOnceAndThenAForgery) {
    KeysWorld it;
    it.Settle();
    it.Answer(200, SetOf("k1"));
    it.Pass(std::chrono::seconds(61));
    const std::vector<Replies> waiting = {it.Send("k2"), it.Send("k2"), it.Send("k3")};
    EXPECT_EQ(it.server.calls.size(), 2U);
    EXPECT_EQ(it.View().waiting, 3U);
    it.Answer(200, SetOf("k1"));
    for (const Replies& replies : waiting) EXPECT_EQ(KeysWorld::StatusOf(replies), 401);
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k2")), 401);
    EXPECT_EQ(it.server.calls.size(), 2U) << "fetched a moment ago";
    EXPECT_EQ(it.world.api->counters().callbacks_unknown_key, 4);
    EXPECT_EQ(it.world.api->counters().callbacks_forged, 0);
}

TEST(FetchedKeys, APartnerMayChangeItsKeys) {
    KeysWorld it;
    it.Settle();
    it.Answer(200, SetOf("k1"));
    it.Pass(std::chrono::seconds(61));
    const Replies replies = it.Send("k2");
    EXPECT_TRUE(replies->empty());
    it.Answer(200, SetOf("k2"));
    EXPECT_EQ(KeysWorld::StatusOf(replies), 202);
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k1")), 401) << "what it has withdrawn";
}

TEST(FetchedKeys, WithoutKeysThePartnerSendsAgainLater) {
    KeysWorld it;
    const Replies replies = it.Send("k1");
    it.server.Fail(TransportFailure::kNotSent);
    it.Settle();
    ASSERT_EQ(KeysWorld::StatusOf(replies), 503);
    EXPECT_EQ(HeaderOf(replies->front(), "Retry-After"), "60");
    EXPECT_EQ(CodeOf(replies->front()), "keys_unavailable");
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k1")), 503);
    EXPECT_EQ(it.server.calls.size(), 1U) << "tried a moment ago";
    EXPECT_EQ(it.world.api->counters().callbacks_without_keys, 2);
    it.Pass(std::chrono::seconds(61));
    EXPECT_EQ(it.server.calls.size(), 2U);
    const Replies later = it.Send("k1");
    it.Answer(200, SetOf("k1"));
    EXPECT_EQ(KeysWorld::StatusOf(later), 202);
}

TEST(FetchedKeys, OldKeysServeWhileNewOnesCannotBeHadButNotForEver) {
    KeysWorld it;
    it.Settle();
    it.Answer(200, SetOf("k1"));
    it.Pass(std::chrono::hours(12) - std::chrono::seconds(1));
    EXPECT_EQ(it.server.calls.size(), 1U);
    it.Pass(std::chrono::seconds(1));
    ASSERT_EQ(it.server.calls.size(), 2U);
    it.Answer(500, "");
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k1")), 202);
    it.Pass(std::chrono::hours(72) - std::chrono::hours(12) - std::chrono::seconds(1));
    it.Answer(500, "");
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k1")), 202);
    it.Pass(std::chrono::seconds(2));
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k1")), 503);
    EXPECT_EQ(it.View().keys, 0U);
}

TEST(FetchedKeys, FailuresAreTriedEverMoreSeldom) {
    KeysWorld it;
    it.Settle();
    std::vector<std::int64_t> gaps;
    for (int i = 0; i < 7; ++i) {
        it.Answer(503, "");
        const std::size_t before = it.server.calls.size();
        std::int64_t waited = 0;
        while (it.server.calls.size() == before) {
            it.Pass(std::chrono::seconds(30));
            waited += 30;
        }
        gaps.push_back(waited);
    }
    EXPECT_EQ(gaps, (std::vector<std::int64_t>{60, 120, 240, 480, 960, 960, 960}));
}

TEST(FetchedKeys, WhatIsNoKeySetIsRefusedAndCounted) {
    KeysWorld it;
    it.Settle();
    std::string shown = SetOf("k1");
    shown.insert(shown.find("\"kty\""), R"("d": "AA", )");
    const auto then = [&](const std::function<void()>& answer, const std::string& reason) {
        answer();
        it.Settle();
        EXPECT_EQ(it.View().trouble, reason);
        EXPECT_EQ(it.View().keys, 0U);
        it.Pass(std::chrono::hours(1));
    };
    then([&] { it.server.Answer(302, SetOf("k1")); }, "status");
    then([&] { it.server.Answer(404, SetOf("k1")); }, "status");
    then([&] { it.server.Answer(200, SetOf("k1"), false); }, "cut");
    then([&] { it.server.Answer(200, "<html>"); }, "unreadable");
    then([&] { it.server.Answer(200, R"({"keys": []})"); }, "unreadable");
    then([&] { it.server.Answer(200, shown); }, "unreadable");
    then([&] { it.server.Fail(TransportFailure::kNotSent); }, "unreachable");
    then([&] { it.server.Fail(TransportFailure::kMaybeSent); }, "no_answer");
    EXPECT_EQ(
        it.View().failures,
        (std::map<std::string, std::int64_t>{
            {"status", 2}, {"cut", 1}, {"unreadable", 3}, {"unreachable", 1}, {"no_answer", 1}}));
    const std::string metrics = it.world.Get("/metrics", ApiWorld::kOperator).body;
    EXPECT_NE(metrics.find("backhaul_key_set_failures_total{connection=\"acme\","
                           "why=\"unreadable\"} 3"),
              std::string::npos)
        << metrics;
    EXPECT_NE(metrics.find("backhaul_key_set_keys{connection=\"acme\"} 0"), std::string::npos);
}

TEST(FetchedKeys, OnlySoManyCallbacksWait) {
    KeysWorld it({.waiting_max = 2});
    const std::vector<Replies> waiting = {it.Send("k1"), it.Send("k1")};
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k1")), 503);
    it.Answer(200, SetOf("k1"));
    for (const Replies& replies : waiting) EXPECT_EQ(KeysWorld::StatusOf(replies), 202);
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k1")), 202);
}

// A reader's thread may have read with the set of a moment ago.
TEST(FetchedKeys, TheLaneLooksAgainWithTheNewestKeys) {
    KeysWorld it;
    it.Settle();
    it.Answer(200, SetOf("k1"));
    CallbackReader reader = it.world.api->callback_reader().Twin();
    reader.UseKeys(it.keys->sets());
    it.Pass(std::chrono::hours(12));
    it.Answer(200, SetOf("k2"));
    const DoorRequest request = it.Signed("k2", "m1");
    CallbackRead read = reader.Read(request);
    EXPECT_EQ(read.verdict, CallbackRead::Verdict::kUnknownKey);
    EXPECT_EQ(KeysWorld::StatusOf(it.Send("k2", std::move(read))), 202);
    EXPECT_EQ(it.server.calls.size(), 2U);
    reader.UseKeys(it.keys->sets());
    EXPECT_EQ(reader.Read(request).verdict, CallbackRead::Verdict::kVerified);
    reader.UseKeys(nullptr);
    EXPECT_EQ(reader.Read(request).verdict, CallbackRead::Verdict::kNoKeys);
}

// Neither the address nor a key of a message's own counts.
TEST(FetchedKeys, NoMessageNamesTheAddress) {
    KeysWorld it;
    it.Settle();
    it.Answer(200, SetOf("k1"));
    it.Pass(std::chrono::seconds(61));
    DoorRequest request = it.Signed("https://evil.example/jwks", "m1");
    request.headers.emplace_back("jku", "https://evil.example/jwks");
    const auto replies = std::make_shared<std::vector<DoorReply>>();
    it.world.api->Handle(request, [replies](DoorReply reply) { replies->push_back(reply); });
    it.Settle();
    it.Answer(200, SetOf("k1"));
    EXPECT_EQ(KeysWorld::StatusOf(replies), 401);
    for (const HttpCall& call : it.server.calls)
        EXPECT_EQ(call.base_url + call.request.target, kAddress);
}

TEST(FetchedKeys, ComeOnlyBySafeWays) {
    for (const char* good : {"https://a.example/jwks", "http://127.0.0.1:8000/jwks"})
        EXPECT_TRUE(CheckKeySetUrl(good).ok()) << good;
    for (const char* bad :
         {"http://a.example/jwks", "ftp://a.example", "", "https://a.example/?u=1",
          "https://user@a.example/jwks", "http://127.a.example/jwks"})
        EXPECT_FALSE(CheckKeySetUrl(bad).ok()) << bad;
    ApiWorld world;
    world.settings.connections[0].secrets.clear();
    world.settings.connections[0].settings =
        Json::Object({{"keys_at", Json::String("http://keys.acme.example/jwks")}});
    const auto made = Connections::Make(
        world.settings,
        [](const std::string&) -> Result<connectors::Connector::Files> { return Files(); });
    ASSERT_FALSE(made.ok());
    EXPECT_NE(made.error().text.find("connections.acme.settings.keys_at"), std::string::npos);
    EXPECT_NE(made.error().text.find("not https"), std::string::npos) << made.error().text;
}

}  // namespace
}  // namespace returns::gateway
