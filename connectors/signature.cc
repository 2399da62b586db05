#include "connectors/signature.h"

#include "connectors/crypto.h"
#include "connectors/signature_body.h"
#include "connectors/signature_parts.h"
#include "connectors/unicode.h"

#include <algorithm>
#include <array>
#include <optional>

namespace returns::connectors {
namespace {

constexpr std::size_t kSignaturesMax = 16;  // listed in one header
constexpr std::size_t kMessageIdBytesMax = 128;

bool PlainId(std::string_view id) {
    return id.size() <= kMessageIdBytesMax &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::string_view Name(Verdict verdict) {
    constexpr std::array<std::string_view, 7> kNames = {
        "verified", "missing", "forged", "stale", "malformed", "unknown_key", "no_keys"};
    return kNames[static_cast<std::size_t>(verdict)];
}

bool SignatureRecipe::signs_body() const {
    return scheme_ != Scheme::kNone && scheme_ != Scheme::kBearer && scheme_ != Scheme::kBasic &&
           scheme_ != Scheme::kHeader && !token_beside();
}

struct SignatureRecipe::Parts {
    std::vector<std::string> signatures;  // decoded
    std::string id, time_text, key_id;
    Instant at = kNoTime;
    Json body;  // read only where the recipe names places in it
};

Result<std::string> SignatureRecipe::DecodeKey(std::string_view secret) const {
    if (!key_prefix_.empty() && secret.starts_with(key_prefix_)) {
        secret.remove_prefix(key_prefix_.size());
    }
    std::optional<std::string> key;
    switch (key_form_) {
        case KeyForm::kText:
        case KeyForm::kPem:
        case KeyForm::kFetched:
        case KeyForm::kCertificate:
            return std::string(secret);
        case KeyForm::kSha1:
            return Hash(Digest::kSha1, secret);
        case KeyForm::kNfkd:
            key = Nfkd(secret);
            break;
        case KeyForm::kHex:
            key = DecodeHex(secret);
            break;
        case KeyForm::kBase64:
            key = DecodeBase64(secret);
            break;
    }
    if (!key) return Invalid("reading a callback key: it is not in the form the recipe states");
    return *key;
}

std::optional<std::string> SignatureRecipe::Content(const std::string& form,
                                                    const SignedRequest& request,
                                                    const Parts& parts,
                                                    std::string_view key) const {
    std::string out;
    std::size_t at = 0;
    while (at < form.size()) {
        const std::size_t open = form.find('{', at);
        const std::size_t close = open == form.npos ? form.npos : form.find('}', open);
        out.append(form, at, std::min(open, form.size()) - at);
        if (close == form.npos) break;
        const std::string_view name = std::string_view(form).substr(open + 1, close - open - 1);
        if (name == "body") out += request.body;
        if (name == "crc32") out += std::to_string(Crc32(request.body));
        if (name == "id") out += parts.id;
        if (name == "timestamp") out += parts.time_text;
        if (name == "url") out += request.url;
        if (name == "method") out += request.method;
        if (name == "path") out += request.path;
        if (name == "key") out += key;
        if (name.starts_with("header:")) out += FindHeader(*request.headers, name.substr(7));
        at = close + 1;
        if (!name.starts_with("field:")) continue;
        const auto text = TextAt(parts.body, name.substr(6));
        // A value with the separator in it could stand for two other values side by side.
        const std::string_view separator =
            std::string_view(form).substr(at, form.find('{', at) - at);
        if (!text || (!separator.empty() && text->find(separator) != text->npos)) return {};
        out += *text;
    }
    return out;
}

bool SignatureRecipe::MatchesPublic(const PublicKey& key, std::string_view content,
                                    std::string_view raw) const {
    const PublicKey::Kind wanted = scheme_ == Scheme::kRsa     ? PublicKey::Kind::kRsa
                                   : scheme_ == Scheme::kEcdsa ? PublicKey::Kind::kP256
                                                               : PublicKey::Kind::kEd25519;
    return key.kind() == wanted && key.Verify(raw, content);
}

bool SignatureRecipe::Matches(std::string_view key, std::string_view content,
                              std::string_view raw) const {
    if (key_form_ == KeyForm::kPem) {
        const Result<PublicKey> open = PublicKey::Pem(key);
        return open.ok() && MatchesPublic(*open, content, raw);
    }
    if (scheme_ == Scheme::kEd25519) return VerifyEd25519(key, raw, content);
    if (scheme_ == Scheme::kHash) {
        return EqualInConstantTime(Hash(DigestOf(digest_), content), raw);
    }
    return EqualInConstantTime(Hmac(DigestOf(digest_), key, content), raw);
}

std::string SignatureRecipe::SignatureText(const SignedRequest& request, const Json& body) const {
    if (!signature_field_.empty()) return TextAt(body, signature_field_).value_or("");
    return std::string(Trim(FindHeader(*request.headers, header_)));
}

bool SignatureRecipe::Carried(const SignedRequest& request) const {
    return header_.empty() || !Trim(FindHeader(*request.headers, header_)).empty();
}

void SignatureRecipe::ReadSignatures(std::string_view value, Parts& parts) const {
    std::vector<std::string_view> texts;
    if (format_ == Format::kPlain) {
        texts.push_back(value.starts_with(prefix_) ? value.substr(prefix_.size()) : value);
    } else {
        const char joint = format_ == Format::kPairs ? '=' : ',';
        for (const std::string_view item : SplitText(value, separator_)) {
            const std::size_t at = item.find(joint);
            if (at == item.npos) continue;
            if (item.substr(0, at) == tag_) texts.push_back(item.substr(at + 1));
            if (!time_tag_.empty() && item.substr(0, at) == time_tag_) {
                parts.time_text = item.substr(at + 1);
            }
        }
    }
    for (const std::string_view text : texts) {
        const auto raw = Decode(text, encoding_);
        if (raw) parts.signatures.push_back(*raw);
    }
}

Verification SignatureRecipe::ReadParts(const SignedRequest& request, Parts& parts) const {
    const std::string where =
        header_.empty() ? "the field " + signature_field_ : "the header " + header_;
    if (unwraps() || signs_within()) {
        Result<Json> body = ParseJson(request.body);
        if (!body.ok()) return Refuse(Verdict::kMalformed, "the body is not JSON");
        parts.body = std::move(*body);
    }
    const std::string value = SignatureText(request, parts.body);
    if (value.empty()) return Refuse(Verdict::kMissing, where + " is missing");
    ReadSignatures(value, parts);
    if (parts.signatures.size() > kSignaturesMax) {
        return Refuse(Verdict::kMalformed, where + " lists too many signatures");
    }
    if (parts.signatures.empty()) {
        return Refuse(Verdict::kMalformed, where + " holds no readable signature");
    }
    if (!id_header_.empty()) parts.id = Trim(FindHeader(*request.headers, id_header_));
    if (!id_header_.empty() && parts.id.empty()) {
        return Refuse(Verdict::kMissing, "the header " + id_header_ + " is missing");
    }
    if (!PlainId(parts.id)) {
        return Refuse(Verdict::kMalformed, "the header " + id_header_ + " is not an id");
    }
    if (!key_id_header_.empty()) parts.key_id = Trim(FindHeader(*request.headers, key_id_header_));
    if (!key_id_header_.empty() && parts.key_id.empty()) {
        return Refuse(Verdict::kMissing, "the header " + key_id_header_ + " is missing");
    }
    if (!time_header_.empty()) parts.time_text = Trim(FindHeader(*request.headers, time_header_));
    if (has_time() && parts.time_text.empty()) {
        return Refuse(Verdict::kMissing, "the signature's time is missing");
    }
    const auto at = has_time() ? ReadTime(parts.time_text, unit_) : std::optional<Instant>(kNoTime);
    if (!at) return Refuse(Verdict::kMalformed, "the signature's time is not a time");
    parts.at = *at;
    return Refuse(Verdict::kVerified, "");
}

Verification SignatureRecipe::CheckSecret(const SignedRequest& request,
                                          const std::vector<std::string>& keys) const {
    const std::string_view value = FindHeader(*request.headers, header_);
    if (value.empty()) return Refuse(Verdict::kMissing, "the header " + header_ + " is missing");
    Verification found =
        Refuse(Verdict::kForged, "the secret in " + header_ + " is not a known one");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string wanted = scheme_ == Scheme::kBearer  ? "Bearer " + keys[i]
                                   : scheme_ == Scheme::kBasic ? "Basic " + EncodeBase64(keys[i])
                                                               : prefix_ + keys[i];
        // Digests first: unequal lengths must not show either.
        if (keys[i].empty() || !EqualInConstantTime(Sha256(value), Sha256(wanted))) continue;
        found = Refuse(Verdict::kVerified, "");
        found.key = static_cast<int>(i);
    }
    if (!id_header_.empty()) found.message_id = Trim(FindHeader(*request.headers, id_header_));
    if (!PlainId(found.message_id)) found.message_id.clear();
    return found;
}

Verification SignatureRecipe::CheckFetched(const SignedRequest& request, const Parts& parts,
                                           const std::vector<std::string>& keys,
                                           const KeySet* fetched) const {
    if (fetched == nullptr) {
        return Refuse(Verdict::kNoKeys, "the partner's keys have not been fetched yet");
    }
    const PublicKey* key = fetched->Find(parts.key_id);
    if (key == nullptr) {
        return Refuse(Verdict::kUnknownKey, "the partner publishes no key of that id");
    }
    // With certificates the content holds a text of ours besides: any of those that count.
    const std::vector<std::string> none = {""};
    const std::vector<std::string>& texts = fetches_certificates() ? keys : none;
    Verification found = NoMatch();
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (fetches_certificates() && texts[i].empty()) continue;
        for (const std::string& form : contents_) {
            const auto content = Content(form, request, parts, texts[i]);
            if (!content) return Refuse(Verdict::kMalformed, "a signed field is not plain");
            for (const std::string& raw : parts.signatures) {
                if (!MatchesPublic(*key, *content, raw)) continue;
                found.verdict = Verdict::kVerified;
                if (fetches_certificates()) found.key = static_cast<int>(i);
            }
        }
    }
    return found;
}

Verification SignatureRecipe::CheckKeys(const SignedRequest& request, const Parts& parts,
                                        const std::vector<std::string>& keys) const {
    Verification found = NoMatch();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Result<std::string> key = DecodeKey(keys[i]);
        if (!key.ok() || key->empty()) continue;
        for (const std::string& form : contents_) {
            const auto content = Content(form, request, parts, *key);
            if (!content) return Refuse(Verdict::kMalformed, "a signed field is not plain");
            for (const std::string& raw : parts.signatures) {
                if (!Matches(*key, *content, raw)) continue;
                found.verdict = Verdict::kVerified;
                found.key = static_cast<int>(i);
            }
        }
    }
    return found;
}

