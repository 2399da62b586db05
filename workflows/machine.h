// A machine definition, compiled from its file (the XState v5 JSON subset described in
// workflows/machines/README.md) to dense tables. Immutable after Compile; any thread.
#pragma once

#include "schemas/json.h"
#include "schemas/result.h"
#include "workflows/triggers.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace returns::workflows {

enum class Otherwise : std::uint8_t { kIgnore, kRefuse };

struct Edge {
    int guard = -1;            // index into GuardNames; -1: always
    int target = -1;           // state index; -1: stay
    std::vector<int> actions;  // indices into ActionNames, in order
    bool reenter = false;      // stay, but start the state's timers again
};

struct Timer {
    std::string delay;        // a name in the policy's delays
    std::vector<Edge> edges;  // first whose guard holds
};

struct StateRow {
    std::string owner;         // us, agent, customer, carrier, partner, provider, finance, risk
    std::string wording;       // key of the customer sentence
    std::string agent_action;  // key of what an agent can do
    bool final = false;        // no timer, nothing owed
    std::array<Otherwise, kTriggerClasses> otherwise{};
    std::vector<int> entry;             // actions run on each entry
    std::vector<std::vector<Edge>> on;  // by trigger; empty: `otherwise` says
    std::vector<Timer> timers;          // in the order they fire; the last moves or reenters
};

struct Machine {
    MachineKind kind = MachineKind::kReturn;
    std::string id;  // the file's own name and version, "return-1"
    int initial = 0;
    std::vector<StateRow> states;  // by state index
};

// Compiles; every error names the JSON path and what was expected there. Unknown members, states,
// triggers, guards, actions and missing states are errors.
Result<Machine> Compile(MachineKind kind, const Json& definition);

}  // namespace returns::workflows
