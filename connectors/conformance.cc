#include "connectors/conformance.h"

#include "connectors/conformance_kit.h"
#include "connectors/fields.h"

#include <algorithm>

namespace returns::connectors {

namespace {

bool IsFixture(const std::string& name) {
    return name.starts_with("fixtures/") && name.ends_with(".json");
}

// Every operation needs a request and a good answer, every other way in at least one case.
void CheckCoverage(ConformanceKit& kit, const Manifest& manifest) {
    for (const auto& [name, operation] : manifest.operations) {
        const bool http = manifest.transport == Transport::kHttp;
        if (!kit.covered("encode " + name)) kit.Fail("coverage", "no case encodes " + name);
        if (http && !kit.covered("decode " + name + " done")) {
            kit.Fail("coverage", "no case decodes a good answer to " + name);
        }
    }
    for (int way = 0; manifest.callbacks && way < manifest.callbacks->ways(); ++way) {
        const std::string& name = manifest.callbacks->NameOf(way);
        const std::string of = name.empty() ? "" : " of the way '" + name + "'";
        if (!kit.covered("callback " + name)) kit.Fail("coverage", "no case reads a callback" + of);
        // What the kit signs itself verifies under any recipe: one must come from elsewhere.
        if (manifest.callbacks->RecipeOf(way).signs_body() &&
            !kit.covered("callback vector " + name)) {
            kit.Fail("coverage", "no callback" + of + " carries a signature made elsewhere");
        }
    }
    if (!manifest.records.empty() && !kit.covered("record")) {
        kit.Fail("coverage", "no case maps a record");
    }
}

void RunFixture(ConformanceKit& kit, const std::string& name, const std::string& text) {
    const Result<Json> json = ParseJson(text);
    if (!json.ok()) return kit.Fail(name, json.error().text);
    Fields fields(*json, "reading " + name);
    const Json& settings = fields.Object("settings");
    const Json& key_set = fields.Object("key_set");
    const std::string signing_key = fields.Text("signing_key");
    const Json& cases = fields.Any("cases");
    if (const Status status = fields.Done(); !status.ok()) {
        return kit.Fail(name, status.error().text);
    }
    if (!kit.UseSettings(name, settings) || !kit.UseKeys(name, key_set, signing_key)) return;
    if (cases.Items().empty()) kit.Fail(name, "it has no cases");
    for (const Json& one : cases.Items()) kit.Run(name + ": " + one["name"].AsString(), one);
}

}  // namespace

ConformanceReport TestConnector(const Connector::Files& files) {
    ConformanceReport report;
    Result<Connector> connector = Connector::Load(files);
    if (!connector.ok()) {
        report.failures.push_back("load: " + connector.error().text);
        return report;
    }
    ConformanceKit kit(*connector, report);
    if (!kit.ReadContract(files.at("contract.json"))) return report;
    for (const auto& [name, text] : files) {
        if (IsFixture(name)) RunFixture(kit, name, text);
    }
    CheckCoverage(kit, connector->manifest());
    return report;
}

std::string FormatReport(const ConformanceReport& report, std::string_view name) {
    std::string out;
    for (const std::string& failure : report.failures) out += "FAILED  " + failure + "\n";
    out += std::string(name) + ": " + std::to_string(report.passed) + " passed, " +
           std::to_string(report.failures.size()) + " failed\n";
    return out;
}

}  // namespace returns::connectors
