# 200 may carry items they do not take, beside those they take. Items they have already are ours from
# an earlier try.
def word: lookup({InvalidValues: "invalid", NoCompletedShipItems: "not_shipped", NoReturnableQuantity: "nothing_returnable"}; .) // "invalid";

if .status < 200 or .status > 299 then
    {detail: ("Amazon " + ([((.body | objects | .errors) // [])[] | .code] | join(", ")))}
    | if .detail == "Amazon " then {} else . end
  else
    .command.reference as $reference
    | .body.payload
    | if . == null then error("no payload in the answer") else . end
    | (.returnItems // []) as $taken
    | [(.invalidReturnItems // [])[] | select(.invalidItemReason.invalidItemReasonCode != "DuplicateRequest")] as $not
    | [(.invalidReturnItems // [])[] | select(.invalidItemReason.invalidItemReasonCode == "DuplicateRequest")] as $known
    | ((.returnAuthorizations // []) | .[0] // {}) as $rma
    | if ($not | length) > 0 then
        {outcome: "refused",
         reason: (if ($taken | length) + ($known | length) > 0 then "partly_refused"
                  else ($not[0].invalidItemReason.invalidItemReasonCode | word) end),
         detail: ("Amazon does not take " + ([$not[] | .sellerReturnItemId + " " + .invalidItemReason.invalidItemReasonCode] | join(", ")))}
      elif ($taken | length) + ($known | length) == 0 then error("neither items taken nor refused in the answer")
      else
        {their_reference: ($rma.returnAuthorizationId // $reference), label_url: ($rma.rmaPageURL // "")}
      end
  end
