#include "gateway/api.h"

#include "gateway/api_core.h"
#include "gateway/callback_keys.h"
#include "gateway/http_wire.h"
#include "gateway/money_days.h"
#include "gateway/trace.h"
#include "workflows/routes.h"

#include <algorithm>
#include <set>

namespace returns::gateway {
namespace {

std::optional<std::vector<std::string>> SplitPath(std::string_view path) {
    std::vector<std::string> parts;
    if (!path.starts_with("/")) return std::nullopt;
    path.remove_prefix(1);
    while (true) {
        const std::size_t end = std::min(path.find('/'), path.size());
        auto part = PercentDecode(path.substr(0, end));
        if (!part) return std::nullopt;
        parts.push_back(std::move(*part));
        if (end == path.size()) return parts;
        path.remove_prefix(end + 1);
    }
}

bool IsPlainAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0 && c < 0x7F; });
}

// What is told back must be text.
bool IsCleanText(const std::vector<std::string>& path, const connectors::HttpHeaders& query) {
    if (std::all_of(path.begin(), path.end(), IsPlainAscii) &&
        std::all_of(query.begin(), query.end(), [](const auto& each) {
            return IsPlainAscii(each.first) && IsPlainAscii(each.second);
        }))
        return true;
    Json all = Json::Array();
    for (const std::string& part : path) all.Append(Json::String(part));
    for (const auto& [name, value] : query) all.Append(Json::String(name + value));
    return ParseJson(WriteJson(all)).ok();
}

bool Matches(std::string_view pattern, const std::vector<std::string>& path) {
    pattern.remove_prefix(1);
    for (std::size_t at = 0; at < path.size(); ++at) {
        const std::size_t end = std::min(pattern.find('/'), pattern.size());
        const std::string_view part = pattern.substr(0, end);
        if (part == "{}" ? path[at].empty() : part != path[at]) return false;
        const bool last = end == pattern.size();
        if (last) return at + 1 == path.size();
        pattern.remove_prefix(end + 1);
    }
    return false;
}

char Letter(Role role) { return Name(role).front(); }

// Those some partner's key looks at.
std::set<std::string> PartnersConnections(const Settings& settings) {
    std::set<std::string> names;
    for (const KeySettings& key : settings.keys) {
        if (key.role != Role::kPartner) continue;
        names.insert(key.connections.begin(), key.connections.end());
        if (!key.connection.empty()) names.insert(key.connection);
    }
    return names;
}

constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

}  // namespace

std::function<Instant()> WallOf(const ApiParts& parts) {
    if (parts.wall) return parts.wall;
    return [&parts] { return parts.clock.Now(); };
}

const std::vector<Api::Core::Route>& Api::Core::Routes() {
    static const std::vector<Route> routes = {
        {"POST", "/v1/events", "so", &Core::PostEvents},
        {"POST", "/v1/callbacks/{}", "*", &Core::PostCallback},
        {"POST", "/v1/returns/{}/actions/{}", "ao", &Core::PostAction},
        {"GET", "/v1/orders/{}", "aos", &Core::GetOrder},
        {"GET", "/v1/orders/{}/route", "o", &Core::GetRoute},
        {"GET", "/v1/coverage", "o", &Core::GetCoverage},
        {"GET", "/v1/returns/{}", "paos", &Core::GetReturn},
        {"GET", "/v1/refunds/{}", "aos", &Core::GetRefund},
        {"GET", "/v1/search", "ao", &Core::GetSearch},
        {"GET", "/v1/stalls", "ao", &Core::GetStalls},
        {"GET", "/v1/tickets", "ao", &Core::GetTickets},
        {"GET", "/v1/ledger/day", "aos", &Core::GetLedgerDay, ""},
        {"GET", "/v1/parked", "o", &Core::GetParked},
        {"GET", "/v1/parked/{}", "o", &Core::GetParkedOne},
        {"POST", "/v1/parked/{}/retry", "o", &Core::PostRetry},
        {"GET", "/v1/connections", "ao", &Core::GetConnections},
        {"GET", "/v1/connections/{}/switches", "ao", &Core::GetSwitches},
        {"POST", "/v1/connections/reload", "o", &Core::PostReload},
        {"POST", "/v1/connections/{}/mode", "o", &Core::PostSwitch},
        {"POST", "/v1/connections/{}/stop", "o", &Core::PostSwitch},
        {"POST", "/v1/connections/{}/resume", "o", &Core::PostSwitch},
        {"POST", "/v1/connections/{}/keys", "o", &Core::PostKeys},
        {"GET", "/v1/commands", "ao", &Core::GetCommands},
        {"POST", "/v1/commands/approve", "o", &Core::PostApprovals},
        {"GET", "/v1/comparison", "ao", &Core::GetComparison},
        {"GET", "/v1/reconciliation", "ao", &Core::GetReconciliation},
        {"POST", "/v1/reconciliation/end", "o", &Core::PostReconciliationEnd},
        {"GET", "/v1/backups", "o", &Core::GetBackups},
        {"POST", "/v1/backups", "o", &Core::PostBackup},
        {"GET", "/v1/partner/deliveries", "po", &Core::GetDeliveries},
        {"GET", "/v1/partner/deliveries/{}", "po", &Core::GetDelivery},
        {"GET", "/v1/partner/summary", "po", &Core::GetPartnerSummary},
        {"GET", "/v1/partner/waiting", "po", &Core::GetWaits},
        {"POST", "/v1/partner/waiting", "p", &Core::PostAnswers},
        {"POST", "/v1/partner/resend", "p", &Core::PostResend},
        {"GET", "/v1/partner/keys", "po", &Core::GetPartnerKeys},
        {"GET", "/v1/say", "aos", &Core::GetSay, "text/plain"},
        {"GET", "/v1/openapi.yaml", "*", &Core::GetOpenApi},
        {"GET", "/livez", "*", &Core::GetLive},
        {"GET", "/readyz", "*", &Core::GetReady},
        {"GET", "/metrics", "o", &Core::GetMetrics},
    };
    return routes;
}

