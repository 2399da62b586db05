# Where the parcel is. Other things they call about are nothing to a return.
def meaning:
  (.status_detail_code // "") as $detail
  | if .status_code == "NY" then "return.label_issued"
    elif .status_code == "AC" or .status_code == "IT" or .status_code == "AT"
      or .status_code == "SP" then
      (if $detail == "PARCEL_DAMAGED" then "parcel.damaged" else "parcel.scanned" end)
    elif .status_code == "DE" then
      (if $detail == "DELIVERED_DAMAGED" then "parcel.damaged" else "parcel.delivered" end)
    elif .status_code == "EX" then
      (if $detail == "PARCEL_DAMAGED" or $detail == "DELIVERED_DAMAGED" then "parcel.damaged"
       elif $detail == "PARCEL_LOST" or $detail == "PARCEL_DISPOSED" then "parcel.lost"
       elif $detail == "RETURN_TO_SENDER" or $detail == "UNDELIVERABLE_RETURNED_TO_SENDER"
         or $detail == "REFUSED_BY_CUSTOMER" or $detail == "NOT_DELIVERED"
         or $detail == "NOT_COLLECTED_FROM_PICKUP_POINT" then "parcel.undeliverable"
       elif $detail == "CANCELLED" or $detail == "TRACKING_EXPIRED" then "partner.unknown_status"
       else "parcel.scanned" end)
    else "partner.unknown_status" end;

if .body.resource_type != "API_TRACK" then []
  else
    .body.data
    | if (.tracking_number // "") == "" then error("no tracking number") else . end
    | ((.events // []) | sort_by(.occurred_at) | reverse | .[0]) as $newest
    | (.status_detail_code // "") as $detail
    | [{
        type: meaning,
        id: "\(.tracking_number):\(.status_code):\($newest.occurred_at // ""):\(.carrier_status_code // "")",
        occurred_at: ($newest.occurred_at // ""),
        data: {
          tracking: .tracking_number,
          carrier: (.carrier_code // ""),
          place: (if meaning == "return.label_issued" then "" else ($newest.city_locality // "") end),
          raw_code: (.status_code + (if $detail == "" then "" else "/" + $detail end))
        }
      }]
  end
