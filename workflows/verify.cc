#include "workflows/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace returns::workflows {
namespace {

// One way from state to state, with its words.
struct Step {
    int from = 0;
    int to = 0;  // from itself for a row that stays
    bool timer = false;
    int trigger = -1;  // when no timer
    bool own = true;   // a timer or a command of ours, not somebody else's word
    int guard = -1;
    std::string delay;
};

class Verifier {
public:
    explicit Verifier(const Machine& machine) : machine_(machine) { Collect(); }

    std::vector<Finding> Run();
    std::string Draw() const;

private:
    using Chosen = bool (*)(const Step&);

    void Collect();
    void CollectRow(int state, const std::vector<Edge>& edges, const Step& like);
    void Report(std::string rule, std::string text);

    void CheckReachable();
    void CheckDeterministic();
    void CheckRow(const std::string& where, const std::vector<Edge>& edges);
    void CheckMeta(int state, const StateRow& row);
    void CheckTimers(int state, const StateRow& row);
    void CheckClosable();
    void CheckMoney();
    void CheckTimerPath(int from, const std::set<int>& money);

    // The shortest way by chosen steps from one state to any of the goals; empty when there is
    // none. A goal is only reached by leaving `from`.
    std::vector<const Step*> Shortest(int from, const std::set<int>& goals, Chosen chosen) const;
    std::set<int> Finals() const;

    std::string Name(int state) const { return std::string(StateName(machine_.kind, state)); }
    std::string Trigger(const Step& step) const;
    std::string Guarded(const Step& step) const;
    std::string Words(const std::vector<const Step*>& path) const;

