# 200 stands for yes only where the summary says so.
def codes: [((.body | objects | .response | objects | .errors) // [])[] | .code | tostring];

if .status < 200 or .status > 299 then
    codes as $codes
    | .settings.transient_codes as $transient
    | if ($codes | length) == 0 or .status == 401 or .status == 403 or .status == 429 then {}
      elif .status < 500 and ($codes | any(lookup($transient; .) == true)) then
        {outcome: "not_done", reason: "unavailable", detail: ("UPS " + ($codes | join(", ")))}
      elif .status < 500 then
        {outcome: "refused", reason: "not_cancellable", detail: ("UPS " + ($codes | join(", ")))}
      else {} end
  else
    (.body.VoidShipmentResponse.SummaryResult.Status.Code // error("the answer does not say whether it was voided"))
    | if . == "1" then {}
      else {outcome: "refused", reason: "not_cancellable", detail: "the summary does not say voided"} end
  end