Api::Core::Core(ApiParts parts)
    : parts_(std::move(parts)),
      ring_(parts_.settings.keys),
      desk_(parts_.engine, parts_.clock, parts_.settings, ring_),
      board_(parts_.engine.book()),
      coverage_(parts_.engine, parts_.clock, parts_.connections),
      deliveries_(parts_.engine, parts_.clock, parts_.settings.limits, WallOf(parts_)),
      waits_(PartnersConnections(parts_.settings), parts_.settings.limits.waits_max),
      raw_(parts_.connections, parts_.settings.kafka, parts_.settings.limits.message_bytes_max),
      callback_reader_(parts_.connections, parts_.settings, WallOf(parts_)),
      pages_({desk_, board_, ring_, parts_.clock, parts_.settings, parts_.connections,
              parts_.dispatcher, parts_.switches, &coverage_, &deliveries_, &waits_, parts_.poller,
              parts_.random_bytes, parts_.wall, parts_.money}) {
    // What cannot be read of it is seen again in time.
    static_cast<void>(coverage_.Recover(parts_.engine.archive()));
    std::vector<std::string> names;
    for (const Connection& each : parts_.connections.all()) {
        names.push_back(each.settings.name);
        key_marks_[each.settings.name] = KeyMarks(each);
    }
    deliveries_.Recover(parts_.engine.archive(), names);
    parts_.engine.OnCommitted("board", [this](const Case& subject) {
        board_.Note(subject);
        coverage_.Note(subject, true);
        waits_.Note(subject);
    });
}

void Api::Core::LookAtWaiting() {
    for (const CaseKey& key : coverage_.Waiting()) looks_.push_back(key);
}

bool Api::Core::Step() {
    while (!looks_.empty() && parts_.engine.Submit(LookAgain(looks_.back(), parts_.clock.Now())))
        looks_.pop_back();
    deliveries_.Step();
    if (parts_.keep != nullptr) parts_.keep->ForgetOld(parts_.clock.Now());
    const bool more = board_.Fill(parts_.engine, [this](const Case& subject) {
        coverage_.Note(subject, false);
        if (workflows::ParkingIsOld(subject, parts_.engine.book())) looks_.push_back(subject.key);
    });
    const bool lists = parts_.money != nullptr && parts_.money->Fill();
    return more || lists || waits_.Fill(parts_.engine);
}

void Api::Core::Drain() {
    draining_ = true;
    deliveries_.Step(true);
}

