// Stands in for the names of guards and actions until their tables exist; weak, so that the real
// ones win.
#include "schemas/case.h"
#include "workflows/triggers.h"

#include <array>

namespace returns {
namespace {
constexpr std::array<std::string_view, 16> kR = {
    "REQUESTED", "IN_REVIEW", "AUTHORISED", "IN_TRANSIT", "AT_PARTNER", "INSPECTING",
    "EXCEPTION", "LOST",      "ACCEPTED",   "REJECTED",   "RETURNING",  "KEPT",
    "EXPIRED",   "CANCELLED", "DENIED",     "CLOSED"};
constexpr std::array<std::string_view, 17> kF = {
    "NOT_DUE",   "DUE",     "HELD",        "READY",     "SUBMITTING", "UNKNOWN",
    "PENDING",   "FAILED",  "ALTERNATIVE", "UNCLAIMED", "SETTLED",    "DISPUTED",
    "CONTESTED", "COVERED", "OVERPAID",    "CANCELLED", "CLOSED"};
}  // namespace
__attribute__((weak)) std::string_view Name(ReturnState s) {
    return kR[static_cast<size_t>(s)];
}
__attribute__((weak)) std::string_view Name(RefundState s) {
    return kF[static_cast<size_t>(s)];
}
}  // namespace returns

namespace returns::workflows {
namespace {
constexpr std::array<std::string_view, 6> kReturnGuards = {
    "not_statutory",  "partner_was_silent", "partner_was_silent_unvested",
    "second_if_paid", "statutory",          "unvested"};
constexpr std::array<std::string_view, 7> kReturnActions = {
    "ask_inbound", "blame_partner", "cancel_inbound", "note_liable",
    "note_scan",   "stall",         "withhold"};
constexpr std::array<std::string_view, 11> kRefundGuards = {
    "attempts_left", "dispute_is_lost", "dispute_is_won",
    "hold_runs_out", "key_alive",       "key_dead",
    "noted_paid",    "two_people",      "two_people_not_statutory",
    "was_paid",      "young_doubt"};
constexpr std::array<std::string_view, 16> kRefundActions = {
    "adopt",           "allocate_now",  "leave_tender", "look_up",
    "mark_offset",     "mark_paid",     "new_payee",    "note_paid",
    "retire_key",      "send_refund",   "stall",        "stall_if_capacity",
    "stall_if_orphan", "unmark_offset", "unmark_paid",  "withdraw"};
}  // namespace

__attribute__((weak)) std::span<const std::string_view> GuardNames(MachineKind kind) {
    if (kind == MachineKind::kReturn) return kReturnGuards;
    return kRefundGuards;
}
__attribute__((weak)) std::span<const std::string_view> ActionNames(MachineKind kind) {
    if (kind == MachineKind::kReturn) return kReturnActions;
    return kRefundActions;
}

}  // namespace returns::workflows
