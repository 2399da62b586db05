# Where the parcel is. "Refunds" are of a label's price, never of the customer's money.
def meaning:
  (.status_detail // "") as $detail
  | if .status == "pre_transit" then "return.label_issued"
    elif .status == "in_transit" or .status == "out_for_delivery"
      or .status == "available_for_pickup" then
      (if $detail == "damaged" then "parcel.damaged" elif $detail == "lost" then "parcel.lost"
       else "parcel.scanned" end)
    elif .status == "delivered" then "parcel.delivered"
    elif .status == "return_to_sender" then "parcel.undeliverable"
    elif .status == "failure" then
      (if $detail == "damaged" then "parcel.damaged" elif $detail == "lost" then "parcel.lost"
       else "parcel.undeliverable" end)
    else "partner.unknown_status" end;

.body
| .id as $id
| if .description != "tracker.created" and .description != "tracker.updated" then []
  elif .result.status == "cancelled" then []
  else
    .result
    | ((.tracking_details // []) | sort_by(.datetime) | reverse | .[0]) as $newest
    | [{
        type: meaning,
        id: $id,
        occurred_at: ($newest.datetime // .updated_at // ""),
        data: {
          their_reference: (.shipment_id // ""),
          tracking: .tracking_code,
          carrier: (.carrier // ""),
          place: ($newest.tracking_location.city // ""),
          raw_code: (.status + (if (.status_detail // "") == "" or .status_detail == "unknown"
                                then "" else ":" + .status_detail end))
        }
      }]
  end
