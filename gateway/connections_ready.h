// A connection's settings as its connector wants them. Reads the files of tables; any thread.
#pragma once

#include "connectors/manifest.h"
#include "gateway/settings.h"
#include "schemas/json.h"
#include "schemas/result.h"

#include <string>

namespace returns::gateway {

// Secrets where they belong, tables read and ready for look-ups, nothing missing and nothing
// unknown; a shop that is asked by topic reads where moves are told.
Result<Json> ReadyFor(const connectors::Manifest& manifest, const ConnectionSettings& connection,
                      const std::string& status_topic);

}  // namespace returns::gateway
