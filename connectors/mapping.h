// What passes between the runtime and the mappings: their inputs, and the events they give.
// Plain functions; any thread.
#pragma once

#include "connectors/http.h"
#include "connectors/manifest.h"
#include "schemas/event.h"
#include "schemas/json.h"
#include "schemas/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

// The settings a mapping may see: neither secrets nor crosswalks; defaults filled in.
Json PublicSettings(const Manifest& manifest, const Json& settings);

// The secret we send: of a list, which stands while one is being changed, the first.
std::string FirstSecret(const Json& value);

// Names in lower case, the last of equal ones; without those that carry credentials.
Json PublicHeaders(const Manifest& manifest, const HttpHeaders& headers);

// A time as partners write it: RFC 3339, with UTC taken where the offset is missing.
Result<Instant> ReadInstant(std::string_view text);

// A list of {type, id, occurred_at, order_id, data}, as README.md states it. Events without an
// id take message_id, numbered from 1 when there are several; those without a time at_latest.
Result<std::vector<Envelope>> ReadEvents(const Json& list, std::string_view message_id,
                                         Instant at_latest, const std::string& mapping_hash);

}  // namespace returns::connectors
