// Signatures made with key pairs, over parts of a body, and inside it. The vectors were made with
// other programs, or are those of the standards named.
#include "connectors/crypto.h"
#include "connectors/key_set.h"
#include "connectors/signature.h"
#include "connectors/unicode.h"

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

Instant At(std::string_view text) { return ParseInstant(text).value(); }

struct Call {
    HttpHeaders headers;
    std::string body;
    Verification Verify(const SignatureRecipe& recipe, const std::vector<std::string>& keys,
                        Instant now, const KeySet* fetched = nullptr) const {
        return recipe.Verify({"POST", "https://gateway.example/cb", "/cb", &headers, body}, keys,
                             now, fetched);
    }
};

const std::string kRsaModulus =
    "spDR4eVetZYzdV25wHEHVAbabk6s6w33PzHTRoukBiAqyxE9dqLsbh_6FXEAbfEvfeKMXGRaH3mtr8ANjLHc"
    "zKo2WV-Q0gLhB-tnqjCgoRBJ3LyNmGFEC6EKG2IPV3B_AWArMBa5d6HiLRUG0J6RcMZDxd9T7Y393WZWckdQ"
    "TNoocOtBkerashC4m2vrp1n_9e4d7M-kQgp87jLCL5kbM1Vo2fK7joH_I3r3q4QrLJAsxx6-AURcU_ocTD2M"
    "4ihBjjL0jERpRfOrYGBc-1XA5IW1km-wGqsOKhTGUcgsaPaccHAiHawUi_VLEzm-KMke4xZ-yocLwh1oH6kV"
    "pkUxmw";
const std::string kRsaKey =
    R"({"kty": "RSA", "kid": "rsa-1", "use": "sig", "alg": "RS256", "n": ")" + kRsaModulus +
    R"(", "e": "AQAB"})";
const std::string kEdKey = R"({"kty": "OKP", "crv": "Ed25519", "kid": "ed-1",
    "x": "IJlTm3ybq8x_Lk1l0I6vHYJJyBY9Gj2GBsS0s3zSSrk"})";
const std::string kEcKey = R"({"kty": "EC", "crv": "P-256", "kid": "ec-1",
    "x": "waU9hTmcVnFWlcbSebq_0mqMneVHl7V637xM6BTe_F8",
    "y": "OwSzgiWKicpd15unjYO3t4j6uN__214oroWA_tgFdrk"})";

// For the private half of kRsaKey: a certificate nobody else trusts.
const std::string kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDFTCCAf2gAwIBAgIUes5oIQdusJ2QAllCrs+IeWJkb0owDQYJKoZIhvcNAQEL\n"
    "BQAwGjEYMBYGA1UEAwwPcGFydG5lci5leGFtcGxlMB4XDTI2MTEyODE2MTc0NloX\n"
    "DTM2MTEyNTE2MTc0NlowGjEYMBYGA1UEAwwPcGFydG5lci5leGFtcGxlMIIBIjAN\n"
    "BgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAspDR4eVetZYzdV25wHEHVAbabk6s\n"
    "6w33PzHTRoukBiAqyxE9dqLsbh/6FXEAbfEvfeKMXGRaH3mtr8ANjLHczKo2WV+Q\n"
    "0gLhB+tnqjCgoRBJ3LyNmGFEC6EKG2IPV3B/AWArMBa5d6HiLRUG0J6RcMZDxd9T\n"
    "7Y393WZWckdQTNoocOtBkerashC4m2vrp1n/9e4d7M+kQgp87jLCL5kbM1Vo2fK7\n"
    "joH/I3r3q4QrLJAsxx6+AURcU/ocTD2M4ihBjjL0jERpRfOrYGBc+1XA5IW1km+w\n"
    "GqsOKhTGUcgsaPaccHAiHawUi/VLEzm+KMke4xZ+yocLwh1oH6kVpkUxmwIDAQAB\n"
    "o1MwUTAdBgNVHQ4EFgQUGrf80N9C4a4PJt5gEWcTRmzPREkwHwYDVR0jBBgwFoAU\n"
    "Grf80N9C4a4PJt5gEWcTRmzPREkwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0B\n"
    "AQsFAAOCAQEAqATNdhyOGMyqnorJaBy2B38/FMhYj3hzNf8W3DkttESqU9PrNlsZ\n"
    "oKBfhzn7vmjqW0+/qGGkpJ0tRMoJPXyZYRIEhXqlGRsI4zOYZz3GbsSWubIB9cM6\n"
    "WwMYhbM9N36VWqBDZUSgiMFkS1cGR/zg9PsdY2Ek5OmIf+Z/FUer/d8BS15wKWlV\n"
    "1AspO0XoVL9Fh51N7CVL+IxxSoFAOVr4SRYci/kRGggd0Y3fW0cK80WWBRr7qjmU\n"
    "8u5Q4bZ/ASAl1gqV0ZaWbtZKuP6y1lNlMA8AHWXZJanOQXJ+XyuC89IKqIh3Y0iu\n"
    "cz+cWCpg8BkpKE4gIrVWQtvQWBpYxEH3fg==\n"
    "-----END CERTIFICATE-----\n";

