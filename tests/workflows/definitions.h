// The definition files of the tree, read and compiled for tests. A file that does not load fails
// the process: no test of this folder means anything without it.
#pragma once

#include "schemas/json.h"
#include "workflows/machine.h"
#include "workflows/rules.h"

#include <string>
#include <string_view>
#include <vector>

namespace returns::workflows {

Json ReadTreeFile(const std::string& path);  // from the root of the tree
Json ReturnDefinition();
Json RefundDefinition();
Json WordingDefinition();
Rules DefaultRules();                         // both machines and the default policy
std::map<std::string, Json> CalendarFiles();  // workflows/calendars by file name
Calendars DefaultCalendars();

// The definition with the member at that path replaced, added (the last step) or removed.
Json With(const Json& definition, const std::vector<std::string>& path, Json value);
Json Without(const Json& definition, const std::vector<std::string>& path);
Json Text(std::string_view json);  // parsed; must be good JSON

}  // namespace returns::workflows
