#include "gateway/migrations.h"

#include "gateway/migration_files.h"

#include <array>
#include <charconv>

namespace returns::gateway {
namespace {

constexpr std::string_view kFirstLine = "-- min_program: ";

std::array<int, 3> Parts(std::string_view version) {
    std::array<int, 3> parts = {-1, 0, 0};
    const char* at = version.data();
    const char* const end = at + version.size();
    for (int& part : parts) {
        const auto [stop, problem] = std::from_chars(at, end, part);
        if (problem != std::errc() || part < 0) return {-1, 0, 0};
        if (stop == end) break;
        if (*stop != '.') return {-1, 0, 0};
        at = stop + 1;
    }
    return parts;
}

}  // namespace

Result<std::vector<Migration>> Migrations() {
    std::vector<Migration> migrations;
    for (const MigrationFile& file : MigrationFiles()) {
        const int expected = static_cast<int>(migrations.size()) + 1;
        int number = 0;
        std::from_chars(file.name.data(), file.name.data() + file.name.size(), number);
        if (number != expected || !file.sql.starts_with(kFirstLine)) {
            return Error{Code::kInternal, "reading migrations: " + std::string(file.name) +
                                              " is not number " + std::to_string(expected) +
                                              " or does not begin with '-- min_program: '"};
        }
        const auto rest = file.sql.substr(kFirstLine.size());
        migrations.push_back(
            {number, file.name, std::string(rest.substr(0, rest.find('\n'))), file.sql});
    }
    return migrations;
}

bool IsBefore(std::string_view version, std::string_view other) {
    return Parts(version) < Parts(other);
}

}  // namespace returns::gateway
