#include "gateway/money_book.h"

#include "gateway/csv_write.h"
#include "gateway/input.h"
#include "schemas/money.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, kMoneyKinds> kNames = {{
    {"paid", "Paid"},
    {"taken_back", "Taken back"},
    {"due", "Due"},
    {"under_way", "Under way"},
    {"in_doubt", "In doubt"},
    {"overpaid", "Overpaid"},
}};

MoneySum& At(MoneySums& sums, MoneyKind kind) { return sums[static_cast<std::size_t>(kind)]; }

void Count(MoneySums& sums, MoneyKind kind, std::int64_t count, std::int64_t minor) {
    At(sums, kind).count += count;
    At(sums, kind).minor += minor;
}

bool Happens(std::size_t kind) { return kind <= static_cast<std::size_t>(MoneyKind::kTakenBack); }

void Widen(std::string& text, std::size_t width, bool right = false) {
    if (text.size() < width) text.insert(right ? 0 : text.size(), width - text.size(), ' ');
}

}  // namespace

std::string_view Name(MoneyKind kind) { return kNames[static_cast<std::size_t>(kind)].first; }
std::string_view PlainName(MoneyKind kind) { return kNames[static_cast<std::size_t>(kind)].second; }

Instant BookedAt(const EntryHead& head) {
    return head.source.starts_with(kImportSource) ? head.occurred_at : head.recorded_at;
}

std::optional<MoneyKind> StandingOf(const Leg& leg) {
    switch (leg.state) {
        case RefundState::kDue:
        case RefundState::kHeld:
        case RefundState::kReady:
        case RefundState::kFailed:
        case RefundState::kAlternative:
        case RefundState::kUnclaimed:
        case RefundState::kDisputed:
            return MoneyKind::kDue;
        case RefundState::kSubmitting:
        case RefundState::kPending:
            return MoneyKind::kUnderWay;
        case RefundState::kUnknown:
        case RefundState::kContested:
            return MoneyKind::kInDoubt;
        case RefundState::kOverpaid:
            return MoneyKind::kOverpaid;
        case RefundState::kNotDue:
        case RefundState::kSettled:
        case RefundState::kCovered:
        case RefundState::kCancelled:
        case RefundState::kClosed:
            break;
    }
    return std::nullopt;
}

void MoneyBook::Add(const std::string& shop, const std::string& currency, Day day,
                    const Leg* before, const Leg& after) {
    MoneySums change{};
    if (before != nullptr) {
        if (const auto kind = StandingOf(*before)) Count(change, *kind, -1, -before->amount_minor);
    }
    if (const auto kind = StandingOf(after)) Count(change, *kind, 1, after.amount_minor);
    // A paid refund is never cut in two: its amount is the same before and after.
    const bool was_paid = before != nullptr && before->paid;
    if (after.paid && !was_paid) Count(change, MoneyKind::kPaid, 1, after.amount_minor);
    if (was_paid && !after.paid) Count(change, MoneyKind::kTakenBack, 1, after.amount_minor);
    if (change == MoneySums{}) return;
    MoneySums& sums = days_[day][{shop, currency}];
    for (std::size_t kind = 0; kind < sums.size(); ++kind) {
        sums[kind].count += change[kind].count;
        sums[kind].minor += change[kind].minor;
    }
    changed_[day] = true;
}

std::vector<MoneyRow> MoneyBook::On(const std::string& shop, Day day) const {
    std::map<std::string, MoneySums> by_currency;
    for (const auto& [each, places] : days_) {
        if (each > day) break;
        for (auto at = places.lower_bound({shop, ""});
             at != places.end() && at->first.first == shop; ++at) {
            MoneySums& sums = by_currency[at->first.second];
            for (std::size_t kind = 0; kind < sums.size(); ++kind) {
                if (Happens(kind) && each != day) continue;
                sums[kind].count += at->second[kind].count;
                sums[kind].minor += at->second[kind].minor;
            }
        }
    }
    std::vector<MoneyRow> rows;
    for (const auto& [currency, sums] : by_currency)
        rows.push_back({day, shop, "", currency, sums});
    return rows;
}

Json MoneyBook::EncodeDay(Day day) const {
    Json list = Json::Array();
    const auto found = days_.find(day);
    if (found == days_.end()) return list;
    for (const auto& [place, sums] : found->second) {
        Json row = Json::Array({Json::String(place.first), Json::String(place.second)});
        for (const MoneySum& sum : sums) {
            row.Append(Json::Int(sum.count));
            row.Append(Json::Int(sum.minor));
        }
        list.Append(std::move(row));
    }
    return list;
}

