// The values of the connector kit as JSON: how fixtures write requests, answers, outcomes and
// events, and how two of them differ. Plain functions; any thread.
#pragma once

#include "connectors/connector.h"
#include "schemas/json.h"

#include <string>
#include <vector>

namespace returns::connectors {

// Secrets are written as "<secret>".
Json DescribeHeaders(const HttpHeaders& headers, const std::vector<std::string>& secrets);
Json Describe(const HttpRequest& request, const std::vector<std::string>& secrets);
Json Describe(const Outcome& outcome);
Json Describe(const std::vector<Listed>& listed);
Json Describe(const std::vector<Envelope>& events);

// The query, and the body whether JSON or a form, as one object.
Json QueryOf(const HttpRequest& request);
Json BodyOf(const HttpRequest& request);

// {"answer": {status, headers, body, complete}} or {"failure": "not_sent" | "maybe_sent"}.
HttpResult ReadResult(const Json& one);
HttpHeaders ReadHeaders(const Json& object);
// A text as it stands, anything else as the JSON text it is.
std::string TextOrJson(const Json& value);

// Members in alphabetical order, at every depth.
Json Sorted(const Json& value);
// Field by field, a line for each that differs: "    - [0].type: ..." as wanted, "    + " as given;
// "" when they are equal.
std::string Difference(const Json& wanted, const Json& given);

}  // namespace returns::connectors
