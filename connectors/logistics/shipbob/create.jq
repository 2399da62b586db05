# A return to expect. What has no inventory id cannot be announced.
def inventory_id(table): . as $sku
  | lookup(table; $sku)
  | if . == null then error("SKU " + $sku + " has no inventory id in the settings") else . end;

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
            id: (.[0].sku | inventory_id($settings.inventory)),
            quantity: (map(.quantity) | add),
            requested_action: $settings.requested_action
          })
      )
    }
  }