Verification SignatureRecipe::Verify(const SignedRequest& request,
                                     const std::vector<std::string>& keys, Instant now,
                                     const KeySet* fetched) const {
    CHECK(request.headers != nullptr);
    if (scheme_ == Scheme::kNone) return Refuse(Verdict::kVerified, "");
    if (scheme_ == Scheme::kJws) return CheckToken(request, keys, now);
    if (!signs_body()) return CheckSecret(request, keys);
    if (scheme_ == Scheme::kMessage) return CheckMessage(request, keys, now);
    if (!each_.empty()) return CheckEach(request, keys);
    Parts parts;
    if (Verification early = ReadParts(request, parts); early.verdict != Verdict::kVerified) {
        return early;
    }
    Verification found = fetches_keys() ? CheckFetched(request, parts, keys, fetched)
                                        : CheckKeys(request, parts, keys);
    // What it claims to be, also where it is refused: for whoever asks why.
    found.message_id = parts.id;
    found.key_id = parts.key_id;
    found.signed_at = parts.at;
    if (found.verdict != Verdict::kVerified) return found;
    if (has_time() && tolerance_s_ > 0 && !Near(parts.at, now, tolerance_s_)) {
        Verification stale = Stale(tolerance_s_);
        stale.message_id = std::move(found.message_id);
        stale.signed_at = found.signed_at;
        return stale;
    }
    found.sentence.clear();
    return found;
}

