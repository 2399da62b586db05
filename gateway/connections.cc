#include "gateway/connections.h"

namespace returns::gateway {
namespace {

std::string_view KindName(connectors::Kind kind) {
    switch (kind) {
        case connectors::Kind::kShop:
            return "shop";
        case connectors::Kind::kLogistics:
            return "logistics";
        case connectors::Kind::kPayment:
            return "payment";
        case connectors::Kind::kDesk:
            return "desk";
        case connectors::Kind::kNotify:
            return "notify";
    }
    return "";
}

Delay InSeconds(Millis duration) {
    return {std::chrono::duration_cast<std::chrono::seconds>(duration).count(),
            Delay::Unit::kSeconds};
}

Result<connectors::Connector*> Need(
    std::map<std::string, std::unique_ptr<connectors::Connector>>& known,
    const Connections::ReadFolder& read_folder, const std::string& folder) {
    auto found = known.find(folder);
    if (found != known.end()) return found->second.get();
    ASSIGN_OR_RETURN(const connectors::Connector::Files files, read_folder(folder));
    auto loaded = connectors::Connector::Load(files);
    if (!loaded.ok())
        return Error{loaded.error().code,
                     "loading connector " + folder + ": " + loaded.error().text};
    auto owned = std::make_unique<connectors::Connector>(std::move(loaded).value());
    connectors::Connector* raw = owned.get();
    known.emplace(folder, std::move(owned));
    return raw;
}

}  // namespace

Result<Connections> Connections::Make(const Settings& settings, const ReadFolder& read_folder) {
    Connections made;
    for (const ConnectionSettings& each : settings.connections) {
        ASSIGN_OR_RETURN(connectors::Connector * connector,
                         Need(made.connectors_, read_folder, each.connector));
        const auto& manifest = connector->manifest();
        std::vector<std::string> secret_names;
        for (const auto& [name, declaration] : manifest.settings)
            if (declaration.secret) secret_names.push_back(name);
        RETURN_IF_ERROR(CheckSecrets(each, secret_names));
        const Status fits = connectors::CheckSettings(manifest, each.settings);
        if (!fits.ok())
            return Error{Code::kInvalid, "reading settings: connections." + each.name +
                                             ".settings: " + fits.error().text};
        made.connections_.push_back({each, connector});
    }
    for (const TopicSettings& topic : settings.kafka.topics) {
        ASSIGN_OR_RETURN(connectors::Connector * connector,
                         Need(made.connectors_, read_folder, topic.connector));
        if (connector->manifest().records.empty())
            return Invalid("reading settings: kafka.topics." + topic.name + ": connector " +
                           topic.connector + " reads no records");
    }
    return made;
}

Connection* Connections::Find(std::string_view name) {
    for (Connection& each : connections_)
        if (each.settings.name == name) return &each;
    return nullptr;
}

connectors::Connector* Connections::FindConnector(const std::string& folder) {
    const auto found = connectors_.find(folder);
    return found == connectors_.end() ? nullptr : found->second.get();
}

std::vector<connectors::Connector*> Connections::connectors() {
    std::vector<connectors::Connector*> all;
    for (auto& [name, connector] : connectors_) all.push_back(connector.get());
    return all;
}

std::vector<workflows::ConnectionFacts> Connections::Facts() const {
    std::vector<workflows::ConnectionFacts> facts;
    for (const Connection& each : connections_) {
        const auto& manifest = each.connector->manifest();
        workflows::ConnectionFacts fact;
        fact.name = each.settings.name;
        fact.kind = KindName(manifest.kind);
        fact.shop = each.settings.shop;
        fact.calendar = each.settings.calendar;
        for (const auto& [name, operation] : manifest.operations) fact.operations.insert(name);
        if (manifest.payment) fact.key_window = InSeconds(manifest.payment->key_window);
        facts.push_back(std::move(fact));
    }
    return facts;
}

}  // namespace returns::gateway
