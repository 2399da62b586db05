#include "gateway/connector_skeleton.h"

#include "connectors/signature.h"
#include "schemas/check.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using connectors::Connector;

constexpr std::string_view kManifest = R"({
  "name": "@KIND@/@NAME@",
  "title": "@NAME@: say here which API this is, and its version",
  "version": "1",
  "proven_on": "contract",
  "auth": {"type": "bearer", "secret": "api_token"},
  "settings": {
    "api_token": {"secret": true, "required": true, "sentence": "Their token for our calls."},
    "webhook_secret": {"secret": true, "required": true,
      "sentence": "Their secret for callbacks; a list while it is being changed."}
  },
  "operations": {
    "@OPERATION@": {
      "method": "POST",
      "path": "/@PATH@",
      "body": "json",
      "request": "create.jq",
      "reply": "reply.jq",
      "answers": [
        {"status": "2xx", "outcome": "done", "answer": "accepted"},
        {"status": 422, "outcome": "refused", "reason": "invalid"}
      ]
    }
  },
  "callbacks": {
    "signature": {
      "scheme": "hmac-sha256",
      "header": "webhook-signature",
      "format": "tags",
      "tag": "v1",
      "encoding": "base64",
      "key": "base64",
      "key_prefix": "whsec_",
      "content": "{id}.{timestamp}.{body}",
      "id_header": "webhook-id",
      "time_header": "webhook-timestamp",
      "tolerance_s": 300
    },
    "keys": "webhook_secret",
    "mapping": "callback.jq"
  },@PAYMENT@
  "cannot_tell": ["Write here, in sentences, what this partner never says."]
}
)";

constexpr std::string_view kReply =
    R"(# Their answer. Input: {status, headers, body, command, settings}; output: what is known
# beyond the status, here their name for it. An answer that says nothing is doubt.
if .status < 200 or .status > 299 then {}
elif .body.id == null then error("no id in the answer")
else {their_reference: (.body.id | tostring)} end
)";

constexpr std::string_view kContract = R"({
  "about": "Fields we send and read; write here which documentation they are from.",
  "operations": {
    "@OPERATION@": {
      "headers": ["Authorization"],
      "body": @BODY_SCHEMA@,
      "answers": {
        "201": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
      }
    }
  },
  "callbacks": {
    "type": "object",
    "required": ["reference", "status"],
    "properties": {"reference": {"type": "string"}, "status": {"type": "string"},
      "at": {"type": "string"}}
  }
}
)";

constexpr std::string_view kSettings = R"("settings": {
    "api_token": "test-token-of-ours",
    "webhook_secret": "whsec_dGVzdC1zZWNyZXQtb2Ytb3Vycy0wMDAwMDA="
  })";

constexpr std::string_view kCommands = R"({
  @SETTINGS@,
  "cases": [
    {
      "name": "what we ask for",
      "encode": "@OPERATION@",
      "command": @COMMAND@,
      "gives": {
        "method": "POST",
        "path": "/@PATH@",
        "headers": {"Authorization": "Bearer <secret>", "Content-Type": "application/json"},
        "body": @BODY@
      }
    },
    {
      "name": "they accept it",
      "decode": "@OPERATION@",
      "command": @COMMAND@,
      "answer": {"status": 201, "headers": {}, "body": {"id": "P-9"}, "complete": true},
      "gives": {"outcome": "done", "answer": "accepted", "their_reference": "P-9"}
    },
    {
      "name": "they refuse it",
      "decode": "@OPERATION@",
      "command": @COMMAND@,
      "answer": {"status": 422, "headers": {}, "body": {}, "complete": true},
      "gives": {"outcome": "refused", "reason": "invalid", "detail": "HTTP 422"}
    }
  ]
}
)";

constexpr std::string_view kCallbacks = R"({
  @SETTINGS@,
  "cases": [
    {
      "name": "signed by the kit with the first secret",
      "callback": {
        "id": "msg_1",
        "at": "2026-02-28T10:00:05Z",
        "body": @TOLD@
      },
      "gives": [@EVENT@]
    },
    {
      "name": "as it came; put one that they signed in its place",
      "callback": {
        "id": "msg_1",
        "now": "2026-02-28T10:00:06Z",
        "at": "2026-02-28T10:00:05Z",
        "headers": @SIGNED@,
        "body": @TOLD@
      },
      "gives": [@EVENT@]
    },
    {
      "name": "a word nobody told us of",
      "callback": {
        "id": "msg_2",
        "at": "2026-02-28T10:00:05Z",
        "body": {"reference": "R-17", "status": "on_the_moon", "at": "2026-02-28T09:59:00Z"}
      },
      "gives": [
        {
          "type": "partner.unknown_status",
          "source_id": "msg_2",
          "occurred_at": "2026-02-28T09:59:00.000Z",
          "data": {"our_reference": "R-17", "raw_code": "on_the_moon"}
        }
      ]
    }
  ]
}
)";

