#include "gateway/folders.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace returns::gateway {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kFilesMax = 1000;
constexpr std::uintmax_t kBytesMax = 16 << 20;

bool HasData(const fs::path& folder) {
    std::error_code error;
    return fs::is_regular_file(folder / "workflows" / "machines" / "return.json", error);
}

}  // namespace

Result<std::string> ReadWholeFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return Error{Code::kNotFound, "reading " + path + ": no such file, or no right to it"};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

Result<connectors::Connector::Files> ReadConnectorFolder(const std::string& folder) {
    connectors::Connector::Files files;
    std::error_code error;
    std::uintmax_t bytes = 0;
    fs::recursive_directory_iterator walk(folder, error), end;
    if (error)
        return Error{Code::kNotFound, "reading connector folder " + folder + ": " +
                                          error.message() + " (setting 'connectors')"};
    for (; walk != end; walk.increment(error)) {
        if (error || !walk->is_regular_file()) continue;
        bytes += walk->file_size();
        if (files.size() >= kFilesMax || bytes > kBytesMax)
            return Error{Code::kLimit,
                         "reading connector folder " + folder + ": more than 1000 files or 16 MiB"};
        ASSIGN_OR_RETURN(std::string text, ReadWholeFile(walk->path().string()));
        files[fs::relative(walk->path(), folder).generic_string()] = std::move(text);
    }
    return files;
}

std::string ShareFolder() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path installed = program.parent_path().parent_path() / "share" / "backhaul";
    if (HasData(installed)) return installed.string();
    fs::path folder = program.parent_path();
    for (int up = 0; up < 4 && folder.has_relative_path(); ++up) {  // a build tree in its sources
        if (HasData(folder)) return folder.string();
        folder = folder.parent_path();
    }
    return HasData(BACKHAUL_SHARE_DIR) ? BACKHAUL_SHARE_DIR : "";
}

}  // namespace returns::gateway
