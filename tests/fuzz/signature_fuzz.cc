// The verifier, every family: the first byte picks a recipe, the second a bit; the lines after them
// are headers, an empty line, the body. What was not made with the key never verifies. What was
// does, but not with that bit of it changed, nor with another body, nor a day later where there is
// a time.
#include "connectors/crypto.h"
#include "connectors/signature.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>

namespace returns::connectors {
namespace {

constexpr Instant kNow{Millis(1'772'272'805'000)};
constexpr const char* kKey = "cb70bb6f3cd9c9d4f9b1d1f0a6cf2b1eab5ad0f8f2f8a9f6b2cc41bc6c5a2d7e";
constexpr const char* kPrivate = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
constexpr const char* kPublic = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";

constexpr const char* kRecipes[] = {
    R"({"scheme": "hmac-sha256", "header": "s", "format": "tags", "tag": "v1", "encoding": "base64",
        "key": "hex", "content": "{id}.{timestamp}.{body}", "id_header": "i", "time_header": "t"})",
    R"({"scheme": "hmac-sha256", "header": "s", "format": "pairs", "time_tag": "t",
        "content": "{timestamp}.{body}"})",
    R"({"scheme": "hmac-sha256", "header": "s", "format": "pairs"})",
    R"({"scheme": "hmac-sha256", "header": "s", "prefix": "v0=", "time_header": "t",
        "content": "v0:{timestamp}:{body}"})",
    R"({"scheme": "hmac-sha256", "header": "s", "encoding": "base64", "content": "{url}{body}"})",
    R"({"scheme": "hmac-sha256", "header": "s", "encoding": "base64", "time_unit": "text",
        "content": "{timestamp}{body}", "time_header": "t"})",
    R"({"scheme": "hmac-sha1", "header": "s", "prefix": "sha1="})",
    R"({"scheme": "hmac-sha512", "header": "s", "key": "hex", "encoding": "base64url"})",
    R"({"scheme": "hmac-sha1", "header": "s", "key": "sha1"})",
    R"({"scheme": "hmac-sha256", "header": "s", "prefix": "p=",
        "content": "{header:n}{method}{path}{body}"})",
    R"({"scheme": "ed25519", "header": "s", "format": "tags", "tag": "v1a", "encoding": "base64",
        "key": "hex", "content": "{id}.{timestamp}.{body}", "id_header": "i", "time_header": "t"})",
    R"({"scheme": "bearer"})",
    R"({"scheme": "basic"})",
    R"({"scheme": "header", "header": "s"})",
};

struct Family {
    SignatureRecipe recipe;
    std::string key, sign_key;
};

std::vector<Family> MakeFamilies() {
    std::vector<Family> out;
    for (const char* recipe : kRecipes) {
        const std::string text = recipe;
        const bool pair = text.find("ed25519") != text.npos;
        const bool basic = text.find("basic") != text.npos;
        const std::string key = basic ? std::string("user:") + kKey : pair ? kPublic : kKey;
        out.push_back(
            {SignatureRecipe::Load(*ParseJson(text)).value(), key, pair ? kPrivate : key});
    }
    return out;
}

Verdict Try(const Family& family, SignedRequest request, const HttpHeaders& headers, Instant now) {
    request.headers = &headers;
    const Verification verification = family.recipe.Verify(request, {family.key}, now);
    const bool verified = verification.verdict == Verdict::kVerified;
    CHECK(verified == verification.sentence.empty());
    CHECK(verification.sentence.find(family.key) == std::string::npos);
    return verification.verdict;
}

// Letter case means nothing in hex digits and in the names of schemes.
bool SameAside(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x | 32) == (y | 32); });
}

void TrySigned(const Family& family, SignedRequest request, std::uint8_t bit) {
    static const HttpHeaders none;
    request.headers = &none;
    const auto made = family.recipe.Sign("msg_1", kNow, request, family.sign_key);
    CHECK(made.ok());
    CHECK(Try(family, request, *made, kNow) == Verdict::kVerified);
    HttpHeaders changed = *made;
    std::string& value = changed[bit % changed.size()].second;
    value[bit % value.size()] = static_cast<char>(value[bit % value.size()] ^ (1 << (bit >> 5)));
    if (!SameAside(value, (*made)[bit % changed.size()].second))
        CHECK(Try(family, request, changed, kNow) != Verdict::kVerified);
    if (family.recipe.has_time())
        CHECK(Try(family, request, *made, kNow + Millis(86'400'000)) == Verdict::kStale);
    const std::string longer = std::string(request.body) + " ";
    request.body = longer;
    CHECK((Try(family, request, *made, kNow) == Verdict::kVerified) != family.recipe.signs_body());
}

}  // namespace
}  // namespace returns::connectors

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace returns::connectors;
    static const std::vector<Family> families = MakeFamilies();
    if (size < 2) return 0;
    const Family& family = families[bytes[0] % families.size()];
    std::string_view text = returns::Text(bytes + 2, size - 2);
    const HttpHeaders headers = returns::TakeHeaders(text);
    SignedRequest request;
    request.method = "POST";
    request.url = "https://returns.example/v1/callbacks/a";
    request.path = "/v1/callbacks/a";
    request.body = text;
    CHECK(Try(family, request, headers, kNow) != Verdict::kVerified);
    TrySigned(family, request, bytes[1]);
    return 0;
}
