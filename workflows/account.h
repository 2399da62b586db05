// What a return's money is made of: which part of the price, which fees, what of it has left, is
// under way, was settled otherwise, and what is left. Pure; any thread.
#pragma once

#include "schemas/case.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace returns::workflows {

// Granted units of one order line. net = gross - restocking - withheld - label fee.
struct AccountLine {
    std::string line_id, tax_rate;
    int units = 0;
    std::int64_t gross_minor = 0, tax_minor = 0;  // their share of what was paid; tax inside it
    std::int64_t restocking_minor = 0, withheld_minor = 0, label_fee_minor = 0;
    std::int64_t net_minor = 0;
    friend bool operator==(const AccountLine&, const AccountLine&) = default;
};

struct Account {
    std::vector<AccountLine> lines;
    std::int64_t shipping_minor = 0;       // delivery cost that goes back
    std::int64_t granted_minor = 0;        // lines and shipping together
    std::int64_t advance_minor = 0;        // owed beyond what is granted, ahead of the goods
    std::int64_t exchanged_minor = 0;      // settled by goods sent in exchange
    std::int64_t covered_minor = 0;        // settled by a chargeback, a remittance, a person's word
    std::int64_t paid_minor = 0;           // has left, what is to be recovered not counted
    std::int64_t under_way_minor = 0;      // may have left
    std::int64_t recover_minor = 0;        // has left without being owed
    std::int64_t left_minor = 0;           // still to be paid
    std::int64_t customer_pays_minor = 0;  // what was sent in exchange costs more
};
Account AccountOf(const Case& subject, const Return& header);

// An order's lines by their rate of tax.
struct TaxRate {
    std::int64_t paid_minor = 0, tax_minor = 0;
    std::int64_t granted_minor = 0, granted_tax_minor = 0;
};
std::map<std::string, TaxRate> TaxRatesOf(const Case& subject);

}  // namespace returns::workflows
