// What the lane takes in, and what it says of it. Values; any thread.
#pragma once

#include "schemas/event.h"
#include "workflows/decide.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

// What came of an input: the answer its giver gets, the first time and every time after.
struct Receipt {
    enum class Kind : std::uint8_t {
        kDecided,   // verdict says how
        kParked,    // stored; belongs to no case yet, or could not be mapped
        kConflict,  // this id was used before with another body
        kFailed,    // not stored: the store takes no more writes; ask again later
        kStale,     // not stored: the case is no longer at the version its giver had seen
    };
    Kind kind = Kind::kFailed;
    bool repeated = false;  // said before: this is the stored answer
    workflows::Verdict verdict = workflows::Verdict::kIgnored;
    std::string reason;
    CaseKey key;
    std::string type;  // the canonical event's wire type
    std::string return_id;
    std::vector<workflows::Move> moves;
    std::int64_t seq = 0;  // journal row
};

// How the source of what was imported begins. It happened before: nobody is told of it again.
inline constexpr std::string_view kImportSource = "import:";

struct Input {
    Envelope event;      // key.order_id "" where look-ups must find it
    std::string digest;  // hex sha256 of the bytes it came as; "" takes the event's own
    // Could not be mapped: the bytes, and why; event has the source. For headers see batch.h.
    std::string raw, unmapped, headers;
    std::int64_t unpark = 0;                   // it had been parked under this id
    bool remapped = false;                     // and was raw: parked anew where it fits no case
    std::optional<std::int64_t> seen_version;  // decided only while the case is at this version
    std::function<void(const Receipt&)> done;  // may be empty
};

// Has the case decided anew, as if a timer had fired: what it follows has changed.
inline Input LookAgain(const CaseKey& key, Instant now) {
    Input input;
    input.event.type = EventType::kTimerFired;
    input.event.key = key;
    input.event.source = "self";
    input.event.occurred_at = now;
    return input;
}

}  // namespace returns::gateway
