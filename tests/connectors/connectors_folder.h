// The connector folders of the tree, as the product reads them.
#pragma once

#include "connectors/connector.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace returns::connectors {

inline Connector::Files ReadFolder(const std::string& name) {
    const std::filesystem::path root =
        std::filesystem::path(BACKHAUL_SOURCE_DIR) / "connectors" / name;
    Connector::Files files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream stream(entry.path(), std::ios::binary);
        files[std::filesystem::relative(entry.path(), root).generic_string()] =
            std::string(std::istreambuf_iterator<char>(stream), {});
    }
    return files;
}

}  // namespace returns::connectors
