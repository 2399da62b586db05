#include "connectors/payment_profile.h"

#include "connectors/fields.h"
#include "connectors/manifest.h"
#include "schemas/money.h"

namespace returns::connectors {
namespace {

constexpr std::int64_t kKeyWindowMax = 90 * 86'400;
constexpr std::int64_t kDaysMax = 3650;
constexpr std::int64_t kRefundsMax = 1000;
constexpr std::int64_t kMinimumMax = 1'000'000'000;

Status ReadMinimum(const Json& list, const std::string& where, PaymentProfile& profile) {
    for (const auto& [currency, value] : list.Members()) {
        const std::string at = where + ".minimum." + currency;
        if (currency != "*" && !CurrencyExponent(currency))
            return Invalid(at + ": no currency of ISO 4217, nor \"*\" for all others");
        const Result<std::int64_t> minor = value.AsInt();
        if (!minor.ok() || *minor < 1 || *minor > kMinimumMax)
            return Invalid(at + ": must be a whole number of minor units, from 1");
        profile.minimum_minor[currency] = *minor;
    }
    return {};
}

// What is said of refunds must fit what can be done.
void CheckAbilities(const Manifest& manifest, const PaymentProfile& profile, Fields& fields) {
    const auto create = manifest.operations.find("refund.create");
    if (profile.key_window.count() > 0 && create != manifest.operations.end() &&
        create->second.key_header.empty() && create->second.request.empty()) {
        fields.Fail("a key window needs an operation that sends the key");
    }
    if (profile.lookup_by_our_reference && !manifest.operations.contains("refund.lookup"))
        fields.Fail("'lookup_by_our_reference' needs the operation refund.lookup");
    if (profile.settles_by_notice && !manifest.callbacks)
        fields.Fail("'settled_by' notice needs 'callbacks': else nothing would ever be settled");
    if (!profile.partial && profile.refunds_max > 1)
        fields.Fail("'refunds_max' beyond 1 needs 'partial' allowed");
}

}  // namespace

Result<PaymentProfile> ReadPaymentProfile(const Json& value, const std::string& where,
                                          const Manifest& manifest) {
    Fields fields(value, where + ".payment");
    PaymentProfile profile;
    profile.key_window = std::chrono::seconds(fields.Number("key_window_s", 0, 0, kKeyWindowMax));
    profile.stores_refusals = fields.Flag("stores_refusals");
    profile.lookup_by_our_reference = fields.Flag("lookup_by_our_reference");
    profile.refund_days_max = static_cast<int>(fields.Number("refund_days_max", 0, 0, kDaysMax));
    profile.queues_for_money = fields.Choice("low_balance", {"refuses", "queues"}, -1) == 1;
    profile.settles_by_notice = fields.Choice("settled_by", {"answer", "notice"}, -1) == 1;
    profile.partial = fields.Choice("partial", {"allowed", "refused"}, -1) != 1;
    profile.refunds_max = static_cast<int>(fields.Number("refunds_max", 0, 0, kRefundsMax));
    const Json& minimum = fields.Object("minimum");
    CheckAbilities(manifest, profile, fields);
    RETURN_IF_ERROR(fields.Done());
    RETURN_IF_ERROR(ReadMinimum(minimum, where + ".payment", profile));
    return profile;
}

}  // namespace returns::connectors
