// The connector folders of the tree, as the product reads them.
#pragma once

#include "connectors/connector.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

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

// Every connector there is: "logistics/shipbob". In the order of their names.
inline std::vector<std::string> AllFolders() {
    const std::filesystem::path root = std::filesystem::path(BACKHAUL_SOURCE_DIR) / "connectors";
    std::vector<std::string> names;
    for (const auto& kind : std::filesystem::directory_iterator(root)) {
        if (!kind.is_directory()) continue;
        for (const auto& folder : std::filesystem::directory_iterator(kind.path()))
            if (std::filesystem::exists(folder.path() / "connector.json"))
                names.push_back(std::filesystem::relative(folder.path(), root).generic_string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace returns::connectors
