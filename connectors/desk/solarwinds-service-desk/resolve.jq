# Only what changes is sent. The text goes as a comment of its own.
.settings as $settings
| {
    query: (if $settings.automation then {add_callbacks: true} else {} end),
    body: {incident: {state: $settings.resolved_state}}
  }
