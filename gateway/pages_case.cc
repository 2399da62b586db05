// The page of one case, and what a person does there.
#include "connectors/crypto.h"
#include "gateway/money_view.h"
#include "gateway/pages_core.h"
#include "gateway/pages_timeline.h"
#include "gateway/plain_words.h"
#include "schemas/money.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::size_t kTimelineMax = 200;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

Json SliceModel(const Case& subject, const Slice& slice, Instant now, bool operator_view) {
    Json model = Json::Object({{"item", Text(SliceText(subject, slice))},
                               {"state", Text(PlainState(slice.state))},
                               {"stalled", Json::Bool(slice.stalled_at != kNoTime)}});
    SetTimes(model, "since", slice.entered_at, now);
    if (operator_view) model.Set("code", Text(Name(slice.state)));
    return model;
}

Json LegModel(const Case& subject, const Leg& leg, Instant now, bool operator_view) {
    Json model = Json::Object({{"amount", Text(FormatMoney(leg.amount_minor, subject.currency))},
                               {"state", Text(PlainState(leg.state))},
                               {"stalled", Json::Bool(leg.stalled_at != kNoTime)},
                               {"reference", Text(leg.reference)},
                               {"theirs", Text(leg.their_reference)}});
    SetTimes(model, "since", leg.entered_at, now);
    if (operator_view) model.Set("code", Text(Name(leg.state)));
    return model;
}

// The cause is text for comparison, one line for each thing: it helps operators alone.
std::string CauseText(std::string cause) {
    while (!cause.empty() && (cause.back() == ';' || cause.back() == ' ')) cause.pop_back();
    std::string text;
    for (const char c : cause) text += c == ';' ? std::string("; ") : std::string(1, c);
    return text;
}

// The open ones each by itself, the closed ones by their numbers.
void AddTickets(const Case& subject, const std::string& return_id, bool operator_view,
                Json& model) {
    Json open = Json::Array();
    std::string closed;
    for (const Ticket& ticket : subject.tickets) {
        if (ticket.return_id != return_id) continue;
        const std::string& name = ticket.their_reference;
        if (ticket.state == TicketState::kResolved || ticket.state == TicketState::kResolving) {
            closed += (closed.empty() ? "" : ", ") + (name.empty() ? "without a number" : name);
            continue;
        }
        Json one = Json::Object({{"reference", Text(name.empty() ? "being opened" : name)},
                                 {"cause", Text(operator_view ? CauseText(ticket.cause) : "")}});
        SetTimes(one, "opened", ticket.opened_at, kNoTime);
        open.Append(std::move(one));
    }
    model.Set("tickets", std::move(open));
    model.Set("closed_tickets", Text(closed));
}

}  // namespace

std::string ToneOf(const std::string& word) {
    if (word == "done" || word == "at_bank" || word == "approved") return "good";
    if (word == "our_fault") return "bad";
    if (word == "need_you" || word == "send_it") return "wait";
    return "";
}

// What a return's refunds come to: paid so far and still open.
std::string AmountText(const Case& subject, const std::string& return_id) {
    std::int64_t paid = 0;
    for (const Leg& leg : subject.legs) {
        if (leg.return_id == return_id && leg.paid) paid += leg.amount_minor;
    }
    const std::int64_t open = OpenAmount(subject, return_id);
    std::string text;
    if (paid > 0) text = FormatMoney(paid, subject.currency) + " paid";
    if (open > 0) {
        text += text.empty() ? "" : ", ";
        text += FormatMoney(open, subject.currency) + (paid > 0 ? " still to come" : "");
    }
    return text.empty() ? "No refund" : text;
}

// The states of the refunds that are under way, each once: "with the provider".
std::string MoneyText(const Case& subject, const std::string& return_id) {
    std::string text;
    for (const Leg& leg : subject.legs) {
        if (leg.return_id != return_id || leg.paid || leg.state == RefundState::kCancelled)
            continue;
        const std::string state(PlainState(leg.state));
        if (text.find(state) != std::string::npos) continue;
        text += (text.empty() ? "" : "; ") + state;
    }
    return text;
}

std::string OwnerText(const std::string& owner, const Json& wording) {
    const std::string& text = wording["owners"][owner].AsString();
    return text.empty() ? owner : text;
}

