#include "gateway/stall_board.h"

#include "gateway/case_view.h"
#include "gateway/plain_words.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr int kCasesPerLook = 1000;

// The earlier of two moments, where "not set" is neither.
Instant Earlier(Instant a, Instant b) {
    if (a == kNoTime) return b;
    return b == kNoTime ? a : std::min(a, b);
}

void AddWhat(std::string& what, std::string_view state) {
    if (what.find(state) != std::string::npos) return;
    if (!what.empty()) what += ", ";
    what += state;
}

std::string TicketOf(const Case& subject, const std::string& return_id) {
    for (const Ticket& ticket : subject.tickets) {
        if (ticket.return_id != return_id || ticket.state == TicketState::kResolved) continue;
        return ticket.their_reference.empty() ? "being opened" : ticket.their_reference;
    }
    return "";
}

// One row for everything of the return that stands still; since is kNoTime when nothing does.
StallRow RowOf(const Case& subject, const std::string& return_id) {
    StallRow row;
    row.key = subject.key;
    row.return_id = return_id;
    row.currency = subject.currency;
    for (const Slice& slice : subject.slices) {
        if (slice.return_id != return_id || slice.stalled_at == kNoTime) continue;
        row.since = Earlier(row.since, slice.stalled_at);
        AddWhat(row.what, Name(slice.state));
        AddWhat(row.plain, PlainState(slice.state));
    }
    for (const Leg& leg : subject.legs) {
        if (leg.return_id != return_id) continue;
        row.legal_deadline = Earlier(row.legal_deadline, leg.legal_deadline);
        if (leg.stalled_at == kNoTime) continue;
        row.since = Earlier(row.since, leg.stalled_at);
        AddWhat(row.what, Name(leg.state));
        AddWhat(row.plain, PlainState(leg.state));
    }
    row.ticket = TicketOf(subject, return_id);
    return row;
}

}  // namespace

void StallBoard::Note(const Case& subject) {
    Entry entry;
    for (const Return& header : subject.returns) {
        StallRow row = RowOf(subject, header.id);
        if (row.since == kNoTime) continue;
        row.legal_deadline = Earlier(row.legal_deadline, header.legal_deadline);
        row.amount_minor = OpenAmount(subject, header.id);
        row.owner =
            workflows::Explain(subject, header.id, workflows::Audience::kOperator, book_).owner;
        entry.stalls.push_back(std::move(row));
    }
    StallRow whole = RowOf(subject, "");
    whole.since = Earlier(whole.since, subject.stalled_at);
    if (whole.since != kNoTime) {
        const auto say = [&](const std::string& text) {
            AddWhat(whole.what, text);
            AddWhat(whole.plain, text);
        };
        if (!subject.quarantine.empty()) say("frozen: " + subject.quarantine);
        if (subject.missing > 0)
            say(std::to_string(subject.missing) +
                " orders missing: nobody told us of them, all in one ticket");
        else if (!subject.placed)
            say("waits for its order");
        whole.amount_minor = OpenAmount(subject, "");
        whole.owner = subject.placed ? "us" : "shop";
        entry.stalls.push_back(std::move(whole));
    }
    for (const Ticket& ticket : subject.tickets) {
        if (ticket.state != TicketState::kResolved) entry.tickets.push_back(ticket);
    }
    entry.folded = subject.folded && subject.quarantine.empty();
    entry.quarantined = !subject.quarantine.empty();
    entry.currency = subject.currency;
    for (const Leg& leg : subject.legs) {
        if (leg.state == RefundState::kUnknown || leg.state == RefundState::kContested)
            entry.in_doubt_minor.push_back(leg.amount_minor);
    }
    if (entry.stalls.empty() && entry.tickets.empty() && entry.in_doubt_minor.empty()) {
        rows_.erase(subject.key);
    } else {
        rows_[subject.key] = std::move(entry);
    }
}

bool StallBoard::Fill(Engine& engine, const std::function<void(const Case&)>& also) {
    if (filled_) return false;
    const auto page = engine.archive().Stalled(filled_to_, kCasesPerLook);
    if (!page.ok()) return false;  // asked again next time
    for (const CaseKey& key : page->keys) {
        const auto subject = engine.Read(key);
        if (!subject.ok() || *subject == nullptr) continue;
        Note(**subject);
        also(**subject);
    }
    filled_to_ = page->next;
    filled_ = filled_to_ == 0;
    return !filled_;
}

StallTotals StallBoard::Totals(Instant now, Millis near) const {
    StallTotals totals;
    for (const auto& [key, entry] : rows_) {
        totals.cases += !entry.stalls.empty() || !entry.tickets.empty();
        totals.quarantined += entry.quarantined;
        for (const std::int64_t minor : entry.in_doubt_minor) {
            ++totals.in_doubt;
            totals.in_doubt_minor[entry.currency] += minor;
        }
        for (const StallRow& row : entry.stalls) {
            totals.oldest = Earlier(totals.oldest, row.since);
            if (row.amount_minor == 0) continue;
            totals.stalled_minor[row.currency] += row.amount_minor;
            if (row.legal_deadline == kNoTime) continue;
            const bool missed = row.legal_deadline < now;
            totals.legal_missed += missed;
            totals.legal_near += !missed && row.legal_deadline - now < near;
        }
    }
    return totals;
}

std::vector<StallRow> StallBoard::Stalls(const std::string& shop) const {
    std::vector<StallRow> rows;
    for (const auto& [key, entry] : rows_) {
        if ((!shop.empty() && key.shop != shop) || entry.folded) continue;
        rows.insert(rows.end(), entry.stalls.begin(), entry.stalls.end());
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const StallRow& a, const StallRow& b) { return a.since < b.since; });
    return rows;
}

std::vector<TicketRow> StallBoard::Tickets(const std::string& shop) const {
    std::vector<TicketRow> rows;
    for (const auto& [key, entry] : rows_) {
        if (!shop.empty() && key.shop != shop) continue;
        for (const Ticket& ticket : entry.tickets) rows.push_back({key, ticket});
    }
    std::stable_sort(rows.begin(), rows.end(), [](const TicketRow& a, const TicketRow& b) {
        return a.ticket.opened_at < b.ticket.opened_at;
    });
    return rows;
}

}  // namespace returns::gateway
