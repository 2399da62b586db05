// The recipe's two families whose proof is a text of its own rules: tokens, and HTTP message
// signatures.
#include "connectors/crypto.h"
#include "connectors/message_signature.h"
#include "connectors/signature.h"
#include "connectors/signature_body.h"
#include "connectors/signature_parts.h"

#include <algorithm>

namespace returns::connectors {
// The one algorithm is the recipe's: what the token says of itself chooses nothing.
Verification SignatureRecipe::CheckToken(const SignedRequest& request,
                                         const std::vector<std::string>& keys, Instant now) const {
    std::string text(Trim(FindHeader(*request.headers, header_)));
    if (header_.empty()) {
        const Result<Json> body = ParseJson(request.body);
        if (!body.ok()) return Refuse(Verdict::kMalformed, "the body is not JSON");
        text = TextAt(*body, signature_field_).value_or("");
    }
    if (text.empty()) {
        return Refuse(Verdict::kMissing, header_.empty()
                                             ? "the field " + signature_field_ + " is missing"
                                             : "the header " + header_ + " is missing");
    }
    if (!prefix_.empty() && text.starts_with(prefix_)) text.erase(0, prefix_.size());
    const Result<Token> token = ReadToken(text);
    if (!token.ok()) return Refuse(Verdict::kMalformed, token.error().text);
    if (token->header["alg"].AsString() != "HS256" || token->header.Find("crit") != nullptr) {
        return Refuse(Verdict::kForged, "the token is not signed with HS256 alone");
    }
    Verification found = NoMatch();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Result<std::string> key = DecodeKey(keys[i]);
        if (!key.ok() || key->empty()) continue;
        if (!EqualInConstantTime(HmacSha256(*key, token->signed_text), token->code)) continue;
        found.verdict = Verdict::kVerified;
        found.key = static_cast<int>(i);
    }
    if (found.verdict != Verdict::kVerified) return found;
    found.sentence.clear();
    const auto moment = [&](const char* name) {
        return ReadTime(token->claims[name].IsNumber() ? token->claims[name].Literal() : "",
                        TimeUnit::kSeconds);
    };
    const auto tolerance = std::chrono::seconds(tolerance_s_);
    const auto at = moment("iat"), ends = moment("exp"), begins = moment("nbf");
    if (at) found.signed_at = *at;
    if (ends && now - *ends > tolerance) return Stale(tolerance_s_);
    if (header_.empty()) return found;
    // Beside the body it says nothing of it: one that never ends would be a password for ever.
    if (begins && *begins - now > tolerance) return Stale(tolerance_s_);
    if (at && *at - now > tolerance) return Stale(tolerance_s_);
    if (!ends && (!at || now - *at > tolerance)) return Stale(tolerance_s_);
    return found;
}

bool SignatureRecipe::MatchesMessage(std::string_view key, const std::string& base,
                                     const std::string& raw) const {
    if (key_form_ != KeyForm::kPem) return EqualInConstantTime(HmacSha256(key, base), raw);
    const Result<PublicKey> open = PublicKey::Pem(key);
    return open.ok() && open->Verify(raw, base);
}

// The keys' kind chooses the algorithm; what the message says of it has to agree.
Verification SignatureRecipe::CheckMessage(const SignedRequest& request,
                                           const std::vector<std::string>& keys,
                                           Instant now) const {
    const Result<MessageSignature> message = ReadMessageSignature(request, tag_);
    if (!message.ok()) {
        const bool missing = message.error().code == Code::kNotFound;
        return Refuse(missing ? Verdict::kMissing : Verdict::kMalformed, message.error().text);
    }
    for (const std::string& name : contents_) {
        if (std::find(message->covered.begin(), message->covered.end(), name) ==
            message->covered.end())
            return Refuse(Verdict::kForged, "the signature does not cover '" + name + "'");
    }
    const bool shared = key_form_ != KeyForm::kPem;
    if (!message->algorithm.empty() && (message->algorithm == "hmac-sha256") != shared)
        return Refuse(Verdict::kForged, "the signature is of another kind than our keys");
    if (!DigestFits(request))
        return Refuse(Verdict::kForged, "the header Content-Digest does not fit the body");
    Verification found = NoMatch();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Result<std::string> key = DecodeKey(keys[i]);
        if (!key.ok() || key->empty() || !MatchesMessage(*key, message->base, message->raw))
            continue;
        found.verdict = Verdict::kVerified;
        found.key = static_cast<int>(i);
    }
    found.signed_at = message->created;
    if (found.verdict != Verdict::kVerified) return found;
    found.sentence.clear();
    const bool ended =
        message->expires != kNoTime && now - message->expires > std::chrono::seconds(tolerance_s_);
    if (message->created == kNoTime || !Near(message->created, now, tolerance_s_) || ended) {
        Verification stale = Stale(tolerance_s_);
        stale.signed_at = found.signed_at;
        return stale;
    }
    return found;
}

Result<HttpHeaders> SignatureRecipe::SignMessage(Instant at, const SignedRequest& request,
                                                 const std::string& key) const {
    const std::string label = tag_.empty() ? "sig1" : tag_;
    HttpHeaders headers = request.headers == nullptr ? HttpHeaders() : *request.headers;
    headers.emplace_back("Content-Digest", ContentDigest(request.body));
    SignedRequest with = request;
    with.headers = &headers;
    ASSIGN_OR_RETURN(const MessageToSign message, MessageFor(with, contents_, at, ""));
    std::string raw;
    if (key_form_ == KeyForm::kPem) {
        ASSIGN_OR_RETURN(raw, SignWithPem(key, message.base));
    } else {
        raw = HmacSha256(key, message.base);
    }
    return HttpHeaders{headers.back(),
                       {"Signature-Input", label + "=" + message.input},
                       {"Signature", label + "=:" + EncodeBase64(raw) + ":"}};
}

}  // namespace returns::connectors
