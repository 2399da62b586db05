# Webhook events. A thing we do not follow is understood and gives nothing.

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

def money:
  if . == null then {}
  else .currency_code as $currency
       | {currency: $currency, amount_minor: (.value | minor($currency))} end;

# A refund points up to the capture it was made of.
def capture:
  [.links[]? | select(.rel == "up") | .href | split("/") | last] | first // "";

def refund:
  {their_reference: .id, payment_reference: capture, our_reference: (.custom_id // ""),
   raw_code: .status} + (.amount | money);

def failure: {reason: (.status_details.reason // .status // "" | ascii_downcase)};

def outcome:
  {RESOLVED_BUYER_FAVOUR: "dispute.lost", RESOLVED_WITH_PAYOUT: "dispute.lost",
   ACCEPTED: "dispute.lost", RESOLVED_SELLER_FAVOUR: "dispute.won",
   CANCELED_BY_BUYER: "dispute.won", DENIED: "dispute.won"};

def disputes($code):
  . as $dispute
  | (.disputed_transactions | length) as $count
  | .disputed_transactions[]
  | {their_reference: $dispute.dispute_id, payment_reference: (.seller_transaction_id // ""),
     raw_code: $code, reason: ($dispute.reason // "" | ascii_downcase),
     reply_by: ($dispute.seller_response_due_date // "")}
    + ((if $count == 1 then $dispute.dispute_amount else .gross_amount end) | money);

def resolved:
  (.dispute_outcome.outcome_code // "") as $code
  | disputes($code)
  | if lookup(outcome; $code) == null then {type: "partner.unknown_status", data: .}
    else {type: lookup(outcome; $code), data: .} end;

.body
| .id as $id
| .create_time as $at
| .event_type as $type
| .resource
| [if $type == "PAYMENT.CAPTURE.REFUNDED" then
     if .status == "COMPLETED" or .status == null then {type: "refund.settled", data: refund}
     elif .status == "PENDING" then {type: "refund.submitted", data: refund}
     elif .status == "FAILED" or .status == "CANCELLED" then
       {type: "refund.refused", data: (refund + failure)}
     else {type: "partner.unknown_status", data: refund} end
   elif $type == "PAYMENT.REFUND.PENDING" then {type: "refund.submitted", data: refund}
   elif $type == "PAYMENT.REFUND.FAILED" then {type: "refund.refused", data: (refund + failure)}
   elif $type == "PAYMENT.CAPTURE.REVERSED" then
     # Taken from us and given to the customer, not by a refund of ours.
     {type: "dispute.opened",
      data: (refund | {their_reference, payment_reference, currency, amount_minor, raw_code,
                       reason: "reversed"})}
   elif $type == "CUSTOMER.DISPUTE.CREATED" then
     disputes(.status // "") | {type: "dispute.opened", data: .}
   elif $type == "CUSTOMER.DISPUTE.RESOLVED" then resolved
   else empty end]
| to_entries
| map(.value + {occurred_at: $at, id: (if .key == 0 then $id else "\($id)#\(.key)" end)})
