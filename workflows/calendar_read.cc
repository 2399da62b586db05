// Reading calendar files: holidays by rule become days for every year we can write.

#include "workflows/calendar.h"
#include "workflows/dated.h"
#include "workflows/strict.h"

#include <algorithm>
#include <optional>
#include <set>

namespace returns::workflows {
namespace {

using std::chrono::days;
using std::chrono::year;

constexpr int kFirstYear = 2000, kLastYear = 2199;
constexpr std::int64_t kClosedDaysMax = 366;
constexpr std::string_view kZonesFile = "zones.json";

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};

// The Gregorian rule in whole numbers (the "anonymous" one).
Day Easter(int y) {
    const int a = y % 19, b = y / 100, c = y % 100;
    const int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    const int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    const int m = (a + 11 * h + 22 * l) / 451;
    const int month = (h + l - 7 * m + 114) / 31, day = (h + l - 7 * m + 114) % 31 + 1;
    return Day(year(y) / month / day);
}

// Where a holiday goes that falls on a weekend.
enum class Moved { kStays, kNextFree, kNearest };

struct HolidayRule {
    std::string name;
    std::optional<DayMark> on;
    std::optional<int> easter;  // days after Easter Sunday
    unsigned weekday = 0, month = 0;
    int nth = 0;  // of the month; -1: the last; 0: not this kind
    int since = kFirstYear;
    Moved moved = Moved::kStays;
};

class Reader {
public:
    Reader(std::string file, const Json& file_json, const std::map<std::string, Zone>& zones)
        : reader_(std::move(file)), json_(file_json), zones_(zones) {}

    Result<Calendar> Read() {
        RETURN_IF_ERROR(reader_.Members(
            json_, "",
            {"name", "extends", "time_zone", "serves", "law", "weekend", "holidays", "closed"}));
        ASSIGN_OR_RETURN(made_.name, reader_.Text(json_["name"], "/name"));
        RETURN_IF_ERROR(ReadZone());
        if (const Json* serves = json_.Find("serves")) {
            ASSIGN_OR_RETURN(made_.serves, reader_.Texts(*serves, "/serves"));
        }
        if (const Json* law = json_.Find("law")) {
            ASSIGN_OR_RETURN(made_.law, reader_.Text(*law, "/law"));
        }
        RETURN_IF_ERROR(ReadWeekend());
        RETURN_IF_ERROR(ReadHolidays());
        RETURN_IF_ERROR(ReadClosed());
        return std::move(made_);
    }

    // What this one does not say is the other's.
    void Extend(const Calendar& other) {
        made_ = other;
        made_.serves.clear();
        for (const DayOff& off : other.days_off) known_.insert(off.day);
    }

private:
    Status ReadZone() {
        const Json* named = json_.Find("time_zone");
        if (named == nullptr) {
            if (json_.Find("extends") != nullptr) return {};
            return reader_.Wrong("/time_zone", "is missing: a name that zones.json lists");
        }
        ASSIGN_OR_RETURN(made_.time_zone, reader_.Text(*named, "/time_zone"));
        const auto found = zones_.find(made_.time_zone);
        if (found == zones_.end()) {
            std::vector<std::string_view> known;
            for (const auto& [name, zone] : zones_) known.push_back(name);
            Error error = reader_.UnknownName("/time_zone", "time zone", made_.time_zone, known);
            error.text += "; add its rule to zones.json";
            return error;
        }
        made_.zone = found->second;
        return {};
    }

    Result<unsigned> Weekday(const Json& value, const std::string& path) const {
        ASSIGN_OR_RETURN(const std::string name, reader_.Text(value, path));
        const auto found = std::find(kWeekdays.begin(), kWeekdays.end(), name);
        if (found == kWeekdays.end())
            return reader_.UnknownName(path, "weekday", name, {kWeekdays.begin(), kWeekdays.end()});
        return static_cast<unsigned>(found - kWeekdays.begin());
    }

    Status ReadWeekend() {
        const Json* weekend = json_.Find("weekend");
        if (weekend == nullptr) return {};
        if (!weekend->IsArray() || weekend->Items().size() > 6)
            return reader_.Wrong("/weekend", "expected a list of at most six weekdays");
        made_.weekend.fill(false);
        for (std::size_t at = 0; at < weekend->Items().size(); ++at) {
            const Json& item = weekend->Items()[at];
            ASSIGN_OR_RETURN(const unsigned day, Weekday(item, "/weekend/" + std::to_string(at)));
            made_.weekend.at(day) = true;
        }
        return {};
    }

