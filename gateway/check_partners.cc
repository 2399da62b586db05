// Partners' doors, and our own as partners see it.
#include "connectors/oauth2.h"
#include "gateway/check.h"
#include "gateway/http_client_once.h"
#include "gateway/system_clock.h"

#include <algorithm>
#include <chrono>
#include <optional>

namespace returns::gateway {
namespace {

using connectors::HttpRequest;
using connectors::OutcomeKind;
using connectors::TransportFailure;
using Kind = Finding::Kind;

constexpr int kCallMs = 10'000;
constexpr std::chrono::seconds kSkewMax{60};

OneCall Call(const Settings& settings, const std::string& base_url, HttpRequest request) {
    HttpClientOptions options;
    options.ca_file = settings.client_ca_file;
    for (const ConnectionSettings& each : settings.connections)
        options.allow_plain_http = options.allow_plain_http || each.allow_plain_http;
    request.total_timeout_ms = std::min(request.total_timeout_ms, kCallMs);
    return CallOnce(std::move(options), base_url, std::move(request));
}

void CheckCertificate(const std::string& what, const HttpTrace& trace, const Tell& tell) {
    if (trace.certificate_until == kNoTime) return;
    const Instant now = SystemClock::Wall();
    const std::string until = FormatDate(trace.certificate_until);
    if (trace.certificate_until - now > kCertificateLeft)
        return tell({Kind::kGood, what, "its certificate is valid until " + until});
    tell({Kind::kBad, what,
          "its certificate ends on " + until + ". Ask its owner to renew it, before calls fail"});
}

// The server's clock in its answer; off by minutes, one of the two refuses signatures.
void CheckSkew(const std::string& what, const connectors::HttpAnswer& answer, const Tell& tell) {
    const std::string date(connectors::FindHeader(answer.headers, "Date"));
    const Instant now = SystemClock::Wall();
    const auto ahead = connectors::ParseRetryAfter(date, now - std::chrono::hours(12));
    if (!ahead) return;
    const auto off =
        std::chrono::duration_cast<std::chrono::seconds>(*ahead - std::chrono::hours(12));
    if (std::chrono::abs(off) <= kSkewMax) return;
    tell({Kind::kBad, what,
          "its clock and ours are " + std::to_string(std::chrono::abs(off).count()) +
              " seconds apart. Set this machine's clock by a time server"});
}

// "" where it needs none or gives none, which is told.
std::string TokenFor(const Settings& settings, const Connection& connection,
                     const std::string& what, const Tell& tell) {
    const connectors::Manifest& manifest = connection.connector->manifest();
    auto asked = connectors::AskForToken(manifest, connection.settings.settings);
    if (!asked.ok()) {
        tell({Kind::kBad, what, asked.error().text});
        return "";
    }
    const std::string& base =
        asked->base_url.empty() ? connection.settings.base_url : asked->base_url;
    const OneCall call = Call(settings, base, std::move(asked->request));
    CheckCertificate(what, call.trace, tell);
    auto answer = connectors::ReadToken(manifest, call.result, SystemClock::Wall());
    if (answer.token.empty())
        tell({Kind::kBad, what,
              "no token from " + base + ": " + answer.reason + ", " + answer.detail +
                  (answer.reason == "credentials"
                       ? ". Renew the client's id and secret in the settings"
                       : ". Look at the token's address, the network and client_ca_file")});
    return answer.token;
}

void CheckCredentials(const Settings& settings, Connection& connection, const Tell& tell) {
    const std::string what = "connection " + connection.settings.name;
    connectors::Connector& connector = *connection.connector;
    if (connector.FindOperation("check") == nullptr)
        return tell({Kind::kNote, what, "its connector has no harmless call to try: not tried"});
    const Json nothing = Json::Object();
    std::string token;
    if (connector.NeedsToken()) {
        token = TokenFor(settings, connection, what, tell);
        if (token.empty()) return;
    }
    auto request = connector.Encode("check", nothing, connection.settings.settings, token);
    if (!request.ok()) return tell({Kind::kBad, what, request.error().text});
    OneCall call = Call(settings, connection.settings.base_url, std::move(*request));
    CheckCertificate(what, call.trace, tell);
    if (call.result.failure != TransportFailure::kNone)
        return tell({Kind::kBad, what,
                     connection.settings.base_url + " does not answer: " + call.result.detail +
                         ". Look at base_url, the network and client_ca_file"});
    CheckSkew(what, call.result.answer, tell);
    const auto outcome = connector.Decode("check", nothing, connection.settings.settings,
                                          call.result, SystemClock::Wall());
    if (outcome.kind == OutcomeKind::kDone)
        return tell({Kind::kGood, what, "it accepts our credentials"});
    const std::string answer = "HTTP " + std::to_string(call.result.answer.status);
    tell({Kind::kBad, what,
          outcome.reason == "credentials"
              ? answer + ": it refuses our credentials. Renew them in the settings' secret"
              : answer + " to a harmless call (" + outcome.reason +
                    "). Look at base_url and the "
                    "partner's status page"});
}

std::optional<std::string> FirstKey(const Connection& connection) {
    const Json& keys =
        connection.settings.settings[connection.connector->manifest().callbacks->keys];
    if (keys.IsString() && !keys.AsString().empty()) return keys.AsString();
    if (keys.IsArray() && !keys.Items().empty()) return keys.Items().front().AsString();
    return std::nullopt;
}

void CheckCallback(const Settings& settings, const Connection& connection, const Tell& tell) {
    const std::string what = "callback " + connection.settings.name;
    const auto& recipe = connection.connector->manifest().callbacks->recipe;
    const auto key = FirstKey(connection);
    if (!recipe.authenticates() || !key)
        return tell({Kind::kNote, what, "it is not signed with a secret of ours: not tried"});
    auto base = ParseBaseUrl(settings.public_url);
    if (!base.ok()) return tell({Kind::kBad, what, base.error().text});
    const std::string path = "/v1/callbacks/" + connection.settings.name;
    HttpRequest request;
    request.method = "POST";
    request.target = path + "?dry_run=true";
    request.body = "{}";
    std::string url = settings.public_url;
    while (url.ends_with('/')) url.pop_back();
    auto signed_headers =
        recipe.Sign("backhaul-check", SystemClock::Wall(),
                    {"POST", url + path, base->path + path, nullptr, request.body}, *key);
    if (!signed_headers.ok())
        return tell({Kind::kNote, what, "only the partner can sign it: not tried"});
    request.headers = std::move(*signed_headers);
    request.headers.emplace_back("Content-Type", "application/json");
    const OneCall call = Call(settings, settings.public_url, std::move(request));
    CheckCertificate(what, call.trace, tell);
    if (call.result.failure != TransportFailure::kNone)
        return tell({Kind::kBad, what,
                     settings.public_url + " does not answer: " + call.result.detail +
                         ". Does the gateway run, and does the proxy lead to it?"});
    const int status = call.result.answer.status;
    if (status == 200) return tell({Kind::kGood, what, "a signed test came through " + url + path});
    tell({Kind::kBad, what,
          "HTTP " + std::to_string(status) + " to a signed test at " + url + path +
              (status == 401 ? ". The proxy must leave body, path and headers as they come"
                             : ". Does the proxy lead to this gateway?")});
}

}  // namespace

void CheckPartners(const Settings& settings, Connections& connections, const Tell& tell) {
    for (Connection& connection : connections.all()) {
        const std::string what = "connection " + connection.settings.name;
        if (connection.connector->manifest().transport != connectors::Transport::kHttp)
            tell({Kind::kNote, what, "it speaks by Kafka: see its topics"});
        else if (connection.settings.base_url.empty())
            tell({Kind::kNote, what, "base_url is empty: it is never called"});
        else
            CheckCredentials(settings, connection, tell);
    }
}

void CheckCallbacks(const Settings& settings, Connections& connections, const Tell& tell) {
    for (const Connection& connection : connections.all()) {
        if (!connection.connector->manifest().callbacks) continue;
        if (settings.public_url.empty())
            tell({Kind::kBad, "callback " + connection.settings.name,
                  "public_url is empty: partners have no address to call"});
        else
            CheckCallback(settings, connection, tell);
    }
}

}  // namespace returns::gateway
