#include "gateway/line_file.h"

#include "gateway/log.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

// What an outage cut short ends without a line end: the next line begins on its own.
bool EndsOpen(int file) {
    struct stat facts {};
    char last = '\n';
    if (fstat(file, &facts) != 0 || facts.st_size == 0) return false;
    return pread(file, &last, 1, facts.st_size - 1) == 1 && last != '\n';
}

bool WriteAll(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t wrote = write(file, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

// A new file is there after an outage only when its folder knows it.
bool SyncFolder(const std::string& path) {
    std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (folder.empty()) folder = ".";
    const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return false;
    const bool good = fsync(file) == 0;
    close(file);
    return good;
}

}  // namespace

Status AppendedFile::Append(const std::string& line) {
    std::error_code ignored;
    const bool fresh = !std::filesystem::exists(path_, ignored);
    const int file = open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    bool good = file >= 0;
    if (good) good = WriteAll(file, (EndsOpen(file) ? "\n" : "") + line + "\n") && fsync(file) == 0;
    const std::string why = good ? "" : std::strerror(errno);
    if (file >= 0) close(file);
    if (good && fresh && !SyncFolder(path_)) good = false;
    if (good) return {};
    const Error error{Code::kInternal, "appending to " + path_ + ": " + why +
                                           "; it is tried again (ledger.anchors_file)"};
    Log(LogLevel::kWarn, "anchors", error.text);
    return error;
}

}  // namespace returns::gateway
