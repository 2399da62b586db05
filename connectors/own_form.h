// Our own form of callbacks, for partners without a form of theirs: a message is {id, type,
// occurred_at, data} in the words of the vocabulary, a batch is a list of them. Read strictly, each
// message by itself: what is wrong with one names the member and what may stand there, and spoils
// no other. Pure; any thread.
#pragma once

#include "connectors/field_fault.h"
#include "schemas/event.h"
#include "schemas/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

struct OwnMessage {
    std::string id;    // theirs, as far as it could be read
    std::string text;  // its JSON without spaces: the same in a batch and alone
    std::optional<FieldFault> fault;
};

struct OwnReading {
    bool batch = false;
    std::vector<OwnMessage> messages;
    std::vector<Envelope> events;  // of those without a fault, in their order
};

// `tells`: the types its sender may say. An error where the body is no message and no batch.
Result<OwnReading> ReadOwnForm(std::string_view body, const std::vector<std::string>& tells,
                               Instant received_at, const std::string& mapping_hash);

}  // namespace returns::connectors
