# The answer to a request for a refund. It never says more than that it was received.

def ours($currency):
  tostring
  | if $currency == "CLP" or $currency == "ISK" then
      if endswith("00") then .[:-2] else error("an amount that should be whole is not") end
    elif $currency == "CVE" or $currency == "IDR" then . + "00"
    else . end
  | tonumber;

def received($command):
  (.amount | .currency as $currency
   | {currency: $currency, amount_minor: (.value | ours($currency))}) as $money
  | ({their_reference: .pspReference, status: .status} + $money) as $facts
  | if .status != "received" or (.pspReference // "") == "" then
      {outcome: "in_doubt", reason: "unreadable"}
    elif $money.amount_minor != $command.amount_minor or $money.currency != $command.currency
         or (.reference != $command.reference and .reference != $command.key) then
      {outcome: "in_doubt", reason: "other_refund", their_reference: .pspReference}
    else $facts + {answer: "accepted"} end;

# Codes of their list that mean more than their status. What is not listed is our own mistake.
def refusal:
  {
    "137": {reason: "amount"},
    "138": {reason: "invalid"},
    "100": {reason: "amount"},
    "167": {reason: "not_found"},
    "125": {reason: "declined"},
    "907": {reason: "not_refundable"},
    "916": {reason: "tender_exhausted"}
  };

def failed($status):
  ((.errorCode // "") | tostring) as $code
  | {detail: (["HTTP \($status)", .errorType, $code] | map(select(. != null and . != "")) | join(" "))}
    + if $code == "704" then {outcome: "in_doubt", reason: "conflict"}
      elif $code == "901" or .errorType == "security" then
        {outcome: "not_done", reason: "credentials"}
      elif $status == 422 and lookup(refusal; $code) != null then
        {outcome: "refused"} + lookup(refusal; $code)
      else {} end;

.command as $command
| .status as $status
| .body
| if $status == 201 then received($command)
  elif $status >= 200 and $status <= 299 then {}
  else failed($status) end