constexpr std::string_view kReadme = R"(# @NAME@

What connector.json says, since JSON holds no comments. All keys: connectors/README.md of Backhaul.

- `auth`: how we sign in with them: `Authorization: Bearer <api_token>`.
- `settings`: what whoever sets up a connection gives; secrets never reach a mapping.
- `operations`: what we ask of them. `create.jq` makes the body, `reply.jq` reads the answer;
  `answers` says which status means what. Add `check`, a harmless GET, so that `backhaul check` can
  see whether we are let in.
- `payment`, of payment connectors only: what their refunds are like. How money is sent again,
  looked up or paid another way follows from it alone.
- `callbacks.signature`: how they sign, here Standard Webhooks. Compare with their documentation,
  byte for byte.
- `callbacks.mapping`: `callback.jq`, their words to our events.
- `cannot_tell`: sentences for people, what this partner never says. What follows from the mappings
  is found by itself.

`contract.json` holds the fields we send and read, as JSON Schema. `fixtures/` holds cases: what we
send for a command, what we make of an answer and of a callback. Take values of your own, never
real customers.

```
backhaul connector test .
backhaul connector try . --callback FILE --headers FILE --secret env:SECRET
```
)";

struct KindParts {
    std::string_view kind, operation, path, payment, create, callback, body_schema, command, body,
        told, event;
};

constexpr KindParts kKinds[] = {
    {"logistics", "return.create", "returns", "",
     R"(# A return to expect. Input: {command, settings}; output: {query, headers, body}.
.command
| {body: {reference: .reference, items: [.lines[] | {line: .id, sku: .sku, quantity: .quantity}]}}
)",
     R"(# What they tell us. Input: {headers, body, message: {id, at}, settings}; output: events.
.body
| {our_reference: .reference, raw_code: .status} as $ids
| if .status == "received" then
    [{type: "parcel.delivered", occurred_at: .at, data: $ids}]
  elif .status == "inspected" then
    # Counts are those of the line so far, not what came new.
    [{type: "return.inspected", occurred_at: .at,
      data: ($ids + {lines: [.items[] | {id: .line, accepted: .good, rejected: .bad}]})}]
  else
    # A word nobody told us of is kept, counted and shown.
    [{type: "partner.unknown_status", occurred_at: .at, data: $ids}]
  end
)",
     R"({
        "type": "object",
        "required": ["reference", "items"],
        "properties": {"reference": {"type": "string"}, "items": {"type": "array",
          "items": {"type": "object", "required": ["line", "quantity"]}}}
      })",
     R"({"return_id": "R-17", "order_id": "1001", "reference": "R-17",
        "statutory": true, "reason": "too_small",
        "lines": [{"id": "1", "sku": "LAMP", "quantity": 1, "reason": "too_small"}]})",
     R"({"reference": "R-17", "items": [{"line": "1", "sku": "LAMP", "quantity": 1}]})",
     R"({"reference": "R-17", "status": "inspected", "at": "2026-02-28T09:59:00Z",
          "items": [{"line": "1", "good": 1, "bad": 0}]})",
     R"(
        {
          "type": "return.inspected",
          "source_id": "msg_1",
          "occurred_at": "2026-02-28T09:59:00.000Z",
          "data": {"our_reference": "R-17", "raw_code": "inspected",
            "lines": [{"id": "1", "accepted": 1, "rejected": 0}]}
        }
      )"},
    {"payment", "refund.create", "refunds", R"(
  "payment": {"key_window_s": 0, "lookup_by_our_reference": false, "stores_refusals": false,
    "low_balance": "refuses", "settled_by": "answer", "partial": "allowed"},)",
     R"(# A refund. Amounts are whole minor units. Input: {command, settings}.
.command
| {body: {reference: .reference, payment: .payment_reference, amount: .amount_minor,
          currency: .currency}}
)",
     R"(# What they tell us. Input: {headers, body, message: {id, at}, settings}; output: events.
.body
| {our_reference: .reference, raw_code: .status} as $ids
| if .status == "paid" then
    [{type: "refund.settled", occurred_at: .at,
      data: ($ids + {amount_minor: .amount, currency: .currency})}]
  else
    # A word nobody told us of is kept, counted and shown.
    [{type: "partner.unknown_status", occurred_at: .at, data: $ids}]
  end
)",
     R"({
        "type": "object",
        "required": ["reference", "payment", "amount", "currency"],
        "properties": {"amount": {"type": "integer", "minimum": 1}}
      })",
     R"({"reference": "1001-F1", "key": "key-1", "amount_minor": 1299, "currency": "EUR",
        "payment_reference": "pay_1", "return_id": "R-17", "order_id": "1001",
        "reason": "return"})",
     R"({"reference": "1001-F1", "payment": "pay_1", "amount": 1299, "currency": "EUR"})",
     R"({"reference": "1001-F1", "status": "paid", "at": "2026-02-28T09:59:00Z",
          "amount": 1299, "currency": "EUR"})",
     R"(
        {
          "type": "refund.settled",
          "source_id": "msg_1",
          "occurred_at": "2026-02-28T09:59:00.000Z",
          "data": {"our_reference": "1001-F1", "raw_code": "paid", "amount_minor": 1299,
            "currency": "EUR"}
        }
      )"},
    {"desk", "ticket.create", "tickets", "",
     R"(# A ticket. Input: {command, settings}.
.command | {body: {reference: .reference, title: .title, text: .text, priority: .priority}}
)",
     R"(# What they tell us. Input: {headers, body, message: {id, at}, settings}; output: events.
