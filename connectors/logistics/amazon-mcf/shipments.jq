# In which shipments the order's items went out: a return has to name one for each unit.
if .status < 200 or .status > 299 then {}
  elif .body.payload == null then error("no payload in the answer")
  else {facts: [(.body.payload.fulfillmentShipments // [])[]
                | select(.fulfillmentShipmentStatus == "SHIPPED")
                | .amazonShipmentId as $shipment
                | .fulfillmentShipmentItem[]
                | {item: .sellerFulfillmentOrderItemId, sku: .sellerSku, quantity: .quantity,
                   shipment: $shipment}]} end
