// What the dispatcher shows of itself. Values; one thread, the lane's.
#pragma once

#include "gateway/histogram.h"
#include "gateway/settings.h"
#include "gateway/tokens.h"
#include "schemas/case.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace returns::gateway {

// Why a command that could go is kept back.
enum class Hold : std::uint8_t {
    kNone,
    kObserve,   // the connection only observes
    kStopped,   // its kill switch is on
    kApproval,  // a person has to let it go
    kCallCap,
    kDailyCap,
    kCurrency,
    kCatchingUp,  // money after a restore, until the topics have been read to their end
    kCode,        // a code in it has no translation
};
std::string_view Name(Hold hold);  // "" for kNone

// How many persons must have approved it: one in mode ask, one more for a large refund.
int ApprovalsNeeded(const ConnectionSettings& settings, const Command& command);

struct DispatchCounters {
    std::int64_t started = 0, done = 0, refused = 0, not_done = 0, in_doubt = 0, withdrawn = 0,
                 held_back = 0, breaker_opened = 0;
};

struct ConnectionView {
    std::string name, mode, breaker;  // breaker: closed, open, half_open
    std::string trouble;              // why the last call failed; "" when it did not
    bool stopped = false;
    std::size_t waiting = 0, in_flight = 0;
    std::map<std::string, std::int64_t> held;         // cases held back, by Hold's name
    std::map<std::string, std::int64_t> spent_minor;  // today, by currency
    std::int64_t lists = 0, confirmations = 0;        // a restore's: see reconciliation.h
    Millis oldest{0};  // how long its oldest command not held back has been known here
    DispatchCounters counts;
    // Since the start: attempts not done, refused or in doubt, by outcome and reason, and times
    // a command was kept back, by Hold's name.
    std::map<std::pair<std::string, std::string>, std::int64_t> reasons;
    std::map<std::string, std::int64_t> kept_back;
    Histogram attempts;
    TokenCounters tokens;
};

// Points into the dispatcher: for reading at once, before anything else happens.
struct WaitingCommand {
    const CaseKey* key = nullptr;
    const Command* command = nullptr;
    Hold hold = Hold::kNone;
    int approvals_missing = 0;
    bool resting = false;  // its connection's breaker is open
};

}  // namespace returns::gateway
