# A return to expect.
.settings as $settings
| .command
| {
    body: {
      fulfillment_center: {id: $settings.fulfillment_center_id},
      reference_id: .reference,
      inventory: (
        .lines
        | group_by(.sku)
        | map({
            id: .[0].their_sku,
            quantity: (map(.quantity) | add),
            requested_action: $settings.requested_action
          })
      )
    }
  }
