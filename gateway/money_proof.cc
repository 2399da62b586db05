#include "gateway/money_proof.h"

#include "connectors/connector.h"
#include "connectors/crypto.h"
#include "gateway/connections.h"

namespace returns::gateway {
namespace {

constexpr std::string_view kFile = "proofs.json";

Result<Json> Read(const std::string& text) {
    if (text.empty()) return Json::Object();
    auto json = ParseJson(text);
    if (!json.ok() || !json->IsObject())
        return Invalid("reading " + std::string(kFile) + ": " +
                       (json.ok() ? "expected an object" : json.error().text) +
                       "; 'backhaul machine verify --money DIR --store' makes it anew once the "
                       "file is gone");
    return json;
}

// All that `decide` may know of a payment provider's terms.
std::string TermsText(const workflows::ConnectionFacts& provider) {
    const workflows::RefundTerms& terms = provider.terms;
    Json operations = Json::Array();
    for (const std::string& name : provider.operations)
        if (name.compare(0, 7, "refund.") == 0) operations.Append(Json::String(name));
    Json minimum = Json::Object();
    for (const auto& [currency, minor] : terms.minimum_minor)
        minimum.Set(currency, Json::Int(minor));
    return WriteJson(
        Json::Object({{"operations", std::move(operations)},
                      {"key_window", Json::String(FormatDelay(provider.key_window))},
                      {"stores_refusals", Json::Bool(terms.stores_refusals)},
                      {"lookup_by_our_reference", Json::Bool(terms.lookup_by_our_reference)},
                      {"days_max", Json::Int(terms.days_max)},
                      {"queues_for_money", Json::Bool(terms.queues_for_money)},
                      {"settles_by_notice", Json::Bool(terms.settles_by_notice)},
                      {"partial", Json::Bool(terms.partial)},
                      {"refunds_max", Json::Int(terms.refunds_max)},
                      {"minimum_minor", std::move(minimum)}}));
}

}  // namespace

workflows::ConnectionFacts ProviderFacts(const connectors::Connector& connector) {
    workflows::ConnectionFacts facts;
    for (const auto& [name, operation] : connector.manifest().operations)
        facts.operations.insert(name);
    TakeTerms(*connector.manifest().payment, facts);
    return facts;
}

std::string ProofId(const std::string& rules_hash, const workflows::ConnectionFacts& provider) {
    return connectors::Sha256Hex(rules_hash + "\n" + TermsText(provider) + "\n" BACKHAUL_VERSION);
}

Result<std::string> WithProofs(const std::string& text, const Proofs& made) {
    ASSIGN_OR_RETURN(Json json, Read(text));
    for (const auto& [id, searched] : made) json.Set(id, Json::String(searched));
    return WriteJsonPretty(json);
}

Result<std::vector<std::string>> Unproven(const DefinitionFiles& files,
                                          const workflows::Rulebook& book) {
    const auto found = files.find(std::string(kFile));
    ASSIGN_OR_RETURN(const Json proofs, Read(found == files.end() ? "" : found->second));
    std::vector<std::string> lines;
    for (const workflows::ConnectionFacts& each : book.connections)
        if (each.kind == "payment" && proofs.Find(ProofId(book.newest->hash, each)) == nullptr)
            lines.push_back("connection " + each.name +
                            ": nobody has proven what these machines and this policy do with its "
                            "money; run 'backhaul machine verify --money DIR --store' with the "
                            "folder of setting 'machines'");
    return lines;
}

}  // namespace returns::gateway
