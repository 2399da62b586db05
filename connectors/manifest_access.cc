#include "connectors/manifest_access.h"

#include <chrono>

namespace returns::connectors {
namespace {

using Type = Authentication::Type;
using Grant = Authentication::Grant;

void NeedSetting(const Manifest& manifest, const std::string& name, Fields& fields) {
    const auto found = manifest.settings.find(name);
    if (found == manifest.settings.end() || found->second.secret)
        fields.Fail("'" + name + "' is not a setting, or one marked secret");
}

void ReadTokens(Fields& fields, const Manifest& manifest, Authentication& auth) {
    auth.grant =
        static_cast<Grant>(fields.Choice("grant", {"client_credentials", "refresh_token"}, 0));
    auth.basic = fields.Choice("send", {"basic", "form"}, 0) == 0;
    auth.token_path = fields.Text("token_path");
    auth.token_url = fields.Text("token_url");
    auth.user = fields.NeededText("client_id");
    auth.secret = fields.NeededText("client_secret");
    auth.scope = fields.Text("scope");
    auth.header = fields.Text("header");
    auth.prefix = fields.Text("prefix", auth.header.empty() ? "Bearer " : "");
    if (auth.header.empty()) auth.header = "Authorization";
    auth.lifetime = std::chrono::seconds(fields.Number("lifetime_s", 3600, 60, 90 * 86'400));
    if (auth.token_path.empty() == auth.token_url.empty())
        fields.Fail("either 'token_path' or 'token_url' says where tokens come from");
    if (!auth.token_path.empty() && !auth.token_path.starts_with("/"))
        fields.Fail("'token_path' must start with '/'");
    if (!auth.token_url.empty()) NeedSetting(manifest, auth.token_url, fields);
    NeedSetting(manifest, auth.user, fields);
    if (auth.grant == Grant::kRefreshToken) {
        auth.refresh_token = fields.NeededText("refresh_token");
        NeedSecret(manifest, auth.refresh_token, fields);
    }
}

}  // namespace

void NeedSecret(const Manifest& manifest, const std::string& name, Fields& fields) {
    const auto found = manifest.settings.find(name);
    if (found == manifest.settings.end() || !found->second.secret)
        fields.Fail("'" + name + "' is not a setting marked secret");
}

Status ReadAuthentication(const Json& value, const std::string& where, Manifest& manifest) {
    if (value.IsNull()) return {};
    Fields fields(value, where + ".auth");
    Authentication& auth = manifest.auth;
    auth.type = static_cast<Type>(
        fields.Choice("type", {"none", "header", "basic", "bearer", "oauth2"}, -1));
    if (auth.type == Type::kHeader) {
        auth.header = fields.NeededText("header");
        auth.prefix = fields.Text("prefix");
    }
    if (auth.type == Type::kBasic) auth.user = fields.Text("user");
    if (auth.type == Type::kOAuth2)
        ReadTokens(fields, manifest, auth);
    else if (auth.type != Type::kNone)
        auth.secret = fields.NeededText("secret");
    if (auth.type != Type::kNone) NeedSecret(manifest, auth.secret, fields);
    return fields.Done();
}

Status ReadRates(const Json& value, const std::string& where, Manifest& manifest) {
    if (value.IsNull()) return {};
    Fields fields(value, where + ".rates");
    RateHeaders& rates = manifest.rates;
    rates.retry_after = fields.Text("retry_after");
    rates.limit = fields.Text("limit");
    rates.remaining = fields.Text("remaining");
    rates.burst = static_cast<int>(fields.Number("burst", 0, 0, 10'000));
    if (rates.burst > 0 && rates.limit.empty()) fields.Fail("'burst' goes with 'limit'");
    return fields.Done();
}

Status ReadPolling(Fields& fields, const std::string& where, Manifest& manifest) {
    manifest.poll = fields.Text("poll");
    const auto asked = manifest.operations.find(manifest.poll);
    if (!manifest.poll.empty() &&
        (asked == manifest.operations.end() || !asked->second.reads || manifest.poll == "check"))
        return Invalid(where + ": 'poll' names no look-up here");
    const Json& value = fields.Object("subscription");
    if (value.IsNull()) return {};
    Fields inner(value, where + ".subscription");
    SubscriptionProfile profile;
    profile.operation = inner.NeededText("operation");
    profile.lifetime = std::chrono::seconds(inner.Number("lifetime_s", 0, 3600, 400 * 86'400));
    if (profile.lifetime.count() == 0) inner.Fail("'lifetime_s' is missing");
    if (profile.operation != "return.subscribe" ||
        manifest.operations.find(profile.operation) == manifest.operations.end())
        inner.Fail("'operation' must be return.subscribe, and there must be one");
    RETURN_IF_ERROR(inner.Done());
    manifest.subscription = profile;
    return {};
}

}  // namespace returns::connectors
