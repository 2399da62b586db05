// Files that are served as they are or filled in, built into the program. Any thread.
#pragma once

#include <string_view>

namespace returns::gateway {

// By path from the root of the tree: "schemas/openapi.yaml", "gateway/pages/case.tpl". Stops the
// process for a name that was not built in.
std::string_view WebFile(std::string_view path);

}  // namespace returns::gateway
