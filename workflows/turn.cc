#include "workflows/turn.h"

#include "schemas/check.h"
#include "workflows/forecast.h"
#include "workflows/roll_call.h"

#include <algorithm>

namespace returns::workflows {
namespace {

const Machine& MachineOf(const Turn& turn, MachineKind kind, const std::string& return_id) {
    const Rules& rules = turn.RulesOf(return_id);
    return kind == MachineKind::kReturn ? rules.returns : rules.refunds;
}

bool Holds(MachineKind kind, int guard, const Scope& scope) {
    if (guard < 0) return true;
    return kind == MachineKind::kReturn ? ReturnGuard(guard)(scope) : RefundGuard(guard)(scope);
}

void Run(MachineKind kind, const std::vector<int>& actions, const Scope& scope) {
    for (int action : actions) {
        // An action may add elements, which moves the vectors: find ours again each time.
        const Scope fresh{scope.turn, scope.slice, scope.leg};
        kind == MachineKind::kReturn ? ReturnAction(action)(fresh) : RefundAction(action)(fresh);
    }
}

// One view over a slice or a leg, so that both machines run through the same few lines.
struct Element {
    MachineKind kind;
    std::int64_t id;
    int state;
    std::string return_id;
    Instant* entered_at;
    Instant* due_at;
    int* timer_step;
    Instant legal;
};

Element View(Turn& turn, MachineKind kind, std::int64_t id) {
    if (kind == MachineKind::kReturn) {
        Slice* slice = FindSlice(turn.subject, id);
        CHECK(slice != nullptr);
        const Return* header = FindReturn(turn.subject, slice->return_id);
        return {kind,
                id,
                static_cast<int>(slice->state),
                slice->return_id,
                &slice->entered_at,
                &slice->due_at,
                &slice->timer_step,
                header ? header->legal_deadline : kNoTime};
    }
    Leg* leg = FindLeg(turn.subject, id);
    CHECK(leg != nullptr);
    return {kind,
            id,
            static_cast<int>(leg->state),
            leg->return_id,
            &leg->entered_at,
            &leg->due_at,
            &leg->timer_step,
            leg->legal_deadline};
}

Scope ScopeOf(Turn& turn, const Element& element) {
    if (element.kind == MachineKind::kReturn)
        return {turn, FindSlice(turn.subject, element.id), nullptr};
    return {turn, nullptr, FindLeg(turn.subject, element.id)};
}

void ArmTimer(Turn& turn, const Element& element, const StateRow& row, int step, Instant from) {
    *element.timer_step = step;
    if (step >= static_cast<int>(row.timers.size())) {
        *element.due_at = kNever;
        return;
    }
    const Policy& policy = turn.RulesOf(element.return_id).policy;
    const std::string& delay = row.timers[step].delay;
    const DelayScope scope = turn.ScopeOf(element.return_id, row.owner);
    const Instant end = DelayEnd(policy, delay, scope, from, element.legal);
    // A legal moment already past fires at the next tick, once; later rounds take the plain delay.
    *element.due_at = end > from ? end : DelayEnd(policy, delay, scope, from, kNoTime);
    // Where the law urges and the usual days that follow would not fit any more, sooner.
    if (step == 0 && policy.delays.find(delay)->second.before_legal)
        *element.due_at = std::min(
            *element.due_at,
            PaceEnd(turn.subject, FindReturn(turn.subject, element.return_id),
                    StateName(element.kind, element.state), turn.book, from, element.legal));
}

void SetState(Turn& turn, const Element& element, int state) {
    if (element.kind == MachineKind::kReturn)
        FindSlice(turn.subject, element.id)->state = static_cast<ReturnState>(state);
    else
        FindLeg(turn.subject, element.id)->state = static_cast<RefundState>(state);
}

void ClearStall(Turn& turn, const Element& element) {
    if (element.kind == MachineKind::kReturn) {
        Slice& slice = *FindSlice(turn.subject, element.id);
        slice.stalled_at = kNoTime;
        if (RollCallDiffers(slice)) slice.cause.clear();  // it moved: asked anew tonight
    } else {
        FindLeg(turn.subject, element.id)->stalled_at = kNoTime;
    }
}

void RunById(Turn& turn, const Element& element, const std::vector<int>& actions) {
    for (int action : actions) Run(element.kind, {action}, ScopeOf(turn, element));
}

void Enter(Turn& turn, const Element& before, const StateRow& row, int state) {
    SetState(turn, before, state);
    ClearStall(turn, before);
    Element element = View(turn, before.kind, before.id);
    *element.entered_at = turn.now();
    ArmTimer(turn, element, row, 0, turn.now());
    RunById(turn, element, row.entry);
}

void Record(Turn& turn, const Element& element, int to, std::string trigger) {
    turn.out.moves.push_back(Move{element.kind, element.id, element.return_id,
                                  std::string(StateName(element.kind, element.state)),
                                  std::string(StateName(element.kind, to)), std::move(trigger)});
}

// Takes the edge. Gives whether the element left its state or started it again.
void Take(Turn& turn, const Element& element, const Machine& machine, const Edge& edge,
          std::string trigger) {
    const int to = edge.target < 0 ? element.state : edge.target;
    Record(turn, element, to, std::move(trigger));
    RunById(turn, element, edge.actions);
    if (edge.target >= 0) Enter(turn, element, machine.states[to], to);
}

Fired FireElement(Turn& turn, MachineKind kind, std::int64_t id, int trigger) {
    const Element element = View(turn, kind, id);
    const Machine& machine = MachineOf(turn, kind, element.return_id);
    const StateRow& row = machine.states[element.state];
    const TriggerFacts& facts = Triggers(kind)[trigger];
    for (const Edge& edge : row.on[trigger]) {
        if (!Holds(kind, edge.guard, ScopeOf(turn, element))) continue;
        Take(turn, element, machine, edge, std::string(facts.name));
        if (edge.target < 0 && edge.reenter) {
            Element again = View(turn, kind, id);
            ClearStall(turn, again);
            ArmTimer(turn, again, row, 0, turn.now());
        }
        return Fired::kMoved;
    }
    const bool refuse = row.otherwise[static_cast<int>(facts.speaks)] == Otherwise::kRefuse;
    return refuse ? Fired::kRefused : Fired::kIgnored;
}

void FireTimer(Turn& turn, MachineKind kind, std::int64_t id) {
    const Element element = View(turn, kind, id);
    const Machine& machine = MachineOf(turn, kind, element.return_id);
    const StateRow& row = machine.states[element.state];
    const int step = *element.timer_step;
    if (step >= static_cast<int>(row.timers.size())) {
        *element.due_at = kNever;
        return;
    }
    const Timer& timer = row.timers[step];
    const Edge* taken = nullptr;
    for (const Edge& edge : timer.edges) {
        if (!Holds(kind, edge.guard, ScopeOf(turn, element))) continue;
        taken = &edge;
        break;
    }
    if (taken != nullptr) Take(turn, element, machine, *taken, "after:" + timer.delay);
    if (taken != nullptr && taken->target >= 0) return;
    Element again = View(turn, kind, id);
    const bool repeat = taken != nullptr && taken->reenter;
    const bool last = step + 1 >= static_cast<int>(row.timers.size());
    ArmTimer(turn, again, row, repeat || last ? step : step + 1, turn.now());
}

}  // namespace

const Rules& Turn::RulesOf(const std::string& return_id) const {
    const Return* header = FindReturn(std::as_const(subject), return_id);
    return header == nullptr ? *book.newest : book.Of(header->rules_hash);
}

DelayScope Turn::ScopeOf(const std::string& return_id, std::string_view owner) const {
    const Return* header = FindReturn(std::as_const(subject), return_id);
    const std::string_view connection =
        header == nullptr ? "" : std::string_view(header->connection);
    DelayScope scope{&calendar(), {subject.jurisdiction, connection}};
    if (header == nullptr || owner != "partner") return scope;
    const ConnectionFacts* partner = book.Find(header->connection);
    const Calendar* theirs = partner ? book.calendars.Find(partner->calendar) : nullptr;
    if (theirs != nullptr) scope.calendar = theirs;
    return scope;
}

Fired Fire(Turn& turn, std::int64_t slice_id, ReturnTrigger trigger) {
    return FireElement(turn, MachineKind::kReturn, slice_id, static_cast<int>(trigger));
}

Fired Fire(Turn& turn, std::int64_t leg_id, RefundTrigger trigger) {
    return FireElement(turn, MachineKind::kRefund, leg_id, static_cast<int>(trigger));
}

bool OnlyAsksNext(Turn& turn, MachineKind kind, std::int64_t id) {
    const Element element = View(turn, kind, id);
    const StateRow& row = MachineOf(turn, kind, element.return_id).states[element.state];
    if (*element.timer_step >= static_cast<int>(row.timers.size())) return false;
    const std::vector<Edge>& edges = row.timers[*element.timer_step].edges;
    return std::none_of(edges.begin(), edges.end(),
                        [](const Edge& edge) { return edge.target >= 0; });
}

void FireTimers(Turn& turn) {
    std::vector<std::int64_t> slices, legs;
    for (const Slice& slice : turn.subject.slices)
        if (slice.due_at <= turn.now()) slices.push_back(slice.id);
    for (const Leg& leg : turn.subject.legs)
        if (leg.due_at <= turn.now()) legs.push_back(leg.id);
    for (std::int64_t id : slices) FireTimer(turn, MachineKind::kReturn, id);
    for (std::int64_t id : legs) FireTimer(turn, MachineKind::kRefund, id);
}

void RestartTimer(Turn& turn, std::int64_t slice_id) {
    const Element element = View(turn, MachineKind::kReturn, slice_id);
    const Machine& machine = MachineOf(turn, element.kind, element.return_id);
    ArmTimer(turn, element, machine.states[element.state], 0, turn.now());
}

namespace {

template <class List, class Id>
auto* FindById(List& list, const Id& id) {
    auto at = std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.id == id; });
    return at == list.end() ? nullptr : &*at;
}

}  // namespace

