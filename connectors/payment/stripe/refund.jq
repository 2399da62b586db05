# A refund, a list of them, or an error, as the answer to a command.

def ours($currency):
  tostring
  | if $currency == "ISK" or $currency == "UGX" then
      if endswith("00") then .[:-2] else error("an amount that should be whole is not") end
    elif $currency == "MGA" then . + "00"
    else . end
  | tonumber;

def facts:
  (.currency | ascii_upcase) as $currency
  | {their_reference: .id, status: .status, currency: $currency,
     amount_minor: (.amount | ours($currency))};

# A word we do not know is money that may still move: only a definite end says that none will.
def live: (.status == "failed" or .status == "canceled") | not;

# The answer to our own request.
def created($command):
  if facts.amount_minor != $command.amount_minor or .metadata.reference != $command.reference then
    {outcome: "in_doubt", reason: "other_refund", their_reference: .id}
  elif .status == "succeeded" then facts + {answer: "paid"}
  elif .status == "pending" or .status == "requires_action" then facts + {answer: "accepted"}
  elif .status == "failed" or .status == "canceled" then
    facts + {outcome: "refused", reason: (.failure_reason // .status),
             retry_key: (.failure_reason == "insufficient_funds")}
  else facts + {answer: "accepted"} end;

def seen($command):
  [.data[] | select(.metadata.reference == $command.reference
                    or (.id == $command.their_reference and .id != null))] as $found
  | [$found[] | select(live)] as $alive
  | if ($alive | length) > 1 then {outcome: "in_doubt", reason: "several_found"}
    elif ($alive | length) == 1 then
      $alive[0] | facts + {answer: (if .status == "succeeded" then "paid" else "accepted" end)}
    elif .has_more then {outcome: "not_done", reason: "list_incomplete"}
    elif ($found | length) > 0 then
      $found[0] | facts + {answer: "refused", reason: (.failure_reason // .status)}
    else {answer: "absent"} end;

# One live refund of the payment that is not among those we know, or one of those that has failed.
def others($command):
  def known: .id as $id | [$command.known[] | select(. == $id)] | length > 0;
  [.data[] | select(live and (known | not))] as $news
  | [.data[] | select((.status == "failed" or .status == "canceled") and known)] as $gone
  | if ($gone | length) > 0 then
      $gone[0] | facts + {answer: "refused", reason: (.failure_reason // .status)}
    elif ($news | length) > 0 then
      $news[0]
      | facts + {answer: (if .status == "succeeded" then "paid" else "accepted" end),
                 our_reference: (.metadata.reference // ""),
                 return_id: (.metadata.return_id // "")}
    elif .has_more then {outcome: "not_done", reason: "list_incomplete"}
    else {answer: "absent"} end;

# What a refusal means for the next attempt. Anything not listed keeps what its status says.
def refusal:
  {
    charge_already_refunded: {reason: "already_refunded"},
    balance_insufficient: {reason: "insufficient_funds", retry_key: true},
    insufficient_funds: {reason: "insufficient_funds", retry_key: true},
    charge_disputed: {reason: "disputed"},
    refund_disputed_payment: {reason: "disputed"},
    charge_not_refundable: {reason: "not_refundable"},
    amount_too_large: {reason: "tender_exhausted"},
    amount_too_small: {reason: "amount"},
    expired_or_canceled_card: {reason: "expired_or_canceled_card"},
    lost_or_stolen_card: {reason: "lost_or_stolen_card"},
    resource_missing: {reason: "not_found"}
  };

def failed($status):
  (.error.code // "") as $code
  | {detail: (["HTTP \($status)", .error.type, .error.code] | map(select(. != null)) | join(" "))}
    + if .error.type == "idempotency_error" then {outcome: "in_doubt", reason: "key_reused"}
      elif $code == "idempotency_key_in_use" then {outcome: "in_doubt", reason: "conflict"}
      elif $code == "lock_timeout" or $code == "rate_limit" then
        {outcome: "not_done", reason: "rate_limited"}
      elif $status >= 400 and $status < 409 and $status != 401 and $status != 403
           and $status != 408 and lookup(refusal; $code) != null then
        {outcome: "refused"} + lookup(refusal; $code)
      elif $status == 402 then {outcome: "refused", reason: "declined"}
      else {} end;

.command as $command
| .status as $status
| .body
| if $status >= 200 and $status <= 299 then
    (if .object != "list" then created($command)
     elif $command.known != null then others($command)
     else seen($command) end)
  else failed($status) end
