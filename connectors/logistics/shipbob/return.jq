# A return as they tell it: in the reply to a command, in a page of a look-up, in a callback.

# What was done as asked, or put back on the shelf, was acceptable; all else was not.
def as_asked($wanted): .action == "Restock" or (.action == $wanted and $wanted != null);

def line:
  (.action_requested.action) as $wanted
  | (.action_taken // []) as $taken
  | ([$taken[] | select(as_asked($wanted)) | .quantity_processed] | add // 0) as $accepted
  | ([$taken[] | select(as_asked($wanted) | not) | .quantity_processed] | add // 0) as $rejected
  | {their_sku: .id, sku: (.sku // ""), accepted: $accepted, rejected: $rejected,
     disposition: ([$taken[].action] | unique | join(",") | ascii_downcase),
     mismatch: (if $accepted + $rejected < .quantity then "short" else "" end)};

def events:
  {our_reference: (.reference_id // ""), their_reference: (.id | tostring),
   tracking: (.tracking_number // ""), raw_code: .status} as $ids
  | if .return_type == "ReturnToSender" or .return_type == "RTS" then []
    elif .status == "AwaitingArrival" then []
    elif .status == "Arrived" then
      [{type: "parcel.delivered", occurred_at: (.arrived_date // ""), data: $ids}]
    elif .status == "Processing" then
      [{type: "return.opened", occurred_at: (.processing_date // ""), data: $ids}]
    elif .status == "Completed" then
      [{type: "return.inspected", occurred_at: (.completed_date // ""),
        data: ($ids + {lines: [.inventory[] | line]})}]
    else [{type: "partner.unknown_status", data: $ids}] end;

def is_open: .status == "AwaitingArrival" or .status == "Arrived" or .status == "Processing";

def one:
  {their_reference: (.id | tostring), status: (.status // ""), tracking: (.tracking_number // "")};

def listed:
  {our_reference: (.reference_id // ""), their_reference: (.id | tostring),
   status: (.status // ""), open: is_open};

# A page of all that is open there.
def page($command):
  {listed: [.items[] | select(.return_type != "ReturnToSender" and .return_type != "RTS")
            | . as $it
            | listed + {events: [events[]
                | . + {id: "return:\($it.id):\($it.status):\($it.completed_date)"}]}],
   next: (if .next == null then ""
          else ($command.cursor | if . == "" then 1 else tonumber end) + 1 | tostring end)};

def found($command):
  [.items[] | select(.reference_id == $command.reference)] as $ours
  | if ($ours | length) > 0 then
      ($ours | sort_by(.id) | .[0])
      | one + {answer: "found", listed: [listed],
          events: [. as $it | events[]
                   | . + {id: "return:\($it.id):\($it.status):\($it.completed_date)"}]}
    elif .next != null then {outcome: "not_done", reason: "list_incomplete"}
    else {answer: "absent"} end;

if .command == null then
    (if (.headers["x-webhook-topic"] // "return.") | startswith("return.")
     then .body | events else [] end)
  elif .status < 200 or .status > 299 then
    {}
  elif (.body | has("items")) then
    .command as $command
    | .body
    | if $command.cursor != null then page($command) else found($command) end
  else .body | if .id == null then error("no id in the answer") else one end end
