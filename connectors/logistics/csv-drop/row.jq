# One row, its cells by the names of their columns: one event.
.settings as $settings | .body as $row

| def cell($name):
    (lookup(($settings.columns // {}); $name) // $name) as $column
    | lookup($row; $column) // "";

  def count($name):
    cell($name) as $text
    | if $text == "" then null
      elif ($text | length) < 8 and ($text | split("") | all(inside("0123456789"))) then
        ($text | tonumber)
      else error("the column \($name) is not a whole number") end;

  # Goods alone: of other events nothing said here counts.
  def goods: . == "parcel.posted" or . == "parcel.scanned" or . == "parcel.delivered"
    or . == "parcel.undeliverable" or . == "parcel.damaged" or . == "parcel.lost"
    or . == "return.label_issued" or . == "return.opened" or . == "return.inspected"
    or . == "return.sent_back" or . == "partner.unknown_status";

  # The order line, or the article where they know no more.
  def line:
    {id: (if cell("line_id") != "" then cell("line_id")
          elif cell("sku") != "" then "sku:" + cell("sku") else "" end),
     sku: cell("sku")};

  cell("status") as $word
| if $word == "" then error("the column status is empty or missing") else . end
| (lookup(($settings.words // {}); $word) // $word) as $meant
| (if $meant | goods then $meant else "partner.unknown_status" end) as $type
| {return_id: cell("return_id"), our_reference: cell("our_reference"),
   their_reference: cell("their_reference"), tracking: cell("tracking"),
   reason: cell("reason"), raw_code: $word} as $about
| cell("id") as $id
| [(if $id == "" then {} else {id: $id} end)
   + {type: $type, occurred_at: cell("occurred_at"), order_id: cell("order_id"),
    data: ($about
      + (if $type == "return.opened" then
           {lines: [line + {received: count("received")}]}
         elif $type == "return.inspected" then
           {lines: [line + {accepted: count("accepted"), rejected: count("rejected"),
                            grade: cell("grade"), disposition: cell("disposition"),
                            mismatch: cell("mismatch")}]}
         elif $type == "return.sent_back" then {}
         elif $type == "return.label_issued" then
           {carrier: cell("carrier"), label_url: cell("label_url")}
         else {carrier: cell("carrier"), place: cell("place")} end))}]
