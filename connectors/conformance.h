// The connector kit: runs a connector's own fixtures against it, and what holds for every
// connector (forged, stale, truncated and unsigned callbacks are refused; no secret reaches a
// mapping, an outcome or an error). Pure; any thread.
#pragma once

#include "connectors/connector.h"

#include <functional>
#include <string>
#include <vector>

namespace returns::connectors {

struct ConformanceReport {
    int passed = 0;
    std::vector<std::string> failures;  // each: the case's name, then the difference, in lines
    std::vector<std::string> notes;     // what no case shows
    bool ok() const { return failures.empty() && passed > 0; }
};

// Who watches a test from outside: told of the connector before its mappings run, and nullptr once
// they run no more; and of each case before it runs, "fixtures/a.json:12: its name".
struct TestWatch {
    std::function<void(Connector*)> connector = nullptr;
    std::function<void(const std::string&)> at = nullptr;
};

ConformanceReport TestConnector(const Connector::Files& files, const TestWatch& watch = {});

// For a terminal: the failures with what to do, then one line of totals.
std::string FormatReport(const ConformanceReport& report, std::string_view name,
                         bool colour = false);

}  // namespace returns::connectors
