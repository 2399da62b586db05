# Amounts are decimal texts with as many digits as the currency has. Two of those that ISO 4217
# gives decimals are whole there.
def units: {BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0,
            UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0,
            BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3};

def decimal($currency):
  (lookup(units; $currency) // 2) as $digits
  | tostring
  | if $currency == "HUF" or $currency == "TWD" then
      if endswith("00") then .[:-2] else error("amounts of this currency must be whole") end
    elif $digits == 0 then .
    elif $digits == 3 then
      (if length == 1 then "000" + . elif length == 2 then "00" + .
       elif length == 3 then "0" + . else . end)
      | .[:-3] + "." + .[-3:]
    else
      (if length == 1 then "00" + . elif length == 2 then "0" + . else . end)
      | .[:-2] + "." + .[-2:]
    end;

# Their ids of ours may hold letters, digits and - _ . , only.
def plain($otherwise):
  if length > 0 and length <= 127 and
     (split("") | all(. as $c | "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,"
                      | contains($c)))
  then . else $otherwise end;

.command
| .currency as $currency
| .key as $key
| {
    body: {
      amount: {currency_code: $currency, value: (.amount_minor | decimal($currency))},
      custom_id: (.reference | plain($key))
    }
  }
