# A refund, or an error, as the answer to a command.

def units: {BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0,
            UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0,
            BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3};

def minor($currency):
  (lookup(units; $currency) // 2) as $digits
  | tostring | split(".")
  | .[0] as $whole
  | (.[1] // "") + "000"
  | if $digits == 0 then {kept: "", rest: .}
    elif $digits == 3 then {kept: .[:3], rest: .[3:]}
    else {kept: .[:2], rest: .[2:]} end
  | if (.rest | split("") | any(. != "0")) then error("an amount is finer than its currency")
    else ($whole + .kept) | tonumber end;

def facts:
  {their_reference: .id, status: .status}
  + (if .amount == null then {}
     else .amount | .currency_code as $currency
          | {currency: $currency, amount_minor: (.value | minor($currency))} end);

def refused:
  {outcome: "refused", reason: (if .status == "CANCELLED" then "canceled" else "declined" end)};

def created($command):
  facts as $facts
  | if $facts.amount_minor != $command.amount_minor or $facts.currency != $command.currency
       or (.custom_id != $command.reference and .custom_id != $command.key) then
      {outcome: "in_doubt", reason: "other_refund", their_reference: .id}
    elif .status == "COMPLETED" then $facts + {answer: "paid"}
    elif .status == "PENDING" then $facts + {answer: "accepted"}
    elif .status == "FAILED" or .status == "CANCELLED" then $facts + refused
    else $facts + {answer: "accepted"} end;

def seen($command):
  facts as $facts
  | if $facts.amount_minor != null and $facts.amount_minor != $command.amount_minor then
      {outcome: "in_doubt", reason: "other_refund"}
    elif .status == "COMPLETED" then $facts + {answer: "paid"}
    elif .status == "PENDING" then $facts + {answer: "accepted"}
    elif .status == "FAILED" or .status == "CANCELLED" then
      $facts + {answer: "refused", reason: refused.reason}
    else $facts + {answer: "accepted"} end;

# What a refusal means for the next attempt. Anything not listed keeps what its status says.
def issues:
  {
    CAPTURE_FULLY_REFUNDED: {outcome: "refused", reason: "already_refunded"},
    REFUND_TIME_LIMIT_EXCEEDED: {outcome: "refused", reason: "tender_too_old"},
    REFUND_AMOUNT_EXCEEDED: {outcome: "refused", reason: "tender_exhausted"},
    REFUND_AMOUNT_TOO_LOW: {outcome: "refused", reason: "amount"},
    REFUND_CAPTURE_CURRENCY_MISMATCH: {outcome: "refused", reason: "invalid"},
    REFUND_FAILED_INSUFFICIENT_FUNDS:
      {outcome: "refused", reason: "insufficient_funds", retry_key: true},
    PARTIAL_REFUND_NOT_ALLOWED: {outcome: "refused", reason: "amount"},
    MAX_NUMBER_OF_REFUNDS_EXCEEDED: {outcome: "refused", reason: "amount"},
    PENDING_CAPTURE: {outcome: "not_done", reason: "unavailable"},
    DUPLICATE_INVOICE_ID: {outcome: "refused", reason: "invalid"},
    PAYER_ACCOUNT_LOCKED_OR_CLOSED: {outcome: "refused", reason: "not_refundable"},
    REFUND_IS_RESTRICTED: {outcome: "refused", reason: "not_refundable"},
    REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK: {outcome: "refused", reason: "disputed"},
    TRANSACTION_DISPUTED: {outcome: "refused", reason: "disputed"},
    PREVIOUS_REQUEST_IN_PROGRESS: {outcome: "in_doubt", reason: "conflict"},
    RESOURCE_NOT_FOUND: {outcome: "refused", reason: "not_found"},
    INVALID_RESOURCE_ID: {outcome: "refused", reason: "not_found"}
  };

def failed($status; $reads):
  (.details[0]?.issue // "") as $issue
  | {detail: (["HTTP \($status)", .name, $issue] | map(select(. != null and . != "")) | join(" "))}
    + if ($issue | startswith("PAYEE_ACCOUNT_")) then {outcome: "not_done", reason: "credentials"}
      elif $reads then {}
      elif $status >= 400 and $status <= 422 and $status != 401 and $status != 403
           and $status != 408 and lookup(issues; $issue) != null then lookup(issues; $issue)
      else {} end;

.command as $command
| .status as $status
| ($command.key == null) as $reads
| .body
| if $status >= 200 and $status <= 299 then
    if $reads then seen($command) else created($command) end
  else failed($status; $reads) end