void Pages::Core::AddOffers(const PageCall& call, const Case& subject, const Return& header,
                            Json& model) const {
    model.Set("may_act", Json::Bool(true));
    Json offers = Json::Array();
    Json refused = Json::Array();
    for (const ActionOffer& offer : parts_.desk.Offers(subject, header.id, *call.caller)) {
        std::string about;
        for (const Leg& leg : subject.legs) {
            if (leg.id == offer.subject) about = FormatMoney(leg.amount_minor, subject.currency);
        }
        Json one = Json::Object({{"label", Text(offer.label)}, {"about", Text(about)}});
        if (!offer.why_not.empty()) {
            one.Set("why", Text(PlainReason(offer.why_not)));
            refused.Append(std::move(one));
            continue;
        }
        one.Set("name", Text(offer.action));
        one.Set("subject", Json::Int(offer.subject));
        one.Set("second", Json::Bool(offer.second));
        one.Set("wants_amount", Json::Bool(offer.action == "accept_reduced"));
        one.Set("id", Text(connectors::Sha256Hex(header.id).substr(0, 8) + "-" + offer.action +
                           "-" + std::to_string(offer.subject)));
        one.Set("once", Text(connectors::EncodeHex(parts_.random_bytes(16))));
        offers.Append(std::move(one));
    }
    model.Set("no_offers", Json::Bool(offers.Items().empty()));
    model.Set("offers", std::move(offers));
    model.Set("refused", std::move(refused));
}

Json Pages::Core::ReturnModel(const PageCall& call, const Case& subject, const Return& header,
                              int index) const {
    const workflows::Rulebook& book = parts_.desk.engine().book();
    const bool operator_view = call.caller->role == Role::kOperator;
    const std::string word = workflows::StatusWord(subject, header.id, book);
    const auto customer =
        workflows::Explain(subject, header.id, workflows::Audience::kCustomer, book);
    const auto agent = workflows::Explain(subject, header.id, workflows::Audience::kAgent, book);
    const Instant now = parts_.clock.Now();
    Json model = Json::Object({{"index", Json::Int(index)},
                               {"return", Text(header.id)},
                               {"status", Text(PlainStatus(word))},
                               {"tone", Text(ToneOf(word))},
                               {"headline", Text(customer.headline)},
                               {"why_not", Text(agent.why_not)},
                               {"owner", Text(OwnerText(agent.owner, book.wording))},
                               {"next", Text(agent.next)},
                               {"action", Text(agent.action)},
                               {"amount", Text(AmountText(subject, header.id))},
                               {"money", Text(MoneyText(subject, header.id))},
                               {"tracking", Text(header.tracking)},
                               {"carrier", Text(header.carrier)},
                               {"label_url", Text(header.label_url)},
                               {"partner_status", Text(header.partner_status)},
                               {"connection", Text(header.connection)}});
    SetTimes(model, "next_at", agent.next_at, now);
    Instant legal = header.legal_deadline;
    Json slices = Json::Array(), refunds = Json::Array();
    for (const Slice& slice : subject.slices) {
        if (slice.return_id == header.id)
            slices.Append(SliceModel(subject, slice, now, operator_view));
    }
    for (const Leg& leg : subject.legs) {
        if (leg.return_id != header.id) continue;
        refunds.Append(LegModel(subject, leg, now, operator_view));
        if (legal == kNoTime) legal = leg.legal_deadline;
    }
    if (OpenAmount(subject, header.id) > 0) {
        SetTimes(model, "legal", legal, now);
        model.Set("late", Json::Bool(legal != kNoTime && legal < now));
    }
    model.Set("no_refunds", Json::Bool(refunds.Items().empty()));
    model.Set("slices", std::move(slices));
    model.Set("refunds", std::move(refunds));
    AddTickets(subject, header.id, operator_view, model);
    model.Set("holds", HoldModels(subject, header.id));
    AddOffers(call, subject, header, model);
    return model;
}

