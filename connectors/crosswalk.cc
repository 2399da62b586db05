#include "connectors/crosswalk.h"

#include <algorithm>
#include <map>
#include <set>

namespace returns::connectors {
namespace {

constexpr std::string_view kAnyCode = "*";  // in a table: what all others become
constexpr std::string_view kBack = "no translation back: ";
constexpr std::size_t kFew = 16;  // up to here a table need not be sorted

using Members = std::vector<Json::Member>;

std::string TextOf(const Json& value) {
    return value.IsNumber() ? value.Literal() : value.AsString();
}

// The name under which the reversed table stands; no manifest can declare it.
std::string Reversed(const std::string& table) { return table + "/back"; }

const Json* FindIn(const Members& members, std::string_view code) {
    const auto same = [&](const Json::Member& member) { return member.first == code; };
    auto found = members.end();
    if (members.size() <= kFew) {
        found = std::find_if(members.begin(), members.end(), same);
    } else {
        found = std::lower_bound(members.begin(), members.end(), code,
                                 [](const Json::Member& member, std::string_view wanted) {
                                     return member.first < wanted;
                                 });
        if (found != members.end() && !same(*found)) found = members.end();
    }
    return found == members.end() ? nullptr : &found->second;
}

Json Theirs(const Json& table, const std::string& code) {
    const Json* found = FindIn(table.Members(), code);
    if (found == nullptr) found = FindIn(table.Members(), kAnyCode);
    return found == nullptr ? Json() : *found;
}

std::optional<std::string> Ours(const std::string& name, const Json& settings,
                                const std::string& code) {
    if (const Json* back = settings.Find(Reversed(name))) {
        const Json* found = FindIn(back->Members(), code);
        if (found == nullptr) return std::nullopt;
        return found->AsString();
    }
    for (const auto& [ours, theirs] : settings[name].Members())
        if (TextOf(theirs) == code) return ours;
    return std::nullopt;
}

Json SortedObject(Members members) {
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    return Json::Object(std::move(members));
}

Error Wrong(const std::string& table, const std::string& what) {
    return Invalid("checking settings: table '" + table + "': " + what);
}

Status CheckEntry(const std::string& name, const SettingDeclaration& setting,
                  const Json::Member& entry) {
    const auto& [ours, theirs] = entry;
    const bool fits =
        setting.number ? theirs.AsInt().ok() : theirs.IsString() && !theirs.AsString().empty();
    if (ours.empty()) return Wrong(name, "an entry has no code of ours");
    if (!fits)
        return Wrong(
            name, "'" + ours + "' must lead to " + (setting.number ? "a whole number" : "a text"));
    if (setting.both_ways && ours == kAnyCode)
        return Wrong(name, "'*' has no way back, and this table is read both ways");
    return {};
}

// Each code a command holds for that table, once; empty ones where a line cannot do without.
template <class See>
void ForCodes(const SettingDeclaration& setting, const Json& command, const See& see) {
    std::set<std::string> seen;
    const auto look = [&](const Json& holder) {
        const Json* code = holder.Find(setting.codes);
        if (code == nullptr || !code->IsString()) return;
        const bool needed = setting.required && setting.codes == "sku";
        if (code->AsString().empty() && !needed) return;
        if (seen.insert(code->AsString()).second) see(code->AsString());
    };
    look(command);
    for (const Json& line : command["lines"].Items()) look(line);
}

// Puts theirs beside ours; what is missing is the error.
Status Translate(const std::string& name, const SettingDeclaration& setting, const Json& settings,
                 Json& holder) {
    const std::string& code = holder[setting.codes].AsString();
    if (code.empty()) return {};
    Json theirs = Theirs(settings[name], code);
    if (theirs.IsNull())
        return Invalid(setting.codes + " '" + code + "' has no translation in the table '" + name +
                       "' of the settings");
    holder.Set("their_" + setting.codes, std::move(theirs));
    return {};
}

Status TranslateBack(const std::string& name, const SettingDeclaration& setting,
                     const Json& settings, Json& holder) {
    const std::string theirs_name = "their_" + setting.codes;
    if (holder.Find(theirs_name) == nullptr) return {};
    const std::string theirs = TextOf(holder.Take(theirs_name));
    Json rest = Json::Object();
    for (const auto& [member, value] : holder.Members())
        if (member != theirs_name) rest.Set(member, value);
    holder = std::move(rest);
    const std::optional<std::string> ours = Ours(name, settings, theirs);
    if (ours) holder.Set(setting.codes, Json::String(*ours));
    const std::string& code = holder[setting.codes].AsString();
    if (code.empty())
        return Invalid(std::string(kBack) + name + ", " + setting.codes + " " + theirs);
    if (setting.codes == "sku" && holder["id"].AsString().empty())
        holder.Set("id", Json::String("sku:" + code));
    return {};
}

}  // namespace

Result<Json> PrepareCrosswalks(const Manifest& manifest, const Json& settings) {
    Json ready = settings;
    for (const auto& [name, setting] : manifest.settings) {
        if (setting.codes.empty() || settings.Find(name) == nullptr) continue;
        Members back;
        std::map<std::string, std::string> by_theirs;
        for (const Json::Member& entry : settings[name].Members()) {
            RETURN_IF_ERROR(CheckEntry(name, setting, entry));
            if (!setting.both_ways) continue;
            const std::string theirs = TextOf(entry.second);
            const auto [other, fresh] = by_theirs.emplace(theirs, entry.first);
            if (!fresh)
                return Wrong(name, "'" + other->second + "' and '" + entry.first +
                                       "' both lead to " + theirs +
                                       "; what comes back could be either");
            back.emplace_back(theirs, Json::String(entry.first));
        }
        ready.Set(name, SortedObject(settings[name].Members()));
        if (setting.both_ways) ready.Set(Reversed(name), SortedObject(std::move(back)));
    }
    return ready;
}

std::vector<Translation> TranslationsOf(const Manifest& manifest, const Json& command,
                                        const Json& settings) {
    std::vector<Translation> all;
    for (const auto& [name, setting] : manifest.settings) {
        const Json* table = settings.Find(name);
        if (setting.codes.empty() || table == nullptr) continue;
        ForCodes(setting, command, [&, &name = name, &setting = setting](const std::string& code) {
            all.push_back({name, setting.codes, code, Theirs(*table, code)});
        });
    }
    return all;
}

std::vector<Untranslated> FindUntranslated(const Manifest& manifest, const Json& command,
                                           const Json& settings) {
    std::vector<Untranslated> missing;
    for (Translation& each : TranslationsOf(manifest, command, settings))
        if (each.theirs.IsNull())
            missing.push_back({std::move(each.table), std::move(each.kind), std::move(each.code)});
    return missing;
}

Result<Json> Translated(const Manifest& manifest, const Json& command, const Json& settings) {
    Json out = command;
    for (const auto& [name, setting] : manifest.settings) {
        if (setting.codes.empty() || settings.Find(name) == nullptr) continue;
        RETURN_IF_ERROR(Translate(name, setting, settings, out));
        if (out.Find("lines") == nullptr) continue;
        Json lines = Json::Array();
        for (Json line : out["lines"].Items()) {
            RETURN_IF_ERROR(Translate(name, setting, settings, line));
            lines.Append(std::move(line));
        }
        out.Set("lines", std::move(lines));
    }
    return out;
}

Result<Json> TranslatedBack(const Manifest& manifest, Json events, const Json& settings) {
    const bool any = std::any_of(manifest.settings.begin(), manifest.settings.end(),
                                 [](const auto& entry) { return entry.second.both_ways; });
    if (!any || !events.IsArray()) return events;
    Json out = Json::Array();
    for (Json event : events.Items()) {
        const Json& told = event["data"]["lines"];
        if (told.IsArray() && !told.Items().empty()) {
            Json lines = Json::Array();
            for (Json line : told.Items()) {
                for (const auto& [name, setting] : manifest.settings)
                    if (setting.both_ways && line.IsObject())
                        RETURN_IF_ERROR(TranslateBack(name, setting, settings, line));
                lines.Append(std::move(line));
            }
            Json data = event["data"];
            data.Set("lines", std::move(lines));
            event.Set("data", std::move(data));
        }
        out.Append(std::move(event));
    }
    return out;
}

std::optional<Untranslated> UntranslatedIn(std::string_view error) {
    const std::size_t at = error.find(kBack);
    if (at == error.npos) return std::nullopt;
    error.remove_prefix(at + kBack.size());
    const std::size_t comma = error.find(", ");
    if (comma == error.npos) return std::nullopt;
    const std::size_t space = error.find(' ', comma + 2);
    if (space == error.npos) return std::nullopt;
    return Untranslated{std::string(error.substr(0, comma)),
                        std::string(error.substr(comma + 2, space - comma - 2)),
                        std::string(error.substr(space + 1)), true};
}

}  // namespace returns::connectors
