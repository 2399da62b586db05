#include "gateway/rehearse.h"

#include "connectors/conformance_values.h"
#include "connectors/crypto.h"
#include "gateway/case_view.h"
#include "workflows/decide.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using connectors::Connector;

struct Mapped {
    std::vector<Envelope> events;
    std::string why_not;
};

Mapped Map(Connector& connector, const KeptCallback& callback, const Json& settings) {
    auto events =
        connector.MapCallback(callback.body, callback.headers, callback.id, callback.at, settings);
    if (!events.ok()) return {{}, events.error().text};
    return {std::move(*events), ""};
}

std::string DifferenceOf(const Mapped& before, const Mapped& now) {
    std::string lines =
        connectors::Difference(connectors::Sorted(connectors::Describe(before.events)),
                               connectors::Sorted(connectors::Describe(now.events)));
    if (before.why_not != now.why_not) {
        if (!before.why_not.empty()) lines += "    - not understood: " + before.why_not + "\n";
        if (!now.why_not.empty()) lines += "    + not understood: " + now.why_not + "\n";
    }
    return lines;
}

std::string Digest(const KeptCallback& callback) { return connectors::Sha256Hex(callback.body); }
std::string Source(const KeptCallback& callback) { return "connection:" + callback.connection; }

// Decides the case's events once more, with those of the callbacks that differ in place of what
// they gave before.
class Replayed {
public:
    Replayed(const CaseKey& key, const workflows::Rulebook& book) : book_(book) {
        subject_.key = key;
    }

    void Decide(Envelope event, const Envelope& in_place_of) {
        event.key = subject_.key;
        event.source = in_place_of.source;
        event.connection = in_place_of.connection;
        event.recorded_at = in_place_of.recorded_at;
        if (event.occurred_at == kNoTime) event.occurred_at = in_place_of.occurred_at;
        Decide(event);
    }
    void Decide(const Envelope& event) {
        subject_ = workflows::Decide(subject_, event, book_).after;
    }
    const Case& subject() const { return subject_; }

private:
    Case subject_;
    const workflows::Rulebook& book_;
};

using Differences = std::map<std::pair<std::string, std::string>, const EventDifference*>;

Case Replay(const CaseKey& key, const std::vector<TimelineRow>& rows, const Differences& differ,
            const std::vector<const EventDifference*>& added, const workflows::Rulebook& book) {
    Replayed replayed(key, book);
    std::set<const EventDifference*> done;
    const auto say = [&](const EventDifference& difference, const Envelope& in_place_of) {
        if (!done.insert(&difference).second) return;
        for (const Envelope& event : difference.now) replayed.Decide(event, in_place_of);
    };
    const auto when_it_came = [](const EventDifference& difference) {
        Envelope event;
        event.source = Source(difference.callback);
        event.connection = difference.callback.connection;
        event.recorded_at = event.occurred_at = difference.callback.at;
        return event;
    };
    std::size_t next = 0;
    for (const TimelineRow& row : rows) {
        while (next < added.size() && added[next]->callback.at < row.entry.event.recorded_at) {
            say(*added[next], when_it_came(*added[next]));
            ++next;
        }
        const auto found = differ.find({row.entry.event.source, row.entry.digest});
        if (found == differ.end())
            replayed.Decide(row.entry.event);
        else
            say(*found->second, row.entry.event);
    }
    for (; next < added.size(); ++next) say(*added[next], when_it_came(*added[next]));
    return replayed.subject();
}

// What there is of goods and money, by what it is called.
std::map<std::string, std::string> Standing(const Case& subject) {
    std::map<std::string, std::map<std::string, std::int64_t>> sums;
    for (const Slice& slice : subject.slices)
        sums["goods " + slice.return_id + " line " + slice.line_id]
            [std::string(Name(slice.state))] += slice.quantity;
    for (const Leg& leg : subject.legs)
        sums["money of " + (leg.return_id.empty() ? "no return" : leg.return_id)]
            [std::string(Name(leg.state))] += leg.amount_minor;
    std::map<std::string, std::string> standing;
    for (const auto& [what, parts] : sums) {
        std::string& text = standing[what];
        for (const auto& [state, amount] : parts)
            text += (text.empty() ? "" : ", ") + std::to_string(amount) + " " + state;
    }
    return standing;
}

std::int64_t Owed(const Case& subject) {
    std::int64_t sum = 0;
    for (const Leg& leg : subject.legs)
        if (leg.state != RefundState::kNotDue && leg.state != RefundState::kCancelled)
            sum += leg.amount_minor;
    return sum;
}