Json Pages::Core::CaseModel(const PageCall& call, const Case& subject,
                            const std::vector<TimelineRow>& rows) const {
    const bool speaks = subject.key.order_id == kMissingOrders;
    Json model =
        Json::Object({{"title", Text("Order " + subject.key.order_id)},
                      {"order", Text(subject.key.order_id)},
                      {"shop", Text(subject.key.shop)},
                      {"placed", Text(PlainTime(subject.placed_at))},
                      {"delivered", Text(PlainTime(subject.delivered_at))},
                      {"cancelled", Json::Bool(subject.order_cancelled)},
                      {"frozen", Text(subject.quarantine)},
                      {"shell", Json::Bool(!subject.placed && !speaks)},
                      {"contested", Json::Bool(subject.contested)},
                      {"currency", Text(subject.currency)},
                      {"post", Text(CasePath(subject.key) + "/actions")},
                      {"case_version", Json::Int(subject.version)},
                      {"no_returns", Json::Bool(subject.placed && subject.returns.empty())}});
    if (subject.folded)
        model.Set(
            "folded",
            Json::Object({{"folded_path",
                           Text(CasePath({subject.key.shop, std::string(kMissingOrders)}))}}));
    if (subject.missing > 0)
        model.Set("missing",
                  Json::Object({{"count", Text(std::to_string(subject.missing) +
                                               (subject.missing == 1 ? " order" : " orders"))},
                                {"named", Text(subject.missing_named)}}));
    if (!subject.held.empty()) {
        const std::size_t held = subject.held.size();
        model.Set("waiting", Text(std::to_string(held) + (held == 1 ? " message" : " messages") +
                                  " about it " + (held == 1 ? "is" : "are") + " kept until it " +
                                  (subject.quarantine.empty() ? "comes." : "is unfrozen.")));
    }
    Json returns = Json::Array();
    int index = 0;
    const std::string chosen = call.Query("return");
    for (const bool first : {true, false}) {  // the one asked for comes first
        for (const Return& header : subject.returns) {
            if ((header.id == chosen) != first) continue;
            Json model = ReturnModel(call, subject, header, ++index);
            AddAccount(subject, header, model);
            AddClock(
                ClockJson(subject, header, rows, parts_.desk.engine().book(), parts_.clock.Now()),
                model);
            returns.Append(std::move(model));
        }
    }
    std::string holds = WriteJson(HoldModels(subject, ""));
    for (const Json& one : returns.Items()) holds += WriteJson(one["holds"]);
    // A page that is open follows the case, and what holds it back.
    model.Set("version", Text(std::to_string(subject.version) + "-" +
                              connectors::Sha256Hex(holds).substr(0, 8)));
    model.Set("returns", std::move(returns));
    const bool operator_view = call.caller->role == Role::kOperator;
    const std::size_t shown = std::min(rows.size(), kTimelineMax);
    model.Set("timeline",
              TimelineModels(subject, {rows.end() - static_cast<std::ptrdiff_t>(shown), rows.end()},
                             operator_view));
    if (subject.seen.size() > kTimelineMax) model.Set("cut", Json::Int(kTimelineMax));
    Json whole = Json::Object();
    AddTickets(subject, "", operator_view, whole);
    model.Set("case_tickets", whole["tickets"]);
    model.Set("case_holds", HoldModels(subject, ""));
    model.Set("told", ToldModel(rows, call.Query("row"), operator_view));
    return model;
}

void Pages::Core::GetCase(const PageCallPtr& call) {
    const CaseKey key{call->page.path[1], call->page.path[2]};
    const auto subject =
        parts_.desk.SeesShop(*call->caller, key.shop)
            ? parts_.desk.Read(key)
            : Result<const Case*>(Error{Code::kNotFound, "There is no such order."});
    if (!subject.ok()) return Refuse(call, ProblemOf(subject.error()));
    const auto rows = ReadTimeline(parts_.desk.engine().archive(), **subject, "", kClockRowsMax);
    if (!rows.ok()) return Refuse(call, ProblemOf(rows.error()));
    Show(call, "case", CaseModel(*call, **subject, *rows));
}

void Pages::Core::PostAction(const PageCallPtr& call) {
    Wish wish;
    wish.key = {call->page.path[1], call->page.path[2]};
    wish.return_id = call->Form("return");
    wish.action = call->Form("action");
    wish.once = call->Form("once");
    if (!parts_.desk.SeesShop(*call->caller, wish.key.shop)) {
        return Refuse(call, {.status = 404, .detail = "There is no such order."});
    }
    const auto subject = parts_.desk.Read(wish.key);
    if (!subject.ok()) return Refuse(call, ProblemOf(subject.error()));
    wish.body = Json::Object();
    for (const std::string_view name : {"reason", "second"}) {
        const std::string text = call->Form(name);
        if (!text.empty()) wish.body.Set(std::string(name), Json::String(text));
    }
    if (const std::string amount = call->Form("amount"); !amount.empty()) {
        wish.body.Set("amount", Json::String(amount));
        wish.body.Set("currency", Json::String((*subject)->currency));
    }
    const std::int64_t leg = ReadNumber(call->Form("subject"));
    if (leg > 0) wish.body.Set("subject", Json::Int(leg));
    if (wish.once.empty())
        return Refuse(call, {.status = 400, .detail = "The form is incomplete."});
    auto input = parts_.desk.MakeInput(*call->caller, wish);
    if (!input.ok()) {
        Problem problem = ProblemOf(input.error());
        if (input.error().code == Code::kLimit) problem.status = 403;
        return Refuse(call, problem);
    }
    const std::string back =
        CasePath(wish.key) + "?return=" + connectors::PercentEncode(wish.return_id);
    input->done = [this, call, back](const Receipt& receipt) {
        if (receipt.kind == Receipt::Kind::kFailed) {
            return Refuse(call, {.status = 503,
                                 .detail = "Nothing was done: the database takes no writes. Try "
                                           "again later."});
        }
        if (receipt.kind == Receipt::Kind::kConflict) {
            return Refuse(call, {.status = 409,
                                 .detail = "This form was sent before with other words. Open the "
                                           "page again."});
        }
        Send(call, 303, back + "&row=" + std::to_string(receipt.seq) + "#told");
    };
    if (parts_.desk.engine().Submit(std::move(*input))) return;
    Refuse(call,
           {.status = 503, .detail = "Too much is going on right now. Try again in a moment."});
}

}  // namespace returns::gateway