Result<HttpHeaders> SignatureRecipe::Sign(std::string_view id, Instant at,
                                          const SignedRequest& request, std::string_view key,
                                          std::string_view text) const {
    HttpHeaders headers;
    if (!id_header_.empty()) headers.emplace_back(id_header_, id);
    if (scheme_ == Scheme::kNone) return headers;
    if (scheme_ == Scheme::kBearer) headers.emplace_back(header_, "Bearer " + std::string(key));
    if (scheme_ == Scheme::kBasic) headers.emplace_back(header_, "Basic " + EncodeBase64(key));
    if (scheme_ == Scheme::kHeader) headers.emplace_back(header_, prefix_ + std::string(key));
    if (!signs_body() && !token_beside()) return headers;
    if (signs_within()) return Invalid("signing a callback: its signature stands in the body");
    ASSIGN_OR_RETURN(const std::string raw_key, DecodeKey(key));
    if (scheme_ == Scheme::kMessage) return SignMessage(at, request, raw_key);
    if (scheme_ == Scheme::kJws) {
        const std::string text =
            EncodeBase64Url(R"({"alg":"HS256","typ":"JWT"})") + "." +
            EncodeBase64Url(R"({"iat":)" + WriteTime(at, TimeUnit::kSeconds) + "}");
        headers.emplace_back(header_,
                             prefix_ + text + "." + EncodeBase64Url(HmacSha256(raw_key, text)));
        return headers;
    }
    const bool pem = takes_public_keys();
    if (scheme_ == Scheme::kEd25519 && !pem && raw_key.size() != 32) {
        return Invalid("signing a callback: an Ed25519 key has 32 bytes");
    }
    Parts parts;
    parts.id = id;
    if (!fields_.empty()) {
        ASSIGN_OR_RETURN(parts.body, ParseJson(request.body));
    }
    if (has_time()) parts.time_text = WriteTime(at, unit_);
    const auto content =
        Content(contents_.front(), request, parts, fetches_certificates() ? text : raw_key);
    if (!content) return Invalid("signing a callback: a signed field is not plain");
    Result<std::string> raw = pem                           ? SignWithPem(raw_key, *content)
                              : scheme_ == Scheme::kEd25519 ? SignEd25519(raw_key, *content)
                              : scheme_ == Scheme::kHash
                                  ? Hash(DigestOf(digest_), *content)
                                  : Hmac(DigestOf(digest_), raw_key, *content);
    if (!raw.ok()) return raw.error();
    std::string value = Encode(*raw, encoding_);
    if (format_ == Format::kPlain) value = prefix_ + value;
    if (format_ == Format::kTags) value = tag_ + "," + value;
    if (format_ == Format::kPairs) value = tag_ + "=" + value;
    if (!time_tag_.empty()) value = time_tag_ + "=" + parts.time_text + separator_ + value;
    if (!time_header_.empty()) headers.emplace_back(time_header_, parts.time_text);
    headers.emplace_back(header_, value);
    return headers;
}

}  // namespace returns::connectors