.body
| if .status == "resolved" then
    [{type: "ticket.resolved", occurred_at: .at, data: {ticket_reference: .reference}}]
  else
    # A word nobody told us of is kept, counted and shown.
    [{type: "partner.unknown_status", occurred_at: .at,
      data: {our_reference: .reference, raw_code: .status}}]
  end
)",
     R"({"type": "object", "required": ["reference", "title", "text"]})",
     R"({"reference": "1001-T1", "title": "Stalled: return R-17", "text": "What stands still",
        "priority": "medium"})",
     R"({"reference": "1001-T1", "title": "Stalled: return R-17", "text": "What stands still",
          "priority": "medium"})",
     R"({"reference": "1001-T1", "status": "resolved", "at": "2026-02-28T09:59:00Z"})",
     R"(
        {
          "type": "ticket.resolved",
          "source_id": "msg_1",
          "occurred_at": "2026-02-28T09:59:00.000Z",
          "data": {"ticket_reference": "1001-T1"}
        }
      )"}};

void Put(std::string& text, std::string_view mark, std::string_view value) {
    for (std::size_t at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + value.size()))
        text.replace(at, mark.size(), value);
}

// The headers that the example carries, made with the secret that stands beside it.
std::string Signed(const std::string& manifest, std::string_view told) {
    const auto json = ParseJson(manifest);
    const auto body = ParseJson(told);
    CHECK(json.ok() && body.ok());
    const auto recipe = connectors::SignatureRecipe::Load((*json)["callbacks"]["signature"]);
    CHECK(recipe.ok());
    const std::string bytes = WriteJson(*body);
    const connectors::HttpHeaders none;
    const auto headers =
        recipe->Sign("msg_1", *ParseInstant("2026-02-28T10:00:05Z"), {"POST", "", "", &none, bytes},
                     "whsec_dGVzdC1zZWNyZXQtb2Ytb3Vycy0wMDAwMDA=");
    CHECK(headers.ok());
    Json object = Json::Object();
    for (const auto& [name, value] : *headers) object.Set(name, Json::String(value));
    return WriteJson(object);
}

bool PlainName(std::string_view name) {
    return !name.empty() && name.size() <= 60 && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

}  // namespace

Result<Connector::Files> SkeletonOf(const std::string& kind_and_name) {
    const std::size_t slash = kind_and_name.find('/');
    const std::string kind = kind_and_name.substr(0, slash);
    const std::string name = slash == kind_and_name.npos ? "" : kind_and_name.substr(slash + 1);
    const auto* parts = std::find_if(std::begin(kKinds), std::end(kKinds),
                                     [&](const KindParts& each) { return each.kind == kind; });
    if (kind == "shop")
        return Invalid(
            "making a connector: a shop's events come by topic; copy connectors/shop/"
            "oms-example and change it");
    if (parts == std::end(kKinds))
        return Invalid("making a connector: '" + kind_and_name +
                       "' must be KIND/NAME, with kind logistics, payment or desk");
    if (!PlainName(name))
        return Invalid("making a connector: the name '" + name +
                       "' must be lower-case letters, digits and dashes, at most 60");
    const auto fill = [&](std::string_view form) {
        std::string text(form);
        Put(text, "@SETTINGS@", kSettings);
        Put(text, "@COMMAND@", parts->command);
        Put(text, "@BODY_SCHEMA@", parts->body_schema);
        Put(text, "@BODY@", parts->body);
        Put(text, "@TOLD@", parts->told);
        Put(text, "@EVENT@", parts->event);
        Put(text, "@PAYMENT@", parts->payment);
        Put(text, "@OPERATION@", parts->operation);
        Put(text, "@PATH@", parts->path);
        Put(text, "@KIND@", kind);
        Put(text, "@NAME@", name);
        return text;
    };
    Connector::Files files = {{"connector.json", fill(kManifest)},
                              {"contract.json", fill(kContract)},
                              {"create.jq", std::string(parts->create)},
                              {"reply.jq", std::string(kReply)},
                              {"callback.jq", std::string(parts->callback)},
                              {"README.md", fill(kReadme)},
                              {"fixtures/commands.json", fill(kCommands)},
                              {"fixtures/callbacks.json", fill(kCallbacks)}};
    Put(files["fixtures/callbacks.json"], "@SIGNED@", Signed(files["connector.json"], parts->told));
    return files;
}

}  // namespace returns::gateway
