#include "workflows/account.h"

#include "workflows/worth.h"

#include <algorithm>

namespace returns::workflows {
namespace {

AccountLine& LineIn(Account& account, const Case& subject, const Slice& slice) {
    for (AccountLine& line : account.lines)
        if (line.line_id == slice.line_id) return line;
    AccountLine fresh;
    fresh.line_id = slice.line_id;
    for (const OrderLine& line : subject.lines)
        if (line.id == slice.line_id) fresh.tax_rate = line.tax_rate;
    account.lines.push_back(std::move(fresh));
    return account.lines.back();
}

void AddGoods(const Case& subject, const Return& header, Account& account) {
    for (const Slice& slice : subject.slices) {
        if (slice.return_id != header.id || !slice.vested) continue;
        AccountLine& line = LineIn(account, subject, slice);
        line.units += slice.quantity;
        // Vested before its parts were kept: only the sum is known.
        const bool parts = slice.gross_minor != 0 || slice.vested_minor == 0;
        line.gross_minor += parts ? slice.gross_minor : slice.vested_minor + slice.withheld_minor;
        line.tax_minor += slice.tax_minor;
        line.restocking_minor += slice.restocking_minor;
        line.withheld_minor += slice.withheld_minor;
        line.label_fee_minor += slice.label_fee_minor;
        line.net_minor += slice.vested_minor;
    }
}

void AddMoney(const Case& subject, const Return& header, Account& account) {
    for (const Leg& leg : subject.legs) {
        if (leg.return_id != header.id) continue;
        if (leg.state == RefundState::kOverpaid) {
            account.recover_minor += leg.amount_minor;
        } else if (leg.paid) {
            account.paid_minor += leg.amount_minor;
        } else if (leg.offset) {
            (leg.cause == kExchange ? account.exchanged_minor : account.covered_minor) +=
                leg.amount_minor;
        } else if (IsCommitted(leg.state) && leg.state != RefundState::kReady) {
            account.under_way_minor += leg.amount_minor;
        }
    }
}

}  // namespace

Account AccountOf(const Case& subject, const Return& header) {
    Account account;
    AddGoods(subject, header, account);
    AddMoney(subject, header, account);
    account.shipping_minor = header.shipping_minor;
    account.granted_minor = Earned(subject, header);
    account.advance_minor = Owed(subject, header) - account.granted_minor;
    const std::int64_t settled = account.paid_minor + account.under_way_minor +
                                 account.exchanged_minor + account.covered_minor;
    account.left_minor = std::max<std::int64_t>(Owed(subject, header) - settled, 0);
    const auto& slices = subject.slices;
    const bool open = std::any_of(slices.begin(), slices.end(), [&](const Slice& slice) {
        return slice.return_id == header.id && Undecided(slice);
    });
    if (header.resolution == "exchange" && !open)
        account.customer_pays_minor =
            std::max<std::int64_t>(header.exchange_minor - account.granted_minor, 0);
    return account;
}

std::map<std::string, TaxRate> TaxRatesOf(const Case& subject) {
    std::map<std::string, TaxRate> rates;
    for (const OrderLine& line : subject.lines) {
        TaxRate& rate = rates[line.tax_rate];
        rate.paid_minor += line.paid_minor;
        rate.tax_minor += line.tax_minor;
        rate.granted_minor += line.granted_minor;
        rate.granted_tax_minor += line.granted_tax_minor;
    }
    return rates;
}

}  // namespace returns::workflows
