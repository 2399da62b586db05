# Items of one delivery; only what their signatures cover is here. Codes that say nothing of refunds
# or disputes are understood and give nothing.

def ours($currency):
  tostring
  | if $currency == "CLP" or $currency == "ISK" then
      if endswith("00") then .[:-2] else error("an amount that should be whole is not") end
    elif $currency == "CVE" or $currency == "IDR" then . + "00"
    else . end
  | tonumber;

def money:
  {their_reference: .pspReference, payment_reference: (.originalReference // ""),
   raw_code: "\(.eventCode) \(.success)"}
  + (if .amount.value == null then {}
     else .amount | .currency as $currency
          | {currency: $currency, amount_minor: (.value | ours($currency))} end);

# A refund carries the reference that its request gave it; a dispute that of the payment.
def refund: money + {our_reference: (.merchantReference // "")};

def unknown: [{type: "partner.unknown_status", data: money}];

# A delivery repeats until it is answered; what it is about and what it says tell it apart.
def item($unclear):
  .eventCode as $code
  | (.success == "true" or .success == true) as $true
  | if lookup({REFUND: 1, REFUND_FAILED: 1, REFUNDED_REVERSED: 1, POSTPONED_REFUND: 1,
               CANCEL_OR_REFUND: 1, VOID_PENDING_REFUND: 1, CAPTURE_FAILED: 1, CHARGEBACK: 1,
               NOTIFICATION_OF_CHARGEBACK: 1, CHARGEBACK_REVERSED: 1, SECOND_CHARGEBACK: 1,
               PREARBITRATION_WON: 1, PREARBITRATION_LOST: 1}; $code) == null then []
    elif $unclear then unknown
    elif $code == "REFUND" and $true then [{type: "refund.settled", data: refund}]
    elif $code == "REFUND" then
      [{type: "refund.refused", data: (refund + {reason: "declined"})}]
    elif $code == "REFUND_FAILED" and $true then
      [{type: "refund.bounced", data: (refund + {reason: "refund_failed"})}]
    elif $code == "REFUNDED_REVERSED" and $true then
      [{type: "refund.bounced", data: (refund + {reason: "reversed"})}]
    elif $code == "POSTPONED_REFUND" and $true then [{type: "refund.submitted", data: refund}]
    elif ($code == "CHARGEBACK" or $code == "NOTIFICATION_OF_CHARGEBACK") and $true then
      [{type: "dispute.opened", data: money}]
    elif ($code == "CHARGEBACK_REVERSED" or $code == "PREARBITRATION_WON") and $true then
      [{type: "dispute.won", data: money}]
    elif ($code == "SECOND_CHARGEBACK" or $code == "PREARBITRATION_LOST") and $true then
      [{type: "dispute.lost", data: money}]
    else unknown end
  | map(. + {id: "\($code):\(.data.their_reference):\($true)"});

[.body.notificationItems[]
 | (.unclear == true) as $unclear
 | .NotificationRequestItem
 | item($unclear)[]]
