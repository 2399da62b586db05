#include "workflows/focus.h"

#include "schemas/money.h"
#include "workflows/routes.h"

#include <algorithm>
#include <utility>

namespace returns::workflows {
namespace {

// How urgent it is to speak about something: the lowest is the focus. Ten apart where the status
// word changes; see StandingOf for both tables.
struct Standing {
    int place;
    const char* word;
};

constexpr int kClosedSlice = 100, kClosedLeg = 101;

Standing StandingOf(ReturnState state) {
    switch (state) {
        case ReturnState::kRejected:
            return {1, "need_you"};
        case ReturnState::kException:
        case ReturnState::kLost:
            return {11, "our_fault"};
        case ReturnState::kRequested:
        case ReturnState::kInReview:
            return {20, "requested"};
        case ReturnState::kAuthorised:
            return {30, "send_it"};
        case ReturnState::kInTransit:
            return {40, "on_its_way"};
        case ReturnState::kReturning:
            return {45, "on_its_way"};
        case ReturnState::kAtPartner:
            return {50, "arrived"};
        case ReturnState::kInspecting:
            return {60, "checking"};
        case ReturnState::kAccepted:
        case ReturnState::kKept:
            return {75, "approved"};
        case ReturnState::kExpired:
        case ReturnState::kCancelled:
        case ReturnState::kDenied:
            return {95, "done"};
        case ReturnState::kClosed:
            return {kClosedSlice, "done"};
    }
    return {kClosedSlice, "done"};
}

Standing StandingOf(RefundState state) {
    switch (state) {
        case RefundState::kAlternative:
        case RefundState::kUnclaimed:
            return {0, "need_you"};
        case RefundState::kDisputed:
        case RefundState::kContested:
            return {10, "our_fault"};
        case RefundState::kDue:
        case RefundState::kHeld:
        case RefundState::kReady:
        case RefundState::kSubmitting:
        case RefundState::kUnknown:
        case RefundState::kFailed:
            return {70, "approved"};
        case RefundState::kPending:
            return {80, "at_bank"};
        case RefundState::kSettled:
        case RefundState::kCovered:
        case RefundState::kOverpaid:
            return {92, "done"};
        case RefundState::kNotDue:
            return {97, "requested"};
        case RefundState::kCancelled:
            return {98, "done"};
        case RefundState::kClosed:
            return {kClosedLeg, "done"};
    }
    return {kClosedLeg, "done"};
}

bool IsMoneyUnderWay(RefundState state) {
    return state != RefundState::kNotDue && state != RefundState::kCancelled &&
           state != RefundState::kClosed;
}

bool IsMoneyDone(RefundState state) {
    const int place = StandingOf(state).place;
    return place >= 92 && state != RefundState::kNotDue;
}

// What the two kinds have in common, so that one can be chosen.
struct Candidate {
    Standing standing;
    const Slice* slice = nullptr;
    const Leg* leg = nullptr;
};

Candidate Choose(const Case& subject, const std::string& return_id) {
    const bool under_way = std::any_of(
        subject.legs.begin(), subject.legs.end(),
        [&](const Leg& leg) { return leg.return_id == return_id && IsMoneyUnderWay(leg.state); });
    Candidate best{{1000, ""}};
    for (const Slice& slice : subject.slices) {
        if (slice.return_id != return_id) continue;
        Standing standing = StandingOf(slice.state);
        // Once the goods are accepted, the money is the story.
        if (std::string_view(standing.word) == "approved" && under_way) standing.place = 93;
        if (standing.place < best.standing.place) best = {standing, &slice, nullptr};
    }
    for (const Leg& leg : subject.legs) {
        if (leg.return_id != return_id) continue;
        const Standing standing = StandingOf(leg.state);
        if (standing.place < best.standing.place) best = {standing, nullptr, &leg};
    }
    return best;
}

bool AllMoneyDone(const Case& subject, const std::string& return_id) {
    bool any = false;
    for (const Leg& leg : subject.legs) {
        if (leg.return_id != return_id) continue;
        if (!IsMoneyDone(leg.state)) return false;
        any = any || leg.state != RefundState::kCancelled;
    }
    return any;
}

const Return* HeaderOf(const Case& subject, const std::string& return_id) {
    for (const Return& header : subject.returns) {
        if (header.id == return_id) return &header;
    }
    return nullptr;
}

// A moment for everything that is open: its own timer, else whatever comes first in the case,
// else the next look at its ticket.
Instant DueOf(Instant own, const Case& subject, const Policy& policy) {
    if (own != kNoTime && own != kNever) return own;
    const Instant wake = NextWake(subject);
    if (wake != kNever && wake != kNoTime) return wake;
    const auto recheck = policy.delays.find("ticket_recheck");
    const Delay fallback{4, Delay::Unit::kHours};
    return Add(subject.recorded_at,
               recheck == policy.delays.end() ? fallback : recheck->second.after);
}

Focus Shell(const Case& subject, const Policy& policy) {
    Focus focus;
    focus.special = "waits_for_order";
    focus.word = "requested";
    focus.owner = "us";
    focus.delay = "order_shell";
    focus.due = DueOf(subject.order_due_at, subject, policy);
    focus.open = true;
    return focus;
}

void SetRow(Focus& focus, const Candidate& chosen, const Rules& rules) {
    const bool goods = chosen.slice != nullptr;
    focus.slice = chosen.slice;
    focus.leg = chosen.leg;
    focus.machine = goods ? &rules.returns : &rules.refunds;
    const auto state = goods ? static_cast<std::size_t>(chosen.slice->state)
                             : static_cast<std::size_t>(chosen.leg->state);
    focus.row = &focus.machine->states[state];
    focus.word = chosen.standing.word;
    focus.owner = focus.row->owner;
    focus.open = !focus.row->final;
    const bool stalled =
        goods ? chosen.slice->stalled_at != kNoTime : chosen.leg->stalled_at != kNoTime;
    focus.stalled = stalled && focus.open && focus.word != "done";
    if (focus.stalled && focus.word != "need_you") focus.word = "our_fault";
    if (!goods && chosen.leg->executor == Executor::kShop && focus.owner == "provider") {
        focus.owner = "shop";
    }
}

}  // namespace

Focus FocusOf(const Case& subject, const std::string& return_id, const Rulebook& book) {
    const Return* header = HeaderOf(subject, return_id);
    const Rules& rules = book.Of(header == nullptr ? "" : header->rules_hash);
    const Candidate chosen = Choose(subject, return_id);
    Focus focus;
    focus.header = header;
    focus.zone = book.calendars.Of(subject.jurisdiction).zone;
    if (chosen.slice == nullptr && chosen.leg == nullptr) {
        if (!subject.placed && subject.quarantine.empty()) return Shell(subject, rules.policy);
        focus.special = "unknown_return";
        return focus;
    }
    SetRow(focus, chosen, rules);
    focus.money_done = AllMoneyDone(subject, return_id);
    if (!subject.quarantine.empty()) {
        focus.special = "quarantined";
        focus.word = "our_fault";
        focus.owner = "us";
        focus.open = focus.stalled = true;
    }
    if (focus.special.empty() && focus.slice != nullptr && IsParked(*focus.slice)) {
        focus.special = "parked";
        focus.word = "our_fault";
        focus.owner = "us";
        focus.stalled = true;
    }
    if (!focus.open) return focus;
    const Instant own = focus.slice != nullptr ? focus.slice->due_at : focus.leg->due_at;
    const int step = focus.slice != nullptr ? focus.slice->timer_step : focus.leg->timer_step;
    focus.due = DueOf(own, subject, rules.policy);
    const auto& timers = focus.row->timers;
    if (focus.special.empty() && step >= 0 && static_cast<std::size_t>(step) < timers.size()) {
        focus.delay = timers[static_cast<std::size_t>(step)].delay;
    }
    return focus;
}

}  // namespace returns::workflows
