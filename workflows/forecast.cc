#include "workflows/forecast.h"

#include <algorithm>
#include <array>
#include <span>

namespace returns::workflows {
namespace {

// The way of a parcel and its money where nothing goes wrong.
constexpr std::array<std::string_view, 5> kWay = {"AUTHORISED", "IN_TRANSIT", "AT_PARTNER",
                                                  "INSPECTING", "PENDING"};

// What still follows the state; nothing for one that leads to no money by itself.
std::optional<std::span<const std::string_view>> After(std::string_view state) {
    const std::span<const std::string_view> way(kWay);
    if (state == "REQUESTED" || state == "IN_REVIEW") return way;
    for (std::size_t i = 0; i < way.size(); ++i)
        if (way[i] == state) return way.subspan(i + 1);
    for (const std::string_view last : {"EXCEPTION", "LOST", "ACCEPTED", "KEPT", "DUE", "HELD",
                                        "READY", "SUBMITTING", "UNKNOWN", "FAILED"})
        if (last == state) return way.last(1);
    return std::nullopt;
}

bool IsOpen(RefundState state) {
    return state != RefundState::kNotDue && After(Name(state)).has_value();
}

class Pace {
public:
    Pace(const Case& subject, const Return* header, const Rulebook& book)
        : usual_(book.newest->policy.usual), home_(book.calendars.Of(subject.jurisdiction)) {
        const ConnectionFacts* partner =
            header == nullptr ? nullptr : book.Find(header->connection);
        if (partner != nullptr) partners_ = book.calendars.Find(partner->calendar);
    }

    bool Knows(std::string_view state) const { return usual_.find(state) != usual_.end(); }

    // Forward or, with sign -1, back from `at` by what is usual in that state.
    Instant Step(std::string_view state, Instant at, int sign = 1) const {
        const auto usual = usual_.find(state);
        if (usual == usual_.end()) return at;
        const bool theirs = state == "AT_PARTNER" || state == "INSPECTING";
        const Calendar& calendar = theirs && partners_ != nullptr ? *partners_ : home_;
        return calendar.Add(at, {sign * usual->second.amount, usual->second.unit});
    }

    Instant Through(std::span<const std::string_view> states, Instant at) const {
        for (const std::string_view state : states) at = Step(state, at);
        return at;
    }

    Instant BackFrom(Instant at, std::span<const std::string_view> states) const {
        for (auto state = states.rbegin(); state != states.rend(); ++state)
            at = Step(*state, at, -1);
        return at;
    }

private:
    const std::map<std::string, Delay, std::less<>>& usual_;
    const Calendar& home_;
    const Calendar* partners_ = nullptr;
};

bool MayWait(const Case& subject, const Return& header, const Rulebook& book) {
    const LegalRule* rule = LawFor(subject, header, book);
    if (rule == nullptr || rule->withhold_until.empty()) return false;
    const auto known = [&](const std::string& proof) {
        return std::any_of(kLegalTriggers.begin(), kLegalTriggers.end(), [&](const auto& each) {
            return each.name == proof && header.*each.at != kNoTime;
        });
    };
    return std::none_of(rule->withhold_until.begin(), rule->withhold_until.end(), known);
}

}  // namespace

Forecast ForecastOf(const Case& subject, const std::string& return_id, const Rulebook& book,
                    Instant now) {
    Forecast forecast;
    const auto header = std::find_if(subject.returns.begin(), subject.returns.end(),
                                     [&](const Return& each) { return each.id == return_id; });
    if (header == subject.returns.end() || book.newest->policy.usual.empty()) return forecast;
    const Pace pace(subject, &*header, book);
    const auto consider = [&](std::string_view state, Instant entered) {
        const auto rest = After(state);
        if (!rest) return;
        const Instant over = std::max(pace.Step(state, entered), now);
        forecast.at = std::max(forecast.at, pace.Through(*rest, over));
    };
    for (const Slice& slice : subject.slices)
        if (slice.return_id == return_id && !slice.vested)
            consider(Name(slice.state), slice.entered_at);
    for (const Leg& leg : subject.legs)
        if (leg.return_id == return_id && !leg.paid && !leg.offset && IsOpen(leg.state))
            consider(Name(leg.state), leg.entered_at);
    if (forecast.at == kNoTime) return forecast;
    forecast.may_wait = MayWait(subject, *header, book);
    forecast.late = header->legal_deadline != kNoTime && !forecast.may_wait &&
                    forecast.at > header->legal_deadline;
    return forecast;
}

Instant PaceEnd(const Case& subject, const Return* header, std::string_view state,
                const Rulebook& book, Instant from, Instant legal) {
    const auto rest = After(state);
    if (!rest || legal == kNoTime || header == nullptr) return kNever;
    const Pace pace(subject, header, book);
    if (!pace.Knows(state) || MayWait(subject, *header, book)) return kNever;
    const Instant latest = pace.BackFrom(legal, *rest);
    return latest > from ? latest : pace.Step(state, from);
}

}  // namespace returns::workflows
