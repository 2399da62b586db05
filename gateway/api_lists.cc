// Lists: what a search found, what stands still, which tickets are open.
#include "gateway/api_core.h"
#include "gateway/case_view.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::size_t kPageMax = 200;

std::size_t PageSize(const Settings& settings) {
    const std::int64_t most = settings.limits.search_results_max;
    return most > 0 && most < static_cast<std::int64_t>(kPageMax) ? static_cast<std::size_t>(most)
                                                                  : kPageMax;
}

Json PageJson(Json items, const std::string& next) {
    Json json = Json::Object({{"items", std::move(items)}});
    if (!next.empty()) json.Set("next", Json::String(next));
    return json;
}

// Rows after the cursor's place, which is the position of the last row told. The board moves while
// somebody turns pages: a row may then be seen twice, or next time.
std::size_t PlaceOf(const std::string& cursor) {
    const auto key = DecodeCursor(cursor);
    if (!key || key->shop != "row") return 0;
    return static_cast<std::size_t>(ReadNumber(key->order_id));
}

void SetTime(Json& json, std::string name, Instant at) {
    if (at != kNoTime && at != kNever) json.Set(std::move(name), Json::String(FormatInstant(at)));
}

template <class Row, class Write>
Json Paged(const std::vector<Row>& rows, const std::string& cursor, std::size_t most, Write write) {
    Json items = Json::Array();
    const std::size_t from = std::min(PlaceOf(cursor), rows.size());
    const std::size_t to = std::min(from + most, rows.size());
    for (std::size_t at = from; at < to; ++at) items.Append(write(rows[at]));
    return PageJson(std::move(items),
                    to < rows.size() ? EncodeCursor({"row", std::to_string(to)}) : "");
}

Json StallJson(const StallRow& row) {
    Json json = Json::Object({{"shop", Json::String(row.key.shop)},
                              {"order_id", Json::String(row.key.order_id)},
                              {"what", Json::String(row.what)},
                              {"owner", Json::String(row.owner)},
                              {"open_amount_minor", Json::Int(row.amount_minor)}});
    if (!row.return_id.empty()) json.Set("return_id", Json::String(row.return_id));
    if (!row.currency.empty()) json.Set("currency", Json::String(row.currency));
    SetTime(json, "since", row.since);
    SetTime(json, "legal_deadline", row.legal_deadline);
    if (!row.ticket.empty()) json.Set("ticket", Json::String(row.ticket));
    return json;
}

Json TicketRowJson(const TicketRow& row) {
    constexpr std::string_view kStates[] = {"opening", "open", "resolving", "resolved"};
    Json json = Json::Object(
        {{"shop", Json::String(row.key.shop)},
         {"order_id", Json::String(row.key.order_id)},
         {"id", Json::Int(row.ticket.id)},
         {"state", Json::String(std::string(kStates[static_cast<std::size_t>(row.ticket.state)]))},
         {"cause", Json::String(row.ticket.cause)}});
    if (!row.ticket.return_id.empty()) json.Set("return_id", Json::String(row.ticket.return_id));
    if (!row.ticket.their_reference.empty()) {
        json.Set("their_reference", Json::String(row.ticket.their_reference));
    }
    SetTime(json, "opened_at", row.ticket.opened_at);
    return json;
}

Json FoundJson(const Case& subject, const workflows::Rulebook& book) {
    Json returns = Json::Array();
    for (const Return& header : subject.returns) {
        returns.Append(Json::Object(
            {{"return_id", Json::String(header.id)},
             {"status", Json::String(workflows::StatusWord(subject, header.id, book))}}));
    }
    return Json::Object({{"shop", Json::String(subject.key.shop)},
                         {"order_id", Json::String(subject.key.order_id)},
                         {"returns", std::move(returns)}});
}

}  // namespace

void Api::Core::GetSearch(const ApiCallPtr& call) {
    const std::string text = call->Query("q");
    if (text.empty() || text.size() > 254) {
        return AnswerProblem(call, {.status = 400,
                                    .detail = "q is what to look for: an order, return, tracking "
                                              "number, reference, mail or phone"});
    }
    const auto page =
        desk_.Search(*call->caller, text, call->Query("cursor"), PageSize(parts_.settings));
    if (!page.ok()) {
        Problem problem = ProblemOf(page.error());
        if (page.error().code == Code::kInvalid) problem.status = 400;
        return AnswerProblem(call, problem);
    }
    Json items = Json::Array();
    for (const CaseKey& key : page->keys) {
        const auto subject = desk_.Read(key);
        if (!subject.ok()) return AnswerProblem(call, ProblemOf(subject.error()));
        items.Append(FoundJson(**subject, parts_.engine.book()));
    }
    AnswerJson(call, 200, PageJson(std::move(items), page->next));
}

void Api::Core::GetStalls(const ApiCallPtr& call) {
    const std::string shop = call->caller->shop.empty() ? call->Query("shop") : call->caller->shop;
    AnswerJson(
        call, 200,
        Paged(board_.Stalls(shop), call->Query("cursor"), PageSize(parts_.settings), StallJson));
}

void Api::Core::GetTickets(const ApiCallPtr& call) {
    const std::string shop = call->caller->shop.empty() ? call->Query("shop") : call->caller->shop;
    AnswerJson(call, 200,
               Paged(board_.Tickets(shop), call->Query("cursor"), PageSize(parts_.settings),
                     TicketRowJson));
}

}  // namespace returns::gateway
