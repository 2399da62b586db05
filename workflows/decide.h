// The decision: what an event means for a case. Pure and total: every event of the vocabulary has
// an answer in every case, time is the event's recorded_at, and equal arguments give equal
// results. Effects are data inside the case (commands, tickets, timers) and commit with it.
// Any thread.
#pragma once

#include "schemas/case.h"
#include "schemas/event.h"
#include "workflows/rules.h"

#include <string>
#include <vector>

namespace returns::workflows {

enum class Verdict : std::uint8_t {
    kMoved,        // something changed
    kIgnored,      // understood, changes nothing; the reason says why
    kRefused,      // somebody asked for what is not allowed now
    kHeld,         // waits in the case for its order
    kQuarantined,  // the case is frozen: an invariant broke on this event, or before
};
std::string_view Name(Verdict verdict);

struct Move {
    MachineKind kind = MachineKind::kReturn;
    std::int64_t id = 0;  // slice or leg
    std::string return_id;
    std::string from, to;  // state names; equal for a timer that only escalates
    std::string trigger;   // "" for a split or a new slice or leg, "after:<delay>" for timers
    friend bool operator==(const Move&, const Move&) = default;
};

struct Decision {
    Verdict verdict = Verdict::kIgnored;
    std::string reason;           // why ignored, refused, held, quarantined; plain words
    Case after;                   // the case as it is now; equals before + version when ignored
    std::vector<Move> moves;      // in the order they happened
    std::vector<Lookup> lookups;  // keys to write with it
};

Decision Decide(const Case& before, const Envelope& event, const Rulebook& book);

// Freezes the case for that reason instead of deciding the event, which is not tried again either.
Decision Freeze(const Case& before, const Envelope& event, const Rulebook& book,
                std::string reason);

// After a restore: whether the order's payments should be asked for refunds it does not know. Any
// event makes it so; a timer.fired with nothing due will do.
bool WantsListing(const Case& subject, const Rulebook& book);

// The invariants of a case (money conserved and within what was captured or flagged, quantities
// conserved, one live slice per order-line unit, keys only after definite refusals). "" when they
// hold; else the first that does not, in words.
std::string BrokenInvariant(const Case& subject);

}  // namespace returns::workflows
