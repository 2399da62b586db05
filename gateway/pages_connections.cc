// The pages of connections: how each works now, who set it so, what waits on it.
#include "connectors/crypto.h"
#include "gateway/blind_words.h"
#include "gateway/connection_words.h"
#include "gateway/pages_core.h"
#include "gateway/pages_timeline.h"
#include "gateway/plain_words.h"
#include "schemas/money.h"
#include "workflows/decide.h"

#include <algorithm>
#include <set>

namespace returns::gateway {
namespace {

constexpr std::size_t kWaitingMax = 50;
constexpr std::size_t kHistoryMax = 50;
constexpr std::int64_t kCodesShown = 50;

Json Text(std::string_view value) { return Json::String(std::string(value)); }
Json Whole(std::size_t value) { return Json::Int(static_cast<std::int64_t>(value)); }

std::string_view ModeTone(ConnectionMode mode) {
    if (mode == ConnectionMode::kAct) return "good";
    return mode == ConnectionMode::kAsk ? "wait" : "";
}

Json SwitchModel(const SwitchRow& row, Instant now) {
    Json model = Json::Object({{"after", Text(PlainSwitched(row.what, row.after))},
                               {"before", Text(PlainSwitched(row.what, row.before))},
                               {"by", Text(row.by)},
                               {"why", Text(row.reason)}});
    SetTimes(model, "at", row.at, now);
    return model;
}

Json PaymentModel(const ConnectionSettings& settings, const Dispatcher::ConnectionView& view,
                  const WaitingCommands& waiting) {
    std::map<std::string, std::int64_t> seen = view.spent_minor;
    seen.merge(RefundSums(waiting));
    const std::string spent = PlainSums(view.spent_minor);
    Json model =
        Json::Object({{"call_cap", Text(PlainCap(settings.call_cap_minor, settings, seen))},
                      {"daily_cap", Text(PlainCap(settings.daily_cap_minor, settings, seen))},
                      {"spent", Text(spent.empty() ? "nothing" : spent)}});
    if (settings.approve_above_minor > 0)
        model.Set("above", Text(PlainCap(settings.approve_above_minor, settings, seen)));
    return model;
}

std::string ApprovedText(const Command& command) {
    if (command.approved_by.empty()) return "";
    std::string text = "Approved by " + command.approved_by;
    if (!command.seconded_by.empty()) text += " and " + command.seconded_by;
    return text;
}

// The caller's word tried out on a copy of the case: why it would not count, "" when it would.
std::string WhyNotTheirs(Desk& desk, const Caller& caller,
                         const Dispatcher::WaitingCommand& waiting) {
    const auto subject = desk.Read(*waiting.key);
    if (!subject.ok()) return "";
    Wish wish;
    wish.key = *waiting.key;
    wish.action = "approve_command";
    wish.body = Json::Object({{"subject", Json::Int(waiting.command->number)}});
    wish.once = "trial";
    auto input = desk.MakeInput(caller, wish);
    if (!input.ok()) return input.error().text;
    Envelope& word = input->event;
    word.recorded_at = std::max(word.occurred_at, (*subject)->recorded_at);
    const auto decision = workflows::Decide(**subject, word, desk.engine().book());
    return decision.verdict == workflows::Verdict::kMoved ? "" : PlainReason(decision.reason);
}

Json WaitingModel(Desk& desk, const Dispatcher::WaitingCommand& waiting, const Caller& caller) {
    const Command& command = *waiting.command;
    std::string href = CasePath(*waiting.key);
    if (!command.return_id.empty())
        href += "?return=" + connectors::PercentEncode(command.return_id);
    const std::string amount =
        command.amount_minor > 0
            ? FormatMoney(command.amount_minor, command.body["currency"].AsString())
            : "";
    const std::string why = PlainHold(waiting, "this connection");
    const bool said = command.approved_by == caller.name || command.seconded_by == caller.name;
    const bool asked = caller.role == Role::kOperator && waiting.approvals_missing > 0;
    const std::string not_theirs = asked && !said ? WhyNotTheirs(desk, caller, waiting) : "";
    return Json::Object({{"href", Text(href)},
                         {"shop", Text(waiting.key->shop)},
                         {"order", Text(waiting.key->order_id)},
                         {"return", Text(command.return_id)},
                         {"operation", Text(PlainOperation(command.operation))},
                         {"amount", Text(amount)},
                         {"why", Text(why.empty() ? "waits for its turn" : why)},
                         {"approved", Text(ApprovedText(command))},
                         {"number", Json::Int(command.number)},
                         {"open", Json::Bool(asked && !said && not_theirs.empty())},
                         {"not_yours", Text(not_theirs)},
                         {"said", Json::Bool(asked && said)}});
}

Json Choices(const std::set<std::string>& values, const std::string& chosen, bool operations) {
    Json choices = Json::Array();
    for (const std::string& value : values)
        choices.Append(Json::Object({{"value", Text(value)},
                                     {"words", Text(operations ? PlainOperation(value) : value)},
                                     {"chosen", Json::Bool(value == chosen)}}));
    return choices;
}

std::string QueryText(const WaitingFilter& filter) {
    std::string text;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (value.empty()) return;
        text +=
            (text.empty() ? "?" : "&") + std::string(name) + "=" + connectors::PercentEncode(value);
    };
    add("operation", filter.query.operation);
    add("shop", filter.query.shop);
    add("order", filter.query.order_id);
    add("currency", filter.query.currency);
    add("amount", filter.amount);
    return text;
}

// The word for all that are found and wait for one. Only large refunds can be the caller's own
// doing; of these there are few, so that each may be tried.
void AddAll(Desk& desk, const WaitingFilter& filter, WaitingCommands found, const Caller& caller,
            std::int64_t large_minor, Json& model) {
    std::erase_if(found, [](const auto& each) { return each.hold != Hold::kApproval; });
    if (found.size() < 2) return;
    const std::size_t count = found.size();
    if (found.size() > kApprovedAtOnce) found.resize(kApprovedAtOnce);
    const auto said = std::count_if(found.begin(), found.end(), [&](const auto& each) {
        return each.command->approved_by == caller.name;
    });
    const auto own = std::count_if(found.begin(), found.end(), [&](const auto& each) {
        const Command& command = *each.command;
        return large_minor > 0 && command.amount_minor > large_minor &&
               command.approved_by != caller.name && !WhyNotTheirs(desk, caller, each).empty();
    });
    if (said + own == static_cast<std::ptrdiff_t>(found.size())) return;
    Json all = Json::Object({{"count", Whole(count)},
                             {"lot", Text(PlainLot(found))},
                             {"operation", Text(filter.query.operation)},
                             {"only_shop", Text(filter.query.shop)},
                             {"only_order", Text(filter.query.order_id)},
                             {"only_currency", Text(filter.query.currency)},
                             {"only_amount", Text(filter.amount)}});
    if (count > found.size()) all.Set("first", Whole(found.size()));
    if (said > 0)
        all.Set("said_before",
                Text(std::to_string(said) + " of them " +
                     (said == 1 ? "has your word already and needs another person."
                                : "have your word already and need another person.")));
    if (own > 0)
        all.Set("own_doing",
                Text(std::to_string(own) + " of them " +
                     (own == 1 ? "is a large refund of a return you have acted on: it waits"
                               : "are large refunds of returns you have acted on: they wait") +
                     " for another person."));
    model.Set("all", std::move(all));
}

// What was seen of late and has no translation there.
void AddCodes(const Coverage& coverage, const std::string& connection, Json& model) {
    Json rows = Json::Array();
    std::int64_t count = 0;
    for (const CoverageRow& row : coverage.Rows()) {
        if (row.key.connection != connection || ++count > kCodesShown) continue;
        std::string where = "missing in table " + row.key.table;
        if (row.key.back) where = "their code, " + where;
        if (row.key.table == "status") where = "their word for a status that means nothing to us";
        std::string often = "seen " + std::to_string(row.seen()) + " times";
        if (row.seen() == 1) often = "seen once";
        if (row.waiting > 0)
            often += row.waiting == 1 ? "; 1 order waits for it"
                                      : "; " + std::to_string(row.waiting) + " orders wait for it";
        Json one =
            Json::Object({{"code", Text(row.key.kind + " " + row.key.code)},
                          {"where", Text(where)},
                          {"often", Text(often + "; last on " + FormatDate(row.last_seen))}});
        if (!row.example.order_id.empty())
            one.Set("example", Json::Object({{"order", Text(row.example.order_id)},
                                             {"href", Text(CasePath(row.example))}}));
        rows.Append(std::move(one));
    }
    if (count == 0) return;
    Json codes = Json::Object(
        {{"title", Text(count == 1 ? "1 code has no translation"
                                   : std::to_string(count) + " codes have no translation")}});
    codes.Set("rows", std::move(rows));
    if (count > kCodesShown) codes.Set("shown", Json::Int(kCodesShown));
    model.Set("codes", std::move(codes));
}

Json Rows(const std::vector<std::string>& texts) {
    Json rows = Json::Array();
    for (const std::string& text : texts) rows.Append(Json::Object({{"text", Text(text)}}));
    return rows;
}

// What this partner never tells, and what that makes of our timers.
void AddTells(const connectors::Connector& connector, const workflows::Rulebook& book,
              Json& model) {
    const BlindWords words = WordsOf(connector, book);
    const std::size_t count = words.untold.size() + words.further.size();
    if (words.told.empty() && count == 0) return;
    Json tells = Json::Object();
    tells.Set("title", Text(words.untold.empty()
                                ? "What it tells us"
                                : "What it tells us, and " + std::to_string(words.untold.size()) +
                                      (words.untold.size() == 1 ? " thing it never does"
                                                                : " things it never does")));
    tells.Set("told", Rows(words.told));
    if (!words.untold.empty()) tells.Set("untold", Json::Object({{"rows", Rows(words.untold)}}));
    if (!words.timers.empty()) tells.Set("timers", Json::Object({{"rows", Rows(words.timers)}}));
    if (!words.further.empty()) tells.Set("further", Json::Object({{"rows", Rows(words.further)}}));
    model.Set("tells", std::move(tells));
}

void AddRollCall(const Poller& poller, const std::string& connection, Json& model) {
    const RollCall* call = poller.LastRollCall(connection);
    if (call == nullptr) return;
    Json rows = Json::Array();
    for (const std::string& each : PlainRollCall(*call))
        rows.Append(Json::Object({{"text", Text(each)}}));
    model.Set("roll_call", Json::Object({{"at", Text(PlainTime(call->ended_at))},
                                         {"at_iso", Text(FormatInstant(call->ended_at))},
                                         {"rows", std::move(rows)}}));
}

}  // namespace

