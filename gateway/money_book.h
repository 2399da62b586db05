// The books of a day: what was paid and taken back on it, and what was due, under way, in doubt and
// overpaid at its end, by shop and currency. Made of changes of refunds, each on the day it was
// recorded: a day that has gone never changes, but for an import of the past. Values; any thread.
#pragma once

#include "gateway/journal.h"
#include "schemas/case.h"
#include "schemas/json.h"
#include "schemas/result.h"
#include "workflows/calendar.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::gateway {

using workflows::Day;

// The first two happen on a day, the others stand at its end.
enum class MoneyKind : std::uint8_t { kPaid, kTakenBack, kDue, kUnderWay, kInDoubt, kOverpaid };
inline constexpr int kMoneyKinds = 6;
std::string_view Name(MoneyKind kind);       // "paid", "taken_back": in files
std::string_view PlainName(MoneyKind kind);  // "Paid", "Taken back": for people

// When a row counts: when it was recorded here; of what was imported, when it happened.
Instant BookedAt(const EntryHead& head);

// What a refund counts as while it stands as it does; nothing for estimates and what is over.
std::optional<MoneyKind> StandingOf(const Leg& leg);

struct MoneySum {
    std::int64_t count = 0, minor = 0;
    friend bool operator==(const MoneySum&, const MoneySum&) = default;
};
using MoneySums = std::array<MoneySum, kMoneyKinds>;

struct MoneyRow {
    Day day;
    std::string shop, time_zone, currency;
    MoneySums sums;
    const MoneySum& operator[](MoneyKind kind) const {
        return sums[static_cast<std::size_t>(kind)];
    }
};

class MoneyBook {
public:
    // A refund changed on that day; nullptr for what was not there before.
    void Add(const std::string& shop, const std::string& currency, Day day, const Leg* before,
             const Leg& after);

    // One row for each currency of the shop that the books know of by then, with what stood at the
    // end of that day.
    std::vector<MoneyRow> On(const std::string& shop, Day day) const;

    // One day's changes as JSON, and taken in again.
    Json EncodeDay(Day day) const;
    Status TakeDay(Day day, const Json& value);
    // Days with changes since the last call.
    std::vector<Day> TakeChanged();
    std::optional<Day> first() const;
    std::optional<Day> last() const;

private:
    using Place = std::pair<std::string, std::string>;  // shop, currency
    std::map<Day, std::map<Place, MoneySums>> days_;    // of what stands: the day's changes
    std::map<Day, bool> changed_;
};

// Which calendar's days a shop's books are kept in.
class BookDays {
public:
    // kInvalid: a calendar that is not there.
    static Result<BookDays> Make(const std::vector<std::pair<std::string, std::string>>& shops,
                                 const workflows::Calendars& calendars);
    const workflows::Calendar& Of(const std::string& shop) const;
    Day DayOf(const std::string& shop, Instant at) const { return Of(shop).zone.DayOf(at); }
    const std::vector<std::string>& shops() const { return shops_; }

private:
    std::vector<std::string> shops_;
    std::map<std::string, workflows::Calendar> of_;
};

// A row for each kind: date, time_zone, shop, currency, what, count, amount_minor, amount. Stable.
std::string MoneyCsv(const std::vector<MoneyRow>& rows);
Json MoneyJson(const std::vector<MoneyRow>& rows);
std::string MoneyTable(const std::vector<MoneyRow>& rows);  // for a terminal

}  // namespace returns::gateway
