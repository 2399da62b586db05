// The numbered SQL files of schemas/sql, built into the program. Any thread.
#pragma once

#include "schemas/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct Migration {
    int number = 0;           // 1 for 001_core.sql; no gaps
    std::string_view name;    // "001_core.sql"
    std::string min_program;  // from the file's first line: the oldest program that may still run
    std::string_view sql;
};

// In order. Fails only when a file lacks its first line or its place in the row.
Result<std::vector<Migration>> Migrations();

// "0.10.0" is not before "0.9.1". Text that is no version is before everything.
bool IsBefore(std::string_view version, std::string_view other);

}  // namespace returns::gateway