    const Machine& machine_;
    std::vector<Step> steps_;
    std::vector<Finding> findings_;
};

bool Any(const Step&) { return true; }
bool ByTimer(const Step& step) { return step.timer; }
bool ByOurselves(const Step& step) { return step.own; }

void Verifier::CollectRow(int state, const std::vector<Edge>& edges, const Step& like) {
    for (const Edge& edge : edges) {
        Step step = like;
        step.from = state;
        step.to = edge.target < 0 ? state : edge.target;
        step.guard = edge.guard;
        steps_.push_back(std::move(step));
    }
}

void Verifier::Collect() {
    for (int state = 0; state < static_cast<int>(machine_.states.size()); ++state) {
        const StateRow& row = machine_.states[static_cast<std::size_t>(state)];
        for (std::size_t trigger = 0; trigger < row.on.size(); ++trigger) {
            const bool own = Triggers(machine_.kind)[trigger].speaks != TriggerClass::kEvidence;
            CollectRow(state, row.on[trigger], {.trigger = static_cast<int>(trigger), .own = own});
        }
        for (const Timer& timer : row.timers) {
            CollectRow(state, timer.edges, {.timer = true, .delay = timer.delay});
        }
    }
}

void Verifier::Report(std::string rule, std::string text) {
    findings_.push_back({std::move(rule), std::move(text)});
}

std::string Verifier::Trigger(const Step& step) const {
    if (step.timer) return "after " + step.delay;
    return std::string(Triggers(machine_.kind)[static_cast<std::size_t>(step.trigger)].name);
}

std::string Verifier::Guarded(const Step& step) const {
    if (step.guard < 0) return Trigger(step);
    return Trigger(step) + " [" +
           std::string(GuardNames(machine_.kind)[static_cast<std::size_t>(step.guard)]) + "]";
}

std::string Verifier::Words(const std::vector<const Step*>& path) const {
    std::string words = path.empty() ? "" : Name(path.front()->from);
    for (const Step* step : path) {
        words += step->timer ? ", " : ", on ";
        words += Guarded(*step) + ": " + Name(step->to);
    }
    return words;
}

std::set<int> Verifier::Finals() const {
    std::set<int> finals;
    for (std::size_t state = 0; state < machine_.states.size(); ++state) {
        if (machine_.states[state].final) finals.insert(static_cast<int>(state));
    }
    return finals;
}

std::vector<const Step*> Verifier::Shortest(int from, const std::set<int>& goals,
                                            Chosen chosen) const {
    std::map<int, const Step*> reached_by = {{from, nullptr}};
    std::vector<int> frontier = {from};
    for (std::size_t next = 0; next < frontier.size(); ++next) {
        for (const Step& step : steps_) {
            if (step.from != frontier[next] || !chosen(step)) continue;
            if (!reached_by.emplace(step.to, &step).second) continue;
            frontier.push_back(step.to);
            if (!goals.contains(step.to)) continue;
            std::vector<const Step*> path;
            for (const Step* back = &step; back != nullptr; back = reached_by[back->from]) {
                path.insert(path.begin(), back);
            }
            return path;
        }
    }
    return {};
}

void Verifier::CheckReachable() {
    for (int state = 0; state < static_cast<int>(machine_.states.size()); ++state) {
        if (state == machine_.initial || !Shortest(machine_.initial, {state}, Any).empty())
            continue;
        Report("reachable", Name(state) + ": no row leads there from " + Name(machine_.initial));
    }
}

void Verifier::CheckRow(const std::string& where, const std::vector<Edge>& edges) {
    std::set<int> seen;
    for (std::size_t row = 0; row < edges.size(); ++row) {
        const int guard = edges[row].guard;
        if (guard < 0 && row + 1 < edges.size()) {
            Report("deterministic", where + ": row " + std::to_string(row + 1) +
                                        " has no guard, so the rows below it are never taken");
        }
        if (guard >= 0 && !seen.insert(guard).second) {
            Report("deterministic",
                   where + ": the guard '" +
                       std::string(GuardNames(machine_.kind)[static_cast<std::size_t>(guard)]) +
                       "' stands twice");
        }
    }
}

void Verifier::CheckDeterministic() {
    for (int state = 0; state < static_cast<int>(machine_.states.size()); ++state) {
        const StateRow& row = machine_.states[static_cast<std::size_t>(state)];
        for (std::size_t trigger = 0; trigger < row.on.size(); ++trigger) {
            CheckRow(Name(state) + ", on " + std::string(Triggers(machine_.kind)[trigger].name),
                     row.on[trigger]);
        }
        for (const Timer& timer : row.timers) {
            CheckRow(Name(state) + ", after " + timer.delay, timer.edges);
        }
    }
}

void Verifier::CheckMeta(int state, const StateRow& row) {
    const std::pair<const char*, const std::string*> members[] = {
        {"owner", &row.owner}, {"wording", &row.wording}, {"agent_action", &row.agent_action}};
    for (const auto& [name, text] : members) {
        if (text->empty()) Report("meta", Name(state) + ": " + name + " is missing");
    }
}

void Verifier::CheckTimers(int state, const StateRow& row) {
    const auto starts_anew = [](const Edge& edge) { return edge.target >= 0 || edge.reenter; };
    if (row.timers.empty()) {
        Report("timer", Name(state) + ": no timer, so it may stand still for ever unseen");
        return;
    }
    for (std::size_t index = 0; index < row.timers.size(); ++index) {
        const Edge& fallback = row.timers[index].edges.back();
        const bool always = fallback.guard < 0 && starts_anew(fallback);
        const std::string where = Name(state) + ", after " + row.timers[index].delay;
        if (index + 1 == row.timers.size() && !always) {
            Report("timer", where +
                                ": the last row of the last timer must move or reenter, "
                                "without a guard");
        }
        if (index + 1 < row.timers.size() && always &&
            std::all_of(row.timers[index].edges.begin(), row.timers[index].edges.end(),
                        starts_anew)) {
            Report("timer",
                   where + ": always moves or reenters, so the timers below it never fire");
        }
    }
}

void Verifier::CheckClosable() {
    const std::set<int> finals = Finals();
    if (finals.empty()) Report("closable", "no state is final");
    for (int state = 0; state < static_cast<int>(machine_.states.size()); ++state) {
        if (finals.empty() || finals.contains(state)) continue;
        if (!Shortest(state, finals, ByOurselves).empty()) continue;
        const std::vector<const Step*> helped = Shortest(state, finals, Any);
        Report("closable",
               Name(state) + ": no final state by timers and our own commands alone" +
                   (helped.empty() ? "" : "; the shortest way needs others: " + Words(helped)));
    }
}

void Verifier::CheckTimerPath(int from, const std::set<int>& money) {
    for (const int goal : money) {
        const std::vector<const Step*> path = Shortest(from, {goal}, ByTimer);
        if (!path.empty()) Report("no_timer_to_money", Words(path));
    }
}

void Verifier::CheckMoney() {
    if (machine_.kind == MachineKind::kReturn) {
        const std::set<int> money = {static_cast<int>(ReturnState::kAccepted),
                                     static_cast<int>(ReturnState::kKept)};
        // Every longer path ends in one of these steps, so the steps are the shortest paths.
        for (const Step& step : steps_) {
            if (step.timer && step.to != step.from && money.contains(step.to)) {
                Report("no_timer_to_money", Words({&step}));
            }
        }
        return;
    }
    const auto at = [](RefundState state) { return static_cast<int>(state); };
    CheckTimerPath(at(RefundState::kNotDue), {at(RefundState::kDue), at(RefundState::kReady)});
    for (const RefundState doubtful : {RefundState::kUnknown, RefundState::kFailed}) {
        CheckTimerPath(at(doubtful), {at(RefundState::kReady), at(RefundState::kSubmitting)});
    }
}

std::vector<Finding> Verifier::Run() {
    CheckReachable();
    CheckDeterministic();
    for (int state = 0; state < static_cast<int>(machine_.states.size()); ++state) {
        const StateRow& row = machine_.states[static_cast<std::size_t>(state)];
        if (row.final) continue;
        CheckMeta(state, row);
        CheckTimers(state, row);
    }
    CheckClosable();
    CheckMoney();
    return std::move(findings_);
}

std::string Verifier::Draw() const {
    std::map<std::pair<int, int>, std::string> arrows;
    for (const Step& step : steps_) {
        std::string& label = arrows[{step.from, step.to}];
        if (!label.empty()) label += ", ";
        label += Guarded(step);
    }
    std::string text = "stateDiagram-v2\n    [*] --> " + Name(machine_.initial) + "\n";
    for (const auto& [ends, label] : arrows) {
        text += "    " + Name(ends.first) + " --> " + Name(ends.second) + " : " + label + "\n";
    }
    for (const int state : Finals()) text += "    " + Name(state) + " --> [*]\n";
    return text;
}

}  // namespace

std::vector<Finding> Verify(const Machine& machine) { return Verifier(machine).Run(); }

std::string Graph(const Machine& machine) { return Verifier(machine).Draw(); }

}  // namespace returns::workflows
