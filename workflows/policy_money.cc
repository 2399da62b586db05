// The policy's amounts: fees, delivery cost, and what may leave in advance.

#include "schemas/money.h"
#include "workflows/policy_read.h"
#include "workflows/strict.h"

namespace returns::workflows {
namespace {

const StrictReader kReader("policy");

Status ReadAmounts(const Json& value, const std::string& path, Amounts& amounts) {
    if (!value.IsObject())
        return kReader.Wrong(path, R"(expected amounts by currency, such as {"EUR": "4.99"})");
    for (const auto& [currency, amount] : value.Members()) {
        const std::string place = path + "/" + currency;
        ASSIGN_OR_RETURN(const std::string text, kReader.Text(amount, place));
        const Result<std::int64_t> minor = ParseMinor(text, currency);
        if (!minor.ok()) return kReader.Wrong(place, minor.error().text);
        amounts[currency] = *minor;
    }
    return {};
}

}  // namespace

Status ReadLabelFee(const Json& value, const std::string& path, Policy& policy) {
    return ReadAmounts(value, path, policy.label_fee);
}

Status ReadShippingBack(const Json& value, const std::string& path, Policy& policy) {
    ASSIGN_OR_RETURN(const std::string how, kReader.Text(value, path));
    if (how == "never") {
        policy.shipping_back = ShippingBack::kNever;
    } else if (how == "when_all") {
        policy.shipping_back = ShippingBack::kWhenAll;
    } else if (how == "by_share") {
        policy.shipping_back = ShippingBack::kByShare;
    } else {
        return kReader.UnknownName(path, "way", how, {"never", "when_all", "by_share"});
    }
    return {};
}

Status ReadShippingWhenAll(const Json& value, const std::string& path, Policy& policy) {
    ASSIGN_OR_RETURN(const bool when_all, kReader.Flag(value, path));
    policy.shipping_back = when_all ? ShippingBack::kWhenAll : ShippingBack::kNever;
    return {};
}

Status ReadAdvance(const Json& value, const std::string& path, Policy& policy) {
    RETURN_IF_ERROR(kReader.Members(value, path, {"on", "hold", "up_to", "budget"}));
    AdvanceRule rule;
    ASSIGN_OR_RETURN(rule.on, ReadOneOf(value["on"], path + "/on", "proof", {"posted", "scanned"}));
    if (const Json* hold = value.Find("hold")) {
        ASSIGN_OR_RETURN(rule.hold, kReader.Flag(*hold, path + "/hold"));
    }
    RETURN_IF_ERROR(ReadAmounts(value["up_to"], path + "/up_to", rule.up_to));
    if (const Json* budget = value.Find("budget")) {
        RETURN_IF_ERROR(ReadAmounts(*budget, path + "/budget", rule.budget));
    }
    policy.advance = std::move(rule);
    return {};
}

}  // namespace returns::workflows
