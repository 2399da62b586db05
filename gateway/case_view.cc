#include "gateway/case_view.h"

#include "gateway/money_view.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using workflows::Audience;
using workflows::MachineKind;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

void SetText(Json& json, std::string name, const std::string& value) {
    if (!value.empty()) json.Set(std::move(name), Json::String(value));
}

void SetTime(Json& json, std::string name, Instant at) {
    if (at != kNoTime && at != kNever) json.Set(std::move(name), Json::String(FormatInstant(at)));
}

Json SliceJson(const Slice& slice) {
    Json json = Json::Object({{"id", Json::Int(slice.id)},
                              {"line_id", Text(slice.line_id)},
                              {"quantity", Json::Int(slice.quantity)},
                              {"state", Text(Name(slice.state))}});
    SetTime(json, "since", slice.entered_at);
    SetTime(json, "due_at", slice.due_at);
    SetText(json, "evidence", slice.evidence);
    SetText(json, "reason", slice.reason);
    SetText(json, "grade", slice.grade);
    SetText(json, "cause", slice.cause);
    SetTime(json, "stalled_at", slice.stalled_at);
    return json;
}

Json ExplanationJson(const workflows::Explanation& told) {
    Json json = Json::Object({{"headline", Text(told.headline)}});
    SetText(json, "why_not", told.why_not);
    SetText(json, "owner", told.owner);
    SetTime(json, "next_at", told.next_at);
    SetText(json, "next", told.next);
    SetText(json, "action", told.action);
    return json;
}

Json TicketJson(const Ticket& ticket) {
    constexpr std::string_view kStates[] = {"opening", "open", "resolving", "resolved"};
    Json json = Json::Object({{"id", Json::Int(ticket.id)},
                              {"state", Text(kStates[static_cast<std::size_t>(ticket.state)])},
                              {"episode", Json::Int(ticket.episode)}});
    SetText(json, "return_id", ticket.return_id);
    SetText(json, "cause", ticket.cause);
    SetText(json, "their_reference", ticket.their_reference);
    SetTime(json, "opened_at", ticket.opened_at);
    return json;
}

Json LineJson(const OrderLine& line) {
    Json json = Json::Object({{"id", Text(line.id)},
                              {"sku", Text(line.sku)},
                              {"quantity", Json::Int(line.quantity)},
                              {"paid_minor", Json::Int(line.paid_minor)},
                              {"granted_units", Json::Int(line.granted_units)},
                              {"granted_minor", Json::Int(line.granted_minor)},
                              {"tax_minor", Json::Int(line.tax_minor)},
                              {"granted_tax_minor", Json::Int(line.granted_tax_minor)},
                              {"shipping_minor", Json::Int(line.shipping_minor)}});
    SetText(json, "tax_rate", line.tax_rate);
    SetText(json, "brand", line.brand);
    SetText(json, "warehouse", line.warehouse);
    SetText(json, "item_class", line.item_class);
    return json;
}

Json TenderJson(const Tender& tender) {
    Json json =
        Json::Object({{"id", Text(tender.id)},
                      {"kind", Text(tender.kind)},
                      {"captured_minor", Json::Int(tender.captured_minor)},
                      {"executor", Text(tender.executor == Executor::kShop ? "shop" : "psp")}});
    SetText(json, "connection", tender.connection);
    return json;
}

Json DisputeJson(const Dispute& dispute) {
    constexpr std::string_view kStates[] = {"open", "won", "lost"};
    Json json = Json::Object({{"tender_id", Text(dispute.tender_id)},
                              {"amount_minor", Json::Int(dispute.amount_minor)},
                              {"state", Text(kStates[static_cast<std::size_t>(dispute.state)])}});
    SetText(json, "reference", dispute.reference);
    SetTime(json, "reply_by", dispute.reply_by);
    return json;
}

Json CommandJson(const Command& command) {
    constexpr std::string_view kStates[] = {"waiting", "in_flight", "in_doubt"};
    Json json = Json::Object({{"number", Json::Int(command.number)},
                              {"operation", Text(command.operation)},
                              {"connection", Text(command.connection)},
                              {"state", Text(kStates[static_cast<std::size_t>(command.state)])},
                              {"attempts", Json::Int(command.attempts)}});
    SetText(json, "reference", command.reference);
    SetTime(json, "not_before", command.not_before);
    return json;
}

// A partner is told who must act on the goods, and by when. Once they are settled the rest is
// money, which is not the partner's.
void ForPartner(const workflows::Explanation& told, Json& json) {
    constexpr std::string_view kGoods[] = {"requested", "send_it", "on_its_way", "arrived",
                                           "checking"};
    const std::string& status = json["status"].AsString();
    if (std::find(std::begin(kGoods), std::end(kGoods), status) == std::end(kGoods)) {
        json.Set("status", Text("done"));
        json.Set("explanation", ExplanationJson({.headline = "Nothing is waited for from you."}));
        return;
    }
    const bool theirs = told.owner == "partner";
    json.Set("explanation", ExplanationJson({.headline = theirs ? "Waits for you."
                                                                : "Waits for " + told.owner + ".",
                                             .owner = told.owner,
                                             .next_at = told.next_at}));
}

