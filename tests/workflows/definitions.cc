#include "tests/workflows/definitions.h"

#include "schemas/check.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace returns::workflows {
namespace {

template <class T>
T Good(Result<T> result) {
    if (!result.ok()) std::cerr << result.error().text << '\n';
    CHECK(result.ok());
    return std::move(result).value();
}

// The value with the member at path[from...] replaced, or removed when there is no value.
Json Changed(const Json& value, const std::vector<std::string>& path, std::size_t from,
             const Json* replacement) {
    Json changed = Json::Object();
    bool found = false;
    for (const auto& [name, member] : value.Members()) {
        if (name != path[from]) {
            changed.Set(name, member);
            continue;
        }
        found = true;
        if (from + 1 < path.size()) {
            changed.Set(name, Changed(member, path, from + 1, replacement));
        } else if (replacement != nullptr) {
            changed.Set(name, *replacement);
        }
    }
    CHECK(found || (replacement != nullptr && from + 1 == path.size()));
    if (!found) changed.Set(path[from], *replacement);
    return changed;
}

}  // namespace

Json ReadTreeFile(const std::string& path) {
    std::ifstream file(std::string(BACKHAUL_SOURCE_DIR) + "/" + path);
    std::stringstream text;
    text << file.rdbuf();
    return Good(ParseJson(text.str()));
}

Json ReturnDefinition() { return ReadTreeFile("workflows/machines/return.json"); }
Json RefundDefinition() { return ReadTreeFile("workflows/machines/refund.json"); }
Json WordingDefinition() { return ReadTreeFile("workflows/wording/en.json"); }

Rules DefaultRules() {
    Rules rules;
    rules.returns = Good(Compile(MachineKind::kReturn, ReturnDefinition()));
    rules.refunds = Good(Compile(MachineKind::kRefund, RefundDefinition()));
    rules.policy = Good(ReadPolicy(ReadTreeFile("workflows/policies/default.json")));
    rules.hash = "default";
    return rules;
}

std::map<std::string, Json> CalendarFiles() {
    const std::string folder = "workflows/calendars";
    std::map<std::string, Json> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(BACKHAUL_SOURCE_DIR) + "/" + folder)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".json")) files[name] = ReadTreeFile(folder + "/" + name);
    }
    return files;
}

Calendars DefaultCalendars() { return Good(Calendars::Read(CalendarFiles())); }

Json With(const Json& definition, const std::vector<std::string>& path, Json value) {
    return Changed(definition, path, 0, &value);
}

Json Without(const Json& definition, const std::vector<std::string>& path) {
    return Changed(definition, path, 0, nullptr);
}

Json Text(std::string_view json) { return Good(ParseJson(json)); }

}  // namespace returns::workflows