const std::string kRsaSignature =
    "D+1H8xCSLGE9yek5aU8NGKveoRCOOg/I8P+mQAtMlByt4HclJlNC3RTPbPZJXkuhBvdR/KIHKlR8oIf2KF+w"
    "fCzT7xqlcV3+lINNeDBPJ8RcH6g2XCvIs/cF8ASULZdp+5SKR5q2FzxAaS2l9gVchu2ACOsAyJY14O64Ypof"
    "fjX1f0kVfTfJx4nqqGFEEAwirKsuTfQm/mf+nDD1HXNZzknTBMu7ycl/LR35Pg11IjzeOQpMs7BeA3SNUsur"
    "4q2bTaUhbE9psgRmMUZRxwH5vpYnMzUAU5bjOUoItsUvbnLaLkoRhmGnEPoU3d/Y9EKOPkoEzMBLAoVphjBR"
    "lV4aAQ==";
// The same message by P-256: DER, and r and s side by side.
const char* const kEcDer =
    "MEUCIAMj3pNMVqKeFtUS78YCxLUTkvLpjX+vBDh2m+87Lbe/AiEAhHydH8XkWRYepF/dagV2ax/HVWC4pmrrGQGVHZOTQ4"
    "4=";
const char* const kEcPair =
    "AyPek0xWop4W1RLvxgLEtROS8umNf68EOHab7zstt7+EfJ0fxeRZFh6kX91qBXZrH8dVYLimausZAZUdk5NDjg==";
const char* const kEdSignature =
    "tssuN/l+/JPwfGvrggQNG28Y4bRfwUPVlWVtLUwIr5hg05vKFolwAhGAWCut4O/W/ALu+LHri8pogEEw4TJnDw==";

std::string KeysText(const std::vector<std::string>& keys) {
    std::string text;
    for (const std::string& key : keys) text += (text.empty() ? "" : ", ") + key;
    return R"({"keys": [)" + text + "]}";
}

KeySet Keys() {
    auto set = KeySet::Read(KeysText({kRsaKey, kEdKey, kEcKey}));
    EXPECT_TRUE(set.ok()) << (set.ok() ? "" : set.error().text);
    return std::move(set).value();
}

std::string Scheme(const std::string& scheme, const std::string& key) {
    return R"({"scheme": ")" + scheme + R"(", "header": "x-sig", "encoding": "base64",
        "content": "{timestamp}.{body}", "time_header": "x-time", "time_unit": "text", )" +
           key + "}";
}
const std::string kFetchedKeys = R"("key": "fetched", "key_id_header": "x-key-id")";

Call PairCall(const std::string& key_id, const std::string& signature) {
    return {{{"x-time", "2026-03-01T12:00:00Z"}, {"X-Key-Id", key_id}, {"x-sig", signature}},
            R"({"parcel": 7})"};
}

struct Pair {
    const char* name;
    const char* scheme;
    const char* key_id;
    std::string signature;
};
class Pairs : public testing::TestWithParam<Pair> {};

