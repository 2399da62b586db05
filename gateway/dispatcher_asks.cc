// Questions to a partner that no command of a case stands for, and what answers say of a token.
#include "gateway/dispatcher_lane.h"
#include "gateway/trace.h"

#include <algorithm>
#include <array>

namespace returns::gateway {

using connectors::Outcome;
using connectors::OutcomeKind;

namespace {

bool IsAboutOne(const std::string& reason) {
    constexpr std::array<std::string_view, 4> kReasons = {"not_found", "invalid", "conflict",
                                                          "list_incomplete"};
    return std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
}

}  // namespace

bool Dispatcher::Ask(const std::string& connection, const std::string& operation, const Json& body,
                     Answered done) {
    const auto found = lanes_.find(connection);
    if (found == lanes_.end() || draining_ || engine_.failed()) return false;
    Lane& lane = *found->second;
    const Instant now = clock_.Now();
    if (!MaySend(*lane.connection)) return false;
    // Commands go first, and keep half of the calls that may be under way at once.
    if (!lane.ready.empty() && lane.ready.begin()->first <= now) return false;
    const std::int64_t most =
        std::max<std::int64_t>(1, lane.connection->settings.in_flight_max / 2);
    if (static_cast<std::int64_t>(lane.asking) >= most || !MayStart(lane, now)) return false;
    Call call;
    call.command.connection = connection;
    call.command.operation = operation;
    call.command.body = body;
    call.sent_at = clock_.Monotonic();
    call.token = tokens_.SerialOf(connection);
    call.asked = std::move(done);
    ++lane.in_flight;
    ++lane.asking;
    auto outgoing = Prepare(*lane.connection, operation, body);
    if (!outgoing.ok()) {
        Outcome outcome;
        outcome.kind = OutcomeKind::kRefused;
        outcome.reason = "encode";
        outcome.detail = outgoing.error().text;
        Answer(call, outcome);
        return true;
    }
    outgoing->request.headers.emplace_back(
        "traceparent", MakeTraceparent("ask:" + connection, std::to_string(outgoing->id)));
    calls_.emplace(outgoing->id, std::move(call));
    http_.Submit(std::move(*outgoing));
    return true;
}

void Dispatcher::Answer(const Call& call, const Outcome& outcome) {
    Lane& lane = *lanes_.find(call.command.connection)->second;
    --lane.in_flight;
    --lane.asking;
    // What they do not find or will not read says nothing of their health.
    Outcome judged = outcome;
    if (IsAboutOne(outcome.reason)) judged.kind = OutcomeKind::kRefused;
    if (outcome.reason != "encode") Judge(lane, judged);
    call.asked(outcome);
}

// A token may end before its time. Refused with it means not done, so with a fresh one the call may
// go again; refused with that too, it is the credentials.
void Dispatcher::NoteToken(const Call& call, const connectors::HttpResult& result,
                           Outcome& outcome) {
    if (call.token == 0 || result.failure != connectors::TransportFailure::kNone) return;
    const std::string& connection = call.command.connection;
    const int status = result.answer.status;
    if (status != 401 && status != 403) {
        tokens_.Accepted(connection, call.token);
        return;
    }
    const bool not_done = outcome.kind == OutcomeKind::kNotDone && outcome.reason == "credentials";
    if (!not_done || !tokens_.Discard(connection, call.token)) return;
    outcome.reason = "token_ended";
}

}  // namespace returns::gateway
