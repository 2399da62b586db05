# The number of the return; the label comes later.
if .status < 200 or .status > 299 then
    ([((.body | objects | .errors) // [])[] | .code // "" | tostring] | .[0] // "") as $code
    | if .status == 401 or .status == 403 or .status == 429 or .status > 499 or $code == "" then {}
      else {detail: $code} end
  elif .body.return_id == null then error("no number of the return in the answer")
  else {their_reference: (.body.return_id | tostring)} end
