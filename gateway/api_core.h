// The inside of the API: what all routes share. Lane thread.
#pragma once

#include "gateway/api.h"
#include "gateway/api_call.h"
#include "gateway/coverage.h"
#include "gateway/delivery_log.h"
#include "gateway/desk.h"
#include "gateway/pages.h"
#include "gateway/problem.h"
#include "gateway/raw_reader.h"
#include "gateway/waiting_board.h"
#include "schemas/json.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct WaitingQuery;

class Api::Core {
public:
    explicit Core(ApiParts parts);

    void Handle(DoorRequest request, DoorReplyFunction reply, std::optional<CallbackRead> read);
    bool Step();
    void LookAtWaiting();
    void Drain();
    const ApiCounters& counters() const { return counters_; }
    const CallbackReader& callback_reader() const { return callback_reader_; }

    using Method = void (Core::*)(const ApiCallPtr&);
    struct Route {
        std::string_view method, pattern;  // "{}" stands for one segment
        std::string_view roles;  // letters of those who may: p, a, o, s; "*": no key needed
        Method run;
        std::string_view type = "application/json";  // of the answer; "": by wish
    };
    static const std::vector<Route>& Routes();

private:
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
    void GetLedgerDay(const ApiCallPtr& call);
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

    void GetDeliveries(const ApiCallPtr& call);
    void GetDelivery(const ApiCallPtr& call);
    void GetPartnerSummary(const ApiCallPtr& call);
    void GetPartnerKeys(const ApiCallPtr& call);
    void GetWaits(const ApiCallPtr& call);
    void PostAnswers(const ApiCallPtr& call);
    void PostResend(const ApiCallPtr& call);
    void PostKeys(const ApiCallPtr& call);
    void NoteRefused(const ApiCallPtr& call, const CallbackRead& read, std::string why = "");
    void NoteReceipts(const ApiInputs& all, const CallbackRead& read);
    void NoteDelivery(const ApiCallPtr& call, const CallbackRead& read, Delivery row);
    // The connection a partner's request is about; otherwise answered.
    const Connection* PartnersConnection(const ApiCallPtr& call);

    bool SeesConnection(const Caller& caller, const Connection& connection) const;
    // That connection, where the caller may see it; otherwise answered.
    Connection* ConnectionOf(const ApiCallPtr& call, const std::string& name);
    CallbackRead TakeRead(const ApiCallPtr& call);
    void CountRefused(CallbackRead::Verdict verdict);
    void TakeCallback(const ApiCallPtr& call);
    void AwaitKeys(const ApiCallPtr& call, const CallbackRead& read);
    void AnswerWithoutKeys(const ApiCallPtr& call, int retry_after_s);
    Input CallbackInput(const ApiCallPtr& call, const CallbackRead& read, Envelope event);
    void TakeOwnForm(const ApiCallPtr& call, CallbackRead read, bool trial);
    bool AnswerNotTaken(const ApiInputs& inputs);  // false where all was taken
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
    void AnswerTagged(const ApiCallPtr& call, const Json& body);  // or 304 where nothing changed
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
    DeliveryLog deliveries_;
    WaitingBoard waits_;
    std::map<std::string, std::vector<std::string>> key_marks_;  // by connection
    std::vector<CaseKey> looks_;  // cases parked under rules or tables that have changed since
    RawReader raw_;
    CallbackReader callback_reader_;
    ApiCounters counters_;
    Pages pages_;
    bool draining_ = false;
    std::optional<Millis> logged_failure_;  // monotonic
    std::int64_t failures_ = 0;
};

// The real time, also where the gateway's clock runs fast; for as long as `parts` lives.
std::function<Instant()> WallOf(const ApiParts& parts);

}  // namespace returns::gateway
