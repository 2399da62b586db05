// A watched folder as SFTP servers fill it, and what is put back beside: done/, error/ and ack/.
// Follows no links, opens nothing but regular files, and makes files appear whole. Each call does a
// bounded piece of work. One thread.
#pragma once

#include "schemas/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace returns::gateway {

// How a file looked; two looks that are equal mean that nobody writes to it.
struct DropLook {
    std::int64_t bytes = 0, inode = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const DropLook&, const DropLook&) = default;
};

class DropFolder {
public:
    // Makes the three folders below it. An error names what is not as it must be.
    static Result<DropFolder> Open(const std::string& path);
    DropFolder(DropFolder&& other) noexcept;
    ~DropFolder();
    DropFolder(const DropFolder&) = delete;
    DropFolder& operator=(const DropFolder&) = delete;
    DropFolder& operator=(DropFolder&&) = delete;

    // The regular files directly in it, by name, without those still under way by their name. At
    // most `most`; `passed_over` counts what is no file to be taken: links, pipes, odd names.
    struct Listing {
        std::map<std::string, DropLook> files;
        std::int64_t passed_over = 0;
    };
    Result<Listing> List(std::size_t most) const;

    // Opens the file for Read. kNotFound: it is gone; kConflict: it is not as it looked.
    Status Begin(const std::string& name, const DropLook& look);
    // Appends the next piece; false at its end. kConflict: it has changed while it was read.
    Result<bool> Read(std::string& text);
    void Close();

    // The name of an acknowledgement that carries this mark; "" for none.
    std::string AcknowledgedAs(std::string_view mark) const;
    // The file appears whole or not at all, also after a crash.
    Status Write(std::string_view folder, const std::string& name, std::string_view text) const;
    // kNotFound: somebody has taken it away. A name that is taken there gets a number.
    Status Move(const std::string& name, std::string_view folder) const;

private:
    explicit DropFolder(std::string path) : path_(std::move(path)) {}
    std::string path_;
    int file_ = -1;
    DropLook look_;
};

// Whether a file of that name is whole, by the custom of those who upload.
bool IsDropName(std::string_view name);

}  // namespace returns::gateway
