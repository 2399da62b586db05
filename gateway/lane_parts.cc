#include "gateway/lane_parts.h"

#include "gateway/folders.h"
#include "gateway/money_proof.h"
#include "gateway/reconciliation.h"

#include <cstdlib>
#include <map>
#include <string>

namespace returns::gateway {

namespace {

// A commit of more saves little, and whoever asks for something waits for it to end.
constexpr std::size_t kBatch = 128;

}  // namespace

EngineOptions LaneOptions(const Settings& settings) {
    EngineOptions options;
    options.batch_max = kBatch;
    options.queue_max = static_cast<std::size_t>(settings.limits.lane_queue_max);
    options.cases_cached_max = static_cast<std::size_t>(settings.limits.cases_cached_max);
    options.personal_secret = "personal:" + settings.deployment_secret;
    return options;
}

int CallsAtOnce(const Settings& settings) {
    if (settings.client_workers > 0) return static_cast<int>(settings.client_workers);
    std::int64_t sum = 1;
    for (const ConnectionSettings& each : settings.connections) sum += each.in_flight_max;
    return static_cast<int>(sum);
}

std::string ConnectorFolders(const Settings& settings) {
    return settings.connectors.empty() ? ShareFolder() + "/connectors" : settings.connectors;
}

std::string DefinitionFolder(const Settings& settings) {
    return settings.machines.empty() ? ShareFolder() + "/workflows" : settings.machines;
}

Result<std::unique_ptr<LaneParts>> LaneParts::Open(const Settings& settings,
                                                   EngineOptions options) {
    auto parts = std::make_unique<LaneParts>(settings);
    const std::string folders = ConnectorFolders(settings);
    ASSIGN_OR_RETURN(const DefinitionFiles files, ReadDefinitionFiles(DefinitionFolder(settings)));
    ASSIGN_OR_RETURN(parts->definitions, Definitions::Load(files, settings.language));
    ASSIGN_OR_RETURN(parts->connections, Connections::Make(settings, [&](const std::string& name) {
                         return ReadConnectorFolder(folders + "/" + name);
                     }));
    ASSIGN_OR_RETURN(parts->store, SqliteStore::Open(settings.database));

    SqliteStore& store = *parts->store;
    std::map<std::string, std::string> facts;
    if (settings.time_factor != 1) {
        ASSIGN_OR_RETURN(const std::string began, store.Meta("time_began"));
        if (!began.empty()) parts->clock.RunSince(Instant(Millis(std::atoll(began.c_str()))));
        facts["time_began"] = std::to_string(parts->clock.began().time_since_epoch().count());
    }
    RETURN_IF_ERROR(parts->definitions->Remember(store, facts));
    workflows::Rulebook& book = parts->definitions->book();
    book.connections = parts->connections->Facts();
    book.routes = parts->connections->routes();
    ASSIGN_OR_RETURN(parts->unproven, Unproven(files, book));
    if (settings.money_proof == "required" && !parts->unproven.empty())
        return Error{Code::kInvalid,
                     "starting: " + parts->unproven.front() + ", or set money_proof to 'warn'"};
    RETURN_IF_ERROR(workflows::CheckCalendars(book));
    RETURN_IF_ERROR(Reconciliation::Read(store, parts->clock.Now(), book, facts));
    book.mint_key = [secret = settings.deployment_secret, generation = book.generation](
                        const CaseKey& key, std::int64_t command) {
        return MintKey(secret, generation, key, command);
    };
    facts["generation"] = std::to_string(book.generation);

    ASSIGN_OR_RETURN(parts->flight, Flight::Open(settings.database + ".flight"));
    options.deciding = [flight = parts->flight.get()](std::uint64_t mark) {
        flight->Deciding(mark);
    };
    options.suspect = parts->flight->suspect();
    parts->engine = std::make_unique<Engine>(store, store, parts->clock, parts->random, book,
                                             std::move(options));
    for (const auto& [name, value] : facts) parts->engine->Note(name, value);
    return parts;
}

}  // namespace returns::gateway
