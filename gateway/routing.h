// Routes and code tables as they stand in the settings, and how a route is explained to people:
// which rules were tried, why each does not fit, what each code becomes. Plain functions; the
// lane's thread.
#pragma once

#include "gateway/settings.h"
#include "schemas/case.h"
#include "schemas/json.h"
#include "schemas/result.h"
#include "workflows/routes.h"

#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

class Connections;

// The rules of the settings, checked against the connections there are.
Result<std::vector<workflows::RouteRule>> RoutesOf(
    const Settings& settings, const std::vector<workflows::ConnectionFacts>& connections);

// A table of codes from its file: CSV whose first row is ours,theirs, or a JSON object. A code
// that stands twice is refused, naming both rows.
Result<Json> ReadCodeTable(std::string_view text, bool numbers);

// One element for each return of the order, or one for the whole order where there is none yet:
// {return_id, connection, rule, pinned, why, tries: [...], codes: [{table, kind, code, theirs}]}.
Json ExplainRoutes(const Case& subject, const workflows::Rulebook& book, Connections& connections);
// An order told by hand: {shop, country, jurisdiction, reason, lines: [{id, sku, brand, warehouse,
// item_class, reason}]}, as one return.
Result<Json> ExplainRoute(const Json& order, const workflows::Rulebook& book,
                          Connections& connections);
// The same for a terminal; whether every question has an answer.
struct Explained {
    std::string text;
    bool complete = true;
};
Explained RouteText(const Json& explained);

}  // namespace returns::gateway
