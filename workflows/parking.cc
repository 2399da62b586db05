// Returns whose partner cannot be told of them yet: no route leads to one, or a code has no
// translation. They wait, with one ticket that names what is missing, and go on once it is there.

#include "workflows/routes.h"
#include "workflows/steps.h"

#include <algorithm>

namespace returns::workflows {
namespace {

constexpr std::string_view kNoRoute = "no_route", kNoCode = "no_code";

bool Waits(const Slice& slice, const std::string& return_id) {
    return slice.return_id == return_id && slice.state == ReturnState::kAuthorised;
}

// Still on its way to a partner: telling them is of use.
bool Expected(const Case& subject, const std::string& return_id) {
    return std::any_of(subject.slices.begin(), subject.slices.end(), [&](const Slice& slice) {
        return Waits(slice, return_id) ||
               (slice.return_id == return_id && slice.state == ReturnState::kInTransit);
    });
}

bool Settled(const Return& header) { return header.resolution == "settled"; }

bool RouteAnew(Turn& turn, const std::string& return_id) {
    Return* header = FindReturn(turn.subject, return_id);
    if (header->unrouted.empty()) return false;
    const std::string before = header->unrouted;
    RouteReturn(turn, *header);
    if (header->unrouted.empty() && Expected(turn.subject, return_id)) AskInbound(turn, return_id);
    return FindReturn(turn.subject, return_id)->unrouted != before;
}

bool Park(Turn& turn, Slice& slice, const std::string& cause) {
    if (slice.cause == cause) return false;
    slice.cause = cause;
    if (slice.stalled_at == kNoTime) slice.stalled_at = turn.now();
    return true;
}

// The customer could not have sent anything before: the time to do so begins now.
bool LetGo(Turn& turn, Slice& slice) {
    if (slice.cause != kNoRoute && slice.cause != kNoCode) return false;
    const bool waited = IsParked(slice);
    slice.cause.clear();
    if (!waited) return true;
    slice.stalled_at = kNoTime;
    RestartTimer(turn, slice.id);
    return true;
}

}  // namespace

bool IsParked(const Slice& slice) {
    return slice.state == ReturnState::kAuthorised &&
           (slice.cause == kNoRoute || slice.cause == kNoCode);
}

std::vector<MissingCode> MissingIn(const Command& command, const Rulebook& book) {
    const ConnectionFacts* connection = book.Find(command.connection);
    if (connection == nullptr || !connection->missing) return {};
    return connection->missing(command.body);
}

std::string Describe(const MissingCode& missing, std::string_view connection) {
    return missing.kind + " '" + missing.code + "' has no translation for connection " +
           std::string(connection) + " (table '" + missing.table + "' of its settings)";
}

Parked ParkedOf(const Case& subject, const std::string& return_id, const Rulebook& book) {
    const Return* header = FindReturn(subject, return_id);
    if (header == nullptr || Settled(*header)) return {};
    if (!header->unrouted.empty()) return {std::string(kNoRoute), header->unrouted};
    for (const Command& command : subject.commands) {
        if (command.return_id != return_id || command.operation != "return.create") continue;
        if (command.state != CommandState::kWaiting) continue;
        Parked parked;
        for (const MissingCode& missing : MissingIn(command, book))
            parked.text +=
                (parked.text.empty() ? "" : "; ") + Describe(missing, command.connection);
        if (parked.text.empty()) continue;
        parked.cause = kNoCode;
        return parked;
    }
    return {};
}

void RouteReturn(Turn& turn, Return& header) {
    const RouteAnswer answer = Route(turn.book, QuestionOf(turn.subject, header.id, "logistics"));
    header.unrouted = answer.why;
    if (!answer.routed) return;
    header.route = answer.rule;
    header.connection = answer.connection;
    if (header.connection.empty()) return;
    WriteLookup(turn, LookupKind::kReturn, header.connection, header.id);
    // The partner may know it already, from a time that a restore has forgotten.
    WriteLookup(turn, LookupKind::kOurReference, turn.subject.key.shop, header.id);
}

bool KeepParked(Turn& turn) {
    bool changed = false;
    for (std::size_t i = 0; i < turn.subject.returns.size(); ++i) {
        const std::string id = turn.subject.returns[i].id;
        if (RouteAnew(turn, id)) changed = true;
        const std::string cause = ParkedOf(turn.subject, id, turn.book).cause;
        for (std::size_t at = 0; at < turn.subject.slices.size(); ++at) {
            Slice& slice = turn.subject.slices[at];
            if (slice.return_id != id) continue;
            const bool parks = !cause.empty() && Waits(slice, id);
            if (parks ? Park(turn, slice, cause) : LetGo(turn, slice)) changed = true;
        }
    }
    return changed;
}

bool WakeParked(Turn& turn) {
    bool woken = false;
    for (Slice& slice : turn.subject.slices) {
        if (!IsParked(slice) || slice.due_at > turn.now()) continue;
        if (slice.stalled_at == kNoTime) slice.stalled_at = turn.now();
        RestartTimer(turn, slice.id);
        woken = true;
    }
    return woken;
}

bool ParkingIsOld(const Case& subject, const Rulebook& book) {
    if (!subject.placed || !subject.quarantine.empty()) return false;
    Case copy = subject;
    Envelope event;
    event.key = subject.key;
    event.recorded_at = subject.recorded_at;
    Decision out;
    Turn turn{copy, event, book, out};
    return KeepParked(turn);
}

}  // namespace returns::workflows