std::string ConnectionPath(const std::string& name) {
    return "/connections/" + connectors::PercentEncode(name);
}

WaitingFilter ReadFilter(const ConnectionSettings& settings,
                         const std::function<std::string(std::string_view)>& field) {
    WaitingFilter filter;
    filter.query.connection = settings.name;
    filter.query.operation = field("operation");
    filter.query.shop = field("shop");
    filter.query.order_id = field("order");
    filter.query.currency = field("currency");
    filter.amount = field("amount");
    if (filter.amount.empty()) return filter;
    if (filter.query.currency.empty()) filter.query.currency = settings.cap_currency;
    if (filter.query.currency.empty()) {
        filter.wrong = "Choose the currency of the amount too.";
        return filter;
    }
    const auto minor = ParseMinor(filter.amount, filter.query.currency);
    if (minor.ok() && *minor > 0)
        filter.query.amount_max_minor = *minor;
    else
        filter.wrong = "“" + filter.amount + "” is no amount in " + filter.query.currency +
                       "; write it like 50.00.";
    return filter;
}

Connection* Pages::Core::ConnectionOf(const PageCallPtr& call) {
    Connection* connection = parts_.connections.Find(call->page.path[1]);
    if (parts_.dispatcher != nullptr && parts_.switches != nullptr && connection != nullptr &&
        parts_.desk.SeesShop(*call->caller, connection->settings.shop))
        return connection;
    Refuse(call, {.status = 404, .detail = "There is no such connection."});
    return nullptr;
}

