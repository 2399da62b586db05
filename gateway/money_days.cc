#include "gateway/money_days.h"

#include "gateway/case_walk.h"
#include "gateway/journal.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr int kRowsPerLook = 64;
constexpr int kCasesPerLook = 100;
// The cursor is kept with the books this often: reading so much again after a crash is quick.
constexpr std::int64_t kRowsUnkept = 2000;
constexpr Millis kUnkept = std::chrono::minutes(1);

constexpr char kCursor[] = "money.book";
std::string DayName(Day day) { return "money.day/" + workflows::FormatDay(day); }

std::optional<MoneyList> ListOf(const Leg& leg) {
    const auto kind = StandingOf(leg);
    if (kind == MoneyKind::kInDoubt) return MoneyList::kInDoubt;
    if (kind == MoneyKind::kOverpaid) return MoneyList::kOverpaid;
    if (kind && leg.legal_deadline != kNoTime) return MoneyList::kByLaw;
    return std::nullopt;
}

}  // namespace

Result<BookDays> BookDaysOf(const Settings& settings, const workflows::Calendars& calendars) {
    std::vector<std::pair<std::string, std::string>> shops;
    for (const ShopSettings& shop : settings.shops) shops.emplace_back(shop.name, shop.calendar);
    return BookDays::Make(shops, calendars);
}

MoneyDays::MoneyDays(Engine& engine, Clock& clock, BookDays days, std::int64_t listed_max)
    : engine_(engine), clock_(clock), days_(std::move(days)), listed_max_(listed_max) {
    engine_.OnCommitted("money", [this](const Case& subject) {
        seen_ = std::max(seen_, subject.seen.back().journal);
        Note(subject);
    });
}

Status MoneyDays::Recover(Archive& archive) {
    ASSIGN_OR_RETURN(const std::string text, archive.Meta(kCursor));
    if (text.empty()) return {};
    ASSIGN_OR_RETURN(const Json cursor, ParseJson(text));
    ASSIGN_OR_RETURN(read_, cursor["read"].AsInt());
    kept_ = read_;
    seen_ = std::max(seen_, read_);
    if (cursor["first"].AsString().empty()) return {};
    ASSIGN_OR_RETURN(const Day first, workflows::ParseDay(cursor["first"].AsString()));
    ASSIGN_OR_RETURN(const Day last, workflows::ParseDay(cursor["last"].AsString()));
    for (Day day = first; day <= last; day += std::chrono::days(1)) {
        ASSIGN_OR_RETURN(const std::string books, archive.Meta(DayName(day)));
        if (books.empty()) continue;
        ASSIGN_OR_RETURN(const Json value, ParseJson(books));
        RETURN_IF_ERROR(book_.TakeDay(day, value));
    }
    return {};
}

bool MoneyDays::Step() {
    if (engine_.failed()) return false;
    const auto rows = engine_.archive().Journal(read_, kRowsPerLook);
    if (!rows.ok()) return false;  // the next commit meets the same store and says so
    for (const JournalRow& row : *rows) {
        if (!Take(row).ok()) return false;
        read_ = row.seq;
    }
    seen_ = std::max(seen_, read_);
    const bool old = clock_.Monotonic() - kept_at_ > kUnkept;
    if (read_ - kept_ >= kRowsUnkept || (read_ > kept_ && old)) Keep();
    return !rows->empty();
}

void MoneyDays::Finish() {
    if (read_ > kept_) Keep();
}

// With one commit: the books and how far they reach.
void MoneyDays::Keep() {
    for (const Day day : book_.TakeChanged())
        engine_.Note(DayName(day), WriteJson(book_.EncodeDay(day)));
    Json cursor = Json::Object({{"read", Json::Int(read_)}});
    if (book_.first()) {
        cursor.Set("first", Json::String(workflows::FormatDay(*book_.first())));
        cursor.Set("last", Json::String(workflows::FormatDay(*book_.last())));
    }
    engine_.Note(kCursor, WriteJson(cursor));
    kept_ = read_;
    kept_at_ = clock_.Monotonic();
}

