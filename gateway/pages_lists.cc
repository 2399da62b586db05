// The search page and the page of what stands still.
#include "connectors/crypto.h"
#include "gateway/pages_core.h"
#include "gateway/pages_timeline.h"
#include "gateway/plain_words.h"
#include "schemas/money.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::size_t kFoundMax = 25;
constexpr std::size_t kStallsMax = 50;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

std::string Counted(std::size_t n, std::string_view one, std::string_view many) {
    if (n == 0) return "Nothing found";
    return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

std::string HrefOf(const CaseKey& key, const std::string& return_id) {
    std::string href = CasePath(key);
    if (!return_id.empty()) href += "?return=" + connectors::PercentEncode(return_id);
    return href;
}

Json StallModel(const StallRow& row, const workflows::Rulebook& book, Instant now,
                bool operator_view) {
    std::string title = "Order " + row.key.order_id;
    if (!row.return_id.empty()) title = "Return " + row.return_id + " of order " + row.key.order_id;
    Json model = Json::Object(
        {{"href", Text(HrefOf(row.key, row.return_id))},
         {"title", Text(title)},
         {"what", Text(row.plain)},
         {"code", Text(operator_view && row.what != row.plain ? row.what : "")},
         {"owner", Text(OwnerText(row.owner, book.wording))},
         {"amount", Text(row.amount_minor > 0 ? FormatMoney(row.amount_minor, row.currency) : "")},
         {"ticket", Text(row.ticket.empty() ? "none yet" : row.ticket)}});
    SetTimes(model, "since", row.since, now);
    if (row.amount_minor > 0) {
        SetTimes(model, "legal", row.legal_deadline, now);
        model.Set("late", Json::Bool(row.legal_deadline != kNoTime && row.legal_deadline < now));
    }
    return model;
}

// Differs when the list does.
std::string VersionOf(const std::vector<StallRow>& rows) {
    std::string all;
    for (const StallRow& row : rows) {
        all += row.key.shop + '\n' + row.key.order_id + '\n' + row.return_id + '\n' + row.what +
               '\n' + row.owner + '\n' + row.ticket + '\n' + FormatInstant(row.since) + '\n' +
               std::to_string(row.amount_minor) + '\n';
    }
    return connectors::Sha256Hex(all).substr(0, 16);
}

}  // namespace

Json Pages::Core::FoundModel(const CaseKey& key, const Case& subject) const {
    const workflows::Rulebook& book = parts_.desk.engine().book();
    Json returns = Json::Array();
    for (const Return& header : subject.returns) {
        const std::string word = workflows::StatusWord(subject, header.id, book);
        const auto told = workflows::Explain(subject, header.id, workflows::Audience::kAgent, book);
        returns.Append(Json::Object({{"return", Text(header.id)},
                                     {"status", Text(PlainStatus(word))},
                                     {"tone", Text(ToneOf(word))},
                                     {"amount", Text(AmountText(subject, header.id))},
                                     {"owner", Text(OwnerText(told.owner, book.wording))},
                                     {"why_not", Text(told.why_not)}}));
    }
    Json model = Json::Object({{"href", Text(CasePath(key))},
                               {"order", Text(key.order_id)},
                               {"shop", Text(key.shop)},
                               {"no_returns", Json::Bool(returns.Items().empty())}});
    model.Set("returns", std::move(returns));
    return model;
}

void Pages::Core::GetSearch(const PageCallPtr& call) {
    if (call->caller->role == Role::kPartner) return Send(call, 303, "/partner");
    std::string q = call->Query("q").substr(0, 254);
    q.erase(0, q.find_first_not_of(" \t\r\n"));
    q.erase(q.find_last_not_of(" \t\r\n") + 1);
    Json model = Json::Object({{"title", Text(q.empty() ? "Find a return" : "Search: " + q)},
                               {"at_search", Json::Bool(true)},
                               {"q", Text(q)},
                               {"fresh", Json::Bool(q.empty())},
                               {"asked", Json::Bool(!q.empty())}});
    if (q.empty()) return Show(call, "search", std::move(model));
    const std::string cursor = call->Query("cursor");
    const auto page = parts_.desk.Search(*call->caller, q, cursor, kFoundMax);
    if (!page.ok()) return Refuse(call, ProblemOf(page.error()));
    if (page->keys.size() == 1 && page->next.empty() && cursor.empty()) {
        const auto subject = parts_.desk.Read(page->keys[0]);
        const bool is_return =
            subject.ok() && std::any_of((*subject)->returns.begin(), (*subject)->returns.end(),
                                        [&](const Return& header) { return header.id == q; });
        return Send(call, 303, HrefOf(page->keys[0], is_return ? q : ""));
    }
    Json found = Json::Array();
    for (const CaseKey& key : page->keys) {
        const auto subject = parts_.desk.Read(key);
        if (subject.ok()) found.Append(FoundModel(key, **subject));
    }
    const std::size_t count = found.Items().size();
    model.Set("count",
              Text(Counted(count, "order", page->next.empty() ? "orders" : "orders and more")));
    model.Set("empty", Json::Bool(count == 0));
    model.Set("found", std::move(found));
    if (!page->next.empty()) {
        model.Set("next", Text("/?q=" + connectors::PercentEncode(q) + "&cursor=" + page->next));
    }
    Show(call, "search", std::move(model));
}

void Pages::Core::GetStalls(const PageCallPtr& call) {
    const auto rows = parts_.board.Stalls(call->caller->shop);
    const std::size_t from =
        std::min(static_cast<std::size_t>(ReadNumber(call->Query("from"))), rows.size());
    const std::size_t to = std::min(from + kStallsMax, rows.size());
    Json stalls = Json::Array();
    const Instant now = parts_.clock.Now();
    for (std::size_t at = from; at < to; ++at) {
        stalls.Append(StallModel(rows[at], parts_.desk.engine().book(), now,
                                 call->caller->role == Role::kOperator));
    }
    std::string count = rows.empty() ? "" : Counted(rows.size(), "return", "returns");
    if (!count.empty()) count += ", longest first.";
    Json model = Json::Object({{"title", Text("Standing still")},
                               {"at_stalls", Json::Bool(true)},
                               {"count", Text(count)},
                               {"filling", Json::Bool(!parts_.board.complete())},
                               {"empty", Json::Bool(rows.empty())},
                               {"version", Text(VersionOf(rows))}});
    if (to < rows.size()) model.Set("next", Text("/stalls?from=" + std::to_string(to)));
    model.Set("stalls", std::move(stalls));
    Show(call, "stalls", std::move(model));
}

}  // namespace returns::gateway
