#include "gateway/import_csv.h"

#include "connectors/crypto.h"
#include "gateway/import_cells.h"
#include "schemas/case_text.h"
#include "schemas/event_read.h"
#include "schemas/money.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace returns::gateway {
namespace {

const std::vector<std::string_view> kStates = {"requested", "approved", "posted",   "arrived",
                                               "opened",    "accepted", "rejected", "kept",
                                               "cancelled", "settled"};
const std::vector<std::string_view> kRefundStates = {"paid", "pending"};
const std::vector<std::string_view> kResolutions = {"refund", "exchange", "store_credit"};
const std::vector<std::string_view> kTenderKinds = {"other", "card",      "wallet",
                                                    "bank",  "gift_card", "store_credit"};
const std::vector<std::string_view> kYesOrNo = {"no", "yes", "false", "true"};

bool BeforeOpening(std::string_view state) {
    return state == "requested" || state == "approved" || state == "posted" || state == "arrived";
}
// A person's word about a whole return, or its end.
bool OfTheWhole(std::string_view state) {
    return state == "kept" || state == "cancelled" || state == "settled";
}

// One return's rows: its goods and what was paid for it.
struct ReturnRows {
    CsvRows goods, refunds;
};

class OrderReading {
public:
    OrderReading(const CsvHeader& header, const std::vector<CsvRow>& rows)
        : cells_(header, out_.faults), rows_(rows) {}

    ImportReading Read() {
        Sort();
        if (!lines_.empty()) Order();
        for (const CsvRow* row : captures_) Capture(*row);
        for (const auto& [id, rows] : returns_) Return(id, rows);
        for (const CsvRow* row : refunds_) Refund(*row, "", true);
        if (!out_.faults.empty()) out_.events.clear();
        // A cell may have been read more than once.
        const auto place = [](const ImportFault& fault) {
            return std::tie(fault.line, fault.text);
        };
        std::sort(out_.faults.begin(), out_.faults.end(),
                  [&](const auto& a, const auto& b) { return place(a) < place(b); });
        const auto twice =
            std::unique(out_.faults.begin(), out_.faults.end(),
                        [&](const auto& a, const auto& b) { return place(a) == place(b); });
        out_.faults.erase(twice, out_.faults.end());
        return std::move(out_);
    }

private:
    void Sort();
    void Order();
    void Capture(const CsvRow& row);
    void Return(const std::string& id, const ReturnRows& rows);
    void Goods(const std::string& id, const ReturnRows& rows, bool settled);
    void OneState(const std::string& id, const CsvRows& goods);
    void Parcel(const std::string& id, const CsvRows& goods, const std::string& state, Instant at);
    void Counts(const std::string& id, const CsvRows& goods);
    void Refund(const CsvRow& row, const std::string& return_id, bool settled);
    std::string StateOf(const CsvRow& row) { return cells_.Text(row, Column::kState); }
    std::string Currency(const CsvRow& row);
    void Tell(EventType type, const CsvRow& row, Instant at, EventData data);

