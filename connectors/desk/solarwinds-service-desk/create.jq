# The reference stands in a custom field and, for desks that lack it, in the first line.
def given(name; $value): if ($value // "") == "" then {} else {(name): $value} end;
def named(name; $value): if ($value // "") == "" then {} else {(name): {name: $value}} end;
def lines: split("\n") | map(@html) | join("<br>");

.settings as $settings
| .command
| {
    query: (if $settings.automation then {add_callbacks: true} else {} end),
    body: {
      incident: (
        {
          name: .title,
          description: ("<p>[backhaul:" + (.reference | @html) + "]</p><p>" + (.text | lines)
                        + "</p>"),
          priority: (lookup($settings.priorities; .priority) // "Medium"),
          requester: {email: $settings.requester},
          custom_fields_values: {
            custom_fields_value: [{name: $settings.reference_field, value: .reference}]
          }
        }
        + given("due_at"; .due_at)
        + (if ($settings.assignee // "") == "" then {} else {assignee: {email: $settings.assignee}}
           end)
        + named("category"; $settings.category)
        + named("subcategory"; $settings.subcategory)
      )
    }
  }
