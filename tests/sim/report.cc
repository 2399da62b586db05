#include "tests/sim/report.h"

#include "gateway/journal.h"
#include "schemas/check.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace returns::sim {
namespace {

using workflows::Edge;
using workflows::Machine;
using workflows::MachineKind;

std::string_view WordFor(MachineKind kind) {
    return kind == MachineKind::kReturn ? "goods" : "money";
}

// What a move tells of the edge it went by.
std::string KeyOf(std::string_view machine, std::string_view from, std::string_view trigger,
                  std::string_view to) {
    std::string key(machine);
    for (const std::string_view part : {from, trigger, to}) key.append(" ").append(part);
    return key;
}

struct Named {
    std::string key, name;
};

void AddEdges(const Machine& machine, int state, const std::string& trigger,
              const std::vector<Edge>& edges, std::vector<Named>& all) {
    const std::string_view from = workflows::StateName(machine.kind, state);
    for (const Edge& edge : edges) {
        const int target = edge.target < 0 ? state : edge.target;
        const std::string_view to = workflows::StateName(machine.kind, target);
        std::string name(WordFor(machine.kind));
        name.append(" ").append(from).append(" ").append(trigger);
        if (edge.guard >= 0)
            name.append(" [")
                .append(workflows::GuardNames(machine.kind)[static_cast<std::size_t>(edge.guard)])
                .append("]");
        name.append(" > ").append(edge.target < 0 ? "(stays)" : to);
        all.push_back({KeyOf(WordFor(machine.kind), from, trigger, to), std::move(name)});
    }
}

std::vector<Named> EdgesOf(const workflows::Rules& rules) {
    std::vector<Named> all;
    for (const Machine* machine : {&rules.returns, &rules.refunds}) {
        const auto triggers = workflows::Triggers(machine->kind);
        for (std::size_t state = 0; state < machine->states.size(); ++state) {
            const workflows::StateRow& row = machine->states[state];
            for (std::size_t at = 0; at < row.on.size(); ++at)
                AddEdges(*machine, static_cast<int>(state), std::string(triggers[at].name),
                         row.on[at], all);
            for (const workflows::Timer& timer : row.timers)
                AddEdges(*machine, static_cast<int>(state), "after:" + timer.delay, timer.edges,
                         all);
        }
    }
    return all;
}

std::string KindOf(const std::string& violation) {
    return violation.substr(0, violation.find(':'));
}

}  // namespace

std::map<std::string, std::string> UnreachedReasons() {
    std::ifstream in(BACKHAUL_SOURCE_DIR "/tests/sim/unreached.json");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const Result<Json> listed = ParseJson(text);
    CHECK(listed.ok());
    std::map<std::string, std::string> reasons;
    for (const auto& [reason, edges] : listed->Members())
        for (const Json& edge : edges.Items()) reasons[edge.AsString()] = reason;
    return reasons;
}

Report::Report(const workflows::Rules& rules) {
    const std::vector<Named> all = EdgesOf(rules);
    all_edges_.reserve(all.size());  // pointed at
    for (const Named& each : all) {
        all_edges_.push_back({each.name, 0});
        edges_[each.key].push_back(&all_edges_.back());
    }
}

void Report::AddRows(const MemoryDatabase& database) {
    for (const JournalRow& row : database.journal) {
        const auto entry = DecodeEntry(row.body);
        if (!entry.ok()) continue;
        std::string verdict(workflows::Name(entry->verdict));
        ++verdicts_[verdict + " " + std::string(Facts(entry->event.type).wire)];
        for (const workflows::Move& move : entry->moves) {
            const auto known =
                edges_.find(KeyOf(WordFor(move.kind), move.from, move.trigger, move.to));
            if (known == edges_.end()) continue;
            for (Known* edge : known->second) ++edge->times;
        }
    }
}

void Report::Add(std::uint64_t seed, const World& world) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++worlds_;
    for (std::size_t at = 0; at < kFaults; ++at) struck_[at] += world.scene().struck[at];
    rows_ += static_cast<std::int64_t>(world.database().journal.size());
    AddRows(world.database());
    for (const auto& [key, row] : world.database().cases) {
        ++cases_;
        legs_ += static_cast<std::int64_t>(row.subject.legs.size());
        for (const Return& header : row.subject.returns) routes_.insert(header.route);
    }
    const auto& violations = world.scene().violations;
    if (!violations.empty()) failures_[seed] = violations.front();
}

