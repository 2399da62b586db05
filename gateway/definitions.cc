#include "gateway/definitions.h"

#include "connectors/crypto.h"
#include "gateway/folders.h"
#include "workflows/verify.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace returns::gateway {
namespace {

using workflows::MachineKind;
using workflows::Rules;

constexpr std::string_view kReturnFile = "machines/return.json";
constexpr std::string_view kRefundFile = "machines/refund.json";
constexpr std::string_view kPolicyFile = "policies/default.json";
constexpr std::string_view kCalendars = "calendars";

Result<Json> ReadFileJson(const DefinitionFiles& files, std::string_view name) {
    const auto found = files.find(std::string(name));
    if (found == files.end())
        return Error{Code::kNotFound, "loading definitions: no file " + std::string(name)};
    auto json = ParseJson(found->second);
    if (!json.ok())
        return Invalid("loading definitions: " + std::string(name) + ": " + json.error().text);
    return json;
}

Error In(std::string_view name, const Error& error) {
    return {error.code, "loading definitions: " + std::string(name) + ": " + error.text};
}

Result<workflows::Machine> LoadMachine(MachineKind kind, const Json& definition,
                                       std::string_view name) {
    auto machine = workflows::Compile(kind, definition);
    if (!machine.ok()) return In(name, machine.error());
    for (const workflows::Finding& finding : workflows::Verify(*machine))
        return Invalid("loading definitions: " + std::string(name) + ": " + finding.rule + ": " +
                       finding.text);
    return machine;
}

// From the three texts that a return is promised together.
Result<std::unique_ptr<Rules>> Build(const Json& returns, const Json& refunds, const Json& policy) {
    auto rules = std::make_unique<Rules>();
    ASSIGN_OR_RETURN(rules->returns, LoadMachine(MachineKind::kReturn, returns, kReturnFile));
    ASSIGN_OR_RETURN(rules->refunds, LoadMachine(MachineKind::kRefund, refunds, kRefundFile));
    auto read = workflows::ReadPolicy(policy);
    if (!read.ok()) return In(kPolicyFile, read.error());
    rules->policy = std::move(read).value();
    const Status delays = workflows::CheckDelays(*rules);
    if (!delays.ok()) return In(kPolicyFile, delays.error());
    return rules;
}

Result<workflows::Calendars> LoadCalendars(const DefinitionFiles& files) {
    std::map<std::string, Json> read;
    for (const auto& [name, text] : files) {
        if (name.compare(0, kCalendars.size(), kCalendars) != 0) continue;
        ASSIGN_OR_RETURN(read[name.substr(kCalendars.size() + 1)], ReadFileJson(files, name));
    }
    auto calendars = workflows::Calendars::Read(read);
    if (!calendars.ok()) return In("calendars", calendars.error());
    return calendars;
}

}  // namespace

Result<DefinitionFiles> ReadDefinitionFiles(const std::string& folder) {
    DefinitionFiles files;
    std::error_code error;
    for (const std::string part : {"machines", "policies", "wording", "calendars"}) {
        const std::filesystem::path path = std::filesystem::path(folder) / part;
        // A folder made for an older program has none: then every day is counted in UTC.
        if (part == kCalendars && !std::filesystem::exists(path, error)) continue;
        for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
            if (entry.path().extension() != ".json") continue;
            std::ifstream in(entry.path(), std::ios::binary);
            std::ostringstream text;
            text << in.rdbuf();
            files[part + "/" + entry.path().filename().string()] = text.str();
        }
        if (error)
            return Error{Code::kNotFound, "loading definitions: reading " + path.string() + ": " +
                                              error.message() + " (setting 'machines')"};
    }
    const std::filesystem::path proofs = std::filesystem::path(folder) / "proofs.json";
    if (std::filesystem::exists(proofs, error)) {
        ASSIGN_OR_RETURN(files["proofs.json"], ReadWholeFile(proofs.string()));
    }
    return files;
}

Result<std::unique_ptr<Definitions>> Definitions::Load(const DefinitionFiles& files,
                                                       const std::string& language) {
    ASSIGN_OR_RETURN(const Json returns, ReadFileJson(files, kReturnFile));
    ASSIGN_OR_RETURN(const Json refunds, ReadFileJson(files, kRefundFile));
    ASSIGN_OR_RETURN(const Json policy, ReadFileJson(files, kPolicyFile));
    auto made = std::make_unique<Definitions>();
    ASSIGN_OR_RETURN(made->book_.wording, ReadFileJson(files, "wording/" + language + ".json"));
    ASSIGN_OR_RETURN(made->book_.calendars, LoadCalendars(files));
    ASSIGN_OR_RETURN(std::unique_ptr<Rules> rules, Build(returns, refunds, policy));
    made->kept_ =
        WriteJson(Json::Object({{"returns", returns}, {"refunds", refunds}, {"policy", policy}}));
    rules->hash = connectors::Sha256Hex(made->kept_);
    made->book_.newest = rules.get();
    made->book_.pinned[rules->hash] = rules.get();
    made->rules_[rules->hash] = std::move(rules);
    return made;
}

Status Definitions::Remember(Archive& archive, std::map<std::string, std::string>& meta_to_write) {
    ASSIGN_OR_RETURN(const std::string listed, archive.Meta("rules"));
    ASSIGN_OR_RETURN(const Json known, listed.empty() ? Json::Array() : ParseJson(listed));
    const std::string& newest = book_.newest->hash;
    bool there = false;
    for (const Json& hash : known.Items()) {
        there = there || hash.AsString() == newest;
        if (rules_.count(hash.AsString()) != 0) continue;
        ASSIGN_OR_RETURN(const std::string text, archive.Meta("rules:" + hash.AsString()));
        ASSIGN_OR_RETURN(const Json kept, ParseJson(text));
        ASSIGN_OR_RETURN(std::unique_ptr<Rules> rules,
                         Build(kept["returns"], kept["refunds"], kept["policy"]));
        rules->hash = hash.AsString();
        book_.pinned[rules->hash] = rules.get();
        rules_[rules->hash] = std::move(rules);
    }
    if (there) return {};
    Json list = known;
    list.Append(Json::String(newest));
    meta_to_write["rules"] = WriteJson(list);
    meta_to_write["rules:" + newest] = kept_;
    return {};
}

std::string MintKey(std::string_view secret, std::int64_t generation, const CaseKey& key,
                    std::int64_t command) {
    const char zero = '\0';
    const std::string message = "refund key" + std::string(1, zero) + std::to_string(generation) +
                                zero + key.shop + zero + key.order_id + zero +
                                std::to_string(command);
    // 20 of 32 bytes: 32 characters, far from any collision, within every provider's limit.
    return connectors::EncodeBase32(connectors::HmacSha256(secret, message).substr(0, 20));
}

}  // namespace returns::gateway
