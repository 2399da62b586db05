#include "tests/sim/year.h"

#include "connectors/crypto.h"
#include "schemas/check.h"
#include "tests/sim/node.h"

#include <algorithm>

namespace returns::sim {
namespace {

using workflows::Day;

constexpr Millis kWarmUp = 25 * kDay;
constexpr int kDaysOfReturns = 365;
constexpr Millis kAfter = 50 * kDay;
constexpr int kUsualADay = 3, kPeakADay = 12;
constexpr Millis kOpensAt = 7 * kHour, kClosesAt = 14 * kHour;  // UTC; the carrier's hours, too
constexpr int kFaultsPerMille = 20;

// When nobody works, written out by hand: this must not come from the calendars under test.
const std::set<std::string>& ClosedDays() {
    static const std::set<std::string> days = {
        "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-15", "2026-05-25",
        "2026-08-03", "2026-08-04", "2026-08-05", "2026-08-06", "2026-08-07", "2026-12-24",
        "2026-12-25", "2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01",
        "2027-03-26", "2027-03-29", "2027-05-06", "2027-05-07"};
    return days;
}

bool Works(Instant at) {
    const std::chrono::weekday weekday(std::chrono::floor<std::chrono::days>(at));
    return weekday.iso_encoding() <= 5 && !ClosedDays().contains(FormatDate(at));
}

bool Between(Instant at, std::string_view from, std::string_view until) {
    const std::string day = FormatDate(at);
    return day >= from && day <= until;
}
bool InPeak(Instant at) { return Between(at, "2026-12-27", "2027-01-31"); }
bool IsSlow(Instant at) { return Between(at, "2026-12-22", "2027-02-05"); }

constexpr const char* kWarehouse = R"({"name": "warehouse", "extends": "de", "closed": [
    {"name": "bridging day", "from": "2026-05-15"},
    {"name": "summer closing", "from": "2026-08-03", "until": "2026-08-07"},
    {"name": "closed for the year", "from": "2026-12-24", "until": "2027-01-01"},
    {"name": "bridging day", "from": "2027-05-07"}]})";
constexpr const char* kChristmas = R"({"within": "30d", "rows": [
    {"name": "Christmas", "from": "11-01", "until": "12-24", "until_date": "01-31"}]})";

Json Parsed(const std::string& text) { return ParseJson(text).value(); }
Json Text(const std::string& text) { return Json::String(text); }

std::unique_ptr<Kit> KitOf(const std::function<void(Json& policy)>& change,
                           const std::function<void(workflows::Rulebook&)>& forget) {
    Plant plant;
    plant.definitions = [&](Json&, Json&, Json& policy) {
        policy.Set("window", Parsed(kChristmas));
        if (change) change(policy);
    };
    plant.book = [&](workflows::Rulebook& book) {
        book.calendars = ReadCalendars({{"warehouse.json", Parsed(kWarehouse)}});
        for (workflows::ConnectionFacts& each : book.connections)
            if (each.name == "3pl") each.calendar = "warehouse";
        CHECK(workflows::CheckCalendars(book).ok());
        if (forget) forget(book);
    };
    return MakeKit(std::move(plant));
}

class Year {
public:
    explicit Year(Kit& kit)
        : kit_(kit),
          provider_(scene_, [this](Call call) { Deliver(call); }),
          warehouse_(scene_, provider_.call_back(), "3pl"),
          annex_(scene_, provider_.call_back(), "3pl-b"),
          desk_(scene_, provider_.call_back()),
          shop_(scene_, topics_, provider_),
          partners_{{"sim://psp", &provider_}, {"sim://3pl", &warehouse_}, {"sim://desk", &desk_}},
          checker_(scene_, Books{database_, topics_, provider_, shop_, warehouse_, annex_, desk_}),
          node_(scene_, kit, database_, topics_, partners_, checker_, true) {
        provider_.on_paid = [this](const Payment& payment) {
            checker_.OnPaid(payment);
            paid_at_.emplace(payment.return_id, scene_.clock.Now());
        };
        warehouse_.flawless = true;
        warehouse_.pace = [this](const std::string& reference, Warehouse::Stage stage) {
            return Pace(reference, stage);
        };
        for (int day = 0; day < kDaysOfReturns; ++day) {
            const Instant at = scene_.clock.Now() + kWarmUp + day * kDay;
            const std::int64_t returns =
                scene_.chance.Between(1, 2 * (InPeak(at) ? kPeakADay : kUsualADay) - 1);
            for (std::int64_t n = 0; n < returns; ++n)
                PlanReturn(at + scene_.chance.Span(Millis(0), kDay));
        }
    }