std::vector<std::string> Report::Unexplained() const {
    const auto reasons = UnreachedReasons();
    std::vector<std::string> names;
    for (const Known& edge : all_edges_)
        if (edge.times == 0 && !reasons.contains(edge.name)) names.push_back(edge.name);
    return names;
}

void Report::Print(std::ostream& out, bool colour, const std::string& replay) const {
    const char* bold = colour ? "\x1b[1m" : "";
    const char* red = colour ? "\x1b[31m" : "";
    const char* plain = colour ? "\x1b[0m" : "";
    out << bold << worlds_ << " worlds" << plain << ": " << cases_ << " orders, " << legs_
        << " refunds, " << rows_ << " decisions\n\n"
        << bold << "faults" << plain << '\n';
    for (std::size_t at = 0; at < kFaults; ++at)
        out << "  " << struck_[at] << "  " << Name(static_cast<Fault>(at)) << '\n';
    out << '\n' << bold << "verdicts" << plain << '\n';
    for (const auto& [name, times] : verdicts_) out << "  " << times << "  " << name << '\n';
    const auto reasons = UnreachedReasons();
    std::vector<std::string> missing;
    for (const char* machine : {"goods ", "money "}) {
        std::int64_t reached = 0, all = 0;
        for (const Known& edge : all_edges_) {
            if (!edge.name.starts_with(machine)) continue;
            ++all;
            reached += edge.times > 0;
            if (edge.times > 0) continue;
            const auto reason = reasons.find(edge.name);
            missing.push_back(edge.name + ": " +
                              (reason == reasons.end() ? "no reason is known" : reason->second));
        }
        out << '\n'
            << bold << machine << "edges" << plain << ": " << reached << " of " << all
            << " reached\n";
        for (const Known& edge : all_edges_)
            if (edge.name.starts_with(machine) && edge.times > 0)
                out << "  " << edge.times << "  " << edge.name.substr(6) << '\n';
    }
    out << '\n' << bold << "not reached" << plain << ": " << missing.size() << '\n';
    for (const std::string& line : missing) out << "  " << line << '\n';
    if (seconds > 0)
        out << '\n'
            << static_cast<std::int64_t>(static_cast<double>(worlds_) / seconds * 10) / 10.0
            << " seeds a second, " << static_cast<std::int64_t>(seconds) << " s\n";
    std::map<std::string, std::int64_t> kinds;
    for (const auto& [seed, violation] : failures_) ++kinds[KindOf(violation)];
    for (const auto& [seed, violation] : failures_) {
        const auto kind = kinds.find(KindOf(violation));
        if (kind == kinds.end()) continue;  // the first of each kind stands for all
        out << red << "failed" << plain << ": " << violation << "\n  " << kind->second
            << " seeds of this kind; replay: " << replay << seed << '\n';
        kinds.erase(kind);
    }
    out << bold << failures_.size() << " failed" << plain << std::endl;
}

Json Report::AsJson(const std::string& replay) const {
    Json faults = Json::Object(), verdicts = Json::Object(), reached = Json::Object(),
         unreached = Json::Object(), failures = Json::Array();
    for (std::size_t at = 0; at < kFaults; ++at)
        faults.Set(std::string(Name(static_cast<Fault>(at))), Json::Int(struck_[at]));
    for (const auto& [name, times] : verdicts_) verdicts.Set(name, Json::Int(times));
    const auto reasons = UnreachedReasons();
    for (const Known& edge : all_edges_) {
        const auto reason = reasons.find(edge.name);
        if (edge.times > 0)
            reached.Set(edge.name, Json::Int(edge.times));
        else
            unreached.Set(edge.name, Json::String(reason == reasons.end() ? "" : reason->second));
    }
    for (const auto& [seed, violation] : failures_)
        failures.Append(Json::Object({{"seed", Json::Int(static_cast<std::int64_t>(seed))},
                                      {"what", Json::String(violation)},
                                      {"replay", Json::String(replay + std::to_string(seed))}}));
    return Json::Object({{"worlds", Json::Int(worlds_)},
                         {"orders", Json::Int(cases_)},
                         {"refunds", Json::Int(legs_)},
                         {"decisions", Json::Int(rows_)},
                         {"milliseconds", Json::Int(static_cast<std::int64_t>(seconds * 1000))},
                         {"faults", std::move(faults)},
                         {"verdicts", std::move(verdicts)},
                         {"edges_reached", std::move(reached)},
                         {"edges_not_reached", std::move(unreached)},
                         {"failures", std::move(failures)}});
}

}  // namespace returns::sim