    ImportReading out_;
    ImportCells cells_;
    const std::vector<CsvRow>& rows_;
    CsvRows lines_, captures_, refunds_;         // refunds of money without goods
    std::map<std::string, ReturnRows> returns_;  // by id
    std::set<std::string> references_;           // of refunds, each told once
    std::string currency_;
    Instant placed_at_ = kNoTime;
};

// The id is what the event says: told again it is the same event, mended it is another.
void OrderReading::Tell(EventType type, const CsvRow& row, Instant at, EventData data) {
    if (!out_.faults.empty()) return;
    // What cells cannot know of: bounds of the vocabulary, which the journal relies on.
    const auto fits = DecodeEventData(type, EncodeEventData(type, data));
    if (!fits.ok()) {
        out_.faults.push_back({row.line, fits.error().text});
        return;
    }
    Envelope event;
    event.type = type;
    event.key.order_id = cells_.Text(row, Column::kOrderId);
    event.source = "csv";
    event.occurred_at = at;
    event.data = std::move(data);
    constexpr std::size_t kDigits = 32;
    event.source_id = std::string(Facts(type).wire) + "/" +
                      connectors::Sha256Hex(EnvelopeText(event)).substr(0, kDigits);
    out_.events.push_back({std::move(event), row.line});
}

void OrderReading::Sort() {
    for (const CsvRow& row : rows_) {
        const auto record = cells_.Kind(row);
        if (!record) continue;
        cells_.CheckRow(row, *record);
        if (*record == Record::kLine) lines_.push_back(&row);
        if (*record == Record::kCapture) captures_.push_back(&row);
        if (*record == Record::kReturn)
            returns_[cells_.Id(row, Column::kReturnId)].goods.push_back(&row);
        if (*record != Record::kRefund) continue;
        const std::string reference = cells_.Id(row, Column::kReference);
        if (!reference.empty() && !references_.insert(reference).second)
            cells_.Fault(row, Column::kReference, "this refund stands twice in the order");
        const std::string named = cells_.Id(row, Column::kReturnId);
        const bool line = !cells_.Text(row, Column::kLineId).empty();
        if (!named.empty() && line)
            cells_.Fault(row, Column::kLineId, "the rows of return " + named + " name its lines");
        if (line && cells_.Text(row, Column::kQuantity).empty())
            cells_.Fault(row, Column::kQuantity, "missing; how many units came back?");
        if (named.empty() && !line)
            refunds_.push_back(&row);
        else
            returns_[named.empty() ? "refund:" + reference : named].refunds.push_back(&row);
    }
    if (!captures_.empty() || !lines_.empty())
        currency_ = Currency(lines_.empty() ? *captures_.front()
                                            : cells_.Saying(lines_, Column::kCurrency));
}

std::string OrderReading::Currency(const CsvRow& row) {
    const std::string& own = cells_.Text(row, Column::kCurrency);
    if (own.empty()) {
        if (currency_.empty())
            cells_.Fault(row, Column::kCurrency, "missing; no line of the order is in the file");
        return currency_;
    }
    if (!CurrencyExponent(own)) cells_.Fault(row, Column::kCurrency, "not a code of ISO 4217");
    if (!currency_.empty() && own != currency_)
        cells_.Fault(row, Column::kCurrency, "the order is in " + currency_);
    return own;
}

void OrderReading::Order() {
    const auto minor = [&](Column column) {
        return cells_.Minor(cells_.Saying(lines_, column), column, currency_);
    };
    const auto text = [&](Column column) {
        return cells_.Text(cells_.Saying(lines_, column), column);
    };
    EventData data;
    data.currency = currency_;
    data.shipping_minor = minor(Column::kShipping);
    data.discount_minor = minor(Column::kOrderDiscount);
    data.jurisdiction = text(Column::kJurisdiction);
    data.country = text(Column::kCountry);
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (!data.country.empty() && (data.country.size() != 2 ||
                                  !std::all_of(data.country.begin(), data.country.end(), capital)))
        cells_.Fault(*lines_.front(), Column::kCountry,
                     "expected two capitals of ISO 3166-1, such as DE");
    data.customer.name = text(Column::kName);
    data.customer.mail = text(Column::kMail);
    data.customer.phone = text(Column::kPhone);
    std::set<std::string> ids;
    for (const CsvRow* row : lines_) {
        EventLine line;
        line.id = cells_.Id(*row, Column::kLineId);
        if (!ids.insert(line.id).second)
            cells_.Fault(*row, Column::kLineId, "stands twice in the order; add them up");
        line.sku = cells_.Text(*row, Column::kSku);
        line.brand = cells_.Id(*row, Column::kBrand);
        line.warehouse = cells_.Id(*row, Column::kWarehouse);
        line.item_class = cells_.Id(*row, Column::kItemClass);
        line.quantity = cells_.Count(*row, Column::kQuantity);
        line.unit_price_minor = cells_.Minor(*row, Column::kUnitPrice, currency_);
        line.tax_minor = cells_.Minor(*row, Column::kTax, currency_);
        line.tax_rate = cells_.Text(*row, Column::kTaxRate);
        line.discount_minor = cells_.Minor(*row, Column::kDiscount, currency_);
        data.lines.push_back(std::move(line));
    }
    const CsvRow& placed = cells_.Saying(lines_, Column::kPlacedAt);
    placed_at_ = cells_.Time(placed, Column::kPlacedAt, kNoTime);
    Tell(EventType::kOrderPlaced, *lines_.front(), placed_at_, std::move(data));
    const CsvRow& delivered = cells_.Saying(lines_, Column::kDeliveredAt);
    const Instant delivered_at = cells_.Time(delivered, Column::kDeliveredAt, kNoTime);
    if (delivered_at != kNoTime) Tell(EventType::kOrderDelivered, delivered, delivered_at, {});
}

void OrderReading::Capture(const CsvRow& row) {
    EventData data;
    data.currency = Currency(row);
    TenderFact& tender = data.tender.emplace();
    tender.id = cells_.Id(row, Column::kTenderId);
    tender.kind = cells_.Choice(row, Column::kKind, kTenderKinds);
    tender.connection = cells_.Id(row, Column::kConnection);
    tender.reference = cells_.Id(row, Column::kReference);
    tender.amount_minor = cells_.Minor(row, Column::kAmount, data.currency);
    Tell(EventType::kOrderCaptured, row, cells_.Time(row, Column::kCapturedAt, placed_at_),
         std::move(data));
}

void OrderReading::Return(const std::string& id, const ReturnRows& rows) {
    if (rows.goods.empty() && !cells_.Text(*rows.refunds.front(), Column::kReturnId).empty()) {
        for (const CsvRow* row : rows.refunds)
            cells_.Fault(*row, Column::kReturnId,
                         "no row of record return says what came back with " + id);
        return;
    }
    const bool settled = rows.goods.empty() || StateOf(*rows.goods.front()) == "settled";
    OneState(id, rows.goods);
    Goods(id, rows, settled);
}

// What cannot differ within one parcel, or one decision.
void OrderReading::OneState(const std::string& id, const CsvRows& goods) {
    std::set<std::pair<std::string, std::string>> told;
    const CsvRow* first = nullptr;  // that is not yet opened
    for (const CsvRow* row : goods) {
        const std::string state = cells_.Choice(*row, Column::kState, kStates);
        if (!told.emplace(cells_.Text(*row, Column::kLineId), state).second)
            cells_.Fault(*row, Column::kLineId, "stands twice in return " + id + "; add them up");
        const std::string all = StateOf(*goods.front());
        if (state != all && (OfTheWhole(state) || OfTheWhole(all)))
            cells_.Fault(*row, Column::kState,
                         "return " + id + " is '" + all + "' by line " +
                             std::to_string(goods.front()->line) +
                             "; kept, cancelled and settled are said of a whole return");
        if (!BeforeOpening(state)) continue;
        if (first == nullptr) first = row;
        if (StateOf(*first) != state)
            cells_.Fault(*row, Column::kState,
                         "the parcel of return " + id + " is '" + StateOf(*first) + "' by line " +
                             std::to_string(first->line));
    }
}

void OrderReading::Goods(const std::string& id, const ReturnRows& rows, bool settled) {
    const CsvRows& told = rows.goods.empty() ? rows.refunds : rows.goods;
    const auto saying = [&](Column column) -> const CsvRow& { return cells_.Saying(told, column); };
    const Instant requested_at =
        rows.goods.empty()
            ? cells_.Time(*told.front(), Column::kPaidAt, placed_at_)
            : cells_.Time(saying(Column::kRequestedAt), Column::kRequestedAt, placed_at_);
    const Instant at = cells_.Time(saying(Column::kStateAt), Column::kStateAt, requested_at);
    EventData data;
    data.return_id = id;
    data.reason = cells_.Text(saying(Column::kReason), Column::kReason);
    data.resolution =
        settled ? "settled"
                : cells_.Choice(saying(Column::kResolution), Column::kResolution, kResolutions);
    const std::string right =
        cells_.Choice(saying(Column::kStatutory), Column::kStatutory, kYesOrNo);
    data.statutory = right == "yes" || right == "true";
    for (const CsvRow* row : told) {
        const std::string line_id = cells_.Id(*row, Column::kLineId);
        const int quantity = cells_.Count(*row, Column::kQuantity);
        const auto known = std::find_if(data.lines.begin(), data.lines.end(),
                                        [&](const EventLine& line) { return line.id == line_id; });
        if (known != data.lines.end()) {
            known->quantity += quantity;
            continue;
        }
        EventLine& line = data.lines.emplace_back();
        line.id = line_id;
        line.quantity = quantity;
        line.reason = cells_.Text(*row, Column::kReason);
    }
    Tell(EventType::kReturnRequested, *told.front(), requested_at, std::move(data));
    const auto refunds = [&] {
        for (const CsvRow* row : rows.refunds) Refund(*row, id, settled);
    };
    if (settled) refunds();
    if (!rows.goods.empty()) Parcel(id, rows.goods, StateOf(*rows.goods.front()), at);
    Counts(id, told);
    if (!settled) refunds();
}

void OrderReading::Parcel(const std::string& id, const CsvRows& goods, const std::string& all,
                          Instant at) {
    EventData data;
    data.return_id = id;
    const CsvRow& row = *goods.front();
    EventData label = data;
    const CsvRow& tracking = cells_.Saying(goods, Column::kTracking);
    const CsvRow& carrier = cells_.Saying(goods, Column::kCarrier);
    const CsvRow& reference = cells_.Saying(goods, Column::kPartnerReference);
    label.tracking = cells_.Id(tracking, Column::kTracking);
    label.carrier = cells_.Text(carrier, Column::kCarrier);
    label.their_reference = cells_.Id(reference, Column::kPartnerReference);
    if (!label.tracking.empty() || !label.their_reference.empty())
        Tell(EventType::kReturnLabelIssued, row, at, std::move(label));
    if (all == "kept") Tell(EventType::kReturnKept, row, at, data);
    if (all == "cancelled") Tell(EventType::kReturnCancelled, row, at, data);
    for (const CsvRow* each : goods) {
        const std::string state = StateOf(*each);
        if (!BeforeOpening(state)) continue;
        if (state == "approved" || state == "posted")
            Tell(EventType::kReturnApproved, *each, at, data);
        if (state == "posted") Tell(EventType::kParcelPosted, *each, at, data);
        if (state == "arrived") Tell(EventType::kParcelDelivered, *each, at, data);
        return;  // a parcel is posted once
    }
}

// What the partner has opened and judged; of a settled return all of it, found good.
void OrderReading::Counts(const std::string& id, const CsvRows& told) {
    EventData opened, inspected;
    opened.return_id = inspected.return_id = id;
    Instant at = kNoTime;
    const auto line_of = [](EventData& data, const std::string& line_id) -> EventLine& {
        for (EventLine& line : data.lines)
            if (line.id == line_id) return line;
        data.lines.emplace_back().id = line_id;
        return data.lines.back();
    };
    for (const CsvRow* row : told) {
        const bool refund = cells_.Text(*row, Column::kRecord) == "refund";
        const std::string state = refund ? "settled" : StateOf(*row);
        if (BeforeOpening(state) || state == "kept" || state == "cancelled") continue;
        const std::string& line_id = cells_.Text(*row, Column::kLineId);
        const int quantity = cells_.Count(*row, Column::kQuantity);
        const Instant asked = cells_.Time(*row, Column::kRequestedAt, placed_at_);
        at = std::max(at, refund ? cells_.Time(*row, Column::kPaidAt, placed_at_)
                                 : cells_.Time(*row, Column::kStateAt, asked));
        EventLine& came = line_of(opened, line_id);
        came.received = came.received.value_or(0) + quantity;
        if (state == "opened") continue;
        EventLine& judged = line_of(inspected, line_id);
        std::optional<int>& count = state == "rejected" ? judged.rejected : judged.accepted;
        count = count.value_or(0) + quantity;
    }
    if (!opened.lines.empty()) Tell(EventType::kReturnOpened, *told.front(), at, std::move(opened));
    if (!inspected.lines.empty())
        Tell(EventType::kReturnInspected, *told.front(), at, std::move(inspected));
}

void OrderReading::Refund(const CsvRow& row, const std::string& return_id, bool settled) {
    EventData data;
    data.return_id = return_id;
    data.currency = Currency(row);
    data.amount_minor = cells_.Minor(row, Column::kAmount, data.currency);
    if (data.amount_minor == 0 && !data.currency.empty())
        cells_.Fault(row, Column::kAmount, "no refund pays nothing; leave the row out");
    data.tender_id = cells_.Id(row, Column::kTenderId);
    if (data.tender_id.empty() && captures_.size() > 1)
        cells_.Fault(row, Column::kTenderId, "missing; the order has several means of payment");
    const bool known = std::any_of(captures_.begin(), captures_.end(), [&](const CsvRow* each) {
        return cells_.Text(*each, Column::kTenderId) == data.tender_id;
    });
    if (!data.tender_id.empty() && !captures_.empty() && !known)
        cells_.Fault(row, Column::kTenderId, "no row of record capture has this id");
    data.their_reference = cells_.Text(row, Column::kReference);
    data.reason = cells_.Text(row, Column::kReason);
    if (settled) data.resolution = "settled";
    const bool pending = cells_.Choice(row, Column::kState, kRefundStates) == "pending";
    Tell(pending ? EventType::kRefundSubmitted : EventType::kRefundSettled, row,
         cells_.Time(row, Column::kPaidAt, placed_at_), std::move(data));
}

}  // namespace

Result<std::string> OrderOfRow(const CsvHeader& header, const CsvRow& row) {
    const int cell = header[static_cast<std::size_t>(Column::kOrderId)];
    const bool there = static_cast<std::size_t>(cell) < row.cells.size();
    const std::string_view fault = IdFault(there ? row.cells[static_cast<std::size_t>(cell)] : "");
    if (!fault.empty()) return Invalid("column order_id: " + std::string(fault));
    return row.cells[static_cast<std::size_t>(cell)];
}

ImportReading ReadCsvOrder(const CsvHeader& header, const std::vector<CsvRow>& rows) {
    return OrderReading(header, rows).Read();
}

}  // namespace returns::gateway