TEST_P(Pairs, VerifyWithTheFetchedKeyOfThatId) {
    const SignatureRecipe recipe = Recipe(Scheme(GetParam().scheme, kFetchedKeys));
    const KeySet keys = Keys();
    const Instant now = At("2026-03-01T12:03:00Z");
    const Call call = PairCall(GetParam().key_id, GetParam().signature);
    EXPECT_EQ(call.Verify(recipe, {}, now, &keys).verdict, Verdict::kVerified);
    EXPECT_EQ(call.Verify(recipe, {}, now).verdict, Verdict::kNoKeys);
    EXPECT_EQ(call.Verify(recipe, {}, At("2026-03-01T12:06:00Z"), &keys).verdict, Verdict::kStale);
    Call changed = call;
    changed.body.back() = ' ';
    EXPECT_EQ(changed.Verify(recipe, {}, now, &keys).verdict, Verdict::kForged);
    changed = PairCall("rsa-2", GetParam().signature);
    EXPECT_EQ(changed.Verify(recipe, {}, now, &keys).verdict, Verdict::kUnknownKey);
    changed.headers.erase(changed.headers.begin() + 1);
    EXPECT_EQ(changed.Verify(recipe, {}, now, &keys).verdict, Verdict::kMissing);
    for (const char* other : {"rsa-1", "ed-1", "ec-1"}) {
        if (other == std::string(GetParam().key_id)) continue;
        EXPECT_EQ(PairCall(other, GetParam().signature).Verify(recipe, {}, now, &keys).verdict,
                  Verdict::kForged);
    }
}

INSTANTIATE_TEST_SUITE_P(Signature, Pairs,
                         testing::Values(Pair{"rsa", "rsa-sha256", "rsa-1", kRsaSignature},
                                         Pair{"p256_der", "ecdsa-sha256", "ec-1", kEcDer},
                                         Pair{"p256_pair", "ecdsa-sha256", "ec-1", kEcPair},
                                         Pair{"ed25519", "ed25519", "ed-1", kEdSignature}),
                         [](const auto& info) { return std::string(info.param.name); });

// The scheme decides, not the key: a good signature of another kind is none.
TEST(Signature, TakesNoOtherKindOfKeyThanItsScheme) {
    const KeySet keys = Keys();
    const Instant now = At("2026-03-01T12:00:00Z");
    EXPECT_EQ(PairCall("ec-1", kEcDer)
                  .Verify(Recipe(Scheme("rsa-sha256", kFetchedKeys)), {}, now, &keys)
                  .verdict,
              Verdict::kForged);
    EXPECT_EQ(PairCall("rsa-1", kRsaSignature)
                  .Verify(Recipe(Scheme("ed25519", kFetchedKeys)), {}, now, &keys)
                  .verdict,
              Verdict::kForged);
}

TEST(Signature, VerifiesWithAPinnedCertificateAmongOthers) {
    const SignatureRecipe recipe = Recipe(Scheme("rsa-sha256", R"("key": "pem")"));
    const Call call = PairCall("", kRsaSignature);
    const Instant now = At("2026-03-01T12:00:00Z");
    const auto found = call.Verify(recipe, {"not a key", kCertificate}, now);
    EXPECT_EQ(found.verdict, Verdict::kVerified);
    EXPECT_EQ(found.key, 1);
    EXPECT_EQ(call.Verify(recipe, {"not a key"}, now).verdict, Verdict::kForged);
    EXPECT_EQ(
        call.Verify(Recipe(Scheme("ecdsa-sha256", R"("key": "pem")")), {kCertificate}, now).verdict,
        Verdict::kForged);
}

std::string KeySetError(const std::vector<std::string>& keys) {
    const auto set = KeySet::Read(KeysText(keys));
    return set.ok() ? "" : set.error().text;
}

