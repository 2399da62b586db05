#include "gateway/connector_try.h"

#include "connectors/crosswalk.h"
#include "connectors/fields.h"
#include "connectors/places.h"
#include "gateway/connector_try_case.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using connectors::CallbackReading;
using connectors::Connector;
using connectors::HttpHeaders;
using connectors::Verdict;

constexpr std::string_view kUrl = "https://gateway.example/v1/callbacks/partner";
constexpr std::string_view kPath = "/v1/callbacks/partner";

connectors::SignedRequest RequestOf(const HttpHeaders& headers, std::string_view body) {
    return {"POST", kUrl, kPath, &headers, body};
}

Json FixtureSettings(const Connector::Files& files) {
    for (const auto& [name, text] : files) {
        if (!name.starts_with("fixtures/")) continue;
        const auto json = ParseJson(text);
        if (json.ok() && (*json)["settings"].IsObject()) return (*json)["settings"];
    }
    return Json::Object();
}

Result<Json> SettingsOf(const TryAsk& ask, const Connector& connector) {
    Json settings = FixtureSettings(ask.files);
    for (const auto& [name, value] : ask.settings.Members()) settings.Set(name, value);
    const auto& callbacks = connector.manifest().callbacks;
    if (!ask.secret.empty() && callbacks && !callbacks->keys.empty())
        settings.Set(callbacks->keys, Json::String(ask.secret));
    RETURN_IF_ERROR(connectors::CheckSettings(connector.manifest(), settings));
    return connectors::PrepareCrosswalks(connector.manifest(), settings);
}

// The recipe as the manifest writes it, for sentences.
Json RecipeOf(const Connector::Files& files) {
    const auto manifest = ParseJson(files.at("connector.json"));
    return manifest.ok() ? (*manifest)["callbacks"]["signature"] : Json();
}

std::string TextOr(const Json& value, const char* otherwise) {
    return value.AsString().empty() ? otherwise : value.AsString();
}

// As ReadCallback gives it; it reads none where the signature is refused.
std::string IdOf(const CallbackReading& reading) {
    return reading.id.empty() ? "tried" : reading.id;
}

class Trial {
public:
    Trial(const TryAsk& ask, Connector& connector, Json settings)
        : ask_(ask),
          connector_(connector),
          settings_(std::move(settings)),
          recipe_(RecipeOf(ask.files)) {}

    std::vector<Envelope> Read(TryReport& report) {
        report.steps.push_back(Signature());
        return Map(report);
    }

private:
    CallbackReading At(std::string_view body, Instant now) {
        return connector_.ReadCallback(RequestOf(ask_.headers, body), settings_, now);
    }

    TryStep Signature() {
        TryStep step{"signature", {}, true};
        const CallbackReading reading = At(ask_.body, ask_.now);
        const Verdict verdict = reading.verification.verdict;
        step.good = verdict == Verdict::kVerified;
        const std::string scheme = TextOr(recipe_["scheme"], "none");
        if (scheme == "none") {
            step.lines = {"nothing is signed: a partner that signs nothing sends a key of ours"};
            return step;
        }
        step.lines.push_back(step.good ? "verified"
                                       : "not verified: " + reading.verification.sentence);
        step.lines.push_back(Recipe(scheme));
        if (step.good && reading.verification.key >= 0)
            step.lines.push_back("key " + std::to_string(reading.verification.key + 1) + " fits");
        if (!reading.verification.message_id.empty())
            step.lines.push_back("their id for it: " + reading.verification.message_id);
        if (reading.verification.signed_at != kNoTime)
            step.lines.push_back("signed at " + FormatInstant(reading.verification.signed_at) +
                                 ", " + Skew(reading.verification.signed_at));
        if (verdict == Verdict::kMissing || verdict == Verdict::kMalformed) ExplainHeaders(step);
        if (verdict == Verdict::kForged) ExplainForged(step);
        if (verdict == Verdict::kStale) ExplainStale(step);
        return step;
    }

    std::string Recipe(const std::string& scheme) const {
        const std::string header = TextOr(recipe_["header"], "Authorization");
        std::string text = scheme + " in the header " + header;
        if (scheme == "bearer" || scheme == "basic" || scheme == "header") return text;
        const Json& content = recipe_["content"];
        text += ", over " + (content.IsArray() ? "one of " + WriteJson(content)
                                               : "\"" + TextOr(content, "{body}") + "\"");
        return text + "; the body has " + std::to_string(ask_.body.size()) + " bytes";
    }

