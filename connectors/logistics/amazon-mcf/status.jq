# How the return's units stand, counted by line.
# "R-1:2:LINE": the line comes last, for its name may hold anything.
def line($reference):
  .sellerReturnItemId | ltrimstr($reference + ":") | (split(":") | .[0]) as $number | ltrimstr($number + ":");

def inspected($reference; $conditions):
  group_by(line($reference))
  | map({id: (.[0] | line($reference)),
         accepted: (map(select(lookup($conditions; .returnReceivedCondition) == "accepted")) | length),
         rejected: (map(select(lookup($conditions; .returnReceivedCondition) == "rejected")) | length),
         disposition: ([.[].returnReceivedCondition] | unique | join(",") | ascii_downcase)});

def told($reference; $conditions):
  [.[] | select(.status == "Processed")] as $processed
  | [.[] | select(.status != "Processed" and .status != "New") | .status] as $words
  | [$processed[] | .returnReceivedCondition // "no condition" | select(lookup($conditions; .) == null)] as $unknown
  | (if ($words + $unknown | length) > 0 then
       [{type: "partner.unknown_status",
         data: {our_reference: $reference, raw_code: ($words + $unknown | unique | join(","))}}]
     else [] end)
  + (if ($processed | length) > 0 and ($unknown | length) == 0 then
       [{type: "return.inspected", occurred_at: ([$processed[].statusChangedDate] | max),
         data: {our_reference: $reference, raw_code: "Processed", lines: ($processed | inspected($reference; $conditions))}}]
     else [] end);

if .status < 200 or .status > 299 then {}
  else
    .command.reference as $reference
    | .settings.conditions as $conditions
    | .body.payload
    | if . == null then error("no payload in the answer") else . end
    | [(.returnItems // [])[] | select(.sellerReturnItemId | startswith($reference + ":"))] as $ours
    | ([(.returnAuthorizations // [])[] | .returnAuthorizationId as $id
        | select([$ours[] | select(.returnAuthorizationId == $id)] | length > 0)] | .[0] // {}) as $rma
    | if ($ours | length) == 0 then {answer: "absent"}
      else
        {answer: "found",
         their_reference: ($rma.returnAuthorizationId // $reference),
         label_url: ($rma.rmaPageURL // ""),
         status: ([$ours[].status] | unique | join(",")),
         events: ($ours | told($reference; $conditions))}
      end
  end
