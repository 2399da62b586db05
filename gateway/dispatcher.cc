#include "gateway/dispatcher.h"

#include "gateway/dispatcher_lane.h"
#include "gateway/trace.h"
#include "schemas/case_text.h"
#include "schemas/check.h"

#include <algorithm>

namespace returns::gateway {

using connectors::Outcome;
using connectors::OutcomeKind;
using workflows::Verdict;

namespace {

constexpr Millis kLookAgain = std::chrono::minutes(1);  // a cap holds a command back this long
constexpr int kStartsPerStep = 64;                      // and connection: others come in between

std::string AttemptId(const Command& command) {
    return "c" + std::to_string(command.number) + "a" + std::to_string(command.attempts);
}

// All attempts at a command are steps of one trace.
std::string TraceOf(const Command& command) {
    return MakeTraceparent(command.key, std::to_string(command.attempts));
}

// What is counted by reason: a partner's own words have no end.
std::string Bounded(const std::string& reason) {
    constexpr std::string_view kKnown[] = {"already_refunded",
                                           "amount",
                                           "conflict",
                                           "credentials",
                                           "cut",
                                           "declined",
                                           "disputed",
                                           "encode",
                                           "insufficient_funds",
                                           "invalid",
                                           "key_reused",
                                           "list_incomplete",
                                           "no_answer",
                                           "not_acknowledged",
                                           "not_cancellable",
                                           "not_found",
                                           "not_refundable",
                                           "other_refund",
                                           "queue_full",
                                           "rate_limited",
                                           "redirect",
                                           "server_error",
                                           "several_found",
                                           "tender_exhausted",
                                           "tender_too_old",
                                           "time_out",
                                           "token_ended",
                                           "unavailable",
                                           "unreachable",
                                           "unreadable"};
    const bool known = std::find(std::begin(kKnown), std::end(kKnown), reason) != std::end(kKnown);
    return known ? reason : "other";
}

Outcome Simple(OutcomeKind kind, std::string answer, std::string reason, std::string detail) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.answer = std::move(answer);
    outcome.reason = std::move(reason);
    outcome.detail = std::move(detail);
    return outcome;
}

}  // namespace

Dispatcher::Dispatcher(Engine& engine, HttpClient& http, Publisher& publisher, Clock& clock,
                       Random& random, Connections& connections)
    : engine_(engine),
      http_(http),
      publisher_(publisher),
      clock_(clock),
      random_(random),
      connections_(connections),
      tokens_(http, clock, random) {
    tokens_.OnTrouble([this](const std::string& name, const Outcome& outcome) {
        if (const auto lane = lanes_.find(name); lane != lanes_.end())
            Judge(*lane->second, outcome);
    });
    for (Connection& connection : connections_.all()) {
        auto lane = std::make_unique<Lane>();
        lane->connection = &connection;
        lanes_.emplace(connection.settings.name, std::move(lane));
    }
}

Dispatcher::~Dispatcher() = default;

Status Dispatcher::Recover(Archive& archive) {
    ASSIGN_OR_RETURN(const std::vector<OutboxRow> rows, archive.Outbox());
    for (const OutboxRow& row : rows) Put(row.key, row.command);
    for (auto& [name, lane] : lanes_) {
        ASSIGN_OR_RETURN(const std::string spent, archive.Meta(SpentName(name)));
        if (!spent.empty()) RETURN_IF_ERROR(ReadSpent(*lane, spent));
    }
    return {};
}

void Dispatcher::Put(const CaseKey& key, const Command& command) {
    const auto lane = lanes_.find(command.connection);
    if (lane == lanes_.end()) return;  // the connection left the settings: waits for it to return
    lane->second->commands[key][command.number] = command;
    lane->second->NoteAges(key, clock_.Monotonic());
    lane->second->Order(key);
}

void Dispatcher::Remove(const CaseKey& key, std::int64_t number) {
    for (auto& [name, lane] : lanes_) {
        const auto found = lane->commands.find(key);
        if (found == lane->commands.end() || found->second.erase(number) == 0) continue;
        if (found->second.empty()) lane->commands.erase(found);
        lane->NoteAges(key, clock_.Monotonic());
        Reload(*lane, key);  // what another gateway has wanted meanwhile waited for this one
        lane->Order(key);
    }
}