    std::string Skew(Instant signed_at) const {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ask_.now - signed_at);
        const std::int64_t count = seconds.count();
        return std::to_string(count < 0 ? -count : count) + " s " +
               (count < 0 ? "after" : "before") + " now";
    }

    void ExplainHeaders(TryStep& step) const {
        std::vector<std::string> names;
        for (const auto& [name, value] : ask_.headers) names.push_back(name);
        for (const char* member : {"header", "id_header", "time_header"}) {
            const std::string& wanted = recipe_[member].AsString();
            if (wanted.empty() || !connectors::FindHeader(ask_.headers, wanted).empty()) continue;
            step.lines.push_back("no header " + wanted + " was given" +
                                 connectors::DidYouMean(wanted, names));
        }
        if (names.empty()) step.lines.push_back("give the headers as they came with --headers");
    }

    bool Verifies(std::string_view body) {
        const Verdict verdict = At(body, ask_.now).verification.verdict;
        return verdict == Verdict::kVerified || verdict == Verdict::kStale;
    }

    // What usually is wrong: the bytes are no longer those that were signed.
    void ExplainForged(TryStep& step) {
        std::string_view bare = ask_.body;
        while (bare.ends_with('\n') || bare.ends_with('\r')) bare.remove_suffix(1);
        const auto json = ParseJson(ask_.body);
        if (bare.size() < ask_.body.size() && Verifies(bare)) {
            step.lines.push_back(
                "it verifies without the line end at the end of the file: an "
                "editor added it, the partner did not sign it");
        } else if (Verifies(std::string(bare) + "\n")) {
            step.lines.push_back("it verifies with a line end at the end: one was cut off");
        } else if (json.ok() && Verifies(WriteJson(*json))) {
            step.lines.push_back(
                "it verifies over the same JSON written without spaces: these are "
                "not the bytes as they came");
        } else {
            step.lines.push_back(
                "either the secret is another, or these are not the bytes as they "
                "came, or 'content' in connector.json is not what they sign");
        }
    }

    void ExplainStale(TryStep& step) {
        if (const auto at = SignedAt()) {
            step.lines.push_back("signed at " + FormatInstant(*at) + ", " + Skew(*at) +
                                 "; try it as if it came then: --now " + FormatInstant(*at));
            if (At(ask_.body, *at).verification.verdict == Verdict::kVerified)
                step.lines.push_back("the signature itself is right");
        }
    }

    std::optional<Instant> SignedAt() const {
        std::string text(connectors::FindHeader(ask_.headers, recipe_["time_header"].AsString()));
        const std::string tag = recipe_["time_tag"].AsString();
        if (!tag.empty()) {
            const std::string_view value =
                connectors::FindHeader(ask_.headers, recipe_["header"].AsString());
            const std::size_t at = value.find(tag + "=");
            if (at == value.npos) return std::nullopt;
            text = value.substr(at + tag.size() + 1, value.find(',', at) - at - tag.size() - 1);
        }
        if (recipe_["time_unit"].AsString() == "text") {
            const auto at = ParseInstant(text);
            return at.ok() ? std::optional<Instant>(*at) : std::nullopt;
        }
        const auto number = Json::String(text).AsString();
        if (number.empty() || number.find_first_not_of("0123456789") != number.npos ||
            number.size() > 14)
            return std::nullopt;
        const std::int64_t scale = recipe_["time_unit"].AsString() == "ms" ? 1 : 1000;
        return Instant(Millis(std::stoll(number) * scale));
    }

    std::vector<Envelope> Map(TryReport& report) {
        const std::string& name = connector_.manifest().callbacks->mapping;
        TryStep step{"mapping", {}, true};
        const std::string id = IdOf(At(ask_.body, ask_.now));
        auto events = connector_.MapCallback(ask_.body, ask_.headers, id, ask_.now, settings_);
        if (!events.ok()) {
            step.good = false;
            const std::string error = name + ": " + events.error().text;
            step.lines = {"not understood: " + error,
                          "a running gateway keeps it, answers 202 and lists it under /v1/parked"};
            const std::string advice = connectors::WhatToDo(error);
            if (!advice.empty()) step.lines.push_back(advice);
            report.steps.push_back(std::move(step));
            return {};
        }
        step.lines = {name + " gives " + std::to_string(events->size()) +
                      (events->size() == 1 ? " event" : " events")};
        if (events->empty())
            step.lines.push_back("understood, and nothing to us: it is answered 202 and forgotten");
        report.steps.push_back(std::move(step));
        for (const Envelope& event : *events) {
            TryStep one{"event", {std::string(Facts(event.type).wire)}, true};
            one.lines.push_back("id " + event.source_id + ", at " +
                                FormatInstant(event.occurred_at));
            one.lines.push_back(WriteJson(EncodeEventData(event.type, event.data)));
            if (event.type == EventType::kPartnerUnknownStatus)
                one.lines.push_back(
                    "a word that means nothing to us: counted and shown until the "
                    "mapping knows it");
            report.steps.push_back(std::move(one));
        }
        return std::move(*events);
    }

    const TryAsk& ask_;
    Connector& connector_;
    Json settings_;
    Json recipe_;
};

}  // namespace

bool TryReport::good() const {
    return std::all_of(steps.begin(), steps.end(), [](const TryStep& step) { return step.good; });
}

Result<TryReport> TryCallback(const TryAsk& ask, workflows::Rulebook& book) {
    ASSIGN_OR_RETURN(Connector connector, Connector::Load(ask.files));
    if (!connector.manifest().callbacks)
        return Invalid("trying a callback: connector.json has no 'callbacks'");
    ASSIGN_OR_RETURN(Json settings, SettingsOf(ask, connector));
    TryReport report;
    Trial trial(ask, connector, std::move(settings));
    const std::vector<Envelope> events = trial.Read(report);
    RETURN_IF_ERROR(TryOnCase(connector, events, ask.events, ask.now, book, report));
    return report;
}

std::string FormatTry(const TryReport& report) {
    std::string out;
    for (const TryStep& step : report.steps) {
        std::string label = step.label;
        label.resize(std::max<std::size_t>(label.size(), 10), ' ');
        for (std::size_t at = 0; at < step.lines.size(); ++at)
            out += (at == 0 ? label + (step.good ? "      " : "  BAD ") : std::string(16, ' ')) +
                   step.lines[at] + "\n";
    }
    return out;
}

Json TryJson(const TryReport& report) {
    Json steps = Json::Array();
    for (const TryStep& step : report.steps) {
        Json lines = Json::Array();
        for (const std::string& line : step.lines) lines.Append(Json::String(line));
        steps.Append(Json::Object({{"step", Json::String(step.label)},
                                   {"good", Json::Bool(step.good)},
                                   {"lines", std::move(lines)}}));
    }
    return Json::Object({{"good", Json::Bool(report.good())}, {"steps", std::move(steps)}});
}

}  // namespace returns::gateway
