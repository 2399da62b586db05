// Carries commands out. Each attempt first passes attempt.started through the engine's door and is
// sent only if that moved and has committed; every outcome goes back through the same door.
// Per connection: mode, in-flight limit, token bucket, breaker, caps; per case and connection
// first in, first out. Step never blocks. One thread, the lane's.
#pragma once

#include "gateway/connections.h"
#include "gateway/engine.h"
#include "gateway/histogram.h"
#include "gateway/ports.h"
#include "gateway/publisher.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

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

class Dispatcher {
public:
    Dispatcher(Engine& engine, HttpClient& http, Publisher& publisher, Clock& clock, Random& random,
               Connections& connections);
    ~Dispatcher();

    // All unfinished commands, once at start.
    Status Recover(Archive& archive);
    // False when there was nothing to do.
    bool Step();
    // The earliest moment a waiting command may go; kNever when none.
    Instant NextDue() const;
    std::size_t in_flight() const { return calls_.size() + starting_ + pending_.size(); }
    // No new attempts from now on; those under way are awaited.
    void Drain() { draining_ = true; }
    // Told of money in doubt, with the trace that the call carried.
    using Doubtful =
        std::function<void(const Command&, const std::string& reason, const std::string& trace_id)>;
    void OnDoubt(Doubtful listener) { on_doubt_ = std::move(listener); }
    // After a restore: no money leaves while this says yes.
    void HoldMoneyWhile(std::function<bool()> busy) { catching_up_ = std::move(busy); }

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
    };
    std::vector<ConnectionView> View();
    // Connections that rest, and why: "credentials".
    std::map<std::string, std::string> Resting() const;
    // Points into the dispatcher: for reading at once, before anything else happens.
    struct WaitingCommand {
        const CaseKey* key = nullptr;
        const Command* command = nullptr;
        Hold hold = Hold::kNone;
        int approvals_missing = 0;
        bool resting = false;  // its connection's breaker is open
    };
    // What waits on that connection, in the order of the cases' keys.
    std::vector<WaitingCommand> Waiting(const std::string& connection);
    // What of one case waits, on any connection.
    std::vector<WaitingCommand> WaitingOf(const CaseKey& key);
    // What of it would be let go if the connection were in that mode and not stopped.
    std::vector<WaitingCommand> WouldGo(const std::string& connection, ConnectionMode mode);
    const DispatchCounters& counters() const { return counters_; }

private:
    struct Lane;  // one connection's queue and limits
    struct Call {
        CaseKey key;
        Command command;
        std::string connector_hash;
        Millis sent_at{0};  // monotonic
    };

    void Sync();
    void Put(const CaseKey& key, const Command& command);
    void Remove(const CaseKey& key, std::int64_t number);
    void Reload(Lane& lane, const CaseKey& key);
    bool StartReady(Lane& lane);
    void Start(Lane& lane, const CaseKey& key, const Command& command);
    void Send(Lane& lane, const CaseKey& key, Command command);
    void Complete(const Call& call, const connectors::HttpResult& result);
    void Report(const Call& call, const connectors::Outcome& outcome);
    bool MayStart(Lane& lane, Instant now);
    Hold HoldOf(Lane& lane, const Command& command);
    void LookAtCase(const CaseKey& key);
    // Whatever the connection's mode is, were it not stopped: `needed` persons must have agreed.
    Hold CapOrApproval(Lane& lane, const Command& command, int needed);
    int Needed(const ConnectionSettings& settings, const Command& command) const;
    void AddWaiting(Lane& lane, const CaseKey& key, std::vector<WaitingCommand>& all);
    void BeginDay(Lane& lane) const;
    void Spend(Lane& lane, const Command& command, std::int64_t minor);
    static Status ReadSpent(Lane& lane, const std::string& text);
    void Submit(Input input);
    void Judge(Lane& lane, const connectors::Outcome& outcome);

    Engine& engine_;
    HttpClient& http_;
    Publisher& publisher_;
    Clock& clock_;
    Random& random_;
    Connections& connections_;
    std::map<std::string, std::unique_ptr<Lane>, std::less<>> lanes_;
    std::map<std::int64_t, Call> calls_;
    std::int64_t next_call_ = 1;
    std::size_t starting_ = 0;
    std::vector<Input> pending_;  // the engine was full
    bool draining_ = false;
    std::function<bool()> catching_up_;
    Doubtful on_doubt_;
    DispatchCounters counters_;
};

}  // namespace returns::gateway
