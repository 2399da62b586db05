#include "gateway/settings.h"

#include "connectors/fields.h"
#include "gateway/client_certificate.h"
#include "gateway/http_client.h"
#include "gateway/settings_table.h"

#include <Poco/Net/IPAddress.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace returns::gateway {
namespace {

constexpr std::array<std::string_view, 4> kRoles = {"partner", "agent", "operator", "shop"};
constexpr std::array<std::string_view, 3> kModes = {"observe", "ask", "act"};
constexpr std::string_view kSecretHint =
    "a secret never stands here itself, write file:/path or env:NAME";
constexpr std::size_t kDeploymentSecretMin = 32;

Error Wrong(const std::string& path, const std::string& what) {
    return Invalid("reading settings: " + path + ": " + what);
}

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string_view Describe(const Json& value) {
    switch (value.kind()) {
        case Json::Kind::kNull:
            return "null";
        case Json::Kind::kBool:
            return "true or false";
        case Json::Kind::kNumber:
            return "a number";
        case Json::Kind::kString:
            return "a text";
        case Json::Kind::kArray:
            return "a list";
        case Json::Kind::kObject:
            break;
    }
    return "an object";
}

Error Expected(const std::string& path, std::string_view what, const Json& found) {
    return Wrong(path, "expected " + std::string(what) + ", found " + std::string(Describe(found)));
}

bool IsReference(std::string_view text) {
    return text.substr(0, 5) == "file:" || text.substr(0, 4) == "env:";
}

// One reading: what the world offers and where we are in the file.
class Reading {
public:
    explicit Reading(const SettingsSources& sources) : sources_(sources) {}

    Result<Settings> Read(const Json& root) const;

private:
    Result<std::string> Secret(const std::string& path, const std::string& reference) const;
    Result<Json> Replace(const std::string& path, const Json& value, bool& all_secret) const;
    Status Put(const RowFacts& row, const std::string& path, const Json& value,
               Target target) const;
    Status PutNumber(const RowFacts& row, const std::string& path, const Json& value,
                     std::int64_t& out) const;
    Status PutChoice(const RowFacts& row, const std::string& path, const Json& value,
                     Target target) const;
    Status PutTable(const std::string& path, const Json& value, ConnectionSettings& out) const;
    Status PutTexts(const std::string& path, const Json& value,
                    std::vector<std::string>& out) const;
    template <class T>
    Status ReadRows(const std::vector<Row<T>>& rows, const std::string& prefix, const Json& object,
                    bool with_environment, T& out) const;
    template <class T>
    Status ReadList(const std::vector<Row<T>>& rows, const std::string& path, const Json& root,
                    std::vector<T>& out) const;
    std::optional<Json> Override(const RowFacts& row) const;