Json Pages::Core::ConnectionModel(const PageCall& call, const Connection& connection,
                                  const Dispatcher::ConnectionView& view, int index) const {
    const ConnectionSettings& settings = connection.settings;
    const bool rests = view.breaker != "closed" || view.trouble == "credentials";
    Json model = Json::Object({{"index", Json::Int(index)},
                               {"name", Text(settings.name)},
                               {"connector", Text(settings.connector)},
                               {"for_shop", Text(settings.shop)},
                               {"mode", Text(PlainMode(settings.mode))},
                               {"mode_word", Text(PlainSwitched("mode", view.mode))},
                               {"tone", Text(ModeTone(settings.mode))},
                               {"trouble", Text(PlainTrouble(view, settings))},
                               {"trouble_tone", Text(rests ? "bad" : "wait")},
                               {"waiting", Whole(view.waiting)},
                               {"in_flight", Whole(view.in_flight)},
                               {"path", Text(ConnectionPath(settings.name))}});
    Json held = Json::Array();
    for (const std::string& line : PlainHeld(view.held))
        held.Append(Json::Object({{"text", Text(line)}}));
    model.Set("held", std::move(held));
    if (connection.stopped) {
        Json stopped = Json::Object({{"name", Text(settings.name)}});
        const auto history = parts_.switches->History(settings.name);
        for (std::size_t at = 0; history.ok() && at < history->size(); ++at) {
            if ((*history)[at].what != "stopped" || (*history)[at].after != "yes") continue;
            stopped.Set("row", SwitchModel((*history)[at], parts_.clock.Now()));
            break;
        }
        model.Set("stopped", std::move(stopped));
    }
    if (connection.connector->manifest().payment)
        model.Set("payment",
                  PaymentModel(settings, view, parts_.dispatcher->Waiting(settings.name)));
    AddTells(*connection.connector, parts_.desk.engine().book(), model);
    if (parts_.poller != nullptr) AddRollCall(*parts_.poller, settings.name, model);
    if (call.caller->role != Role::kOperator) return model;
    if (parts_.coverage != nullptr) AddCodes(*parts_.coverage, settings.name, model);
    const auto goes = [&](ConnectionMode mode) {
        return Text(PlainLot(parts_.dispatcher->WouldGo(settings.name, mode)));
    };
    Json forms = Json::Object({{"observes", Json::Bool(view.mode == "observe")},
                               {"asks", Json::Bool(view.mode == "ask")},
                               {"acts", Json::Bool(view.mode == "act")}});
    if (settings.mode != ConnectionMode::kAct && !connection.stopped)
        forms.Set("act_lets_go", goes(ConnectionMode::kAct));
    Json resume = Json::Object({{"lets_go", goes(settings.mode)}});
    forms.Set(connection.stopped ? "resume" : "stop", std::move(resume));
    model.Set("forms", std::move(forms));
    return model;
}

