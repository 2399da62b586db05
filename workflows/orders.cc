// order.*: what was bought, with which money, and when it arrived.

#include "schemas/money.h"
#include "workflows/steps.h"
#include "workflows/told.h"

#include <algorithm>

namespace returns::workflows {
namespace {

constexpr std::string_view kLookUp = "order.lookup";

// What was paid for each line: its price less its discount, less its share of the order's
// discount, split once and for ever by largest remainder. Empty when the sums do not hold.
std::vector<std::int64_t> PaidPerLine(const EventData& data) {
    std::vector<std::int64_t> paid;
    std::int64_t total = 0;
    for (const EventLine& line : data.lines) {
        const auto price = MultiplyMinor(line.unit_price_minor, line.quantity);
        if (!price || *price < line.discount_minor) return {};
        paid.push_back(*price - line.discount_minor);
        const auto sum = AddMinor(total, paid.back());
        if (!sum) return {};
        total = *sum;
    }
    if (data.discount_minor > total) return {};
    const std::vector<std::int64_t> off = Split(data.discount_minor, paid);
    for (std::size_t i = 0; i < paid.size(); ++i) paid[i] -= off[i];
    return paid;
}

Told OnPlaced(Turn& turn) {
    Case& subject = turn.subject;
    const EventData& data = turn.event.data;
    if (subject.placed)
        return Ignored(SaysOtherwise(subject, data) ? std::string(kToldOtherwise)
                                                    : "the order is already known");
    const std::vector<std::int64_t> paid = PaidPerLine(data);
    if (paid.empty()) return Refused("discounts exceed prices, or amounts overflow");
    subject.placed = true;
    subject.order_due_at = kNever;
    std::erase_if(subject.commands, [](const Command& command) {
        return command.operation == kLookUp && command.state == CommandState::kWaiting;
    });
    subject.stalled_at = kNoTime;
    subject.folded = false;
    subject.placed_at = turn.event.occurred_at;
    subject.currency = data.currency;
    subject.jurisdiction = data.jurisdiction;
    subject.country = data.country;
    subject.shipping_minor = data.shipping_minor;
    subject.mail_digest = data.customer.mail_digest;
    subject.phone_digest = data.customer.phone_digest;
    const std::vector<std::int64_t> shipping = Split(data.shipping_minor, paid);
    for (std::size_t i = 0; i < data.lines.size(); ++i) {
        const EventLine& line = data.lines[i];
        OrderLine known;
        known.id = line.id;
        known.sku = line.sku;
        known.brand = line.brand;
        known.warehouse = line.warehouse;
        known.item_class = line.item_class;
        known.quantity = line.quantity;
        known.paid_minor = paid[i];
        known.tax_minor = std::min(line.tax_minor, paid[i]);
        known.tax_rate = line.tax_rate;
        known.shipping_minor = shipping[i];
        subject.lines.push_back(std::move(known));
    }
    return Moved();
}

// Refunds that have their place on the tender and have not left.
std::vector<std::int64_t> UnsentOn(const Case& subject, const Tender& tender) {
    std::vector<std::int64_t> ids;
    for (const Leg& leg : subject.legs)
        if (leg.tender_id == tender.id && leg.state == RefundState::kReady) ids.push_back(leg.id);
    return ids;
}

// Captures of one tender are absolute: the same tender told again replaces, never adds. A payment
// that was voided is one with nothing captured; what had its place on it finds another or waits
// for a person.
Told OnCaptured(Turn& turn) {
    const TenderFact& fact = *turn.event.data.tender;
    Case& subject = turn.subject;
    if (!turn.event.data.currency.empty() && turn.event.data.currency != subject.currency)
        return Refused("captured in " + turn.event.data.currency + ", ordered in " +
                       subject.currency);
    Tender* known = FindTender(subject, fact.id);
    if (known == nullptr) {
        subject.tenders.push_back(Tender{});
        known = &subject.tenders.back();
        known->id = fact.id;
    } else if (known->captured_minor == fact.amount_minor && known->reference == fact.reference) {
        return Ignored("this capture is already known");
    } else if (fact.amount_minor < known->captured_minor - FreeOn(subject, *known)) {
        const std::vector<std::int64_t> unsent = UnsentOn(subject, *known);
        std::int64_t spent = known->captured_minor - FreeOn(subject, *known);
        for (const std::int64_t id : unsent) spent -= FindLeg(subject, id)->amount_minor;
        if (fact.amount_minor < spent)
            return Refused("captured less than has been refunded on this tender");
        for (const std::int64_t id : unsent) Fire(turn, id, RefundTrigger::kReallocate);
    }
    if (known->captured_at == kNoTime || known->reference != fact.reference)
        known->captured_at = turn.event.occurred_at;
    known->kind = fact.kind;
    known->connection = fact.connection;
    known->reference = fact.reference;
    known->captured_minor = fact.amount_minor;
    const ConnectionFacts* connection = turn.book.Find(fact.connection);
    const bool psp = connection != nullptr && connection->kind == "payment";
    known->executor = psp ? Executor::kPsp : Executor::kShop;
    // More was captured than we knew of: what found no room is allocated anew.
    std::vector<std::int64_t> waiting;
    for (const Leg& leg : subject.legs)
        if (leg.state == RefundState::kHeld && leg.held_for == "capacity")
            waiting.push_back(leg.id);
    for (const std::int64_t id : waiting) Fire(turn, id, RefundTrigger::kRelease);
    // A callback names the provider's payment, not the order: this finds the case.
    if (psp) WriteLookup(turn, LookupKind::kTheirReference, fact.connection, fact.reference);
    if (fact.amount_minor == 0)
        return {Verdict::kMoved, "nothing is captured on it: nothing can be paid back on it"};
    return Moved();
}

}  // namespace

bool SaysOtherwise(const Case& subject, const EventData& placed) {
    const std::vector<std::int64_t> paid = PaidPerLine(placed);
    if (placed.currency != subject.currency || paid.size() != subject.lines.size()) return true;
    for (std::size_t i = 0; i < paid.size(); ++i) {
        const EventLine& line = placed.lines[i];
        const auto known = std::find_if(subject.lines.begin(), subject.lines.end(),
                                        [&](const OrderLine& each) { return each.id == line.id; });
        if (known == subject.lines.end() || known->quantity != line.quantity ||
            known->paid_minor != paid[i])
            return true;
    }
    return false;
}

Told OnOrder(Turn& turn) {
    Case& subject = turn.subject;
    switch (turn.event.type) {
        case EventType::kOrderPlaced:
            return OnPlaced(turn);
        case EventType::kOrderCaptured:
            return OnCaptured(turn);
        case EventType::kOrderDelivered:
            if (subject.delivered_at != kNoTime) return Ignored("delivery is already known");
            subject.delivered_at = turn.event.occurred_at;
            return Moved();
        default:
            if (subject.order_cancelled) return Ignored("the order is already cancelled");
            subject.order_cancelled = true;
            return Moved();
    }
}

void LookUpOrder(Turn& turn) {
    const std::string& shop = turn.subject.key.shop;
    if (HasCommand(turn.subject, kLookUp, "", 0)) return;
    for (const ConnectionFacts& each : turn.book.connections) {
        if (each.shop != shop || each.operations.count(kLookUp) == 0) continue;
        Command command;
        command.operation = kLookUp;
        command.connection = each.name;
        command.body = Json::Object({{"order_id", Json::String(turn.subject.key.order_id)}});
        Emit(turn, std::move(command));
        return;
    }
}

std::int64_t BalanceOf(const Case& subject, const Tender& tender) {
    std::int64_t left = tender.captured_minor;
    for (const Leg& leg : subject.legs) {
        if (leg.tender_id != tender.id) continue;
        const bool spent = IsCommitted(leg.state) || leg.paid;
        if (spent) left -= leg.amount_minor;
    }
    for (const Dispute& dispute : subject.disputes)
        if (dispute.tender_id == tender.id && dispute.state != DisputeState::kWon)
            left -= dispute.amount_minor;
    return left;
}

std::int64_t FreeOn(const Case& subject, const Tender& tender) {
    return std::max<std::int64_t>(BalanceOf(subject, tender), 0);
}

}  // namespace returns::workflows
