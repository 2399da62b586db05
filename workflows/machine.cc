#include "workflows/machine.h"

#include "workflows/strict.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace returns::workflows {
namespace {

constexpr std::array<std::string_view, 9> kOwners = {
    "us", "agent", "customer", "carrier", "partner", "provider", "finance", "risk", "nobody"};
constexpr std::array<std::string_view, kTriggerClasses> kClassNames = {"evidence", "person",
                                                                       "ours"};

std::vector<std::string_view> List(std::span<const std::string_view> names) {
    return {names.begin(), names.end()};
}

std::optional<int> IndexOf(std::span<const std::string_view> names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<int>(found - names.begin());
}

class Compiler {
public:
    Compiler(MachineKind kind, std::string file) : kind_(kind), reader_(std::move(file)) {}

    Result<Machine> Run(const Json& definition) const;

private:
    Result<int> ReadState(const Json& name, const std::string& path) const;
    Result<StateRow> ReadRow(int state, const Json& value, const std::string& path) const;
    Status ReadMeta(const Json& value, const std::string& path, StateRow& row) const;
    Status ReadOtherwise(const Json& value, const std::string& path, StateRow& row) const;
    Status ReadOn(int state, const Json& value, const std::string& path, StateRow& row) const;
    Status ReadAfter(int state, const Json& value, const std::string& path, StateRow& row) const;
    Result<std::vector<Edge>> ReadEdges(int state, const Json& value,
                                        const std::string& path) const;
    Result<Edge> ReadEdge(int state, const Json& value, const std::string& path) const;
    Result<std::vector<int>> ReadActions(const Json& value, const std::string& path) const;
    std::vector<std::string_view> StateNames() const;

    MachineKind kind_;
    StrictReader reader_;
};

std::vector<std::string_view> Compiler::StateNames() const {
    std::vector<std::string_view> names;
    for (int state = 0; state < StateCount(kind_); ++state) {
        names.push_back(StateName(kind_, state));
    }
    return names;
}

Result<int> Compiler::ReadState(const Json& name, const std::string& path) const {
    ASSIGN_OR_RETURN(const std::string text, reader_.Text(name, path));
    const std::optional<int> state = FindState(kind_, text);
    if (!state) return reader_.UnknownName(path, "state", text, StateNames());
    return *state;
}

Result<std::vector<int>> Compiler::ReadActions(const Json& value, const std::string& path) const {
    const auto names = ActionNames(kind_);
    const bool single = value.IsString();
    ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                     reader_.Texts(single ? Json::Array({value}) : value, path));
    std::vector<int> actions;
    for (const std::string& text : texts) {
        const std::optional<int> action = IndexOf(names, text);
        if (!action) {
            const std::string place = single ? path : path + "/" + std::to_string(actions.size());
            return reader_.UnknownName(place, "action", text, List(names));
        }
        actions.push_back(*action);
    }
    return actions;
}

Result<Edge> Compiler::ReadEdge(int state, const Json& value, const std::string& path) const {
    Edge edge;
    if (value.IsString()) {
        ASSIGN_OR_RETURN(edge.target, ReadState(value, path));
    } else {
        RETURN_IF_ERROR(
            reader_.Members(value, path, {"target", "guard", "actions", "reenter", "description"}));
        if (const Json* target = value.Find("target")) {
            ASSIGN_OR_RETURN(edge.target, ReadState(*target, path + "/target"));
        }
        if (const Json* guard = value.Find("guard")) {
            ASSIGN_OR_RETURN(const std::string name, reader_.Text(*guard, path + "/guard"));
            const auto names = GuardNames(kind_);
            const std::optional<int> index = IndexOf(names, name);
            if (!index) {
                return reader_.UnknownName(path + "/guard", "guard", name, List(names));
            }
            edge.guard = *index;
        }
        if (const Json* actions = value.Find("actions")) {
            ASSIGN_OR_RETURN(edge.actions, ReadActions(*actions, path + "/actions"));
        }
        if (const Json* reenter = value.Find("reenter")) {
            ASSIGN_OR_RETURN(edge.reenter, reader_.Flag(*reenter, path + "/reenter"));
        }
    }
    if (edge.reenter && edge.target >= 0 && edge.target != state) {
        return reader_.Wrong(path + "/reenter",
                             "only a row that stays in its state can reenter it");
    }
    if (edge.target == state && !edge.reenter) {
        return reader_.Wrong(path,
                             "a target that is the state itself moves nothing: leave it out, "
                             "or say reenter to start the timers again");
    }
    if (edge.target == state) edge.target = -1;
    return edge;
}

Result<std::vector<Edge>> Compiler::ReadEdges(int state, const Json& value,
                                              const std::string& path) const {
    std::vector<Edge> edges;
    if (!value.IsArray()) {
        ASSIGN_OR_RETURN(Edge edge, ReadEdge(state, value, path));
        edges.push_back(std::move(edge));
        return edges;
    }
    if (value.Items().empty()) return reader_.Wrong(path, "expected at least one row");
    for (const Json& item : value.Items()) {
        ASSIGN_OR_RETURN(Edge edge,
                         ReadEdge(state, item, path + "/" + std::to_string(edges.size())));
        edges.push_back(std::move(edge));
    }
    return edges;
}

