#include "gateway/callback_reader.h"

#include "connectors/addresses.h"
#include "connectors/crypto.h"
#include "gateway/callback_keys.h"
#include "gateway/client_certificate.h"
#include "gateway/http_wire.h"
#include "gateway/raw_reader.h"

#include <algorithm>
#include <utility>

namespace returns::gateway {
namespace {

using SignatureVerdict = connectors::Verdict;

constexpr std::string_view kPath = "/v1/callbacks/";

// The address as registered with the partner, never built from what the request calls itself.
std::string RegisteredUrl(const std::string& public_url, const std::string& path) {
    std::string url = public_url;
    while (url.ends_with('/')) url.pop_back();
    return url + path;
}

std::string PathOf(const std::string& url) {
    const std::size_t host = url.find("://");
    return host == url.npos ? url : url.substr(std::min(url.find('/', host + 3), url.size()));
}

// What proves who is calling is not kept.
connectors::HttpHeaders WithoutKeys(connectors::HttpHeaders headers) {
    std::erase_if(headers, [](const auto& header) {
        const std::string name = connectors::Lower(header.first);
        return name == "authorization" || name == "proxy-authorization" || name == "cookie";
    });
    return headers;
}

CallbackRead::Verdict VerdictOf(SignatureVerdict verdict) {
    switch (verdict) {
        case SignatureVerdict::kVerified:
            return CallbackRead::Verdict::kVerified;
        case SignatureVerdict::kStale:
            return CallbackRead::Verdict::kStale;
        case SignatureVerdict::kUnknownKey:
            return CallbackRead::Verdict::kUnknownKey;
        case SignatureVerdict::kNoKeys:
            return CallbackRead::Verdict::kNoKeys;
        case SignatureVerdict::kMissing:
        case SignatureVerdict::kForged:
        case SignatureVerdict::kMalformed:
            break;
    }
    return CallbackRead::Verdict::kForged;
}

// Where the partner says from which addresses it calls, all others prove nothing.
bool ComesFrom(const Connection& connection, const DoorRequest& request,
               connectors::Verification& why) {
    const connectors::Manifest& manifest = connection.connector->manifest();
    if (manifest.callbacks->from.empty()) return true;
    const std::string& networks =
        connectors::TextSetting(manifest, manifest.callbacks->from, connection.settings.settings);
    if (connectors::Within(networks, request.peer)) return true;
    why.verdict = connectors::Verdict::kForged;
    why.sentence = "it does not come from an address of the partner (setting '" +
                   manifest.callbacks->from + "')";
    return false;
}

}  // namespace

CallbackReader::CallbackReader(Connections& connections, const Settings& settings, WallClock now)
    : connections_(connections), settings_(settings), ring_(settings.keys), now_(std::move(now)) {}

CallbackReader CallbackReader::Twin() const {
    CallbackReader twin(connections_, settings_, now_);
    twin.Renew();
    return twin;
}

void CallbackReader::Renew() {
    own_.clear();
    for (const connectors::Connector* connector : connections_.connectors()) {
        if (!connector->manifest().callbacks) continue;
        own_[connector] = std::make_unique<connectors::Connector>(connector->Twin());
    }
}

std::vector<connectors::Connector*> CallbackReader::own_connectors() {
    std::vector<connectors::Connector*> all;
    for (auto& [original, connector] : own_) all.push_back(connector.get());
    return all;
}

connectors::Connector& CallbackReader::ConnectorOf(const Connection& connection) {
    const auto own = own_.find(connection.connector);
    return own == own_.end() ? *connection.connector : *own->second;
}

const connectors::KeySet* CallbackReader::KeysOf(const std::string& connection) const {
    if (keys_ == nullptr) return nullptr;
    const auto found = keys_->find(connection);
    return found == keys_->end() ? nullptr : found->second.get();
}

bool CallbackReader::IsCallback(const DoorRequest& request) {
    return request.method == "POST" && request.path.starts_with(kPath) &&
           request.path.find_first_of("/%", kPath.size()) == std::string::npos;
}

CallbackRead CallbackReader::Read(const DoorRequest& request) {
    return Read(request.path.substr(kPath.size()), request);
}

CallbackRead CallbackReader::Read(const std::string& name, const DoorRequest& request) {
    using Verdict = CallbackRead::Verdict;
    CallbackRead read;
    read.began_at = now_();
    read.connection = connections_.Find(name);
    if (read.connection == nullptr || !read.connection->connector->manifest().callbacks ||
        read.connection->connector->manifest().transport == connectors::Transport::kFile)
        return read;
    const ConnectionSettings& settings = read.connection->settings;
    read.verdict = Verdict::kWithoutCertificate;
    if (!HasCertificate(settings.client_certificates, request)) return read;
    read.verdict = Verdict::kForged;
    if (!ComesFrom(*read.connection, request, read.reading.verification)) return read;
    connectors::Connector& connector = ConnectorOf(*read.connection);
    if (!connector.Signs(settings.settings)) {
        // A partner that signs nothing has a key of ours.
        const auto caller = ring_.FindBearer(request.headers);
        if (!caller || caller->role != Role::kPartner || !caller->Holds(settings.name)) return read;
        read.caller = caller;
    }
    const std::string url = RegisteredUrl(settings_.public_url, request.path);
    read.reading = connector.ReadCallback(
        {request.method, url, PathOf(url), &request.headers, request.body},
        *CallbackSettings(*read.connection), read.began_at, KeysOf(settings.name));
    read.verdict = VerdictOf(read.reading.verification.verdict);
    if (read.verdict != Verdict::kVerified) {
        read.caller.reset();
        return read;
    }
    read.reading.test = read.reading.test || (read.caller && BearsTestKey(request.headers));
    read.digest = connectors::Sha256Hex(request.body);
    read.surroundings = WriteSurroundings({{}, false, WithoutKeys(request.headers)});
    return read;
}

}  // namespace returns::gateway