TEST(KeySets, AreReadStrictly) {
    EXPECT_EQ(Keys().size(), 3U);
    EXPECT_NE(KeySet::Read("<html>").error().text.find("not JSON"), std::string::npos);
    EXPECT_NE(KeySet::Read("{}").error().text.find("no list 'keys'"), std::string::npos);
    EXPECT_NE(KeySetError({}).find("no key for signatures"), std::string::npos);
    EXPECT_NE(KeySetError({kRsaKey, kRsaKey}).find("two keys have one id"), std::string::npos);
    std::string shown = kEdKey;
    shown.back() = ',';
    EXPECT_NE(KeySetError({shown + R"("d": "AA"})"}).find("private"), std::string::npos);
    EXPECT_NE(KeySetError({R"({"kty": "oct", "kid": "a", "k": "AA"})"}).find("shared"),
              std::string::npos);
    EXPECT_NE(KeySetError({kEdKey, R"({"kty": "EC", "crv": "P-256", "kid": "b", "x": "AA",
                                       "y": "AA"})"})
                  .find("32 bytes"),
              std::string::npos);
    // The first 1024 bits of the modulus: too weak.
    EXPECT_NE(KeySetError({R"({"kty": "RSA", "kid": "c", "e": "AQAB", "n": ")" +
                           kRsaModulus.substr(0, 171) + R"("})"})
                  .find("2048 to 8192 bits"),
              std::string::npos);
    // A point that is not on the curve.
    const std::string zeros = std::string(42, 'A') + "A";
    EXPECT_NE(KeySetError({R"({"kty": "EC", "crv": "P-256", "kid": "d", "x": ")" + zeros +
                           R"(", "y": ")" + zeros + R"("})"}),
              "");
}

TEST(KeySets, LeaveOutWhatIsForSomethingElse) {
    const auto set = KeySet::Read(
        KeysText({kEdKey, R"({"kty": "RSA", "kid": "a", "use": "enc", "n": "AA", "e": "AQAB"})",
                  R"({"kty": "RSA", "kid": "b", "alg": "PS256", "n": "AA", "e": "AQAB"})",
                  R"({"kty": "RSA", "n": "AA", "e": "AQAB"})", R"({"kty": "new", "kid": "c"})"}));
    ASSERT_TRUE(set.ok()) << set.error().text;
    EXPECT_EQ(set->size(), 1U);
    EXPECT_NE(set->Find("ed-1"), nullptr);
    EXPECT_EQ(set->Find("a"), nullptr);
}

// One partner's secret is typed in one way and signed with in another.
TEST(Signature, DecomposesTheKeyWhereTheRecipeSaysSo) {
    const std::string recipe = R"({"scheme": "hmac-sha256", "header": "X-Hmac-Signature",
        "prefix": "hmac-sha256-hex=")";
    const Call call{{{"x-hmac-signature",
                      "hmac-sha256-hex="
                      "0c8dc2b8cbadd69324dc0bce5200c6459a5a87b968f8d1e7a85f116faa3fb28e"}},
                    R"({"parcel": 7})"};
    const std::string composed = "cl\u00e9 \ufb01ne \u21167";
    EXPECT_EQ(call.Verify(Recipe(recipe + R"(, "key": "nfkd"})"), {composed}, kNoTime).verdict,
              Verdict::kVerified);
    EXPECT_EQ(call.Verify(Recipe(recipe + "}"), {composed}, kNoTime).verdict, Verdict::kForged);
    EXPECT_EQ(Nfkd("\u00e9"), "e\u0301");
    EXPECT_EQ(Nfkd("plain"), "plain");
    EXPECT_FALSE(Nfkd("\xff"));
}

TEST(Signature, VerifiesOverMailDateMethodAndPath) {
    const SignatureRecipe recipe = Recipe(R"({"scheme": "hmac-sha256", "key": "nfkd",
        "header": "x-hmac-signature-v2", "prefix": "hmac-sha256-hex=", "time_unit": "mail",
        "time_header": "x-timestamp", "content": "{timestamp}{method}{header:x-path}{body}"})");
    Call call{{{"x-hmac-signature-v2",
                "213f778dd8e5cd3f35bf5bb6e623b0b52f795d32824df7802459d13b26924abb"},
               {"x-timestamp", "Sun, 01 Mar 2026 12:00:00 -0000"},
               {"x-path", "/cb"}},
              R"({"parcel": 7})"};
    const std::string key = "cl\u00e9 \ufb01ne \u21167";
    const auto found = call.Verify(recipe, {key}, At("2026-03-01T12:05:00Z"));
    EXPECT_EQ(found.verdict, Verdict::kVerified) << found.sentence;
    EXPECT_EQ(found.signed_at, At("2026-03-01T12:00:00Z"));
    EXPECT_EQ(call.Verify(recipe, {key}, At("2026-03-01T12:05:01Z")).verdict, Verdict::kStale);
    call.headers[2].second = "/cc";
    EXPECT_EQ(call.Verify(recipe, {key}, At("2026-03-01T12:05:00Z")).verdict, Verdict::kForged);
}

