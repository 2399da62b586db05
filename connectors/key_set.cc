#include "connectors/key_set.h"

#include "schemas/json.h"

#include <optional>

namespace returns::connectors {
namespace {

constexpr std::size_t kBytesMax = 256 << 10;
constexpr std::size_t kKeysMax = 100;
constexpr std::size_t kIdBytesMax = 128;

// Whether it is a key for signatures of a kind we check.
bool Signs(const Json& key) {
    const std::string& use = key["use"].AsString();
    const std::string& type = key["kty"].AsString();
    const std::string& algorithm = key["alg"].AsString();
    const std::string& curve = key["crv"].AsString();
    if ((!use.empty() && use != "sig") || key["kid"].AsString().empty()) return false;
    const auto fits = [&](std::string_view wanted) {
        return algorithm.empty() || algorithm == wanted;
    };
    return (type == "RSA" && fits("RS256")) ||
           (type == "OKP" && curve == "Ed25519" && fits("EdDSA")) ||
           (type == "EC" && curve == "P-256" && fits("ES256"));
}

Result<PublicKey> ReadKey(const Json& key) {
    const auto bytes = [&](const char* name) {
        return DecodeBase64Url(key[name].AsString()).value_or("");
    };
    const std::string& type = key["kty"].AsString();
    if (type == "RSA") return PublicKey::Rsa(bytes("n"), bytes("e"));
    if (type == "OKP") return PublicKey::Ed25519(bytes("x"));
    return PublicKey::P256(bytes("x"), bytes("y"));
}

}  // namespace

Result<KeySet> KeySet::Read(std::string_view text) {
    const std::string where = "reading a key set: ";
    if (text.size() > kBytesMax) return Error{Code::kLimit, where + "it is longer than 256 KiB"};
    const Result<Json> json = ParseJson(text);
    if (!json.ok()) return Invalid(where + "it is not JSON");
    const Json& list = (*json)["keys"];
    if (!list.IsArray()) return Invalid(where + "it has no list 'keys'");
    if (list.Items().size() > kKeysMax) {
        return Error{Code::kLimit, where + "it has more than 100 keys"};
    }
    KeySet set;
    for (const Json& item : list.Items()) {
        if (item.Find("d") != nullptr || item.Find("k") != nullptr) {
            return Invalid(where + "it shows a private or shared key: whoever reads it can sign");
        }
        if (!Signs(item)) continue;
        const std::string& id = item["kid"].AsString();
        if (id.size() > kIdBytesMax) return Invalid(where + "a key's id is longer than 128 bytes");
        Result<PublicKey> key = ReadKey(item);
        if (!key.ok()) return Invalid(where + "a signing key is no good: " + key.error().text);
        if (!set.keys_.emplace(id, std::move(*key)).second) {
            return Invalid(where + "two keys have one id");
        }
    }
    if (set.keys_.empty()) return Invalid(where + "it has no key for signatures known here");
    return set;
}

KeySet KeySet::With(const std::string& id, const PublicKey& key) const {
    KeySet set = *this;
    set.keys_.erase(id);
    set.keys_.emplace(id, key);
    return set;
}

const PublicKey* KeySet::Find(std::string_view id) const {
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace returns::connectors
