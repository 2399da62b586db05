// Carries commands out. Each attempt first passes attempt.started through the engine's door and is
// sent only if that moved and has committed; every outcome goes back through the same door.
// Per connection: mode, in-flight limit, token bucket, breaker, caps; per case and connection
// first in, first out. Step never blocks. One thread, the lane's.
#pragma once

#include "gateway/connections.h"
#include "gateway/dispatcher_view.h"
#include "gateway/engine.h"
#include "gateway/ports.h"
#include "gateway/publisher.h"
#include "gateway/tokens.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace returns::gateway {

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
    // Asks the partner how something stands: behind the connection's commands, within its limits,
    // and only while it is healthy. `done` hears what came of it, within a later Step or at once.
    // False: not now.
    using Answered = std::function<void(const connectors::Outcome&)>;
    bool Ask(const std::string& connection, const std::string& operation, const Json& body,
             Answered done);
    // After a restore: no money leaves while this says yes.
    void HoldMoneyWhile(std::function<bool()> busy) { catching_up_ = std::move(busy); }

    using ConnectionView = gateway::ConnectionView;
    using WaitingCommand = gateway::WaitingCommand;
    std::vector<ConnectionView> View();
    // Connections that rest, and why: "credentials".
    std::map<std::string, std::string> Resting() const;
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
        Millis sent_at{0};       // monotonic
        std::int64_t token = 0;  // which one it was sent with; see tokens.h
        std::string first;       // what is asked before, while that is under way
        Answered asked;          // not an attempt at a command of a case: who wants to know
    };

    void Sync();
    void Put(const CaseKey& key, const Command& command);
    void Remove(const CaseKey& key, std::int64_t number);
    void Reload(Lane& lane, const CaseKey& key);
    bool StartReady(Lane& lane);
    void Start(Lane& lane, const CaseKey& key, const Command& command);
    void Send(Lane& lane, const CaseKey& key, Command command);
    void SendCall(Lane& lane, Call call);
    bool GoOn(Lane& lane, const Call& call, const connectors::Outcome& outcome);
    Result<HttpCall> Prepare(const Connection& connection, const std::string& operation,
                             const Json& body);
    void Complete(const Call& call, const connectors::HttpResult& result);
    void NoteToken(const Call& call, const connectors::HttpResult& result,
                   connectors::Outcome& outcome);
    void Answer(const Call& call, const connectors::Outcome& outcome);
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
    void Rest(Lane& lane);

    Engine& engine_;
    HttpClient& http_;
    Publisher& publisher_;
    Clock& clock_;
    Random& random_;
    Connections& connections_;
    Tokens tokens_;
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