// Another gateway has moved the case on, so what we know of its commands is old.
void Dispatcher::Reload(Lane& lane, const CaseKey& key) {
    const auto known = engine_.Read(key);
    if (!known.ok()) return;
    lane.commands.erase(key);
    if (*known != nullptr) {
        for (const Command& command : (*known)->commands)
            if (command.connection == lane.connection->settings.name)
                lane.commands[key][command.number] = command;
    }
    lane.NoteAges(key, clock_.Monotonic());
}

void Dispatcher::Sync() {
    Engine::Outbox outbox = engine_.TakeOutbox();
    std::set<CaseKey> changed;
    for (const OutboxRow& row : outbox.put) {
        Put(row.key, row.command);
        changed.insert(row.key);
    }
    for (const auto& [key, number] : outbox.remove) Remove(key, number);
    for (const CaseKey& key : changed)
        for (auto& [name, lane] : lanes_) {
            if (lane->commands.count(key) == 0) continue;
            Reload(*lane, key);
            lane->Order(key);
        }
}

bool Dispatcher::Step() {
    bool worked = false;
    std::vector<Input> again;
    again.swap(pending_);
    for (Input& input : again) Submit(std::move(input));
    Sync();
    for (HttpCompletion& completion : http_.Take()) {
        if (tokens_.Take(completion)) {
            worked = true;
            continue;
        }
        const auto found = calls_.find(completion.id);
        if (found == calls_.end()) continue;
        const Call call = std::move(found->second);
        calls_.erase(found);
        Complete(call, completion.result);
        worked = true;
    }
    if (draining_ || engine_.failed()) return worked;
    for (auto& [name, lane] : lanes_) worked = StartReady(*lane) || worked;
    return worked;
}

bool Dispatcher::StartReady(Lane& lane) {
    if (!MaySend(*lane.connection)) return false;
    if (lane.ordered_for != lane.connection->settings.mode) lane.OrderAll();
    const Instant now = clock_.Now();
    bool worked = false;
    for (int started = 0; started < kStartsPerStep && !lane.ready.empty(); ++started) {
        const auto [at, key] = *lane.ready.begin();
        if (at > now) break;
        const Command command = *lane.Next(key);
        if (const Hold hold = HoldOf(lane, command); hold != Hold::kNone) {
            ++counters_.held_back;
            ++lane.counts.held_back;
            ++lane.kept_back[std::string(Name(hold))];
            // A person's word changes the command, which orders it again; tables change with a
            // start; a new day changes nothing.
            const bool told = hold == Hold::kApproval || hold == Hold::kCode;
            lane.Order(key, told ? kNever : now + kLookAgain);
            if (hold == Hold::kCode) LookAtCase(key);
            continue;
        }
        if (!MayStart(lane, now)) break;
        Start(lane, key, command);
        worked = true;
    }
    return worked;
}

// In-flight limit, breaker and token bucket; takes a token when it says yes.
bool Dispatcher::MayStart(Lane& lane, Instant now) {
    const ConnectionSettings& settings = lane.connection->settings;
    const std::size_t busy = lane.in_flight + lane.starting.size();
    if (busy >= static_cast<std::size_t>(settings.in_flight_max)) return false;
    if (now < lane.quiet_until) return false;
    if (lane.open_until != kNoTime && (now < lane.open_until || busy > 0)) return false;
    // Without a token nothing starts: what waits for one is not yet an attempt.
    if (!tokens_.Ready(*lane.connection)) return false;
    if (lane.open_until != kNoTime) lane.trial = true;
    if (lane.RateMilli() == 0) return true;
    lane.Refill(now);
    if (lane.tokens_milli < 1000) return false;
    lane.tokens_milli -= 1000;
    return true;
}

void Dispatcher::Start(Lane& lane, const CaseKey& key, const Command& command) {
    Command next = command;
    ++next.attempts;
    if (command.attempts == 0) Spend(lane, command, command.amount_minor);
    Input input;
    input.event.type = EventType::kAttemptStarted;
    input.event.key = key;
    input.event.connection = command.connection;
    input.event.source = "self";
    input.event.source_id = AttemptId(next);
    AttemptFact& attempt = input.event.data.attempt;
    attempt.command = command.number;
    attempt.number = next.attempts;
    attempt.key = command.key;
    attempt.connector_hash = lane.connection->connector->hash();
    lane.starting.insert(key);
    lane.Order(key);
    ++starting_;
    input.done = [this, &lane, key, next](const Receipt& receipt) {
        --starting_;
        lane.starting.erase(key);
        const bool go = receipt.kind == Receipt::Kind::kDecided && !receipt.repeated &&
                        receipt.verdict == Verdict::kMoved;
        if (go) {
            ++counters_.started;
            ++lane.counts.started;
            Send(lane, key, next);
        } else {
            ++counters_.withdrawn;
            ++lane.counts.withdrawn;
            if (next.attempts == 1) Spend(lane, next, -next.amount_minor);
            if (receipt.kind == Receipt::Kind::kDecided) Reload(lane, key);
            lane.Order(key);
        }
    };
    Submit(std::move(input));
}

