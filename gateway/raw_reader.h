// From raw bytes to inputs for the engine: topic records as they come, and parked raw input once
// more after a mapping was mended. One thread, the connectors'.
#pragma once

#include "gateway/connections.h"
#include "gateway/engine.h"
#include "gateway/ports.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::gateway {

// What came around raw bytes, as it is kept with them: JSON whose texts are base64.
struct Surroundings {
    std::optional<std::string> key;
    bool tombstone = false;  // there was no value at all
    std::vector<std::pair<std::string, std::string>> headers;
};
std::string WriteSurroundings(const Surroundings& around);
Surroundings ReadSurroundings(std::string_view text);  // nothing, where it is none

// Why a record's bytes go to the rejected topic.
enum class Rejection : std::uint8_t { kNone, kTombstone, kTooLong, kUnreadable, kNotOurs };

struct RecordReading {
    std::vector<Input> inputs;  // one, unmapped, where the record is rejected
    Rejection rejection = Rejection::kNone;
};

class RawReader {
public:
    RawReader(Connections& connections, const KafkaSettings& kafka, std::int64_t message_bytes_max);

    RecordReading Read(const BusRecord& record);
    // Maps it with what stands in the settings now; the last input takes its place. kNotFound: its
    // topic or connection is no longer there; kLimit: only the digest is kept.
    Result<std::vector<Input>> Again(const ParkedInput& parked);
    // The shop it is of, "" where that cannot be told.
    std::string ShopOf(const ParkedInput& parked);

private:
    Result<std::vector<Envelope>> Map(const BusRecord& record, const TopicSettings& topic,
                                      Rejection& rejection);
    Result<std::vector<Input>> RecordAgain(const ParkedInput& parked);
    Result<std::vector<Input>> CallbackAgain(const ParkedInput& parked);

    Connections& connections_;
    std::map<std::string, TopicSettings> topics_;
    const std::int64_t message_bytes_max_;
};

}  // namespace returns::gateway
