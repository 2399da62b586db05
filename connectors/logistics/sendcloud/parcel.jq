# Two forms of one thing: a webhook of the integration, and an event of a subscription.

# What an exception says beyond the phase it comes in; those of the label are nothing to a return.
def by_exception:
  {none: "phase", changed: "phase", claim: "phase", claimable: "phase", customer_support: "phase",
   customs_issue: "phase", delay_unknown: "phase", delivery_delay: "phase",
   handover_delay: "phase", hold: "phase", relabelled: "phase", sorting_delay: "phase",
   damaged: "parcel.damaged", non_conformity: "parcel.damaged",
   missing: "parcel.lost", off_radar: "parcel.lost",
   refused: "parcel.undeliverable", customer_rejected: "parcel.undeliverable",
   returned_sender: "parcel.undeliverable", pup_expiration: "parcel.undeliverable",
   address_error: "parcel.undeliverable",
   dropoff_expiration: "nothing", cancelled: "nothing", cancelled_upstream: "nothing",
   cancelling: "nothing", cancelling_upstream: "nothing", cancellation_failed: "nothing",
   announcement_failed: "nothing"};

def by_phase:
  {ready_to_send: "return.label_issued", labelled: "return.label_issued",
   no_label: "return.label_issued", announced: "return.label_issued",
   dropped: "parcel.scanned", accepted: "parcel.scanned", sorted: "parcel.scanned",
   in_transit: "parcel.scanned", customs: "parcel.scanned", in_delivery: "parcel.scanned",
   attempted: "parcel.scanned", pup: "parcel.scanned",
   delivered: "parcel.delivered", delivery_forced: "parcel.delivered",
   announcing: "nothing", cancelled: "nothing"};

def kind:
  if .is_returned == true then "parcel.undeliverable"
  else
    (lookup(by_exception; .exception) // "partner.unknown_status") as $kind
    | if $kind == "phase" then lookup(by_phase; .phase) // "partner.unknown_status" else $kind end
  end;

# A label without a number says nothing yet.
def said($kind; $tracking):
  $kind != "nothing" and ($kind != "return.label_issued" or $tracking != "");

def of_subscription:
  .parcel as $parcel
  | .event
  | kind as $kind
  | ($parcel.tracking_number // "") as $tracking
  | select(said($kind; $tracking))
  | {type: $kind,
     id: "\($parcel.parcel_id):\(.timestamp):\(.phase):\(.exception)",
     occurred_at: .timestamp,
     data: {tracking: $tracking, carrier: ($parcel.carrier_code // ""),
            place: (.location_details.city // ""),
            raw_code: (.phase + (if .exception == "none" then "" else ":" + .exception end))}};

def of_webhook($statuses):
  .timestamp as $at
  | .parcel
  | (lookup($statuses; .status.id | tostring) // "unknown") as $word
  | select($word != "nothing")
  | {type: ({label: "return.label_issued", scanned: "parcel.scanned",
             delivered: "parcel.delivered", undeliverable: "parcel.undeliverable",
             damaged: "parcel.damaged", lost: "parcel.lost"} as $types
            | lookup($types; $word) // "partner.unknown_status"),
     id: "\(.id):\($at):\(.status.id)",
     data: {our_reference: (.order_number // ""), tracking: (.tracking_number // ""),
            label_url: (.label.label_printer // ""), raw_code: (.status.id | tostring)}};

.settings.statuses as $statuses
| .body
| if .event_type == "parcels.event.created" then [.data | of_subscription]
  elif .action == "parcel_status_changed" then [of_webhook($statuses)]
  else [] end
