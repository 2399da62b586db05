# Events of their endpoint. A thing we do not follow is understood and gives nothing.

def ours($currency):
  tostring
  | if $currency == "ISK" or $currency == "UGX" then
      if endswith("00") then .[:-2] else error("an amount that should be whole is not") end
    elif $currency == "MGA" then . + "00"
    else . end
  | tonumber;

def money:
  (.currency | ascii_upcase) as $currency
  | {currency: $currency, amount_minor: (.amount | ours($currency)),
     payment_reference: (.payment_intent // .charge // "")};

def refund($previous):
  (money + {their_reference: .id, our_reference: (.metadata.reference // ""),
            return_id: (.metadata.return_id // ""), raw_code: .status}) as $data
  | if .status == "succeeded" then {type: "refund.settled", data: $data}
    elif .status == "pending" or .status == "requires_action" then
      # Waiting for a balance is the only reason to wait that somebody here can cure.
      {type: "refund.submitted",
       data: ($data + (if .pending_reason == "insufficient_funds" then {reason: .pending_reason}
                       else {} end))}
    elif .status == "failed" or .status == "canceled" then
      {type: (if $previous == "succeeded" then "refund.bounced" else "refund.refused" end),
       data: ($data + {reason: (.failure_reason // .status)})}
    else {type: "partner.unknown_status", data: $data} end;

def dispute:
  (money + {their_reference: .id, raw_code: .status, reason: (.reason // ""),
            reply_by: (if .evidence_details.due_by == null then ""
                       else .evidence_details.due_by | todate end)}) as $data
  | if .status == "won" then {type: "dispute.won", data: $data}
    elif .status == "lost" then {type: "dispute.lost", data: $data}
    else {type: "dispute.opened", data: $data} end;

.body
| .data.previous_attributes.status as $previous
| .type as $type
| .id as $id
| (.created | todate) as $at
| .data.object
| [if .object == "refund" then refund($previous)
   elif $type == "charge.refunded" then
     # Older API versions list the refunds here; newer ones send refund.* as well.
     (.payment_intent // .id) as $payment
     | .refunds.data[]?
     | . + {charge: $payment}
     | refund(null)
   elif $type == "charge.dispute.created" or $type == "charge.dispute.closed" then dispute
   else empty end]
| to_entries
| map(.value + {occurred_at: $at, id: (if .key == 0 then $id else "\($id)#\(.key)" end)})
