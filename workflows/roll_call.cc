// What a partner believes of a return that is open here, as a roll-call found it. It moves nothing:
// where the two sides differ a person has to look, and no longer once they agree.
#include "workflows/roll_call.h"

#include "workflows/steps.h"

namespace returns::workflows {
namespace {

bool Differ(Turn& turn, Slice& slice, const std::string& reason) {
    // What a person has to look at already keeps its reason.
    if (!slice.cause.empty() && !RollCallDiffers(slice)) return false;
    if (slice.cause == reason && slice.stalled_at != kNoTime) return false;
    slice.cause = reason;
    if (slice.stalled_at == kNoTime) slice.stalled_at = turn.now();
    return true;
}

bool Agree(Slice& slice) {
    if (!RollCallDiffers(slice)) return false;
    slice.cause.clear();
    slice.stalled_at = kNoTime;
    return true;
}

}  // namespace

bool IsCalled(const Slice& slice) {
    return slice.state == ReturnState::kAuthorised || slice.state == ReturnState::kInTransit ||
           slice.state == ReturnState::kAtPartner || slice.state == ReturnState::kInspecting;
}

bool RollCallDiffers(const Slice& slice) {
    return slice.cause == kUnknownThere || slice.cause == kClosedThere;
}

Told OnRollCall(Turn& turn) {
    const EventData& data = turn.event.data;
    Return* header = FindReturn(turn.subject, data.return_id);
    if (header == nullptr) return Ignored("no return of this id");
    if (turn.event.connection != header->connection)
        return Ignored("another connection handles this return");
    const bool known =
        data.reason.empty() || data.reason == kUnknownThere || data.reason == kClosedThere;
    if (!known) return Refused("a roll-call has no such reason");
    bool changed = false;
    for (Slice& slice : turn.subject.slices) {
        if (slice.return_id != data.return_id || !IsCalled(slice)) continue;
        changed =
            (data.reason.empty() ? Agree(slice) : Differ(turn, slice, data.reason)) || changed;
    }
    return changed ? Moved() : Ignored("nothing new in it");
}

}  // namespace returns::workflows
