#include "tests/gateway/provider_faces.h"

#include "connectors/crypto.h"
#include "gateway/folders.h"
#include "schemas/check.h"
#include "tests/sim/sim_http.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using connectors::FindHeader;
using connectors::HttpAnswer;
using connectors::HttpHeaders;
using connectors::HttpRequest;

Json S(const std::string& text) { return Json::String(text); }

// What stands between two texts in the target.
std::string Between(const std::string& target, const std::string& before,
                    const std::string& after) {
    const std::size_t from = target.find(before);
    if (from == target.npos) return "";
    const std::size_t start = from + before.size();
    return target.substr(start, target.find(after, start) - start);
}

class Stripe final : public ProviderFace {
public:
    const char* folder() const override { return "payment/stripe"; }
    Json Settings() const override {
        return Json::Object({{"secret_key", S("k")}, {"webhook_secret", S("whsec_s")}});
    }

private:
    HttpAnswer Take(const HttpRequest& request) override {
        if (request.method == "GET") {
            Json found = Json::Array();
            for (const auto* each : Of(sim::QueryOf(request).at("payment_intent")))
                found.Append(Refund(*each));
            return sim::Answer(200, Json::Object({{"object", S("list")},
                                                  {"has_more", Json::Bool(false)},
                                                  {"data", std::move(found)}}));
        }
        const std::map<std::string, std::string> form = sim::ReadForm(request.body);
        return sim::Answer(
            200, Refund(Create(form.at("payment_intent"), form.at("metadata[reference]"),
                               Json::Number(form.at("amount")).AsInt().value(),
                               std::string(FindHeader(request.headers, "Idempotency-Key")))));
    }
    HttpAnswer TurnAway() const override {
        return sim::Answer(401, Json::Object({{"error", Json::Object()}}));
    }
    static Json Refund(const BookedRefund& refund) {
        Json metadata = Json::Object();
        if (!refund.ours.empty()) metadata.Set("reference", S(refund.ours));
        return Json::Object({{"id", S(refund.id)},
                             {"object", S("refund")},
                             {"payment_intent", S(refund.payment)},
                             {"amount", Json::Int(refund.amount_minor)},
                             {"currency", S("eur")},
                             {"status", S(refund.alive ? "succeeded" : "failed")},
                             {"metadata", std::move(metadata)}});
    }
    Json Event(const std::string& type, Json object, const std::string& before) {
        Json data = Json::Object({{"object", std::move(object)}});
        if (!before.empty()) data.Set("previous_attributes", Json::Object({{"status", S(before)}}));
        return Json::Object({{"id", S(NewId("evt_"))},
                             {"object", S("event")},
                             {"type", S(type)},
                             {"created", Json::Int(std::chrono::duration_cast<std::chrono::seconds>(
                                                       now.time_since_epoch())
                                                       .count())},
                             {"data", std::move(data)}});
    }
    Json Tell(const BookedRefund& refund, const std::string& what) override {
        return Event("refund.updated", Refund(refund), what == "paid" ? "pending" : "succeeded");
    }
    Json TellDispute(const std::string& payment, std::int64_t amount_minor) override {
        return Event("charge.dispute.created",
                     Json::Object({{"id", S("dp_" + payment)},
                                   {"object", S("dispute")},
                                   {"payment_intent", S(payment)},
                                   {"amount", Json::Int(amount_minor)},
                                   {"currency", S("eur")},
                                   {"status", S("needs_response")}}),
                     "");
    }
    SignedNotice Sign(const Json& body) override {
        SignedNotice notice{{}, WriteJson(body)};
        notice.headers =
            connector->manifest()
                .callbacks->recipe
                .Sign("", now, {"POST", "", "", &notice.headers, notice.body}, "whsec_s")
                .value();
        return notice;
    }
};

class Adyen final : public ProviderFace {
public:
    const char* folder() const override { return "payment/adyen"; }
    Json Settings() const override {
        return Json::Object(
            {{"api_key", S("k")}, {"merchant_account", S("Ours")}, {"hmac_key", S(kKey)}});
    }

private:
    static constexpr const char* kKey = "00112233445566778899AABBCCDDEEFF";

