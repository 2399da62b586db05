// What the engine, dispatcher, timers and publisher need of the world. Each port has the real
// adapter here in gateway/ and a simulated one in tests/sim. All calls come from the lane's one
// thread and do not block beyond a disk write; long work is split-phase: submit now, take later.
#pragma once

#include "connectors/http.h"
#include "gateway/batch.h"
#include "schemas/case.h"
#include "schemas/event.h"
#include "schemas/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace returns::gateway {

class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant Now() = 0;       // wall clock, UTC; may jump
    virtual Millis Monotonic() = 0;  // since some start; never jumps
};

class Random {
public:
    virtual ~Random() = default;
    virtual std::uint64_t Next() = 0;  // uniform; jitter and ids, never keys
};

enum class CommitOutcome : std::uint8_t {
    kDone,
    kConflict,  // a case moved on under another engine: nothing was written; load, decide again
};

// Cases and the one transaction.
class Store {
public:
    virtual ~Store() = default;
    virtual Result<std::optional<Case>> Load(const CaseKey& key) = 0;
    // All or nothing. An error means this store takes no more writes (kInternal) or that it is not
    // known whether they happened (kInDoubt): the caller stops intake.
    virtual Result<CommitOutcome> Commit(Batch& batch) = 0;
    // Writes the cases as they stand, so that they may leave memory.
    virtual Status Snapshot(const std::vector<const Case*>& cases) = 0;
    virtual Result<std::vector<CaseKey>> Find(const Lookup& lookup) = 0;
    // Up to n cases whose wake-up time has come, longest overdue first.
    virtual Result<std::vector<CaseKey>> Due(Instant now, int n) = 0;
    virtual Instant NextDue() = 0;  // kNever when none
};

struct KeysPage {
    std::vector<CaseKey> keys;
    std::int64_t next = 0;  // where the next page starts; 0: there is none
};

// What is kept, for reading.
class Archive {
public:
    virtual ~Archive() = default;
    virtual Result<std::optional<JournalRow>> Row(std::int64_t seq) = 0;
    virtual Result<std::vector<JournalRow>> Journal(std::int64_t after_seq, int n) = 0;
    virtual Result<std::vector<OutboxRow>> Outbox() = 0;
    virtual Result<std::vector<ParkedInput>> Parked(const std::optional<Lookup>& key, int n) = 0;
    virtual Result<std::vector<ParkedInput>> ParkedAfter(std::int64_t id, int n) = 0;  // by id
    // Up to n ids of input parked before then whose raw bytes are still kept, oldest first.
    virtual Result<std::vector<std::int64_t>> RawBefore(Instant parked_before, int n) = 0;
    virtual Result<std::vector<TopicOffset>> Offsets() = 0;
    virtual Result<std::string> Meta(const std::string& name) = 0;  // "" when not set
    virtual Result<std::vector<SwitchRow>> Switches(std::int64_t after_id, int n) = 0;  // by id
    virtual Result<std::optional<Personal>> PersonalOf(const CaseKey& key) = 0;
    virtual Result<std::vector<Anchor>> Anchors(std::int64_t after_seq, int n) = 0;
    // Of the n cases after that place, those whose snapshot tells of a stall, a ticket or money in
    // doubt. Finds them all when asked from 0 on at start; later ones are the engine's to tell.
    virtual Result<KeysPage> Stalled(std::int64_t after, int n) = 0;
    // The n cases after that place, in the order they began.
    virtual Result<KeysPage> Cases(std::int64_t after, int n) = 0;
};

// Outbound HTTP, split-phase. Never follows redirects, always checks certificates strictly.
struct HttpCall {
    std::int64_t id = 0;  // the caller's
    std::string base_url;
    connectors::HttpRequest request;  // with its total deadline in ms
};
struct HttpCompletion {
    std::int64_t id = 0;
    connectors::HttpResult result;  // an answer, or how the transport failed
};
class HttpClient {
public:
    virtual ~HttpClient() = default;
    virtual void Submit(HttpCall call) = 0;
    virtual std::vector<HttpCompletion> Take() = 0;
};

// The event bus in both directions, split-phase.
struct BusRecord {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::optional<std::string> key, value;  // no value: a tombstone
    std::vector<std::pair<std::string, std::string>> headers;
};
struct BusDelivery {
    std::int64_t token = 0;
    bool delivered = false;
};
class Bus {
public:
    virtual ~Bus() = default;
    virtual std::vector<BusRecord> Poll(int n) = 0;
    virtual void Pause(bool paused) = 0;  // high water: stop fetching, keep polling
    // False when the queue is full: try again later. `token` comes back in TakeDeliveries.
    virtual bool Produce(const std::string& topic, const std::string& key,
                         const std::vector<std::pair<std::string, std::string>>& headers,
                         const std::string& value, std::int64_t token) = 0;
    virtual std::vector<BusDelivery> TakeDeliveries() = 0;
};

}  // namespace returns::gateway
