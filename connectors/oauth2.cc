#include "connectors/oauth2.h"

#include "connectors/crypto.h"
#include "connectors/mapping.h"

#include <algorithm>
#include <array>

namespace returns::connectors {
namespace {

constexpr std::size_t kTokenBytesMax = 8192;
constexpr Millis kLifetimeMax = std::chrono::hours(24 * 90);

void Add(std::string& form, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    form += (form.empty() ? "" : "&") + std::string(name) + "=" + PercentEncode(value);
}

// What can stand in a header: visible ASCII alone.
bool IsToken(const std::string& text) {
    return !text.empty() && text.size() <= kTokenBytesMax &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

TokenAnswer Failed(std::string reason, std::string detail) {
    TokenAnswer answer;
    answer.reason = std::move(reason);
    answer.detail = std::move(detail);
    return answer;
}

// Only words of the standard are repeated: what else stands there may be anything.
std::string ErrorWord(const std::string& body) {
    constexpr std::array<std::string_view, 6> kWords = {
        "invalid_request",     "invalid_client",         "invalid_grant",
        "unauthorized_client", "unsupported_grant_type", "invalid_scope"};
    const Result<Json> json = ParseJson(body);
    if (!json.ok() || !json->IsObject()) return "";
    const std::string& word = (*json)["error"].AsString();
    return std::find(kWords.begin(), kWords.end(), word) == kWords.end() ? "" : word;
}

TokenAnswer Refusal(const HttpAnswer& answer) {
    const std::string word = ErrorWord(answer.body);
    const std::string detail =
        "HTTP " + std::to_string(answer.status) + (word.empty() ? "" : ": " + word);
    if (answer.status == 429) return Failed("rate_limited", detail);
    if (answer.status == 408 || answer.status == 425 || answer.status >= 500)
        return Failed("unavailable", detail);
    if (answer.status >= 400) return Failed("credentials", detail);
    return Failed("redirect", detail);
}

// A number, or the same as text.
Millis LifetimeOf(const Json& value, Millis fallback) {
    const Json number = value.IsString() ? Json::Number(value.AsString()) : value;
    const auto seconds = number.AsInt();
    if (!seconds.ok() || *seconds <= 0) return fallback;
    return std::chrono::seconds(std::min<std::int64_t>(*seconds, kLifetimeMax.count() / 1000));
}

}  // namespace

Result<TokenRequest> AskForToken(const Manifest& manifest, const Json& settings) {
    const Authentication& auth = manifest.auth;
    const Json visible = PublicSettings(manifest, settings);
    TokenRequest made;
    HttpRequest& request = made.request;
    request.method = "POST";
    request.target = auth.token_path;
    if (!auth.token_url.empty()) {
        const std::string& url = visible[auth.token_url].AsString();
        const std::size_t host = url.find("://");
        const std::size_t path = host == url.npos ? url.npos : url.find('/', host + 3);
        if (path == url.npos)
            return Invalid("asking for a token: the setting '" + auth.token_url +
                           "' is no whole URL, https://HOST/PATH");
        made.base_url = url.substr(0, path);
        request.target = url.substr(path);
    }
    const std::string& id = visible[auth.user].AsString();
    const std::string secret = FirstSecret(settings[auth.secret]);
    const bool renews = auth.grant == Authentication::Grant::kRefreshToken;
    Add(request.body, "grant_type", renews ? "refresh_token" : "client_credentials");
    if (renews) Add(request.body, "refresh_token", FirstSecret(settings[auth.refresh_token]));
    Add(request.body, "scope", auth.scope);
    if (auth.basic) {
        request.headers.emplace_back("Authorization", "Basic " + EncodeBase64(id + ":" + secret));
    } else {
        Add(request.body, "client_id", id);
        Add(request.body, "client_secret", secret);
    }
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.headers.emplace_back("Accept", "application/json");
    return made;
}

TokenAnswer ReadToken(const Manifest& manifest, const HttpResult& result, Instant now) {
    if (result.failure == TransportFailure::kNotSent) return Failed("unreachable", result.detail);
    if (result.failure == TransportFailure::kMaybeSent) return Failed("no_answer", result.detail);
    const HttpAnswer& answer = result.answer;
    if (!answer.complete) return Failed("cut", "the answer with the token was cut");
    if (answer.status < 200 || answer.status > 299) {
        TokenAnswer refused = Refusal(answer);
        refused.retry_after = ParseRetryAfter(FindHeader(answer.headers, "Retry-After"), now);
        return refused;
    }
    const Result<Json> body = ParseJson(answer.body);
    if (!body.ok() || !body->IsObject())
        return Failed("unreadable", "the answer with the token is no JSON object");
    TokenAnswer given;
    given.token = (*body)["access_token"].AsString();
    if (!IsToken(given.token))
        return Failed("unreadable", "the answer has no access_token that fits a header");
    given.lifetime = LifetimeOf((*body)["expires_in"], manifest.auth.lifetime);
    return given;
}

}  // namespace returns::connectors
