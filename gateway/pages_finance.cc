// The page of finance: the books of a day, and the refunds that need somebody.
#include "connectors/crypto.h"
#include "gateway/pages_core.h"
#include "gateway/pages_timeline.h"
#include "gateway/plain_words.h"
#include "schemas/money.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::size_t kListedMax = 50;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

std::string Refunds(std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " refund" : " refunds");
}

Json SumsModel(const MoneyRow& row) {
    Json sums = Json::Array();
    for (int at = 0; at < kMoneyKinds; ++at) {
        const auto kind = static_cast<MoneyKind>(at);
        const MoneySum& sum = row[kind];
        const bool bad = kind == MoneyKind::kInDoubt || kind == MoneyKind::kOverpaid;
        Json model = Json::Object({{"name", Text(PlainName(kind))},
                                   {"amount", Text(FormatMoney(sum.minor, row.currency))},
                                   {"refunds", Text(Refunds(sum.count))}});
        if (bad && sum.count != 0) model.Set("bad", Json::Bool(true));
        sums.Append(std::move(model));
    }
    return sums;
}

// The day asked for; today in the first shop's calendar where none is named, or no day.
Day DayAsked(const PageCall& call, const MoneyDays& money, Instant now) {
    const auto asked = workflows::ParseDay(call.Query("date"));
    if (asked.ok()) return *asked;
    const std::string& shop = call.caller->shop;
    const auto& shops = money.days().shops();
    return money.days().DayOf(shop.empty() && !shops.empty() ? shops.front() : shop, now);
}

const Leg* FindLeg(const Case& subject, std::int64_t id) {
    for (const Leg& leg : subject.legs)
        if (leg.id == id) return &leg;
    return nullptr;
}

}  // namespace

Json Pages::Core::MoneyListModel(const PageCall& call, MoneyList list, Instant until) const {
    Json rows = Json::Array();
    const Instant now = parts_.clock.Now();
    for (const MoneyPlace& place : parts_.money->List(list, call.caller->shop, until, kListedMax)) {
        const auto subject = parts_.desk.engine().Read(place.key);
        if (!subject.ok() || *subject == nullptr) continue;
        const Leg* leg = FindLeg(**subject, place.leg);
        if (leg == nullptr) continue;
        std::string href = CasePath(place.key);
        std::string title = "Order " + place.key.order_id;
        if (!leg->return_id.empty()) {
            href += "?return=" + connectors::PercentEncode(leg->return_id);
            title = "Return " + leg->return_id + " of order " + place.key.order_id;
        }
        Json row =
            Json::Object({{"href", Text(href)},
                          {"title", Text(title)},
                          {"shop", Text(place.key.shop)},
                          {"amount", Text(FormatMoney(leg->amount_minor, (*subject)->currency))},
                          {"state", Text(PlainState(leg->state))}});
        SetTimes(row, "since", leg->entered_at, now);
        if (leg->legal_deadline != kNoTime && !leg->paid) {
            SetTimes(row, "legal", leg->legal_deadline, now);
            row.Set("late", Json::Bool(leg->legal_deadline < now));
        }
        rows.Append(std::move(row));
    }
    return rows;
}

void Pages::Core::GetFinance(const PageCallPtr& call) {
    if (parts_.money == nullptr)
        return Refuse(call, {.status = 404, .detail = "No books are kept here."});
    const Instant now = parts_.clock.Now();
    const Day day = DayAsked(*call, *parts_.money, now);
    const auto date = [](Day each) { return workflows::FormatDay(each); };
    Json books = Json::Array();
    for (const MoneyRow& row : parts_.money->Rows(call->caller->shop, day))
        books.Append(Json::Object({{"shop", Text(row.shop)},
                                   {"currency", Text(row.currency)},
                                   {"zone", Text(row.time_zone)},
                                   {"sums", SumsModel(row)}}));
    Json model = Json::Object({{"title", Text("Finance, " + date(day))},
                               {"at_finance", Json::Bool(true)},
                               {"date", Text(date(day))},
                               {"before", Text(date(day - std::chrono::days(1)))},
                               {"after", Text(date(day + std::chrono::days(1)))},
                               {"behind", Json::Bool(!parts_.money->current())},
                               {"filling", Json::Bool(!parts_.money->complete())},
                               {"empty", Json::Bool(books.Items().empty())}});
    model.Set("books", std::move(books));
    const struct {
        MoneyList list;
        std::string name, title, none;
    } lists[] = {
        {MoneyList::kInDoubt, "in_doubt", "In doubt now", "No refund is in doubt."},
        {MoneyList::kOverpaid, "overpaid", "Overpaid now", "Nothing is overpaid."},
        {MoneyList::kByLaw, "late", "Due and late now", "No refund is behind its legal date."},
    };
    Json sections = Json::Array();
    for (const auto& each : lists) {
        Json rows = MoneyListModel(*call, each.list, now);
        Json section = Json::Object({{"id", Text(each.name)}, {"heading", Text(each.title)}});
        if (rows.Items().empty()) section.Set("none", Text(each.none));
        if (rows.Items().size() == kListedMax) section.Set("more", Json::Bool(true));
        section.Set("rows", std::move(rows));
        sections.Append(std::move(section));
    }
    model.Set("sections", std::move(sections));
    if (parts_.money->not_listed() > 0)
        model.Set("not_listed", Json::Int(parts_.money->not_listed()));
    Show(call, "finance", std::move(model));
}

void Pages::Core::GetFinanceCsv(const PageCallPtr& call) {
    if (parts_.money == nullptr)
        return Refuse(call, {.status = 404, .detail = "No books are kept here."});
    const Day day = DayAsked(*call, *parts_.money, parts_.clock.Now());
    DoorReply reply;
    reply.headers = {{"Content-Type", "text/csv; charset=utf-8; header=present"},
                     {"Content-Disposition",
                      "attachment; filename=\"refunds-" + workflows::FormatDay(day) + ".csv\""},
                     {"Cache-Control", "no-store"}};
    reply.body = MoneyCsv(parts_.money->Rows(call->caller->shop, day));
    call->reply(std::move(reply));
}

}  // namespace returns::gateway