    HttpAnswer Take(const HttpRequest& request) override {
        const Json asked = ParseJson(request.body).value();
        const BookedRefund& made =
            Create(Between(request.target, "/payments/", "/"), asked["reference"].AsString(),
                   asked["amount"]["value"].AsInt().value(),
                   std::string(FindHeader(request.headers, "Idempotency-Key")));
        return sim::Answer(201, Json::Object({{"merchantAccount", S("Ours")},
                                              {"amount", asked["amount"]},
                                              {"reference", S(made.ours)},
                                              {"paymentPspReference", S(made.payment)},
                                              {"pspReference", S(made.id)},
                                              {"status", S("received")}}));
    }
    HttpAnswer TurnAway() const override {
        return sim::Answer(403, Json::Object({{"status", Json::Int(403)},
                                              {"errorCode", S("010")},
                                              {"errorType", S("security")}}));
    }
    static Json Item(const std::string& code, const std::string& id, const std::string& payment,
                     const std::string& reference, std::int64_t amount_minor) {
        const Json item = Json::Object(
            {{"eventCode", S(code)},
             {"success", S("true")},
             {"pspReference", S(id)},
             {"originalReference", S(payment)},
             {"merchantAccountCode", S("Ours")},
             {"merchantReference", S(reference)},
             {"amount",
              Json::Object({{"currency", S("EUR")}, {"value", Json::Int(amount_minor)}})}});
        return Json::Object({{"live", S("false")},
                             {"notificationItems",
                              Json::Array({Json::Object({{"NotificationRequestItem", item}})})}});
    }
    Json Tell(const BookedRefund& refund, const std::string& what) override {
        return Item(what == "paid" ? "REFUND" : "REFUND_FAILED", refund.id, refund.payment,
                    refund.ours.empty() ? "the payment's" : refund.ours, refund.amount_minor);
    }
    Json TellDispute(const std::string& payment, std::int64_t amount_minor) override {
        return Item("CHARGEBACK", "dp_" + payment, payment, "the payment's", amount_minor);
    }
    SignedNotice Sign(const Json& body) override {
        const auto& recipe = connector->manifest().callbacks->recipe;
        return {{}, recipe.SignBody(WriteJson(body), kKey).value()};
    }
};

