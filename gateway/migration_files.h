// The files of schemas/sql as the build found them; the .cc is generated. Any thread.
#pragma once

#include <string_view>
#include <vector>

namespace returns::gateway {

struct MigrationFile {
    std::string_view name, sql;
};

std::vector<MigrationFile> MigrationFiles();  // by name

}  // namespace returns::gateway