Status MoneyBook::TakeDay(Day day, const Json& value) {
    for (const Json& row : value.Items()) {
        const std::vector<Json>& cells = row.Items();
        if (cells.size() != 2 + 2 * kMoneyKinds)
            return Invalid("reading the books of a day: a row of other length");
        MoneySums& sums = days_[day][{cells[0].AsString(), cells[1].AsString()}];
        for (std::size_t kind = 0; kind < sums.size(); ++kind) {
            ASSIGN_OR_RETURN(sums[kind].count, cells[2 + 2 * kind].AsInt());
            ASSIGN_OR_RETURN(sums[kind].minor, cells[3 + 2 * kind].AsInt());
        }
    }
    return {};
}

std::vector<Day> MoneyBook::TakeChanged() {
    std::vector<Day> days;
    for (const auto& [day, changed] : std::exchange(changed_, {})) days.push_back(day);
    return days;
}

std::optional<Day> MoneyBook::first() const {
    return days_.empty() ? std::nullopt : std::optional<Day>(days_.begin()->first);
}
std::optional<Day> MoneyBook::last() const {
    return days_.empty() ? std::nullopt : std::optional<Day>(days_.rbegin()->first);
}

Result<BookDays> BookDays::Make(const std::vector<std::pair<std::string, std::string>>& shops,
                                const workflows::Calendars& calendars) {
    BookDays made;
    for (const auto& [shop, id] : shops) {
        made.shops_.push_back(shop);
        const workflows::Calendar* calendar = calendars.Find(id);
        if (!id.empty() && calendar == nullptr) {
            std::string known;
            for (const std::string_view each : calendars.ids())
                known += (known.empty() ? "" : ", ") + std::string(each);
            return Invalid("reading settings: shops." + shop + ".calendar: no calendar '" + id +
                           "' in workflows/calendars; there are " + known);
        }
        made.of_[shop] = calendar == nullptr ? workflows::Calendar() : *calendar;
    }
    return made;
}

const workflows::Calendar& BookDays::Of(const std::string& shop) const {
    static const workflows::Calendar plain;
    const auto found = of_.find(shop);
    return found == of_.end() ? plain : found->second;
}

std::string MoneyCsv(const std::vector<MoneyRow>& rows) {
    std::string out = CsvLine(
        {"date", "time_zone", "shop", "currency", "what", "count", "amount_minor", "amount"});
    for (const MoneyRow& row : rows) {
        for (std::size_t kind = 0; kind < row.sums.size(); ++kind) {
            const MoneySum& sum = row.sums[kind];
            out += CsvLine({workflows::FormatDay(row.day), row.time_zone, row.shop, row.currency,
                            std::string(kNames[kind].first), std::to_string(sum.count),
                            std::to_string(sum.minor), FormatMinor(sum.minor, row.currency)});
        }
    }
    return out;
}

Json MoneyJson(const std::vector<MoneyRow>& rows) {
    Json list = Json::Array();
    for (const MoneyRow& row : rows) {
        Json json =
            Json::Object({{"date", Json::String(workflows::FormatDay(row.day))},
                          {"time_zone", Json::String(row.time_zone)},
                          {"shop", Json::String(row.shop)},
                          {"currency", Json::String(row.currency)},
                          {"exponent", Json::Int(CurrencyExponent(row.currency).value_or(0))}});
        for (std::size_t kind = 0; kind < row.sums.size(); ++kind)
            json.Set(std::string(kNames[kind].first),
                     Json::Object({{"count", Json::Int(row.sums[kind].count)},
                                   {"minor", Json::Int(row.sums[kind].minor)}}));
        list.Append(std::move(json));
    }
    return list;
}

std::string MoneyTable(const std::vector<MoneyRow>& rows) {
    std::string out;
    std::string head;
    for (const MoneyRow& row : rows) {
        const std::string title = "Shop " + row.shop + ", " + workflows::FormatDay(row.day) + " (" +
                                  row.time_zone + ")\n";
        if (title != head) out += (out.empty() ? "" : "\n") + title;
        head = title;
        for (std::size_t kind = 0; kind < row.sums.size(); ++kind) {
            std::string name(kNames[kind].second);
            std::string count = std::to_string(row.sums[kind].count);
            std::string money = FormatMoney(row.sums[kind].minor, row.currency);
            Widen(name, 12);
            Widen(count, 8, true);
            Widen(money, 22, true);
            out += "  " + name + count + money + "\n";
        }
    }
    return out;
}

}  // namespace returns::gateway
