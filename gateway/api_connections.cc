// Connections as they work now, who set them so, and what waits on them for a person's word.
#include "gateway/api_core.h"
#include "gateway/approvals.h"
#include "gateway/blind_words.h"
#include "gateway/receipt_view.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::size_t kHistoryMax = 200;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

Json Counted(const std::map<std::string, std::int64_t>& counts) {
    Json json = Json::Object();
    for (const auto& [name, count] : counts) json.Set(name, Json::Int(count));
    return json;
}

Json ConnectionJson(const Connection& connection, const Dispatcher::ConnectionView& view,
                    const ApiParts& parts) {
    const ConnectionSettings& settings = connection.settings;
    Json json = Json::Object({{"name", Text(settings.name)},
                              {"connector", Text(settings.connector)},
                              {"shop", Text(settings.shop)},
                              {"mode", Text(Name(settings.mode))},
                              {"stopped", Json::Bool(connection.stopped)},
                              {"breaker", Text(view.breaker)},
                              {"waiting", Json::Int(static_cast<std::int64_t>(view.waiting))},
                              {"in_flight", Json::Int(static_cast<std::int64_t>(view.in_flight))},
                              {"held", Counted(view.held)}});
    json.Set("tells", TellsJson(*connection.connector, parts.engine.book()));
    const RollCall* call =
        parts.poller == nullptr ? nullptr : parts.poller->LastRollCall(settings.name);
    if (call != nullptr) json.Set("roll_call", RollCallJson(*call));
    if (!view.trouble.empty()) json.Set("trouble", Text(view.trouble));
    if (connection.connector->manifest().payment) {
        json.Set("call_cap_minor", Json::Int(settings.call_cap_minor));
        json.Set("daily_cap_minor", Json::Int(settings.daily_cap_minor));
        json.Set("approve_above_minor", Json::Int(settings.approve_above_minor));
        json.Set("spent_today_minor", Counted(view.spent_minor));
    }
    return json;
}

Json SwitchJson(const SwitchRow& row) {
    return Json::Object({{"at", Text(FormatInstant(row.at))},
                         {"what", Text(row.what)},
                         {"before", Text(row.before)},
                         {"after", Text(row.after)},
                         {"by", Text(row.by)},
                         {"reason", Text(row.reason)}});
}

Json WaitingJson(const Dispatcher::WaitingCommand& waiting) {
    const Command& command = *waiting.command;
    Json json = Json::Object({{"shop", Text(waiting.key->shop)},
                              {"order_id", Text(waiting.key->order_id)},
                              {"number", Json::Int(command.number)},
                              {"connection", Text(command.connection)},
                              {"operation", Text(command.operation)},
                              {"held", Text(Name(waiting.hold))},
                              {"approvals_missing", Json::Int(waiting.approvals_missing)},
                              {"attempts", Json::Int(command.attempts)}});
    if (!command.return_id.empty()) json.Set("return_id", Text(command.return_id));
    if (!command.reference.empty()) json.Set("reference", Text(command.reference));
    if (command.amount_minor > 0) {
        json.Set("amount_minor", Json::Int(command.amount_minor));
        json.Set("currency", command.body["currency"]);
    }
    if (command.confirm) json.Set("confirm", Json::Bool(true));
    if (!command.approved_by.empty()) json.Set("approved_by", Text(command.approved_by));
    if (!command.seconded_by.empty()) json.Set("seconded_by", Text(command.seconded_by));
    return json;
}

std::int64_t WholeOr(const Json& value, std::int64_t otherwise) {
    const auto whole = value.AsInt();
    return whole.ok() ? *whole : otherwise;
}