    const SettingsSources& sources_;
};

// The value at a dotted path; nullptr when absent.
const Json* FindPath(const Json& root, std::string_view path) {
    const std::size_t dot = path.find('.');
    const Json* member = root.Find(path.substr(0, dot));
    return member == nullptr || dot == path.npos ? member : FindPath(*member, path.substr(dot + 1));
}

Result<std::string> Reading::Secret(const std::string& path, const std::string& reference) const {
    if (reference.substr(0, 4) == "env:") {
        const auto found = sources_.environment.find(reference.substr(4));
        if (found == sources_.environment.end() || found->second.empty())
            return Wrong(path,
                         "the environment variable " + Quoted(reference.substr(4)) + " is not set");
        return found->second;
    }
    if (reference.substr(0, 5) != "file:") return Wrong(path, std::string(kSecretHint));
    auto text = sources_.read_file(reference.substr(5));
    if (!text) return Wrong(path, text.error().text);
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    if (text->empty()) return Wrong(path, "the file " + Quoted(reference.substr(5)) + " is empty");
    return text;
}

Result<Json> Reading::Replace(const std::string& path, const Json& value, bool& all_secret) const {
    if (value.IsArray()) {
        Json out = Json::Array();
        for (std::size_t i = 0; i < value.Items().size(); ++i) {
            const std::string place = path + "[" + std::to_string(i) + "]";
            ASSIGN_OR_RETURN(Json item, Replace(place, value.Items()[i], all_secret));
            out.Append(std::move(item));
        }
        return out;
    }
    if (value.IsObject()) {
        Json out = Json::Object();
        for (const auto& [name, member] : value.Members()) {
            ASSIGN_OR_RETURN(Json item, Replace(path + "." + name, member, all_secret));
            out.Set(name, std::move(item));
        }
        return out;
    }
    if (!value.IsString() || !IsReference(value.AsString())) {
        all_secret = false;
        return value;
    }
    ASSIGN_OR_RETURN(std::string secret, Secret(path, value.AsString()));
    return Json::String(std::move(secret));
}

Status Reading::PutTable(const std::string& path, const Json& value,
                         ConnectionSettings& out) const {
    if (!value.IsObject()) return Expected(path, "an object", value);
    out.settings = Json::Object();
    for (const auto& [name, member] : value.Members()) {
        bool all_secret = true;
        ASSIGN_OR_RETURN(Json item, Replace(path + "." + name, member, all_secret));
        out.settings.Set(name, std::move(item));
        if (all_secret) out.secrets.insert(name);
    }
    return {};
}

Status Reading::PutNumber(const RowFacts& row, const std::string& path, const Json& value,
                          std::int64_t& out) const {
    const auto number = value.AsInt();
    if (!value.IsNumber() || !number) return Expected(path, "a whole number", value);
    if (*number < row.min || *number > row.max)
        return Wrong(path, std::to_string(*number) + " is not within " + std::to_string(row.min) +
                               " to " + std::to_string(row.max));
    out = *number;
    return {};
}

Status Reading::PutChoice(const RowFacts& row, const std::string& path, const Json& value,
                          Target target) const {
    if (!value.IsString()) return Expected(path, "a text", value);
    const std::string& word = value.AsString();
    if (std::find(row.words.begin(), row.words.end(), word) == row.words.end()) {
        std::string known;
        for (std::string_view each : row.words)
            if (!each.empty()) known += (known.empty() ? "" : ", ") + std::string(each);
        return Wrong(path, Quoted(word) + " is not one of " + known);
    }
    const auto index = [&](const auto& names) {
        return std::find(names.begin(), names.end(), word) - names.begin();
    };
    if (auto* const text = std::get_if<std::string*>(&target)) **text = word;
    if (auto* const role = std::get_if<Role*>(&target)) **role = static_cast<Role>(index(kRoles));
    if (auto* const mode = std::get_if<ConnectionMode*>(&target))
        **mode = static_cast<ConnectionMode>(index(kModes));
    return {};
}

Status Reading::PutTexts(const std::string& path, const Json& value,
                         std::vector<std::string>& out) const {
    if (!value.IsArray()) return Expected(path, "a list of texts", value);
    for (const Json& item : value.Items()) {
        if (!item.IsString()) return Expected(path, "a list of texts", item);
        out.push_back(item.AsString());
    }
    return {};
}

Status Reading::Put(const RowFacts& row, const std::string& path, const Json& value,
                    Target target) const {
    switch (row.form) {
        case Form::kNumber:
            return PutNumber(row, path, value, **std::get_if<std::int64_t*>(&target));
        case Form::kChoice:
            return PutChoice(row, path, value, target);
        case Form::kTable:
            return PutTable(path, value, **std::get_if<ConnectionSettings*>(&target));
        case Form::kTexts:
            return PutTexts(path, value, **std::get_if<std::vector<std::string>*>(&target));
        case Form::kFlag:
            if (!value.IsBool()) return Expected(path, "true or false", value);
            **std::get_if<bool*>(&target) = value.AsBool();
            return {};
        case Form::kText:
        case Form::kSecret:
            break;
    }
    if (!value.IsString()) return Expected(path, "a text", value);
    if (row.required && value.AsString().empty()) return Wrong(path, "must not be empty");
    std::string& out = **std::get_if<std::string*>(&target);
    if (row.form == Form::kText) {
        out = value.AsString();
        return {};
    }
    ASSIGN_OR_RETURN(out, Secret(path, value.AsString()));
    return {};
}

// A value from the environment, in the shape the file would have it.
Json FromText(const RowFacts& row, const std::string& text) {
    if (row.form == Form::kNumber) {
        auto number = ParseJson(text);
        return number && number->IsNumber() ? std::move(*number) : Json::String(text);
    }
    if (row.form == Form::kFlag && (text == "true" || text == "false"))
        return Json::Bool(text == "true");
    if (row.form != Form::kTexts) return Json::String(text);
    Json list = Json::Array();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        list.Append(Json::String(text.substr(at, end - at)));
        at = end + 1;
    }
    return list;
}

std::optional<Json> Reading::Override(const RowFacts& row) const {
    std::string name = "BACKHAUL_" + std::string(row.name);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return c == '.' ? '_' : static_cast<char>(std::toupper(c));
    });
    const auto found = sources_.environment.find(name);
    if (found == sources_.environment.end()) return std::nullopt;
    return FromText(row, found->second);
}

