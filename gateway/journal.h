// The body of a journal row, its receipt, and the case's timeline. Pure; any thread.
//
//   {"event":{...},"digest":"<sha256 of the raw bytes>","verdict":"moved","reason":"",
//    "moves":[{"kind":"return","id":3,"return_id":"R-17","from":"IN_TRANSIT","to":"AT_PARTNER",
//              "trigger":"arrived"}],"diff":{...}}
#pragma once

#include "gateway/ports.h"
#include "workflows/decide.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct JournalEntry {
    Envelope event;
    std::string digest;
    workflows::Verdict verdict = workflows::Verdict::kIgnored;
    std::string reason;
    std::vector<workflows::Move> moves;
    Json diff;
};

std::string EncodeEntry(const JournalEntry& entry);
// The same from what it is made of.
std::string EncodeEntry(const Envelope& event, std::string_view digest, const Case& before,
                        const workflows::Decision& decision);
Result<JournalEntry> DecodeEntry(const std::string& body);
// What others are told of an entry, without decoding the rest.
struct EntryHead {
    EventType type = EventType::kTimerFired;
    std::string source;
    Instant occurred_at = kNoTime, recorded_at = kNoTime;
    std::vector<workflows::Move> moves;
};
Result<EntryHead> DecodeHead(std::string_view body);
// Whether an encoded entry tells of no move, without decoding it.
bool MovesNothing(const std::string& body);

// hex sha256 over the previous head and the body.
std::string NextChain(const std::string& previous, const std::string& body);
// The first 8 bytes of sha256(source, NUL, source_id).
std::uint64_t Fingerprint(const std::string& source, const std::string& source_id);

// Brings a case from the version before the row to the one after it: applies the row's diff, adds
// it to `seen` and moves the chain, which it must follow. Never calls decide.
Status Replay(Case& subject, const JournalRow& row);

// The same for money alone: currency, tenders and legs, and when the case was last heard of. Over
// an empty case it gives the legs the row has touched, as they stand after it.
Status ReplayMoney(Case& subject, std::string_view body);

}  // namespace returns::gateway
