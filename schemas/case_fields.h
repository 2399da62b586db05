// The members of the case and all it holds, in their order. Constants; any thread.
#pragma once

#include "schemas/case.h"
#include "schemas/fields.h"

namespace returns {

RETURNS_FIELDS(CaseKey, shop, order_id)
RETURNS_FIELDS(OrderLine, id, sku, brand, warehouse, item_class, quantity, paid_minor, tax_minor,
               tax_rate, shipping_minor, granted_shipping_minor, granted_units, granted_minor,
               granted_tax_minor)
RETURNS_FIELDS(Tender, id, kind, connection, reference, executor, captured_minor, reconciled,
               captured_at)
RETURNS_FIELDS(Dispute, tender_id, reference, amount_minor, state, reply_by)
RETURNS_FIELDS(Return, id, requested_at, reason, resolution, statutory, rules_hash, connection,
               route, unrouted, partner_reference, tracking, carrier, label_url, label_asked_by,
               label_request, label_told, partner_status, partner_status_at, legal_deadline,
               posted_at, received_at, accepted_at, stalls, shipping_minor, exchange_minor,
               advance_minor, advanced_at, acted_by)
RETURNS_FIELDS(Slice, id, return_id, line_id, reason, quantity, state, entered_at, due_at,
               timer_step, rank, evidence, received, vested, vested_minor, gross_minor, tax_minor,
               fee_percent, restocking_minor, label_fee_minor, withheld_minor, grade, liable, cause,
               stalled_at)
RETURNS_FIELDS(Leg, id, return_id, tender_id, executor, amount_minor, state, entered_at, due_at,
               timer_step, legal_deadline, reference, key, key_first_sent_at, key_in_doubt,
               attempts, their_reference, failed, adopted, paid, offset, cause, held_for,
               stalled_at)
RETURNS_FIELDS(Command, number, operation, connection, return_id, leg, ticket, reference, key,
               about, amount_minor, body, state, attempts, not_before, first_sent_at, due_at,
               approved_by, seconded_by, confirm)
RETURNS_FIELDS(Ticket, id, return_id, episode, state, cause, their_reference, connection, opened_at)
RETURNS_FIELDS(HeldEvent, journal, event)
RETURNS_FIELDS(Case, key, version, created_at, recorded_at, placed, order_due_at, order_cancelled,
               placed_at, delivered_at, currency, jurisdiction, country, shipping_minor,
               shipping_granted, mail_digest, phone_digest, quarantine, contested, stalled_at,
               folded, missing, missing_named, missing_told_at, lines, tenders, disputes, returns,
               slices, legs, commands, tickets, held, next_id, chain, seen)

}  // namespace returns
