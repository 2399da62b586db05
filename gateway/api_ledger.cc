// The books of a day, for finance and its programs.
#include "gateway/api_core.h"
#include "gateway/money_days.h"

namespace returns::gateway {

void Api::Core::GetLedgerDay(const ApiCallPtr& call) {
    const std::string format = call->Query("format");
    const std::string date = call->Query("date");
    std::optional<Day> day;
    if (!date.empty()) {
        const auto read = workflows::ParseDay(date);
        if (!read.ok())
            return AnswerProblem(
                call, {.status = 400, .detail = "date '" + date + "' is no day; write 2026-11-28"});
        day = *read;
    }
    if (!format.empty() && format != "json" && format != "csv")
        return AnswerProblem(call, {.status = 400, .detail = "format is json or csv"});
    const bool json = format == "json" || (format.empty() && Accepts(call, "application/json"));
    if (format.empty() && !json && !Accepts(call, "text/csv"))
        return AnswerProblem(
            call,
            {.status = 406, .detail = "this address answers in application/json and text/csv"});
    if (parts_.money == nullptr)
        return AnswerProblem(call, {.status = 503, .detail = "no books are kept here"});
    const std::string shop = call->caller->shop.empty() ? call->Query("shop") : call->caller->shop;
    const auto rows = parts_.money->Rows(shop, day);
    if (!json) return AnswerText(call, "text/csv; charset=utf-8; header=present", MoneyCsv(rows));
    AnswerJson(call, 200,
               Json::Object(
                   {{"current", Json::Bool(parts_.money->current())}, {"items", MoneyJson(rows)}}));
}

}  // namespace returns::gateway
