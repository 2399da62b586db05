// return.opened and return.inspected: absolute counts per (return, line). The difference to what
// is known picks slices by lowest rank, then oldest, and splits the last one where needed.

#include "workflows/steps.h"

#include <algorithm>

namespace returns::workflows {
namespace {

using Wanted = bool (*)(const Slice&);

// Partners that know articles but not order lines name a line "sku:<SKU>".
bool IsOf(const Turn& turn, const Slice& slice, const std::string& line_id) {
    constexpr std::string_view kBySku = "sku:";
    if (line_id.empty() || slice.line_id == line_id) return true;
    if (line_id.compare(0, kBySku.size(), kBySku) != 0) return false;
    const OrderLine* line = FindLine(turn.subject, slice.line_id);
    return line != nullptr && line->sku == line_id.substr(kBySku.size());
}

std::vector<std::int64_t> Pick(const Turn& turn, const std::string& return_id,
                               const std::string& line_id, Wanted wanted) {
    std::vector<const Slice*> found;
    for (const Slice& slice : turn.subject.slices)
        if (slice.return_id == return_id && IsOf(turn, slice, line_id) && wanted(slice))
            found.push_back(&slice);
    std::stable_sort(found.begin(), found.end(), [](const Slice* a, const Slice* b) {
        return a->rank != b->rank ? a->rank < b->rank : a->id < b->id;
    });
    std::vector<std::int64_t> ids;
    for (const Slice* slice : found) ids.push_back(slice->id);
    return ids;
}

int Units(const Turn& turn, const std::vector<std::int64_t>& ids) {
    int units = 0;
    for (std::int64_t id : ids) units += FindSlice(turn.subject, id)->quantity;
    return units;
}

// Exactly `units` of the slices, cutting the last; fewer when there are not as many.
std::vector<std::int64_t> Take(Turn& turn, const std::vector<std::int64_t>& ids, int units) {
    std::vector<std::int64_t> taken;
    for (std::int64_t id : ids) {
        if (units <= 0) break;
        const int quantity = FindSlice(turn.subject, id)->quantity;
        taken.push_back(quantity > units ? SplitSlice(turn, id, units) : id);
        units -= std::min(quantity, units);
    }
    return taken;
}

bool NotReceived(const Slice& slice) { return !slice.received; }
bool Received(const Slice& slice) { return slice.received; }
bool Ungraded(const Slice& slice) { return slice.grade.empty() || slice.grade == "mismatch"; }
bool GradedOk(const Slice& slice) { return slice.grade == "ok"; }
bool GradedBad(const Slice& slice) { return slice.grade == "bad"; }

void Note(Slice& slice, const EventTypeFacts& facts) {
    slice.rank = std::max(slice.rank, facts.rank);
    slice.evidence = facts.wire;
}

struct Tally {
    bool moved = false;
    std::string reason = "nothing new in these counts";
};

void Open(Turn& turn, const std::vector<std::int64_t>& ids, Tally& tally) {
    const EventTypeFacts& facts = Facts(EventType::kReturnOpened);
    for (std::int64_t id : ids) {
        Slice& slice = *FindSlice(turn.subject, id);
        slice.received = true;
        tally.moved = true;
        if (slice.rank > facts.rank) continue;
        Note(slice, facts);
        Fire(turn, id, ReturnTrigger::kOpened);
    }
}

void Grade(Turn& turn, const std::vector<std::int64_t>& ids, const EventLine& line,
           const std::string& grade, ReturnTrigger trigger, Tally& tally) {
    const EventTypeFacts& facts = Facts(EventType::kReturnInspected);
    for (std::int64_t id : ids) {
        Slice& slice = *FindSlice(turn.subject, id);
        Note(slice, facts);
        slice.grade = grade;
        slice.received = true;
        tally.moved = true;
        if (Fire(turn, id, trigger) != Fired::kMoved) {
            tally.reason = std::string(Name(FindSlice(turn.subject, id)->state)) +
                           " does not take the inspection";
            continue;
        }
        Slice& after = *FindSlice(turn.subject, id);
        if (after.state == ReturnState::kException)
            after.cause = line.mismatch.empty() ? "regraded" : line.mismatch;
        else
            after.cause = line.disposition.empty() ? line.grade : line.disposition;
    }
}

// The inspector takes back what was said: accepted becomes fewer, or rejected does.
void Regrade(Turn& turn, const std::string& return_id, const EventLine& line, int fewer,
             Wanted which, Tally& tally) {
    std::vector<std::int64_t> ids = Pick(turn, return_id, line.id, which);
    std::stable_partition(ids.begin(), ids.end(),
                          [&](std::int64_t id) { return !FindSlice(turn.subject, id)->vested; });
    Grade(turn, Take(turn, ids, fewer), line, "mismatch", ReturnTrigger::kRegraded, tally);
}

void InspectLine(Turn& turn, const std::string& return_id, const EventLine& line, Tally& tally) {
    const int ok = line.accepted.value_or(Units(turn, Pick(turn, return_id, line.id, GradedOk)));
    const int bad = line.rejected.value_or(Units(turn, Pick(turn, return_id, line.id, GradedBad)));
    const int more_ok = ok - Units(turn, Pick(turn, return_id, line.id, GradedOk));
    const int more_bad = bad - Units(turn, Pick(turn, return_id, line.id, GradedBad));
    if (more_ok < 0) Regrade(turn, return_id, line, -more_ok, GradedOk, tally);
    if (more_bad < 0) Regrade(turn, return_id, line, -more_bad, GradedBad, tally);
    // Slices taken back a moment ago wait for a person, not for the other half of this event.
    const bool regraded = more_ok < 0 || more_bad < 0;
    if (!line.mismatch.empty()) {
        Grade(turn, Pick(turn, return_id, line.id, Ungraded), line, "mismatch",
              ReturnTrigger::kMismatch, tally);
        return;
    }
    if (regraded) return;
    const auto ungraded = Pick(turn, return_id, line.id, Ungraded);
    const int known = Units(turn, ungraded);
    Grade(turn, Take(turn, ungraded, more_ok), line, "ok", ReturnTrigger::kGradedOk, tally);
    const auto rest = Pick(turn, return_id, line.id, Ungraded);
    Grade(turn, Take(turn, rest, more_bad), line, "bad", ReturnTrigger::kGradedBad, tally);
    if (more_ok + more_bad > known) {
        tally.reason = "line " + line.id + ": more units inspected than announced";
        for (Slice& slice : turn.subject.slices) {
            if (slice.return_id != return_id || !IsOf(turn, slice, line.id)) continue;
            slice.cause = "surplus";
            if (slice.stalled_at == kNoTime) slice.stalled_at = turn.now();
            tally.moved = true;
            break;
        }
    }
}

}  // namespace

Told OnOpened(Turn& turn) {
    Return* header = ReturnOf(turn);
    if (header == nullptr) return Ignored("it cannot be told which return this is about");
    if (!MaySpeakFor(turn, *header)) return Refused("another connection handles this return");
    const std::string return_id = header->id;
    StartLegalClock(turn, *header, "received", turn.event.occurred_at);
    Tally tally;
    if (turn.event.data.lines.empty()) Open(turn, Pick(turn, return_id, "", NotReceived), tally);
    for (const EventLine& line : turn.event.data.lines) {
        const int have = Units(turn, Pick(turn, return_id, line.id, Received));
        const auto fresh = Pick(turn, return_id, line.id, NotReceived);
        const int more = line.received.value_or(Units(turn, fresh) + have) - have;
        if (more < 0) tally.reason = "line " + line.id + ": fewer received than known before";
        Open(turn, Take(turn, fresh, more), tally);
    }
    if (tally.moved) SkipInbound(turn, return_id);
    return tally.moved ? Moved() : Ignored(tally.reason);
}

Told OnInspected(Turn& turn) {
    Return* header = ReturnOf(turn);
    if (header == nullptr) return Ignored("it cannot be told which return this is about");
    if (!MaySpeakFor(turn, *header)) return Refused("another connection handles this return");
    const std::string return_id = header->id;
    StartLegalClock(turn, *header, "received", turn.event.occurred_at);
    if (!turn.event.data.raw_code.empty()) {
        header->partner_status = turn.event.data.raw_code;
        header->partner_status_at = turn.now();
    }
    Tally tally;
    for (const EventLine& line : turn.event.data.lines) InspectLine(turn, return_id, line, tally);
    if (tally.moved) SkipInbound(turn, return_id);
    return tally.moved ? Moved() : Ignored(tally.reason);
}

}  // namespace returns::workflows
