.body
| {our_reference: .reference, their_reference: .return, raw_code: .type} as $ids
| [{type: .type, occurred_at: .at,
    data: (if .lines == null then $ids
           else $ids + {lines: [.lines[] | {id: "sku:\(.sku)", sku: .sku, received: .received,
             accepted: .accepted, rejected: .rejected, mismatch: (.mismatch // "")}]} end)}]