Status MoneyDays::Take(const JournalRow& row) {
    if (row.body.find("\"legs\":") == std::string::npos) return {};
    Case touched;
    RETURN_IF_ERROR(ReplayMoney(touched, row.body));
    if (touched.legs.empty()) return {};
    ASSIGN_OR_RETURN(const EntryHead head, DecodeHead(row.body));
    ASSIGN_OR_RETURN(const Case* subject, engine_.Read(row.key));
    if (subject == nullptr) return {};
    const std::string currency = subject->currency;
    ASSIGN_OR_RETURN(const auto before, Before(*subject, row.seq, touched.legs));
    const Day day = days_.DayOf(row.key.shop, BookedAt(head));
    for (const Leg& leg : touched.legs) {
        const auto old = before.find(leg.id);
        book_.Add(row.key.shop, currency, day, old == before.end() ? nullptr : &old->second, leg);
    }
    return {};
}

// Each of those refunds as it stood before that row: by the last row of the case that touched it.
Result<std::map<std::int64_t, Leg>> MoneyDays::Before(const Case& subject, std::int64_t seq,
                                                      const std::vector<Leg>& touched) {
    std::vector<std::int64_t> rows;
    for (const Seen& seen : subject.seen)
        if (seen.journal < seq) rows.push_back(seen.journal);
    std::map<std::int64_t, Leg> before;
    for (auto at = rows.rbegin(); at != rows.rend() && before.size() < touched.size(); ++at) {
        ASSIGN_OR_RETURN(const auto row, engine_.archive().Row(*at));
        if (!row || row->body.find("\"legs\":") == std::string::npos) continue;
        Case older;
        RETURN_IF_ERROR(ReplayMoney(older, row->body));
        for (Leg& leg : older.legs) {
            const bool asked = std::any_of(touched.begin(), touched.end(),
                                           [&](const Leg& each) { return each.id == leg.id; });
            if (asked) before.emplace(leg.id, std::move(leg));
        }
    }
    return before;
}

void MoneyDays::Note(const Case& subject) {
    std::vector<Listed> listed;
    for (const Leg& leg : subject.legs) {
        const auto list = ListOf(leg);
        if (!list) continue;
        const Instant at = *list == MoneyList::kByLaw ? leg.legal_deadline : leg.entered_at;
        listed.push_back({*list, {at, subject.key, leg.id}});
    }
    const auto known = of_case_.find(subject.key);
    if (known != of_case_.end()) {
        if (known->second == listed) return;
        for (const auto& [list, place] : known->second)
            lists_[static_cast<std::size_t>(list)].erase(place);
        of_case_.erase(known);
    }
    std::vector<Listed> kept;
    for (Listed& each : listed) {
        auto& list = lists_[static_cast<std::size_t>(each.first)];
        if (static_cast<std::int64_t>(list.size()) >= listed_max_) {
            ++not_listed_;
            continue;
        }
        list.insert(each.second);
        kept.push_back(std::move(each));
    }
    if (!kept.empty()) of_case_[subject.key] = std::move(kept);
}

bool MoneyDays::Fill() {
    if (filled_) return false;
    const auto next = WalkCases(engine_, filled_to_, kCasesPerLook, [this](const Case& subject) {
        if (!subject.seen.empty()) seen_ = std::max(seen_, subject.seen.back().journal);
        Note(subject);
    });
    if (!next.ok()) return false;
    filled_to_ = *next;
    filled_ = filled_to_ == 0;
    return !filled_;
}

std::vector<MoneyRow> MoneyDays::Rows(const std::string& shop, std::optional<Day> day) const {
    std::vector<MoneyRow> all;
    for (const std::string& each : days_.shops()) {
        if (!shop.empty() && each != shop) continue;
        for (MoneyRow& row : book_.On(each, day ? *day : days_.DayOf(each, clock_.Now()))) {
            row.time_zone = days_.Of(each).time_zone;
            all.push_back(std::move(row));
        }
    }
    return all;
}

std::vector<MoneyPlace> MoneyDays::List(MoneyList list, const std::string& shop, Instant until,
                                        std::size_t most) const {
    std::vector<MoneyPlace> found;
    for (const MoneyPlace& place : lists_[static_cast<std::size_t>(list)]) {
        if (found.size() == most || (list == MoneyList::kByLaw && place.at > until)) break;
        if (shop.empty() || place.key.shop == shop) found.push_back(place);
    }
    return found;
}

}  // namespace returns::gateway
