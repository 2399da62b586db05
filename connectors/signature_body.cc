#include "connectors/signature_body.h"

#include "connectors/crypto.h"

#include <charconv>

namespace returns::connectors {
namespace {

const Json& Nothing() {
    static const Json nothing;
    return nothing;
}

std::optional<std::size_t> Position(std::string_view step) {
    std::size_t at = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), at);
    if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
    return at;
}

std::string_view First(std::string_view path) { return path.substr(0, path.find('.')); }
std::string_view Rest(std::string_view path) {
    const std::size_t dot = path.find('.');
    return dot == path.npos ? std::string_view() : path.substr(dot + 1);
}

// The rests of those paths that begin with this step.
std::vector<std::string> Below(const std::vector<std::string>& paths, std::string_view step) {
    std::vector<std::string> below;
    for (const std::string& path : paths) {
        if (First(path) == step) below.emplace_back(Rest(path));
    }
    return below;
}

}  // namespace

const Json& At(const Json& body, std::string_view path) {
    const Json* here = &body;
    while (!path.empty()) {
        const std::string_view step = First(path);
        if (here->IsArray()) {
            const auto at = Position(step);
            if (!at || *at >= here->Items().size()) return Nothing();
            here = &here->Items()[*at];
        } else {
            here = here->Find(step);
            if (here == nullptr) return Nothing();
        }
        path = Rest(path);
    }
    return *here;
}

std::optional<std::string> TextAt(const Json& body, std::string_view path) {
    const Json& value = At(body, path);
    if (value.IsObject() || value.IsArray()) return std::nullopt;
    if (value.IsBool()) return value.AsBool() ? "true" : "false";
    return value.IsNumber() ? value.Literal() : value.AsString();
}

Json OnlyAt(const Json& body, const std::vector<std::string>& paths) {
    if (body.IsObject()) {
        Json object = Json::Object();
        for (const auto& [name, member] : body.Members()) {
            const std::vector<std::string> below = Below(paths, name);
            if (!below.empty()) object.Set(name, OnlyAt(member, below));
        }
        return object;
    }
    if (!body.IsArray()) return body;
    Json list = Json::Array();
    for (std::size_t i = 0; i < body.Items().size(); ++i) {
        const std::vector<std::string> below = Below(paths, std::to_string(i));
        if (!below.empty()) list.Append(OnlyAt(body.Items()[i], below));
    }
    return list;
}

Json PutAt(const Json& body, std::string_view path, std::string text) {
    if (path.empty()) return Json::String(std::move(text));
    const std::string_view step = First(path);
    if (!body.IsArray()) {
        Json object = body.IsObject() ? body : Json::Object();
        object.Set(std::string(step), PutAt(object[step], Rest(path), std::move(text)));
        return object;
    }
    Json list = Json::Array();
    for (std::size_t i = 0; i < body.Items().size(); ++i) {
        const bool here = std::to_string(i) == step;
        list.Append(here ? PutAt(body.Items()[i], Rest(path), text) : body.Items()[i]);
    }
    return list;
}

Result<Token> ReadToken(std::string_view text) {
    const std::size_t first = text.find('.');
    const std::size_t second = first == text.npos ? text.npos : text.find('.', first + 1);
    if (second == text.npos || text.find('.', second + 1) != text.npos) {
        return Invalid("a token has three parts");
    }
    const auto header = DecodeBase64Url(text.substr(0, first));
    const auto claims = DecodeBase64Url(text.substr(first + 1, second - first - 1));
    const auto code = DecodeBase64Url(text.substr(second + 1));
    if (!header || !claims || !code) return Invalid("a part of the token is not base64url");
    Token token;
    token.signed_text = text.substr(0, second);
    token.code = *code;
    ASSIGN_OR_RETURN(token.header, ParseJson(*header));
    ASSIGN_OR_RETURN(token.claims, ParseJson(*claims));
    if (token.claims.IsString()) {
        const std::string inner = token.claims.AsString();
        ASSIGN_OR_RETURN(token.claims, ParseJson(inner));
    }
    return token;
}

}  // namespace returns::connectors
