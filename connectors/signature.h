// Who sent a callback: one verifier for the signature families in use, driven by a recipe that a
// connector's manifest carries as data (README.md has the table of its keys). It works on the
// bytes as received, before anything parses them, and compares in constant time.
// Verify and Sign are const; any thread.
#pragma once

#include "connectors/http.h"
#include "schemas/json.h"
#include "schemas/result.h"
#include "schemas/time.h"

#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

struct SignedRequest {
    std::string_view method;  // "POST"
    std::string_view url;     // as registered with the partner, never built from Host
    std::string_view path;
    const HttpHeaders* headers = nullptr;
    std::string_view body;
};

enum class Verdict { kVerified, kMissing, kForged, kStale, kMalformed };
std::string_view Name(Verdict verdict);  // "verified", "missing", ...

struct Verification {
    Verdict verdict = Verdict::kMissing;
    std::string sentence;         // why not, in one sentence without secrets; "" when verified
    std::string message_id;       // "" where the family has none
    Instant signed_at = kNoTime;  // kNoTime where the family has none
    int key = -1;                 // which of the keys matched
};

class SignatureRecipe {
public:
    enum class Scheme { kHmac, kEd25519, kBearer, kBasic, kHeader, kNone };
    enum class Format { kPlain, kPairs, kTags };  // "abc", "t=1,v1=abc", "v1,abc v1,def"
    enum class Encoding { kHex, kBase64, kBase64Url };
    enum class KeyForm { kText, kBase64, kHex, kSha1 };
    enum class TimeUnit { kNone, kSeconds, kMillis, kText };

    // Unknown keys and impossible combinations are refused.
    static Result<SignatureRecipe> Load(const Json& recipe);

    // Tries every key against every signature listed; `keys` hold the secrets as the partner
    // issued them. Without any key nothing verifies, except scheme "none".
    Verification Verify(const SignedRequest& request, const std::vector<std::string>& keys,
                        Instant now) const;

    // The headers a partner would send: for fixtures and simulated partners. Ed25519 takes the
    // private key in the recipe's key form.
    Result<HttpHeaders> Sign(std::string_view id, Instant at, const SignedRequest& request,
                             std::string_view key) const;

    const std::string& header() const { return header_; }  // never shown to a mapping
    bool authenticates() const { return scheme_ != Scheme::kNone; }
    bool signs_body() const { return scheme_ == Scheme::kHmac || scheme_ == Scheme::kEd25519; }
    bool has_time() const { return unit_ != TimeUnit::kNone; }

private:
    struct Parts;  // what the headers said

    Verification ReadParts(const SignedRequest& request, Parts& parts) const;
    Verification CheckSecret(const SignedRequest& request,
                             const std::vector<std::string>& keys) const;
    std::string Content(const std::string& form, const SignedRequest& request,
                        const Parts& parts) const;
    bool Matches(std::string_view key, std::string_view content, std::string_view raw) const;
    Result<std::string> DecodeKey(std::string_view secret) const;

    Scheme scheme_ = Scheme::kNone;
    int digest_ = 256;
    std::string header_;
    Format format_ = Format::kPlain;
    std::string separator_, tag_, prefix_;
    Encoding encoding_ = Encoding::kHex;
    KeyForm key_form_ = KeyForm::kText;
    std::string key_prefix_;
    std::vector<std::string> contents_;
    std::string id_header_, time_header_, time_tag_;
    TimeUnit unit_ = TimeUnit::kNone;
    int tolerance_s_ = 0;
};

}  // namespace returns::connectors