    YearFigures Run() {
        const Millis end = kWarmUp + kDaysOfReturns * kDay + kAfter;
        while (scene_.violations.empty() && scene_.clock.Monotonic() < end) {
            bool worked = scene_.RunPlanned();
            worked = node_.Step() || worked;
            if (worked) continue;
            const Millis now = scene_.clock.Monotonic();
            Millis next = std::min(scene_.NextPlanned(), end);
            if (node_.NextDue() != kNever)
                next = std::min(next,
                                std::max(scene_.clock.ToMonotonic(node_.NextDue()), now + kMinute));
            scene_.clock.MoveTo(std::max(next, now + Millis(1)));
        }
        return Count();
    }

private:
    // Christmas presents come back in January; all else a week or two after it was bought.
    void PlanReturn(Instant asked) {
        const int number = ++orders_;
        const bool present = InPeak(asked) && scene_.chance.PerMille(700);
        Instant bought = asked - scene_.chance.Span(5 * kDay, 20 * kDay);
        if (present)
            bought =
                *ParseInstant("2026-11-05T12:00:00Z") + scene_.chance.Span(Millis(0), 48 * kDay);
        static const std::array<const char*, 6> kWhere = {"DE", "FR", "NL", "UK", "US", "EU"};
        const std::string where = kWhere.at(static_cast<std::size_t>(scene_.chance.Between(0, 5)));
        const bool statutory = scene_.chance.PerMille(500);
        const std::string id = "O-" + std::to_string(number);
        At(bought, [this, id, where] { Buy(id, where); });
        At(bought + 2 * kDay, [this, id] { Say("order.delivered", id, Json::Object()); });
        At(std::max(asked, bought + 3 * kDay), [this, id, statutory] {
            Json line = Json::Object(
                {{"id", Text("1")}, {"quantity", Json::Int(1)}, {"reason", Text("changed_mind")}});
            Say("return.requested", id,
                Json::Object({{"return_id", Text("R-" + id)},
                              {"lines", Json::Array({std::move(line)})},
                              {"resolution", Text("refund")},
                              {"statutory", Json::Bool(statutory)}}));
        });
    }

    void Buy(const std::string& id, const std::string& where) {
        Json line = Json::Object({{"id", Text("1")},
                                  {"quantity", Json::Int(2)},
                                  {"sku", Text("SKU-1")},
                                  {"unit_price_minor", Json::Int(4990)}});
        Say("order.placed", id,
            Json::Object({{"lines", Json::Array({std::move(line)})},
                          {"currency", Text("EUR")},
                          {"jurisdiction", Text(where)}}));
        Say("order.captured", id,
            Json::Object({{"currency", Text("EUR")},
                          {"tender", Json::Object({{"id", Text("T-1")},
                                                   {"kind", Text("card")},
                                                   {"connection", Text("psp")},
                                                   {"reference", Text("pi_" + id)},
                                                   {"amount_minor", Json::Int(9980)}})}}));
    }

    void At(Instant at, std::function<void()> what) {
        scene_.After(std::max(scene_.clock.ToMonotonic(at) - scene_.clock.Monotonic(), Millis(0)),
                     std::move(what));
    }

    void Say(const std::string& type, const std::string& order_id, const Json& data) {
        BusRecord record;
        record.key = order_id;
        record.value = WriteJson(Json::Object({{"specversion", Text("1.0")},
                                               {"type", Text(type)},
                                               {"id", Text("y-" + std::to_string(++events_))},
                                               {"source", Text("/shop")},
                                               {"time", Text(FormatInstant(scene_.clock.Now()))},
                                               {"subject", Text(order_id)},
                                               {"datacontenttype", Text("application/json")},
                                               {"data", data}}));
        record.headers.emplace_back("content-type", "application/cloudevents+json");
        topics_.Append(kShopTopic, std::move(record));
    }

    void Deliver(const Call& call) {
        scene_.After(scene_.chance.Span(Millis(1), Millis(4000)), [this, call] {
            Connection* connection = kit_.connections->Find(call.connection);
            auto events = connection->connector->MapCallback(call.body, call.headers, call.id,
                                                             scene_.clock.Now(),
                                                             connection->settings.settings);
            CHECK(events.ok());
            for (Envelope& event : *events) {
                Input input;
                input.event = std::move(event);
                input.event.connection = call.connection;
                input.event.source = "connection:" + call.connection;
                input.event.key.shop = "main";
                if (input.event.occurred_at == kNoTime)
                    input.event.occurred_at = scene_.clock.Now();
                input.digest = connectors::Sha256Hex(call.body);
                CHECK(node_.engine().Submit(std::move(input)));
            }
        });
    }

