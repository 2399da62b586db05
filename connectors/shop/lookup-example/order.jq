# An order as they keep it, to the events that made it. Amounts are decimals and arrive as text.

def kind: lookup({CC: "card", PP: "wallet", SEPA: "bank", GIFT: "gift_card", SC: "store_credit"}; .)
  // "other";

def placed:
  {type: "order.placed", occurred_at: .at,
   data: {
     currency: .cur, jurisdiction: .law, country: .land, shipping: (.freight | tostring),
     customer: {name: .buyer.name, mail: .buyer.mail},
     lines: [.pos[] | {
       id: (.nr | tostring), sku: .art, quantity: .qty, unit_price: (.gross | tostring),
       tax: (.vat | tostring), tax_rate: (.rate | tostring),
       brand: .label, warehouse: .depot, item_class: .class}]
   }};

def captured($connections): .cur as $currency | .at as $at
  | (.pay // [])[]
  | {type: "order.captured", occurred_at: (.at // $at),
     data: {currency: $currency,
       tender: {id: (.nr | tostring), kind: (.type | kind), reference: (.ref // ""),
         connection: (lookup($connections; .psp) // ""), amount: (.paid | tostring)}}};

def ended:
  if .state == "DELIVERED" then {type: "order.delivered", occurred_at: .delivered, data: {}}
  elif .state == "VOID" then {type: "order.cancelled", data: {}}
  else empty end;

.settings.payment_connections as $connections
| if .status < 200 or .status > 299 then {}
  else .body | .no as $no
    | {answer: "found",
       events: [(placed, captured($connections), ended) | . + {order_id: $no}]} end
