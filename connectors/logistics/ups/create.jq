# A shipment from the customer to the warehouse, with a label to send to the customer.
def address:
  {AddressLine: .lines, City: .city, StateProvinceCode: .state, PostalCode: .postal_code,
   CountryCode: .country}
  | with_entries(select(.value != null));

.settings as $s
| .command
| if (.reference | length) > 35 then error("the return's id is longer than 35 characters, UPS takes no more") else . end
| {
    body: {
      ShipmentRequest: {
        Request: {
          SubVersion: "2409",
          RequestOption: "nonvalidate",
          TransactionReference: {CustomerContext: .reference}
        },
        Shipment: {
          Description: "Return",
          ReturnService: {Code: $s.return_service},
          Shipper: {Name: $s.warehouse.name, ShipperNumber: $s.account,
                    Address: ($s.warehouse | address)},
          ShipTo: {Name: $s.warehouse.name, Address: ($s.warehouse | address)},
          ShipFrom: {Name: $s.sender.name, Address: ($s.sender | address)},
          PaymentInformation: {
            ShipmentCharge: [{Type: "01", BillShipper: {AccountNumber: $s.account}}]
          },
          Service: {Code: $s.service},
          ShipmentServiceOptions: {LabelDelivery: {LabelLinksIndicator: ""}},
          Package: [{
            Description: "Return",
            Packaging: {Code: $s.packaging},
            PackageWeight: {UnitOfMeasurement: {Code: $s.weight_unit}, Weight: $s.weight},
            ReferenceNumber: [{Code: "RZ", Value: .reference}]
          }]
        },
        LabelSpecification: {
          LabelImageFormat: {Code: "GIF"},
          LabelStockSize: {Height: $s.label_stock.height, Width: $s.label_stock.width}
        }
      }
    }
  }
