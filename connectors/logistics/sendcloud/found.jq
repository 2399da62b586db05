# Ours on a page of returns, or all of it. They can be asked for by date only.

# Their part ends with the delivery, so what is delivered is neither open nor closed for us.
def listed:
  {our_reference: (.order_number // ""), their_reference: (.id // "" | tostring),
   tracking: (.tracking_number // "")} as $ids
  | (.delivered_at_iso // "") as $at
  | select($ids.our_reference != "" or $ids.their_reference != "" or $ids.tracking != "")
  | $ids
    + {status: (.status // ""),
       open: (if .status == "request_rejected" then false elif $at != "" then null else true end),
       events: (if $at == "" then []
                else [{type: "parcel.delivered", id: "delivered:\($at)", occurred_at: $at,
                       data: ($ids + {raw_code: "delivered"})}] end)};

# The address of the next page names its place.
def place:
  if . == null or . == "" then ""
  else split("cursor=")
    | if length < 2 then error("the next page has no cursor") else .[1] | split("&") | .[0] | split("%3D") | join("=") end
  end;

if .status < 200 or .status > 299 then {}
  elif .command.cursor != null then
    {listed: [.body.data[] | listed], next: (.body.next | place)}
  else
    .command.reference as $reference
    | [.body.data[] | select(.order_number == $reference)] as $ours
    | if ($ours | length) > 0 then
        ($ours | sort_by(.created_at) | .[0])
        | {their_reference: (.id // "" | tostring), status: (.status // ""),
           tracking: (.tracking_number // ""), label_url: (.label_url // "")}
      elif (.body.next // "") != "" then {outcome: "not_done", answer: "", reason: "list_incomplete"}
      else {answer: "absent"} end
  end