Result<WaitingQuery> ReadQuery(const Json& body) {
    WaitingQuery query;
    for (const auto& [name, value] : body.Members()) {
        std::string* text = name == "connection"  ? &query.connection
                            : name == "operation" ? &query.operation
                            : name == "shop"      ? &query.shop
                            : name == "order_id"  ? &query.order_id
                            : name == "currency"  ? &query.currency
                                                  : nullptr;
        if (text != nullptr) {
            if (!value.IsString()) return Invalid(name + " is text");
            *text = value.AsString();
        } else if (name == "amount_max_minor") {
            ASSIGN_OR_RETURN(query.amount_max_minor, value.AsInt());
        } else if (name != "number" && name != "count") {
            return Invalid("unknown member '" + name +
                           "', expected connection, operation, shop, order_id, number, currency, "
                           "amount_max_minor or count");
        }
    }
    if (query.connection.empty()) return Invalid("connection is missing");
    return query;
}

}  // namespace

bool Api::Core::SeesConnection(const Caller& caller, const Connection& connection) const {
    return desk_.SeesShop(caller, connection.settings.shop) &&
           (caller.role != Role::kPartner || caller.Holds(connection.settings.name));
}

Connection* Api::Core::ConnectionOf(const ApiCallPtr& call, const std::string& name) {
    Connection* connection = parts_.connections.Find(name);
    if (connection != nullptr && SeesConnection(*call->caller, *connection)) return connection;
    AnswerProblem(call, {.status = 404,
                         .code = "unknown_connection",
                         .detail = "no connection of this name that you may see"});
    return nullptr;
}

void Api::Core::GetConnections(const ApiCallPtr& call) {
    Json items = Json::Array();
    for (const Dispatcher::ConnectionView& view : parts_.dispatcher->View()) {
        const Connection* connection = parts_.connections.Find(view.name);
        if (!SeesConnection(*call->caller, *connection)) continue;
        items.Append(ConnectionJson(*connection, view, parts_));
    }
    AnswerJson(call, 200, Json::Object({{"items", std::move(items)}}));
}

void Api::Core::GetSwitches(const ApiCallPtr& call) {
    if (ConnectionOf(call, call->path[2]) == nullptr) return;
    const auto rows = parts_.switches->History(call->path[2]);
    if (!rows.ok()) return AnswerProblem(call, ProblemOf(rows.error()));
    Json items = Json::Array();
    for (std::size_t at = 0; at < std::min(rows->size(), kHistoryMax); ++at)
        items.Append(SwitchJson((*rows)[at]));
    AnswerJson(call, 200, Json::Object({{"items", std::move(items)}}));
}

void Api::Core::PostSwitch(const ApiCallPtr& call) {
    const Connection* connection = ConnectionOf(call, call->path[2]);
    if (connection == nullptr) return;
    const auto body = ParseJson(call->request.body);
    if (!body.ok()) return AnswerProblem(call, {.status = 400, .detail = body.error().text});
    const std::string& what = call->path[3];
    const std::string& by = call->caller->name;
    const std::string& reason = (*body)["reason"].AsString();
    const Status done =
        what == "mode"
            ? parts_.switches->SetMode(call->path[2], (*body)["mode"].AsString(), by, reason)
            : parts_.switches->SetStopped(call->path[2], what == "stop", by, reason);
    if (!done.ok()) return AnswerProblem(call, ProblemOf(done.error()));
    for (const Dispatcher::ConnectionView& view : parts_.dispatcher->View())
        if (view.name == call->path[2])
            AnswerJson(call, 200, ConnectionJson(*connection, view, parts_));
}

// Answered when the folders have been read and their cases run: the old ones go on until then.
void Api::Core::PostReload(const ApiCallPtr& call) {
    if (parts_.reload == nullptr) return AnswerProblem(call, {.status = 503});
    if (!call->caller->shop.empty())
        return AnswerProblem(call, {.status = 403, .detail = "connectors serve all shops"});
    parts_.reload->Ask([this, call](const ReloadEnd& end) {
        if (!end.good)
            return AnswerProblem(call, {.status = 422, .code = "not_reloaded", .detail = end.why});
        Json changed = Json::Array();
        for (const std::string& name : end.changed)
            changed.Append(
                Json::Object({{"connector", Text(name)},
                              {"hash", Text(parts_.connections.FindConnector(name)->hash())}}));
        AnswerJson(call, 200, Json::Object({{"changed", std::move(changed)}}));
    });
}

