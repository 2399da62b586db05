// /livez, /readyz and /metrics, and the API's own description.
#include "gateway/api_core.h"
#include "gateway/web_files.h"

namespace returns::gateway {
namespace {

// The text form that Prometheus reads. Label values here are names from the settings.
class Exposition {
public:
    void Begin(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        text_ += "# HELP " + name_ + " " + std::string(help) + "\n";
        text_ += "# TYPE " + name_ + " " + std::string(type) + "\n";
    }
    void Add(std::int64_t value, std::string_view labels = "") {
        text_ += name_ + std::string(labels) + " " + std::to_string(value) + "\n";
    }
    void Counter(std::string_view name, std::string_view help, std::int64_t value) {
        Begin(name, "counter", help);
        Add(value);
    }
    void Gauge(std::string_view name, std::string_view help, std::int64_t value) {
        Begin(name, "gauge", help);
        Add(value);
    }
    std::string Take() { return std::move(text_); }

private:
    std::string name_, text_;
};

std::string Label(std::string_view name, std::string_view value) {
    std::string text = "{" + std::string(name) + "=\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c == '\n' ? ' ' : c;
    }
    return text + "\"}";
}

struct Labelled {
    std::string_view label;
    std::int64_t value;
};

void AddAll(Exposition& out, std::string_view label, std::initializer_list<Labelled> values) {
    for (const Labelled& one : values) out.Add(one.value, Label(label, one.label));
}

void AddEngine(Exposition& out, const Engine& engine) {
    const EngineCounters& c = engine.counters();
    out.Begin("backhaul_events_total", "counter", "Events decided, by what came of them.");
    AddAll(out, "verdict",
           {{"moved", c.moved},
            {"ignored", c.ignored},
            {"refused", c.refused},
            {"held", c.held},
            {"quarantined", c.quarantined}});
    out.Begin("backhaul_inputs_total", "counter", "Inputs that were not decided anew.");
    AddAll(out, "outcome",
           {{"parked", c.parked},
            {"repeated", c.repeated},
            {"conflicting", c.conflicting},
            {"failed", c.failed},
            {"turned_away", c.turned_away}});
    out.Counter("backhaul_commits_total", "Transactions committed.", c.commits);
    out.Counter("backhaul_decisions_repeated_total", "Decisions made again after a conflict.",
                c.retried);
    out.Counter("backhaul_raw_forgotten_total", "Parked inputs of which only the digest is left.",
                c.raw_forgotten);
    out.Gauge("backhaul_inputs_queued", "Inputs that wait for the lane.",
              static_cast<std::int64_t>(engine.queued()));
    out.Gauge("backhaul_store_failed", "1 when the store takes no more writes.", engine.failed());
}

void AddDispatcher(Exposition& out, Dispatcher& dispatcher) {
    const DispatchCounters& c = dispatcher.counters();
    out.Counter("backhaul_attempts_started_total", "Attempts at commands.", c.started);
    out.Begin("backhaul_attempts_total", "counter", "Attempts by outcome.");
    AddAll(out, "outcome",
           {{"done", c.done},
            {"refused", c.refused},
            {"not_done", c.not_done},
            {"in_doubt", c.in_doubt},
            {"withdrawn", c.withdrawn},
            {"held_back", c.held_back}});
    out.Counter("backhaul_breakers_opened_total", "Times a breaker opened.", c.breaker_opened);
    const auto views = dispatcher.View();
    out.Begin("backhaul_commands_waiting", "gauge", "Commands that wait, by connection.");
    for (const auto& view : views) {
        out.Add(static_cast<std::int64_t>(view.waiting), Label("connection", view.name));
    }
    out.Begin("backhaul_commands_in_flight", "gauge", "Commands under way, by connection.");
    for (const auto& view : views) {
        out.Add(static_cast<std::int64_t>(view.in_flight), Label("connection", view.name));
    }
    out.Begin("backhaul_cases_held_back", "gauge",
              "Cases whose next command may not leave, by why.");
    for (const auto& view : views)
        for (const auto& [why, count] : view.held)
            out.Add(count, Label("connection", view.name) + "," + Label("why", why));
    out.Begin("backhaul_connection_stopped", "gauge", "1 while a connection's kill switch is on.");
    for (const auto& view : views) out.Add(view.stopped, Label("connection", view.name));
    out.Begin("backhaul_connection_barred", "gauge", "1 while a partner refuses our credentials.");
    for (const auto& view : views)
        out.Add(view.trouble == "credentials", Label("connection", view.name));
    out.Begin("backhaul_breaker_open", "gauge", "1 while a connection's breaker is open.");
    for (const auto& view : views) out.Add(view.breaker == "open", Label("connection", view.name));
}

void AddDoor(Exposition& out, const DoorCounters& c) {
    out.Counter("backhaul_http_connections_total", "Connections accepted.", c.connections);
    out.Gauge("backhaul_http_connections_open", "Connections open.", c.connections_open);
    out.Counter("backhaul_http_requests_total", "Requests read whole.", c.requests);
    out.Begin("backhaul_http_refused_total", "counter", "Connections and requests refused.");
    AddAll(out, "why",
           {{"connections", c.refused_total_cap},
            {"connections_of_peer", c.refused_peer_cap},
            {"request", c.refused_requests},
            {"read_timeout", c.read_timeouts},
            {"reply_timeout", c.reply_timeouts}});
}

void AddIntake(Exposition& out, const IntakeCounters& c) {
    out.Begin("backhaul_records_total", "counter", "Topic records, by kind.");
    AddAll(out, "kind", {{"read", c.records}, {"rejected", c.rejected}});
    out.Begin("backhaul_records_rejected_total", "counter", "Rejected topic records, by reason.");
    AddAll(out, "why",
           {{"tombstone", c.tombstones},
            {"too_long", c.too_long},
            {"unreadable", c.unreadable},
            {"not_ours", c.not_ours},
            {"id_used_before", c.reused_ids}});
    out.Counter("backhaul_record_events_total", "Events read from records.", c.events);
    out.Counter("backhaul_intake_pauses_total", "Times the topics were paused.", c.pauses);
}

void AddApi(Exposition& out, const ApiCounters& c) {
    out.Counter("backhaul_api_requests_total", "Requests answered.", c.requests);
    out.Counter("backhaul_api_problems_total", "Answers that were problems.", c.problems);
    out.Counter("backhaul_api_unauthenticated_total", "Requests without a key.", c.not_signed_in);
    out.Counter("backhaul_api_forbidden_total", "Requests a role may not make.", c.forbidden);
    out.Counter("backhaul_callbacks_total", "Callbacks received.", c.callbacks);
    out.Begin("backhaul_callbacks_refused_total", "counter", "Callbacks not verified.");
    AddAll(out, "why",
           {{"unknown_connection", c.callbacks_unknown},
            {"forged", c.callbacks_forged},
            {"stale", c.callbacks_stale}});
    out.Counter("backhaul_callbacks_unmapped_total", "Callbacks parked for want of a mapping.",
                c.callbacks_unmapped);
    out.Counter("backhaul_callbacks_repeated_total", "Callbacks told before.",
                c.callbacks_repeated);
}

void AddSignIns(Exposition& out, const SignInCounters& c) {
    out.Begin("backhaul_signins_total", "counter", "Attempts to sign in at the pages.");
    AddAll(out, "outcome",
           {{"signed_in", c.signed_in}, {"failed", c.failed}, {"turned_away", c.turned_away}});
}

}  // namespace

