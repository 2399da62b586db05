# Their amounts are whole minor units, of another size than ISO 4217 has it for four currencies.
def theirs($currency):
  tostring
  | if $currency == "CLP" or $currency == "ISK" then . + "00"
    elif $currency == "CVE" or $currency == "IDR" then
      if endswith("00") then .[:-2] else error("amounts of this currency must be whole") end
    else . end
  | tonumber;

# Their signatures cover fields with a colon between them, so none may stand in a reference.
def plain($otherwise): if contains(":") then $otherwise else . end;

def reasons: {fraud: "FRAUD", duplicate: "DUPLICATE"};

.settings as $settings
| .command
| {
    body: {
      merchantAccount: $settings.merchant_account,
      amount: {currency: .currency,
               value: (.currency as $currency | .amount_minor | theirs($currency))},
      reference: (.key as $key | .reference | plain($key)),
      merchantRefundReason: (.reason | lookup(reasons; .) // "RETURN")
    }
  }