Slice* FindSlice(Case& subject, std::int64_t id) { return FindById(subject.slices, id); }
Leg* FindLeg(Case& subject, std::int64_t id) { return FindById(subject.legs, id); }
Return* FindReturn(Case& subject, const std::string& id) { return FindById(subject.returns, id); }
const Return* FindReturn(const Case& subject, const std::string& id) {
    return FindById(subject.returns, id);
}
OrderLine* FindLine(Case& subject, const std::string& id) { return FindById(subject.lines, id); }
Tender* FindTender(Case& subject, const std::string& id) { return FindById(subject.tenders, id); }

Command* FindCommand(Case& subject, std::int64_t number) {
    auto at = std::find_if(subject.commands.begin(), subject.commands.end(),
                           [&](const Command& c) { return c.number == number; });
    return at == subject.commands.end() ? nullptr : &*at;
}

Slice& AddSlice(Turn& turn, Slice slice) {
    slice.id = turn.subject.next_id++;
    const Machine& machine = turn.RulesOf(slice.return_id).returns;
    slice.state = static_cast<ReturnState>(machine.initial);
    turn.subject.slices.push_back(std::move(slice));
    Slice& added = turn.subject.slices.back();
    const Element element = View(turn, MachineKind::kReturn, added.id);
    Record(turn, element, machine.initial, "");
    Enter(turn, element, machine.states[machine.initial], machine.initial);
    return turn.subject.slices.back();
}

