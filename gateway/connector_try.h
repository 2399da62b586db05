// One callback through a connector's folder, step by step, and what each of its events changes on a
// small case: for whoever writes a connector. Pure but for the time it is given; any thread.
#pragma once

#include "connectors/connector.h"
#include "schemas/json.h"
#include "schemas/result.h"
#include "workflows/rules.h"

#include <string>
#include <vector>

namespace returns::gateway {

struct TryAsk {
    connectors::Connector::Files files;
    std::string body;
    connectors::HttpHeaders headers;
    std::string secret;  // "": the settings'
    Json settings;       // laid over those of the folder's first file of cases
    Json events;         // what the case begins with; null: an example made for the callback
    Instant now = kNoTime;
};

struct TryStep {
    std::string label;               // signature, mapping, event, case, decision, ...
    std::vector<std::string> lines;  // the first says it, the others why
    bool good = true;
};

struct TryReport {
    std::vector<TryStep> steps;
    bool good() const;
};

// An error: the folder does not load, or the settings or the case do not fit it. `book` is that of
// the machines in force; its connections are replaced by the one tried.
Result<TryReport> TryCallback(const TryAsk& ask, workflows::Rulebook& book);

std::string FormatTry(const TryReport& report);
Json TryJson(const TryReport& report);

}  // namespace returns::gateway
