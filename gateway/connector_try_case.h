// The small case on which a tried callback's events are decided. Pure; any thread.
#pragma once

#include "gateway/connector_try.h"

namespace returns::gateway {

// Adds the steps: the case before, each decision, the case after and what the partner is answered.
// `begin`: the events it begins with, as a mapping would write them; null: an example that suits.
Status TryOnCase(const connectors::Connector& connector, const std::vector<Envelope>& events,
                 const Json& begin, Instant now, workflows::Rulebook& book, TryReport& report);

}  // namespace returns::gateway
