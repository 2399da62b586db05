# The shipment's number, or why there is none. Errors that pass by themselves are told by their code.
def one: if type == "array" then .[0] else . end;
def errors($body): [(($body | objects | .response | objects | .errors) // [])[]];

if .status < 200 or .status > 299 then
    errors(.body) as $errors
    | .settings.transient_codes as $transient
    | ($errors | map(.code | tostring)) as $codes
    | if ($codes | length) == 0 or .status == 401 or .status == 403 or .status == 429 then {}
      elif .status < 500 and ($codes | any(lookup($transient; .) == true)) then
        {outcome: "not_done", reason: "unavailable", detail: ("UPS " + ($codes | join(", ")))}
      elif .status < 500 then {detail: ("UPS " + ($codes | join(", ")))}
      else {} end
  else
    .body.ShipmentResponse.ShipmentResults as $made
    | ($made.PackageResults | one) as $package
    | if ($made.ShipmentIdentificationNumber // "") == "" then error("no shipment number in the answer") else . end
    | {their_reference: $made.ShipmentIdentificationNumber,
       tracking: ($package.TrackingNumber // $made.ShipmentIdentificationNumber),
       carrier: "ups",
       label_url: ($made.LabelURL // "")}
  end