TEST(Http, ReadsDatesOfMails) {
    const Instant at = At("2026-03-01T12:00:00Z");
    for (const char* text : {"Sun, 01 Mar 2026 12:00:00 GMT", "Sun, 1 Mar 2026 12:00:00 -0000",
                             "01 Mar 2026 13:30:00 +0130", "Sun, 01 Mar 2026 07:00:00 -0500"}) {
        EXPECT_EQ(ParseMailDate(text), at) << text;
    }
    for (const char* text : {"", "Sun, 01 Mar 2026", "Sun, 01 Mar 26 12:00:00 GMT",
                             "Sun, 31 Feb 2026 12:00:00 GMT", "Sun, 01 Mar 2026 24:00:00 GMT",
                             "Sun, 01 Mar 2026 12:00:00 PST", "2026-03-01T12:00:00Z"}) {
        EXPECT_FALSE(ParseMailDate(text)) << text;
    }
    EXPECT_EQ(FormatMailDate(at), "Sun, 01 Mar 2026 12:00:00 -0000");
}

// A digest over fields in their order, the secret at its end, nothing for null.
TEST(Signature, VerifiesFieldsAndShowsOnlyThem) {
    const SignatureRecipe recipe = Recipe(R"({"scheme": "sha512", "header": "X-Signature",
        "content": "{header:X-API-Version}{field:amount}{field:note}{field:refundId}{key}"})");
    Call call{{{"x-api-version", "1"},
               {"x-signature",
                "60c1b42ca4528c9a36f83476f47f069bf5f5e0fd6409cb24c00c750ebc6995413"
                "70cf3ca026e77cdb858c64f8586469a232162ae17c7be17c89f355023cb3d87"}},
              R"({"refundId": "R-9", "amount": "12.50", "note": null, "unsigned": "x"})"};
    EXPECT_EQ(call.Verify(recipe, {"shared-secret"}, kNoTime).verdict, Verdict::kVerified);
    EXPECT_EQ(call.Verify(recipe, {"shared-secre"}, kNoTime).verdict, Verdict::kForged);
    EXPECT_EQ(WriteJson(recipe.Payload(call.body).value()),
              R"({"refundId":"R-9","amount":"12.50","note":null})");
    call.body.replace(call.body.find("12.50"), 5, "12.51");
    EXPECT_EQ(call.Verify(recipe, {"shared-secret"}, kNoTime).verdict, Verdict::kForged);
    call.body = R"({"refundId": ["R-9"], "amount": "12.50"})";
    EXPECT_EQ(call.Verify(recipe, {"shared-secret"}, kNoTime).verdict, Verdict::kMalformed);
    call.body = "R-9";
    EXPECT_EQ(call.Verify(recipe, {"shared-secret"}, kNoTime).verdict, Verdict::kMalformed);
}

TEST(Signature, VerifiesASignatureThatStandsBesideItsFields) {
    const SignatureRecipe recipe = Recipe(R"({"scheme": "hmac-sha256", "encoding": "base64",
        "key": "hex", "signature_field": "items.0.extra.code",
        "content": "{field:items.0.id}:{field:items.0.origin}:{field:items.0.account}:)"
                                          R"({field:items.0.ours}:{field:items.0.amount.value}:)"
                                          R"({field:items.0.amount.currency}:{field:items.0.kind}:)"
                                          R"({field:items.0.success}"})");
    const std::string front = R"({"items": [{"id": "P1", "origin": "O1", "account": )";
    const std::string back = R"(, "ours": "R-17", "amount": {"value": 1250, "currency": "EUR"},
        "kind": "REFUND", "success": "true", "reason": "not signed",
        "extra": {"code": "7FbVfUxu7eQqcMeSgX0MfoczvfzH0hOMowp4frFbG4E="}}]})";
    Call call{{}, front + R"("Acme")" + back};
    EXPECT_EQ(call.Verify(recipe, {"0a0b0c0d"}, kNoTime).verdict, Verdict::kVerified);
    EXPECT_EQ(WriteJson(recipe.Payload(call.body).value()).find("not signed"), std::string::npos);
    // "O1" and "Acme" may not pass for "O1:Acme" and nothing.
    call.body = R"({"items": [{"id": "P1", "origin": "O1:Acme")" + back;
    EXPECT_EQ(call.Verify(recipe, {"0a0b0c0d"}, kNoTime).verdict, Verdict::kMalformed);
    call.body = R"({"items": []})";
    EXPECT_EQ(call.Verify(recipe, {"0a0b0c0d"}, kNoTime).verdict, Verdict::kMissing);
}