Leg& AddLeg(Turn& turn, Leg leg, RefundState state) {
    leg.id = turn.subject.next_id++;
    leg.state = state;
    const Machine& machine = turn.RulesOf(leg.return_id).refunds;
    turn.subject.legs.push_back(std::move(leg));
    const Element element = View(turn, MachineKind::kRefund, turn.subject.legs.back().id);
    Record(turn, element, static_cast<int>(state), "");
    Enter(turn, element, machine.states[static_cast<int>(state)], static_cast<int>(state));
    return *FindLeg(turn.subject, element.id);
}

std::int64_t SplitSlice(Turn& turn, std::int64_t slice_id, int quantity) {
    Slice* parent = FindSlice(turn.subject, slice_id);
    CHECK(parent != nullptr && quantity > 0 && quantity < parent->quantity);
    Slice child = *parent;
    parent->quantity -= quantity;
    child.id = turn.subject.next_id++;
    child.quantity = quantity;
    turn.subject.slices.push_back(child);
    return child.id;
}

std::int64_t SplitLeg(Turn& turn, std::int64_t leg_id, std::int64_t amount_minor) {
    Leg* parent = FindLeg(turn.subject, leg_id);
    CHECK(parent != nullptr && amount_minor > 0 && amount_minor < parent->amount_minor);
    Leg child = *parent;
    parent->amount_minor -= amount_minor;
    child.id = turn.subject.next_id++;
    child.amount_minor = amount_minor;
    child.tender_id = child.reference = child.key = child.their_reference = "";
    child.failed.clear();
    child.attempts = 0;
    child.key_first_sent_at = kNoTime;
    child.key_in_doubt = false;
    turn.subject.legs.push_back(child);
    return child.id;
}

std::int64_t Emit(Turn& turn, Command command) {
    if (command.connection.empty()) return 0;
    command.number = turn.subject.next_id++;
    if (command.key.empty()) command.key = turn.book.mint_key(turn.subject.key, command.number);
    command.not_before = std::max(command.not_before, turn.now());
    if (!command.reference.empty())
        WriteLookup(turn, LookupKind::kOurReference, turn.subject.key.shop, command.reference);
    turn.subject.commands.push_back(std::move(command));
    return turn.subject.commands.back().number;
}

void Withdraw(Turn& turn, std::int64_t number) {
    std::erase_if(turn.subject.commands, [&](const Command& c) { return c.number == number; });
}

bool HasCommand(const Case& subject, std::string_view operation, const std::string& return_id,
                std::int64_t leg) {
    return std::any_of(subject.commands.begin(), subject.commands.end(), [&](const Command& c) {
        return c.operation == operation && c.return_id == return_id && c.leg == leg;
    });
}

void WriteLookup(Turn& turn, LookupKind kind, const std::string& scope, const std::string& value) {
    if (!value.empty()) turn.out.lookups.push_back(Lookup{kind, scope, value});
}

bool IsLive(ReturnState state) {
    switch (state) {
        case ReturnState::kExpired:
        case ReturnState::kCancelled:
        case ReturnState::kDenied:
        case ReturnState::kClosed:
            return false;
        default:
            return true;
    }
}

bool IsCommitted(RefundState state) {
    switch (state) {
        case RefundState::kReady:
        case RefundState::kSubmitting:
        case RefundState::kUnknown:
        case RefundState::kPending:
        case RefundState::kSettled:
        case RefundState::kContested:
        case RefundState::kOverpaid:
            return true;
        default:
            return false;
    }
}

}  // namespace returns::workflows