    Result<HolidayRule> ReadRule(const Json& value, const std::string& path) const {
        RETURN_IF_ERROR(reader_.Members(
            value, path, {"name", "on", "easter", "weekday", "nth", "month", "since", "moved"}));
        HolidayRule rule;
        ASSIGN_OR_RETURN(rule.name, reader_.Text(value["name"], path + "/name"));
        const bool nth = value.Find("nth") != nullptr;
        if ((value.Find("on") != nullptr) + (value.Find("easter") != nullptr) + nth != 1)
            return reader_.Wrong(path, "expected one of 'on', 'easter' and 'nth' with 'weekday'");
        if (const Json* on = value.Find("on")) {
            ASSIGN_OR_RETURN(rule.on, ReadDayMark(reader_, *on, path + "/on"));
        }
        if (const Json* easter = value.Find("easter")) {
            ASSIGN_OR_RETURN(const std::int64_t offset,
                             reader_.Whole(*easter, path + "/easter", -100, 100));
            rule.easter = static_cast<int>(offset);
        }
        if (nth) {
            ASSIGN_OR_RETURN(const std::int64_t n,
                             reader_.Whole(value["nth"], path + "/nth", -1, 4));
            if (n == 0) return reader_.Wrong(path + "/nth", "expected 1 to 4, or -1 for the last");
            rule.nth = static_cast<int>(n);
            ASSIGN_OR_RETURN(rule.weekday, Weekday(value["weekday"], path + "/weekday"));
            ASSIGN_OR_RETURN(const std::int64_t month,
                             reader_.Whole(value["month"], path + "/month", 1, 12));
            rule.month = static_cast<unsigned>(month);
        }
        if (const Json* since = value.Find("since")) {
            ASSIGN_OR_RETURN(const std::int64_t first,
                             reader_.Whole(*since, path + "/since", kFirstYear, kLastYear));
            rule.since = static_cast<int>(first);
        }
        return ReadMoved(value, path, std::move(rule));
    }

    Result<HolidayRule> ReadMoved(const Json& value, const std::string& path,
                                  HolidayRule rule) const {
        const Json* moved = value.Find("moved");
        if (moved == nullptr) return rule;
        ASSIGN_OR_RETURN(const std::string how, reader_.Text(*moved, path + "/moved"));
        if (how != "next" && how != "nearest")
            return reader_.UnknownName(path + "/moved", "way", how, {"next", "nearest"});
        rule.moved = how == "next" ? Moved::kNextFree : Moved::kNearest;
        return rule;
    }

    Status ReadHolidays() {
        const Json* holidays = json_.Find("holidays");
        if (holidays == nullptr) return {};
        if (!holidays->IsArray()) return reader_.Wrong("/holidays", "expected a list");
        std::vector<HolidayRule> rules;
        for (const Json& item : holidays->Items()) {
            const std::string path = "/holidays/" + std::to_string(rules.size());
            ASSIGN_OR_RETURN(HolidayRule rule, ReadRule(item, path));
            rules.push_back(std::move(rule));
        }
        for (int y = kFirstYear; y <= kLastYear; ++y)
            for (const HolidayRule& rule : rules)
                if (y >= rule.since) Note(rule, y);
        Sort();
        return {};
    }

    std::optional<Day> DayIn(const HolidayRule& rule, int y) const {
        if (rule.easter) return Easter(y) + days(*rule.easter);
        if (rule.on) {
            if (rule.on->year != 0 && rule.on->year != y) return std::nullopt;
            const auto date = year(y) / std::chrono::month(rule.on->month) / rule.on->day;
            return date.ok() ? std::optional<Day>(Day(date)) : std::nullopt;
        }
        const auto month = year(y) / std::chrono::month(rule.month);
        const std::chrono::weekday weekday(rule.weekday);
        return rule.nth < 0 ? Day(month / weekday[std::chrono::last])
                            : Day(month / weekday[static_cast<unsigned>(rule.nth)]);
    }

    bool IsWeekend(Day day) const {
        return made_.weekend.at(std::chrono::weekday(day).c_encoding());
    }

    void Note(const HolidayRule& rule, int y) {
        std::optional<Day> day = DayIn(rule, y);
        if (!day) return;
        if (rule.moved == Moved::kNextFree) {
            while (IsWeekend(*day) || known_.contains(*day)) *day += days(1);
        } else if (rule.moved == Moved::kNearest && IsWeekend(*day)) {
            *day += days(IsWeekend(*day + days(1)) ? -1 : 1);
        }
        if (known_.insert(*day).second) made_.days_off.push_back({*day, rule.name});
    }