// A body that is nothing but a token, its claims a text that holds JSON.
TEST(Signature, UnpacksATokenAndPinsItsAlgorithm) {
    const SignatureRecipe recipe = Recipe(R"({"scheme": "jws-hs256", "signature_field": "data"})");
    const std::string head = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
    const std::string claims = "IntcImlkXCI6IDMxLCBcImFjdGlvblwiOiBcImFycml2ZWRcIn0i";
    const std::string code = "56qcwFHGfdKwZf8au9r2m1AxUzlUX3oRrD8DIrNzjrk";
    const auto of = [](const std::string& token) {
        return Call{{}, R"({"data": ")" + token + R"(", "unsigned": 1})"};
    };
    const Call call = of(head + "." + claims + "." + code);
    EXPECT_EQ(call.Verify(recipe, {"other", "chosen-key"}, kNoTime).verdict, Verdict::kVerified);
    EXPECT_EQ(call.Verify(recipe, {"other"}, kNoTime).verdict, Verdict::kForged);
    EXPECT_EQ(WriteJson(recipe.Payload(call.body).value()), R"({"id":31,"action":"arrived"})");
    const std::string none = EncodeBase64Url(R"({"alg":"none"})");
    EXPECT_EQ(of(none + "." + claims + ".").Verify(recipe, {"chosen-key"}, kNoTime).verdict,
              Verdict::kForged);
    // Signed with the right key, but by a name that is not the recipe's.
    const std::string other = EncodeBase64Url(R"({"alg":"HS512"})") + "." + claims;
    EXPECT_EQ(of(other + "." + EncodeBase64Url(HmacSha256("chosen-key", other)))
                  .Verify(recipe, {"chosen-key"}, kNoTime)
                  .verdict,
              Verdict::kForged);
    EXPECT_EQ(of("a.b").Verify(recipe, {"chosen-key"}, kNoTime).verdict, Verdict::kMalformed);
    EXPECT_EQ(of("").Verify(recipe, {"chosen-key"}, kNoTime).verdict, Verdict::kMissing);
}

// RFC 7515, A.1: its token ends at 1300819380.
TEST(Signature, BelievesNoTokenThatHasEnded) {
    const SignatureRecipe recipe = Recipe(R"({"scheme": "jws-hs256", "signature_field": "t",
        "key": "hex"})");
    const Call call{{},
                    R"({"t": "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.)"
                    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9p"
                    "c19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
                    R"("})"};
    const std::string key =
        EncodeHex(DecodeBase64Url(
                      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwj"
                      "AzZr1Z9CAow")
                      .value());
    const Instant end = Instant(std::chrono::seconds(1300819380));
    EXPECT_EQ(call.Verify(recipe, {key}, end + std::chrono::seconds(300)).verdict,
              Verdict::kVerified);
    EXPECT_EQ(call.Verify(recipe, {key}, end + std::chrono::seconds(301)).verdict, Verdict::kStale);
}

