#include "gateway/callback_keys.h"

#include "connectors/crypto.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::size_t kDigits = 8;

std::string MarkOf(const std::string& secret) {
    return connectors::Sha256Hex(secret).substr(0, kDigits);
}

}  // namespace

std::shared_ptr<const Json> CallbackSettings(const Connection& connection) {
    auto rekeyed = std::atomic_load(&connection.rekeyed);
    if (rekeyed) return rekeyed;
    // Not owned: what a connection starts with stays for as long as there is the connection.
    return {std::shared_ptr<const Json>(), &connection.settings.settings};
}

std::vector<std::string> KeyMarks(const Connection& connection, const Json& settings) {
    std::vector<std::string> marks;
    const auto& callbacks = connection.connector->manifest().callbacks;
    if (!callbacks || callbacks->keys.empty()) return marks;
    const Json& keys = settings[callbacks->keys];
    if (keys.IsString()) marks.push_back(MarkOf(keys.AsString()));
    for (const Json& key : keys.Items()) marks.push_back(MarkOf(key.AsString()));
    return marks;
}

std::vector<std::string> KeyMarks(const Connection& connection) {
    return KeyMarks(connection, *CallbackSettings(connection));
}

std::string Joined(const std::vector<std::string>& marks) {
    std::string all;
    for (const std::string& mark : marks) all += (all.empty() ? "" : ", ") + mark;
    return all;
}

Result<std::shared_ptr<const Json>> NewKeys(const Connection& connection, const Settings& fresh) {
    const std::string& name = connection.settings.name;
    const auto& callbacks = connection.connector->manifest().callbacks;
    if (!callbacks || callbacks->keys.empty())
        return Error{Code::kNotFound, "connection " + name + " has no callback keys"};
    const auto found =
        std::find_if(fresh.connections.begin(), fresh.connections.end(),
                     [&](const ConnectionSettings& each) { return each.name == name; });
    if (found == fresh.connections.end())
        return Error{Code::kNotFound, "connection " + name + " has left the settings"};
    RETURN_IF_ERROR(CheckSecrets(*found, {callbacks->keys}));
    Json settings = connection.settings.settings;
    settings.Set(callbacks->keys, found->settings[callbacks->keys]);
    RETURN_IF_ERROR(connectors::CheckSettings(connection.connector->manifest(), settings));
    if (KeyMarks(connection, settings).empty())
        return Invalid("connections." + name + ".settings." + callbacks->keys +
                       ": at least one key has to stay");
    return std::make_shared<const Json>(std::move(settings));
}

void Take(Connection& connection, std::shared_ptr<const Json> settings) {
    std::atomic_store(&connection.rekeyed, std::move(settings));
}

}  // namespace returns::gateway
