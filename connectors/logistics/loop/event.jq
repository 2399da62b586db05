# A label is asked for, or a carrier has moved a parcel. Everything else they tell is nothing to us.
.body as $body
| ($body.return_id | if . == null then "" else tostring end) as $return
| if $body.trigger == "label.request.issued" then
    [{type: "return.label_requested", id: "\($body.trigger):\($body.id)",
      occurred_at: ($body.created_at // ""),
      data: {return_id: $return, their_reference: ($body.id | tostring)}}]
  elif $body.topic == "label" then
    {return_id: $return, tracking: ($body.tracking_number // ""),
     raw_code: ($body.label_status // "")} as $data
    | ($body.label_updated_at // "") as $at
    | "label:\($return):\($data.tracking):\($data.raw_code):\($at)" as $id
    | if $body.label_status == "new" or $body.label_status == null then []
      elif $body.label_status == "pre_transit" then
        [{type: "return.label_issued", id: $id, occurred_at: $at,
          data: ($data + {carrier: ($body.carrier // "")})}]
      elif $body.label_status == "in_transit" or $body.label_status == "out_for_delivery" then
        [{type: "parcel.scanned", id: $id, occurred_at: $at, data: $data}]
      elif $body.label_status == "delivered" then
        [{type: "parcel.delivered", id: $id, occurred_at: $at, data: $data}]
      else
        [{type: "partner.unknown_status", id: $id, occurred_at: $at, data: $data}]
      end
  else [] end
