#include "gateway/connections.h"

#include "connectors/crosswalk.h"
#include "gateway/connections_ready.h"
#include "gateway/fetched_keys.h"
#include "gateway/routing.h"

#include <algorithm>

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

// What the connector asks for, tables read from their files and ready for look-ups.
Result<Json> Ready(const connectors::Manifest& manifest, Json settings) {
    for (const auto& [name, declaration] : manifest.settings) {
        if (declaration.form != connectors::SettingDeclaration::Form::kTable) continue;
        if (!settings[name].IsString()) continue;
        auto table = ReadCodeTable(settings[name].AsString(), declaration.number);
        if (!table.ok()) return Invalid("table '" + name + "': " + table.error().text);
        settings.Set(name, std::move(*table));
    }
    RETURN_IF_ERROR(connectors::CheckSettings(manifest, settings));
    return connectors::PrepareCrosswalks(manifest, settings);
}

std::vector<workflows::MissingCode> Missing(const Connection& connection, const Json& body) {
    std::vector<workflows::MissingCode> all;
    for (auto& each : connectors::FindUntranslated(connection.connector->manifest(), body,
                                                   connection.settings.settings))
        all.push_back({std::move(each.table), std::move(each.kind), std::move(each.code)});
    return all;
}

bool Translates(const connectors::Manifest& manifest) {
    return std::any_of(manifest.settings.begin(), manifest.settings.end(),
                       [](const auto& entry) { return !entry.second.codes.empty(); });
}

// A shop that is asked by topic reads where moves are told, unless its settings name another: one
// of the two renamed alone would send requests for money to a topic nobody reads.
Status AskWhereMovesAreTold(const connectors::Manifest& manifest, const std::string& status_topic,
                            const std::string& name, Json& settings) {
    const bool asks = manifest.transport == connectors::Transport::kKafka;
    if (!asks || manifest.settings.count("topic") == 0 || !settings["topic"].IsNull()) return {};
    if (status_topic.empty())
        return Invalid("reading settings: connections." + name +
                       ".settings.topic: needed where kafka.status_topic is empty");
    settings.Set("topic", Json::String(status_topic));
    return {};
}

Status CheckKeysAddress(const connectors::Manifest& manifest,
                        const ConnectionSettings& connection) {
    if (!manifest.callbacks || !manifest.callbacks->recipe.fetches_keys()) return {};
    const std::string& name = manifest.callbacks->key_set_url;
    const Status good =
        CheckKeySetUrl(connectors::TextSetting(manifest, name, connection.settings));
    if (good.ok()) return {};
    return Invalid("reading settings: connections." + connection.name + ".settings." + name + ": " +
                   good.error().text);
}

}  // namespace

Result<Json> ReadyFor(const connectors::Manifest& manifest, const ConnectionSettings& connection,
                      const std::string& status_topic) {
    std::vector<std::string> secret_names;
    for (const auto& [name, declaration] : manifest.settings)
        if (declaration.secret) secret_names.push_back(name);
    RETURN_IF_ERROR(CheckSecrets(connection, secret_names));
    auto ready = Ready(manifest, connection.settings);
    if (!ready.ok())
        return Error{Code::kInvalid, "reading settings: connections." + connection.name +
                                         ".settings: " + ready.error().text};
    RETURN_IF_ERROR(AskWhereMovesAreTold(manifest, status_topic, connection.name, *ready));
    return ready;
}

Result<Connections> Connections::Make(const Settings& settings, const ReadFolder& read_folder) {
    Connections made;
    for (const ConnectionSettings& each : settings.connections) {
        ASSIGN_OR_RETURN(connectors::Connector * connector,
                         Need(made.connectors_, read_folder, each.connector));
        made.connections_.push_back({each, connector});
        ASSIGN_OR_RETURN(made.connections_.back().settings.settings,
                         ReadyFor(connector->manifest(), each, settings.kafka.status_topic));
        RETURN_IF_ERROR(CheckKeysAddress(connector->manifest(), made.connections_.back().settings));
    }
    for (const TopicSettings& topic : settings.kafka.topics) {
        ASSIGN_OR_RETURN(connectors::Connector * connector,
                         Need(made.connectors_, read_folder, topic.connector));
        if (connector->manifest().records.empty())
            return Invalid("reading settings: kafka.topics." + topic.name + ": connector " +
                           topic.connector + " reads no records");
    }
    ASSIGN_OR_RETURN(made.routes_, RoutesOf(settings, made.Facts()));
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

void TakeTerms(const connectors::PaymentProfile& profile, workflows::ConnectionFacts& facts) {
    facts.key_window = InSeconds(profile.key_window);
    facts.terms = {.stores_refusals = profile.stores_refusals,
                   .lookup_by_our_reference = profile.lookup_by_our_reference,
                   .days_max = profile.refund_days_max,
                   .queues_for_money = profile.queues_for_money,
                   .settles_by_notice = profile.settles_by_notice,
                   .partial = profile.partial,
                   .refunds_max = profile.refunds_max,
                   .minimum_minor = {profile.minimum_minor.begin(), profile.minimum_minor.end()}};
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
        if (each.connector->tells().known) fact.tells = each.connector->tells().Types();
        for (const auto& [name, operation] : manifest.operations) fact.operations.insert(name);
        // Who is never called can be asked nothing, and only tells us.
        if (manifest.transport == connectors::Transport::kFile ||
            (manifest.base_url_optional && each.settings.base_url.empty()))
            fact.operations = {"callbacks"};
        fact.approve_above_minor = each.settings.approve_above_minor;
        if (manifest.payment) TakeTerms(*manifest.payment, fact);
        // Connections stay where they are for as long as anybody has the facts.
        if (Translates(manifest))
            fact.missing = [from = &each](const Json& body) { return Missing(*from, body); };
        facts.push_back(std::move(fact));
    }
    return facts;
}

}  // namespace returns::gateway
