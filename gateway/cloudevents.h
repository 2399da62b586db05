// CloudEvents 1.0 on the wire: Kafka records and HTTP requests to the JSON tree that
// DecodeCloudEvent takes, and our own events to Kafka. Both content modes come in, and HTTP's
// batches; what we send is structured. Values; any thread.
#pragma once

#include "connectors/http.h"
#include "gateway/ports.h"
#include "schemas/json.h"
#include "schemas/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::gateway {

// Binary mode when the record has a ce_specversion header, structured mode when its content type
// says so or nothing at all. kInvalid for a tombstone, for data that is not JSON and for an
// attribute named twice; kLimit beyond the limits.
Result<Json> ReadCloudEvent(const BusRecord& record, const JsonLimits& limits = {});

// One request: structured, binary (attribute values percent-decoded) or a batch, which may be
// empty. Plain application/json is taken as structured or, when it is an array, as a batch.
// kNotFound stands for a content type that is none of these.
Result<std::vector<Json>> ReadCloudEvents(const connectors::HttpHeaders& headers,
                                          std::string_view body, const JsonLimits& limits = {});

struct OutgoingEvent {
    std::string id, source, type;
    std::string subject;  // left out when ""
    Instant time = kNoTime;
    Json data;
};

struct KafkaValue {
    std::vector<std::pair<std::string, std::string>> headers;
    std::string value;
};

Json WriteCloudEvent(const OutgoingEvent& event);
KafkaValue EncodeCloudEvent(const OutgoingEvent& event);

}  // namespace returns::gateway
