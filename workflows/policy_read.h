// Members of the policy file that need more than a line to read. Errors name the JSON path. Any
// thread.
#pragma once

#include "schemas/json.h"
#include "workflows/policy.h"

#include <string>
#include <string_view>
#include <vector>

namespace returns::workflows {

// A delay longer than nothing.   rules.cc
Result<Delay> ReadDelay(const Json& value, const std::string& path);
// One of the known names of a `what`.
Result<std::string> ReadOneOf(const Json& value, const std::string& path, std::string_view what,
                              const std::vector<std::string_view>& known);

// "legal": by jurisdiction one rule, or rules that follow one another.   policy_law.cc
Status ReadLegal(const Json& value, const std::string& path, Policy& policy);
// "usual": how long a state takes as a rule, by state.
Status ReadUsual(const Json& value, const std::string& path, Policy& policy);

// "label_fee": decimal text by currency.   policy_money.cc
Status ReadLabelFee(const Json& value, const std::string& path, Policy& policy);
// "refund_shipping", and what it was called before it had three answers.
Status ReadShippingBack(const Json& value, const std::string& path, Policy& policy);
Status ReadShippingWhenAll(const Json& value, const std::string& path, Policy& policy);
Status ReadAdvance(const Json& value, const std::string& path, Policy& policy);

}  // namespace returns::workflows