template <class T>
Status Reading::ReadRows(const std::vector<Row<T>>& rows, const std::string& prefix,
                         const Json& object, bool with_environment, T& out) const {
    for (const Row<T>& row : rows) {
        const std::string path = prefix + std::string(row.name);
        const auto replaced = with_environment ? Override(row) : std::nullopt;
        const Json* const value = replaced ? &*replaced : FindPath(object, row.name);
        if (value != nullptr) {
            RETURN_IF_ERROR(Put(row, path, *value, row.at(out)));
        } else if (row.required) {
            return Wrong(path, "is missing: " + std::string(row.sentence));
        } else if (row.form != Form::kSecret && row.form != Form::kTable) {
            const Json fallback = FromText(row, std::string(row.fallback));
            RETURN_IF_ERROR(Put(row, path, fallback, row.at(out)));
        }
    }
    return {};
}

// Every member of `object` is a row, a list or leads to one.
template <class T>
Status CheckNames(const std::vector<Row<T>>& rows, const Json& object, const std::string& label,
                  const std::string& section) {
    if (!object.IsObject())
        return Expected(label.empty() ? "the file" : label, "an object", object);
    std::vector<std::string> known;
    std::set<std::string> sections;
    const auto note = [&](std::string_view path) {
        if (path.substr(0, section.size()) != section) return;
        const std::string rest(path.substr(section.size()));
        const std::size_t dot = rest.find('.');
        known.push_back(rest.substr(0, dot));
        if (dot != rest.npos) sections.insert(known.back());
    };
    for (const auto& row : rows) note(row.name);
    if constexpr (std::is_same_v<T, Settings>) {
        for (std::string_view list : kLists) note(list);
    }
    const std::string prefix = label.empty() ? "" : label + ".";
    for (const auto& [name, value] : object.Members()) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            return Invalid("reading settings: unknown key " + Quoted(prefix + name) +
                           connectors::DidYouMean(name, known));
        if (sections.contains(name))
            RETURN_IF_ERROR(CheckNames(rows, value, prefix + name, section + name + "."));
    }
    return {};
}

template <class T>
Status Reading::ReadList(const std::vector<Row<T>>& rows, const std::string& path, const Json& root,
                         std::vector<T>& out) const {
    const Json* const list = FindPath(root, path);
    if (list == nullptr) return {};
    if (!list->IsArray()) return Expected(path, "a list", *list);
    std::set<std::string> names;
    for (const Json& item : list->Items()) {
        const std::string place = path + "[" + std::to_string(out.size()) + "]";
        RETURN_IF_ERROR(CheckNames(rows, item, place, ""));
        RETURN_IF_ERROR(ReadRows(rows, place + ".", item, false, out.emplace_back()));
        if (!names.insert(out.back().name).second)
            return Wrong(place + ".name", Quoted(out.back().name) + " is there twice");
    }
    return {};
}

bool IsName(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

template <class T>
bool Has(const std::vector<T>& entries, std::string_view name) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const T& entry) { return entry.name == name; });
}

Status CheckShop(const Settings& settings, const std::string& path, const std::string& shop) {
    if (Has(settings.shops, shop)) return {};
    return Wrong(path, Quoted(shop) + " is not among the shops");
}

Status CheckProxies(const std::vector<std::string>& proxies) {
    for (const std::string& proxy : proxies) {
        Poco::Net::IPAddress address;
        if (!Poco::Net::IPAddress::tryParse(proxy, address) || address.toString() != proxy)
            return Wrong("listen.proxies",
                         Quoted(proxy) + " is not an IP address as callers show it");
    }
    return {};
}

Status CheckCertificates(const Settings& settings, const ConnectionSettings& connection,
                         const std::string& path) {
    for (const std::string& each : connection.client_certificates) {
        if (const Status good = CheckCertificateName(each); !good.ok())
            return Wrong(path, good.error().text);
        if (settings.listen.proxies.empty())
            return Wrong(path, "only a proxy sees certificates, name it in listen.proxies");
    }
    return {};
}

Status CheckConnections(const Settings& settings) {
    for (std::size_t i = 0; i < settings.connections.size(); ++i) {
        const ConnectionSettings& each = settings.connections[i];
        const std::string path = "connections[" + std::to_string(i) + "].";
        if (!IsName(each.name))
            return Wrong(path + "name", "use lower-case letters, digits, '-', '_' and '.'");
        RETURN_IF_ERROR(CheckShop(settings, path + "shop", each.shop));
        RETURN_IF_ERROR(CheckCertificates(settings, each, path + "client_certificates"));
        if (each.base_url.empty()) continue;
        const auto base = ParseBaseUrl(each.base_url);
        if (!base) return Wrong(path + "base_url", base.error().text);
        if (!base->tls && !each.allow_plain_http && !IsLoopbackName(base->host))
            return Wrong(path + "base_url",
                         "http:// only reaches this machine, use https:// or set allow_plain_http");
    }
    return {};
}

