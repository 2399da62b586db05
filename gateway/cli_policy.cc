#include "gateway/cli_policy.h"

#include "gateway/cli_words.h"
#include "gateway/connections.h"
#include "gateway/definitions.h"
#include "gateway/folders.h"
#include "gateway/settings.h"
#include "workflows/clocks.h"
#include "workflows/strict.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace returns::gateway {
namespace {

using std::chrono::days;
using workflows::Calendar;
using workflows::Day;
using workflows::LegalRule;
using workflows::Policy;

constexpr int kDaysOffShown = 6;

constexpr const char* kUsage =
    R"(backhaul policy explain --purchased DAY [options]: the dates the policy gives a return

  --purchased DAY        when the order was placed, such as 2026-11-20
  --delivered DAY        when it came to the customer; else the day of purchase
  --happened DAY         when the return was asked for, posted, received or accepted, and when a
                         delay begins; else the day of delivery
  --jurisdiction NAME    as the order names it: DE, FR, NL, UK, US, EU, ...; else none
  --connection NAME      the logistics connection; with --settings it brings its calendar
  --calendar ID          when that partner works: a file of workflows/calendars without .json
  --settings FILE        reads the definitions the gateway would; else those beside the program
  --definitions DIR      reads those in this folder

Every date is in the time zone that stands beside it. Events count as of noon.
)";

std::string Shown(Day day) {
    static constexpr std::array<const char*, 7> kNames = {"Sun", "Mon", "Tue", "Wed",
                                                          "Thu", "Fri", "Sat"};
    return workflows::FormatDay(day) + " " + kNames.at(std::chrono::weekday(day).c_encoding());
}

std::string Shown(const Calendar& calendar, Instant at) {
    const std::int64_t minutes =
        std::chrono::duration_cast<std::chrono::minutes>(calendar.zone.ClockOf(at)).count();
    char clock[16];
    std::snprintf(clock, sizeof clock, "%02d:%02d", static_cast<int>(minutes / 60),
                  static_cast<int>(minutes % 60));
    return Shown(calendar.zone.DayOf(at)) + " " + clock + " " + calendar.zone.NameAt(at);
}

std::string Line(const std::string& what, const std::string& text) {
    return what + std::string(what.size() < 22 ? 22 - what.size() : 1, ' ') + text + "\n";
}

Instant Noon(const Calendar& calendar, Day day) {
    return calendar.zone.At(day, std::chrono::hours(12));
}

class Explanation {
public:
    Explanation(const workflows::Rulebook& book, const PolicyQuestion& question)
        : book_(book),
          policy_(book.newest->policy),
          question_(question),
          home_(book.calendars.Of(question.jurisdiction)) {}

    Result<std::string> Make() {
        ASSIGN_OR_RETURN(const Day purchased, workflows::ParseDay(question_.purchased));
        Day delivered = purchased;
        if (!question_.delivered.empty()) {
            ASSIGN_OR_RETURN(delivered, workflows::ParseDay(question_.delivered));
        }
        Day happened = delivered;
        if (!question_.happened.empty()) {
            ASSIGN_OR_RETURN(happened, workflows::ParseDay(question_.happened));
        }
        const Calendar* partner = &home_;
        if (!question_.calendar.empty()) partner = book_.calendars.Find(question_.calendar);
        if (partner == nullptr)
            return Invalid("no calendar '" + question_.calendar + "'" +
                           workflows::DidYouMean(question_.calendar, book_.calendars.ids()));
        std::string text = Line("policy", policy_.id);
        text += Line("jurisdiction", Of(home_));
        if (partner != &home_) text += Line("partner", Of(*partner));
        text += Windows(purchased, delivered);
        text += Legal(purchased, happened);
        text += Delays(*partner, happened);
        text += WorkingDays(*partner, happened);
        return text;
    }

private:
    std::string Of(const Calendar& calendar) const {
        return "calendar '" + calendar.id + "' (" + calendar.name + "), " + calendar.time_zone;
    }

    static std::string Any(const std::vector<std::string>& triggers) {
        std::string text;
        for (const std::string& each : triggers) text += (text.empty() ? "" : " or ") + each;
        return text;
    }

    std::string Windows(Day purchased, Day delivered) const {
        std::string text;
        for (const bool statutory : {false, true}) {
            const auto& rows = statutory ? policy_.window_statutory_rows : policy_.window_rows;
            const auto* row = workflows::RowOn(rows, purchased, {question_.jurisdiction, ""});
            const Instant end = WindowEnd(policy_, statutory, home_, question_.jurisdiction,
                                          Noon(home_, purchased), Noon(home_, delivered));
            text += Line(statutory ? "legal withdrawal" : "goodwill window",
                         "until " + Shown(home_, end) +
                             (row == nullptr ? "" : " (row '" + row->name + "')"));
        }
        return text;
    }

    std::string Legal(Day purchased, Day happened) const {
        const LegalRule* rule = workflows::LegalRuleOf(
            policy_, book_.calendars, question_.jurisdiction, Noon(home_, purchased));
        if (rule == nullptr) return Line("legal date", "the policy has no rule for it");
        const Instant end = LegalEnd(*rule, home_, Noon(home_, happened));
        return Line("legal date", Shown(home_, end) + ", " + FormatDelay(rule->within) + " after " +
                                      Any(rule->triggers) + " on " +
                                      workflows::FormatDay(happened) +
                                      (rule->statutory_only ? ", legal rights only" : "")) +
               (rule->withhold_until.empty()
                    ? ""
                    : Line("", "the money may wait until " + Any(rule->withhold_until))) +
               Line("", rule->source +
                            (rule->from ? ", since " + workflows::FormatDay(*rule->from) : ""));
    }

