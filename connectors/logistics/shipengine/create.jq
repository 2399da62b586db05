# A label from the customer to the warehouse, known to them by our reference.
.settings as $s
| .command
| if (.reference | length) > 50 then error("the return's id is longer than 50 characters") else . end
| {
    body: {
      shipment: {
        carrier_id: $s.carrier_id,
        service_code: $s.service_code,
        external_shipment_id: .reference,
        ship_from: $s.sender,
        ship_to: $s.warehouse,
        packages: [{weight: {value: $s.weight_g, unit: "gram"}}]
      },
      is_return_label: true,
      rma_number: .reference,
      charge_event: $s.charge_event,
      label_format: $s.label_format,
      label_download_type: "url"
    }
  }
