// Asking for a token of OAuth 2.0 and reading what comes back, without a network.
#include "connectors/oauth2.h"

#include "tests/connectors/connectors_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::connectors {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Instant kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);

Json Text(const std::string& text) {
    auto json = ParseJson(text);
    EXPECT_TRUE(json.ok()) << text;
    return json.ok() ? *json : Json();
}

Result<Manifest> Read(const std::string& auth, const std::string& more = "") {
    return ReadManifest(Text(R"({"name":"logistics/x","title":"x","version":"1",
        "proven_on":"contract","announces":"none","settings":{
          "id":{"sentence":"Id."},
          "url":{"default":"https://tokens.example/auth/o2/token","sentence":"Where."},
          "secret":{"secret":true,"sentence":"Secret."},
          "refresh":{"secret":true,"sentence":"Refresh."}},
        "operations":{"return.lookup":{"method":"GET","path":"/r"},
          "return.subscribe":{"method":"POST","path":"/s"}},
        "auth":)" + auth + more +
                             "}"));
}

const std::string kBasic =
    R"({"type":"oauth2","token_path":"/token","client_id":"id","client_secret":"secret"})";
const std::string kForm =
    R"({"type":"oauth2","token_url":"url","client_id":"id","client_secret":"secret",
        "send":"form","scope":"a b","grant":"refresh_token","refresh_token":"refresh",
        "header":"x-token"})";
const std::string kSettings = R"({"id":"me","secret":["new&secret","old"],"refresh":"Atzr|1"})";

TEST(OAuth2, IdAndSecretGoByBasicToTheConnectionsOwnAddress) {
    const auto manifest = Read(kBasic);
    ASSERT_TRUE(manifest.ok()) << manifest.error().text;
    const auto asked = AskForToken(*manifest, Text(kSettings));
    ASSERT_TRUE(asked.ok());
    EXPECT_EQ(asked->base_url, "");
    EXPECT_EQ(asked->request.method + " " + asked->request.target, "POST /token");
    EXPECT_EQ(asked->request.body, "grant_type=client_credentials");
    EXPECT_EQ(FindHeader(asked->request.headers, "Authorization"), "Basic bWU6bmV3JnNlY3JldA==");
}

TEST(OAuth2, ARefreshTokenGoesByFormToAnAddressOfItsOwn) {
    const auto manifest = Read(kForm);
    ASSERT_TRUE(manifest.ok()) << manifest.error().text;
    const auto asked = AskForToken(*manifest, Text(kSettings));
    ASSERT_TRUE(asked.ok());
    EXPECT_EQ(asked->base_url, "https://tokens.example");
    EXPECT_EQ(asked->request.target, "/auth/o2/token");
    EXPECT_EQ(asked->request.body,
              "grant_type=refresh_token&refresh_token=Atzr%7C1&scope=a%20b&client_id=me&"
              "client_secret=new%26secret");
    EXPECT_EQ(FindHeader(asked->request.headers, "Authorization"), "");
    EXPECT_EQ(manifest->auth.header, "x-token");
    EXPECT_EQ(manifest->auth.prefix, "");
}

TEST(OAuth2, AnAddressThatIsNoWholeUrlIsAnError) {
    const auto manifest = Read(kForm);
    ASSERT_TRUE(manifest.ok());
    for (const char* url : {"tokens.example/x", "https://tokens.example", ""}) {
        Json settings = Text(kSettings);
        settings.Set("url", Json::String(url));
        const auto asked = AskForToken(*manifest, settings);
        ASSERT_FALSE(asked.ok()) << url;
        EXPECT_THAT(asked.error().text, HasSubstr("'url' is no whole URL"));
        EXPECT_THAT(asked.error().text, Not(HasSubstr("secret")));
    }
}

TEST(OAuth2, AManifestThatCannotWorkIsRefused) {
    const std::pair<const char*, const char*> wrong[] = {
        {R"({"type":"oauth2","client_id":"id","client_secret":"secret"})", "either 'token_path'"},
        {R"({"type":"oauth2","token_path":"/t","token_url":"url","client_id":"id",
             "client_secret":"secret"})",
         "either 'token_path'"},
        {R"({"type":"oauth2","token_path":"t","client_id":"id","client_secret":"secret"})",
         "must start with '/'"},
        {R"({"type":"oauth2","token_path":"/t","client_id":"id","client_secret":"id"})",
         "not a setting marked secret"},
        {R"({"type":"oauth2","token_path":"/t","client_id":"secret","client_secret":"secret"})",
         "marked secret"},
        {R"({"type":"oauth2","token_path":"/t","client_id":"id","client_secret":"secret",
             "grant":"refresh_token"})",
         "'refresh_token' is missing"},
        {R"({"type":"oauth2","token_path":"/t","client_id":"id","client_secret":"secret",
             "grant":"password"})",
         "grant"},
    };
    for (const auto& [auth, error] : wrong) {
        const auto manifest = Read(auth);
        ASSERT_FALSE(manifest.ok()) << auth;
        EXPECT_THAT(manifest.error().text, HasSubstr(error)) << auth;
    }
}

