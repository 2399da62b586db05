# A return shipment, bought in the same call. The two addresses stand as for the way out: they turn
# them round themselves.
.settings as $s
| .command
| {
    body: {
      shipment: {
        to_address: $s.sender,
        from_address: $s.warehouse,
        parcel: {weight: $s.weight_oz},
        is_return: true,
        reference: .reference,
        carrier_accounts: [$s.carrier_account],
        service: $s.service
      }
    }
  }
