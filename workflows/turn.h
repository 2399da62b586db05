// One decision in progress: the case as it becomes, the event, the rules, and what has moved so
// far. Lives for one Decide call; every file of this folder that changes a case does it through
// these functions. Not thread-safe, not shared.
#pragma once

#include "schemas/case.h"
#include "workflows/clocks.h"
#include "workflows/decide.h"
#include "workflows/rules.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace returns::workflows {

struct Turn {
    Case& subject;
    const Envelope& event;
    const Rulebook& book;
    Decision& out;
    bool listed = false;  // it is one of all refunds of a payment, as its provider has them now

    Instant now() const { return event.recorded_at; }
    const Rules& RulesOf(const std::string& return_id) const;
    const Calendar& calendar() const { return book.calendars.Of(subject.jurisdiction); }
    // A partner's delays count the partner's days, all others those of the order's jurisdiction.
    DelayScope ScopeOf(const std::string& return_id, std::string_view owner = "") const;
};

// What a guard or action is about: exactly one of slice and leg is set.
struct Scope {
    Turn& turn;
    Slice* slice = nullptr;
    Leg* leg = nullptr;
};

using Guard = bool (*)(const Scope&);
using Action = void (*)(const Scope&);
Guard ReturnGuard(int index);
Action ReturnAction(int index);
Guard RefundGuard(int index);
Action RefundAction(int index);

enum class Fired : std::uint8_t {
    kMoved,    // an edge was taken
    kIgnored,  // no edge, or none whose guard holds; the state ignores this class
    kRefused,  // the same, and the state refuses this class
};

// Takes the first edge whose guard holds; its actions run before the state changes, entry actions
// after. Adding slices or legs in actions may move the vectors: callers look their element up
// again by id after a Fire. REQUIRES: the id exists.
Fired Fire(Turn& turn, std::int64_t slice_id, ReturnTrigger trigger);
Fired Fire(Turn& turn, std::int64_t leg_id, RefundTrigger trigger);
// The timers of everything whose due_at has come, each at most once.
void FireTimers(Turn& turn);
// Whether the next timer of the element leaves it where it is: it asks again, and decides nothing.
bool OnlyAsksNext(Turn& turn, MachineKind kind, std::int64_t id);
// The timers of the slice's state begin anew now. REQUIRES: the id exists.
void RestartTimer(Turn& turn, std::int64_t slice_id);

Slice* FindSlice(Case& subject, std::int64_t id);
Leg* FindLeg(Case& subject, std::int64_t id);
Return* FindReturn(Case& subject, const std::string& id);
const Return* FindReturn(const Case& subject, const std::string& id);
OrderLine* FindLine(Case& subject, const std::string& id);
Tender* FindTender(Case& subject, const std::string& id);
Command* FindCommand(Case& subject, std::int64_t number);

// A new element in the machine's initial state, timers running; the move is recorded.
Slice& AddSlice(Turn& turn, Slice slice);
Leg& AddLeg(Turn& turn, Leg leg, RefundState state);
// Cuts `quantity` units off a slice; the child keeps state, deadlines, evidence and stall. Gives
// the child's id. REQUIRES: 0 < quantity < the slice's.
std::int64_t SplitSlice(Turn& turn, std::int64_t slice_id, int quantity);
// The same by amount; the child is a leg of its own without key, tender or attempts.
std::int64_t SplitLeg(Turn& turn, std::int64_t leg_id, std::int64_t amount_minor);

// Outbound. Emit gives the new command's number; nothing is emitted without a connection.
std::int64_t Emit(Turn& turn, Command command);
void Withdraw(Turn& turn, std::int64_t number);
bool HasCommand(const Case& subject, std::string_view operation, const std::string& return_id,
                std::int64_t leg);
void WriteLookup(Turn& turn, LookupKind kind, const std::string& scope, const std::string& value);

// Not live: asleep or done; a live slice occupies its units of the order line.
bool IsLive(ReturnState state);
// Counts as spent on its tender: SUBMITTING, UNKNOWN, PENDING, SETTLED, CONTESTED, OVERPAID, and
// READY, whose capacity is reserved.
bool IsCommitted(RefundState state);

}  // namespace returns::workflows
