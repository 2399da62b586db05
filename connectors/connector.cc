#include "connectors/connector.h"

#include "connectors/crosswalk.h"
#include "connectors/crypto.h"
#include "connectors/fields.h"
#include "connectors/mapping.h"

#include <algorithm>

namespace returns::connectors {
namespace {

// Over every file's name and content, each with its length, so that no two folders look alike.
std::string FolderHash(const Connector::Files& files) {
    std::string all;
    for (const auto& [name, content] : files) {
        all += std::to_string(name.size()) + ":" + name + std::to_string(content.size()) + ":" +
               content;
    }
    return Sha256Hex(all);
}

Result<Json> ReadJsonFile(const Connector::Files& files, const std::string& name) {
    const auto file = files.find(name);
    if (file == files.end()) return Error{Code::kNotFound, "reading " + name + ": it is missing"};
    Result<Json> json = ParseJson(file->second);
    if (!json.ok()) return Invalid("reading " + name + ": " + json.error().text);
    return json;
}

// The contract must describe each operation, and nothing else.
Status CheckContract(const Json& contract, const Manifest& manifest) {
    const Json& described = contract["operations"];
    for (const auto& [name, operation] : manifest.operations) {
        if (described.Find(name) != nullptr) continue;
        return Invalid("reading contract.json: operation '" + name + "' is not described");
    }
    for (const auto& [name, description] : described.Members()) {
        if (manifest.operations.contains(name)) continue;
        return Invalid("reading contract.json: '" + name + "' is no operation of " + manifest.name);
    }
    return {};
}

Result<std::vector<JqSource>> Sources(const Connector::Files& files, const Manifest& manifest) {
    std::vector<JqSource> sources;
    for (const std::string& name : manifest.mappings) {
        const auto file = files.find(name);
        if (file == files.end()) {
            return Error{Code::kNotFound, "reading mapping " + name + ": it is missing"};
        }
        sources.push_back({name, file->second});
    }
    for (const auto& [name, content] : files) {
        const bool used = std::find(manifest.mappings.begin(), manifest.mappings.end(), name) !=
                          manifest.mappings.end();
        if (name.ends_with(".jq") && !used) {
            return Invalid("reading mapping " + name + ": connector.json does not name it");
        }
    }
    return sources;
}

std::string TextOf(const Json& value) {
    return value.IsNumber() ? value.Literal() : value.AsString();
}

// A setting may name several steps of a path: "returns/validate".
std::string EncodeSteps(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('/', at), text.size());
        out += (at == 0 ? "" : "/") + PercentEncode(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

// Fills {command.x} and {settings.x}; what is absent is an error.
Result<std::string> Fill(const std::string& form, const Json& command, const Json& settings,
                         bool encode) {
    std::string out;
    std::size_t at = 0;
    while (true) {
        const std::size_t open = form.find('{', at);
        out.append(form, at, std::min(open, form.size()) - at);
        if (open == form.npos) return out;
        const std::size_t close = form.find('}', open);
        const std::string name = form.substr(open + 1, close - open - 1);
        const std::size_t dot = name.find('.');
        const bool told = name.starts_with("command.");
        const Json& from = told ? command : settings;
        const std::string text = dot == name.npos ? "" : TextOf(from[name.substr(dot + 1)]);
        if (text.empty()) return Invalid("'" + name + "' is missing");
        out += !encode ? text : told ? PercentEncode(text) : EncodeSteps(text);
        if (close == form.npos) return out;
        at = close + 1;
    }
}

// "a=1&b=2" from an object; members that are null are left out.
Result<std::string> FormText(const Json& members) {
    std::string out;
    for (const auto& [name, value] : members.Members()) {
        if (value.IsNull()) continue;
        if (value.IsObject() || value.IsArray()) return Invalid("'" + name + "' is not plain");
        const std::string text =
            value.IsBool() ? (value.AsBool() ? "true" : "false") : TextOf(value);
        out += (out.empty() ? "" : "&") + PercentEncode(name) + "=" + PercentEncode(text);
    }
    return out;
}

void Authenticate(const Authentication& auth, const Json& settings, const std::string& token,
                  HttpHeaders& headers) {
    const std::string secret = FirstSecret(settings[auth.secret]);
    switch (auth.type) {
        case Authentication::Type::kNone:
            return;
        case Authentication::Type::kBearer:
            headers.emplace_back("Authorization", "Bearer " + secret);
            return;
        case Authentication::Type::kHeader:
            headers.emplace_back(auth.header, auth.prefix + secret);
            return;
        case Authentication::Type::kBasic:
            // Some take the secret for the user's name, and no password.
            headers.emplace_back(
                "Authorization",
                "Basic " + EncodeBase64(auth.user == auth.secret
                                            ? secret + ":"
                                            : settings[auth.user].AsString() + ":" + secret));
            return;
        case Authentication::Type::kOAuth2:
            headers.emplace_back(auth.header, auth.prefix + token);
            return;
    }
}

bool HeaderSafe(std::string_view value) {
    return std::all_of(value.begin(), value.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

Status Complete(HttpRequest& request, const Operation& operation, const Json& parts) {
    Fields fields(parts, "what '" + operation.request + "' gave");
    const Json& query = fields.Object("query");
    const Json& headers = fields.Object("headers");
    const Json& body = fields.Any("body");
    RETURN_IF_ERROR(fields.Done());
    ASSIGN_OR_RETURN(const std::string query_text, FormText(query));
    if (!query_text.empty()) request.target += "?" + query_text;
    for (const auto& [name, value] : headers.Members()) {
        request.headers.emplace_back(name, TextOf(value));
    }
    if (operation.body == BodyForm::kNone && !body.IsNull()) {
        return Invalid("a body where the manifest says there is none");
    }
    if (operation.body == BodyForm::kJson) {
        request.headers.emplace_back("Content-Type", "application/json");
        request.body = WriteJson(body);
    }
    if (operation.body == BodyForm::kForm) {
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        ASSIGN_OR_RETURN(request.body, FormText(body));
    }
    return {};
}

}  // namespace

Connector::Connector(Manifest manifest, std::string hash, Tells tells, Jq jq)
    : manifest_(std::move(manifest)),
      hash_(std::move(hash)),
      tells_(std::move(tells)),
      jq_(std::move(jq)) {}

Result<Connector> Connector::Load(const Files& files) {
    ASSIGN_OR_RETURN(const Json definition, ReadJsonFile(files, "connector.json"));
    ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(definition));
    ASSIGN_OR_RETURN(const Json contract, ReadJsonFile(files, "contract.json"));
    RETURN_IF_ERROR(CheckContract(contract, manifest));
    ASSIGN_OR_RETURN(const std::vector<JqSource> sources, Sources(files, manifest));
    ASSIGN_OR_RETURN(Jq jq, Jq::Compile(sources));
    Tells tells = TellsOf(manifest, sources);
    return Connector(std::move(manifest), FolderHash(files), std::move(tells), std::move(jq));
}

Connector Connector::Twin() const { return Connector(manifest_, hash_, tells_, jq_.Twin()); }

const Operation* Connector::FindOperation(std::string_view name) const {
    const auto found = manifest_.operations.find(std::string(name));
    return found == manifest_.operations.end() ? nullptr : &found->second;
}

Result<Json> Connector::MapCommand(const Operation& operation, const Json& command,
                                   const Json& settings) {
    if (operation.request.empty()) return Json::Object();
    ASSIGN_OR_RETURN(Json translated, Translated(manifest_, command, settings));
    return jq_.Run(operation.request,
                   Json::Object({{"command", std::move(translated)},
                                 {"settings", PublicSettings(manifest_, settings)}}));
}

Result<HttpRequest> Connector::Encode(std::string_view name, const Json& command,
                                      const Json& settings, const std::string& token) {
    const std::string where = "encoding " + std::string(name) + " for " + manifest_.name + ": ";
    const Operation* operation = FindOperation(name);
    if (operation == nullptr || manifest_.transport != Transport::kHttp) {
        return Invalid(where + "this connector has no such HTTP operation");
    }
    if (NeedsToken() && token.empty()) return Invalid(where + "there is no token yet");
    const Json visible = PublicSettings(manifest_, settings);
    HttpRequest request;
    request.method = operation->method;
    request.total_timeout_ms = operation->total_timeout_ms;
    const Result<std::string> path = Fill(operation->path, command, visible, true);
    if (!path.ok()) return Invalid(where + path.error().text);
    request.target = *path;
    Authenticate(manifest_.auth, settings, token, request.headers);
    for (const auto& [header, form] : operation->headers) {
        const Result<std::string> value = Fill(form, command, visible, false);
        if (!value.ok()) return Invalid(where + value.error().text);
        request.headers.emplace_back(header, *value);
    }
    if (!operation->key_header.empty()) {
        if (command["key"].AsString().empty()) return Invalid(where + "'command.key' is missing");
        request.headers.emplace_back(operation->key_header, command["key"].AsString());
    }
    const Result<Json> parts = MapCommand(*operation, command, settings);
    if (!parts.ok()) return Error{parts.error().code, where + parts.error().text};
    if (const Status filled = Complete(request, *operation, *parts); !filled.ok()) {
        return Invalid(where + filled.error().text);
    }
    for (const auto& [header, value] : request.headers) {
        if (!HeaderSafe(value))
            return Invalid(where + "the header " + header + " is not plain text");
    }
    return request;
}

Result<OutboundRecord> Connector::EncodeRecord(std::string_view name, const Json& command,
                                               const Json& settings) {
    const std::string where = "encoding " + std::string(name) + " for " + manifest_.name + ": ";
    const Operation* operation = FindOperation(name);
    if (operation == nullptr || manifest_.transport != Transport::kKafka) {
        return Invalid(where + "this connector has no such topic operation");
    }
    OutboundRecord record;
    const Json visible = PublicSettings(manifest_, settings);
    const Result<std::string> topic = Fill(operation->topic, command, visible, false);
    if (!topic.ok()) return Invalid(where + topic.error().text);
    record.topic = *topic;
    const Result<Json> parts = MapCommand(*operation, command, settings);
    if (!parts.ok()) return Error{parts.error().code, where + parts.error().text};
    Fields fields(*parts, where + "what '" + operation->request + "' gave");
    record.key = fields.NeededText("key");
    record.value = WriteJson(fields.Object("value"));
    for (const auto& [header, value] : fields.Object("headers").Members()) {
        record.headers.emplace_back(header, TextOf(value));
    }
    RETURN_IF_ERROR(fields.Done());
    return record;
}

}  // namespace returns::connectors
