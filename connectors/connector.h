// A connector: how one outside system speaks, loaded from a folder of data. Pure translation in
// both directions; sending, receiving, waiting and storing are the caller's.
//
// One instance serves one thread at a time (Running and Halt excepted): whoever needs more makes
// twins.
#pragma once

#include "connectors/http.h"
#include "connectors/jq.h"
#include "connectors/manifest.h"
#include "connectors/own_form.h"
#include "connectors/tells.h"
#include "schemas/event.h"
#include "schemas/json.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

// One return as a partner lists it.
struct Listed {
    std::string our_reference, their_reference, tracking, status;
    bool open = true;              // over there
    bool closed = false;           // and it should be so here; neither: their part is done
    std::vector<Envelope> events;  // what it says of the return
};

// What an attempt came to. Never holds secrets or personal data.
struct Outcome {
    OutcomeKind kind = OutcomeKind::kInDoubt;
    std::string answer;      // done: accepted, paid, found, absent, refused (a look-up saw it), ok
    std::string reason;      // otherwise: a word of README.md's list
    std::string detail;      // the partner's code and our sentence, at most 500 bytes
    bool retry_key = false;  // refused: a new attempt with a new key may succeed
    std::optional<Millis> retry_after;
    std::optional<std::int64_t> limit_milli, remaining;  // thousandths of a call a second; calls
    std::string their_reference;
    std::string our_reference, return_id;  // what a listed refund says it is for
    std::string status;                    // their word for the thing's state
    std::string tracking, carrier, label_url;
    std::optional<std::int64_t> amount_minor;
    std::string currency;
    std::vector<Listed> listed;    // of return.list, and of a look-up the one it found
    std::string next;              // return.list: where its next page begins; "": there is none
    Json facts;                    // for the operation that this one goes before
    std::vector<Envelope> events;  // what the reply says beyond the attempt itself
    Instant read_at = kNoTime;     // also the time of events that tell none
};

// The attempt.* fact to pass through the door; the caller adds command, number, key and hash.
EventType AttemptType(OutcomeKind kind);
EventData AttemptData(const Outcome& outcome, Instant now);

struct CallbackReading {
    Verification verification;     // unless verified, nothing below is set
    int way = 0;                   // of the profile: by which it was signed
    std::string id;                // theirs; the body's digest where they give none
    std::vector<Envelope> events;  // may be empty: understood, and nothing to us
    std::string unmapped;          // why it could not be mapped: store it and park it
    bool test = false;             // by a key that only tries out: it must have no effect
    // Of our own form: each message by itself; `events` are of those without a fault.
    bool batch = false;
    std::vector<OwnMessage> messages;
};

// For transport kafka.
struct OutboundRecord {
    std::string topic, key, value;
    HttpHeaders headers;
};

// Envelopes that come out have type, key.order_id (where told), source_id, occurred_at,
// mapping_hash and data; shop, connection, source and recorded_at are the caller's to set.
class Connector {
public:
    using Files = std::map<std::string, std::string>;  // path within the folder -> content

    // Everything in the folder is checked: manifest, mappings, contract. fixtures/ is not read.
    static Result<Connector> Load(const Files& files);
    Connector Twin() const;  // the same once more, for another thread

    const Manifest& manifest() const { return manifest_; }
    const std::string& hash() const { return hash_; }  // hex SHA-256 over names and contents
    const Tells& tells() const { return tells_; }
    const Operation* FindOperation(std::string_view name) const;
    bool NeedsToken() const { return manifest_.auth.type == Authentication::Type::kOAuth2; }

    // `settings` is the connection's; it has passed CheckSettings and PrepareCrosswalks.
    // `token`: where NeedsToken says so.
    Result<HttpRequest> Encode(std::string_view operation, const Json& command,
                               const Json& settings, const std::string& token = "");
    Result<OutboundRecord> EncodeRecord(std::string_view operation, const Json& command,
                                        const Json& settings);

    // Total: whatever came back, there is an outcome. REQUIRES: a known operation.
    Outcome Decode(std::string_view operation, const Json& command, const Json& settings,
                   const HttpResult& result, Instant now);

    // Whether callbacks prove themselves. Otherwise whoever passes them on has seen a key of ours.
    // REQUIRES: manifest().callbacks.
    bool Signs(const Json& settings) const;
    // REQUIRES: manifest().callbacks.
    // `fetched` are the partner's keys where the recipe has them fetched; null: none yet.
    CallbackReading ReadCallback(const SignedRequest& request, const Json& settings, Instant now,
                                 const KeySet* fetched = nullptr);
    // The mapping alone, for bodies that were verified when they came and are mapped again.
    Result<std::vector<Envelope>> MapCallback(std::string_view body, const HttpHeaders& headers,
                                              std::string_view id, Instant received_at,
                                              const Json& settings);
    // A record of a shop's topic. REQUIRES: manifest().records is set.
    Result<std::vector<Envelope>> MapRecord(std::string_view value, const HttpHeaders& headers,
                                            const Json& settings);

    // For a watchdog, any thread: the mapping run going on (0: none), and its stop.
    std::uint64_t Running() const { return jq_.Running(); }
    void Halt() { jq_.Halt(); }

private:
    Connector(Manifest manifest, std::string hash, Tells tells, Jq jq);

    Result<Json> MapCommand(const Operation& operation, const Json& command, const Json& settings);
    Outcome DecodeAnswer(const Operation& operation, const Json& command, const Json& settings,
                         const HttpAnswer& answer, Instant now);

    Manifest manifest_;
    std::string hash_;
    Tells tells_;
    Jq jq_;
};

}  // namespace returns::connectors
