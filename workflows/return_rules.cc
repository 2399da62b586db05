// Guards and actions of machine R, by the names its file uses.

#include "workflows/steps.h"

#include <array>

namespace returns::workflows {
namespace {

bool Statutory(const Scope& s) {
    const Return* header = FindReturn(s.turn.subject, s.slice->return_id);
    return header != nullptr && header->statutory;
}
bool NotStatutory(const Scope& s) { return !Statutory(s); }
bool Unvested(const Scope& s) { return !s.slice->vested; }
bool PartnerWasSilent(const Scope& s) { return s.slice->cause == "partner_silent"; }
bool PartnerWasSilentUnvested(const Scope& s) { return PartnerWasSilent(s) && Unvested(s); }

// An order-line unit is on its way back once: while this slice slept, another return may have
// taken its units.
bool UnitsFree(const Scope& s) {
    const OrderLine* line = FindLine(s.turn.subject, s.slice->line_id);
    int units = s.slice->quantity;
    for (const Slice& slice : s.turn.subject.slices) {
        if (slice.id == s.slice->id || slice.line_id != s.slice->line_id) continue;
        if (IsLive(slice.state) || slice.vested) units += slice.quantity;
    }
    return line != nullptr && units <= line->quantity;
}

// Once money has moved, opening a return again takes two people.
bool Reopenable(const Scope& s) {
    const EventData& data = s.turn.event.data;
    if (!UnitsFree(s)) return false;
    return !s.slice->vested || (!data.second.empty() && data.second != data.by);
}

void Ask(const Scope& s) { AskInbound(s.turn, s.slice->return_id); }
void Cancel(const Scope& s) { CancelInbound(s.turn, s.slice->return_id); }
void Stall(const Scope& s) {
    if (s.slice->stalled_at == kNoTime) s.slice->stalled_at = s.turn.now();
}
void BlamePartner(const Scope& s) { s.slice->cause = "partner_silent"; }
void NoteScan(const Scope&) {}
void NoteLiable(const Scope& s) { s.slice->liable = true; }
void Withhold(const Scope& s) {
    s.slice->withheld_minor = s.turn.event.data.amount_minor.value_or(0);
}

constexpr std::array<std::string_view, 7> kGuardNames = {
    "statutory",  "not_statutory", "unvested", "partner_was_silent", "partner_was_silent_unvested",
    "reopenable", "units_free"};
constexpr std::array<Guard, 7> kGuards = {
    Statutory,  NotStatutory, Unvested, PartnerWasSilent, PartnerWasSilentUnvested,
    Reopenable, UnitsFree};
constexpr std::array<std::string_view, 7> kActionNames = {
    "ask_inbound", "cancel_inbound", "stall",   "blame_partner",
    "note_scan",   "note_liable",    "withhold"};
constexpr std::array<Action, 7> kActions = {Ask,      Cancel,     Stall,   BlamePartner,
                                            NoteScan, NoteLiable, Withhold};

// Whether the partner is one that is never asked this: it hears of returns in its own way.
bool NeverAsked(const Turn& turn, const Return& header, std::string_view operation) {
    const ConnectionFacts* partner = turn.book.Find(header.connection);
    return partner != nullptr && !partner->operations.empty() &&
           partner->operations.count(operation) == 0;
}

}  // namespace

Guard ReturnGuard(int index) { return kGuards.at(index); }
Action ReturnAction(int index) { return kActions.at(index); }

std::span<const std::string_view> RefundGuardNames();
std::span<const std::string_view> RefundActionNames();

std::span<const std::string_view> GuardNames(MachineKind kind) {
    if (kind == MachineKind::kRefund) return RefundGuardNames();
    return kGuardNames;
}
std::span<const std::string_view> ActionNames(MachineKind kind) {
    if (kind == MachineKind::kRefund) return RefundActionNames();
    return kActionNames;
}

void AskInbound(Turn& turn, const std::string& return_id) {
    Return* header = FindReturn(turn.subject, return_id);
    if (header == nullptr || !header->partner_reference.empty() || header->connection.empty())
        return;
    if (header->resolution == "settled") return;  // it is over: nobody waits for these goods
    if (NeverAsked(turn, *header, "return.create")) return;
    if (HasCommand(turn.subject, "return.create", header->id, 0)) return;
    Json lines = Json::Array();
    for (const Slice& slice : turn.subject.slices) {
        if (slice.return_id != header->id || !IsLive(slice.state)) continue;
        const OrderLine* line = FindLine(turn.subject, slice.line_id);
        Json told = Json::Object({{"id", Json::String(slice.line_id)},
                                  {"sku", Json::String(line ? line->sku : "")},
                                  {"quantity", Json::Int(slice.quantity)},
                                  {"reason", Json::String(slice.reason)}});
        if (line != nullptr && !line->warehouse.empty())
            told.Set("warehouse", Json::String(line->warehouse));
        if (line != nullptr && !line->item_class.empty())
            told.Set("item_class", Json::String(line->item_class));
        lines.Append(std::move(told));
    }
    Command command;
    command.operation = "return.create";
    command.connection = header->connection;
    command.return_id = header->id;
    command.reference = header->id;
    command.body = Json::Object({{"return_id", Json::String(header->id)},
                                 {"order_id", Json::String(turn.subject.key.order_id)},
                                 {"reference", Json::String(header->id)},
                                 {"statutory", Json::Bool(header->statutory)},
                                 {"reason", Json::String(header->reason)},
                                 {"lines", std::move(lines)}});
    Emit(turn, std::move(command));
}

void SkipInbound(Turn& turn, const std::string& return_id) {
    std::erase_if(turn.subject.commands, [&](const Command& command) {
        return command.return_id == return_id && command.operation == "return.create" &&
               command.state == CommandState::kWaiting && command.attempts == 0;
    });
}

void CancelInbound(Turn& turn, const std::string& return_id) {
    Return* header = FindReturn(turn.subject, return_id);
    if (header == nullptr) return;
    for (const Slice& slice : turn.subject.slices)
        if (slice.return_id == header->id && IsLive(slice.state)) return;
    for (const Command& command : turn.subject.commands) {
        if (command.return_id != header->id || command.operation != "return.create") continue;
        if (command.state == CommandState::kWaiting && command.attempts == 0) {
            Withdraw(turn, command.number);
            return;
        }
    }
    if (header->partner_reference.empty() || NeverAsked(turn, *header, "return.cancel") ||
        HasCommand(turn.subject, "return.cancel", header->id, 0))
        return;
    Command command;
    command.operation = "return.cancel";
    command.connection = header->connection;
    command.return_id = header->id;
    command.body = Json::Object({{"return_id", Json::String(header->id)},
                                 {"reference", Json::String(header->id)},
                                 {"partner_reference", Json::String(header->partner_reference)}});
    Emit(turn, std::move(command));
}

}  // namespace returns::workflows
