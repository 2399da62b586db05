// Reading a recipe: which combinations make sense.
#include "connectors/fields.h"
#include "connectors/signature.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

namespace returns::connectors {
namespace {

using Texts = std::vector<std::string>;

// The names in braces; nothing when a brace is left open.
std::optional<Texts> Names(const std::string& form) {
    Texts names;
    for (std::size_t at = form.find('{'); at != form.npos; at = form.find('{', at + 1)) {
        const std::size_t close = form.find('}', at);
        if (close == form.npos) return std::nullopt;
        names.push_back(form.substr(at + 1, close - at - 1));
    }
    return names;
}

bool Has(const Texts& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool Known(const std::string& name) {
    constexpr std::array<std::string_view, 8> kNames = {"body",   "id",   "timestamp", "url",
                                                        "method", "path", "key",       "crc32"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
           (name.starts_with("header:") && name.size() > 7) ||
           (name.starts_with("field:") && name.size() > 6);
}

// The fields that one form of content covers.
Texts FieldsIn(const Texts& names) {
    Texts fields;
    for (const std::string& name : names) {
        if (name.starts_with("field:")) fields.push_back(name.substr(6));
    }
    return fields;
}

}  // namespace

void SignatureRecipe::ReadScheme(Fields& fields, SignatureRecipe& recipe) {
    const int scheme = fields.Choice(
        "scheme",
        {"hmac-sha256", "hmac-sha1", "hmac-sha512", "ed25519", "rsa-sha256", "ecdsa-sha256",
         "sha256", "sha512", "jws-hs256", "http-message", "bearer", "basic", "header", "none"},
        -1);
    constexpr std::array<std::pair<Scheme, int>, 14> kSchemes = {{{Scheme::kHmac, 256},
                                                                  {Scheme::kHmac, 1},
                                                                  {Scheme::kHmac, 512},
                                                                  {Scheme::kEd25519, 256},
                                                                  {Scheme::kRsa, 256},
                                                                  {Scheme::kEcdsa, 256},
                                                                  {Scheme::kHash, 256},
                                                                  {Scheme::kHash, 512},
                                                                  {Scheme::kJws, 256},
                                                                  {Scheme::kMessage, 256},
                                                                  {Scheme::kBearer, 256},
                                                                  {Scheme::kBasic, 256},
                                                                  {Scheme::kHeader, 256},
                                                                  {Scheme::kNone, 256}}};
    std::tie(recipe.scheme_, recipe.digest_) = kSchemes[static_cast<std::size_t>(scheme)];
}

void SignatureRecipe::ReadKeyForm(Fields& fields, SignatureRecipe& recipe) {
    const bool pair = recipe.scheme_ == Scheme::kRsa || recipe.scheme_ == Scheme::kEcdsa;
    recipe.key_form_ = static_cast<KeyForm>(fields.Choice(
        "key", {"text", "base64", "hex", "sha1", "nfkd", "pem", "fetched", "certificate"},
        static_cast<int>(pair ? KeyForm::kPem : KeyForm::kText)));
    recipe.key_prefix_ = fields.Text("key_prefix");
    recipe.key_id_header_ = fields.Text("key_id_header");
    const bool open = recipe.key_form_ == KeyForm::kPem || recipe.fetches_keys();
    if (pair && !open)
        fields.Fail("this scheme takes keys as 'pem' or 'fetched', or as 'certificate'");
    if (open && !pair && recipe.scheme_ != Scheme::kEd25519) {
        fields.Fail("keys as 'pem' or 'fetched' are public ones, and this scheme wants a secret");
    }
    recipe.certificate_name_ = fields.Text("certificate_name");
    if (recipe.fetches_certificates() == recipe.certificate_name_.empty()) {
        fields.Fail("'certificate_name' goes with certificates, and they with it");
    }
    if (recipe.fetches_keys() == recipe.key_id_header_.empty()) {
        fields.Fail("'key_id_header' goes with fetched keys, and they with it");
    }
}

void SignatureRecipe::ReadTimeForm(Fields& fields, SignatureRecipe& recipe) {
    recipe.time_header_ = fields.Text("time_header");
    recipe.time_tag_ = fields.Text("time_tag");
    const bool timed = !recipe.time_header_.empty() || !recipe.time_tag_.empty();
    const int unit = fields.Choice("time_unit", {"s", "ms", "text", "mail"}, 0);
    if (timed) recipe.unit_ = static_cast<TimeUnit>(unit + 1);
    recipe.tolerance_s_ =
        static_cast<int>(fields.Number("tolerance_s", timed ? 300 : 0, 0, 86'400));
    if (!recipe.time_tag_.empty() && recipe.format_ != Format::kPairs) {
        fields.Fail("'time_tag' needs the format 'pairs'");
    }
}

void SignatureRecipe::ReadContents(Fields& fields, SignatureRecipe& recipe) {
    recipe.contents_ = fields.Any("content").IsArray() ? fields.Texts("content")
                                                       : Texts{fields.Text("content", "{body}")};
    if (recipe.contents_.empty()) fields.Fail("'content' is an empty list");
    for (const std::string& form : recipe.contents_) {
        const std::optional<Texts> names = Names(form);
        if (!names) return fields.Fail("'content' has a '{' without '}'");
        for (const std::string& name : *names) {
            if (!Known(name)) return fields.Fail("'content' knows no {" + name + "}");
        }
        const Texts parts = FieldsIn(*names);
        // Another body with the same checksum is made in no time: as weak as that one family is.
        const bool sum = Has(*names, "crc32");
        if (sum && !recipe.fetches_certificates()) {
            return fields.Fail("{crc32} covers no body, but where certificates sign it");
        }
        if (!Has(*names, "body") && parts.empty() && !sum) {
            return fields.Fail("'content' must cover {body}, or name its {field:...}s");
        }
        if (Has(*names, "body") && !parts.empty()) {
            return fields.Fail("'content' covers {body} and so every {field:...} of it");
        }
        if (!Has(*names, "body")) recipe.fields_ = parts;
        if (Has(*names, "body") || sum ? !recipe.fields_.empty() : recipe.contents_.size() > 1) {
            return fields.Fail("'content' over fields stands alone: only they are mapped");
        }
        // One form without it, and an old message could be sent again as new.
        if (recipe.has_time() && !Has(*names, "timestamp")) {
            return fields.Fail(
                "a time that 'content' does not cover proves nothing: add "
                "{timestamp}");
        }
        if (!recipe.has_time() && Has(*names, "timestamp")) {
            return fields.Fail(
                "'content' names {timestamp}, so 'time_header' or 'time_tag' is "
                "needed");
        }
        if (Has(*names, "id") && recipe.id_header_.empty()) {
            return fields.Fail("'content' names {id}, so 'id_header' is needed");
        }
        const bool hash = recipe.scheme_ == Scheme::kHash;
        // Whoever has seen a digest with the secret in front can lengthen what it covers.
        if (hash ? !form.ends_with("{key}") : Has(*names, "key") != recipe.fetches_certificates()) {
            return fields.Fail(
                "{key} ends the 'content' of plain digests, stands in that of certificates, and "
                "nowhere else");
        }
    }
}

void SignatureRecipe::ReadMessage(Fields& fields) {
    if (!header_.empty()) fields.Fail("'header': this scheme has headers of its own");
    header_ = "Signature";
    tag_ = fields.Text("label");
    constexpr std::array kForms = {KeyForm::kText, KeyForm::kBase64, KeyForm::kHex, KeyForm::kPem};
    key_form_ =
        kForms[static_cast<std::size_t>(fields.Choice("key", {"text", "base64", "hex", "pem"}, 0))];
    key_prefix_ = fields.Text("key_prefix");
    contents_ =
        fields.Has("covered") ? fields.Texts("covered") : Texts{"@method", "content-digest"};
    if (!Has(contents_, "content-digest"))
        fields.Fail("'covered' must have content-digest: else the body proves nothing");
    unit_ = TimeUnit::kSeconds;
    tolerance_s_ = static_cast<int>(fields.Number("tolerance_s", 300, 1, 86'400));
}

Result<SignatureRecipe> SignatureRecipe::Load(const Json& json) {
    Fields fields(json, "reading a signature recipe");
    SignatureRecipe recipe;
    ReadScheme(fields, recipe);
    const bool plain_secret = recipe.scheme_ == Scheme::kBearer || recipe.scheme_ == Scheme::kBasic;
    recipe.header_ = fields.Text("header", plain_secret ? "Authorization" : "");
    if (recipe.signs_body()) recipe.signature_field_ = fields.Text("signature_field");
    if (!recipe.signature_field_.empty() && !recipe.header_.empty()) {
        fields.Fail("'header' and 'signature_field' are two places for one signature");
    }
    if (recipe.scheme_ == Scheme::kMessage) {
        recipe.ReadMessage(fields);
        RETURN_IF_ERROR(fields.Done());
        return recipe;
    }
    if (recipe.scheme_ == Scheme::kJws) {
        if (recipe.signature_field_.empty() && recipe.header_.empty())
            fields.Fail("'signature_field' or 'header' says where the token is");
        if (recipe.token_beside()) recipe.prefix_ = fields.Text("prefix");
        recipe.key_form_ = static_cast<KeyForm>(
            fields.Choice("key", {"text", "base64", "hex", "sha1", "nfkd"}, 0));
        recipe.tolerance_s_ = static_cast<int>(fields.Number("tolerance_s", 300, 0, 86'400));
        RETURN_IF_ERROR(fields.Done());
        return recipe;
    }
    recipe.prefix_ = fields.Text("prefix");
    recipe.id_header_ = fields.Text("id_header");
    if (recipe.header_.empty() && recipe.signature_field_.empty() && recipe.authenticates())
        fields.Fail("'header' is missing");
    if (recipe.signs_body()) {
        recipe.format_ =
            static_cast<Format>(fields.Choice("format", {"plain", "pairs", "tags"}, 0));
        recipe.separator_ = fields.Text("separator", recipe.format_ == Format::kTags ? " " : ",");
        recipe.tag_ = fields.Text("tag", "v1");
        recipe.encoding_ =
            static_cast<Encoding>(fields.Choice("encoding", {"hex", "base64", "base64url"}, 0));
        ReadKeyForm(fields, recipe);
        ReadTimeForm(fields, recipe);
        ReadContents(fields, recipe);
        recipe.each_ = fields.Text("each");
        if (!recipe.each_.empty() &&
            (recipe.signature_field_.empty() || recipe.scheme_ != Scheme::kHmac ||
             recipe.format_ != Format::kPlain || recipe.has_time() || !recipe.id_header_.empty())) {
            fields.Fail("'each' goes with a plain HMAC in 'signature_field', without time and id");
        }
        if (recipe.separator_.empty()) fields.Fail("'separator' is empty");
        if (!recipe.signature_field_.empty() && recipe.fields_.empty()) {
            fields.Fail("a signature within the body cannot cover all of it: name the fields");
        }
    }
    RETURN_IF_ERROR(fields.Done());
    return recipe;
}

}  // namespace returns::connectors