void Dispatcher::Send(Lane& lane, const CaseKey& key, Command command) {
    connectors::Connector& connector = *lane.connection->connector;
    const ConnectionSettings& settings = lane.connection->settings;
    ++lane.in_flight;
    Call call{key, command, connector.hash(), clock_.Monotonic()};
    if (connector.manifest().transport == connectors::Transport::kKafka) {
        auto record = connector.EncodeRecord(command.operation, command.body, settings.settings);
        if (!record.ok()) {
            Report(call, Simple(OutcomeKind::kRefused, "", "encode", record.error().text));
            return;
        }
        record->headers.emplace_back("traceparent", TraceOf(command));
        const bool queued = publisher_.Produce(
            record->topic, record->key, record->headers, record->value,
            [this, call](bool delivered) {
                Report(call, delivered ? Simple(OutcomeKind::kDone, "accepted", "", "")
                                       : Simple(OutcomeKind::kInDoubt, "", "not_acknowledged",
                                                "the broker did not confirm it"));
            });
        if (!queued)
            Report(call, Simple(OutcomeKind::kNotDone, "", "queue_full", "the bus takes no more"));
        return;
    }
    const connectors::Operation* operation = connector.FindOperation(command.operation);
    if (operation != nullptr) call.first = operation->first;
    SendCall(lane, std::move(call));
}

void Dispatcher::SendCall(Lane& lane, Call call) {
    const std::string& name = lane.connection->settings.name;
    // It was thrown away while this attempt was being written down: nothing has left.
    if (lane.connection->connector->NeedsToken() && tokens_.SerialOf(name) == 0) {
        Report(call,
               Simple(OutcomeKind::kNotDone, "", "token_ended", "there is no token any more"));
        return;
    }
    auto outgoing =
        Prepare(*lane.connection, call.first.empty() ? call.command.operation : call.first,
                call.command.body);
    if (!outgoing.ok()) {
        Report(call, Simple(OutcomeKind::kRefused, "", "encode", outgoing.error().text));
        return;
    }
    call.token = tokens_.SerialOf(name);
    outgoing->request.headers.emplace_back("traceparent", TraceOf(call.command));
    calls_.emplace(outgoing->id, std::move(call));
    http_.Submit(std::move(*outgoing));
}

// What was asked first is known: now the command itself, which nothing has left of so far.
bool Dispatcher::GoOn(Lane& lane, const Call& call, const Outcome& outcome) {
    if (call.first.empty() || outcome.kind != OutcomeKind::kDone || outcome.answer == "absent")
        return false;
    Call next = call;
    next.first.clear();
    next.command.body.Set("found", outcome.facts);
    SendCall(lane, std::move(next));
    return true;
}

Result<HttpCall> Dispatcher::Prepare(const Connection& connection, const std::string& operation,
                                     const Json& body) {
    const ConnectionSettings& settings = connection.settings;
    ASSIGN_OR_RETURN(connectors::HttpRequest request,
                     connection.connector->Encode(operation, body, settings.settings,
                                                  tokens_.Of(settings.name)));
    if (settings.timeout_ms > 0)
        request.total_timeout_ms =
            static_cast<int>(std::min<std::int64_t>(request.total_timeout_ms, settings.timeout_ms));
    return HttpCall{next_call_++, settings.base_url, std::move(request)};
}

void Dispatcher::Complete(const Call& call, const connectors::HttpResult& result) {
    Lane& lane = *lanes_.find(call.command.connection)->second;
    const std::string& operation = call.first.empty() ? call.command.operation : call.first;
    // By the version it was sent with: the folder may have changed since.
    connectors::Connector& sent_with =
        connections_.VersionOf(*lane.connection, call.connector_hash);
    Outcome outcome = sent_with.Decode(operation, call.command.body,
                                       lane.connection->settings.settings, result, clock_.Now());
    NoteToken(call, result, outcome);
    lane.NoteRates(operation, outcome, clock_.Now());
    if (GoOn(lane, call, outcome)) return;
    if (!call.first.empty() && outcome.kind == OutcomeKind::kDone)
        outcome = Simple(OutcomeKind::kRefused, "", "not_found", "they do not know the order");
    if (call.asked)
        Answer(call, outcome);
    else
        Report(call, outcome);
}

