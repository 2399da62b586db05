// Who sent a callback: one verifier for the signature families in use, driven by a recipe that a
// connector's manifest carries as data (README.md has the table of its keys). It works on the
// bytes as received, before anything else parses them, and compares in constant time.
// Verify, Sign and Payload are const; any thread.
#pragma once

#include "connectors/http.h"
#include "connectors/key_set.h"
#include "schemas/json.h"
#include "schemas/result.h"
#include "schemas/time.h"

#include <optional>
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

enum class Verdict {
    kVerified,
    kMissing,
    kForged,
    kStale,
    kMalformed,
    kUnknownKey,  // signed with a key that the fetched set does not have
    kNoKeys,      // no set has been fetched yet
};
std::string_view Name(Verdict verdict);  // "verified", "missing", ...

struct Verification {
    Verdict verdict = Verdict::kMissing;
    std::string sentence;         // why not, in one sentence without secrets; "" when verified
    std::string message_id;       // "" where the family has none
    Instant signed_at = kNoTime;  // kNoTime where the family has none
    int key = -1;                 // which of the keys matched; -1 for a fetched one
    std::string key_id;           // which fetched key it names; "" where the family has none
};

class SignatureRecipe {
public:
    // kHash is a plain digest with the secret at the end of the content; kJws is a token that is
    // all of what is told, or one in a header that covers nothing; kMessage is RFC 9421.
    // clang-format off
    enum class Scheme { kHmac, kEd25519, kRsa, kEcdsa, kHash, kJws, kMessage, kBearer, kBasic,
                        kHeader, kNone };
    // clang-format on
    enum class Format { kPlain, kPairs, kTags };  // "abc", "t=1,v1=abc", "v1,abc v1,def"
    enum class Encoding { kHex, kBase64, kBase64Url };
    enum class KeyForm { kText, kBase64, kHex, kSha1, kNfkd, kPem, kFetched, kCertificate };
    enum class TimeUnit { kNone, kSeconds, kMillis, kText, kMail };

    // Unknown keys and impossible combinations are refused.
    static Result<SignatureRecipe> Load(const Json& recipe);

    // Tries every key against every signature listed; `keys` hold the secrets as the partner
    // issued them, or the public keys in PEM. `fetched` is for recipes that fetch keys; null where
    // there is none yet. Without any key nothing verifies, except scheme "none".
    Verification Verify(const SignedRequest& request, const std::vector<std::string>& keys,
                        Instant now, const KeySet* fetched = nullptr) const;

    // The headers a partner would send: for fixtures and simulated partners. Ed25519 takes the
    // private key in the recipe's key form; recipes with PEM or fetched keys take one in PEM, those
    // with certificates the setting's text as well. kInvalid where signatures stand in the body.
    Result<HttpHeaders> Sign(std::string_view id, Instant at, const SignedRequest& request,
                             std::string_view key, std::string_view text = "") const;
    // Whether signatures belong into this body and are not there; and the body with them.
    bool Bare(std::string_view body) const;
    Result<std::string> SignBody(std::string_view body, std::string_view key) const;

    // What a mapping may see of a body that verified: only what was signed. Of a list whose items
    // are signed one by one, those that could be read in two ways are marked `unclear`.
    Result<Json> Payload(std::string_view body) const;

    const std::string& header() const { return header_; }  // never shown to a mapping
    bool authenticates() const { return scheme_ != Scheme::kNone; }
    bool signs_body() const;
    bool token_beside() const { return scheme_ == Scheme::kJws && !header_.empty(); }
    bool has_time() const { return unit_ != TimeUnit::kNone; }
    bool fetches_keys() const { return key_form_ == KeyForm::kFetched || fetches_certificates(); }
    bool fetches_certificates() const { return key_form_ == KeyForm::kCertificate; }
    const std::string& certificate_name() const { return certificate_name_; }
    bool signs_within() const { return !signature_field_.empty(); }
    bool takes_public_keys() const { return key_form_ == KeyForm::kPem || fetches_keys(); }
    // The mapping gets something else than the body.
    bool unwraps() const { return scheme_ == Scheme::kJws ? header_.empty() : !fields_.empty(); }
    // Whether the request carries this recipe's proof at all, good or bad.
    bool Carried(const SignedRequest& request) const;

private:
    struct Parts;  // what the headers said
    using Keys = std::vector<std::string>;

    std::string SignatureText(const SignedRequest& request, const Json& body) const;
    Verification ReadParts(const SignedRequest& request, Parts& parts) const;
    void ReadSignatures(std::string_view value, Parts& parts) const;
    Verification CheckSecret(const SignedRequest& request, const Keys& keys) const;
    Verification CheckToken(const SignedRequest& request, const Keys& keys, Instant now) const;
    Verification CheckEach(const SignedRequest& request, const Keys& keys) const;
    bool EachMatches(const Json& item, std::string_view key) const;
    Verification CheckMessage(const SignedRequest& request, const Keys& keys, Instant now) const;
    bool MatchesMessage(std::string_view key, const std::string& base,
                        const std::string& raw) const;
    Result<HttpHeaders> SignMessage(Instant at, const SignedRequest& request,
                                    const std::string& key) const;
    Verification CheckFetched(const SignedRequest& request, const Parts& parts, const Keys& keys,
                              const KeySet* fetched) const;
    Verification CheckKeys(const SignedRequest& request, const Parts& parts,
                           const Keys& keys) const;
    // Nothing when a field cannot stand in it.
    std::optional<std::string> Content(const std::string& form, const SignedRequest& request,
                                       const Parts& parts, std::string_view key) const;
    bool Matches(std::string_view key, std::string_view content, std::string_view raw) const;
    bool MatchesPublic(const PublicKey& key, std::string_view content, std::string_view raw) const;
    Result<std::string> DecodeKey(std::string_view secret) const;

    void ReadMessage(class Fields& fields);
    static void ReadScheme(class Fields& fields, SignatureRecipe& recipe);
    static void ReadKeyForm(class Fields& fields, SignatureRecipe& recipe);
    static void ReadTimeForm(class Fields& fields, SignatureRecipe& recipe);
    static void ReadContents(class Fields& fields, SignatureRecipe& recipe);

    Scheme scheme_ = Scheme::kNone;
    int digest_ = 256;
    std::string header_, signature_field_;
    Format format_ = Format::kPlain;
    std::string separator_, tag_, prefix_;  // kMessage: the tag is the label
    Encoding encoding_ = Encoding::kHex;
    KeyForm key_form_ = KeyForm::kText;
    std::string key_prefix_, key_id_header_, certificate_name_;
    std::string each_;                   // the list in the body whose items are signed one by one
    std::vector<std::string> contents_;  // kMessage: what has to be covered
    std::vector<std::string> fields_;    // paths into the body that stand for the whole of it
    std::string id_header_, time_header_, time_tag_;
    TimeUnit unit_ = TimeUnit::kNone;
    int tolerance_s_ = 0;
};

}  // namespace returns::connectors
