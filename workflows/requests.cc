// return.requested and what shops and agents then want of it.

#include "workflows/steps.h"

#include <algorithm>

namespace returns::workflows {
namespace {

bool Contains(const std::vector<std::string>& list, const std::string& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

// Units of a line that are on their way back, or were granted: they cannot come back again.
int UnitsTaken(const Case& subject, const std::string& line_id) {
    int units = 0;
    for (const Slice& slice : subject.slices)
        if (slice.line_id == line_id && (IsLive(slice.state) || slice.vested))
            units += slice.quantity;
    return units;
}

int UnitsOf(const Case& subject, const std::string& return_id, const std::string& line_id) {
    int units = 0;
    for (const Slice& slice : subject.slices)
        if (slice.return_id == return_id && slice.line_id == line_id) units += slice.quantity;
    return units;
}

// Why the request cannot stand; "" when it can. Counts are absolute for (return, line).
std::string WhyNot(const Turn& turn) {
    Case& subject = turn.subject;
    for (const EventLine& line : turn.event.data.lines) {
        const OrderLine* bought = FindLine(subject, line.id);
        if (bought == nullptr) return "line " + line.id + " was never bought on this order";
        const int more = line.quantity - UnitsOf(subject, turn.event.data.return_id, line.id);
        if (more < 0) return "line " + line.id + " was already requested with more units";
        if (more > bought->quantity - UnitsTaken(subject, line.id))
            return "line " + line.id + ": " + std::to_string(line.quantity) + " units, but only " +
                   std::to_string(bought->quantity - UnitsTaken(subject, line.id)) + " of " +
                   std::to_string(bought->quantity) + " can still come back";
    }
    return "";
}

Return& HeaderFor(Turn& turn) {
    const EventData& data = turn.event.data;
    if (Return* known = FindReturn(turn.subject, data.return_id)) return *known;
    Return header;
    header.id = data.return_id;
    header.requested_at = turn.event.occurred_at;
    header.reason = data.reason;
    header.resolution = data.resolution.empty() ? "refund" : data.resolution;
    if (header.resolution == "exchange") header.exchange_minor = data.exchange_minor;
    header.statutory = data.statutory;
    header.rules_hash = turn.book.newest->hash;
    turn.subject.returns.push_back(header);
    WriteLookup(turn, LookupKind::kReturn, turn.subject.key.shop, header.id);
    Return& added = turn.subject.returns.back();
    StartLegalClock(turn, added, "requested", turn.event.occurred_at);
    return added;
}

// What the policy says to a new request. A claim of a legal right is never denied by it.
ReturnTrigger Eligibility(const Turn& turn, const Return& header, const std::string& reason) {
    const Policy& policy = turn.RulesOf(header.id).policy;
    if (Contains(policy.keep_reasons, reason)) return ReturnTrigger::kKeepItem;
    if (Contains(policy.review_reasons, reason) || turn.subject.order_cancelled)
        return ReturnTrigger::kNeedsReview;
    const Case& subject = turn.subject;
    const bool delivered = subject.delivered_at != kNoTime;
    const auto open_until = [&](bool statutory) {
        return WindowEnd(policy, statutory, turn.calendar(), subject.jurisdiction,
                         subject.placed_at, delivered ? subject.delivered_at : subject.placed_at);
    };
    if (header.requested_at <= open_until(false)) return ReturnTrigger::kEligible;
    if (!header.statutory) return ReturnTrigger::kIneligible;
    const bool in_time = !delivered || header.requested_at <= open_until(true);
    return in_time ? ReturnTrigger::kEligible : ReturnTrigger::kNeedsReview;
}

bool Approved(const Case& subject, const std::string& return_id) {
    return std::all_of(subject.slices.begin(), subject.slices.end(), [&](const Slice& slice) {
        return slice.return_id != return_id ||
               (IsLive(slice.state) && slice.state != ReturnState::kRequested &&
                slice.state != ReturnState::kInReview);
    });
}

// The earliest proof of each.
void NoteTrigger(Return& header, std::string_view trigger, Instant at) {
    for (const LegalTrigger& each : kLegalTriggers)
        if (each.name == trigger && (header.*each.at == kNoTime || at < header.*each.at))
            header.*each.at = at;
}

bool Starts(const LegalRule& rule, std::string_view trigger) {
    const auto names = [&](std::string_view name) {
        return std::find(rule.triggers.begin(), rule.triggers.end(), name) != rule.triggers.end();
    };
    // Where proof of posting counts, the goods themselves prove it too, if they come first.
    return names(trigger) || (trigger == "received" && names("posted"));
}

}  // namespace

Told OnReturnRequested(Turn& turn) {
    const std::string why = WhyNot(turn);
    if (!why.empty()) return Refused(why);
    const EventData& data = turn.event.data;
    if (!data.currency.empty() && data.currency != turn.subject.currency)
        return Refused("an exchange in " + data.currency + ", the order is in " +
                       turn.subject.currency);
    bool added = false;
    const bool known = FindReturn(turn.subject, data.return_id) != nullptr;
    for (const EventLine& line : data.lines) {
        const int more = line.quantity - UnitsOf(turn.subject, data.return_id, line.id);
        if (more == 0) continue;
        added = true;
        const std::string header_id = HeaderFor(turn).id;
        Slice slice;
        slice.return_id = header_id;
        slice.line_id = line.id;
        slice.quantity = more;
        slice.reason = line.reason.empty() ? data.reason : line.reason;
        AddSlice(turn, std::move(slice));
    }
    if (!added) return Ignored("this return is already known with these counts");
    // What is added later goes where the return goes.
    if (!known) RouteReturn(turn, HeaderFor(turn));
    // Judged only once all slices stand, so that one command can name all lines.
    std::vector<std::pair<std::int64_t, std::string>> fresh;
    for (const Slice& slice : turn.subject.slices)
        if (slice.return_id == data.return_id && slice.state == ReturnState::kRequested)
            fresh.emplace_back(slice.id, slice.reason);
    for (const auto& [id, reason] : fresh) {
        const Return& header = *FindReturn(turn.subject, data.return_id);
        const ReturnTrigger trigger = Eligibility(turn, header, reason);
        Fire(turn, id, trigger);
        if (trigger == ReturnTrigger::kIneligible)
            FindSlice(turn.subject, id)->cause = "outside_window";
    }
    return Moved();
}

Told OnReturnWish(Turn& turn) {
    const Return* header = ReturnOf(turn);
    if (header == nullptr) return Refused("no return " + turn.event.data.return_id);
    ReturnTrigger trigger = ReturnTrigger::kApprove;
    switch (turn.event.type) {
        case EventType::kReturnDenied:
            trigger = ReturnTrigger::kDeny;
            break;
        case EventType::kReturnCancelled:
            trigger = ReturnTrigger::kCancel;
            break;
        case EventType::kReturnKept:
            trigger = ReturnTrigger::kKeepItem;
            break;
        case EventType::kReturnReinstated:
            trigger = ReturnTrigger::kReinstate;
            break;
        default:
            break;
    }
    std::vector<std::int64_t> ids;
    for (const Slice& slice : turn.subject.slices)
        if (slice.return_id == header->id) ids.push_back(slice.id);
    bool moved = false;
    std::string refusal;
    for (std::int64_t id : ids) {
        if (Fire(turn, id, trigger) == Fired::kMoved) {
            moved = true;
            FindSlice(turn.subject, id)->cause = turn.event.data.reason;
        } else {
            refusal = std::string(Name(FindSlice(turn.subject, id)->state));
        }
    }
    if (moved) NoteActor(turn, std::string(header->id));
    if (moved) return Moved();
    if (trigger == ReturnTrigger::kApprove && Approved(turn.subject, header->id))
        return Ignored("it is approved already");
    return Refused(std::string(Facts(turn.event.type).wire) + " is not possible in " + refusal);
}

Return* ReturnOf(Turn& turn) {
    const EventData& data = turn.event.data;
    auto& returns = turn.subject.returns;
    if (!data.return_id.empty()) return FindReturn(turn.subject, data.return_id);
    for (Return& header : returns) {
        if (!data.their_reference.empty() && header.partner_reference == data.their_reference)
            return &header;
        if (!data.tracking.empty() && header.tracking == data.tracking) return &header;
        if (!data.our_reference.empty() && header.id == data.our_reference) return &header;
    }
    return returns.size() == 1 ? &returns.front() : nullptr;
}

bool MaySpeakFor(const Turn& turn, Return& header) {
    const std::string& speaker = turn.event.connection;
    const ConnectionFacts* known = turn.book.Find(speaker);
    if (!header.unrouted.empty() && known != nullptr && known->kind == "logistics") {
        header.connection = speaker;
        header.unrouted.clear();
    }
    // Who asked for the label knows what became of the parcel that carries it, and nothing more.
    const bool parcels = turn.event.type >= EventType::kReturnLabelIssued &&
                         turn.event.type <= EventType::kParcelLost;
    if (parcels && !speaker.empty() && speaker == header.label_asked_by) return true;
    return speaker.empty() || header.connection.empty() || speaker == header.connection;
}

void StartLegalClock(Turn& turn, Return& header, std::string_view trigger, Instant at) {
    NoteTrigger(header, trigger, at);
    const LegalRule* rule = LawFor(turn.subject, header, turn.book);
    if (rule == nullptr || !Starts(*rule, trigger)) return;
    const Instant deadline = LegalEnd(*rule, turn.calendar(), at);
    if (header.legal_deadline == kNoTime || deadline < header.legal_deadline)
        header.legal_deadline = deadline;
    for (Leg& leg : turn.subject.legs)
        if (leg.return_id == header.id &&
            (leg.legal_deadline == kNoTime || header.legal_deadline < leg.legal_deadline))
            leg.legal_deadline = header.legal_deadline;
}

}  // namespace returns::workflows