// The breaker counts what says nothing good of the other side's health.
void Dispatcher::Judge(Lane& lane, const Outcome& outcome) {
    const bool healthy =
        outcome.kind == OutcomeKind::kDone || outcome.kind == OutcomeKind::kRefused;
    if (healthy) {
        lane.failures = 0;
        lane.open_until = kNoTime;
        lane.trial = false;
        lane.trouble.clear();
        return;
    }
    if (outcome.reason == "token_ended") return;  // says nothing of their health
    ++lane.failures;
    // Every further call with credentials that are not accepted is one too many.
    const bool barred = outcome.reason == "credentials";
    lane.trouble = outcome.reason;
    if (barred || lane.trial || lane.failures >= lane.connection->settings.breaker_failures)
        Rest(lane);
}

void Dispatcher::Rest(Lane& lane) {
    lane.trial = false;
    ++counters_.breaker_opened;
    ++lane.counts.breaker_opened;
    const std::int64_t wait_ms = lane.connection->settings.breaker_open_seconds * 1000;
    const std::int64_t jitter_ms =
        static_cast<std::int64_t>(random_.Next() % static_cast<std::uint64_t>(wait_ms / 4 + 1));
    lane.open_until = clock_.Now() + Millis(wait_ms + jitter_ms);
}

void Dispatcher::Report(const Call& call, const Outcome& outcome) {
    Lane& lane = *lanes_.find(call.command.connection)->second;
    if (outcome.kind != OutcomeKind::kDone)
        ++lane.reasons[{std::string(connectors::Name(outcome.kind)), Bounded(outcome.reason)}];
    CHECK(lane.in_flight > 0);
    --lane.in_flight;
    Judge(lane, outcome);
    lane.attempts.Observe(static_cast<double>((clock_.Monotonic() - call.sent_at).count()) / 1000);
    for (DispatchCounters* counts : {&counters_, &lane.counts}) {
        counts->done += outcome.kind == OutcomeKind::kDone;
        counts->refused += outcome.kind == OutcomeKind::kRefused;
        counts->not_done += outcome.kind == OutcomeKind::kNotDone;
        counts->in_doubt += outcome.kind == OutcomeKind::kInDoubt;
    }

    if (outcome.kind == OutcomeKind::kInDoubt && call.command.amount_minor > 0 && on_doubt_)
        on_doubt_(call.command, outcome.reason, TraceId(TraceOf(call.command)));

    const std::string id = AttemptId(call.command);
    Input input;
    input.event.type = connectors::AttemptType(outcome.kind);
    input.event.key = call.key;
    input.event.connection = call.command.connection;
    input.event.source = "self";
    input.event.source_id = id + "=";
    input.event.occurred_at = clock_.Now();
    input.event.data = connectors::AttemptData(outcome, clock_.Now());
    if (!call.command.reference.empty()) input.event.data.our_reference = call.command.reference;
    AttemptFact& attempt = input.event.data.attempt;
    attempt.command = call.command.number;
    attempt.number = call.command.attempts;
    attempt.key = call.command.key;
    attempt.connector_hash = call.connector_hash;
    Submit(std::move(input));
    int index = 0;
    for (const Envelope& told : outcome.events) {
        Input fact;
        fact.event = told;
        const std::string& order = told.key.order_id;
        if (!order.empty() && order != call.key.order_id) {
            fact.unmapped = "asked about order " + call.key.order_id + ", they told of " + order;
            fact.raw = EnvelopeText(told);
        }
        fact.event.key = call.key;
        fact.event.connection = call.command.connection;
        fact.event.source = "connection:" + call.command.connection;
        fact.event.source_id = id + "#" + std::to_string(index++);
        Submit(std::move(fact));
    }
}

void Dispatcher::Submit(Input input) {
    if (pending_.empty() && engine_.Offer(input)) return;
    pending_.push_back(std::move(input));
}

Instant Dispatcher::NextDue() const {
    Instant next = kNever;
    for (const auto& [name, lane] : lanes_) {
        if (!MaySend(*lane->connection) || lane->ready.empty()) continue;
        next = std::min(
            next, std::max({lane->ready.begin()->first, lane->open_until, lane->quiet_until}));
    }
    return next;
}

}  // namespace returns::gateway
