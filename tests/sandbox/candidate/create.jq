{body: {reference: .command.reference, order: .command.order_id,
  lines: [.command.lines[] | {sku: .sku, quantity: .quantity}]}}