    // The delays that count business days or have rows: all others need no calendar.
    std::string Delays(const Calendar& partner, Day happened) const {
        std::string text;
        for (const auto& [name, delay] : policy_.delays) {
            const bool business = delay.after.unit == Delay::Unit::kBusinessDays;
            if (!business && delay.rows.empty()) continue;
            const Calendar& calendar = IsPartners(name) ? partner : home_;
            const workflows::DelayScope scope{&calendar,
                                              {question_.jurisdiction, question_.connection}};
            const auto* row = workflows::RowOn(delay.rows, happened, scope.rows);
            const Instant end = DelayEnd(policy_, name, scope, Noon(calendar, happened), kNoTime);
            text += Line(name, Shown(calendar, end) + ", " +
                                   FormatDelay(row == nullptr ? delay.after : *row->within) +
                                   (row == nullptr ? "" : " (row '" + row->name + "')"));
        }
        return text;
    }

    bool IsPartners(const std::string& delay) const {
        for (const auto& state : book_.newest->returns.states)
            for (const workflows::Timer& timer : state.timers)
                if (timer.delay == delay && state.owner == "partner") return true;
        return false;
    }

    std::string WorkingDays(const Calendar& calendar, Day from) const {
        std::string text = Line("next working days", "");
        text.pop_back();
        Day day = from;
        for (int n = 0; n < 5; ++n) {
            day = calendar.WorkingDayFrom(day + days(1));
            text += (n == 0 ? "" : ", ") + Shown(day);
        }
        text += "\n";
        int shown = 0;
        for (const auto& off : calendar.days_off) {
            if (off.day < from || shown == kDaysOffShown) continue;
            text += Line(shown++ == 0 ? "next days off" : "", Shown(off.day) + " " + off.name);
        }
        return text;
    }

    const workflows::Rulebook& book_;
    const Policy& policy_;
    const PolicyQuestion& question_;
    const Calendar& home_;
};

struct Wish {
    PolicyQuestion question;
    std::string settings, definitions;
};

Result<Wish> ReadWish(const std::vector<std::string>& arguments) {
    Wish wish;
    const std::map<std::string, std::string*> options = {
        {"--purchased", &wish.question.purchased},
        {"--delivered", &wish.question.delivered},
        {"--happened", &wish.question.happened},
        {"--jurisdiction", &wish.question.jurisdiction},
        {"--connection", &wish.question.connection},
        {"--calendar", &wish.question.calendar},
        {"--settings", &wish.settings},
        {"--definitions", &wish.definitions}};
    std::vector<std::string_view> known;
    for (const auto& [name, value] : options) known.push_back(name);
    for (std::size_t at = 1; at < arguments.size(); at += 2) {
        const auto option = options.find(arguments[at]);
        if (option == options.end())
            return Invalid("what is '" + arguments[at] + "'" +
                           workflows::DidYouMean(arguments[at], known));
        if (at + 1 == arguments.size() || !option->second->empty())
            return Invalid(option->first + " takes one value and stands once");
        *option->second = arguments[at + 1];
    }
    if (wish.question.purchased.empty()) return Invalid("--purchased DAY is missing");
    if (!wish.settings.empty() && !wish.definitions.empty())
        return Invalid("--settings or --definitions, not both");
    return wish;
}

// What the settings say: the folder of definitions, and the connection's calendar.
Status Settle(Wish& wish) {
    if (wish.settings.empty()) return {};
    ASSIGN_OR_RETURN(const Settings settings, LoadSettings(wish.settings, SystemSources()));
    wish.definitions = settings.machines;
    if (wish.question.connection.empty() || !wish.question.calendar.empty()) return {};
    std::vector<std::string_view> known;
    for (const ConnectionSettings& each : settings.connections) {
        known.push_back(each.name);
        if (each.name == wish.question.connection) wish.question.calendar = each.calendar;
    }
    if (std::find(known.begin(), known.end(), wish.question.connection) == known.end())
        return Invalid("no connection '" + wish.question.connection + "' in the settings" +
                       workflows::DidYouMean(wish.question.connection, known));
    return {};
}

}  // namespace

Result<std::string> ExplainPolicy(const workflows::Rulebook& book, const PolicyQuestion& question) {
    return Explanation(book, question).Make();
}

int RunPolicyCommand(const std::vector<std::string>& arguments) {
    if (arguments.empty() || arguments[0] != "explain")
        return Complain("policy takes 'explain'; see 'backhaul policy explain --help'", kBadUsage);
    if (arguments.size() == 2 && arguments[1] == "--help") {
        std::fputs(kUsage, stdout);
        return kGood;
    }
    auto wish = ReadWish(arguments);
    if (!wish.ok())
        return Complain(wish.error().text + "; see 'backhaul policy explain --help'", kBadUsage);
    const Status settled = Settle(*wish);
    if (!settled.ok()) return Complain(settled.error().text, kBadUsage);
    const auto files = ReadDefinitionFiles(wish->definitions.empty() ? ShareFolder() + "/workflows"
                                                                     : wish->definitions);
    if (!files.ok()) return Complain(files.error().text, kFailed);
    const auto definitions = Definitions::Load(*files, "en");
    if (!definitions.ok()) return Complain(definitions.error().text, kFailed);
    const auto text = ExplainPolicy((*definitions)->book(), wish->question);
    if (!text.ok()) return Complain(text.error().text, kBadUsage);
    std::fputs(text->c_str(), stdout);
    return kGood;
}

}  // namespace returns::gateway
