# Where a parcel is: every activity they know, of which the newest of each meaning is told.
# YYYYMMDD and HHMMSS, as they write them: zeros in front may be missing, marks may stand between.
def digits: split("-") | join("") | split(":") | join("");
def clock: if length == 5 then "0" + . else . end;
def moment($date; $time):
  (($date // "") | digits) as $d
  | (($time // "") | digits | clock) as $t
  | if ($d | length) == 8 and ($t | length) == 6 then
      "\($d[0:4])-\($d[4:6])-\($d[6:8])T\($t[0:2]):\($t[2:4]):\($t[4:6])Z"
    else "" end;

# What an activity means for a parcel on its way to us.
def meaning($activities):
  lookup($activities; .type + "/" + .code) as $told
  | if $told != null then $told
    elif .type == "M" then "label"
    elif .type == "MV" then "nothing"
    elif .type == "D" and (.code == "FS" or .code == "KB" or .code == "F4") then "delivered"
    elif .type == "I" or .type == "P" or .type == "O" then "scanned"
    elif .type == "RS" then "undeliverable"
    else "unknown" end;

def event($activities):
  meaning($activities) as $meaning
  | lookup({label: "return.label_issued", scanned: "parcel.scanned", delivered: "parcel.delivered",
            damaged: "parcel.damaged", lost: "parcel.lost", undeliverable: "parcel.undeliverable",
            unknown: "partner.unknown_status"}; $meaning) as $type
  | if $type == null then empty
    else {type: $type, occurred_at: .at,
          data: {tracking: .tracking, carrier: "ups", raw_code: (.type + "/" + .code),
                 place: (if $meaning == "label" then "" else .place end)}} end;

def list: if type == "array" then .[] elif . == null then empty else . end;

def scans:
  .trackingNumber as $tracking
  | .activity | list
  | {tracking: $tracking,
     type: (.status.type // ""),
     code: (.status.code // ""),
     at: moment(.gmtDate; .gmtTime),
     place: ([.location.address.city, (.location.address.countryCode // .location.address.country)]
             | map(select(. != null and . != "")) | join(", "))};

def known($activities):
  [.trackResponse.shipment | list | .package | list] as $parcels
  | if ($parcels | length) == 0 then {answer: "absent"}
    else
      ([$parcels[] | scans] | reverse | map([event($activities)]) | add // []) as $events
      | ($parcels[0].activity | [list] | .[0].status) as $last
      | {answer: "found",
         their_reference: $parcels[0].trackingNumber,
         tracking: $parcels[0].trackingNumber,
         carrier: "ups",
         status: (if $last == null then "" else ($last.type // "") + "/" + ($last.code // "") end),
         events: ($events | group_by(.type) | map(max_by(.occurred_at)) | sort_by(.occurred_at))}
    end;

if .status < 200 or .status > 299 then {}
  elif .body.trackResponse == null then error("the answer tells of no shipment, not even of none")
  else .settings.activities as $activities | .body | known($activities) end
