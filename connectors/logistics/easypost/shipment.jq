# A shipment as they tell it, alone or on a page. One without a label was made, but not bought.
def bought: (.tracking_code // "") != "" and .postage_label != null;

def one:
  {their_reference: .id, status: (.status // ""), tracking: .tracking_code,
   carrier: (.selected_rate.carrier // ""), label_url: (.postage_label.label_url // "")};

if .status < 200 or .status > 299 then
    (.body | objects | .error | objects | .code // "") as $code
    | if .status == 401 or .status == 403 or .status == 404 or .status == 429 or .status > 499 then {}
      else {detail: $code} end
  elif .command.lines == null then
    .command.reference as $reference
    | [.body.shipments[] | select(.reference == $reference and bought)] as $ours
    | if ($ours | length) > 0 then ($ours | sort_by(.created_at) | .[0] | one)
      elif .body.has_more == true then {outcome: "not_done", answer: "", reason: "list_incomplete"}
      else {answer: "absent"} end
  else
    .body
    | if (.id // "") == "" then error("no shipment in the answer") else . end
    | if bought then one
      else
        {outcome: "refused", answer: "", reason: "invalid",
         detail: ("not bought: " + ([(.messages // [])[] | .type // ""] | unique | join(", ")))}
      end
  end
