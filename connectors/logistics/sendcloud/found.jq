# Ours on a page of returns. They can be asked for by date only.
if .status < 200 or .status > 299 then {}
  else
    .command.reference as $reference
    | [.body.data[] | select(.order_number == $reference)] as $ours
    | if ($ours | length) > 0 then
        ($ours | sort_by(.created_at) | .[0])
        | {their_reference: (.id // "" | tostring), status: (.status // ""),
           tracking: (.tracking_number // ""), label_url: (.label_url // "")}
      elif (.body.next // "") != "" then {outcome: "not_done", answer: "", reason: "list_incomplete"}
      else {answer: "absent"} end
  end
