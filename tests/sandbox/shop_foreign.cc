#include "schemas/money.h"
#include "tests/sandbox/shop.h"

#include <map>

namespace returns::sandbox {

std::int64_t OrderLine::Tax() const {
    constexpr std::int64_t kRate = 19, kWhole = 119;
    return Share(price * quantity, kRate, kWhole);
}

std::int64_t Order::Total() const {
    std::int64_t total = shipping;
    for (const OrderLine& line : lines) total += line.price * line.quantity;
    return total;
}

namespace foreign {

namespace {

Json Decimal(std::int64_t minor, const std::string& currency) {
    return Json::Number(FormatMinor(minor, currency));
}

Json Message(const std::string& id, const std::string& at, const std::string& kind,
             const std::string& member, Json value) {
    return Json::Object({{"msg", Json::String(id)},
                         {"at", Json::String(at)},
                         {"kind", Json::String(kind)},
                         {member, std::move(value)}});
}

std::int64_t Number(const std::string& line_id) { return std::stoll(line_id); }

}  // namespace

Json Placed(const Order& order, const std::string& id, const std::string& at) {
    Json positions = Json::Array();
    for (const OrderLine& line : order.lines) {
        positions.Append(Json::Object({{"nr", Json::Int(Number(line.id))},
                                       {"art", Json::String(line.sku)},
                                       {"qty", Json::Int(line.quantity)},
                                       {"gross", Decimal(line.price, order.currency)},
                                       {"vat", Decimal(line.Tax(), order.currency)},
                                       {"rate", Json::Number("0.19")}}));
    }
    Json payments = Json::Array();
    for (const Tender& tender : order.tenders) {
        Json payment = Json::Object({{"nr", Json::String(tender.id)},
                                     {"type", Json::String(tender.kind == "card" ? "CC" : "GIFT")},
                                     {"paid", Decimal(tender.amount, order.currency)}});
        if (!tender.reference.empty()) {
            payment.Set("psp", Json::String("STRIPE"));
            payment.Set("ref", Json::String(tender.reference));
        }
        payments.Append(std::move(payment));
    }
    return Message(
        id, at, "ORDER", "order",
        Json::Object(
            {{"no", Json::String(order.id)},
             {"state", Json::String("OPEN")},
             {"cur", Json::String(order.currency)},
             {"law", Json::String(order.jurisdiction)},
             {"freight", Decimal(order.shipping, order.currency)},
             {"buyer", Json::Object({{"name", Json::String(order.buyer)},
                                     {"mail", Json::String(order.buyer + "@customers.example")}})},
             {"pos", std::move(positions)},
             {"pay", std::move(payments)}}));
}

Json Kept(const Order& order, const std::string& at) {
    Json kept = Placed(order, "", at)["order"];
    kept.Set("at", Json::String(at));
    return kept;
}

Json Delivered(const Order& order, const std::string& id, const std::string& at) {
    return Message(
        id, at, "ORDER", "order",
        Json::Object({{"no", Json::String(order.id)}, {"state", Json::String("DELIVERED")}}));
}

Json Requested(const Order& order, const std::string& id, const std::string& at) {
    static const std::map<std::string, std::string> kCauses = {
        {"size", "SIZE"}, {"defective", "DEFECT"}, {"changed_mind", "MIND"}};
    Json items = Json::Array();
    for (const OrderLine& line : order.lines) {
        if (line.returned == 0) continue;
        const auto cause = kCauses.find(line.cause);
        items.Append(Json::Object(
            {{"nr", Json::Int(Number(line.id))},
             {"qty", Json::Int(line.returned)},
             {"cause", Json::String(cause == kCauses.end() ? "MIND" : cause->second)}}));
    }
    return Message(id, at, "RMA", "rma",
                   Json::Object({{"no", Json::String(order.return_id)},
                                 {"order", Json::String(order.id)},
                                 {"state", Json::String("NEW")},
                                 {"withdrawal", Json::Bool(true)},
                                 {"items", std::move(items)}}));
}

Json Refunded(const Order& order, const std::string& id, const std::string& at,
              const std::string& asked, const std::string& no, std::int64_t amount) {
    return Message(id, at, "REFUND", "refund",
                   Json::Object({{"no", Json::String(no)},
                                 {"order", Json::String(order.id)},
                                 {"rma", Json::String(order.return_id)},
                                 {"sum", Decimal(amount, order.currency)},
                                 {"cur", Json::String(order.currency)},
                                 {"asked", Json::String(asked)}}));
}

}  // namespace foreign

}  // namespace returns::sandbox
