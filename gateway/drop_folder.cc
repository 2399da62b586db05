#include "gateway/drop_folder.h"

#include "connectors/http.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

constexpr std::size_t kPiece = 256 << 10;
constexpr std::size_t kNameBytesMax = 160;  // with what is put behind it still a file's name
constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::string_view kFolders[] = {"done", "error", "ack"};

Error Failed(const std::string& what) {
    const Code code = errno == ENOENT ? Code::kNotFound : Code::kUnavailable;
    return Error{code, what + ": " + std::strerror(errno)};
}

DropLook LookOf(const struct stat& facts) {
    return {facts.st_size, static_cast<std::int64_t>(facts.st_ino),
            facts.st_mtim.tv_sec * kNanos + facts.st_mtim.tv_nsec};
}

bool EndsWith(std::string_view name, std::string_view end) {
    if (name.size() < end.size()) return false;
    name.remove_prefix(name.size() - end.size());
    return connectors::SameWord(name, end);
}

class Directory {
public:
    explicit Directory(const std::string& path) : stream_(opendir(path.c_str())) {}
    ~Directory() {
        if (stream_ != nullptr) closedir(stream_);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    bool open() const { return stream_ != nullptr; }
    const char* Next() {
        const dirent* entry = readdir(stream_);
        return entry == nullptr ? nullptr : entry->d_name;
    }

private:
    DIR* stream_;
};

Status WriteAll(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t wrote = write(file, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return Failed("writing");
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
    if (fsync(file) != 0) return Failed("writing");
    return {};
}

}  // namespace

bool IsDropName(std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
    });
    return plain && !name.empty() && name.size() <= kNameBytesMax && name[0] != '.' &&
           !EndsWith(name, ".tmp") && !EndsWith(name, ".part") && !EndsWith(name, ".filepart");
}

Result<DropFolder> DropFolder::Open(const std::string& path) {
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) return Failed("opening the folder " + path);
    if (!S_ISDIR(facts.st_mode)) return Invalid("opening the folder " + path + ": it is a file");
    for (const std::string_view name : kFolders) {
        const std::string below = path + "/" + std::string(name);
        if (mkdir(below.c_str(), 0770) != 0 && errno != EEXIST)
            return Failed("making the folder " + below);
        if (lstat(below.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode))
            return Invalid("opening the folder " + below + ": it is something else, or a link");
        if (access(below.c_str(), W_OK | X_OK) != 0) return Failed("writing into " + below);
    }
    return DropFolder(path);
}

DropFolder::DropFolder(DropFolder&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), look_(other.look_) {}

DropFolder::~DropFolder() { Close(); }

Result<DropFolder::Listing> DropFolder::List(std::size_t most) const {
    Directory directory(path_);
    if (!directory.open()) return Failed("looking into " + path_);
    Listing listing;
    while (const char* entry = directory.Next()) {
        const std::string name(entry);
        struct stat facts {};
        if (lstat((path_ + "/" + name).c_str(), &facts) != 0) continue;  // gone by now
        if (S_ISDIR(facts.st_mode)) continue;
        if (!S_ISREG(facts.st_mode) || !IsDropName(name)) {
            ++listing.passed_over;
            continue;
        }
        listing.files.emplace(name, LookOf(facts));
        if (listing.files.size() > most) listing.files.erase(std::prev(listing.files.end()));
    }
    return listing;
}

Status DropFolder::Begin(const std::string& name, const DropLook& look) {
    Close();
    const std::string path = path_ + "/" + name;
    file_ = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file_ < 0 && errno == ELOOP) return Error{Code::kConflict, "it has become a link"};
    if (file_ < 0) return Failed("opening " + path);
    struct stat facts {};
    if (fstat(file_, &facts) == 0 && S_ISREG(facts.st_mode) && LookOf(facts) == look) {
        look_ = look;
        return {};
    }
    Close();
    return Error{Code::kConflict, "it is not as it looked"};
}

Result<bool> DropFolder::Read(std::string& text) {
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    ssize_t got = 0;
    do {
        got = read(file_, text.data() + before, kPiece);
    } while (got < 0 && errno == EINTR);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) {
        const Error error = Failed("reading");
        Close();
        return error;
    }
    const bool longer = static_cast<std::int64_t>(text.size()) > look_.bytes;
    if (got > 0 && !longer) return true;
    struct stat facts {};
    const bool same = fstat(file_, &facts) == 0 && LookOf(facts) == look_ && !longer &&
                      static_cast<std::int64_t>(text.size()) == look_.bytes;
    Close();
    if (!same) return Error{Code::kConflict, "it has changed while it was read"};
    return false;
}

void DropFolder::Close() {
    if (file_ >= 0) close(file_);
    file_ = -1;
}

std::string DropFolder::AcknowledgedAs(std::string_view mark) const {
    Directory directory(path_ + "/ack");
    if (!directory.open()) return "";
    while (const char* entry = directory.Next()) {
        const std::string_view name(entry);
        if (name[0] != '.' && name.find(mark) != name.npos) return std::string(name);
    }
    return "";
}

Status DropFolder::Write(std::string_view folder, const std::string& name,
                         std::string_view text) const {
    const std::string below = path_ + "/" + std::string(folder) + "/";
    const std::string early = below + "." + name + ".tmp";
    const int file =
        open(early.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0660);
    if (file < 0) return Failed("writing " + early);
    const Status wrote = WriteAll(file, text);
    close(file);
    if (!wrote.ok()) return Error{wrote.error().code, early + ": " + wrote.error().text};
    if (rename(early.c_str(), (below + name).c_str()) != 0)
        return Failed("writing " + below + name);
    return {};
}

// link() and unlink() would keep what stands there, but not every file system can.
Status DropFolder::Move(const std::string& name, std::string_view folder) const {
    const std::string from = path_ + "/" + name;
    const std::string below = path_ + "/" + std::string(folder) + "/" + name;
    std::string to = below;
    struct stat facts {};
    for (int number = 2; lstat(to.c_str(), &facts) == 0; ++number)
        to = below + "." + std::to_string(number);
    if (rename(from.c_str(), to.c_str()) != 0) return Failed("moving " + from);
    return {};
}

}  // namespace returns::gateway
