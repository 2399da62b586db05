// Finance's day while the gateway runs: the books, kept up to date by a cursor over the journal,
// and the refunds that need somebody: in doubt, overpaid, due by a legal date. The books are kept
// in the database with their cursor; the lists are in memory, filled in spare time after a start.
// One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/money_book.h"
#include "gateway/ports.h"
#include "gateway/settings.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace returns::gateway {

// The calendars in which the shops of the settings keep their books.
Result<BookDays> BookDaysOf(const Settings& settings, const workflows::Calendars& calendars);

enum class MoneyList : std::uint8_t { kInDoubt, kOverpaid, kByLaw };
inline constexpr int kMoneyLists = 3;

struct MoneyPlace {
    Instant at = kNoTime;  // since when; of kByLaw the legal date
    CaseKey key;
    std::int64_t leg = 0;
    friend auto operator<=>(const MoneyPlace&, const MoneyPlace&) = default;
};

class MoneyDays {
public:
    // `listed_max` refunds are on each list; what comes when it is full is only counted.
    MoneyDays(Engine& engine, Clock& clock, BookDays days, std::int64_t listed_max);
    MoneyDays(const MoneyDays&) = delete;
    MoneyDays& operator=(const MoneyDays&) = delete;

    Status Recover(Archive& archive);  // once at start
    bool Step();                       // reads on in the journal
    bool Fill();                       // spare time: the next cases; false when there are no more
    void Finish();                     // keeps what has been read, for a shutdown

    // Whether everything committed is in the books; and whether the lists are whole.
    bool current() const { return read_ == seen_; }
    bool complete() const { return filled_; }
    // Of one shop, or of all with ""; without a day, each shop's today.
    std::vector<MoneyRow> Rows(const std::string& shop, std::optional<Day> day) const;
    const BookDays& days() const { return days_; }

    // Longest waiting first, or with the earliest legal date; of kByLaw those until then.
    std::vector<MoneyPlace> List(MoneyList list, const std::string& shop, Instant until,
                                 std::size_t most) const;
    std::int64_t not_listed() const { return not_listed_; }

private:
    Status Take(const JournalRow& row);
    Result<std::map<std::int64_t, Leg>> Before(const Case& subject, std::int64_t seq,
                                               const std::vector<Leg>& touched);
    void Note(const Case& subject);
    void Keep();

    Engine& engine_;
    Clock& clock_;
    const BookDays days_;
    const std::int64_t listed_max_;
    MoneyBook book_;
    std::int64_t read_ = 0, seen_ = 0, kept_ = 0;  // journal rows: in the books, committed, stored
    Millis kept_at_{0};
    using Listed = std::pair<MoneyList, MoneyPlace>;
    std::array<std::set<MoneyPlace>, kMoneyLists> lists_;
    std::map<CaseKey, std::vector<Listed>> of_case_;
    std::int64_t not_listed_ = 0, filled_to_ = 0;
    bool filled_ = false;
};

}  // namespace returns::gateway
