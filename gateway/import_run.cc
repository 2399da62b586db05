#include "gateway/import_run.h"

#include "connectors/crypto.h"
#include "connectors/fields.h"
#include "schemas/case_text.h"
#include "schemas/check.h"
#include "schemas/money.h"
#include "workflows/told.h"

#include <algorithm>

namespace returns::gateway {

using workflows::Verdict;

namespace {

constexpr std::size_t kAtOnce = 512;  // events of one commit, at least

std::optional<ImportKind> KindOf(EventType type) {
    switch (type) {
        case EventType::kOrderPlaced:
            return ImportKind::kOrder;
        case EventType::kOrderCaptured:
            return ImportKind::kCapture;
        case EventType::kReturnRequested:
            return ImportKind::kReturn;
        case EventType::kRefundSubmitted:
        case EventType::kRefundSettled:
            return ImportKind::kRefund;
        default:
            return std::nullopt;
    }
}

// What the event is worth, for sums that are compared with the shop's own books.
std::int64_t WorthOf(const EventData& data) {
    if (data.tender) return data.tender->amount_minor;
    if (data.amount_minor) return *data.amount_minor;
    std::int64_t worth = data.shipping_minor - data.discount_minor;
    for (const EventLine& line : data.lines)
        worth +=
            MultiplyMinor(line.unit_price_minor, line.quantity).value_or(0) - line.discount_minor;
    return worth;
}

}  // namespace

EngineOptions ImportLane(EngineOptions options) {
    constexpr std::size_t kWhole = 1 << 20;
    options.queue_max = options.batch_max = kWhole;
    return options;
}

ImportRun::ImportRun(Engine& engine, const ImportFile& file, std::string shop,
                     std::size_t faults_max)
    : engine_(engine), file_(file), shop_(std::move(shop)), faults_max_(faults_max) {
    for (const ImportFault& stray : file_.strays()) {
        ++tally_.faults;
        if (faults_.size() < faults_max_) faults_.push_back(stray);
    }
}

bool ImportRun::Step() {
    sent_.clear();
    const std::size_t begin = next_;
    while (next_ < file_.orders().size() && sent_.size() < kAtOnce) Take(next_++);
    for (std::size_t at = 0; at < sent_.size(); ++at)
        CHECK(engine_.Submit(InputFor(sent_[at].told.event, at)) || engine_.failed());
    while (engine_.Step()) {
    }
    if (engine_.failed()) return false;
    for (Sent& sent : sent_) Judge(sent);
    NoteCommands();
    engine_.Rest();
    tally_.orders_done = static_cast<std::int64_t>(next_);
    return next_ > begin;
}

void ImportRun::Take(std::size_t at) {
    const ImportOrder& order = file_.orders()[at];
    ImportReading reading = file_.Events(order);
    if (reading.faults.empty()) {
        const Status fits = Fits(order.id, reading);
        if (!fits.ok()) reading.faults.push_back({order.rows.front().line, fits.error().text});
    }
    for (ImportFault& fault : reading.faults) Note(at, std::move(fault));
    if (!reading.faults.empty()) return;
    for (ImportedEvent& told : reading.events) sent_.push_back({at, std::move(told), {}});
}

// What the rows alone cannot tell: whether their order is there, and whom they name.
Status ImportRun::Fits(const std::string& order_id, const ImportReading& reading) {
    bool placed = false;
    for (const ImportedEvent& told : reading.events) {
        placed = placed || told.event.type == EventType::kOrderPlaced;
        if (!told.event.data.tender) continue;
        const std::string& name = told.event.data.tender->connection;
        const workflows::ConnectionFacts* connection = engine_.book().Find(name);
        if (name.empty() || (connection != nullptr && connection->kind == "payment")) continue;
        std::vector<std::string> names;
        for (const auto& each : engine_.book().connections)
            if (each.kind == "payment") names.push_back(each.name);
        return Invalid("column connection: no payment connection of the settings is called '" +
                       name + "'" + connectors::DidYouMean(name, names) +
                       "; leave it empty where the shop pays back itself");
    }
    if (order_id.empty() && !placed) return FitsAlone(reading.events.front().event);
    ASSIGN_OR_RETURN(const Case* known, engine_.Read({shop_, order_id}));
    const bool is_known = known != nullptr && known->placed;
    for (const ImportedEvent& told : reading.events)
        if (is_known && told.event.type == EventType::kOrderPlaced &&
            workflows::SaysOtherwise(*known, told.event.data))
            return Invalid(std::string(workflows::kToldOtherwise));
    if (placed || is_known) return {};
    return Invalid("order " + order_id + " is not known, and no row here says what was bought");
}

Status ImportRun::FitsAlone(const Envelope& event) {
    Envelope named = event;
    named.key.shop = shop_;
    for (const Lookup& lookup : LookupsOf(named)) {
        ASSIGN_OR_RETURN(const auto found, engine_.Find(lookup));
        if (!found.empty()) return {};
    }
    return Invalid("it names no order, and nothing known fits what it names; add the order");
}

Input ImportRun::InputFor(Envelope event, std::size_t sent) {
    event.key.shop = shop_;
    event.source = std::string(kImportSource) + event.source;
    Input input;
    input.digest = connectors::Sha256Hex(EnvelopeText(event));
    // Partners name parcels and returns within their own connection.
    const bool partners = event.type >= EventType::kReturnLabelIssued &&
                          event.type <= EventType::kPartnerUnknownStatus;
    // Where rules choose it, each return knows its own.
    const workflows::ConnectionFacts* partner = engine_.book().First("logistics", shop_);
    const auto& routes = engine_.book().routes;
    const bool chosen = std::any_of(routes.begin(), routes.end(),
                                    [](const auto& rule) { return rule.kind == "logistics"; });
    if (partners && partner != nullptr && !chosen) event.connection = partner->name;
    input.event = std::move(event);
    input.done = [this, sent](const Receipt& receipt) { sent_[sent].receipt = receipt; };
    return input;
}

void ImportRun::Judge(Sent& sent) {
    const Receipt& receipt = sent.receipt;
    const std::string wire(Facts(sent.told.event.type).wire);
    const auto fault = [&](const std::string& why) {
        // What follows in the same order is of no account: the first says why.
        if (!refused_.empty() && refused_.back() == sent.order) return;
        Note(sent.order, {sent.told.line, wire + ": " + why});
    };
    if (receipt.kind == Receipt::Kind::kConflict || receipt.kind == Receipt::Kind::kParked)
        return fault(receipt.reason);
    CHECK(receipt.kind == Receipt::Kind::kDecided);
    if (receipt.verdict != Verdict::kMoved && receipt.verdict != Verdict::kIgnored)
        return fault(std::string(workflows::Name(receipt.verdict)) + ", " + receipt.reason);
    const bool fresh = !receipt.repeated && receipt.verdict == Verdict::kMoved;
    tally_.events_known += receipt.repeated;
    tally_.events_fresh += fresh;
    tally_.events_ignored += !receipt.repeated && !fresh;
    Count(sent, fresh);
}

void ImportRun::Count(const Sent& sent, bool fresh) {
    const Envelope& event = sent.told.event;
    const auto kind = KindOf(event.type);
    if (!kind) return;
    std::string currency = event.data.currency;
    if (currency.empty()) {
        const auto known = engine_.Read(sent.receipt.key);
        if (known.ok() && *known != nullptr) currency = (*known)->currency;
    }
    ImportCount& count = tally_.by_currency[currency][static_cast<std::size_t>(*kind)];
    const std::int64_t worth = *kind == ImportKind::kReturn ? 0 : WorthOf(event.data);
    ++(fresh ? count.fresh : count.known);
    (fresh ? count.fresh_minor : count.known_minor) += worth;
    tally_.refunds_without_goods +=
        fresh && *kind == ImportKind::kRefund && event.data.return_id.empty();
}

void ImportRun::Note(std::size_t order, ImportFault fault) {
    ++tally_.faults;
    if (faults_.size() < faults_max_) faults_.push_back(std::move(fault));
    if (!refused_.empty() && refused_.back() == order) return;
    refused_.push_back(order);
    ++tally_.orders_refused;
}

void ImportRun::NoteCommands() {
    Engine::Outbox outbox = engine_.TakeOutbox();
    for (const OutboxRow& row : outbox.put)
        commands_[{row.key, row.command.number}] = {row.command.operation, row.command.connection,
                                                    row.command.body["currency"].AsString(),
                                                    row.command.amount_minor};
    for (const auto& gone : outbox.remove) commands_.erase(gone);
}

}  // namespace returns::gateway