Status CheckKeys(const Settings& settings) {
    std::set<std::string> hashes;
    for (std::size_t i = 0; i < settings.keys.size(); ++i) {
        const KeySettings& key = settings.keys[i];
        const std::string path = "keys[" + std::to_string(i) + "].";
        const bool hex = key.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
        if (key.sha256.size() != 64 || !hex)
            return Wrong(path + "sha256",
                         "expected 64 lower-case hex digits, as 'backhaul key new' prints them");
        if (!hashes.insert(key.sha256).second)
            return Wrong(path + "sha256", "another entry has the same key");
        if (!key.shop.empty()) RETURN_IF_ERROR(CheckShop(settings, path + "shop", key.shop));
        if (key.role == Role::kPartner && key.connections.empty() &&
            !Has(settings.connections, key.connection))
            return Wrong(path + "connection",
                         Quoted(key.connection) + " is not among the connections");
        for (const std::string& name : key.connections)
            if (!Has(settings.connections, name))
                return Wrong(path + "connections", Quoted(name) + " is not among the connections");
        if (key.role == Role::kShop && key.shop.empty())
            return Wrong(path + "shop", "is missing: a shop's key belongs to one shop");
    }
    return {};
}

Status CheckWhole(const Settings& settings) {
    if (settings.deployment_secret.size() < kDeploymentSecretMin)
        return Wrong("deployment_secret", "is shorter than 32 bytes");
    if (!settings.public_url.empty()) {
        const auto url = ParseBaseUrl(settings.public_url);
        if (!url) return Wrong("public_url", url.error().text);
    }
    RETURN_IF_ERROR(CheckProxies(settings.listen.proxies));
    if (settings.kafka.brokers.empty() && !settings.kafka.topics.empty())
        return Wrong("kafka.brokers", "is missing: there are topics to read");
    if (settings.kafka.start.empty() && !settings.kafka.topics.empty())
        return Wrong("kafka.start",
                     "is missing: say where a topic never read before is started, 'beginning' or "
                     "'end'");
    for (std::size_t i = 0; i < settings.kafka.topics.size(); ++i)
        RETURN_IF_ERROR(CheckShop(settings, "kafka.topics[" + std::to_string(i) + "].shop",
                                  settings.kafka.topics[i].shop));
    if (settings.limits.callback_bytes_max > settings.limits.body_bytes_max)
        return Wrong("limits.callback_bytes_max", "is more than limits.body_bytes_max");
    RETURN_IF_ERROR(CheckConnections(settings));
    return CheckKeys(settings);
}

Result<Settings> Reading::Read(const Json& root) const {
    Settings out;
    RETURN_IF_ERROR(CheckNames(MainRows(), root, "", ""));
    RETURN_IF_ERROR(ReadRows(MainRows(), "", root, true, out));
    RETURN_IF_ERROR(ReadList(ShopRows(), "shops", root, out.shops));
    if (out.shops.empty()) out.shops.push_back({"main"});
    RETURN_IF_ERROR(ReadList(TopicRows(), "kafka.topics", root, out.kafka.topics));
    RETURN_IF_ERROR(ReadList(ConnectionRows(), "connections", root, out.connections));
    RETURN_IF_ERROR(ReadList(RouteRows(), "routes", root, out.routes));
    RETURN_IF_ERROR(ReadList(KeyRows(), "keys", root, out.keys));
    RETURN_IF_ERROR(CheckWhole(out));
    return out;
}

}  // namespace

std::string_view Name(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

std::string_view Name(ConnectionMode mode) { return kModes[static_cast<std::size_t>(mode)]; }

SettingsSources SystemSources() {
    SettingsSources sources;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = std::min(text.find('='), text.size());
        sources.environment.emplace(text.substr(0, equals),
                                    text.substr(std::min(equals + 1, text.size())));
    }
    sources.read_file = [](const std::string& path) -> Result<std::string> {
        std::ifstream file(path, std::ios::binary);
        std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        if (!file) return Invalid("cannot read the file " + Quoted(path));
        return text;
    };
    return sources;
}

// One line, whatever names the file has used for its keys.
Result<Settings> ReadSettings(std::string_view text, const SettingsSources& sources) {
    const auto root = ParseJson(text);
    if (!root) return Invalid("reading settings: " + root.error().text);
    auto settings = Reading(sources).Read(*root);
    if (settings.ok()) return settings;
    Error error = settings.error();
    for (char& c : error.text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return error;
}

Result<Settings> LoadSettings(const std::string& path, const SettingsSources& sources) {
    const auto text = sources.read_file(path);
    if (!text) return Invalid("reading settings: " + text.error().text);
    return ReadSettings(*text, sources);
}

Status CheckSecrets(const ConnectionSettings& connection,
                    const std::vector<std::string>& secret_names) {
    for (const std::string& name : secret_names)
        if (connection.settings.Find(name) != nullptr && !connection.secrets.contains(name))
            return Wrong("connections." + connection.name + ".settings." + name,
                         std::string(kSecretHint));
    return {};
}

}  // namespace returns::gateway
