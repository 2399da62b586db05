// Connectors that change while the gateway runs.
#include "gateway/connections.h"
#include "gateway/connections_ready.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using connectors::Connector;
using connectors::Manifest;

// More than calls can be under way through versions of old.
constexpr std::size_t kRetiredMax = 32;

Error Refused(const std::string& folder, const std::string& why) {
    return Invalid("connector " + folder + ": " + why + "; the one in force stays");
}

// What waits, or is under way, or was promised, must find in the new one what the old one had.
Status CanReplace(const Manifest& old, const Manifest& now) {
    if (old.kind != now.kind || old.transport != now.transport)
        return Invalid("its kind or transport changed: that takes a restart");
    for (const auto& [name, operation] : old.operations)
        if (!now.operations.contains(name))
            return Invalid("operation '" + name + "' is gone, and commands may wait for it");
    if (old.callbacks && !now.callbacks)
        return Invalid("it takes no callbacks any more, and their sender would be turned away");
    if (old.records.empty() != now.records.empty())
        return Invalid("whether it reads records changed: that takes a restart");
    if (old.payment && old.payment != now.payment)
        return Invalid("what it says of payments changed: that takes a restart");
    return {};
}

Result<std::unique_ptr<Connector>> LoadTested(const std::string& folder, const Connector& old,
                                              const Connector::Files& files,
                                              const connectors::TestWatch& watch) {
    auto loaded = Connector::Load(files);
    if (!loaded.ok()) return Refused(folder, loaded.error().text);
    if (loaded->hash() == old.hash()) return std::unique_ptr<Connector>();
    if (const Status can = CanReplace(old.manifest(), loaded->manifest()); !can.ok())
        return Refused(folder, can.error().text);
    const auto report = connectors::TestConnector(files, watch);
    if (report.passed == 0 && report.failures.empty())
        return Refused(folder, "it has no cases in fixtures/");
    if (!report.ok())
        return Refused(folder, "of its cases " + std::to_string(report.failures.size()) +
                                   " fail, first " + report.failures.front());
    return std::make_unique<Connector>(std::move(*loaded));
}

}  // namespace

Result<Connections::Prepared> Connections::Prepare(const Settings& settings,
                                                   const ReadFolder& read_folder,
                                                   const connectors::TestWatch& watch) const {
    Prepared made;
    for (const auto& [folder, old] : connectors_) {
        const auto files = read_folder(folder);
        if (!files.ok()) return Refused(folder, files.error().text);
        ASSIGN_OR_RETURN(auto connector, LoadTested(folder, *old, *files, watch));
        if (connector != nullptr) made.connectors.emplace(folder, std::move(connector));
    }
    for (const ConnectionSettings& each : settings.connections) {
        const auto changed = made.connectors.find(each.connector);
        const Connector& connector =
            changed == made.connectors.end() ? *connectors_.at(each.connector) : *changed->second;
        ASSIGN_OR_RETURN(made.settings[each.name],
                         ReadyFor(connector.manifest(), each, settings.kafka.status_topic));
    }
    return made;
}

std::vector<std::string> Connections::Adopt(Prepared prepared) {
    std::vector<std::string> names;
    for (auto& [folder, connector] : prepared.connectors) {
        std::unique_ptr<Connector>& place = connectors_.at(folder);
        for (Connection& each : connections_)
            if (each.connector == place.get()) each.connector = connector.get();
        retired_.push_back(std::exchange(place, std::move(connector)));
        names.push_back(folder);
    }
    if (retired_.size() > kRetiredMax)
        retired_.erase(retired_.begin(), retired_.end() - std::ptrdiff_t{kRetiredMax});
    for (Connection& each : connections_) {
        const auto found = prepared.settings.find(each.settings.name);
        if (found != prepared.settings.end()) each.settings.settings = std::move(found->second);
    }
    return names;
}

Connector& Connections::VersionOf(const Connection& connection, std::string_view hash) {
    if (connection.connector->hash() == hash) return *connection.connector;
    for (const auto& retired : retired_)
        if (retired->hash() == hash) return *retired;
    return *connection.connector;
}

}  // namespace returns::gateway
