// The inside of the API: one request on its way, and what all routes share. Lane thread.
#pragma once

#include "gateway/api.h"
#include "gateway/coverage.h"
#include "gateway/desk.h"
#include "gateway/pages.h"
#include "gateway/problem.h"
#include "gateway/raw_reader.h"
#include "schemas/json.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct WaitingQuery;

struct ApiCall {
    DoorRequest request;
    DoorReplyFunction reply;
    std::vector<std::string> path;     // unescaped segments: {"v1", "orders", "A/1"}
    connectors::HttpHeaders query;     // unescaped
    std::optional<Caller> caller;      // set where the route asks for one
    std::string traceparent;           // theirs, or ours where none came or an ill-formed one
    std::string_view pattern;          // the route's, for the log: paths may hold anything
    std::optional<CallbackRead> read;  // where it was read before it came here

    std::string Query(std::string_view name) const {
        return std::string(connectors::FindHeader(query, name));
    }
    std::string_view Header(std::string_view name) const {
        return connectors::FindHeader(request.headers, name);
    }
};
using ApiCallPtr = std::shared_ptr<ApiCall>;

// Several inputs submitted for one request; answered when all have been decided.
struct ApiInputs {
    ApiCallPtr call;
    std::vector<Receipt> receipts;  // in the order of the inputs
    bool turned_away = false;       // the engine took no more
};

class Api::Core {
public:
    explicit Core(ApiParts parts);

    void Handle(DoorRequest request, DoorReplyFunction reply, std::optional<CallbackRead> read);
    bool Step();
    void LookAtWaiting();
    void Drain() { draining_ = true; }
    const ApiCounters& counters() const { return counters_; }
    const CallbackReader& callback_reader() const { return callback_reader_; }

private:
    using Method = void (Core::*)(const ApiCallPtr&);
    struct Route {
        std::string_view method, pattern;  // "{}" stands for one segment
        std::string_view roles;  // letters of those who may: p, a, o, s; "*": no key needed
        Method run;
        std::string_view type = "application/json";  // of the answer
    };
    static const std::vector<Route>& Routes();
    void Dispatch(const ApiCallPtr& call);
    bool Admits(const ApiCallPtr& call, const Route& route);

    void PostEvents(const ApiCallPtr& call);
    void PostCallback(const ApiCallPtr& call);
    void PostAction(const ApiCallPtr& call);
    void GetOrder(const ApiCallPtr& call);
    void GetReturn(const ApiCallPtr& call);
    void GetRefund(const ApiCallPtr& call);
    void GetSearch(const ApiCallPtr& call);
    void GetStalls(const ApiCallPtr& call);
    void GetTickets(const ApiCallPtr& call);
    void GetParked(const ApiCallPtr& call);
    void GetParkedOne(const ApiCallPtr& call);
    void PostRetry(const ApiCallPtr& call);
    void GetConnections(const ApiCallPtr& call);
    void GetSwitches(const ApiCallPtr& call);
    void PostSwitch(const ApiCallPtr& call);
    void PostReload(const ApiCallPtr& call);
    void GetCommands(const ApiCallPtr& call);
    void PostApprovals(const ApiCallPtr& call);
    void ApproveOne(const ApiCallPtr& call, const WaitingQuery& query, const Json& number);
    void GetComparison(const ApiCallPtr& call);
    void GetSay(const ApiCallPtr& call);
    void GetReconciliation(const ApiCallPtr& call);
    void PostReconciliationEnd(const ApiCallPtr& call);
    void GetBackups(const ApiCallPtr& call);
    void PostBackup(const ApiCallPtr& call);
    ReconcilingFigures Reconciling();
    void GetOpenApi(const ApiCallPtr& call);
    void GetLive(const ApiCallPtr& call);
    void GetReady(const ApiCallPtr& call);
    void GetMetrics(const ApiCallPtr& call);
    void GetRoute(const ApiCallPtr& call);
    void GetCoverage(const ApiCallPtr& call);
    void NoteCodes(const Connection& connection, const connectors::CallbackReading& reading);

    bool SeesConnection(const Caller& caller, const Connection& connection) const;
    // That connection, where the caller may see it; otherwise answered.
    Connection* ConnectionOf(const ApiCallPtr& call, const std::string& name);
    CallbackRead TakeRead(const ApiCallPtr& call);
    Input CallbackInput(const ApiCallPtr& call, const CallbackRead& read, Envelope event);
    // The parked input that the path names, where the caller may see it; otherwise answered.
    std::optional<ParkedInput> ParkedOf(const ApiCallPtr& call);
    bool MaySee(const Caller& caller, const ParkedInput& parked);
    void AnswerReceipts(const ApiInputs& inputs, bool partner);
    // Submits all; `done` runs once, after the last has been decided.
    void SubmitAll(const ApiCallPtr& call, std::vector<Input> inputs,
                   std::function<void(const ApiInputs&)> done);
    void AnswerText(const ApiCallPtr& call, std::string_view type, std::string text);
    void AnswerAction(const ApiCallPtr& call, const Receipt& receipt);

    void Answer(const ApiCallPtr& call, DoorReply reply);
    void AnswerJson(const ApiCallPtr& call, int status, const Json& body);
    void AnswerCase(const ApiCallPtr& call, const Case& subject, const Json& body);  // or 304
    void AnswerProblem(const ApiCallPtr& call, Problem problem, int retry_after_s = 0);
    void AnswerDryRun(const ApiCallPtr& call, const connectors::CallbackReading& reading);
    void AnswerNotVerified(const ApiCallPtr& call);
    bool Accepts(const ApiCallPtr& call, std::string_view type);
    void LogAnswer(const ApiCall& call, int status);

    ApiParts parts_;
    KeyRing ring_;
    Desk desk_;
    StallBoard board_;
    Coverage coverage_;
    std::vector<CaseKey> looks_;  // cases parked under rules or tables that have changed since
    RawReader raw_;
    CallbackReader callback_reader_;
    ApiCounters counters_;
    Pages pages_;
    bool draining_ = false;
    std::optional<Millis> logged_failure_;  // monotonic
    std::int64_t failures_ = 0;
};

// "v1-agent": which case version in whose words; If-Match compares the version alone.
std::string CaseTag(const Case& subject, Role role);
bool NamesTag(std::string_view list, std::string_view tag);  // "*" names all
std::optional<std::int64_t> VersionOfTag(std::string_view tag);

// What came of an input, for its giver. A partner is told of goods, not of money.
Json ReceiptJson(const Receipt& receipt, bool partner);

}  // namespace returns::gateway