// Certificate and key are those of the connector's fixtures.
class PayPal final : public ProviderFace {
public:
    PayPal() {
        const auto files = ReadConnectorFolder(BACKHAUL_SOURCE_DIR "/connectors/payment/paypal");
        const Json fixture = ParseJson(files.value().at("fixtures/callbacks.json")).value();
        const Json& set = fixture["key_set"];
        const auto& [address, chain] = set["certificates"].Members().front();
        address_ = address;
        signing_key_ = fixture["signing_key"].AsString();
        keys_ = keys_.With(address, connectors::PublicKey::Certified(
                                        chain.AsString(), set["trusted"].AsString(), ".paypal.com",
                                        *ParseInstant("2026-03-01T00:00:00Z"))
                                        .value());
    }
    const char* folder() const override { return "payment/paypal"; }
    Json Settings() const override {
        return Json::Object(
            {{"client_id", S("c")}, {"client_secret", S("s")}, {"webhook_id", S("hook")}});
    }
    const connectors::KeySet* keys() const override { return &keys_; }

private:
    HttpAnswer Take(const HttpRequest& request) override {
        if (request.target == "/v1/oauth2/token") return Token();
        if (request.method == "GET") {
            for (const auto& each : book_)
                if (request.target.ends_with("/" + each->id))
                    return sim::Answer(200, Refund(*each));
            return sim::Answer(404, Json::Object({{"name", S("RESOURCE_NOT_FOUND")}}));
        }
        const Json asked = ParseJson(request.body).value();
        std::string digits = asked["amount"]["value"].AsString();
        digits.erase(digits.find('.'), 1);
        return sim::Answer(
            201, Refund(Create(Between(request.target, "/captures/", "/"),
                               asked["custom_id"].AsString(), Json::Number(digits).AsInt().value(),
                               std::string(FindHeader(request.headers, "PayPal-Request-Id")))));
    }
    static HttpAnswer Token() {
        return sim::Answer(200, Json::Object({{"access_token", S("t")},
                                              {"token_type", S("Bearer")},
                                              {"expires_in", Json::Int(32'400)}}));
    }
    HttpAnswer TurnAway() const override {
        return sim::Answer(403, Json::Object({{"name", S("NOT_AUTHORIZED")}}));
    }
    static Json Amount(std::int64_t minor) {
        const std::string digits = std::to_string(minor);
        return Json::Object({{"currency_code", S("EUR")},
                             {"value", S(digits.substr(0, digits.size() - 2) + "." +
                                         digits.substr(digits.size() - 2))}});
    }
    static Json Refund(const BookedRefund& refund) {
        Json told = Json::Object(
            {{"id", S(refund.id)},
             {"amount", Amount(refund.amount_minor)},
             {"status", S(refund.alive ? "COMPLETED" : "FAILED")},
             {"links",
              Json::Array({Json::Object({{"rel", S("up")},
                                         {"href", S("https://api.paypal.com/v2/payments/captures/" +
                                                    refund.payment)}})})}});
        if (!refund.ours.empty()) told.Set("custom_id", S(refund.ours));
        return told;
    }
    Json Event(const std::string& type, Json resource) {
        return Json::Object({{"id", S(NewId("WH-"))},
                             {"create_time", S(FormatInstant(now))},
                             {"event_type", S(type)},
                             {"resource", std::move(resource)}});
    }
    Json Tell(const BookedRefund& refund, const std::string& what) override {
        return Event(what == "paid" ? "PAYMENT.CAPTURE.REFUNDED" : "PAYMENT.REFUND.FAILED",
                     Refund(refund));
    }
    Json TellDispute(const std::string& payment, std::int64_t amount_minor) override {
        return Event(
            "CUSTOMER.DISPUTE.CREATED",
            Json::Object({{"dispute_id", S("dp_" + payment)},
                          {"status", S("OPEN")},
                          {"dispute_amount", Amount(amount_minor)},
                          {"disputed_transactions",
                           Json::Array({Json::Object({{"seller_transaction_id", S(payment)}})})}}));
    }
    SignedNotice Sign(const Json& body) override {
        SignedNotice notice{
            {{"PAYPAL-CERT-URL", address_}, {"PAYPAL-TRANSMISSION-TIME", FormatInstant(now)}},
            WriteJson(body)};
        const auto added =
            connector->manifest()
                .callbacks->recipe
                .Sign(NewId("t-"), now, {"POST", "", "", &notice.headers, notice.body},
                      signing_key_, "hook")
                .value();
        notice.headers.insert(notice.headers.end(), added.begin(), added.end());
        return notice;
    }

    std::string address_, signing_key_;
    connectors::KeySet keys_;
};

}  // namespace

HttpAnswer ProviderFace::Serve(const HttpRequest& request) {
    const bool token = request.target == "/v1/oauth2/token";
    if (!closed || token) return Take(request);
    ++turned_away;
    return TurnAway();
}

const BookedRefund& ProviderFace::Create(const std::string& payment, const std::string& ours,
                                         std::int64_t amount_minor, const std::string& key) {
    ++created;
    CHECK(!key.empty());
    const auto known = by_key_.find(key);
    if (known != by_key_.end()) return *known->second;
    BookedRefund& made = PayByHand(payment, amount_minor);
    made.ours = ours;
    by_key_[key] = &made;
    return made;
}

BookedRefund& ProviderFace::PayByHand(const std::string& payment, std::int64_t amount_minor) {
    book_.push_back(std::make_unique<BookedRefund>(
        BookedRefund{NewId("re_"), payment, "", amount_minor, true}));
    return *book_.back();
}

std::vector<BookedRefund*> ProviderFace::Of(const std::string& payment) {
    std::vector<BookedRefund*> found;
    for (const auto& each : book_)
        if (each->payment == payment) found.push_back(each.get());
    return found;
}

SignedNotice ProviderFace::Paid(const BookedRefund& refund) { return Sign(Tell(refund, "paid")); }
SignedNotice ProviderFace::Failed(const BookedRefund& refund) {
    return Sign(Tell(refund, "failed"));
}
SignedNotice ProviderFace::Disputed(const std::string& payment, std::int64_t amount_minor) {
    return Sign(TellDispute(payment, amount_minor));
}

std::unique_ptr<ProviderFace> StripeFace() { return std::make_unique<Stripe>(); }
std::unique_ptr<ProviderFace> AdyenFace() { return std::make_unique<Adyen>(); }
std::unique_ptr<ProviderFace> PayPalFace() { return std::make_unique<PayPal>(); }

}  // namespace returns::gateway
