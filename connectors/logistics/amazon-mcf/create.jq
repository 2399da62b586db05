# They count no quantities: every unit is an item of its own, named by return, number and line.
def units($quantity): [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20][] | select(. <= $quantity);

# One entry for each unit that was shipped, by its number: {"1": {item, shipment}, ...}
def shipped:
  [.[] | . as $of | units(.quantity) | $of]
  | to_entries
  | map({key: (.key + 1 | tostring), value: .value})
  | from_entries;

.command as $command
| ($command.found // []) as $found
| {body: {items: [
    $command.lines[]
    | . as $line
    | if .quantity > 20 then error("more than 20 units of one line: announce them in several returns") else . end
    | [$found[] | select(.item == $line.id)] as $by_line
    | (if ($by_line | length) > 0 then $by_line else [$found[] | select(.sku == $line.sku)] end | shipped) as $shipped
    | units(.quantity)
    | . as $number
    | (lookup($shipped; ($number | tostring)) // error("fewer units were shipped than are to come back")) as $of
    | {sellerReturnItemId: "\($command.reference):\($number):\($line.id)",
       sellerFulfillmentOrderItemId: $of.item,
       amazonShipmentId: $of.shipment,
       returnReasonCode: $line.their_reason}
  ]}}
