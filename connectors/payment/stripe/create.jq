# Amounts are whole minor units of their own counting. Where it differs from ISO 4217: two
# currencies without decimals are counted in hundredths, one with decimals is not, and amounts of
# three decimals must end in 0.
def theirs($currency):
  tostring
  | if $currency == "ISK" or $currency == "UGX" then . + "00"
    elif $currency == "MGA" then
      if endswith("00") then .[:-2] else error("MGA amounts must be whole") end
    elif lookup({BHD: 1, JOD: 1, KWD: 1, OMR: 1, TND: 1}; $currency) != null then
      if endswith("0") then . else error("amounts of three decimals must end in 0 here") end
    else . end;

def payment:
  if startswith("pi_") then {payment_intent: .}
  elif startswith("ch_") or startswith("py_") then {charge: .}
  else error("the payment's reference is neither a payment intent nor a charge") end;

.command
| {
    body: ((.payment_reference | payment) + {
      amount: (.currency as $currency | .amount_minor | theirs($currency)),
      reason: "requested_by_customer",
      "metadata[reference]": .reference,
      "metadata[return_id]": (if .return_id == "" then null else .return_id end),
      "metadata[order_id]": .order_id
    })
  }
