# A return as the partner tells it, in the answer to create and to a look-up.

# Goods alone: of other events nothing said here counts.
def goods: . == "parcel.posted" or . == "parcel.scanned" or . == "parcel.delivered"
  or . == "parcel.undeliverable" or . == "parcel.damaged" or . == "parcel.lost"
  or . == "return.label_issued" or . == "return.opened" or . == "return.inspected"
  or . == "return.sent_back" or . == "partner.unknown_status";

# Told by callback as well, most likely: counts are totals, so twice is no harm.
def event:
  if (.id // "") == "" then error("an event without an id")
  else {id: "looked-up:\(.id)", type, occurred_at: (.occurred_at // ""), data} end;

if .status < 200 or .status > 299 then {}
elif .body.reference != .command.reference then error("not the return that was asked for")
else .body
  | {their_reference: (.partner_reference // ""), status: (.status // ""),
     tracking: (.tracking // ""), carrier: (.carrier // ""), label_url: (.label_url // "")}
    + {events: [(.events // [])[] | select(.type | goods) | event]}
end
