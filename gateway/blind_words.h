// What a connection can and cannot tell us, for the API, the pages and the terminal. Pure; any
// thread.
#pragma once

#include "connectors/connector.h"
#include "schemas/json.h"
#include "workflows/blind.h"
#include "workflows/rules.h"

#include <string>
#include <vector>

namespace returns::gateway {

// {known, events: {type: [ways]}, untold: [...], unseen: [...], timers: [...], sentences: [...]}.
// Of connectors that are no logistics partner only the first two and the last.
Json TellsJson(const connectors::Connector& connector, const workflows::Rulebook& book);

// In sentences: what goes blind with this partner, then what its connector says of itself. Empty
// where nothing does.
struct BlindWords {
    std::vector<std::string> told;     // "parcel.delivered (callback)"
    std::vector<std::string> untold;   // "This partner does not tell ..."
    std::vector<std::string> timers;   // "Waiting for ..."
    std::vector<std::string> further;  // the manifest's own sentences
    bool known = false;
};
BlindWords WordsOf(const connectors::Connector& connector, const workflows::Rulebook& book);

std::string PlainTimer(const workflows::BlindTimer& timer);

}  // namespace returns::gateway
