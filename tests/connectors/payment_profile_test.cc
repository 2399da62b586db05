// What is said of a provider's refunds is read strictly: every fault with its place.
#include "connectors/connector.h"
#include "tests/connectors/connectors_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::connectors {
namespace {

using testing::HasSubstr;

// The Stripe connector with other facts of payments; `without`: a member of the manifest left out.
std::string LoadError(const std::string& payment, const std::string& without = "") {
    Connector::Files files = ReadFolder("payment/stripe");
    Json manifest = ParseJson(files["connector.json"]).value();
    manifest.Set("payment", ParseJson(payment).value());
    if (!without.empty()) manifest.Take(without);
    files["connector.json"] = WriteJson(manifest);
    const auto loaded = Connector::Load(files);
    return loaded.ok() ? "" : loaded.error().text;
}

const std::string kWords = R"("low_balance": "refuses", "settled_by": "answer",
    "partial": "allowed")";

TEST(PaymentProfile, SaysWhereItIsWrong) {
    EXPECT_EQ(LoadError("{" + kWords + "}"), "");
    EXPECT_EQ(LoadError("{" + kWords + R"(, "minimum": {"EUR": 50, "*": 100}})"), "");
    const auto says = [](const std::string& payment, const std::string& part) {
        EXPECT_THAT(LoadError(payment), HasSubstr(part)) << payment;
    };
    const std::string at = "reading connector.json.payment";
    says(R"({"low_balance": "refuses", "partial": "allowed"})", at + ": 'settled_by'");
    says(R"({"settled_by": "answer", "partial": "allowed"})", at + ": 'low_balance'");
    says(R"({"settled_by": "answer", "low_balance": "queues"})", at + ": 'partial'");
    says("{" + kWords + R"(, "minimum": {"EURO": 50}})", at + ".minimum.EURO: no currency");
    says("{" + kWords + R"(, "minimum": {"EUR": 0}})", at + ".minimum.EUR: must be a whole");
    says("{" + kWords + R"(, "minimum": {"JPY": 1.5}})", at + ".minimum.JPY: must be a whole");
    says("{" + kWords + R"(, "minimum": [50]})", at);
    says("{" + kWords + R"(, "refund_days_max": -1})", at + ": 'refund_days_max'");
    says("{" + kWords + R"(, "refunds_max": 1001})", at + ": 'refunds_max'");
    says("{" + kWords + R"(, "key_window": 5})", "did you mean 'key_window_s'");
    says(R"({"low_balance": "waits", "settled_by": "answer", "partial": "allowed"})",
         at + ": 'low_balance'");
    says(R"({"low_balance": "queues", "settled_by": "answer", "partial": "refused",
             "refunds_max": 2})",
         at + ": 'refunds_max' beyond 1 needs");
    EXPECT_THAT(LoadError(R"({"low_balance": "queues", "settled_by": "notice",
                             "partial": "allowed"})",
                          "callbacks"),
                HasSubstr(at + ": 'settled_by' notice needs 'callbacks'"));
}

TEST(PaymentProfile, AnAbilityNeedsItsOperation) {
    Connector::Files files = ReadFolder("payment/paypal");
    std::string& manifest = files["connector.json"];
    const std::string no = R"("lookup_by_our_reference": false)";
    manifest.replace(manifest.find(no), no.size(), R"("lookup_by_our_reference": true)");
    EXPECT_TRUE(Connector::Load(files).ok());
    files = ReadFolder("payment/adyen");
    std::string& other = files["connector.json"];
    other.replace(other.find(no), no.size(), R"("lookup_by_our_reference": true)");
    const auto loaded = Connector::Load(files);
    ASSERT_FALSE(loaded.ok());
    EXPECT_THAT(loaded.error().text, HasSubstr("needs the operation refund.lookup"));
}

}  // namespace
}  // namespace returns::connectors
