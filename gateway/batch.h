// What is stored: the rows of one transaction. Values; any thread.
#pragma once

#include "schemas/case.h"
#include "schemas/event.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace returns::gateway {

// The journal row is the commit: its body holds event, verdict, moves and after-images.
struct JournalRow {
    std::int64_t seq = 0;  // the store's, ascending in commit order
    CaseKey key;
    std::uint64_t fingerprint = 0;  // of (source, source_id)
    std::string body;               // canonical JSON; see gateway/journal.h
    std::string chain;              // hex: sha256(previous row's chain of this case, body)
};

// One per commit that wrote journal rows: hex sha256 over the previous head and the chains of the
// commit's rows, in order. Sent out, so that the past cannot be rewritten unnoticed.
struct Anchor {
    std::int64_t seq = 0;  // the commit's last row
    std::string head;
};

struct OutboxRow {
    CaseKey key;
    Command command;
};

struct CaseChange {
    std::int64_t version_before = 0;  // 0: the case is new
    JournalRow row;                   // seq is filled in by Commit
    Case after;                       // snapshot material; seen.back().journal is set by Commit
    std::vector<Lookup> lookups;
    std::vector<Command> outbox_put;  // new or changed unfinished commands
    std::vector<std::int64_t> outbox_remove;
};

// Input that belongs to no case yet. Unique by (source, source_id, digest).
struct ParkedInput {
    std::int64_t id = 0;  // the store's
    std::string source, source_id;
    std::string reason;           // "no case for return R-9", "mapping failed: ..."
    std::vector<Lookup> lookups;  // a write of any of these keys tries again
    std::string envelope;         // canonical JSON; "" when it could not be mapped
    std::string raw;              // as it came, when there is no envelope
    std::string headers;          // what came around it, JSON; "": only the digest is kept
    std::string digest;           // of the input as it came
    Instant parked_at = kNoTime;
};

struct TopicOffset {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t next = 0;  // the first offset not yet done
};

struct Personal {
    CaseKey key;
    std::string name, mail, phone, salt;
};

// A person, or the gateway itself, set how a connection works. Never changed, never removed.
struct SwitchRow {
    std::int64_t id = 0;  // the store's
    std::string connection;
    std::string what;           // "mode" or "stopped"
    std::string before, after;  // observe, ask, act; yes, no
    std::string by, reason;
    std::string settings_mode;  // what the settings said then
    Instant at = kNoTime;
};

struct Batch {
    std::vector<CaseChange> changes;  // several of one case stand in version order
    std::vector<ParkedInput> park;
    std::vector<std::int64_t> unpark;
    std::vector<std::int64_t> forget_raw;  // parked input that keeps its digest alone from now on
    std::vector<TopicOffset> offsets;      // a partition's position never goes back by these
    std::vector<TopicOffset> moved;        // a person's word: stands whatever stood there before
    std::vector<Personal> personal;
    std::vector<SwitchRow> switches;
    // Small named values: cursors, epochs. "" takes one away.
    std::vector<std::pair<std::string, std::string>> meta;

    bool empty() const {
        return changes.empty() && park.empty() && unpark.empty() && forget_raw.empty() &&
               offsets.empty() && moved.empty() && personal.empty() && switches.empty() &&
               meta.empty();
    }
};

}  // namespace returns::gateway
