# One event for one attempt: its id is the attempt's key, so that a repeat is known as one.
.settings as $settings
| .command
| {
    key: .order_id,
    headers: {"content-type": "application/cloudevents+json"},
    value: {
      specversion: "1.0",
      id: (.key // .reference),
      source: $settings.source,
      type: "refund.requested",
      subject: .order_id,
      datacontenttype: "application/json",
      data: {
        order_id, return_id, our_reference: .reference, amount_minor, currency, tender_id,
        payment_reference, method
      }
    }
  }
