#include "schemas/case.h"

#include <algorithm>
#include <array>

namespace returns {

namespace {

constexpr std::array<std::string_view, kReturnStates> kReturnNames = {
    "REQUESTED", "IN_REVIEW", "AUTHORISED", "IN_TRANSIT", "AT_PARTNER", "INSPECTING",
    "EXCEPTION", "LOST",      "ACCEPTED",   "REJECTED",   "RETURNING",  "KEPT",
    "EXPIRED",   "CANCELLED", "DENIED",     "CLOSED"};

constexpr std::array<std::string_view, kRefundStates> kRefundNames = {
    "NOT_DUE",   "DUE",     "HELD",        "READY",     "SUBMITTING", "UNKNOWN",
    "PENDING",   "FAILED",  "ALTERNATIVE", "UNCLAIMED", "SETTLED",    "DISPUTED",
    "CONTESTED", "COVERED", "OVERPAID",    "CANCELLED", "CLOSED"};

template <class State, std::size_t n>
std::optional<State> Find(const std::array<std::string_view, n>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<State>(found - names.begin());
}

}  // namespace

std::string_view Name(ReturnState state) {
    return kReturnNames.at(static_cast<std::size_t>(state));
}

std::string_view Name(RefundState state) {
    return kRefundNames.at(static_cast<std::size_t>(state));
}

std::optional<ReturnState> FindReturnState(std::string_view name) {
    return Find<ReturnState>(kReturnNames, name);
}

std::optional<RefundState> FindRefundState(std::string_view name) {
    return Find<RefundState>(kRefundNames, name);
}

Instant NextWake(const Case& subject) {
    Instant wake = kNever;
    const bool frozen = !subject.quarantine.empty();
    const auto consider = [&wake](Instant due) {
        if (due != kNoTime) wake = std::min(wake, due);
    };
    for (const Command& command : subject.commands) {
        const bool wakes = !frozen || command.ticket != 0;
        if (command.state == CommandState::kInFlight && wakes) consider(command.due_at);
    }
    if (frozen) return wake;
    for (const Slice& slice : subject.slices) consider(slice.due_at);
    for (const Leg& leg : subject.legs) consider(leg.due_at);
    if (!subject.placed) consider(subject.order_due_at);
    return wake;
}

bool IsWatched(const Case& subject) {
    const auto still = [](const auto& part) { return part.stalled_at != kNoTime; };
    const auto doubted = [](const Leg& leg) {
        return leg.state == RefundState::kUnknown || leg.state == RefundState::kContested;
    };
    const auto ahead = [](const Return& header) { return header.advance_minor > 0; };
    return still(subject) || !subject.tickets.empty() ||
           std::any_of(subject.slices.begin(), subject.slices.end(), still) ||
           std::any_of(subject.legs.begin(), subject.legs.end(), still) ||
           std::any_of(subject.legs.begin(), subject.legs.end(), doubted) ||
           std::any_of(subject.returns.begin(), subject.returns.end(), ahead);
}

}  // namespace returns