CaseDifference Compare(const Case& before, const Case& now) {
    CaseDifference difference;
    difference.key = before.key;
    difference.before_minor = Owed(before);
    difference.now_minor = Owed(now);
    difference.currency = now.currency;
    std::map<std::string, std::string> left = Standing(before), right = Standing(now);
    for (const auto& [what, text] : left)
        if (right[what] != text)
            difference.lines.push_back(what + ": " + text + " -> " +
                                       (right[what].empty() ? "nothing" : right[what]));
    for (const auto& [what, text] : right)
        if (!text.empty() && left[what].empty())
            difference.lines.push_back(what + ": nothing -> " + text);
    return difference;
}

class Rehearsing {
public:
    explicit Rehearsing(const RehearsalParts& parts) : parts_(parts) {}

    Result<Rehearsal> Run(const std::vector<KeptCallback>& callbacks) {
        for (const KeptCallback& callback : callbacks) MapBoth(callback);
        for (const EventDifference& difference : found_.events) {
            differ_[{Source(difference.callback), Digest(difference.callback)}] = &difference;
            RETURN_IF_ERROR(Place(difference));
        }
        for (const auto& [key, added] : places_) RETURN_IF_ERROR(DecideAgain(key));
        found_.cases_looked_at = static_cast<std::int64_t>(places_.size());
        return std::move(found_);
    }

private:
    void MapBoth(const KeptCallback& callback) {
        ++found_.callbacks;
        Connection& connection = *parts_.connections.Find(callback.connection);
        Mapped before = Map(*connection.connector, callback, connection.settings.settings);
        Mapped now = Map(parts_.candidate, callback, parts_.settings.at(callback.connection));
        std::string lines = DifferenceOf(before, now);
        if (lines.empty()) {
            ++found_.same;
            return;
        }
        found_.events.push_back({callback, std::move(before.why_not), std::move(now.why_not),
                                 std::move(before.events), std::move(now.events),
                                 std::move(lines)});
    }

    // The cases its events belong to, before or now.
    Status Place(const EventDifference& difference) {
        const std::string& shop =
            parts_.connections.Find(difference.callback.connection)->settings.shop;
        for (const auto* events : {&difference.before, &difference.now}) {
            for (Envelope event : *events) {
                event.connection = difference.callback.connection;
                event.key.shop = shop.empty() ? "main" : shop;
                if (!event.key.order_id.empty()) {
                    places_[event.key].insert(&difference);
                    continue;
                }
                for (const Lookup& lookup : LookupsOf(event)) {
                    ASSIGN_OR_RETURN(const auto keys, parts_.store.Find(lookup));
                    for (const CaseKey& key : keys) places_[key].insert(&difference);
                    if (!keys.empty()) break;
                }
            }
        }
        return {};
    }

    Status DecideAgain(const CaseKey& key) {
        ASSIGN_OR_RETURN(const auto stored, parts_.store.Load(key));
        if (!stored) return {};
        ASSIGN_OR_RETURN(const auto rows,
                         ReadTimeline(parts_.archive, *stored, "", stored->seen.size()));
        std::set<std::pair<std::string, std::string>> told;
        for (const TimelineRow& row : rows) told.insert({row.entry.event.source, row.entry.digest});
        std::vector<const EventDifference*> added;
        for (const EventDifference* each : places_.at(key))
            if (!told.contains({Source(each->callback), Digest(each->callback)}))
                added.push_back(each);
        std::sort(added.begin(), added.end(),
                  [](const auto* a, const auto* b) { return a->callback.at < b->callback.at; });
        const Case before = Replay(key, rows, {}, {}, parts_.book);
        const Case now = Replay(key, rows, differ_, added, parts_.book);
        CaseDifference difference = Compare(before, now);
        difference.exact = Standing(before) == Standing(*stored);
        if (!difference.lines.empty() || difference.before_minor != difference.now_minor)
            found_.cases.push_back(std::move(difference));
        return {};
    }

    const RehearsalParts& parts_;
    Rehearsal found_;
    Differences differ_;
    std::map<CaseKey, std::set<const EventDifference*>> places_;
};

}  // namespace

Result<Rehearsal> Rehearse(const RehearsalParts& parts,
                           const std::vector<KeptCallback>& callbacks) {
    return Rehearsing(parts).Run(callbacks);
}

}  // namespace returns::gateway
