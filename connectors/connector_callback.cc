// What others tell us: callbacks and topic records.
#include "connectors/connector.h"
#include "connectors/crosswalk.h"
#include "connectors/crypto.h"
#include "connectors/mapping.h"

#include <algorithm>

namespace returns::connectors {
namespace {

std::vector<std::string> Keys(const Json& setting) {
    std::vector<std::string> keys;
    if (!setting.AsString().empty()) keys.push_back(setting.AsString());
    for (const Json& item : setting.Items()) keys.push_back(item.AsString());
    return keys;
}

// The first way that counts and whose proof the request carries; else the first that counts.
int WayOf(const Manifest& manifest, const SignedRequest& request, const Json& settings) {
    const CallbackProfile& profile = *manifest.callbacks;
    const std::string& only = TextSetting(manifest, profile.choice, settings);
    int first = -1;
    for (int way = 0; way < profile.ways(); ++way) {
        if (!only.empty() && only != "any" && only != profile.NameOf(way)) continue;
        if (profile.RecipeOf(way).Carried(request)) return way;
        if (first < 0) first = way;
    }
    return std::max(first, 0);
}

// Which of the keys only try out; the keys lose the mark.
std::vector<bool> TakeTestMarks(const std::string& prefix, std::vector<std::string>& keys) {
    std::vector<bool> tests;
    for (std::string& key : keys) {
        tests.push_back(!prefix.empty() && key.starts_with(prefix));
        if (tests.back()) key.erase(0, prefix.size());
    }
    return tests;
}

}  // namespace

bool Connector::Signs(const Json& settings) const {
    CHECK(manifest_.callbacks.has_value());
    const CallbackProfile& profile = *manifest_.callbacks;
    if (!profile.recipe.authenticates()) return false;
    return !profile.our_key || !Keys(settings[profile.keys]).empty();
}

CallbackReading Connector::ReadCallback(const SignedRequest& request, const Json& settings,
                                        Instant now, const KeySet* fetched) {
    CHECK(manifest_.callbacks.has_value());
    const CallbackProfile& profile = *manifest_.callbacks;
    CallbackReading reading;
    reading.way = WayOf(manifest_, request, settings);
    std::vector<std::string> keys = Keys(settings[profile.KeysOf(reading.way)]);
    const std::vector<bool> tests = TakeTestMarks(profile.test_prefix, keys);
    if (Signs(settings))
        reading.verification = profile.RecipeOf(reading.way).Verify(request, keys, now, fetched);
    else
        reading.verification.verdict = Verdict::kVerified;
    if (reading.verification.verdict != Verdict::kVerified) return reading;
    if (const int key = reading.verification.key; key >= 0)
        reading.test = tests[static_cast<std::size_t>(key)];
    reading.id = reading.verification.message_id;
    if (reading.id.empty()) reading.id = Sha256Hex(request.body);
    if (profile.mapping == "identity") {
        auto own = ReadOwnForm(request.body, profile.tells, now, hash_);
        if (!own.ok()) {
            reading.unmapped = own.error().text;
            return reading;
        }
        reading.batch = own->batch;
        reading.messages = std::move(own->messages);
        reading.events = std::move(own->events);
        return reading;
    }
    auto events = MapCallback(request.body, *request.headers, reading.id, now, settings);
    if (!events.ok()) {
        reading.unmapped = events.error().text;
        return reading;
    }
    reading.events = std::move(*events);
    return reading;
}

Result<std::vector<Envelope>> Connector::MapCallback(std::string_view body,
                                                     const HttpHeaders& headers,
                                                     std::string_view id, Instant received_at,
                                                     const Json& settings) {
    CHECK(manifest_.callbacks.has_value());
    if (manifest_.callbacks->mapping == "identity") {
        ASSIGN_OR_RETURN(OwnReading own,
                         ReadOwnForm(body, manifest_.callbacks->tells, received_at, hash_));
        for (const OwnMessage& message : own.messages)
            if (message.fault) return Invalid(message.fault->Text());
        return std::move(own.events);
    }
    ASSIGN_OR_RETURN(const Json json, manifest_.callbacks->recipe.Payload(body));
    const Json message = Json::Object(
        {{"id", Json::String(std::string(id))}, {"at", Json::String(FormatInstant(received_at))}});
    const Json public_headers = PublicHeaders(manifest_, headers);
    const Json public_settings = PublicSettings(manifest_, settings);
    ASSIGN_OR_RETURN(const Json list,
                     jq_.Run(manifest_.callbacks->mapping, {{"body", &json},
                                                            {"headers", &public_headers},
                                                            {"message", &message},
                                                            {"settings", &public_settings}}));
    ASSIGN_OR_RETURN(const Json ours, TranslatedBack(manifest_, list, settings));
    return ReadEvents(ours, id, received_at, hash_);
}

Result<std::vector<Envelope>> Connector::MapRecord(std::string_view value,
                                                   const HttpHeaders& headers,
                                                   const Json& settings) {
    CHECK(!manifest_.records.empty());
    ASSIGN_OR_RETURN(const Json json, ParseJson(value));
    if (manifest_.records == "identity") {
        ASSIGN_OR_RETURN(Envelope event, DecodeCloudEvent(json));
        return std::vector<Envelope>{std::move(event)};
    }
    const Json public_headers = PublicHeaders(manifest_, headers);
    const Json public_settings = PublicSettings(manifest_, settings);
    ASSIGN_OR_RETURN(const Json list, jq_.Run(manifest_.records, {{"body", &json},
                                                                  {"headers", &public_headers},
                                                                  {"settings", &public_settings}}));
    return ReadEvents(list, "", kNoTime, hash_);
}

}  // namespace returns::connectors