// The code was made by another program over "a:b:12:true", with the key's bytes.
TEST(Signature, EachItemOfAListIsSignedByItself) {
    const SignatureRecipe recipe = Recipe(R"({"scheme": "hmac-sha256", "key": "hex",
        "encoding": "base64", "each": "items", "signature_field": "more.code",
        "content": "{field:one}:{field:two}:{field:sum.value}:{field:good}"})");
    const std::string key = "0123456789abcdef0123456789ABCDEF";
    const std::string item = R"({"one": "a", "two": "b", "sum": {"value": 12}, "good": "true",
        "why": "not signed", "more": {"code": "@CODE@"}})";
    const Instant now = At("2026-03-01T12:00:00Z");
    const auto verdict = [&](const std::string& body) {
        return Call{{}, body}.Verify(recipe, {key}, now).verdict;
    };
    const auto with = [&](std::string text, const std::string& from, const std::string& to) {
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    const std::string one = with(item, "@CODE@", "CF5QvCibhryGSeVbZNK9Nn7bidKJ5krEioes0WjivWA=");
    EXPECT_EQ(verdict(R"({"items": [)" + one + "]}"), Verdict::kVerified);
    EXPECT_EQ(verdict(R"({"items": [)" + one + ", " + with(one, "12", "13") + "]}"),
              Verdict::kForged);
    EXPECT_EQ(verdict(R"({"items": [)" + one + R"(, {"one": "a"}]})"), Verdict::kMissing);
    EXPECT_EQ(verdict(R"({"items": []})"), Verdict::kMissing);
    EXPECT_EQ(verdict(R"({})"), Verdict::kMissing);
    EXPECT_EQ(verdict("{"), Verdict::kMalformed);
    // The same bytes split another way verify as well: the mapping is told.
    const std::string moved = with(with(one, R"("a")", R"("a:b")"), R"("two": "b", )", "");
    EXPECT_EQ(verdict(R"({"items": [)" + moved + "]}"), Verdict::kForged);
    const auto payload = recipe.Payload(R"({"items": [)" + one + "]}");
    EXPECT_EQ(WriteJson(*payload),
              R"({"items":[{"one":"a","two":"b","sum":{"value":12},"good":"true"}]})");
    const auto twice = recipe.Payload(R"({"items": [{"one": "a:b", "two": ""}]})");
    EXPECT_EQ(WriteJson(*twice), R"({"items":[{"one":"a:b","two":"","unclear":true}]})");
    const std::string bare = with(item, "@CODE@", "");
    EXPECT_TRUE(recipe.Bare(R"({"items": [)" + bare + "]}"));
    EXPECT_EQ(verdict(*recipe.SignBody(R"({"items": [)" + bare + "]}", key)), Verdict::kVerified);
}

TEST(Signature, RefusesRecipesThatLeaveAWayOpen) {
    const auto says = [](const std::string& recipe, const char* part) {
        EXPECT_NE(LoadError(recipe).find(part), std::string::npos) << LoadError(recipe);
    };
    // One accepted form without the time: an old message with a new time would pass.
    says(R"({"scheme": "hmac-sha256", "header": "x", "time_header": "t",
             "content": ["{timestamp}.{body}", "{body}"]})",
         "proves nothing");
    says(R"({"scheme": "sha256", "header": "x", "content": "{key}{body}"})", "{key} ends");
    says(R"({"scheme": "hmac-sha256", "header": "x", "content": "{body}{key}"})", "{key} ends");
    says(R"({"scheme": "hmac-sha256", "header": "x", "content": ["{body}", "{field:a}"]})",
         "stands alone");
    says(R"({"scheme": "hmac-sha256", "header": "x", "each": "items"})", "'each' goes with");
    says(R"({"scheme": "hmac-sha256", "header": "x", "content": "{crc32}"})", "covers no body");
    says(R"({"scheme": "rsa-sha256", "header": "x", "key": "certificate", "key_id_header": "y",
             "content": "{key}.{crc32}"})",
         "'certificate_name' goes with");
    says(R"({"scheme": "rsa-sha256", "header": "x", "key": "certificate", "key_id_header": "y",
             "certificate_name": ".x.example", "content": "{crc32}"})",
         "stands in that of certificates");
    says(R"({"scheme": "hmac-sha256", "signature_field": "a.b"})", "cannot cover all of it");
    says(R"({"scheme": "hmac-sha256", "header": "x", "signature_field": "a.b"})", "two places");
    says(R"({"scheme": "hmac-sha256", "header": "x", "key": "pem"})", "wants a secret");
    says(R"({"scheme": "rsa-sha256", "header": "x", "key": "text"})", "'pem' or 'fetched'");
    says(R"({"scheme": "rsa-sha256", "header": "x", "key": "fetched"})", "'key_id_header'");
    says(R"({"scheme": "jws-hs256"})", "'signature_field' or 'header' says where");
}

}  // namespace
}  // namespace returns::connectors
