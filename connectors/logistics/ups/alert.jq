# A Track Alert: one activity of one parcel. They give it no id; what it says makes one.
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

.settings.activities as $activities
| .body
| {tracking: .trackingNumber,
   type: (.activityStatus.type // ""),
   code: (.activityStatus.code // ""),
   at: moment(.gmtActivityDate; .gmtActivityTime),
   place: ([.activityLocation.city, .activityLocation.country] | map(select(. != null and . != "")) | join(", "))}
| . as $one
| [event($activities)
   | . + {id: "\($one.tracking):\($one.at):\($one.type)/\($one.code)"}]