void Api::Core::Handle(DoorRequest request, DoorReplyFunction reply,
                       std::optional<CallbackRead> read) {
    ++counters_.requests;
    auto call = std::make_shared<ApiCall>();
    call->request = std::move(request);
    call->reply = std::move(reply);
    call->read = std::move(read);
    const std::string_view trace = call->Header("traceparent");
    call->traceparent =
        IsTraceparent(trace) ? std::string(trace) : MakeTraceparent(parts_.random_bytes(16), "");
    auto path = SplitPath(call->request.path);
    auto query = ParseForm(call->request.query);
    if (!path || !query || !IsCleanText(*path, *query)) {
        AnswerProblem(call,
                      {.status = 400,
                       .code = "bad_escape",
                       .detail = "the path or the query has an escape that is not UTF-8 text"});
        return;
    }
    call->path = std::move(*path);
    call->query = std::move(*query);
    if (call->request.refused != 0) {  // a callback: its partner shall see what became of it
        CallbackRead unread;
        unread.connection = parts_.connections.Find(call->path.back());
        return NoteRefused(call, unread, call->request.refused == 413 ? "too_long" : "not_whole");
    }
    Dispatch(call);
}

void Api::Core::Dispatch(const ApiCallPtr& call) {
    const std::string& method = call->request.method;
    if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods)) {
        AnswerProblem(call, {.status = 501, .detail = "this method is not known here"});
        return;
    }
    std::string allowed;
    for (const Route& route : Routes()) {
        if (!Matches(route.pattern, call->path)) continue;
        if (route.method == method) {
            call->pattern = route.pattern;
            if (Admits(call, route)) (this->*route.run)(call);
            return;
        }
        allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
        if (route.method == "GET") allowed += ", HEAD";
    }
    if (allowed.empty()) allowed = pages_.Allowed(call->path);
    if (allowed.empty()) {
        AnswerProblem(call, {.status = 404, .detail = "there is nothing at this address"});
    } else if (pages_.Serves(method, call->path)) {
        pages_.Handle({call->request, call->path, call->query},
                      [this, call](DoorReply reply) { Answer(call, std::move(reply)); });
    } else {
        Problem problem{.status = 405, .detail = "this address answers to " + allowed + " only"};
        DoorReply reply = ProblemReply(problem);
        reply.headers.emplace_back("Allow", allowed);
        ++counters_.problems;
        Answer(call, std::move(reply));
    }
}

bool Api::Core::Admits(const ApiCallPtr& call, const Route& route) {
    if (route.roles == "*") return true;
    call->caller = ring_.FindBearer(call->request.headers);
    if (!call->caller) {
        ++counters_.not_signed_in;
        ++counters_.problems;
        DoorReply reply = ProblemReply(
            {.status = 401,
             .detail = "send an API key of this gateway: Authorization: Bearer bhk_..."});
        reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"backhaul\"");
        Answer(call, std::move(reply));
        return false;
    }
    if (BearsTestKey(call->request.headers)) {
        ++counters_.forbidden;
        AnswerProblem(call, {.status = 403,
                             .code = "test_key",
                             .detail = "a test key may only try out callbacks; use the real one"});
        return false;
    }
    if (route.roles.find(Letter(call->caller->role)) == std::string_view::npos) {
        ++counters_.forbidden;
        AnswerProblem(call,
                      {.status = 403,
                       .detail = "a key of the role '" + std::string(Name(call->caller->role)) +
                                 "' may not do this"});
        return false;
    }
    if (call->path[0] == "v1" && !route.type.empty() && !Accepts(call, route.type)) {
        AnswerProblem(
            call, {.status = 406, .detail = "this address answers in " + std::string(route.type)});
        return false;
    }
    return true;
}

Api::Api(ApiParts parts) : core_(std::make_unique<Core>(std::move(parts))) {}
Api::~Api() = default;

void Api::Handle(DoorRequest request, DoorReplyFunction reply, std::optional<CallbackRead> read) {
    core_->Handle(std::move(request), std::move(reply), std::move(read));
}
const CallbackReader& Api::callback_reader() const { return core_->callback_reader(); }
bool Api::Step() { return core_->Step(); }
void Api::LookAtWaiting() { core_->LookAtWaiting(); }
void Api::Drain() { core_->Drain(); }
const ApiCounters& Api::counters() const { return core_->counters(); }
std::vector<std::pair<std::string_view, std::string_view>> Api::Addresses() {
    auto all = Pages::Addresses();
    for (const Core::Route& route : Core::Routes()) all.emplace_back(route.method, route.pattern);
    return all;
}

}  // namespace returns::gateway
