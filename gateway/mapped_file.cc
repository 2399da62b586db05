#include "gateway/mapped_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace returns::gateway {

Result<std::unique_ptr<MappedFile>> MappedFile::Open(const std::string& path) {
    const auto wrong = [&](const char* why) { return Invalid("reading " + path + ": " + why); };
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return wrong(std::strerror(errno));
    struct stat facts {};
    const bool regular = fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
    const auto size = static_cast<std::size_t>(facts.st_size);
    void* const data =
        regular && size > 0 ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0) : nullptr;
    close(file);
    if (!regular) return wrong("it is no regular file; save it to one first");
    if (data == MAP_FAILED) return wrong(std::strerror(errno));
    return std::unique_ptr<MappedFile>(new MappedFile(static_cast<const char*>(data), size));
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

}  // namespace returns::gateway