void Api::Core::GetLive(const ApiCallPtr& call) {
    AnswerJson(call, 200, Json::Object({{"status", Json::String("alive")}}));
}

void Api::Core::GetReady(const ApiCallPtr& call) {
    const bool failed = parts_.engine.failed();
    const std::string bus = parts_.bus_trouble ? parts_.bus_trouble() : "";
    const bool ready = !failed && !draining_;
    Json body = Json::Object({{"status", Json::String(ready ? "ready" : "not_ready")}});
    // The bus may be away: HTTP goes on and topics are read again later.
    body.Set("checks", Json::Object({{"store", Json::String(failed ? "failed" : "ok")},
                                     {"bus", Json::String(bus.empty() ? "ok" : "down: " + bus)},
                                     {"draining", Json::Bool(draining_)},
                                     {"stalls_listed", Json::Bool(board_.complete())}}));
    AnswerJson(call, ready ? 200 : 503, body);
}

void Api::Core::GetMetrics(const ApiCallPtr& call) {
    Exposition out;
    AddEngine(out, parts_.engine);
    if (parts_.dispatcher != nullptr) AddDispatcher(out, *parts_.dispatcher);
    if (parts_.intake != nullptr) AddIntake(out, parts_.intake->counters());
    if (parts_.partitions_stopped) {
        out.Gauge("backhaul_bus_trouble", "1 while something is wrong with the bus: see /readyz.",
                  !parts_.bus_trouble().empty());
        out.Gauge("backhaul_partitions_stopped", "Partitions that wait for a person's decision.",
                  parts_.partitions_stopped());
    }
    if (parts_.door) AddDoor(out, parts_.door());
    AddApi(out, counters_);
    AddSignIns(out, pages_.sign_ins());
    out.Gauge("backhaul_cases_stalled", "Cases that stand still or have a ticket open.",
              static_cast<std::int64_t>(board_.size()));
    AnswerText(call, "text/plain; version=0.0.4; charset=utf-8", out.Take());
}

void Api::Core::GetOpenApi(const ApiCallPtr& call) {
    AnswerText(call, "application/yaml", std::string(WebFile("schemas/openapi.yaml")));
}

}  // namespace returns::gateway
