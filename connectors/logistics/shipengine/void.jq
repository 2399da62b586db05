# 200 is no promise: whether it was voided stands in the body.
def known: . == "label_already_used" or . == "label_not_found_within_void_period"
  or . == "contact_carrier" or . == "validation_failed" or . == "unknown" or . == "unspecified";

if .status < 200 or .status > 299 then {}
  elif .body.approved == true then {}
  elif .body.approved == false then
    if .body.reason_code == "label_already_voided" then {}
    else
      {outcome: "refused", reason: "not_cancellable",
       detail: (.body.reason_code // "" | if known then . else "" end)}
    end
  else error("whether it was voided is not told") end
