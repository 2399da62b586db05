#include "tests/sim/shop.h"

#include <array>

namespace returns::sim {
namespace {

Json Text(const std::string& text) { return Json::String(text); }

}  // namespace

Sold Shop::Draw() {
    Chance& chance = scene_.chance;
    Sold order;
    order.id = "O-" + std::to_string(sold_.size() + 1);
    std::int64_t total = 0;
    const std::int64_t lines = chance.Between(1, 2);
    for (std::int64_t at = 1; at <= lines; ++at) {
        SoldLine line{"SKU-" + std::to_string(at), chance.Between(1, 3), chance.Between(500, 9999)};
        total += line.quantity * line.price_minor;
        order.lines.push_back(std::move(line));
    }
    const std::int64_t kind = chance.Between(0, 9);  // to 6: card; to 8: both; 9: gift card alone
    const std::int64_t card = kind <= 6 ? total : kind <= 8 ? chance.Between(1, total - 1) : 0;
    if (card > 0) order.tenders.push_back({"T-1", "pi_" + order.id, card});
    if (card < total) order.tenders.push_back({"T-2", "", total - card});
    return order;
}

void Shop::Sell() {
    sold_.push_back(Draw());
    const std::size_t at = sold_.size() - 1;
    const Sold& order = sold_[at];
    const bool never = late && scene_.chance.PerMille(300);
    if (late && !never)
        scene_.After(scene_.chance.Span(kDay, 12 * kDay), [this, at] { TellOf(at); });
    if (!late) TellOf(at);
    scene_.After(scene_.chance.Span(kHour, kDay),
                 [this, at] { Say("order.delivered", sold_[at].id, Json::Object()); });
    const std::int64_t returns = scene_.chance.Between(1, 2);
    for (std::int64_t n = 0; n < returns; ++n) Ask(at, scene_.chance.Span(Millis(0), 5 * kDay));
    const SoldTender& first = order.tenders.front();
    if (!first.payment.empty() && scene_.Strikes(Fault::kDisputed)) {
        scene_.unclean.insert(order.id);
        const std::int64_t amount = scene_.chance.Between(1, first.amount_minor);
        scene_.After(scene_.chance.Span(Millis(0), 18 * kDay), [this, at, amount] {
            provider_.Dispute(sold_[at].tenders.front().payment, sold_[at].id, amount);
        });
    }
    if (scene_.Strikes(Fault::kPaidByHand))
        scene_.After(scene_.chance.Span(kDay, 18 * kDay), [this, at] { PayByHand(at); });
}

void Shop::TellOf(std::size_t at) {
    const Sold& order = sold_[at];
    Json lines = Json::Array();
    int number = 0;
    for (const SoldLine& line : order.lines)
        lines.Append(Json::Object({{"id", Text(std::to_string(++number))},
                                   {"quantity", Json::Int(line.quantity)},
                                   {"sku", Text(line.sku)},
                                   {"unit_price_minor", Json::Int(line.price_minor)}}));
    static const std::array<const char*, 3> laws = {"EU", "UK", "US"};
    const char* law = laws.at(static_cast<std::size_t>(scene_.chance.Between(0, 2)));
    Say("order.placed", order.id,
        Json::Object(
            {{"lines", std::move(lines)}, {"currency", Text("EUR")}, {"jurisdiction", Text(law)}}));
    for (const SoldTender& tender : order.tenders) {
        Json fact = Json::Object({{"id", Text(tender.id)},
                                  {"kind", Text(tender.payment.empty() ? "gift_card" : "card")},
                                  {"amount_minor", Json::Int(tender.amount_minor)}});
        if (!tender.payment.empty()) {
            fact.Set("connection", Text("psp"));
            fact.Set("reference", Text(tender.payment));
        }
        Say("order.captured", order.id,
            Json::Object({{"currency", Text("EUR")}, {"tender", std::move(fact)}}));
    }
}

// The customer sends some units of the order back.
void Shop::Ask(std::size_t at, Millis when) {
    scene_.After(when, [this, at] {
        Sold& order = sold_[at];
        Json lines = Json::Array();
        for (std::size_t i = 0; i < order.lines.size(); ++i) {
            SoldLine& line = order.lines[i];
            const std::int64_t left = line.quantity - line.requested;
            const std::int64_t units = scene_.chance.Between(0, left);
            if (units == 0) continue;
            line.requested += units;
            const bool odd = scene_.chance.PerMille(100);
            lines.Append(Json::Object({{"id", Text(std::to_string(i + 1))},
                                       {"quantity", Json::Int(units)},
                                       {"reason", Text(odd ? "other" : "changed_mind")}}));
        }
        if (lines.Items().empty()) return;
        const std::string id = "R-" + order.id + "-" + std::to_string(order.returns.size() + 1);
        order.returns.push_back(id);
        Say("return.requested", order.id,
            Json::Object({{"return_id", Text(id)},
                          {"lines", std::move(lines)},
                          {"resolution", Text("refund")},
                          {"statutory", Json::Bool(scene_.chance.PerMille(500))}}));
        Carry(at, id);
        if (scene_.chance.PerMille(50))
            scene_.After(scene_.chance.Span(kHour, 3 * kDay), [this, at, id] {
                Say("return.cancelled", sold_[at].id,
                    Json::Object({{"return_id", Text(id)}, {"reason", Text("customer")}}));
            });
    });
}

// What the carrier says of the parcel, through the shop. It need not be so, nor in order.
void Shop::Carry(std::size_t at, const std::string& return_id) {
    if (!scene_.Strikes(Fault::kCarrierTells)) return;
    Chance& luck = scene_.later;
    const auto tell = [&](int per_mille, const char* type, Millis low, Millis high) {
        if (!luck.PerMille(per_mille)) return;
        scene_.After(luck.Span(low, high), [this, at, return_id, type] {
            Say(type, sold_[at].id, Json::Object({{"return_id", Text(return_id)}}));
        });
    };
    tell(500, "parcel.posted", kHour, 3 * kDay);
    tell(900, "parcel.scanned", kHour, 6 * kDay);
    tell(500, "parcel.scanned", kDay, 10 * kDay);
    tell(300, "parcel.delivered", kDay, 10 * kDay);
    tell(50, "parcel.lost", 2 * kDay, 12 * kDay);
    tell(50, "parcel.undeliverable", 2 * kDay, 12 * kDay);
    tell(50, "parcel.damaged", kDay, 10 * kDay);
}

// Somebody in the shop is kind, or in a hurry: money that we were not asked for.
void Shop::PayByHand(std::size_t at) {
    const Sold& order = sold_[at];
    scene_.unclean.insert(order.id);
    const SoldTender& tender = order.tenders.front();
    const std::int64_t amount = scene_.chance.Between(1, tender.amount_minor);
    if (!tender.payment.empty()) {
        provider_.PayByHand(tender.payment, order.id, amount);
        return;
    }
    Payment made;
    made.id = "hand-" + order.id;
    made.payment = tender.id;
    made.order_id = order.id;
    made.amount_minor = amount;
    made.status = "succeeded";
    book_.push_back(made);
    Say("refund.settled", order.id,
        Json::Object({{"currency", Text("EUR")},
                      {"amount_minor", Json::Int(amount)},
                      {"tender_id", Text(tender.id)},
                      {"their_reference", Text(made.id)}}));
}

void Shop::Step() {
    const std::vector<BusRecord>& asked = topics_.records[kStatusTopic];
    for (; read_ < asked.size(); ++read_) {
        if (asked[read_].value->find("refund.requested") == std::string::npos) continue;
        const Result<Json> event = ParseJson(*asked[read_].value);
        if (!event.ok() || (*event)["type"].AsString() != "refund.requested") continue;
        if (!executed_.insert((*event)["id"].AsString()).second) continue;
        scene_.After(scene_.chance.Span(kMinute, 2 * kDay),
                     [this, data = (*event)["data"]] { Execute(data); });
    }
}

void Shop::Execute(const Json& asked) {
    Payment made;
    made.id = "shop-" + std::to_string(book_.size() + 1);
    made.reference = asked["our_reference"].AsString();
    made.payment = asked["tender_id"].AsString();
    made.order_id = asked["order_id"].AsString();
    made.return_id = asked["return_id"].AsString();
    made.amount_minor = asked["amount_minor"].AsInt().value();
    const bool refused = scene_.Strikes(Fault::kRefused);
    made.status = refused ? "failed" : "succeeded";
    scene_.Trace("shop pays " + made.reference + " " + std::to_string(made.amount_minor) + " " +
                 made.status);
    Json data = Json::Object({{"currency", Text("EUR")},
                              {"amount_minor", Json::Int(made.amount_minor)},
                              {"tender_id", Text(made.payment)},
                              {"our_reference", Text(made.reference)},
                              {"their_reference", Text(made.id)}});
    if (!made.return_id.empty()) data.Set("return_id", Text(made.return_id));
    book_.push_back(made);
    if (provider_.on_paid && !refused) provider_.on_paid(made);
    if (!refused && scene_.chance.PerMille(300)) Say("refund.submitted", made.order_id, data);
    Say(refused ? "refund.refused" : "refund.settled", made.order_id, data);
}

void Shop::Say(const std::string& type, const std::string& order_id, const Json& data) {
    const std::string id = "s-" + std::to_string(++events_);
    said_.insert(id);
    const std::string value =
        WriteJson(Json::Object({{"specversion", Text("1.0")},
                                {"type", Text(type)},
                                {"id", Text(id)},
                                {"source", Text("/shop")},
                                {"time", Text(FormatInstant(scene_.clock.Now()))},
                                {"subject", Text(order_id)},
                                {"datacontenttype", Text("application/json")},
                                {"data", data}}));
    const Millis late = scene_.Strikes(Fault::kRecordLate)
                            ? scene_.chance.Span(Millis(1), 2 * kDay)
                            : scene_.chance.Span(Millis(1), Millis(2000));
    scene_.After(late, [this, value] { Put(value); });
    if (scene_.Strikes(Fault::kRecordTwice))
        scene_.After(late + scene_.chance.Span(Millis(0), kDay), [this, value] { Put(value); });
    if (scene_.Strikes(Fault::kPoison)) {
        ++poison_;
        scene_.After(late, [this] { Put("{\"specversion\":\"1.0\",\"type\":"); });
    }
}

void Shop::Put(const std::string& value) {
    scene_.Trace("shop says " + value);
    BusRecord record;
    record.key = "k";
    record.value = value;
    record.headers.emplace_back("content-type", "application/cloudevents+json");
    topics_.Append(kShopTopic, std::move(record));
}

}  // namespace returns::sim
