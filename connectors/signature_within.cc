// Signatures that stand in the body: of the whole message, or of each item of a list by itself.
#include "connectors/crypto.h"
#include "connectors/signature.h"
#include "connectors/signature_body.h"
#include "connectors/signature_parts.h"

#include <algorithm>

namespace returns::connectors {
namespace {

constexpr std::size_t kItemsMax = 256;  // in one delivery

// The one text that stands between all the fields; "" where they do not share one.
std::string_view SeparatorOf(const std::string& form) {
    const std::size_t from = form.find('}') + 1;
    const std::size_t to = form.find('{', from);
    return to == form.npos ? std::string_view() : std::string_view(form).substr(from, to - from);
}

// A value with the separator in it could stand for two other values side by side.
bool Clear(const Json& item, const std::vector<std::string>& fields, std::string_view separator) {
    return std::all_of(fields.begin(), fields.end(), [&](const std::string& path) {
        const auto text = TextAt(item, path);
        return text && (separator.empty() || text->find(separator) == text->npos);
    });
}

// What the fields stand for, joined as the sender joins them.
std::optional<std::string> Joined(const std::string& form, const Json& item) {
    std::string out;
    std::size_t at = 0;
    while (at < form.size()) {
        const std::size_t open = form.find("{field:", at);
        out.append(form, at, std::min(open, form.size()) - at);
        if (open == form.npos) break;
        const std::size_t close = form.find('}', open);
        const auto text = TextAt(item, std::string_view(form).substr(open + 7, close - open - 7));
        if (!text) return std::nullopt;
        out += *text;
        at = close + 1;
    }
    return out;
}

}  // namespace

bool SignatureRecipe::EachMatches(const Json& item, std::string_view key) const {
    const std::string text = TextAt(item, signature_field_).value_or("");
    const auto raw = Decode(text, encoding_);
    const auto content = Joined(contents_.front(), item);
    return raw && content && EqualInConstantTime(Hmac(DigestOf(digest_), key, *content), *raw);
}

// One key for all of them: a delivery that mixes keys was put together by somebody.
Verification SignatureRecipe::CheckEach(const SignedRequest& request,
                                        const std::vector<std::string>& keys) const {
    const Result<Json> body = ParseJson(request.body);
    if (!body.ok()) return Refuse(Verdict::kMalformed, "the body is not JSON");
    const auto& items = At(*body, each_).Items();
    if (items.empty()) return Refuse(Verdict::kMissing, "the list " + each_ + " is missing");
    if (items.size() > kItemsMax)
        return Refuse(Verdict::kMalformed, "the list " + each_ + " is too long");
    for (const Json& item : items) {
        if (TextAt(item, signature_field_).value_or("").empty())
            return Refuse(Verdict::kMissing, "the field " + signature_field_ + " is missing");
    }
    Verification found = Refuse(Verdict::kForged, "no active key matches all signatures");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Result<std::string> key = DecodeKey(keys[i]);
        if (!key.ok() || key->empty()) continue;
        bool all = true;
        for (const Json& item : items) all = EachMatches(item, *key) && all;
        if (!all) continue;
        found = Refuse(Verdict::kVerified, "");
        found.key = static_cast<int>(i);
    }
    return found;
}

Result<Json> SignatureRecipe::Payload(std::string_view body) const {
    ASSIGN_OR_RETURN(Json json, ParseJson(body));
    if (!each_.empty()) {
        Json list = Json::Array();
        for (const Json& item : At(json, each_).Items()) {
            Json told = OnlyAt(item, fields_);
            if (!Clear(item, fields_, SeparatorOf(contents_.front())))
                told.Set("unclear", Json::Bool(true));
            list.Append(std::move(told));
        }
        return Json::Object({{each_, std::move(list)}});
    }
    if (!fields_.empty()) return OnlyAt(json, fields_);
    if (scheme_ != Scheme::kJws || !header_.empty()) return json;
    ASSIGN_OR_RETURN(Token token, ReadToken(TextAt(json, signature_field_).value_or("")));
    return std::move(token.claims);
}

bool SignatureRecipe::Bare(std::string_view body) const {
    if (scheme_ != Scheme::kHmac || !signs_within()) return false;
    const Result<Json> json = ParseJson(body);
    if (!json.ok()) return false;
    const auto unsigned_here = [&](const Json& item) {
        return TextAt(item, signature_field_).value_or("").empty();
    };
    if (each_.empty()) return unsigned_here(*json);
    const auto& items = At(*json, each_).Items();
    return std::all_of(items.begin(), items.end(), unsigned_here);
}

Result<std::string> SignatureRecipe::SignBody(std::string_view body, std::string_view key) const {
    if (!Bare(body)) return Invalid("signing a callback: no signature is missing in the body");
    ASSIGN_OR_RETURN(const Json json, ParseJson(body));
    ASSIGN_OR_RETURN(const std::string raw_key, DecodeKey(key));
    const auto sign = [&](const Json& item) {
        const std::string raw =
            Hmac(DigestOf(digest_), raw_key, Joined(contents_.front(), item).value_or(""));
        return PutAt(item, signature_field_, Encode(raw, encoding_));
    };
    if (each_.empty()) return WriteJson(sign(json));
    Json list = Json::Array();
    for (const Json& item : At(json, each_).Items()) list.Append(sign(item));
    Json out = json;
    out.Set(each_, std::move(list));
    return WriteJson(out);
}

}  // namespace returns::connectors
