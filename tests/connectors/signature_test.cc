#include "connectors/signature.h"

#include "connectors/crypto.h"

#include <gtest/gtest.h>

namespace returns::connectors {
namespace {

SignatureRecipe Recipe(const std::string& text) {
    auto recipe = SignatureRecipe::Load(ParseJson(text).value());
    EXPECT_TRUE(recipe.ok()) << (recipe.ok() ? "" : recipe.error().text);
    return std::move(recipe).value();
}

std::string LoadError(const std::string& text) {
    const auto recipe = SignatureRecipe::Load(ParseJson(text).value());
    return recipe.ok() ? "" : recipe.error().text;
}

const char* const kStandard = R"({"scheme": "hmac-sha256", "header": "webhook-signature",
    "format": "tags", "tag": "v1", "encoding": "base64", "key": "base64", "key_prefix": "whsec_",
    "content": "{id}.{timestamp}.{body}", "id_header": "webhook-id",
    "time_header": "webhook-timestamp"})";

Instant At(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

struct Call {
    HttpHeaders headers;
    std::string body;
    Verification Verify(const SignatureRecipe& recipe, const std::vector<std::string>& keys,
                        Instant now) const {
        return recipe.Verify({"POST", "https://gateway.example/cb", "/cb", &headers, body}, keys,
                             now);
    }
};

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

Call StandardCall() {
    return {{{"Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
             {"Webhook-Timestamp", "1614265330"},
             {"Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}},
            R"({"test": 2432232314})"};
}

TEST(Signature, VerifiesStandardWebhooks) {
    const Verification found = StandardCall().Verify(Recipe(kStandard), {kSecret}, At(1614265330));
    EXPECT_EQ(found.verdict, Verdict::kVerified) << found.sentence;
    EXPECT_EQ(found.message_id, "msg_p5jXN8AQM9LWM0D4loKWxJek");
    EXPECT_EQ(found.signed_at, At(1614265330));
    EXPECT_EQ(found.key, 0);
}

TEST(Signature, FindsTheKeyAmongSeveralWhileTheyRotate) {
    Call call = StandardCall();
    call.headers[2].second = "v1a,AAAA v1,AAAA v1," + call.headers[2].second.substr(3);
    const auto found = call.Verify(Recipe(kStandard), {"whsec_b3RoZXI=", kSecret}, At(1614265330));
    EXPECT_EQ(found.verdict, Verdict::kVerified);
    EXPECT_EQ(found.key, 1);
}

TEST(Signature, RefusesWhatWasChanged) {
    const SignatureRecipe recipe = Recipe(kStandard);
    for (std::size_t i = 0; i < StandardCall().body.size(); ++i) {
        Call call = StandardCall();
        call.body[i] = static_cast<char>(call.body[i] ^ 1);
        EXPECT_EQ(call.Verify(recipe, {kSecret}, At(1614265330)).verdict, Verdict::kForged);
    }
    for (std::size_t header : {0U, 1U}) {
        Call call = StandardCall();
        call.headers[header].second.back() = '9';
        EXPECT_EQ(call.Verify(recipe, {kSecret}, At(1614265330)).verdict, Verdict::kForged);
    }
    Call cut = StandardCall();
    cut.body.pop_back();
    EXPECT_EQ(cut.Verify(recipe, {kSecret}, At(1614265330)).verdict, Verdict::kForged);
    EXPECT_EQ(StandardCall().Verify(recipe, {}, At(1614265330)).verdict, Verdict::kForged);
    EXPECT_EQ(StandardCall().Verify(recipe, {"whsec_"}, At(1614265330)).verdict, Verdict::kForged);
}

TEST(Signature, RefusesTheStaleInBothDirections) {
    const SignatureRecipe recipe = Recipe(kStandard);
    EXPECT_EQ(StandardCall().Verify(recipe, {kSecret}, At(1614265630)).verdict, Verdict::kVerified);
    EXPECT_EQ(StandardCall().Verify(recipe, {kSecret}, At(1614265631)).verdict, Verdict::kStale);
    EXPECT_EQ(StandardCall().Verify(recipe, {kSecret}, At(1614265029)).verdict, Verdict::kStale);
}

TEST(Signature, TellsMissingFromMalformed) {
    const SignatureRecipe recipe = Recipe(kStandard);
    for (std::size_t gone = 0; gone < 3; ++gone) {
        Call call = StandardCall();
        call.headers.erase(call.headers.begin() + static_cast<std::ptrdiff_t>(gone));
        EXPECT_EQ(call.Verify(recipe, {kSecret}, At(1614265330)).verdict, Verdict::kMissing);
    }
    Call call = StandardCall();
    call.headers[2].second = "v1,not base64!";
    EXPECT_EQ(call.Verify(recipe, {kSecret}, At(1614265330)).verdict, Verdict::kMalformed);
    call = StandardCall();
    call.headers[1].second = "yesterday";
    EXPECT_EQ(call.Verify(recipe, {kSecret}, At(1614265330)).verdict, Verdict::kMalformed);
}

TEST(Signature, NeverShowsASecretOrASignature) {
    const SignatureRecipe recipe = Recipe(kStandard);
    Call call = StandardCall();
    call.body += " ";
    const std::string sentence = call.Verify(recipe, {kSecret}, At(1614265330)).sentence;
    EXPECT_EQ(sentence.find("MfKQ"), sentence.npos);
    EXPECT_EQ(sentence.find("g0hM"), sentence.npos);
}

// The vector a European carrier publishes: plain hex over the body.
TEST(Signature, VerifiesPlainHex) {
    const SignatureRecipe recipe =
        Recipe(R"({"scheme": "hmac-sha256", "header": "Sendcloud-Signature"})");
    const Call call{{{"sendcloud-signature",
                      "1eed4b3d41f4653ac64fd56f1bf1cbfd349e4482cbc11dff7134bd93e5da4b0a"}},
                    R"({"key": "value"})"};
    EXPECT_EQ(call.Verify(recipe, {"secretkey"}, At(0)).verdict, Verdict::kVerified);
    EXPECT_EQ(call.Verify(recipe, {"secretkez"}, At(0)).verdict, Verdict::kForged);
}

struct Family {
    const char* name;
    const char* recipe;
    const char* key;
};

class Families : public testing::TestWithParam<Family> {};

TEST_P(Families, AcceptsItsOwnAndNoChange) {
    const SignatureRecipe recipe = Recipe(GetParam().recipe);
    Call call;
    call.body = R"({"a": 1})";
    const HttpHeaders none;
    auto headers = recipe.Sign("msg_1", At(1700000000),
                               {"POST", "https://gateway.example/cb", "/cb", &none, call.body},
                               GetParam().key);
    ASSERT_TRUE(headers.ok()) << headers.error().text;
    call.headers = *headers;
    const std::vector<std::string> keys = {GetParam().key};
    EXPECT_EQ(call.Verify(recipe, keys, At(1700000100)).verdict, Verdict::kVerified);
    EXPECT_NE(call.Verify(recipe, {"6f74686572"}, At(1700000100)).verdict, Verdict::kVerified);
    if (recipe.has_time()) {
        EXPECT_EQ(call.Verify(recipe, keys, At(1700001000)).verdict, Verdict::kStale);
    }
    call.body += " ";
    const Verdict after = call.Verify(recipe, keys, At(1700000100)).verdict;
    EXPECT_EQ(after, recipe.signs_body() ? Verdict::kForged : Verdict::kVerified);
    call.headers.clear();
    EXPECT_EQ(call.Verify(recipe, keys, At(1700000100)).verdict, Verdict::kMissing);
}

INSTANTIATE_TEST_SUITE_P(
    Signature, Families,
    testing::Values(
        Family{"pairs_with_time",
               R"({"scheme": "hmac-sha256", "header": "Stripe-Signature", "format": "pairs",
                   "time_tag": "t", "content": "{timestamp}.{body}"})",
               "whsec_abc"},
        Family{"prefixed_list", R"({"scheme": "hmac-sha256", "header": "X-PagerDuty-Signature",
                   "format": "pairs"})",
               "secret"},
        Family{"slack", R"({"scheme": "hmac-sha256", "header": "X-Slack-Signature",
                   "prefix": "v0=", "time_header": "X-Slack-Request-Timestamp",
                   "content": "v0:{timestamp}:{body}"})",
               "secret"},
        Family{"url", R"({"scheme": "hmac-sha256", "header": "x-square-hmacsha256-signature",
                   "encoding": "base64", "content": "{url}{body}"})",
               "secret"},
        Family{"zendesk", R"({"scheme": "hmac-sha256", "header": "X-Zendesk-Webhook-Signature",
                   "encoding": "base64", "content": "{timestamp}{body}", "time_unit": "text",
                   "time_header": "X-Zendesk-Webhook-Signature-Timestamp"})",
               "secret"},
        Family{"sha1", R"({"scheme": "hmac-sha1", "header": "X-Hub-Signature",
                   "prefix": "sha1="})",
               "secret"},
        Family{"sha512_hex_key", R"({"scheme": "hmac-sha512", "header": "X-Signature",
                   "key": "hex", "encoding": "base64url"})",
               "0a0b0c"},
        Family{"hashed_key", R"({"scheme": "hmac-sha1", "header": "bt", "key": "sha1"})", "k"},
        Family{"method_and_path", R"({"scheme": "hmac-sha256", "header": "x-hmac-signature-v2",
                   "prefix": "hmac-sha256-hex=",
                   "content": "{header:x-note}{method}{path}{body}"})",
               "secret"},
        Family{"bearer", R"({"scheme": "bearer"})", "token"},
        Family{"basic", R"({"scheme": "basic"})", "user:password"},
        Family{"header", R"({"scheme": "header", "header": "credential"})", "token"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Signature, VerifiesEd25519) {
    const std::string text = R"({"scheme": "ed25519", "header": "webhook-signature",
        "format": "tags", "tag": "v1a", "encoding": "base64", "key": "base64",
        "content": "{id}.{timestamp}.{body}", "id_header": "webhook-id",
        "time_header": "webhook-timestamp"})";
    const SignatureRecipe recipe = Recipe(text);
    const auto bytes = [](const char* hex) { return EncodeBase64(DecodeHex(hex).value()); };
    Call call;
    call.body = "{}";
    call.headers = recipe
                       .Sign("msg_1", At(1700000000), {"POST", "", "", &call.headers, call.body},
                             bytes("4ccd089b28ff96da9db6c346ec114e0f"
                                   "5b8a319f35aba624da8cf6ed4fb8a6fb"))
                       .value();
    const std::string open =
        bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    EXPECT_EQ(call.Verify(recipe, {open}, At(1700000000)).verdict, Verdict::kVerified);
    call.body = "{ }";
    EXPECT_EQ(call.Verify(recipe, {open}, At(1700000000)).verdict, Verdict::kForged);
}

TEST(Signature, RefusesRecipesThatProveNothing) {
    EXPECT_NE(LoadError(R"({"scheme": "hmac-sha256"})").find("'header' is missing"),
              std::string::npos);
    EXPECT_NE(LoadError(R"({"scheme": "hmac-md5", "header": "x"})").find("must be one of"),
              std::string::npos);
    EXPECT_NE(LoadError(R"({"scheme": "hmac-sha256", "header": "x", "contents": "{body}"})")
                  .find("did you mean 'content'?"),
              std::string::npos);
    EXPECT_NE(LoadError(R"({"scheme": "hmac-sha256", "header": "x", "content": "{id}"})")
                  .find("must cover {body}"),
              std::string::npos);
    EXPECT_NE(LoadError(R"({"scheme": "hmac-sha256", "header": "x", "time_header": "t"})")
                  .find("proves nothing"),
              std::string::npos);
    EXPECT_NE(LoadError(R"({"scheme": "hmac-sha256", "header": "x", "content": "{bdy}{body}"})")
                  .find("knows no {bdy}"),
              std::string::npos);
}

}  // namespace
}  // namespace returns::connectors
