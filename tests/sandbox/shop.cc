#include "tests/sandbox/shop.h"

#include "schemas/money.h"
#include "tests/sandbox/catalogue.h"

#include <array>
#include <string_view>

namespace returns::sandbox {

namespace {

constexpr Millis kMinute = std::chrono::minutes(1);
constexpr Millis kHour = std::chrono::hours(1);
constexpr std::array<std::string_view, 6> kBuyers = {"ada", "ben", "chidi", "dana", "emre", "fay"};
constexpr std::array<std::string_view, 8> kCauses = {"changed_mind", "size",      "size",
                                                     "changed_mind", "defective", "changed_mind",
                                                     "defective",    "size"};

std::int64_t Minor(std::int64_t whole, const std::string& currency) {
    constexpr std::int64_t kYen = 150;
    std::int64_t minor = currency == "JPY" ? whole * kYen : whole;
    for (int i = CurrencyExponent(currency).value_or(0); i > 0; --i) minor *= 10;
    return minor;
}

std::string Currency(Dice& dice) {
    const std::int64_t throw_of = dice.Between(1, 100);
    if (throw_of <= 60) return "EUR";
    if (throw_of <= 75) return "GBP";
    return throw_of <= 90 ? "USD" : "JPY";
}

std::string Jurisdiction(const std::string& currency) {
    if (currency == "EUR") return "EU";
    if (currency == "GBP") return "UK";
    return currency == "USD" ? "US" : "";
}

Json Amount(const OrderLine& line) {
    return Json::Object({{"id", Json::String(line.id)},
                         {"sku", Json::String(line.sku)},
                         {"quantity", Json::Int(line.quantity)},
                         {"unit_price_minor", Json::Int(line.price)},
                         {"tax_minor", Json::Int(line.Tax())},
                         {"tax_rate", Json::String("0.19")}});
}

std::int64_t IntOf(const Json& value) {
    const Result<std::int64_t> number = value.AsInt();
    return number.ok() ? *number : 0;
}

}  // namespace

Shop::Shop(Clockwork& clockwork, const Faults& faults, Provider& provider, Put put)
    : clockwork_(clockwork), faults_(faults), provider_(provider), put_(std::move(put)) {}

void Shop::Play(int returns) {
    planned_ = returns;
    for (int number = 1; number <= returns; ++number) {
        const Order order = MakeOrder(number);
        orders_[order.id] = order;
        PlanOrder(order);
    }
}

Order Shop::MakeOrder(int number) {
    Order order;
    order.id = "O-" + std::to_string(10000 + number);
    order.return_id = "R-" + std::to_string(10000 + number);
    Dice dice = clockwork_.For("order " + order.id);
    order.currency = Currency(dice);
    order.jurisdiction = Jurisdiction(order.currency);
    order.buyer = kBuyers[static_cast<std::size_t>(dice.Between(0, kBuyers.size() - 1))];
    order.foreign = dice.Between(1, 5) == 1;
    order.shipping = Minor(dice.Between(0, 1) * 5, order.currency);
    const std::int64_t count = dice.Between(1, 3);
    const std::size_t first = static_cast<std::size_t>(dice.Between(0, kArticles.size() - 1));
    for (std::int64_t i = 0; i < count; ++i) {
        const Article& article =
            kArticles[(first + static_cast<std::size_t>(i)) % kArticles.size()];
        OrderLine line;
        line.id = std::to_string(i + 1);
        line.sku = article.sku;
        line.quantity = static_cast<int>(dice.Between(1, 2));
        line.price = Minor(article.price, order.currency);
        const bool comes_back = i == 0 || dice.Chance(40);
        line.returned = comes_back ? static_cast<int>(dice.Between(1, line.quantity)) : 0;
        line.cause = kCauses[static_cast<std::size_t>(dice.Between(0, kCauses.size() - 1))];
        order.lines.push_back(std::move(line));
    }
    // Who paid: a card at the provider, a gift card of the shop's own, or both.
    const std::int64_t way = dice.Between(1, 100);
    const std::int64_t gift = way <= 70 ? 0 : way <= 88 ? order.Total() : order.Total() / 3;
    if (gift > 0) order.tenders.push_back({"gift", "gift_card", "", "", gift});
    if (gift < order.Total()) {
        order.tenders.push_back({"card", "card", payment_, "pi_" + std::to_string(800000 + number),
                                 order.Total() - gift});
    }
    return order;
}

WebAnswer Shop::Serve(const WebRequest& request) {
    constexpr std::string_view kPath = "/orders/", kNumbers = "O-15";
    constexpr int kBase = 10000;
    constexpr std::size_t kNumberBytes = 7;
    const auto refuse = [](int status, const char* why) {
        return JsonAnswer(status, Json::Object({{"error", Json::String(why)}}));
    };
    if (request.Header("Authorization") != "Bearer " + std::string(kOrdersToken))
        return refuse(401, "a bearer token is needed");
    if (request.method != "GET") return refuse(405, "orders can only be looked at");
    const std::string no = request.path.substr(kPath.size());
    const std::string at = FormatInstant(clockwork_.Now() - kHour * 24 * 14);
    if (const auto known = orders_.find(no); known != orders_.end())
        return JsonAnswer(200, foreign::Kept(known->second, at));
    const bool old = no.size() == kNumberBytes && no.starts_with(kNumbers) &&
                     no.find_first_not_of("0123456789", 2) == std::string::npos;
    if (!old) return refuse(404, "no such order");
    return JsonAnswer(200, foreign::Kept(MakeOrder(std::stoi(no.substr(2)) - kBase), at));
}

void Shop::PlanOrder(const Order& order) {
    Dice dice = clockwork_.For("story of " + order.id);
    const Millis placed = kMinute * dice.Between(0, 60 * 24 * 3);
    const Millis delivered = placed + kHour * dice.Between(24, 72);
    const Millis requested = delivered + kHour * dice.Between(12, 72);
    const bool early = faults_.Strikes(dice, "shop.return_first");
    clockwork_.After(early ? requested + kHour : placed, [this, order] { TellPlaced(order); });
    clockwork_.After(early ? requested + kHour : placed + kMinute * 2,
                     [this, order] { TellCaptured(order); });
    clockwork_.After(delivered, [this, order] { TellDelivered(order); });
    clockwork_.After(requested, [this, order] { TellReturn(order); });
}

// One record, and with some luck it comes again or brings bad company.
void Shop::Send(const Order& order, const std::string& topic, const std::string& value,
                const Pairs& headers) {
    // The foreign system keys its records by customer.
    const std::string key = order.foreign ? order.buyer : order.id;
    Dice dice = clockwork_.For("record " + std::to_string(++sent_));
    put_(topic, key, value, headers);
    if (faults_.Strikes(dice, "shop.duplicate")) put_(topic, key, value, headers);
    if (faults_.Strikes(dice, "shop.broken")) put_(topic, key, "{\"half a record", headers);
    if (faults_.Strikes(dice, "shop.tombstone")) put_(topic, key, std::nullopt, {});
}

void Shop::Tell(const Order& order, const std::string& what, const std::string& type,
                Json content) {
    const Json event = Json::Object({{"specversion", Json::String("1.0")},
                                     {"id", Json::String(order.id + "/" + what)},
                                     {"source", Json::String("sandbox-shop")},
                                     {"type", Json::String(type)},
                                     {"subject", Json::String(order.id)},
                                     {"time", Json::String(FormatInstant(clockwork_.Now()))},
                                     {"datacontenttype", Json::String("application/json")},
                                     {"data", std::move(content)}});
    Send(order, std::string(kOrdersTopic), WriteJson(event),
         {{"content-type", "application/cloudevents+json"}});
}

void Shop::TellPlaced(const Order& order) {
    ++placed_;
    for (const Tender& tender : order.tenders) {
        if (tender.reference.empty()) continue;
        provider_.Capture(tender.reference, order.id, tender.amount, order.currency);
    }
    const std::string at = FormatInstant(clockwork_.Now());
    if (order.foreign) {
        Send(order, std::string(kForeignTopic),
             WriteJson(foreign::Placed(order, order.id + "/open", at)), {});
        return;
    }
    Json lines = Json::Array();
    for (const OrderLine& line : order.lines) lines.Append(Amount(line));
    Tell(order, "placed", "order.placed",
         Json::Object({{"currency", Json::String(order.currency)},
                       {"jurisdiction", Json::String(order.jurisdiction)},
                       {"shipping_minor", Json::Int(order.shipping)},
                       {"customer",
                        Json::Object({{"name", Json::String(order.buyer)},
                                      {"mail", Json::String(order.buyer + "@customers.example")}})},
                       {"lines", std::move(lines)}}));
}

void Shop::TellCaptured(const Order& order) {
    if (order.foreign) return;  // told with the order
    for (const Tender& tender : order.tenders) {
        Json fact = Json::Object({{"id", Json::String(tender.id)},
                                  {"kind", Json::String(tender.kind)},
                                  {"amount_minor", Json::Int(tender.amount)}});
        if (!tender.connection.empty()) {
            fact.Set("connection", Json::String(tender.connection));
            fact.Set("reference", Json::String(tender.reference));
        }
        Tell(order, "captured/" + tender.id, "order.captured",
             Json::Object({{"currency", Json::String(order.currency)}, {"tender", fact}}));
    }
}

void Shop::TellDelivered(const Order& order) {
    if (order.foreign) {
        Send(order, std::string(kForeignTopic),
             WriteJson(foreign::Delivered(order, order.id + "/delivered",
                                          FormatInstant(clockwork_.Now()))),
             {});
        return;
    }
    Tell(order, "delivered", "order.delivered", Json::Object());
}

void Shop::TellReturn(const Order& order) {
    ++requested_;
    if (order.foreign) {
        Send(order, std::string(kForeignTopic),
             WriteJson(foreign::Requested(order, order.return_id + "/new",
                                          FormatInstant(clockwork_.Now()))),
             {});
        return;
    }
    Json lines = Json::Array();
    for (const OrderLine& line : order.lines) {
        if (line.returned == 0) continue;
        lines.Append(Json::Object({{"id", Json::String(line.id)},
                                   {"quantity", Json::Int(line.returned)},
                                   {"reason", Json::String(line.cause)}}));
    }
    Tell(order, "return", "return.requested",
         Json::Object({{"return_id", Json::String(order.return_id)},
                       {"resolution", Json::String("refund")},
                       {"statutory", Json::Bool(true)},
                       {"reason", Json::String(order.lines.front().cause)},
                       {"lines", std::move(lines)}}));
}

void Shop::ReadStatus(const std::string& value) {
    const Result<Json> event = ParseJson(value);
    if (!event.ok()) {
        ++statuses_["(unreadable)"];
        return;
    }
    const std::string& type = (*event)["type"].AsString();
    ++statuses_[type];
    if (type == "refund.requested") Pay(*event);
}

// One request is paid once: its id is the attempt's key, and the same comes again after a crash.
void Shop::Pay(const Json& event) {
    const Json& asked = event["data"];
    const std::string& reference = asked["our_reference"].AsString();
    attempts_.push_back({asked["order_id"].AsString(), reference, event["id"].AsString()});
    if (!seen_.insert(event["id"].AsString()).second) return;
    const auto found = orders_.find(asked["order_id"].AsString());
    if (found == orders_.end() || reference.empty()) {
        ++statuses_["(refund for an unknown order)"];
        return;
    }
    Order& order = found->second;
    Paid paid{order.id,
              asked["return_id"].AsString(),
              asked["tender_id"].AsString(),
              reference,
              "SR-" + std::to_string(60000 + paid_.size() + 1),
              asked["currency"].AsString(),
              "refused",
              IntOf(asked["amount_minor"])};
    for (Tender& tender : order.tenders) {
        const bool fits = tender.id == paid.tender_id && tender.reference.empty() &&
                          paid.currency == order.currency && paid.amount > 0 &&
                          tender.refunded + paid.amount <= tender.amount;
        if (!fits) continue;
        tender.refunded += paid.amount;
        paid.status = "pending";
    }
    const std::string no = paid.their_reference;
    paid_[no] = paid;
    Dice dice = clockwork_.For("payout " + reference);
    if (paid.status == "refused") {
        clockwork_.After(kHour, [this, no] { TellRefund(no, "refund.refused"); });
        return;
    }
    Millis start = kHour * dice.Between(1, 6);
    if (faults_.Strikes(dice, "shop.refund_silent")) start += kHour * dice.Between(24 * 6, 24 * 12);
    clockwork_.After(start, [this, no] { TellRefund(no, "refund.submitted"); });
    clockwork_.After(start + kHour * dice.Between(6, 48), [this, no] {
        paid_.at(no).status = "succeeded";
        TellRefund(no, "refund.settled");
    });
}

void Shop::TellRefund(const std::string& no, const std::string& type) {
    const Paid& paid = paid_.at(no);
    const Order& order = orders_.at(paid.order_id);
    if (order.foreign) {
        if (type != "refund.settled") return;  // that system only tells what it has booked
        Send(order, std::string(kForeignTopic),
             WriteJson(foreign::Refunded(order, paid.their_reference,
                                         FormatInstant(clockwork_.Now()), paid.our_reference,
                                         paid.their_reference, paid.amount)),
             {});
        return;
    }
    Json content = Json::Object({{"currency", Json::String(paid.currency)},
                                 {"amount_minor", Json::Int(paid.amount)},
                                 {"tender_id", Json::String(paid.tender_id)},
                                 {"our_reference", Json::String(paid.our_reference)},
                                 {"their_reference", Json::String(paid.their_reference)}});
    if (!paid.return_id.empty()) content.Set("return_id", Json::String(paid.return_id));
    if (type == "refund.refused") content.Set("reason", Json::String("tender_exhausted"));
    Tell(order, paid.their_reference + "/" + type, type, std::move(content));
}

Json Shop::Refunds() const {
    Json rows = Json::Array();
    for (const auto& [no, paid] : paid_) {
        rows.Append(Json::Object({{"payer", Json::String("shop")},
                                  {"order_id", Json::String(paid.order_id)},
                                  {"return_id", Json::String(paid.return_id)},
                                  {"tender_id", Json::String(paid.tender_id)},
                                  {"our_reference", Json::String(paid.our_reference)},
                                  {"their_reference", Json::String(no)},
                                  {"amount_minor", Json::Int(paid.amount)},
                                  {"currency", Json::String(paid.currency)},
                                  {"status", Json::String(paid.status)}}));
    }
    return rows;
}

Json Shop::Attempts() const {
    Json rows = Json::Array();
    for (const Attempt& attempt : attempts_) {
        bool refused = false;
        for (const auto& [no, paid] : paid_)
            refused = refused || (paid.order_id == attempt.order_id && paid.status == "refused" &&
                                  paid.our_reference == attempt.our_reference);
        rows.Append(Json::Object({{"payer", Json::String("shop")},
                                  {"order_id", Json::String(attempt.order_id)},
                                  {"our_reference", Json::String(attempt.our_reference)},
                                  {"key", Json::String(attempt.key)},
                                  {"refused", Json::Bool(refused)}}));
    }
    return rows;
}

Json Shop::Orders() const {
    Json rows = Json::Array();
    for (const auto& [id, order] : orders_) {
        Json tenders = Json::Array();
        for (const Tender& tender : order.tenders) {
            tenders.Append(Json::Object({{"id", Json::String(tender.id)},
                                         {"reference", Json::String(tender.reference)},
                                         {"captured_minor", Json::Int(tender.amount)}}));
        }
        rows.Append(Json::Object({{"order_id", Json::String(id)},
                                  {"return_id", Json::String(order.return_id)},
                                  {"currency", Json::String(order.currency)},
                                  {"foreign", Json::Bool(order.foreign)},
                                  {"tenders", std::move(tenders)}}));
    }
    return rows;
}

Json Shop::Progress() const {
    Json statuses = Json::Object();
    for (const auto& [type, count] : statuses_) statuses.Set(type, Json::Int(count));
    return Json::Object({{"returns", Json::Int(planned_)},
                         {"orders_placed", Json::Int(placed_)},
                         {"returns_requested", Json::Int(requested_)},
                         {"records_sent", Json::Int(sent_)},
                         {"statuses_read", std::move(statuses)}});
}

}  // namespace returns::sandbox
