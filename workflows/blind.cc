#include "workflows/blind.h"

#include "workflows/turn.h"
#include "workflows/wording.h"

#include <algorithm>
#include <array>

namespace returns::workflows {
namespace {

constexpr std::array<EventType, 9> kPartnerEvents = {
    EventType::kReturnLabelIssued,   EventType::kParcelScanned,   EventType::kParcelDelivered,
    EventType::kParcelUndeliverable, EventType::kParcelDamaged,   EventType::kParcelLost,
    EventType::kReturnOpened,        EventType::kReturnInspected, EventType::kReturnSentBack};

// How far along an event says the goods are. Two of the same place stand for each other.
struct Progress {
    EventType type;
    int place;
    std::vector<ReturnTrigger> triggers;
};

const std::vector<Progress>& ProgressOf() {
    static const std::vector<Progress> all = {
        {EventType::kParcelPosted, 1, {ReturnTrigger::kProofOfPosting}},
        {EventType::kParcelScanned, 1, {ReturnTrigger::kScanned}},
        {EventType::kParcelDelivered, 2, {ReturnTrigger::kArrived}},
        {EventType::kReturnOpened, 3, {ReturnTrigger::kOpened}},
        {EventType::kReturnInspected,
         4,
         {ReturnTrigger::kGradedOk, ReturnTrigger::kGradedBad, ReturnTrigger::kMismatch}},
        {EventType::kReturnSentBack, 5, {ReturnTrigger::kDeliveredBack}}};
    return all;
}

bool Takes(const StateRow& row, const Progress& progress) {
    return std::any_of(progress.triggers.begin(), progress.triggers.end(), [&](ReturnTrigger each) {
        return !row.on[static_cast<std::size_t>(each)].empty();
    });
}

// Somebody outside has to do something, and is expected to.
bool WaitsOutside(int state, const StateRow& row) {
    const bool outside =
        row.owner == "customer" || row.owner == "carrier" || row.owner == "partner";
    return outside && !row.timers.empty() && IsLive(static_cast<ReturnState>(state));
}

std::string TargetOf(const Timer& timer) {
    for (const Edge& edge : timer.edges)
        if (edge.target >= 0) return std::string(StateName(MachineKind::kReturn, edge.target));
    return "";
}

std::string LengthOf(const Policy& policy, const std::string& delay) {
    const auto found = policy.delays.find(delay);
    return found == policy.delays.end() ? "" : FormatDelay(found->second.after);
}

std::optional<BlindTimer> TimerOf(int state, const Rules& rules, const std::set<EventType>& told) {
    const StateRow& row = rules.returns.states[static_cast<std::size_t>(state)];
    if (!WaitsOutside(state, row)) return std::nullopt;
    int first = 0;
    bool first_told = false;
    BlindTimer timer;
    for (const Progress& progress : ProgressOf()) {
        if (!Takes(row, progress)) continue;
        if (first == 0) first = progress.place;
        const bool tells = told.contains(progress.type);
        if (tells) timer.ended.push_back(progress.type);
        if (progress.place != first) continue;
        first_told = first_told || tells;
        timer.waits_for = progress.type;
    }
    if (first == 0 || first_told) return std::nullopt;
    timer.state = StateName(MachineKind::kReturn, state);
    timer.delay = row.timers.front().delay;
    timer.after = LengthOf(rules.policy, timer.delay);
    timer.then = TargetOf(row.timers.front());
    return timer;
}

// Entered by somebody's word of progress, and by none that the partner can give.
bool Unseen(int state, const Machine& machine, const std::set<EventType>& told) {
    bool entered = false;
    for (const StateRow& row : machine.states) {
        for (const Progress& progress : ProgressOf()) {
            for (const ReturnTrigger trigger : progress.triggers) {
                for (const Edge& edge : row.on[static_cast<std::size_t>(trigger)]) {
                    if (edge.target != state) continue;
                    if (told.contains(progress.type)) return false;
                    entered = true;
                }
            }
        }
    }
    return entered;
}

// The state whose time brought the slice to where it is; its own where it has not run out yet.
std::string WaitedIn(const Slice& slice) {
    switch (slice.state) {
        case ReturnState::kExpired:
            return std::string(Name(ReturnState::kAuthorised));
        case ReturnState::kLost:
            return slice.evidence == Facts(EventType::kParcelLost).wire
                       ? ""
                       : std::string(Name(ReturnState::kInTransit));
        case ReturnState::kException:
            if (slice.cause != "partner_silent") return "";
            return std::string(Name(slice.evidence == Facts(EventType::kReturnOpened).wire
                                        ? ReturnState::kInspecting
                                        : ReturnState::kAtPartner));
        default:
            return std::string(Name(slice.state));
    }
}

}  // namespace

std::span<const EventType> PartnerEvents() { return kPartnerEvents; }

BlindMap BlindSpots(const Rules& rules, const std::set<EventType>& told) {
    BlindMap map;
    for (const EventType type : kPartnerEvents)
        if (!told.contains(type)) map.untold.push_back(type);
    for (int state = 0; state < kReturnStates; ++state) {
        // Whatever ends a return closes it too.
        const bool final = rules.returns.states[static_cast<std::size_t>(state)].final;
        if (!final && Unseen(state, rules.returns, told))
            map.unseen.emplace_back(StateName(MachineKind::kReturn, state));
        if (auto timer = TimerOf(state, rules, told)) map.timers.push_back(std::move(*timer));
    }
    return map;
}

std::optional<EventType> NeverTold(const Case& subject, const Slice& slice, const Rulebook& book) {
    const auto header =
        std::find_if(subject.returns.begin(), subject.returns.end(),
                     [&](const Return& each) { return each.id == slice.return_id; });
    if (header == subject.returns.end()) return std::nullopt;
    const ConnectionFacts* facts = book.Find(header->connection);
    if (facts == nullptr || !facts->tells) return std::nullopt;
    const std::string waited = WaitedIn(slice);
    const auto state = FindReturnState(waited);
    if (!state) return std::nullopt;
    const auto timer =
        TimerOf(static_cast<int>(*state), book.Of(header->rules_hash), *facts->tells);
    return timer ? std::optional<EventType>(timer->waits_for) : std::nullopt;
}

const std::string& NeverToldText(const Case& subject, const Slice& slice, const Rulebook& book) {
    const auto type = NeverTold(subject, slice, book);
    return WordingAt(book.wording, {"not_told", type ? Facts(*type).wire : ""});
}

}  // namespace returns::workflows
