// HTTP message signatures, tokens in a header, and the addresses callers come from. The vectors of
// RFC 9421 are those of its appendix B.2.
#include "connectors/message_signature.h"

#include "connectors/addresses.h"
#include "connectors/crypto.h"

#include <gtest/gtest.h>

namespace returns::connectors {
namespace {

const std::string kBody = R"({"hello": "world"})";
const std::string kSharedKey =
    "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";

Instant At(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

SignatureRecipe Recipe(const std::string& text) {
    auto recipe = SignatureRecipe::Load(ParseJson(text).value());
    EXPECT_TRUE(recipe.ok()) << (recipe.ok() ? "" : recipe.error().text);
    return std::move(recipe).value();
}

struct Call {
    HttpHeaders headers;
    std::string body = kBody;
    std::string_view method = "POST", url = "https://example.com/foo", path = "/foo";
    SignedRequest Request() const { return {method, url, path, &headers, body}; }
};

Call Example(const std::string& input, const std::string& signature) {
    return {{{"Date", "Tue, 20 Apr 2021 02:07:55 GMT"},
             {"Content-Type", "application/json"},
             {"Content-Digest",
              "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyea"
              "ldVLvRwE"
              "mTHWXvJwew==:"},
             {"Content-Length", "18"},
             {"Signature-Input", input},
             {"Signature", signature}}};
}

TEST(MessageSignature, ReadsTheStandardsOwn) {
    const Call shared =
        Example(R"(sig-b25=("date" "@authority" "content-type");created=1618884473;)"
                R"(keyid="test-shared-secret")",
                "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:");
    const auto hmac = ReadMessageSignature(shared.Request(), "");
    ASSERT_TRUE(hmac.ok()) << hmac.error().text;
    EXPECT_EQ(hmac->key_id, "test-shared-secret");
    EXPECT_EQ(hmac->created, At(1618884473));
    EXPECT_EQ(HmacSha256(DecodeBase64(kSharedKey).value(), hmac->base), hmac->raw);
    EXPECT_TRUE(DigestFits(shared.Request()));

    const Call pair = Example(
        R"(sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");)"
        R"(created=1618884473;keyid="test-key-ed25519")",
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lI"
        "p5WPpBKRCw==:");
    const auto ed = ReadMessageSignature(pair.Request(), "sig-b26");
    ASSERT_TRUE(ed.ok()) << ed.error().text;
    const auto key = PublicKey::Pem(
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n"
        "-----END PUBLIC KEY-----\n");
    ASSERT_TRUE(key.ok());
    EXPECT_TRUE(key->Verify(ed->raw, ed->base));
}

TEST(MessageSignature, WhatItCannotReadItRefuses) {
    const std::string signature = "s=:AAAA:";
    const auto code = [&](const std::string& input, const std::string& sig, Code wanted) {
        const Call call = Example(input, sig);
        const auto read = ReadMessageSignature(call.Request(), "");
        ASSERT_FALSE(read.ok()) << input;
        EXPECT_EQ(read.error().code, wanted) << input << ": " << read.error().text;
    };
    code(R"(s=("@query-param";name="a"))", signature, Code::kInvalid);
    code(R"(s=("date";bs))", signature, Code::kInvalid);
    code(R"(s=("date" "date"))", signature, Code::kInvalid);
    code(R"(s=("x-absent"))", signature, Code::kInvalid);
    code(R"(s=("Date"))", signature, Code::kInvalid);
    code(R"(s=("date)", signature, Code::kInvalid);
    code(R"(s="date")", signature, Code::kInvalid);
    code(R"(s=("date");created=soon)", signature, Code::kInvalid);
    code(R"(s=("date"), t=("date"))", signature, Code::kInvalid);
    code(R"(t=("date"))", signature, Code::kNotFound);
    code(R"(s=("date"))", "s=AAAA", Code::kInvalid);
    code(R"(s=("date"))", "s=:AAAA:, s=:BBBB:", Code::kNotFound);
    EXPECT_EQ(ReadMessageSignature(Call{}.Request(), "").error().code, Code::kNotFound);
}

struct Message : testing::Test {
    Message() { Sign(); }
    void Sign() {
        call.headers.clear();
        call.headers = recipe.Sign("", now, call.Request(), kSharedKey).value();
    }
    connectors::Verdict Verify(Instant at) const {
        return recipe.Verify(call.Request(), {"YQ==", kSharedKey}, at).verdict;
    }
    void Replace(const std::string& name, const std::string& value) {
        for (auto& [each, text] : call.headers)
            if (each == name) text = value;
    }
    const SignatureRecipe recipe = Recipe(
        R"({"scheme": "http-message", "key": "base64",
            "covered": ["@method", "@path", "content-digest"]})");
    const Instant now = At(1772000000);
    Call call;
};

TEST_F(Message, VerifiesByAnyActiveKeyWithinItsTime) {
    EXPECT_EQ(Verify(now), Verdict::kVerified);
    EXPECT_EQ(recipe.Verify(call.Request(), {"YQ==", kSharedKey}, now).key, 1);
    EXPECT_EQ(Verify(now + std::chrono::seconds(300)), Verdict::kVerified);
    EXPECT_EQ(Verify(now + std::chrono::seconds(301)), Verdict::kStale);
    EXPECT_EQ(Verify(now - std::chrono::seconds(301)), Verdict::kStale);
    EXPECT_TRUE(recipe.Carried(call.Request()));
    EXPECT_EQ(recipe.Verify(Call{}.Request(), {kSharedKey}, now).verdict, Verdict::kMissing);
}

