#include "gateway/import_columns.h"

#include "connectors/fields.h"
#include "connectors/http.h"
#include "gateway/web_files.h"
#include "schemas/check.h"

#include <utility>

namespace returns::gateway {
namespace {

constexpr unsigned kL = 1, kC = 2, kR = 4, kF = 8;
constexpr unsigned kAll = kL | kC | kR | kF;

constexpr ColumnFacts kTable[] = {
    {Column::kRecord, "record", kAll, kAll, "what the row tells of: line, capture, return, refund"},
    {Column::kOrderId, "order_id", kAll, kAll, "the shop's number of the order"},
    {Column::kLineId, "line_id", kL | kR, kL | kR | kF,
     "the line of the order; on a refund without return_id: what came back"},
    {Column::kSku, "sku", 0, kL, "the article"},
    {Column::kBrand, "brand", 0, kL, "of the article, for routes"},
    {Column::kWarehouse, "warehouse", 0, kL, "it was sent from, for routes"},
    {Column::kItemClass, "item_class", 0, kL, "how it must be handled, for routes: furniture, ..."},
    {Column::kQuantity, "quantity", kL | kR, kL | kR | kF,
     "units bought, units coming back, units paid back"},
    {Column::kUnitPrice, "unit_price", kL, kL,
     "what the customer paid for one, tax included: 12.99"},
    {Column::kTax, "tax", 0, kL, "the tax inside the whole line"},
    {Column::kTaxRate, "tax_rate", 0, kL, "as a factor: 0.19"},
    {Column::kDiscount, "discount", 0, kL, "taken off the whole line"},
    {Column::kCurrency, "currency", kL, kL | kC | kF, "ISO 4217: EUR"},
    {Column::kShipping, "shipping", 0, kL, "of the order: what the customer paid for delivery"},
    {Column::kOrderDiscount, "order_discount", 0, kL,
     "of the order: taken off all its lines together"},
    {Column::kJurisdiction, "jurisdiction", 0, kL, "of the order: EU, UK, US, ..."},
    {Column::kCountry, "country", 0, kL, "of the order: where it was sent, for routes: DE"},
    {Column::kPlacedAt, "placed_at", kL, kL,
     "of the order: 2026-03-01T09:05:00Z or 2026-03-01 (UTC)"},
    {Column::kDeliveredAt, "delivered_at", 0, kL, "of the order: when the customer had it"},
    {Column::kName, "name", 0, kL, "of the customer"},
    {Column::kMail, "mail", 0, kL, "of the customer"},
    {Column::kPhone, "phone", 0, kL, "of the customer"},
    {Column::kTenderId, "tender_id", kC, kC | kF,
     "the means of payment; on a refund needed when the order has several"},
    {Column::kKind, "kind", 0, kC, "card, wallet, bank, gift_card, store_credit, other"},
    {Column::kConnection, "connection", 0, kC,
     "the payment connection of the settings; empty: the shop pays back itself"},
    {Column::kReference, "reference", kF, kC | kF,
     "the provider's name for the payment, or for the refund"},
    {Column::kAmount, "amount", kC | kF, kC | kF, "captured for this order, or paid back: 12.99"},
    {Column::kCapturedAt, "captured_at", 0, kC, "empty: when the order was placed"},
    {Column::kReturnId, "return_id", kR, kR | kF, "the shop's number of the return"},
    {Column::kReason, "reason", 0, kR | kF, "too_small, damaged, ..."},
    {Column::kResolution, "resolution", 0, kR, "refund, exchange, store_credit; empty: refund"},
    {Column::kStatutory, "statutory", 0, kR, "yes: a legal right of withdrawal, not goodwill"},
    {Column::kRequestedAt, "requested_at", kR, kR, "when the customer asked for the return"},
    {Column::kState, "state", kR, kR | kF,
     "how far it is; see below. On a refund: paid (also when empty) or pending"},
    {Column::kStateAt, "state_at", 0, kR, "since when; empty: requested_at"},
    {Column::kTracking, "tracking", 0, kR, "of the parcel coming back"},
    {Column::kCarrier, "carrier", 0, kR, "of that parcel"},
    {Column::kPartnerReference, "partner_reference", 0, kR,
     "the logistics partner's name for the return; empty: the partner is told of it"},
    {Column::kPaidAt, "paid_at", kF, kF, "when the refund was paid or sent on its way"},
};
static_assert(std::size(kTable) == kColumns);

std::string Plain(std::string_view name) {
    const auto first = name.find_first_not_of(" \t");
    if (first == std::string_view::npos) return "";
    return connectors::Lower(name.substr(first, name.find_last_not_of(" \t") - first + 1));
}

const ColumnFacts* Find(std::string_view name) {
    for (const ColumnFacts& facts : kTable)
        if (facts.name == name) return &facts;
    return nullptr;
}

Error Unknown(const std::string& name) {
    std::vector<std::string> names;
    for (const ColumnFacts& facts : kTable) names.emplace_back(facts.name);
    const std::string nearest = connectors::Nearest(name, names);
    return Invalid("reading the header: unknown column '" + name.substr(0, 80) + "'" +
                   (nearest.empty() ? "" : ", the nearest is '" + nearest + "'") +
                   "; 'backhaul import --help' lists them all");
}

std::string Where(const ColumnFacts& facts) {
    std::string where;
    for (const auto& [bit, letter] :
         {std::pair(kL, 'L'), std::pair(kC, 'C'), std::pair(kR, 'R'), std::pair(kF, 'F')})
        where += (facts.needed & bit) != 0 ? letter
                 : (facts.may & bit) != 0  ? static_cast<char>(letter + 32)
                                           : '.';
    return where;
}

}  // namespace

const ColumnFacts& Facts(Column column) {
    const ColumnFacts& facts = kTable[static_cast<std::size_t>(column)];
    CHECK(facts.column == column);
    return facts;
}

Result<CsvHeader> ReadCsvHeader(const std::vector<std::string>& cells) {
    CsvHeader header;
    header.fill(-1);
    for (std::size_t at = 0; at < cells.size(); ++at) {
        const std::string name = Plain(cells[at]);
        const ColumnFacts* facts = Find(name);
        if (facts == nullptr) return Unknown(name);
        int& cell = header[static_cast<std::size_t>(facts->column)];
        if (cell >= 0) return Invalid("reading the header: column '" + name + "' stands twice");
        cell = static_cast<int>(at);
    }
    for (const Column column : {Column::kRecord, Column::kOrderId})
        if (header[static_cast<std::size_t>(column)] < 0)
            return Invalid("reading the header: column '" + std::string(Facts(column).name) +
                           "' is missing; 'backhaul import --help' lists them all");
    return header;
}

std::string ImportColumnsHelp() {
    std::string help =
        "One row tells one thing: a line of an order, money captured for it, a line on its way "
        "back, a\nrefund. Rows of an order may stand anywhere in the file and go in together, or "
        "not at all.\n\n"
        "Columns, in any order; those not needed may be left out.  Line, Capture, Return, reFund:\n"
        "a capital letter where the column is needed, a small one where it may stand.\n\n";
    for (const ColumnFacts& facts : kTable) {
        std::string line = "  " + std::string(facts.name);
        line.resize(21, ' ');
        help += line + Where(facts) + "  " + std::string(facts.sentence) + "\n";
    }
    return help + R"(
State of a return (all rows of a return that is not yet opened say the same):
  requested approved posted arrived opened   on its way; its timers begin now
  accepted    found good: what is not in the file's refunds is owed, and will be paid
  rejected    found bad
  kept        the customer keeps it and gets the money
  cancelled   it does not come back after all
  settled     over: what the file's refunds paid is all there was to pay

A refund that names neither return_id nor line_id is money without goods: it counts against what
was captured, and the goods may still come back. Name the goods where you know them.

Amounts have the currency's own decimals and a point: 12.99 EUR, 1200 JPY. UTF-8; comma, semicolon
or tab; cells with line ends or separators in double quotes.
)";
}

std::string_view ImportExample(std::string_view form) {
    return WebFile("schemas/import/example." + std::string(form));
}

}  // namespace returns::gateway