bool Concerns(const JournalEntry& entry, const std::string& return_id) {
    if (return_id.empty() || entry.event.data.return_id == return_id) return true;
    for (const workflows::Move& move : entry.moves) {
        if (move.return_id == return_id) return true;
    }
    return entry.event.data.return_id.empty() && entry.moves.empty();
}

bool IsMoney(const JournalEntry& entry) {
    const EventType type = entry.event.type;
    return type >= EventType::kRefundSubmitted && type <= EventType::kDisputeLost;
}

}  // namespace

Audience AudienceOf(Role role) {
    switch (role) {
        case Role::kOperator:
            return Audience::kOperator;
        case Role::kAgent:
            return Audience::kAgent;
        case Role::kPartner:
        case Role::kShop:
            break;
    }
    return Audience::kCustomer;
}

Result<std::vector<TimelineRow>> ReadTimeline(Archive& archive, const Case& subject,
                                              const std::string& return_id, std::size_t most) {
    std::vector<TimelineRow> rows;
    for (auto seen = subject.seen.rbegin(); seen != subject.seen.rend(); ++seen) {
        if (rows.size() == most) break;
        ASSIGN_OR_RETURN(const auto row, archive.Row(seen->journal));
        if (!row) continue;
        ASSIGN_OR_RETURN(JournalEntry entry, DecodeEntry(row->body));
        if (Concerns(entry, return_id)) rows.push_back({row->seq, std::move(entry)});
    }
    std::reverse(rows.begin(), rows.end());
    return rows;
}

std::int64_t OpenAmount(const Case& subject, const std::string& return_id) {
    std::int64_t open = 0;
    for (const Leg& leg : subject.legs) {
        const bool over = leg.paid || leg.offset || leg.state == RefundState::kCancelled ||
                          leg.state == RefundState::kClosed || leg.state == RefundState::kCovered;
        if (over || (!return_id.empty() && leg.return_id != return_id)) continue;
        open += leg.amount_minor;
    }
    return open;
}

Json RefundJson(const Case& subject, const Leg& leg) {
    Json json = Json::Object({{"id", Json::Int(leg.id)},
                              {"shop", Text(subject.key.shop)},
                              {"order_id", Text(subject.key.order_id)},
                              {"state", Text(Name(leg.state))},
                              {"amount_minor", Json::Int(leg.amount_minor)},
                              {"currency", Text(subject.currency)},
                              {"executor", Text(leg.executor == Executor::kShop ? "shop" : "psp")},
                              {"paid", Json::Bool(leg.paid)}});
    SetText(json, "return_id", leg.return_id);
    SetText(json, "tender_id", leg.tender_id);
    SetText(json, "reference", leg.reference);
    SetText(json, "their_reference", leg.their_reference);
    SetTime(json, "since", leg.entered_at);
    SetTime(json, "due_at", leg.due_at);
    SetTime(json, "legal_deadline", leg.legal_deadline);
    SetTime(json, "stalled_at", leg.stalled_at);
    SetText(json, "cause", leg.cause);
    SetText(json, "held_for", leg.held_for);
    if (leg.adopted) json.Set("adopted", Json::Bool(true));
    json.Set("attempts", Json::Int(leg.attempts));
    return json;
}

Json ReturnJson(const Case& subject, const Return& header, Role role,
                const workflows::Rulebook& book) {
    Json json = Json::Object({{"shop", Text(subject.key.shop)},
                              {"order_id", Text(subject.key.order_id)},
                              {"return_id", Text(header.id)},
                              {"status", Text(workflows::StatusWord(subject, header.id, book))}});
    const auto told = workflows::Explain(subject, header.id, AudienceOf(role), book);
    if (role == Role::kPartner) {
        ForPartner(told, json);
    } else {
        json.Set("explanation", ExplanationJson(told));
        SetText(json, "resolution", header.resolution);
    }
    SetTime(json, "requested_at", header.requested_at);
    SetText(json, "reason", header.reason);
    json.Set("statutory", Json::Bool(header.statutory));
    SetText(json, "connection", header.connection);
    SetText(json, "partner_reference", header.partner_reference);
    SetText(json, "partner_status", header.partner_status);
    SetTime(json, "partner_status_at", header.partner_status_at);
    SetText(json, "tracking", header.tracking);
    SetText(json, "carrier", header.carrier);
    SetText(json, "label_url", header.label_url);
    SetText(json, "label_asked_by", header.label_asked_by);
    Json slices = Json::Array();
    for (const Slice& slice : subject.slices) {
        if (slice.return_id == header.id) slices.Append(SliceJson(slice));
    }
    json.Set("slices", std::move(slices));
    if (role == Role::kPartner) return json;
    SetText(json, "route", header.route);
    SetText(json, "unrouted", header.unrouted);
    SetTime(json, "legal_deadline", header.legal_deadline);
    Json refunds = Json::Array();
    for (const Leg& leg : subject.legs) {
        if (leg.return_id == header.id) refunds.Append(RefundJson(subject, leg));
    }
    json.Set("refunds", std::move(refunds));
    json.Set("money", AccountJson(subject, header));
    if (role == Role::kShop) return json;
    Json tickets = Json::Array();
    for (const Ticket& ticket : subject.tickets) {
        if (ticket.return_id == header.id) tickets.Append(TicketJson(ticket));
    }
    json.Set("tickets", std::move(tickets));
    return json;
}