TEST_F(Message, CoversTheBodyThePathAndTheMethod) {
    call.body += " ";
    EXPECT_EQ(Verify(now), Verdict::kForged) << "the digest does not fit";
    Replace("Content-Digest", ContentDigest(call.body));
    EXPECT_EQ(Verify(now), Verdict::kForged) << "the digest is signed";
    Sign();
    EXPECT_EQ(Verify(now), Verdict::kVerified);
    call.path = "/bar";
    EXPECT_EQ(Verify(now), Verdict::kForged);
    call.path = "/foo";
    call.method = "PUT";
    EXPECT_EQ(Verify(now), Verdict::kForged);
}

TEST_F(Message, WhatHasToBeCoveredIsNotTheSendersToChoose) {
    const auto less =
        Recipe(R"({"scheme": "http-message", "key": "base64", "covered": ["content-digest"]})");
    call.headers.clear();
    call.headers = less.Sign("", now, call.Request(), kSharedKey).value();
    EXPECT_EQ(Verify(now), Verdict::kForged);
    EXPECT_EQ(less.Verify(call.Request(), {kSharedKey}, now).verdict, Verdict::kVerified);
}

TEST_F(Message, WithoutATimeOrWithAnotherAlgorithmItProvesNothing) {
    const auto by_hand = [&](const std::string& params) {
        call.headers.clear();
        call.headers.emplace_back("Content-Digest", ContentDigest(call.body));
        const std::string input = R"(("@method" "@path" "content-digest"))" + params;
        const std::string base =
            "\"@method\": POST\n\"@path\": /foo\n\"content-digest\": " + ContentDigest(call.body) +
            "\n\"@signature-params\": " + input;
        call.headers.emplace_back("Signature-Input", "a=" + input);
        call.headers.emplace_back(
            "Signature",
            "a=:" + EncodeBase64(HmacSha256(DecodeBase64(kSharedKey).value(), base)) + ":");
    };
    by_hand(";created=1772000000");
    EXPECT_EQ(Verify(now), Verdict::kVerified);
    by_hand("");
    EXPECT_EQ(Verify(now), Verdict::kStale);
    by_hand(R"(;created=1772000000;alg="ed25519")");
    EXPECT_EQ(Verify(now), Verdict::kForged);
    by_hand(";created=1772000000;expires=1771999000");
    EXPECT_EQ(Verify(now), Verdict::kStale);
}

TEST(MessageRecipe, CoversTheBodyOrIsRefused) {
    const auto refused = SignatureRecipe::Load(
        ParseJson(R"({"scheme": "http-message", "covered": ["@method"]})").value());
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().text.find("content-digest"), std::string::npos);
}

// The token says nothing of the body: it is a password with an end.
TEST(TokenInAHeader, CountsOnlyWithinItsTime) {
    const auto recipe =
        Recipe(R"({"scheme": "jws-hs256", "header": "X-Easyship-Signature", "prefix": "Bearer "})");
    EXPECT_FALSE(recipe.signs_body());
    EXPECT_FALSE(recipe.unwraps());
    const Instant now = At(1772000000);
    Call call;
    const auto verdict = [&](Instant at, const std::string& key = "secret") {
        return recipe.Verify(call.Request(), {key}, at).verdict;
    };
    EXPECT_EQ(verdict(now), Verdict::kMissing);
    call.headers = recipe.Sign("", now, call.Request(), "secret").value();
    EXPECT_EQ(verdict(now), Verdict::kVerified);
    EXPECT_EQ(verdict(now, "another"), Verdict::kForged);
    EXPECT_EQ(verdict(now + std::chrono::seconds(301)), Verdict::kStale);
    EXPECT_EQ(verdict(now - std::chrono::seconds(301)), Verdict::kStale);
    const auto token = [&](const std::string& header, const std::string& claims) {
        const std::string text = EncodeBase64Url(header) + "." + EncodeBase64Url(claims);
        call.headers = {
            {"X-Easyship-Signature", text + "." + EncodeBase64Url(HmacSha256("secret", text))}};
    };
    token(R"({"alg":"HS256"})", "{}");
    EXPECT_EQ(verdict(now), Verdict::kStale) << "without a time it would count for ever";
    token(R"({"alg":"HS256"})", R"({"exp":1772000010})");
    EXPECT_EQ(verdict(now), Verdict::kVerified);
    token(R"({"alg":"HS256"})", R"({"exp":1772000010,"nbf":1772001000})");
    EXPECT_EQ(verdict(now), Verdict::kStale);
    token(R"({"alg":"none"})", R"({"exp":1772000010})");
    EXPECT_EQ(verdict(now), Verdict::kForged);
    EXPECT_EQ(WriteJson(recipe.Payload(kBody).value()), R"({"hello":"world"})");
}

TEST(Addresses, StandWithinTheirNetworks) {
    const std::string networks = "91.216.25.0/24, 10.1.2.3,2001:db8::/33";
    for (const char* good : {"91.216.25.0", "91.216.25.255", "10.1.2.3", "::ffff:91.216.25.7",
                             "2001:db8:7fff::1", "2001:DB8::"})
        EXPECT_TRUE(Within(networks, good)) << good;
    for (const char* bad : {"91.216.26.0", "91.216.24.255", "10.1.2.4", "2001:db8:8000::", "::1",
                            "", "91.216.25", "91.216.25.1:80", "::ffff:91.216.26.1"})
        EXPECT_FALSE(Within(networks, bad)) << bad;
    EXPECT_TRUE(CheckNetworks(networks).ok());
    for (const char* bad :
         {"", "10.0.0.0/33", "10.0.0.0/0", "10.0.0.0/", "::/129", "a.example", "10.0.0.0/8x"})
        EXPECT_FALSE(CheckNetworks(bad).ok()) << bad;
}

}  // namespace
}  // namespace returns::connectors
