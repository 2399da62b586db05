# A number may be turned down inside a good answer. To ask again does no harm.
if .status < 200 or .status > 299 then
    .settings.transient_codes as $transient
    | [((.body | objects | .response | objects | .errors) // [])[] | .code | tostring] as $codes
    | if $codes | any(lookup($transient; .) == true) then
        {outcome: "not_done", reason: "unavailable", detail: ("UPS " + ($codes | join(", ")))}
      else {} end
  elif (.command.tracking as $asked | [(.body.validTrackingNumbers // error("no list of numbers in the answer"))[] | select(. == $asked)] | length) > 0
    then {}
  else {outcome: "refused", reason: "invalid", detail: "UPS takes no subscription for this number"} end
