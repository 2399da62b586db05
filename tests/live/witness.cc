#include "tests/live/witness.h"

#include "schemas/json.h"
#include "tests/live/live_process.h"

namespace returns::live {
namespace {

constexpr int kTaken = 202;

Json Parsed(const std::string& text) {
    Result<Json> json = ParseJson(text);
    return json.ok() ? std::move(json).value() : Json();
}

std::int64_t Number(const Json& value) {
    const auto number = value.AsInt();
    return number.ok() ? *number : 0;
}

HttpAnswer Post(const std::string& gateway, const std::string& key, const std::string& body) {
    return Fetch("POST", gateway, "/v1/events", body, key, "application/cloudevents+json");
}

Json FirstReceipt(const HttpAnswer& answer) {
    const Json body = Parsed(answer.body);
    const auto& receipts = body["receipts"].Items();
    return receipts.empty() ? Json() : receipts.front();
}

std::int64_t Version(const std::string& gateway, const std::string& key, const std::string& order) {
    return Number(Parsed(Fetch("GET", gateway, "/v1/orders/" + order, "", key).body)["version"]);
}

}  // namespace

void Witness::Tell(const std::string& gateway) {
    const std::string id = "W-" + std::to_string(++told_);
    const std::string body =
        R"({"specversion":"1.0","source":"/witness","id":")" + id +
        R"(","type":"order.placed","subject":")" + id +
        R"(","data":{"currency":"EUR","jurisdiction":"EU",)"
        R"("lines":[{"id":"1","sku":"TEE","quantity":1,"unit_price_minor":1990}]}})";
    const HttpAnswer answer = Post(gateway, key_, body);
    if (answer.status != kTaken) return;
    receipts_.push_back({body, Number(FirstReceipt(answer)["journal"])});
}

void Witness::Look(const std::string& gateway, const std::vector<std::string>& orders) {
    for (const std::string& order : orders) {
        const std::int64_t version = Version(gateway, key_, order);
        std::int64_t& seen = versions_[order];
        if (version > seen) seen = version;
    }
}

std::vector<std::string> Witness::Ask(const std::string& gateway) {
    std::vector<std::string> wrong;
    for (const Receipt& known : receipts_) {
        const HttpAnswer answer = Post(gateway, key_, known.body);
        const Json receipt = FirstReceipt(answer);
        if (answer.status == kTaken && receipt["repeated"].AsBool() &&
            Number(receipt["journal"]) == known.journal)
            continue;
        wrong.push_back("acknowledged and forgotten (journal row " + std::to_string(known.journal) +
                        "): " + std::to_string(answer.status) + " " + answer.body);
    }
    for (const auto& [order, seen] : versions_) {
        const std::int64_t version = Version(gateway, key_, order);
        if (version >= seen) continue;
        wrong.push_back("order " + order + " went back from version " + std::to_string(seen) +
                        " to " + std::to_string(version));
    }
    return wrong;
}

}  // namespace returns::live
