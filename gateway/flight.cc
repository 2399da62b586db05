#include "gateway/flight.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace returns::gateway {

// The file's whole content, in the machine's own byte order: it never leaves this machine.
struct Flight::Marks {
    volatile std::uint64_t deciding, ended_on, times;
};

Result<std::unique_ptr<Flight>> Flight::Open(const std::string& path) {
    const auto failed = [&](const std::string& what) {
        return Error{Code::kUnavailable, what + " " + path + ": " + std::strerror(errno)};
    };
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return failed("opening");
    if (ftruncate(file, sizeof(Marks)) != 0) {
        const Error error = failed("sizing");
        close(file);
        return error;
    }
    void* mapped = mmap(nullptr, sizeof(Marks), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    const int reason = errno;
    close(file);
    errno = reason;
    if (mapped == MAP_FAILED) return failed("mapping");
    auto* marks = static_cast<Marks*>(mapped);
    if (marks->deciding != 0) {
        marks->times = marks->deciding == marks->ended_on ? marks->times + 1 : 1;
        marks->ended_on = marks->deciding;
        marks->deciding = 0;
    }
    std::unique_ptr<Flight> flight(new Flight(marks));
    constexpr std::uint64_t kOnceIsChance = 1;
    if (marks->times > kOnceIsChance) flight->suspect_ = marks->ended_on;
    return flight;
}

Flight::~Flight() { munmap(marks_, sizeof(Marks)); }

void Flight::Deciding(std::uint64_t fingerprint) {
    const std::uint64_t decided = marks_->deciding;
    marks_->deciding = fingerprint;
    // Decided after all: the one end was not its fault.
    if (fingerprint == 0 && decided == marks_->ended_on && !suspect_) marks_->times = 0;
}

}  // namespace returns::gateway
