// Reading a recipe: which combinations make sense.
#include "connectors/fields.h"
#include "connectors/signature.h"

#include <algorithm>
#include <array>

namespace returns::connectors {
namespace {

Status CheckContent(const std::string& form) {
    constexpr std::array<std::string_view, 6> kNames = {"body", "id",     "timestamp",
                                                        "url",  "method", "path"};
    bool body = false;
    for (std::size_t at = form.find('{'); at != form.npos; at = form.find('{', at + 1)) {
        const std::size_t close = form.find('}', at);
        if (close == form.npos) return Invalid("'content' has a '{' without '}'");
        const std::string name = form.substr(at + 1, close - at - 1);
        body = body || name == "body";
        if (name.starts_with("header:") && name.size() > 7) continue;
        if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
            return Invalid("'content' knows no {" + name + "}");
        }
    }
    if (!body) return Invalid("'content' must cover {body}");
    return {};
}

bool Uses(const std::vector<std::string>& contents, std::string_view name) {
    return std::any_of(contents.begin(), contents.end(), [&](const std::string& form) {
        return form.find("{" + std::string(name) + "}") != form.npos;
    });
}

}  // namespace

Result<SignatureRecipe> SignatureRecipe::Load(const Json& json) {
    Fields fields(json, "reading a signature recipe");
    SignatureRecipe recipe;
    const int scheme = fields.Choice(
        "scheme",
        {"hmac-sha256", "hmac-sha1", "hmac-sha512", "ed25519", "bearer", "basic", "header", "none"},
        -1);
    constexpr std::array<Scheme, 8> kSchemes = {Scheme::kHmac,    Scheme::kHmac,   Scheme::kHmac,
                                                Scheme::kEd25519, Scheme::kBearer, Scheme::kBasic,
                                                Scheme::kHeader,  Scheme::kNone};
    recipe.scheme_ = kSchemes[static_cast<std::size_t>(scheme)];
    recipe.digest_ = scheme == 1 ? 1 : scheme == 2 ? 512 : 256;
    const bool plain_secret = recipe.scheme_ == Scheme::kBearer || recipe.scheme_ == Scheme::kBasic;
    recipe.header_ = fields.Text("header", plain_secret ? "Authorization" : "");
    recipe.prefix_ = fields.Text("prefix");
    recipe.id_header_ = fields.Text("id_header");
    if (recipe.header_.empty() && recipe.scheme_ != Scheme::kNone)
        fields.Fail("'header' is missing");
    if (recipe.signs_body()) {
        recipe.format_ =
            static_cast<Format>(fields.Choice("format", {"plain", "pairs", "tags"}, 0));
        recipe.separator_ = fields.Text("separator", recipe.format_ == Format::kTags ? " " : ",");
        recipe.tag_ = fields.Text("tag", "v1");
        recipe.encoding_ =
            static_cast<Encoding>(fields.Choice("encoding", {"hex", "base64", "base64url"}, 0));
        recipe.key_form_ =
            static_cast<KeyForm>(fields.Choice("key", {"text", "base64", "hex", "sha1"}, 0));
        recipe.key_prefix_ = fields.Text("key_prefix");
        recipe.time_header_ = fields.Text("time_header");
        recipe.time_tag_ = fields.Text("time_tag");
        const bool timed = !recipe.time_header_.empty() || !recipe.time_tag_.empty();
        const int unit = fields.Choice("time_unit", {"s", "ms", "text"}, 0);
        if (timed) recipe.unit_ = static_cast<TimeUnit>(unit + 1);
        recipe.tolerance_s_ =
            static_cast<int>(fields.Number("tolerance_s", timed ? 300 : 0, 0, 86'400));
        recipe.contents_ = fields.Any("content").IsArray()
                               ? fields.Texts("content")
                               : std::vector<std::string>{fields.Text("content", "{body}")};
        if (recipe.contents_.empty()) fields.Fail("'content' is an empty list");
        for (const std::string& form : recipe.contents_) {
            if (const Status status = CheckContent(form); !status.ok()) {
                fields.Fail(status.error().text);
            }
        }
        if (timed && !Uses(recipe.contents_, "timestamp")) {
            fields.Fail("a time that 'content' does not cover proves nothing: add {timestamp}");
        }
        if (!timed && Uses(recipe.contents_, "timestamp")) {
            fields.Fail("'content' names {timestamp}, so 'time_header' or 'time_tag' is needed");
        }
        if (Uses(recipe.contents_, "id") && recipe.id_header_.empty()) {
            fields.Fail("'content' names {id}, so 'id_header' is needed");
        }
        if (!recipe.time_tag_.empty() && recipe.format_ != Format::kPairs) {
            fields.Fail("'time_tag' needs the format 'pairs'");
        }
        if (recipe.separator_.empty()) fields.Fail("'separator' is empty");
    }
    RETURN_IF_ERROR(fields.Done());
    return recipe;
}

}  // namespace returns::connectors
