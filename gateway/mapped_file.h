// A file's bytes without reading them into memory of ours. Any thread.
#pragma once

#include "schemas/result.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace returns::gateway {

class MappedFile {
public:
    // kInvalid: no regular file, or none that may be read.
    static Result<std::unique_ptr<MappedFile>> Open(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    // For as long as the object lives; the file must not be cut meanwhile.
    std::string_view text() const { return {data_, size_}; }

private:
    MappedFile(const char* data, std::size_t size) : data_(data), size_(size) {}
    const char* data_;
    std::size_t size_;
};

}  // namespace returns::gateway
