// The disk below SQLite, which fails when a test says so: SQLite's own system layer with a counter
// before every write, synchronisation and read. Stands for all files opened while it lives; one at
// a time. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace returns::sim {

enum class DiskFault : std::uint8_t {
    kFull,   // half of it is written, then no room; until it is mended
    kWrite,  // half of it is written, then an error; once
    kSync,   // whether it is on the disk nobody knows; once
    kRead,   // once
};
inline constexpr std::array kDiskFaults = {DiskFault::kFull, DiskFault::kWrite, DiskFault::kSync,
                                           DiskFault::kRead};
std::string_view Name(DiskFault fault);

class FailingDisk {
public:
    FailingDisk();
    ~FailingDisk();
    FailingDisk(const FailingDisk&) = delete;
    FailingDisk& operator=(const FailingDisk&) = delete;

    // The nth of these calls from now on fails.
    void Break(DiskFault fault, std::int64_t nth);
    void Mend();
    bool broke() const;  // since it was told to
};

}  // namespace returns::sim
