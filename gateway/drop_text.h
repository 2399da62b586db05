// Text files as others write them, made UTF-8. Pure; any thread.
#pragma once

#include "schemas/result.h"

#include <string>

namespace returns::gateway {

// A byte-order mark says UTF-8 or UTF-16 and is taken off; without one `encoding` counts, which is
// "utf-8" or "windows-1252". UTF-8 is checked where it is read, row by row.
Result<std::string> DropText(std::string bytes, const std::string& encoding);

}  // namespace returns::gateway
