#include "gateway/connector_try_case.h"

#include "connectors/mapping.h"
#include "gateway/receipt_view.h"
#include "schemas/money.h"
#include "workflows/decide.h"
#include "workflows/explain.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using connectors::Connector;
using workflows::Decision;

const std::string kConnection = "partner", kShop = "main", kOrder = "1001";
constexpr std::int64_t kPriceMinor = 1000;

// What the events speak of: which return, which lines and how many of each.
struct Subject {
    std::string return_id = "R-1", order_id = kOrder;
    std::vector<EventLine> lines;
};

EventLine OrderLineOf(const EventLine& told) {
    EventLine line;
    constexpr std::string_view kSku = "sku:";
    const bool by_sku = told.id.starts_with(kSku);
    line.id = by_sku || told.id.empty() ? "1" : told.id;
    line.sku = by_sku ? told.id.substr(kSku.size()) : told.sku.empty() ? "LAMP" : told.sku;
    line.quantity = std::max(
        {1, told.received.value_or(0), told.accepted.value_or(0) + told.rejected.value_or(0)});
    line.unit_price_minor = kPriceMinor;
    return line;
}

Subject SubjectOf(const std::vector<Envelope>& events) {
    Subject subject;
    for (const Envelope& event : events) {
        const EventData& data = event.data;
        if (!data.our_reference.empty()) subject.return_id = data.our_reference;
        if (!data.return_id.empty()) subject.return_id = data.return_id;
        if (!event.key.order_id.empty()) subject.order_id = event.key.order_id;
        for (const EventLine& told : data.lines) {
            EventLine line = OrderLineOf(told);
            const auto known =
                std::find_if(subject.lines.begin(), subject.lines.end(),
                             [&](const EventLine& each) { return each.id == line.id; });
            if (known != subject.lines.end() && known->sku != line.sku)
                line.id = std::to_string(subject.lines.size() + 1);
            if (known == subject.lines.end() || known->sku != line.sku)
                subject.lines.push_back(std::move(line));
        }
    }
    if (subject.lines.empty()) subject.lines.push_back(OrderLineOf({}));
    return subject;
}

Envelope Said(EventType type, const std::string& order, Instant at) {
    Envelope event;
    event.type = type;
    event.key = {kShop, order};
    event.source = "example";
    event.source_id = std::string(Facts(type).wire);
    event.occurred_at = event.recorded_at = at;
    return event;
}

// An order that was paid, and a return of all of it whose parcel is on its way.
std::vector<Envelope> Example(const Subject& subject, Instant now) {
    const Instant began = now - std::chrono::hours(72);
    Envelope placed = Said(EventType::kOrderPlaced, subject.order_id, began);
    placed.data.currency = "EUR";
    placed.data.lines = subject.lines;
    Envelope captured = Said(EventType::kOrderCaptured, subject.order_id, began);
    captured.data.currency = "EUR";
    TenderFact tender{"T1", "card", "", "", 0};
    Envelope asked = Said(EventType::kReturnRequested, subject.order_id, began);
    asked.data.return_id = subject.return_id;
    asked.data.resolution = "refund";
    asked.data.statutory = true;
    for (const EventLine& line : subject.lines) {
        tender.amount_minor += line.quantity * kPriceMinor;
        EventLine wanted;
        wanted.id = line.id;
        wanted.quantity = line.quantity;
        wanted.reason = "too_small";
        asked.data.lines.push_back(wanted);
    }
    captured.data.tender = tender;
    Envelope posted =
        Said(EventType::kParcelPosted, subject.order_id, now - std::chrono::hours(48));
    posted.data.return_id = subject.return_id;
    return {placed, captured, asked, posted};
}

std::string Standing(const Case& subject) {
    std::string text;
    const auto add = [&text](const std::string& part) {
        text += (text.empty() ? "" : "; ") + part;
    };
    for (const Slice& slice : subject.slices)
        add(slice.return_id + " line " + slice.line_id + " x" + std::to_string(slice.quantity) +
            " " + std::string(Name(slice.state)));
    for (const Leg& leg : subject.legs)
        add("refund " + FormatMoney(leg.amount_minor, subject.currency) + " " +
            std::string(Name(leg.state)));
    return text.empty() ? "an order without returns" : text;
}

