// What a return's money is made of and whose days were used, as JSON and for the case page. Reads
// nothing but what it is given; any thread.
#pragma once

#include "gateway/case_view.h"
#include "schemas/json.h"

#include <string>
#include <vector>

namespace returns::gateway {

// So many of a case's newest events are looked through for the clock; beyond, it says "partial".
inline constexpr std::size_t kClockRowsMax = 1000;

// Lines with their fees, delivery, what has left, is under way, settled otherwise and left to pay.
Json AccountJson(const Case& subject, const Return& header);
// What was paid and granted of an order by rate of tax.
Json TaxRatesJson(const Case& subject);
// The proof of who used which days: the rule with its source, what started it and when, the legal
// date, what is likely, and every stay of the return with whoever had to act. `rows`: the
// newest of the return, at most kClockRowsMax.
Json ClockJson(const Case& subject, const Return& header, const std::vector<TimelineRow>& rows,
               const workflows::Rulebook& book, Instant now);

// The same two for the page: {"text", "amount"} rows, and {"who", "days"} rows.
void AddAccount(const Case& subject, const Return& header, Json& model);
void AddClock(const Json& clock, Json& model);

}  // namespace returns::gateway
