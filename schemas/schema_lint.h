// Refuses a JSON Schema that the validator would only half obey. What RapidJSON does not know it
// ignores without a word, and a check that does not check is worse than none. Pure; any thread.
#pragma once

#include "schemas/json.h"
#include "schemas/result.h"

namespace returns {

// Accepted: type, enum, allOf, anyOf, oneOf, not, properties, required, dependencies,
// additionalProperties, min/maxProperties, items, additionalItems, min/maxItems, uniqueItems,
// min/maxLength, pattern, minimum, maximum, boolean exclusiveMinimum/Maximum (draft 4), whole
// multipleOf, $ref to "#/definitions/..." on its own, definitions, and pure annotations.
// A pattern is a plain ASCII std::regex and needs a maxLength of at most 1024 beside it.
Status LintSchema(const Json& schema);

}  // namespace returns