std::string MoveText(const workflows::Move& move) {
    const bool goods = move.kind == workflows::MachineKind::kReturn;
    return std::string(goods ? "goods " : "money ") + (move.from.empty() ? "new" : move.from) +
           " -> " + move.to + (move.trigger.empty() ? "" : " (" + move.trigger + ")");
}

TryStep DecisionStep(const Envelope& event, const Decision& decision) {
    TryStep step{"decision", {}, true};
    const std::string wire(Facts(event.type).wire);
    step.good = decision.verdict == workflows::Verdict::kMoved ||
                decision.verdict == workflows::Verdict::kIgnored;
    step.lines.push_back(wire + ": " + std::string(workflows::Name(decision.verdict)) +
                         (decision.reason.empty() ? "" : ", " + decision.reason));
    for (const workflows::Move& move : decision.moves) step.lines.push_back(MoveText(move));
    return step;
}

TryStep AnswerStep(const Envelope& event, const Decision& decision, const std::string& return_id) {
    Receipt receipt;
    receipt.kind = Receipt::Kind::kDecided;
    receipt.verdict = decision.verdict;
    receipt.reason = decision.reason;
    receipt.key = event.key;
    receipt.type = Facts(event.type).wire;
    receipt.return_id = return_id;
    receipt.moves = decision.moves;
    return {"answer", {"202 " + WriteJson(ReceiptJson(receipt, true))}, true};
}

workflows::ConnectionFacts FactsOf(const Connector& connector) {
    workflows::ConnectionFacts facts;
    facts.name = kConnection;
    facts.kind = "logistics";
    facts.shop = kShop;
    for (const auto& [name, operation] : connector.manifest().operations)
        facts.operations.insert(name);
    if (connector.tells().known) facts.tells = connector.tells().Types();
    return facts;
}

Case Begin(std::vector<Envelope> events, Instant now, const workflows::Rulebook& book,
           TryReport& report) {
    Case subject;
    subject.key = events.empty() ? CaseKey{kShop, kOrder} : events.front().key;
    for (Envelope& event : events) {
        event.recorded_at = std::max(subject.recorded_at, std::min(event.occurred_at, now));
        const Decision decision = workflows::Decide(subject, event, book);
        if (decision.verdict != workflows::Verdict::kMoved)
            report.steps.push_back(DecisionStep(event, decision));
        subject = decision.after;
    }
    return subject;
}

}  // namespace

Status TryOnCase(const Connector& connector, const std::vector<Envelope>& events, const Json& begin,
                 Instant now, workflows::Rulebook& book, TryReport& report) {
    if (events.empty()) return {};
    if (connector.manifest().kind != connectors::Kind::kLogistics && begin.IsNull()) {
        report.steps.push_back({"case",
                                {"the built-in example is of logistics: give a case with --case to "
                                 "see what these events change"},
                                true});
        return {};
    }
    book.connections = {FactsOf(connector)};
    const Subject about = SubjectOf(events);
    std::vector<Envelope> first = Example(about, now);
    if (!begin.IsNull()) {
        auto read = connectors::ReadEvents(begin, "case", now, "");
        if (!read.ok()) return Invalid("reading the case: " + read.error().text);
        first = std::move(*read);
        for (Envelope& event : first) {
            if (event.key.order_id.empty()) event.key.order_id = about.order_id;
            event.key.shop = kShop;
            event.source = "case";
        }
    }
    Case subject = Begin(std::move(first), now, book, report);
    const char* which = begin.IsNull() ? "an example" : "as given";
    report.steps.push_back({"case", {std::string(which) + ": " + Standing(subject)}, true});
    for (Envelope event : events) {
        event.key = subject.key;
        event.connection = kConnection;
        event.source = "connection:" + kConnection;
        event.recorded_at = std::max(subject.recorded_at, now);
        if (event.occurred_at == kNoTime || event.occurred_at > now) event.occurred_at = now;
        const Decision decision = workflows::Decide(subject, event, book);
        report.steps.push_back(DecisionStep(event, decision));
        report.steps.push_back(AnswerStep(event, decision, about.return_id));
        subject = decision.after;
    }
    TryStep after{"after", {Standing(subject)}, true};
    const auto told =
        workflows::Explain(subject, about.return_id, workflows::Audience::kAgent, book);
    if (!told.headline.empty()) after.lines.push_back(told.headline);
    if (!told.why_not.empty()) after.lines.push_back(told.why_not);
    report.steps.push_back(std::move(after));
    return {};
}

}  // namespace returns::gateway
