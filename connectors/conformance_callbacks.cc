// Callbacks of a connector's fixtures: read as they are, and refused in every forged form.
#include "connectors/conformance_kit.h"
#include "connectors/conformance_values.h"
#include "connectors/crypto.h"

namespace returns::connectors {

namespace {

constexpr Instant kNow =
    std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(12);

std::string FirstOf(const Json& secrets) {
    return secrets.IsArray() && !secrets.Items().empty() ? secrets.Items().front().AsString()
                                                         : secrets.AsString();
}

// The way of that name; -1 for none. "" is the one to prefer.
int WayNamed(const CallbackProfile& profile, const std::string& name) {
    for (int way = 0; way < profile.ways(); ++way) {
        if (name.empty() || profile.NameOf(way) == name) return way;
    }
    return -1;
}

}  // namespace

CallbackReading ConformanceKit::Read(const SignedRequest& request, Instant now) {
    return connector_.ReadCallback(request, settings_, now, key_set_ ? &*key_set_ : nullptr);
}

bool ConformanceKit::Carries(const SignedRequest& request) const {
    const CallbackProfile& profile = *connector_.manifest().callbacks;
    for (int way = 0; way < profile.ways(); ++way) {
        if (profile.RecipeOf(way).Carried(request)) return true;
    }
    return false;
}

bool ConformanceKit::Sign(const std::string& name, const Json& callback,
                          const SignedRequest& request, Instant at, HttpHeaders& headers) {
    const CallbackProfile& profile = *connector_.manifest().callbacks;
    const int way = WayNamed(profile, callback["by"].AsString());
    if (way < 0) {
        Fail(name, "no way to sign is called '" + callback["by"].AsString() + "'");
        return false;
    }
    const SignatureRecipe& recipe = profile.RecipeOf(way);
    std::string key = FirstOf(settings_[profile.KeysOf(way)]);
    if (recipe.takes_public_keys()) key = signing_key_;
    if (const std::string& mark = profile.test_prefix; !mark.empty() && key.starts_with(mark))
        key.erase(0, mark.size());
    if (key.empty()) {
        Fail(name, "the fixture holds no secret or 'signing_key' to sign with");
        return false;
    }
    auto added = recipe.Sign(callback["id"].AsString(), at, request, key,
                             FirstOf(settings_[profile.KeysOf(way)]));
    if (!added.ok()) {
        Fail(name, added.error().text);
        return false;
    }
    headers.insert(headers.end(), added->begin(), added->end());
    return true;
}

void ConformanceKit::Callback(const std::string& name, const Json& one) {
    if (!connector_.manifest().callbacks) return Fail(name, "it takes no callbacks");
    const CallbackProfile& profile = *connector_.manifest().callbacks;
    const Json& callback = one["callback"];
    std::string body = TextOrJson(callback["body"]);
    const Result<Instant> at = ParseInstant(callback["at"].AsString());
    const Instant signed_at = at.ok() ? *at : kNow;
    HttpHeaders headers = ReadHeaders(callback["headers"]);
    const bool bare = profile.recipe.Bare(body);
    if (bare) {
        auto with = profile.recipe.SignBody(body, FirstOf(settings_[profile.keys]));
        if (!with.ok()) return Fail(name, with.error().text);
        body = std::move(*with);
    }
    const SignedRequest request{"POST", "https://gateway.example/v1/callbacks/test",
                                "/v1/callbacks/test", &headers, body};
    const bool vector = !bare && Carries(request);
    if (profile.recipe.authenticates() && !vector && !bare &&
        !Sign(name, callback, request, signed_at, headers)) {
        return;
    }
    const Result<Instant> now = ParseInstant(callback["now"].AsString());
    const CallbackReading reading = Read(request, now.ok() ? *now : signed_at);
    NoSecretIn(name, reading.unmapped + reading.verification.sentence);
    if (!reading.unmapped.empty()) return ExpectError(name, one, reading.unmapped);
    for (const OwnMessage& message : reading.messages) {
        if (message.fault) return ExpectError(name, one, message.fault->Text());
    }
    if (one.Find("error") != nullptr) return Fail(name, "it was mapped all the same");
    const bool verified = reading.verification.verdict == Verdict::kVerified;
    NoteTold(name, reading.events);
    Compare(name, one["gives"],
            verified ? Describe(reading.events)
                     : Json::String(std::string(Name(reading.verification.verdict))));
    if (!verified) return;
    if (const Result<Json> json = profile.RecipeOf(reading.way).Payload(body); json.ok()) {
        CheckAgainst(name, "callbacks", *json, "the callback");
    }
    CheckForgeries(name, request, now.ok() ? *now : signed_at, reading.way);
    covered_.insert("callback " + profile.NameOf(reading.way));
    if (vector) covered_.insert("callback vector " + profile.NameOf(reading.way));
}

void ConformanceKit::CheckForgeries(const std::string& name, const SignedRequest& request,
                                    Instant at, int way) {
    const CallbackProfile& profile = *connector_.manifest().callbacks;
    const SignatureRecipe& recipe = profile.RecipeOf(way);
    const KeySet* fetched = key_set_ ? &*key_set_ : nullptr;
    const auto expect = [&](const std::string& what, const SignedRequest& forged, Instant now,
                            const Json& settings, const KeySet* keys) {
        const CallbackReading reading = connector_.ReadCallback(forged, settings, now, keys);
        if (reading.verification.verdict != Verdict::kVerified && reading.events.empty()) return;
        Fail(name, "it verifies although " + what);
    };
    SignedRequest forged = request;
    if (recipe.signs_body() && !recipe.unwraps()) {
        std::string changed(request.body);
        changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
        forged.body = changed;
        expect("a byte of the body was changed", forged, at, settings_, fetched);
        forged.body = request.body.substr(0, request.body.size() - 1);
        expect("the body was cut", forged, at, settings_, fetched);
        forged.body = request.body;
    }
    if (recipe.has_time()) {
        expect("it is a day old", request, at + std::chrono::hours(24), settings_, fetched);
        expect("it is from tomorrow", request, at - std::chrono::hours(24), settings_, fetched);
    }
    if (!recipe.authenticates()) return;
    if (recipe.fetches_keys()) expect("no keys were fetched", request, at, settings_, nullptr);
    const std::string& keys = profile.KeysOf(way);
    if (!keys.empty()) {
        Json other = settings_;
        other.Set(keys, Json::String("whsec_" + EncodeBase64("another secret")));
        expect("the secret is another", request, at, other, fetched);
        other.Set(keys, Json());
        if (connector_.Signs(other)) expect("we have no secret", request, at, other, fetched);
    }
    HttpHeaders bare;
    forged.headers = &bare;
    if (!recipe.header().empty()) expect("it is not signed", forged, at, settings_, fetched);
}

}  // namespace returns::connectors