void Pages::Core::AddWaiting(const PageCall& call, const Connection& connection,
                             Json& model) const {
    const WaitingFilter filter =
        ReadFilter(connection.settings, [&](std::string_view name) { return call.Query(name); });
    WaitingQuery any;
    any.connection = connection.settings.name;
    WaitingCommands found = Matching(*parts_.dispatcher, parts_.desk, *call.caller, any);
    std::set<std::string> operations, currencies;
    for (const auto& each : found) {
        operations.insert(each.command->operation);
        const std::string& currency = each.command->body["currency"].AsString();
        if (!currency.empty()) currencies.insert(currency);
    }
    const std::string query = QueryText(filter);
    model.Set("nothing_waits", Json::Bool(found.empty()));
    if (found.size() > 1 || !query.empty()) {
        Json form = Json::Object({{"order", Text(filter.query.order_id)},
                                  {"amount", Text(filter.amount)},
                                  {"wrong", Text(filter.wrong)},
                                  {"filtered", Json::Bool(!query.empty())}});
        form.Set("operations", Choices(operations, filter.query.operation, true));
        form.Set("currencies", Choices(currencies, filter.query.currency, false));
        model.Set("filter", std::move(form));
    }
    std::erase_if(found, [&](const auto& each) {
        return !filter.wrong.empty() || !Fits(filter.query, each);
    });
    const std::size_t from =
        std::min(static_cast<std::size_t>(ReadNumber(call.Query("from"))), found.size());
    const std::size_t to = std::min(from + kWaitingMax, found.size());
    Json rows = Json::Array();
    for (std::size_t at = from; at < to; ++at)
        rows.Append(WaitingModel(parts_.desk, found[at], *call.caller));
    if (!found.empty()) model.Set("found", Text(PlainLot(found)));
    if (from > 0 || to < found.size())
        model.Set("shown", Text(std::to_string(from + 1) + " to " + std::to_string(to)));
    model.Set("nothing_fits", Json::Bool(found.empty() && !query.empty() && filter.wrong.empty()));
    if (to < found.size())
        model.Set("next", Text(ConnectionPath(connection.settings.name) + query +
                               (query.empty() ? "?" : "&") + "from=" + std::to_string(to)));
    model.Set("rows", std::move(rows));
    if (call.caller->role == Role::kOperator)
        AddAll(parts_.desk, filter, std::move(found), *call.caller,
               connection.settings.approve_above_minor, model);
}

