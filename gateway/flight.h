// Which event is being decided right now, in a small file beside the database, so that the next
// start knows on which one the program ended. Written through a memory map: it outlives the
// process, not a power cut, and costs one store per event. The lane's thread.
#pragma once

#include "schemas/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace returns::gateway {

class Flight {
public:
    // Makes the file if there is none. An event in flight at two ends in a row is the suspect.
    static Result<std::unique_ptr<Flight>> Open(const std::string& path);
    ~Flight();
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;

    // An event's fingerprint (journal.h) before it is decided, 0 after.
    void Deciding(std::uint64_t fingerprint);
    // The event that must not be decided again; it stays so until another one is under suspicion.
    std::optional<std::uint64_t> suspect() const { return suspect_; }

private:
    struct Marks;
    explicit Flight(Marks* marks) : marks_(marks) {}

    Marks* const marks_;  // mapped
    std::optional<std::uint64_t> suspect_;
};

}  // namespace returns::gateway
