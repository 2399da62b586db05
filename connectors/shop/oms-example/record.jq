# {"msg", "at", "kind": ORDER | RMA | REFUND, ...}. Amounts are decimals, so they arrive as text;
# the record's key is the customer's number and plays no part.

def kind: lookup({CC: "card", PP: "wallet", SEPA: "bank", GIFT: "gift_card", SC: "store_credit"}; .)
  // "other";

def placed:
  {type: "order.placed", order_id: .no,
   data: {
     currency: .cur, jurisdiction: .law, country: .land, shipping: (.freight | tostring),
     customer: {name: .buyer.name, mail: .buyer.mail},
     lines: [.pos[] | {
       id: (.nr | tostring), sku: .art, quantity: .qty, unit_price: (.gross | tostring),
       tax: (.vat | tostring), tax_rate: (.rate | tostring),
       brand: .label, warehouse: .depot, item_class: .class}]
   }};

def captured($connections): .no as $order | .cur as $currency
  | (.pay // [])[]
  | {type: "order.captured", order_id: $order,
     data: {currency: $currency,
       tender: {id: (.nr | tostring), kind: (.type | kind), reference: (.ref // ""),
         connection: (lookup($connections; .psp) // ""), amount: (.paid | tostring)}}};

def order($connections):
  if .state == "OPEN" then placed, captured($connections)
  elif .state == "PAID" then captured($connections)
  elif .state == "DELIVERED" then {type: "order.delivered", order_id: .no}
  elif .state == "VOID" then {type: "order.cancelled", order_id: .no}
  else {type: "partner.unknown_status", order_id: .no, data: {raw_code: .state}} end;

def why: lookup({SIZE: "size", DEFECT: "defective", DAMAGED: "damaged", WRONG: "wrong_item",
  LATE: "late", MIND: "changed_mind"}; .) // "other";

def rma:
  .no as $no | .order as $order
  | if .state == "NEW" then
      {type: "return.requested", order_id: $order,
       data: {return_id: $no, resolution: "refund", statutory: (.withdrawal == true),
         reason: (.items[0].cause | why),
         lines: [.items[] | {id: (.nr | tostring), quantity: .qty, reason: (.cause | why)}]}}
    elif .state == "WITHDRAWN" then
      {type: "return.cancelled", order_id: $order, data: {return_id: $no, reason: "customer"}}
    else {type: "partner.unknown_status", order_id: $order,
          data: {return_id: $no, raw_code: .state}} end;

def booked:
  {order_id: .order,
   data: {currency: .cur, amount: (.sum | tostring), return_id: (.rma // ""),
     our_reference: (.asked // ""), their_reference: .no}}
  | . + {type: "refund.settled"};

.settings.payment_connections as $connections
| .body
| .msg as $msg
| .at as $at
| [if .kind == "ORDER" then .order | order($connections)
   elif .kind == "RMA" then .rma | rma
   elif .kind == "REFUND" then .refund | booked
   else {type: "partner.unknown_status", order_id: (.order.no // ""), data: {raw_code: .kind}} end]
| to_entries
| map(.value + {id: "\($msg)/\(.key)", occurred_at: $at})