    Status ReadClosed() {
        const Json* closed = json_.Find("closed");
        if (closed == nullptr) return {};
        if (!closed->IsArray()) return reader_.Wrong("/closed", "expected a list");
        for (std::size_t at = 0; at < closed->Items().size(); ++at) {
            const Json& item = closed->Items()[at];
            const std::string path = "/closed/" + std::to_string(at);
            RETURN_IF_ERROR(reader_.Members(item, path, {"name", "from", "until"}));
            ASSIGN_OR_RETURN(const std::string name, reader_.Text(item["name"], path + "/name"));
            ASSIGN_OR_RETURN(const Day from, ReadDay(item["from"], path + "/from"));
            Day until = from;
            if (const Json* end = item.Find("until")) {
                ASSIGN_OR_RETURN(until, ReadDay(*end, path + "/until"));
            }
            if (until < from || (until - from).count() >= kClosedDaysMax)
                return reader_.Wrong(path + "/until", "expected a day within a year after 'from'");
            for (Day day = from; day <= until; day += days(1))
                if (known_.insert(day).second) made_.days_off.push_back({day, name});
        }
        Sort();
        return {};
    }

    Result<Day> ReadDay(const Json& value, const std::string& path) const {
        ASSIGN_OR_RETURN(const std::string text, reader_.Text(value, path));
        const Result<Day> day = ParseDay(text);
        if (!day.ok()) return reader_.Wrong(path, day.error().text);
        return *day;
    }

    void Sort() {
        std::sort(made_.days_off.begin(), made_.days_off.end(),
                  [](const DayOff& a, const DayOff& b) { return a.day < b.day; });
    }

    StrictReader reader_;
    const Json& json_;
    const std::map<std::string, Zone>& zones_;
    std::set<Day> known_;
    Calendar made_;
};

Result<std::map<std::string, Zone>> ReadZones(const std::map<std::string, Json>& files) {
    std::map<std::string, Zone> zones;
    const auto found = files.find(std::string(kZonesFile));
    if (found == files.end()) return zones;
    const StrictReader reader("calendars/" + std::string(kZonesFile));
    if (!found->second.IsObject()) return reader.Wrong("", "expected an object of rules");
    for (const auto& [name, value] : found->second.Members()) {
        ASSIGN_OR_RETURN(const std::string rule, reader.Text(value, "/" + name));
        const Result<Zone> zone = Zone::Parse(rule);
        if (!zone.ok()) return reader.Wrong("/" + name, zone.error().text);
        zones[name] = *zone;
    }
    return zones;
}

}  // namespace

Result<Calendars> Calendars::Read(const std::map<std::string, Json>& files) {
    ASSIGN_OR_RETURN(const auto zones, ReadZones(files));
    Calendars made;
    // One that extends another is read after it; what never gets its turn extends in a circle.
    std::map<std::string, const Json*> left;
    for (const auto& [file, json] : files)
        if (file != kZonesFile) left[file.substr(0, file.rfind(".json"))] = &json;
    for (bool more = true; more;) {
        more = false;
        for (auto at = left.begin(); at != left.end();) {
            const std::string& id = at->first;
            const Json* other = at->second->Find("extends");
            if (other != nullptr && made.Find(other->AsString()) == nullptr) {
                ++at;
                continue;
            }
            Reader reader("calendars/" + id + ".json", *at->second, zones);
            if (other != nullptr) reader.Extend(*made.Find(other->AsString()));
            ASSIGN_OR_RETURN(Calendar calendar, reader.Read());
            calendar.id = id;
            for (const std::string& jurisdiction : calendar.serves)
                if (!made.by_jurisdiction_.emplace(jurisdiction, id).second)
                    return StrictReader("calendars/" + id + ".json")
                        .Wrong("/serves", "'" + jurisdiction + "' is served by '" +
                                              made.by_jurisdiction_[jurisdiction] + "' already");
            made.by_id_[id] = std::move(calendar);
            at = left.erase(at);
            more = true;
        }
    }
    if (left.empty()) return made;
    const auto& [id, json] = *left.begin();
    std::vector<std::string_view> known = made.ids();
    for (const auto& [other, ignored] : left) known.push_back(other);
    const std::string& wanted = (*json)["extends"].AsString();
    const StrictReader reader("calendars/" + id + ".json");
    if (left.contains(wanted)) return reader.Wrong("/extends", "goes in a circle");
    return reader.UnknownName("/extends", "calendar", wanted, known);
}

}  // namespace returns::workflows
