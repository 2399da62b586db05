// What a connector can tell us at all: the types of event its mappings write. A mapping writes a
// type as a text, so they are found by reading it; nobody has to declare them, and nobody can
// forget to. Pure; any thread.
#pragma once

#include "connectors/jq.h"
#include "connectors/manifest.h"
#include "schemas/vocabulary.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace returns::connectors {

struct Tells {
    // False where mappings pass types on that they do not name, and connector.json lists none:
    // then nothing may be concluded from what is missing below.
    bool known = false;
    std::map<EventType, std::set<std::string>> how;  // "callback", "record", "answer"

    bool Has(EventType type) const { return how.contains(type); }
    std::set<EventType> Types() const;
};

// The types of others' events that stand in a mapping as texts, except where it only compares with
// them. `composed`: it puts a type together from parts.
struct TypesInMapping {
    std::set<EventType> types;
    bool composed = false;
};
TypesInMapping TypesIn(const JqSource& source);

// REQUIRES: a source for each of the manifest's mappings.
Tells TellsOf(const Manifest& manifest, const std::vector<JqSource>& sources);

}  // namespace returns::connectors
