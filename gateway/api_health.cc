// /livez and /readyz, and the API's own description.
#include "gateway/api_core.h"
#include "gateway/web_files.h"

namespace returns::gateway {
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
    if (const ReconcilingFigures restored = Reconciling(); restored.open) {
        Json checks = body["checks"];
        checks.Set("restore", Json::String(restored.Text()));
        body.Set("checks", std::move(checks));
    }
    AnswerJson(call, ready ? 200 : 503, body);
}

void Api::Core::GetOpenApi(const ApiCallPtr& call) {
    AnswerText(call, "application/yaml", std::string(WebFile("schemas/openapi.yaml")));
}

}  // namespace returns::gateway
