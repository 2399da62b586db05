# A return to announce. The order number is our reference: a page of returns shows no other.
.settings as $s
| .command
| {
    body: {
      from_address: $s.sender,
      to_address: $s.warehouse,
      ship_with: {type: "shipping_option_code", shipping_option_code: $s.shipping_option_code},
      weight: {value: $s.weight_g, unit: "g"},
      external_reference: .reference,
      order_number: .reference,
      delivery_option: $s.delivery_option,
      send_tracking_emails: false,
      parcel_items: [
        .lines[]
        | {item_id: .id, sku, quantity, description: .sku, return_message: .reason}
        | with_entries(select(.value != null and .value != ""))
      ]
    }
  }
