# A label as they tell it, new or looked up, and what their errors mean.
def code: ((.body | objects | .errors) // [])[0] | objects | .error_code // "";

if .status < 200 or .status > 299 then
    ([code] | .[0] // "") as $code
    | if $code == "" or .status == 404 then {}
      elif $code == "rate_limit_exceeded" then
        {outcome: "not_done", reason: "rate_limited", detail: $code}
      elif .status >= 400 and .status < 500 then {detail: $code}
      else {} end
  else
    .body
    | if (.label_id // "") == "" then error("no label in the answer") else . end
    | if .status == "error" then
        {outcome: "refused", answer: "", reason: "invalid", detail: "the label could not be made",
         their_reference: .label_id, status: .status}
      else
        {their_reference: .label_id, status: (.status // ""),
         tracking: (.tracking_number // ""), carrier: (.carrier_code // ""),
         label_url: (.label_download.pdf // .label_download.href // "")}
      end
  end
