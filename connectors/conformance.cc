#include "connectors/conformance.h"

#include "connectors/conformance_kit.h"
#include "connectors/fields.h"
#include "connectors/places.h"

#include <sstream>

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

// "fixtures/a.json:12: the case's name".
std::string NameOf(const std::string& file, const std::string& text, const Json& one) {
    const std::size_t at = text.find(WriteJson(one["name"]));
    const std::string line = at == text.npos ? "" : ":" + std::to_string(LineOfByte(text, at));
    return file + line + ": " + one["name"].AsString();
}

void RunFixture(ConformanceKit& kit, const std::string& name, const std::string& text,
                const TestWatch& watch) {
    const Result<Json> json = ParseJson(text);
    if (!json.ok()) {
        return kit.Fail(PlaceOf({{name, text}}, name + ": " + json.error().text),
                        json.error().text);
    }
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
    for (const Json& one : cases.Items()) {
        const std::string where = NameOf(name, text, one);
        if (watch.at) watch.at(where);
        kit.Run(where, one);
    }
}

// What it can tell and no case shows may be right; nobody has looked.
void NoteUnshown(const ConformanceKit& kit, const Tells& tells, ConformanceReport& report) {
    std::string types;
    for (const auto& [type, ways] : tells.how) {
        const std::string wire(Facts(type).wire);
        if (!kit.covered("told " + wire)) types += (types.empty() ? "" : ", ") + wire;
    }
    if (!types.empty()) report.notes.push_back("no case shows that it tells " + types);
}

std::string Coloured(const std::string& line, bool colour) {
    if (!colour) return line;
    if (line.starts_with("    - ")) return "\x1b[31m" + line + "\x1b[0m";
    if (line.starts_with("    + ")) return "\x1b[32m" + line + "\x1b[0m";
    return line;
}

}  // namespace

ConformanceReport TestConnector(const Connector::Files& files, const TestWatch& watch) {
    ConformanceReport report;
    Result<Connector> connector = Connector::Load(files);
    if (!connector.ok()) {
        const std::string place = PlaceOf(files, connector.error().text);
        report.failures.push_back((place.empty() ? "load" : place) + ": " + connector.error().text);
        return report;
    }
    if (watch.connector) watch.connector(&*connector);
    ConformanceKit kit(*connector, report);
    if (kit.ReadContract(files.at("contract.json"))) {
        for (const auto& [name, text] : files) {
            if (IsFixture(name)) RunFixture(kit, name, text, watch);
        }
        CheckCoverage(kit, connector->manifest());
        NoteUnshown(kit, connector->tells(), report);
    }
    if (watch.connector) watch.connector(nullptr);
    return report;
}

std::string FormatReport(const ConformanceReport& report, std::string_view name, bool colour) {
    const std::string failed = colour ? "\x1b[31mFAILED\x1b[0m" : "FAILED";
    std::string out;
    for (const std::string& failure : report.failures) {
        std::istringstream lines(failure);
        std::string line;
        for (bool first = true; std::getline(lines, line); first = false)
            out += (first ? failed + "  " : "") + Coloured(line, colour) + "\n";
        const std::string advice = WhatToDo(failure);
        if (!advice.empty()) out += "    what to do: " + advice + "\n";
    }
    for (const std::string& note : report.notes) out += "note    " + note + "\n";
    out += std::string(name) + ": " + std::to_string(report.passed) + " passed, " +
           std::to_string(report.failures.size()) + " failed\n";
    return out;
}

}  // namespace returns::connectors
