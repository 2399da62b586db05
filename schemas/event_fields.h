// The members of the event structs, in their order. Constants; any thread.
#pragma once

#include "schemas/event.h"
#include "schemas/fields.h"

namespace returns {

RETURNS_FIELDS(EventLine, id, quantity, sku, brand, warehouse, item_class, unit_price_minor,
               tax_minor, tax_rate, discount_minor, reason, received, accepted, rejected, grade,
               disposition, mismatch)
RETURNS_FIELDS(Customer, name, mail, phone, mail_digest, phone_digest)
RETURNS_FIELDS(TenderFact, id, kind, connection, reference, amount_minor)
RETURNS_FIELDS(AttemptFact, command, number, key, connector_hash, answer, reason, detail, retry_key,
               retry_at)
RETURNS_FIELDS(EventData, return_id, lines, currency, shipping_minor, discount_minor, jurisdiction,
               country, customer, tender, resolution, exchange_minor, statutory, reason, tracking,
               carrier, label_url, place, raw_code, amount_minor, tender_id, their_reference,
               our_reference, payment_reference, reply_by, ticket_reference, by, second, action,
               subject, missing, attempt)

}  // namespace returns