void Api::Core::GetCommands(const ApiCallPtr& call) {
    WaitingQuery query;
    query.connection = call->Query("connection");
    query.operation = call->Query("operation");
    query.shop = call->Query("shop");
    query.order_id = call->Query("order_id");
    query.held = call->Query("held");
    query.currency = call->Query("currency");
    query.amount_max_minor = ReadNumber(call->Query("amount_max_minor"));
    if (ConnectionOf(call, query.connection) == nullptr) return;
    const auto all = Matching(*parts_.dispatcher, desk_, *call->caller, query);
    Json items = Json::Array();
    const auto most = static_cast<std::size_t>(parts_.settings.limits.search_results_max);
    for (std::size_t at = 0; at < std::min(all.size(), most); ++at)
        items.Append(WaitingJson(all[at]));
    AnswerJson(call, 200,
               Json::Object({{"count", Json::Int(static_cast<std::int64_t>(all.size()))},
                             {"refunds_minor", Counted(RefundSums(all))},
                             {"items", std::move(items)}}));
}

// Either one command by its number, or all that a query finds: then as many as the caller has seen,
// or none.
void Api::Core::PostApprovals(const ApiCallPtr& call) {
    const auto body = ParseJson(call->request.body);
    if (!body.ok()) return AnswerProblem(call, {.status = 400, .detail = body.error().text});
    const auto query = ReadQuery(*body);
    if (!query.ok()) return AnswerProblem(call, {.status = 400, .detail = query.error().text});
    if (ConnectionOf(call, query->connection) == nullptr) return;
    if (body->Find("number") != nullptr) return ApproveOne(call, *query, (*body)["number"]);
    auto all = ApprovalOfAll(*parts_.dispatcher, desk_, *call->caller, *query,
                             WholeOr((*body)["count"], -1));
    if (!all.ok()) {
        Problem problem = ProblemOf(all.error());
        if (all.error().code == Code::kConflict) {
            problem.code = "count_differs";
            problem.detail = "count must be how many GET /v1/commands?held=approval told you; " +
                             all.error().text;
        }
        return AnswerProblem(call, problem);
    }
    SubmitAll(call, std::move(all->inputs), [this, left = all->left](const ApiInputs& done) {
        if (done.turned_away) return AnswerReceipts(done, false);
        std::int64_t approved = 0;
        Json refused = Json::Array();
        for (const Receipt& receipt : done.receipts) {
            approved += Approved(receipt);
            if (!Approved(receipt)) refused.Append(ReceiptJson(receipt, false));
        }
        AnswerJson(done.call, 200,
                   Json::Object({{"approved", Json::Int(approved)},
                                 {"refused", std::move(refused)},
                                 {"left", Json::Int(left)}}));
    });
}

void Api::Core::ApproveOne(const ApiCallPtr& call, const WaitingQuery& query, const Json& number) {
    if (query.order_id.empty())
        return AnswerProblem(call, {.status = 400, .detail = "number needs shop and order_id"});
    auto input = ApprovalOf(*parts_.dispatcher, desk_, *call->caller, query, WholeOr(number, 0));
    if (!input.ok()) {
        Problem problem = ProblemOf(input.error());
        if (input.error().code == Code::kNotFound) problem.code = "unknown_command";
        return AnswerProblem(call, problem);
    }
    std::vector<Input> inputs;
    inputs.push_back(std::move(*input));
    SubmitAll(call, std::move(inputs), [this](const ApiInputs& done) {
        if (done.turned_away) return AnswerReceipts(done, false);
        AnswerAction(done.call, done.receipts[0]);
    });
}

}  // namespace returns::gateway
