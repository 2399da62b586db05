// Reads those parts of a manifest that say how calls are let in, how many are allowed, and what is
// asked of a partner that does not speak by itself. Plain functions; any thread.
#pragma once

#include "connectors/fields.h"
#include "connectors/manifest.h"

#include <string>

namespace returns::connectors {

// Fails where that is not a setting marked secret.
void NeedSecret(const Manifest& manifest, const std::string& name, Fields& fields);

// REQUIRES: the settings have been read.
Status ReadAuthentication(const Json& value, const std::string& where, Manifest& manifest);
Status ReadRates(const Json& value, const std::string& where, Manifest& manifest);
// Members `poll` and `subscription`. REQUIRES: the operations have been read.
Status ReadPolling(Fields& fields, const std::string& where, Manifest& manifest);

}  // namespace returns::connectors