    // How long until the end of `working_days` more days of work, at some hour of the last.
    Millis After(std::int64_t working_days) {
        const Instant now = scene_.clock.Now();
        Instant day = std::chrono::floor<std::chrono::days>(now);
        while (working_days > 0 || !Works(day) || day + kClosesAt <= now) {
            day += kDay;
            if (working_days > 0 && Works(day)) --working_days;
        }
        const Instant from = std::max(day + kOpensAt, now);
        return from - now + scene_.chance.Span(Millis(1), day + kClosesAt - from);
    }

    // Within what the policy expects, but for the faults: those never come to an end, or late.
    std::optional<Millis> Pace(const std::string& reference, Warehouse::Stage stage) {
        const Instant now = scene_.clock.Now();
        if (stage == Warehouse::Stage::kArrival)
            return scene_.chance.Span(kHour, 4 * kDay) + After(scene_.chance.Between(1, 3));
        const bool opening = stage == Warehouse::Stage::kOpening;
        if (opening) arrived_.emplace(reference, now);
        if (scene_.chance.PerMille(kFaultsPerMille)) {
            faulty_.insert(reference);
            if (scene_.chance.PerMille(500)) return std::nullopt;
            return After(scene_.chance.Between(8, 12));
        }
        const std::int64_t most = !IsSlow(now) ? 1 : opening ? 5 : 3;
        const Millis wait = After(scene_.chance.Between(0, most));
        if (!opening) graded_.emplace(reference, now + wait);
        return wait;
    }

    YearFigures Count() {
        YearFigures figures;
        figures.violations = scene_.violations;
        figures.decisions = static_cast<std::int64_t>(database_.journal.size());
        for (const auto& [key, row] : database_.cases)
            for (const Return& header : row.subject.returns)
                CountReturn(row.subject, header, figures);
        return figures;
    }

    static Instant Moment(const std::map<std::string, Instant>& of, const std::string& id) {
        const auto found = of.find(id);
        return found == of.end() ? kNever : found->second;
    }

    void CountReturn(const Case& subject, const Return& header, YearFigures& figures) {
        ++figures.returns;
        figures.in_peak += InPeak(header.requested_at);
        figures.denied +=
            std::any_of(subject.slices.begin(), subject.slices.end(),
                        [](const Slice& slice) { return slice.cause == "outside_window"; });
        const bool faulty = faulty_.contains(header.id);
        figures.faulty += faulty;
        const Instant legal = header.legal_deadline;
        Instant told = kNever;
        for (const Ticket& ticket : subject.tickets) told = std::min(told, ticket.opened_at);
        if (faulty && told == kNever) ++figures.unseen;
        const bool near = legal != kNoTime && told >= legal - kDay - kHour;
        if (!faulty && told != kNever) {
            ++(near ? figures.near_law : figures.needless);
            if (!near && figures.examples.size() < 5)
                figures.examples.push_back(header.id + " " + subject.jurisdiction + " " +
                                           FormatInstant(told) + " " +
                                           subject.tickets.front().cause);
        }
        if (legal == kNoTime) return;
        const Instant paid = Moment(paid_at_, header.id);
        // Money is gathered for an hour before it leaves.
        if (Moment(graded_, header.id) < legal - 2 * kHour && !faulty) {
            ++figures.payable;
            figures.missed += paid > legal;
        }
        if (paid > legal && Moment(arrived_, header.id) < legal - kDay - kHour && told > legal)
            ++figures.silent_late;
    }

    Scene scene_{1};
    Kit& kit_;
    MemoryDatabase database_;
    Topics topics_;
    Provider provider_;
    Warehouse warehouse_, annex_;  // the second is sent nothing
    Desk desk_;
    Shop shop_;
    std::map<std::string, Partner*> partners_;
    Checker checker_;
    Node node_;
    std::map<std::string, Instant> paid_at_, arrived_, graded_;
    std::set<std::string> faulty_;
    int orders_ = 0, events_ = 0;
};

}  // namespace

YearFigures RunYear(const std::function<void(Json& policy)>& change,
                    const std::function<void(workflows::Rulebook&)>& forget) {
    const std::unique_ptr<Kit> kit = KitOf(change, forget);
    return Year(*kit).Run();
}

}  // namespace returns::sim
