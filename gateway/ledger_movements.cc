#include "gateway/ledger_movements.h"

#include "gateway/journal.h"
#include "schemas/money.h"

#include <algorithm>
#include <map>

namespace returns::gateway {
namespace {

struct Told {
    Instant created_at = kNoTime, settled_at = kNoTime, paid_at = kNoTime, changed_at = kNoTime;
    std::string approved_by, seconded_by;
};

const Leg* FindIn(const std::vector<Leg>& legs, std::int64_t id) {
    for (const Leg& leg : legs)
        if (leg.id == id) return &leg;
    return nullptr;
}

void NoteChanges(const std::vector<Leg>& before, const Case& after, const Envelope& event,
                 std::map<std::int64_t, Told>& told) {
    for (const Leg& leg : after.legs) {
        const Leg* old = FindIn(before, leg.id);
        if (old != nullptr && *old == leg) continue;
        Told& each = told[leg.id];
        if (old == nullptr) each.created_at = event.recorded_at;
        each.changed_at = event.recorded_at;
        if (leg.paid && (old == nullptr || !old->paid)) {
            each.settled_at = event.recorded_at;
            each.paid_at = event.occurred_at;
        } else if (!leg.paid) {
            each.settled_at = each.paid_at = kNoTime;
        }
    }
    for (const Command& command : after.commands) {
        if (command.leg == 0 || command.approved_by.empty()) continue;
        told[command.leg].approved_by = command.approved_by;
        told[command.leg].seconded_by = command.seconded_by;
    }
}

bool Counts(const Leg& leg) {
    return leg.state != RefundState::kNotDue &&
           (leg.paid || leg.offset ||
            (leg.state != RefundState::kCancelled && leg.state != RefundState::kClosed));
}

// The tax of a return's refunds: known where its lines came back with no other return, nothing was
// taken off, nothing added, and its refunds are exactly what was granted.
std::optional<std::vector<std::int64_t>> TaxOf(const Case& subject, const std::string& return_id,
                                               const std::vector<const Leg*>& legs) {
    std::int64_t granted = 0, tax = 0, amounts = 0;
    bool taxed = false;
    for (const OrderLine& line : subject.lines) {
        std::int64_t vested = 0;
        bool here = false, elsewhere = false;
        for (const Slice& slice : subject.slices) {
            if (slice.line_id != line.id || !slice.vested) continue;
            (slice.return_id == return_id ? here : elsewhere) = true;
            vested += slice.vested_minor;
        }
        if (!here) continue;
        if (elsewhere || vested != line.granted_minor) return std::nullopt;
        granted += line.granted_minor;
        tax += line.granted_tax_minor;
        taxed = taxed || line.tax_minor > 0 || !line.tax_rate.empty();
    }
    std::vector<std::int64_t> weights;
    for (const Leg* leg : legs) {
        weights.push_back(leg->amount_minor);
        amounts += leg->amount_minor;
    }
    if (!taxed || amounts != granted || weights.empty()) return std::nullopt;
    return Split(tax, weights);
}

void AddTaxes(const Case& subject, std::vector<Movement>& movements) {
    for (const Return& header : subject.returns) {
        if (header.shipping_minor != 0) continue;
        std::vector<const Leg*> legs;
        std::vector<Movement*> places;
        for (Movement& each : movements) {
            if (each.leg.return_id != header.id || !Counts(each.leg)) continue;
            legs.push_back(&each.leg);
            places.push_back(&each);
        }
        const auto taxes = TaxOf(subject, header.id, legs);
        if (!taxes) continue;
        for (std::size_t at = 0; at < places.size(); ++at) places[at]->tax_minor = (*taxes)[at];
    }
}

std::string YesOrNo(bool value) { return value ? "yes" : "no"; }
std::string TimeText(Instant at) { return at == kNever ? "" : FormatInstant(at); }

}  // namespace

Result<std::vector<Movement>> MovementsOf(const StoredCase& stored) {
    Case subject;
    std::map<std::int64_t, Told> told;
    for (const JournalRow& row : stored.rows) {
        const std::vector<Leg> before = subject.legs;
        RETURN_IF_ERROR(Replay(subject, row));
        if (before == subject.legs && subject.commands.empty()) continue;
        ASSIGN_OR_RETURN(const EntryHead head, DecodeHead(row.body));
        Envelope event;
        event.recorded_at = BookedAt(head);
        event.occurred_at = head.occurred_at;
        NoteChanges(before, subject, event, told);
    }
    std::vector<Movement> movements;
    for (const Leg& leg : subject.legs) {
        Movement each;
        each.key = stored.key;
        each.leg = leg;
        each.currency = subject.currency;
        for (const Tender& tender : subject.tenders) {
            if (tender.id != leg.tender_id) continue;
            each.tender_kind = tender.kind;
            each.connection = tender.connection;
        }
        const Told& known = told[leg.id];
        each.created_at = known.created_at;
        each.settled_at = known.settled_at;
        each.paid_at = known.paid_at;
        each.changed_at = known.changed_at;
        each.approved_by = known.approved_by;
        each.seconded_by = known.seconded_by;
        movements.push_back(std::move(each));
    }
    AddTaxes(subject, movements);
    return movements;
}

Result<MoneyBook> BooksOf(LedgerFile& file, const BookDays& days) {
    MoneyBook book;
    const Status walked = file.EachCase([&](const StoredCase& stored) -> Status {
        Case subject;
        for (const JournalRow& row : stored.rows) {
            const std::vector<Leg> before = subject.legs;
            RETURN_IF_ERROR(ReplayMoney(subject, row.body));
            if (before == subject.legs) continue;
            ASSIGN_OR_RETURN(const EntryHead head, DecodeHead(row.body));
            const Day day = days.DayOf(stored.key.shop, BookedAt(head));
            for (const Leg& leg : subject.legs) {
                const Leg* old = FindIn(before, leg.id);
                if (old == nullptr || !(*old == leg))
                    book.Add(stored.key.shop, subject.currency, day, old, leg);
            }
        }
        return {};
    });
    if (!walked.ok()) return walked.error();
    return book;
}

const std::vector<std::string>& MovementColumns() {
    static const std::vector<std::string> columns = {
        "shop",        "order_id",       "return_id",  "refund",        "tender_id",
        "tender_kind", "connection",     "executor",   "our_reference", "their_reference",
        "currency",    "amount_minor",   "amount",     "tax_minor",     "tax",
        "state",       "paid",           "created_at", "settled_at",    "paid_at",
        "changed_at",  "legal_date",     "cause",      "adopted",       "offset",
        "approved_by", "approved_too_by"};
    return columns;
}

std::vector<std::string> MovementCells(const Movement& movement) {
    const Leg& leg = movement.leg;
    const std::string tax = movement.tax_minor ? std::to_string(*movement.tax_minor) : "";
    return {movement.key.shop,
            movement.key.order_id,
            leg.return_id,
            std::to_string(leg.id),
            leg.tender_id,
            movement.tender_kind,
            movement.connection,
            leg.executor == Executor::kShop ? "shop" : "psp",
            leg.reference,
            leg.their_reference,
            movement.currency,
            std::to_string(leg.amount_minor),
            FormatMinor(leg.amount_minor, movement.currency),
            tax,
            movement.tax_minor ? FormatMinor(*movement.tax_minor, movement.currency) : "",
            std::string(Name(leg.state)),
            YesOrNo(leg.paid),
            TimeText(movement.created_at),
            TimeText(movement.settled_at),
            TimeText(movement.paid_at),
            TimeText(movement.changed_at),
            TimeText(leg.legal_deadline),
            leg.cause,
            YesOrNo(leg.adopted),
            YesOrNo(leg.offset),
            movement.approved_by,
            movement.seconded_by};
}

Json MovementJson(const Movement& movement) {
    const std::vector<std::string> cells = MovementCells(movement);
    Json json = Json::Object();
    for (std::size_t at = 0; at < cells.size(); ++at) {
        const std::string& name = MovementColumns()[at];
        if (cells[at].empty()) continue;
        const bool number = name.ends_with("_minor") || name == "refund";
        const bool flag = name == "paid" || name == "adopted" || name == "offset";
        json.Set(name, number ? Json::Number(cells[at])
                       : flag ? Json::Bool(cells[at] == "yes")
                              : Json::String(cells[at]));
    }
    return json;
}

Day DayOf(const Movement& movement, const BookDays& days) {
    const bool settled = movement.settled_at != kNoTime;
    return days.DayOf(movement.key.shop, settled ? movement.settled_at : movement.created_at);
}

}  // namespace returns::gateway