TEST(OAuth2, WhatIsAskedOfPartnersIsChecked) {
    const std::pair<const char*, const char*> wrong[] = {
        {R"(,"poll":"return.status")", "'poll' names no look-up"},
        {R"(,"poll":"return.subscribe")", "'poll' names no look-up"},
        {R"(,"rates":{"burst":3})", "'burst' goes with 'limit'"},
        {R"(,"subscription":{"operation":"return.lookup","lifetime_s":86400})",
         "must be return.subscribe"},
        {R"(,"subscription":{"operation":"return.subscribe"})", "lifetime_s"},
    };
    for (const auto& [more, error] : wrong) {
        const auto manifest = Read(R"({"type":"none"})", more);
        ASSERT_FALSE(manifest.ok()) << more;
        EXPECT_THAT(manifest.error().text, HasSubstr(error)) << more;
    }
    const auto good = Read(R"({"type":"none"})", R"(,"poll":"return.lookup",
        "rates":{"limit":"x-limit","burst":30,"remaining":"x-left","retry_after":"x-after"},
        "subscription":{"operation":"return.subscribe","lifetime_s":1209600})");
    ASSERT_TRUE(good.ok()) << good.error().text;
    EXPECT_EQ(good->subscription->lifetime, std::chrono::hours(14 * 24));
}

struct Answered {
    HttpResult result;
    std::string token, reason;
    std::int64_t seconds = 0;
};

HttpResult With(int status, const std::string& body, bool complete = true) {
    return {TransportFailure::kNone, {status, {{"Retry-After", "7"}}, body, complete}, ""};
}

TEST(OAuth2, WhateverComesBackIsATokenOrAReason) {
    const auto manifest = Read(kBasic);
    ASSERT_TRUE(manifest.ok());
    const Answered cases[] = {
        {With(200, R"({"access_token":"abc","expires_in":"14399"})"), "abc", "", 14399},
        {With(200, R"({"access_token":"abc","expires_in":60})"), "abc", "", 60},
        {With(200, R"({"access_token":"abc"})"), "abc", "", 3600},
        {With(200, R"({"access_token":"abc","expires_in":-5})"), "abc", "", 3600},
        {With(200, R"({"access_token":"abc","expires_in":1e99})"), "abc", "", 3600},
        {With(200, R"({"access_token":""})"), "", "unreadable"},
        {With(200, R"({"access_token":"a\nSet-Cookie: x"})"), "", "unreadable"},
        {With(200, R"({"access_token":7})"), "", "unreadable"},
        {With(200, "<html>"), "", "unreadable"},
        {With(200, "[]"), "", "unreadable"},
        {With(200, R"({"access_to)", false), "", "cut"},
        {With(400, R"({"error":"invalid_grant"})"), "", "credentials"},
        {With(401, "secret words"), "", "credentials"},
        {With(429, ""), "", "rate_limited"},
        {With(503, ""), "", "unavailable"},
        {With(302, ""), "", "redirect"},
        {{TransportFailure::kNotSent, {}, "refused"}, "", "unreachable"},
        {{TransportFailure::kMaybeSent, {}, "time-out"}, "", "no_answer"},
    };
    for (const Answered& each : cases) {
        const TokenAnswer answer = ReadToken(*manifest, each.result, kNow);
        const std::string about =
            std::to_string(each.result.answer.status) + " " + each.result.answer.body;
        EXPECT_EQ(answer.token, each.token) << about;
        EXPECT_EQ(answer.reason, each.reason) << about;
        EXPECT_EQ(answer.lifetime, std::chrono::seconds(each.seconds)) << about;
        EXPECT_THAT(answer.detail, Not(HasSubstr("secret words")));
    }
    const TokenAnswer told = ReadToken(*manifest, With(400, R"({"error":"invalid_grant"})"), kNow);
    EXPECT_EQ(told.detail, "HTTP 400: invalid_grant");
    EXPECT_EQ(told.retry_after, Millis(7000));
}

}  // namespace
}  // namespace returns::connectors
