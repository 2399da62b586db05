# The label of a return, for the request they made. A price is required of us.
.settings as $settings
| .command
| {
    body: {
      label_request_id: (.request | (tonumber? // error("their number of the request is none"))),
      tracking_number: .tracking,
      carrier: (if .carrier == "" then "Other" else .carrier end),
      label_url: .label_url,
      rate: {amount: $settings.label_cost_minor, currency_code: .currency}
    }
  }
