// Which partner an order's returns go to and why, and codes seen without a translation.
#include "connectors/crosswalk.h"
#include "gateway/api_core.h"
#include "gateway/routing.h"

namespace returns::gateway {

void Api::Core::GetRoute(const ApiCallPtr& call) {
    const auto key = desk_.FindOrder(*call->caller, call->path[2], call->Query("shop"));
    if (!key.ok()) return AnswerProblem(call, ProblemOf(key.error()));
    const auto subject = desk_.Read(*key);
    if (!subject.ok()) return AnswerProblem(call, ProblemOf(subject.error()));
    AnswerJson(call, 200,
               Json::Object({{"shop", Json::String(key->shop)},
                             {"order_id", Json::String(key->order_id)},
                             {"items", ExplainRoutes(**subject, parts_.engine.book(),
                                                     parts_.connections)}}));
}

void Api::Core::GetCoverage(const ApiCallPtr& call) {
    const std::string only = call->Query("connection");
    if (!only.empty() && ConnectionOf(call, only) == nullptr) return;
    Json items = Json::Array();
    for (const CoverageRow& row : coverage_.Rows()) {
        const Connection* connection = parts_.connections.Find(row.key.connection);
        if (connection == nullptr || !SeesConnection(*call->caller, *connection)) continue;
        if (only.empty() || only == row.key.connection) items.Append(CoverageJson(row));
    }
    AnswerJson(call, 200,
               Json::Object({{"days", Json::Int(30)},
                             {"not_kept", Json::Int(coverage_.dropped())},
                             {"items", std::move(items)}}));
}

// What a partner told with codes of its own that we cannot read.
void Api::Core::NoteCodes(const Connection& connection,
                          const connectors::CallbackReading& reading) {
    const std::string& name = connection.settings.name;
    if (const auto code = connectors::UntranslatedIn(reading.unmapped))
        coverage_.Saw({name, code->table, code->kind, code->code, true}, {});
    for (const Envelope& event : reading.events)
        if (event.type == EventType::kPartnerUnknownStatus)
            coverage_.Saw({name, "status", "status", event.data.raw_code, true},
                          {connection.settings.shop, event.key.order_id});
}

}  // namespace returns::gateway
