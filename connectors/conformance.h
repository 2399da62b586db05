// The connector kit: runs a connector's own fixtures against it, and what holds for every
// connector (forged, stale, truncated and unsigned callbacks are refused; no secret reaches a
// mapping, an outcome or an error). Pure; any thread.
#pragma once

#include "connectors/connector.h"

#include <string>
#include <vector>

namespace returns::connectors {

struct ConformanceReport {
    int passed = 0;
    std::vector<std::string> failures;  // each: the case's name, then the difference, in lines
    bool ok() const { return failures.empty() && passed > 0; }
};

ConformanceReport TestConnector(const Connector::Files& files);

// For a terminal: the failures, then one line of totals.
std::string FormatReport(const ConformanceReport& report, std::string_view name);

}  // namespace returns::connectors
