# An incident, alone or in a list, as the answer to a command or in a callback.

def marked($reference; $field):
  ((.description // "") | contains("[backhaul:" + $reference + "]"))
  or ([(.custom_fields_values // [])[] | select(.name == $field and .value == $reference)]
      | length > 0);

def reference($field):
  ([(.custom_fields_values // [])[] | select(.name == $field) | .value] | .[0]) // "";

def open_first($states): (lookup($states; .state) // "") as $means
  | if $means == "resolved" or $means == "cancelled" then 1 else 0 end;

def events($settings):
  {ticket_reference: (.id | tostring), our_reference: reference($settings.reference_field),
   raw_code: .state} as $data
  | lookup($settings.states; .state) as $means
  | {id: "incident:\(.id):\(.state):\(.updated_at)", occurred_at: (.updated_at // ""), data: $data}
  | if $means == null then [. + {type: "partner.unknown_status"}]
    elif $means == "" then []
    else [. + {type: ("ticket." + $means)}] end;

def one: {their_reference: (.id | tostring), status: (.state // "")};

.settings as $settings
| if .command == null then .body | (.incident // .) | events($settings)
  elif .status < 200 or .status > 299 then {}
  else
    .command as $command
    | ((.headers["x-total-pages"] // "1") as $pages | $pages != "1" and $pages != "0") as $more
    | .body
    | if type == "object" and has("incidents") then .incidents else . end
    | if type == "array" then
        [.[] | select(marked($command.reference; $settings.reference_field))]
        | sort_by([open_first($settings.states), .id])
        | if length > 0 then .[0] | one + {answer: "found", events: events($settings)}
          elif $more then {outcome: "not_done", reason: "list_incomplete"}
          else {answer: "absent"} end
      else (.incident // .)
        | if .id == null then error("no id in the answer") else one end
      end
  end
