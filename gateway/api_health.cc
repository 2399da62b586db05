// /livez and /readyz, and the API's own description.
#include "gateway/api_core.h"
#include "gateway/check.h"
#include "gateway/log.h"
#include "gateway/web_files.h"

namespace returns::gateway {
namespace {

// Of a list of troubles, one text: "ok", or all of them.
std::string Told(const std::vector<std::string>& troubles) {
    std::string text;
    for (const std::string& trouble : troubles) text += (text.empty() ? "" : "; ") + trouble;
    return text.empty() ? "ok" : text;
}

// Room for writing and the right to: "" when there is.
std::string StoreTrouble(const ApiParts& parts) {
    if (parts.engine.failed())
        return "failed: " + parts.engine.failure() +
               "; nothing more is taken in: mend it and restart";
    return parts.store ? WhyNotWritable(parts.settings.database) : "";
}

std::string DiskTrouble(const ApiParts& parts) {
    if (!parts.store) return "";
    const std::int64_t least = parts.settings.limits.disk_free_mib_min;
    const std::int64_t free = parts.store().disk_free_bytes >> 20;
    if (least == 0 || free >= least) return "";
    return std::to_string(free) + " MiB free, less than limits.disk_free_mib_min (" +
           std::to_string(least) + "): writing will stop. Make room";
}

std::string Partners(const ApiParts& parts) {
    std::vector<std::string> troubles;
    if (parts.dispatcher != nullptr)
        for (const auto& [name, why] : parts.dispatcher->Resting())
            troubles.push_back(name + " rests: " + why);
    return Told(troubles);
}

std::string Certificates(const ApiParts& parts) {
    std::vector<std::string> troubles;
    if (!parts.certificates) return "ok";
    const Instant now = parts.wall ? parts.wall() : parts.clock.Now();
    for (const auto& [host, until] : parts.certificates())
        if (until - now <= kCertificateLeft)
            troubles.push_back(host + (until <= now ? " ended on " : " ends on ") +
                               FormatDate(until));
    return Told(troubles);
}

std::string ClockTrouble(const ApiParts& parts) {
    const bool held = parts.timers != nullptr && parts.timers->held();
    return held ? "has jumped: timers wait for a quarter of an hour" : "ok";
}

std::string LogLines() {
    const std::int64_t lost = LogLinesLost();
    return lost == 0 ? "ok" : std::to_string(lost) + " lines could not be written";
}

}  // namespace

void Api::Core::GetLive(const ApiCallPtr& call) {
    AnswerJson(call, 200, Json::Object({{"status", Json::String("alive")}}));
}

// What keeps work from being taken makes it not ready; what only keeps some of it waiting is told:
// another gateway would be no better off.
void Api::Core::GetReady(const ApiCallPtr& call) {
    const auto text = [](std::string told) {
        return Json::String(told.empty() ? "ok" : std::move(told));
    };
    const std::string store = StoreTrouble(parts_);
    const std::string disk = DiskTrouble(parts_);
    const bool ready = store.empty() && disk.empty() && !draining_;
    // The bus may be away: HTTP goes on and topics are read again later.
    const std::string bus = parts_.bus_trouble ? parts_.bus_trouble() : "";
    Json body = Json::Object({{"status", Json::String(ready ? "ready" : "not_ready")}});
    body.Set("checks", Json::Object({{"store", text(store)},
                                     {"disk", text(disk)},
                                     {"draining", Json::Bool(draining_)},
                                     {"bus", text(bus.empty() ? "" : "down: " + bus)},
                                     {"clock", text(ClockTrouble(parts_))},
                                     {"partners", text(Partners(parts_))},
                                     {"certificates", text(Certificates(parts_))},
                                     {"log", text(LogLines())},
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
