#include "connectors/signature.h"

#include "connectors/crypto.h"
#include "connectors/fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace returns::connectors {
namespace {

Digest DigestOf(int bits) {
    return bits == 1 ? Digest::kSha1 : bits == 512 ? Digest::kSha512 : Digest::kSha256;
}

std::string_view Trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> SplitText(std::string_view text, std::string_view separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t at = text.find(separator);
        const std::string_view part = Trim(text.substr(0, at));
        if (!part.empty()) parts.push_back(part);
        if (at == text.npos) return parts;
        text.remove_prefix(at + separator.size());
    }
}

std::optional<Instant> ReadTime(std::string_view text, SignatureRecipe::TimeUnit unit) {
    if (unit == SignatureRecipe::TimeUnit::kText) {
        const Result<Instant> parsed = ParseInstant(text);
        return parsed.ok() ? std::optional<Instant>(*parsed) : std::nullopt;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::int64_t scale = unit == SignatureRecipe::TimeUnit::kSeconds ? 1000 : 1;
    constexpr std::int64_t kMost = 7'258'118'400'000;  // the year 2200
    if (error != std::errc() || end != text.data() + text.size() || number <= 0 ||
        number > kMost / scale) {
        return std::nullopt;
    }
    return Instant(Millis(number * scale));
}

std::string WriteTime(Instant at, SignatureRecipe::TimeUnit unit) {
    const std::int64_t millis = at.time_since_epoch().count();
    if (unit == SignatureRecipe::TimeUnit::kText) return FormatInstant(at);
    return std::to_string(unit == SignatureRecipe::TimeUnit::kSeconds ? millis / 1000 : millis);
}

Verification Refuse(Verdict verdict, std::string sentence) {
    Verification refusal;
    refusal.verdict = verdict;
    refusal.sentence = std::move(sentence);
    return refusal;
}

constexpr std::size_t kSignaturesMax = 16;  // listed in one header
constexpr std::size_t kMessageIdBytesMax = 128;

bool PlainId(std::string_view id) {
    return id.size() <= kMessageIdBytesMax &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::string_view Name(Verdict verdict) {
    constexpr std::array<std::string_view, 5> kNames = {"verified", "missing", "forged", "stale",
                                                        "malformed"};
    return kNames[static_cast<std::size_t>(verdict)];
}

struct SignatureRecipe::Parts {
    std::vector<std::string> signatures;  // decoded
    std::string id, time_text;
    Instant at = kNoTime;
};

Result<std::string> SignatureRecipe::DecodeKey(std::string_view secret) const {
    if (!key_prefix_.empty() && secret.starts_with(key_prefix_)) {
        secret.remove_prefix(key_prefix_.size());
    }
    std::optional<std::string> key;
    switch (key_form_) {
        case KeyForm::kText:
            return std::string(secret);
        case KeyForm::kSha1:
            return Hash(Digest::kSha1, secret);
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

std::string SignatureRecipe::Content(const std::string& form, const SignedRequest& request,
                                     const Parts& parts) const {
    std::string out;
    std::size_t at = 0;
    while (at < form.size()) {
        const std::size_t open = form.find('{', at);
        const std::size_t close = open == form.npos ? form.npos : form.find('}', open);
        out.append(form, at, std::min(open, form.size()) - at);
        if (close == form.npos) break;
        const std::string_view name = std::string_view(form).substr(open + 1, close - open - 1);
        if (name == "body") out += request.body;
        if (name == "id") out += parts.id;
        if (name == "timestamp") out += parts.time_text;
        if (name == "url") out += request.url;
        if (name == "method") out += request.method;
        if (name == "path") out += request.path;
        if (name.starts_with("header:")) out += FindHeader(*request.headers, name.substr(7));
        at = close + 1;
    }
    return out;
}

bool SignatureRecipe::Matches(std::string_view key, std::string_view content,
                              std::string_view raw) const {
    if (scheme_ == Scheme::kEd25519) return VerifyEd25519(key, raw, content);
    return EqualInConstantTime(Hmac(DigestOf(digest_), key, content), raw);
}

Verification SignatureRecipe::ReadParts(const SignedRequest& request, Parts& parts) const {
    const std::string_view value = Trim(FindHeader(*request.headers, header_));
    if (value.empty()) return Refuse(Verdict::kMissing, "the header " + header_ + " is missing");
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
    if (texts.size() > kSignaturesMax) {
        return Refuse(Verdict::kMalformed, "the header " + header_ + " lists too many signatures");
    }
    for (const std::string_view text : texts) {
        const auto raw = encoding_ == Encoding::kHex      ? DecodeHex(text)
                         : encoding_ == Encoding::kBase64 ? DecodeBase64(text)
                                                          : DecodeBase64Url(text);
        if (raw) parts.signatures.push_back(*raw);
    }
    if (parts.signatures.empty()) {
        return Refuse(Verdict::kMalformed,
                      "the header " + header_ + " holds no readable signature");
    }
    if (!id_header_.empty()) parts.id = Trim(FindHeader(*request.headers, id_header_));
    if (!id_header_.empty() && parts.id.empty()) {
        return Refuse(Verdict::kMissing, "the header " + id_header_ + " is missing");
    }
    if (!PlainId(parts.id)) {
        return Refuse(Verdict::kMalformed, "the header " + id_header_ + " is not an id");
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

Verification SignatureRecipe::Verify(const SignedRequest& request,
                                     const std::vector<std::string>& keys, Instant now) const {
    CHECK(request.headers != nullptr);
    if (scheme_ == Scheme::kNone) return Refuse(Verdict::kVerified, "");
    if (!signs_body()) return CheckSecret(request, keys);
    Parts parts;
    if (Verification early = ReadParts(request, parts); early.verdict != Verdict::kVerified) {
        return early;
    }
    Verification found = Refuse(Verdict::kForged, "no signature matches any active key");
    for (const std::string& form : contents_) {
        const std::string content = Content(form, request, parts);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const Result<std::string> key = DecodeKey(keys[i]);
            if (!key.ok() || key->empty()) continue;
            for (const std::string& raw : parts.signatures) {
                if (!Matches(*key, content, raw)) continue;
                found.verdict = Verdict::kVerified;
                found.key = static_cast<int>(i);
            }
        }
    }
    if (found.verdict != Verdict::kVerified) return found;
    if (has_time() && tolerance_s_ > 0) {
        const Millis age = now > parts.at ? now - parts.at : parts.at - now;
        if (age > std::chrono::seconds(tolerance_s_)) {
            return Refuse(Verdict::kStale, "the signature is more than " +
                                               std::to_string(tolerance_s_) + " s away from now");
        }
    }
    found.sentence.clear();
    found.message_id = parts.id;
    found.signed_at = parts.at;
    return found;
}

Result<HttpHeaders> SignatureRecipe::Sign(std::string_view id, Instant at,
                                          const SignedRequest& request,
                                          std::string_view key) const {
    HttpHeaders headers;
    if (!id_header_.empty()) headers.emplace_back(id_header_, id);
    if (scheme_ == Scheme::kNone) return headers;
    if (scheme_ == Scheme::kBearer) headers.emplace_back(header_, "Bearer " + std::string(key));
    if (scheme_ == Scheme::kBasic) headers.emplace_back(header_, "Basic " + EncodeBase64(key));
    if (scheme_ == Scheme::kHeader) headers.emplace_back(header_, prefix_ + std::string(key));
    if (!signs_body()) return headers;
    ASSIGN_OR_RETURN(const std::string raw_key, DecodeKey(key));
    if (scheme_ == Scheme::kEd25519 && raw_key.size() != 32) {
        return Invalid("signing a callback: an Ed25519 key has 32 bytes");
    }
    Parts parts;
    parts.id = id;
    if (has_time()) parts.time_text = WriteTime(at, unit_);
    const std::string content = Content(contents_.front(), request, parts);
    const std::string raw = scheme_ == Scheme::kEd25519 ? SignEd25519(raw_key, content)
                                                        : Hmac(DigestOf(digest_), raw_key, content);
    std::string value = encoding_ == Encoding::kHex      ? EncodeHex(raw)
                        : encoding_ == Encoding::kBase64 ? EncodeBase64(raw)
                                                         : EncodeBase64Url(raw);
    if (format_ == Format::kPlain) value = prefix_ + value;
    if (format_ == Format::kTags) value = tag_ + "," + value;
    if (format_ == Format::kPairs) value = tag_ + "=" + value;
    if (!time_tag_.empty()) value = time_tag_ + "=" + parts.time_text + separator_ + value;
    if (!time_header_.empty()) headers.emplace_back(time_header_, parts.time_text);
    headers.emplace_back(header_, value);
    return headers;
}

}  // namespace returns::connectors