Status Compiler::ReadOtherwise(const Json& value, const std::string& path, StateRow& row) const {
    RETURN_IF_ERROR(reader_.Members(value, path, {"evidence", "person", "ours"}));
    for (int speaks = 0; speaks < kTriggerClasses; ++speaks) {
        const std::string_view name = kClassNames[static_cast<std::size_t>(speaks)];
        const std::string& word = value[name].AsString();
        if (word != "ignore" && word != "refuse") {
            return reader_.Wrong(path + "/" + std::string(name), "expected ignore or refuse");
        }
        row.otherwise[static_cast<std::size_t>(speaks)] =
            word == "refuse" ? Otherwise::kRefuse : Otherwise::kIgnore;
    }
    return {};
}

Status Compiler::ReadMeta(const Json& value, const std::string& path, StateRow& row) const {
    RETURN_IF_ERROR(
        reader_.Members(value, path, {"owner", "wording", "agent_action", "otherwise"}));
    if (const Json* owner = value.Find("owner")) {
        ASSIGN_OR_RETURN(row.owner, reader_.Text(*owner, path + "/owner"));
        if (!IndexOf(kOwners, row.owner)) {
            return reader_.UnknownName(path + "/owner", "owner", row.owner, List(kOwners));
        }
    }
    if (const Json* wording = value.Find("wording")) {
        ASSIGN_OR_RETURN(row.wording, reader_.Text(*wording, path + "/wording"));
    }
    if (const Json* action = value.Find("agent_action")) {
        ASSIGN_OR_RETURN(row.agent_action, reader_.Text(*action, path + "/agent_action"));
    }
    return ReadOtherwise(value["otherwise"], path + "/otherwise", row);
}

Status Compiler::ReadOn(int state, const Json& value, const std::string& path,
                        StateRow& row) const {
    if (!value.IsObject()) return reader_.Wrong(path, "expected an object of triggers");
    for (const auto& [name, edges] : value.Members()) {
        const std::optional<int> trigger = FindTrigger(kind_, name);
        if (!trigger) {
            std::vector<std::string_view> known;
            for (const TriggerFacts& facts : Triggers(kind_)) known.push_back(facts.name);
            return reader_.UnknownName(path, "trigger", name, known);
        }
        ASSIGN_OR_RETURN(row.on[static_cast<std::size_t>(*trigger)],
                         ReadEdges(state, edges, path + "/" + name));
    }
    return {};
}

Status Compiler::ReadAfter(int state, const Json& value, const std::string& path,
                           StateRow& row) const {
    if (!value.IsObject()) return reader_.Wrong(path, "expected an object of named delays");
    if (row.final) return reader_.Wrong(path, "a final state owes nothing and has no timer");
    for (const auto& [delay, edges] : value.Members()) {
        if (delay.empty()) return reader_.Wrong(path, "a delay needs a name");
        ASSIGN_OR_RETURN(std::vector<Edge> read, ReadEdges(state, edges, path + "/" + delay));
        row.timers.push_back({delay, std::move(read)});
    }
    return {};
}

Result<StateRow> Compiler::ReadRow(int state, const Json& value, const std::string& path) const {
    RETURN_IF_ERROR(
        reader_.Members(value, path, {"meta", "type", "entry", "on", "after", "description"}));
    StateRow row;
    row.on.resize(Triggers(kind_).size());
    if (const Json* type = value.Find("type")) {
        if (type->AsString() != "final") return reader_.Wrong(path + "/type", "expected final");
        row.final = true;
    }
    RETURN_IF_ERROR(ReadMeta(value["meta"], path + "/meta", row));
    if (const Json* entry = value.Find("entry")) {
        ASSIGN_OR_RETURN(row.entry, ReadActions(*entry, path + "/entry"));
    }
    if (const Json* on = value.Find("on")) {
        RETURN_IF_ERROR(ReadOn(state, *on, path + "/on", row));
    }
    if (const Json* after = value.Find("after")) {
        RETURN_IF_ERROR(ReadAfter(state, *after, path + "/after", row));
    }
    return row;
}

Result<Machine> Compiler::Run(const Json& definition) const {
    RETURN_IF_ERROR(reader_.Members(definition, "", {"id", "description", "initial", "states"}));
    Machine machine;
    machine.kind = kind_;
    ASSIGN_OR_RETURN(machine.id, reader_.Text(definition["id"], "/id"));
    ASSIGN_OR_RETURN(machine.initial, ReadState(definition["initial"], "/initial"));
    const Json& states = definition["states"];
    if (!states.IsObject()) return reader_.Wrong("/states", "expected an object of states");
    std::vector<bool> present(static_cast<std::size_t>(StateCount(kind_)));
    machine.states.resize(present.size());
    for (const auto& [name, value] : states.Members()) {
        ASSIGN_OR_RETURN(const int state, ReadState(Json::String(name), "/states"));
        const auto index = static_cast<std::size_t>(state);
        ASSIGN_OR_RETURN(machine.states[index], ReadRow(state, value, "/states/" + name));
        present[index] = true;
    }
    for (int state = 0; state < StateCount(kind_); ++state) {
        if (!present[static_cast<std::size_t>(state)]) {
            return reader_.Wrong(
                "/states", "the state " + std::string(StateName(kind_, state)) + " is missing");
        }
    }
    return machine;
}

}  // namespace

Result<Machine> Compile(MachineKind kind, const Json& definition) {
    const std::string& id = definition["id"].AsString();
    const std::string kind_name = kind == MachineKind::kReturn ? "return" : "refund";
    return Compiler(kind, kind_name + " machine" + (id.empty() ? "" : " " + id)).Run(definition);
}

}  // namespace returns::workflows