void Pages::Core::GetConnections(const PageCallPtr& call) {
    Json items = Json::Array();
    if (parts_.dispatcher == nullptr || parts_.switches == nullptr)
        return Refuse(call, {.status = 404, .detail = "There is no such page."});
    int index = 0;
    for (const Dispatcher::ConnectionView& view : parts_.dispatcher->View()) {
        const Connection* connection = parts_.connections.Find(view.name);
        if (!parts_.desk.SeesShop(*call->caller, connection->settings.shop)) continue;
        Json item = ConnectionModel(*call, *connection, view, ++index);
        item.Set("href", Text(ConnectionPath(view.name)));
        items.Append(std::move(item));
    }
    Json model = Json::Object({{"title", Text("Connections")},
                               {"heading", Text("Connections")},
                               {"at_connections", Json::Bool(true)},
                               {"empty", Json::Bool(index == 0)}});
    model.Set("items", std::move(items));
    model.Set("version", Text(connectors::Sha256Hex(WriteJson(model)).substr(0, 16)));
    Show(call, "connections", std::move(model));
}

void Pages::Core::GetConnection(const PageCallPtr& call) {
    const Connection* connection = ConnectionOf(call);
    if (connection == nullptr) return;
    const std::string& name = connection->settings.name;
    const auto history = parts_.switches->History(name);
    if (!history.ok()) return Refuse(call, ProblemOf(history.error()));
    Json model = Json::Object({{"title", Text("Connection " + name)},
                               {"heading", Text("Connection " + name)},
                               {"at_connections", Json::Bool(true)}});
    Json items = Json::Array();
    for (const Dispatcher::ConnectionView& view : parts_.dispatcher->View())
        if (view.name == name) items.Append(ConnectionModel(*call, *connection, view, 1));
    model.Set("items", std::move(items));
    Json detail = Json::Object({{"path", Text(ConnectionPath(name))}});
    AddWaiting(*call, *connection, detail);
    Json rows = Json::Array();
    for (std::size_t at = 0; at < std::min(history->size(), kHistoryMax); ++at)
        rows.Append(SwitchModel((*history)[at], parts_.clock.Now()));
    detail.Set("no_history", Json::Bool(rows.Items().empty()));
    detail.Set("history", std::move(rows));
    if (history->size() > kHistoryMax) detail.Set("cut", Whole(kHistoryMax));
    model.Set("detail", std::move(detail));
    model.Set("told", ToldOfConnection(*call, *connection, *history));
    model.Set("version", Text(connectors::Sha256Hex(WriteJson(model)).substr(0, 16)));
    Show(call, "connections", std::move(model));
}

Json Pages::Core::HoldModels(const Case& subject, const std::string& return_id) const {
    Json holds = Json::Array();
    if (parts_.dispatcher == nullptr) return holds;
    for (const auto& waiting : parts_.dispatcher->WaitingOf(subject.key)) {
        const Command& command = *waiting.command;
        const std::string why = PlainHold(waiting, "connection " + command.connection);
        if (command.return_id != return_id || why.empty()) continue;
        std::string text = "Our request to " + PlainOperation(command.operation);
        if (command.amount_minor > 0)
            text += ", " + FormatMoney(command.amount_minor, subject.currency) + ",";
        holds.Append(Json::Object(
            {{"text", Text(text + " " + why + ".")},
             {"on", Text(command.connection)},
             {"href", Text(ConnectionPath(command.connection) +
                           "?shop=" + connectors::PercentEncode(subject.key.shop) +
                           "&order=" + connectors::PercentEncode(subject.key.order_id))}}));
    }
    return holds;
}

}  // namespace returns::gateway
