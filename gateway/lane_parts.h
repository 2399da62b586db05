// What decides and keeps, built from the settings: database, definitions, connections, engine. The
// running gateway puts its doors around it; an import uses it alone. One thread, the lane's.
#pragma once

#include "gateway/connections.h"
#include "gateway/definitions.h"
#include "gateway/engine.h"
#include "gateway/flight.h"
#include "gateway/settings.h"
#include "gateway/sqlite_store.h"
#include "gateway/system_clock.h"
#include "schemas/result.h"

#include <memory>
#include <optional>
#include <string>

namespace returns::gateway {

EngineOptions LaneOptions(const Settings& settings);
// Enough that each connection may have all its calls under way whatever becomes of the others'.
int CallsAtOnce(const Settings& settings);
// Where connectors' folders, and machines and policies, are: the setting, else those that came with
// the program.
std::string ConnectorFolders(const Settings& settings);
std::string DefinitionFolder(const Settings& settings);

struct LaneParts {
    // Opens the database and brings it up to date. kUnavailable: another process has it open. The
    // engine's Recover is the caller's to call.
    static Result<std::unique_ptr<LaneParts>> Open(const Settings& settings, EngineOptions options);

    explicit LaneParts(const Settings& settings) : clock(settings.time_factor) {}

    SystemClock clock;
    SystemRandom random;
    std::unique_ptr<SqliteStore> store;
    std::unique_ptr<Definitions> definitions;
    std::optional<Connections> connections;
    std::unique_ptr<Flight> flight;
    std::unique_ptr<Engine> engine;
    std::vector<std::string> unproven;  // payment connections, as Unproven tells of them
};

}  // namespace returns::gateway