template <class T, class Write>
Json List(const std::vector<T>& values, Write write) {
    Json list = Json::Array();
    for (const T& value : values) list.Append(write(value));
    return list;
}

Json OrderJson(const Case& subject, Role role, const workflows::Rulebook& book) {
    Json json = Json::Object({{"shop", Text(subject.key.shop)},
                              {"order_id", Text(subject.key.order_id)},
                              {"version", Json::Int(subject.version)},
                              {"placed", Json::Bool(subject.placed)}});
    SetTime(json, "placed_at", subject.placed_at);
    SetTime(json, "delivered_at", subject.delivered_at);
    SetText(json, "currency", subject.currency);
    SetText(json, "jurisdiction", subject.jurisdiction);
    SetText(json, "country", subject.country);
    if (subject.order_cancelled) json.Set("cancelled", Json::Bool(true));
    json.Set("shipping_minor", Json::Int(subject.shipping_minor));
    json.Set("lines", List(subject.lines, LineJson));
    json.Set("tax_rates", TaxRatesJson(subject));
    json.Set("tenders", List(subject.tenders, TenderJson));
    json.Set("returns", List(subject.returns, [&](const Return& header) {
                 return ReturnJson(subject, header, role, book);
             }));
    json.Set("refunds",
             List(subject.legs, [&](const Leg& leg) { return RefundJson(subject, leg); }));
    json.Set("disputes", List(subject.disputes, DisputeJson));
    if (role == Role::kShop) return json;
    SetText(json, "frozen", subject.quarantine);
    if (subject.contested) json.Set("contested", Json::Bool(true));
    SetTime(json, "stalled_at", subject.stalled_at);
    if (subject.folded) json.Set("folded_into", Text(kMissingOrders));
    if (subject.missing > 0) {
        json.Set("missing", Json::Int(subject.missing));
        SetText(json, "missing_named", subject.missing_named);
    }
    json.Set("tickets", List(subject.tickets, TicketJson));
    json.Set("commands", List(subject.commands, CommandJson));
    json.Set("events_waiting", Json::Int(static_cast<std::int64_t>(subject.held.size())));
    return json;
}

Json TimelineJson(const std::vector<TimelineRow>& rows, Role role) {
    const bool partner = role == Role::kPartner;
    Json list = Json::Array();
    for (const TimelineRow& row : rows) {
        const JournalEntry& entry = row.entry;
        const Envelope& event = entry.event;
        if (partner && (IsMoney(entry) || event.connection.empty())) continue;
        std::string type(Facts(event.type).wire);
        if (event.type == EventType::kAction) type += "." + event.data.action;
        Json json = Json::Object({{"journal", Json::Int(row.seq)},
                                  {"at", Text(FormatInstant(event.recorded_at))},
                                  {"type", Text(type)},
                                  {"verdict", Text(workflows::Name(entry.verdict))}});
        SetTime(json, "occurred_at", event.occurred_at);
        SetText(json, "source", event.source);
        SetText(json, "return_id", event.data.return_id);
        SetText(json, "by", event.data.by);
        SetText(json, "raw_code", event.data.raw_code);
        if (!partner) SetText(json, "reason", entry.reason);
        Json moves = Json::Array();
        for (const workflows::Move& move : entry.moves) {
            const bool goods = move.kind == MachineKind::kReturn;
            if (partner && !goods) continue;
            moves.Append(Json::Object({{"kind", Text(goods ? "return" : "refund")},
                                       {"id", Json::Int(move.id)},
                                       {"return_id", Text(move.return_id)},
                                       {"from", Text(move.from)},
                                       {"to", Text(move.to)},
                                       {"trigger", Text(move.trigger)}}));
        }
        json.Set("moves", std::move(moves));
        list.Append(std::move(json));
    }
    return list;
}

}  // namespace returns::gateway
