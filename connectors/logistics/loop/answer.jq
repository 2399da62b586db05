# Their number for the label, or the reason repeated; of refusals their code, in whichever of three
# shapes it comes.
if .status == 409 then
  {detail: ((.body.error.code // .body.errors.code // .body.code // "") | tostring)}
elif .status >= 200 and .status <= 299 then
  if .body.id != null then {their_reference: (.body.id | tostring)}
  elif .body.reason != null then {}
  else error("neither a number nor a reason in the answer") end
elif (.body | type) == "object" then
  ((.body.error.code // .body.errors.code // .body.code) as $code
   | if $code == null then {} else {detail: ($code | tostring)} end)
else {} end
