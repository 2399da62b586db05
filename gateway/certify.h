// Certification of a logistics partner before the contract: what a case is, what it came to and
// what was seen. `backhaul partner certify` runs the cases; connectors/CERTIFY.md tells a candidate
// what they ask for. Values; any thread.
#pragma once

#include "connectors/connector.h"
#include "gateway/http_door.h"
#include "schemas/time.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway::certify {

struct Judgement {
    enum class Result : std::uint8_t { kPassed, kFailed, kNotTested } result = Result::kPassed;
    std::string finding;  // one sentence
};
inline Judgement Passed(std::string finding) {
    return {Judgement::Result::kPassed, std::move(finding)};
}
inline Judgement Failed(std::string finding) {
    return {Judgement::Result::kFailed, std::move(finding)};
}
inline Judgement NotTested(std::string finding) {
    return {Judgement::Result::kNotTested, std::move(finding)};
}

class Stage;

// What a case cannot do without.
enum Need : unsigned {
    kNoNeed = 0,
    kCalls = 1,      // the candidate's API
    kLookup = 2,     // ... with a look-up by our reference
    kCancel = 4,     // ... with an operation that cancels
    kListening = 8,  // our door, and a connector that reads callbacks
    kPlaying = 16,   // somebody who plays a scenario: the control address or a person
};

// How much a failure costs.
enum class Weight : std::uint8_t { kNuisance = 1, kLate = 2, kMoney = 3 };

struct CaseRow {
    const char* name;
    const char* area;      // of kAreas
    const char* scenario;  // what the candidate is asked to play; "" for nothing
    unsigned needs;
    Weight weight;
    const char* proves;  // what is known of the candidate when it passes
    const char* cost;    // what a failure means in practice
    Judgement (*run)(Stage& stage);
};

struct Area {
    const char* name;
    const char* title;
};
inline constexpr Area kAreas[] = {{"access", "Access"},
                                  {"create", "Announcing a return"},
                                  {"cancel", "Cancelling"},
                                  {"errors", "Their refusals and outages"},
                                  {"signature", "Signatures and clocks"},
                                  {"events", "What the messages say"},
                                  {"delivery", "Repeats and retries"}};

const std::vector<CaseRow>& Cases();
const CaseRow* FindCase(std::string_view name);

// A piece of the conversation, as it may be shown: secrets taken out, cut to a readable length.
struct Evidence {
    std::string kind;  // request, answer, callback, asked
    Instant at = kNoTime;
    std::string text;
};

// A callback as it came, and what we answered.
struct Delivery {
    DoorRequest request;
    connectors::CallbackReading reading;
    Instant arrived = kNoTime;
    Millis arrived_at{0};   // on a clock that never jumps
    int answered = 0;       // 0: not in time
    Millis answered_at{0};  // on the same clock
    std::string during;     // the case it came in

    bool verified() const { return reading.verification.verdict == connectors::Verdict::kVerified; }
};
using Deliveries = std::vector<Delivery>;

struct CaseResult {
    const CaseRow* row = nullptr;
    Judgement judgement;
    std::vector<Evidence> evidence;
};

struct Report {
    std::string connector, connector_hash, title, candidate;
    Instant started_at = kNoTime, finished_at = kNoTime;
    std::vector<CaseResult> cases;
};

}  // namespace returns::gateway::certify
