#include "connectors/conformance_kit.h"

#include "connectors/conformance_values.h"
#include "connectors/crosswalk.h"
#include "connectors/crypto.h"

#include <algorithm>

namespace returns::connectors {

namespace {

constexpr Instant kNow =
    std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(12);

constexpr const char* kToken = "token-of-the-conformance-kit";

}  // namespace

ConformanceKit::ConformanceKit(Connector& connector, ConformanceReport& report)
    : connector_(connector), report_(report) {}

void ConformanceKit::Fail(const std::string& name, const std::string& what) {
    report_.failures.push_back(name + ": " + what);
    failed_ = true;
}

void ConformanceKit::AddSchema(const std::string& name, const Json& schema,
                               const Json& definitions) {
    if (schema.IsNull()) return;
    // A reference stands alone, so it is wrapped before the definitions are put beside it.
    Json whole = Json::Object({{"allOf", Json::Array({schema})}});
    if (!definitions.IsNull()) whole.Set("definitions", definitions);
    Result<JsonSchema> loaded = JsonSchema::Load(WriteJson(whole));
    if (!loaded.ok()) return Fail("contract.json: " + name, loaded.error().text);
    schemas_.emplace(name, std::move(*loaded));
}

bool ConformanceKit::ReadContract(const std::string& text) {
    const Result<Json> contract = ParseJson(text);
    if (!contract.ok()) {
        Fail("contract.json", contract.error().text);
        return false;
    }
    const Json& definitions = (*contract)["definitions"];
    for (const auto& [operation, described] : (*contract)["operations"].Members()) {
        for (const Json& header : described["headers"].Items()) {
            headers_[operation].push_back(header.AsString());
        }
        AddSchema(operation + " query", described["query"], definitions);
        AddSchema(operation + " body", described["body"], definitions);
        for (const auto& [status, schema] : described["answers"].Members()) {
            AddSchema(operation + " " + status, schema, definitions);
        }
    }
    AddSchema("callbacks", (*contract)["callbacks"], definitions);
    AddSchema("records", (*contract)["records"], definitions);
    return !failed_;
}

bool ConformanceKit::UseSettings(const std::string& where, const Json& settings) {
    settings_ = settings.IsNull() ? Json::Object() : settings;
    const Status checked = CheckSettings(connector_.manifest(), settings_);
    if (!checked.ok()) Fail(where, checked.error().text);
    auto ready = PrepareCrosswalks(connector_.manifest(), settings_);
    if (!ready.ok()) Fail(where, ready.error().text);
    if (ready.ok()) settings_ = std::move(*ready);
    secrets_ = {kToken};
    for (const auto& [name, setting] : connector_.manifest().settings) {
        if (!setting.secret) continue;
        const Json& value = settings_[name];
        if (value.IsString()) secrets_.push_back(value.AsString());
        for (const Json& item : value.Items()) secrets_.push_back(item.AsString());
    }
    return checked.ok() && ready.ok();
}

namespace {

constexpr Instant kCertificatesAt = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);

// {"trusted": PEM, "certificates": {address: PEM}}
Result<KeySet> ReadCertificates(const Json& key_set, const std::string& name) {
    KeySet set;
    for (const auto& [address, pem] : key_set["certificates"].Members()) {
        ASSIGN_OR_RETURN(const PublicKey key,
                         PublicKey::Certified(pem.AsString(), key_set["trusted"].AsString(), name,
                                              kCertificatesAt));
        set = set.With(address, key);
    }
    return set;
}

}  // namespace

bool ConformanceKit::UseKeys(const std::string& where, const Json& key_set,
                             const std::string& signing_key) {
    signing_key_ = signing_key;
    key_set_.reset();
    if (key_set.IsNull()) return true;
    const auto& profile = connector_.manifest().callbacks;
    const bool certificates = profile && profile->recipe.fetches_certificates();
    Result<KeySet> read = certificates
                              ? ReadCertificates(key_set, profile->recipe.certificate_name())
                              : KeySet::Read(WriteJson(key_set));
    if (!read.ok()) {
        Fail(where, read.error().text);
        return false;
    }
    key_set_ = std::move(*read);
    return true;
}

void ConformanceKit::Run(const std::string& name, const Json& one) {
    failed_ = false;
    const bool known = one.Find("encode") != nullptr || one.Find("decode") != nullptr ||
                       one.Find("callback") != nullptr || one.Find("record") != nullptr;
    if (!known) Fail(name, "a case has 'encode', 'decode', 'callback' or 'record'");
    if (one.Find("gives") == nullptr && one.Find("error") == nullptr) {
        Fail(name, "a case has 'gives' or 'error'");
    }
    const bool kafka = connector_.manifest().transport == Transport::kKafka;
    if (one.Find("encode") != nullptr && kafka) EncodeRecord(name, one);
    if (one.Find("encode") != nullptr && !kafka) Encode(name, one);
    if (one.Find("decode") != nullptr) Decode(name, one);
    if (one.Find("callback") != nullptr) Callback(name, one);
    if (one.Find("record") != nullptr) Record(name, one);
    if (!failed_) ++report_.passed;
}

void ConformanceKit::Compare(const std::string& name, const Json& wanted, const Json& given) {
    const std::string difference = Difference(Sorted(wanted), Sorted(given));
    if (!difference.empty()) Fail(name, "wanted (-) and given (+) differ\n" + difference);
}

void ConformanceKit::NoteTold(const std::string& name, const std::vector<Envelope>& events) {
    for (const Envelope& event : events) {
        const std::string wire(Facts(event.type).wire);
        covered_.insert("told " + wire);
        if (connector_.tells().known && !connector_.tells().Has(event.type)) {
            Fail(name, "it gives " + wire +
                           ", which no mapping names: list it under 'can_tell' in connector.json");
        }
    }
}

void ConformanceKit::ExpectError(const std::string& name, const Json& one,
                                 const std::string& error) {
    const std::string& wanted = one["error"].AsString();
    if (wanted.empty()) return Fail(name, error);
    if (error.find(wanted) == error.npos) {
        Fail(name, "the error lacks '" + wanted + "': " + error);
    }
}

void ConformanceKit::NoSecretIn(const std::string& name, const std::string& text) {
    for (const std::string& secret : secrets_) {
        if (text.find(secret) != text.npos) Fail(name, "a secret shows");
    }
}

void ConformanceKit::CheckAgainst(const std::string& name, const std::string& schema,
                                  const Json& value, const std::string& what) {
    const auto found = schemas_.find(schema);
    if (found == schemas_.end()) return;
    const Status valid = found->second.Validate(value);
    if (!valid.ok()) Fail(name, what + " breaks the contract: " + valid.error().text);
}

void ConformanceKit::CheckRequest(const std::string& name, const Operation& operation,
                                  const HttpRequest& request) {
    for (const std::string& header : headers_[operation.name]) {
        if (FindHeader(request.headers, header).empty()) {
            Fail(name, "the contract wants the header " + header);
        }
    }
    CheckAgainst(name, operation.name + " query", QueryOf(request), "the query");
    if (operation.body != BodyForm::kNone) {
        CheckAgainst(name, operation.name + " body", BodyOf(request), "the body");
    }
    NoSecretIn(name, request.target + request.body);
}

void ConformanceKit::Encode(const std::string& name, const Json& one) {
    const std::string& operation = one["encode"].AsString();
    const Result<HttpRequest> request = connector_.Encode(operation, one["command"], settings_,
                                                          connector_.NeedsToken() ? kToken : "");
    if (!request.ok()) {
        NoSecretIn(name, request.error().text);
        return ExpectError(name, one, request.error().text);
    }
    if (one.Find("error") != nullptr) return Fail(name, "it was encoded all the same");
    const Operation& profile = *connector_.FindOperation(operation);
    Compare(name, one["gives"], Describe(*request, secrets_));
    CheckRequest(name, profile, *request);
    CheckCaution(name, profile, one["command"]);
    covered_.insert("encode " + operation);
}

void ConformanceKit::EncodeRecord(const std::string& name, const Json& one) {
    const std::string& operation = one["encode"].AsString();
    const auto record = connector_.EncodeRecord(operation, one["command"], settings_);
    if (!record.ok()) return ExpectError(name, one, record.error().text);
    if (one.Find("error") != nullptr) return Fail(name, "it was encoded all the same");
    const Result<Json> value = ParseJson(record->value);
    if (!value.ok()) return Fail(name, value.error().text);
    Compare(name, one["gives"],
            Json::Object({{"topic", Json::String(record->topic)},
                          {"key", Json::String(record->key)},
                          {"headers", DescribeHeaders(record->headers, secrets_)},
                          {"value", *value}}));
    CheckAgainst(name, operation + " body", *value, "the record");
    covered_.insert("encode " + operation);
}

void ConformanceKit::CheckCaution(const std::string& name, const Operation& operation,
                                  const Json& command) {
    const OutcomeKind doubt = operation.reads ? OutcomeKind::kNotDone : OutcomeKind::kInDoubt;
    const auto expect = [&](const std::string& what, HttpResult result, OutcomeKind wanted) {
        const Outcome outcome = connector_.Decode(operation.name, command, settings_, result, kNow);
        if (outcome.kind == wanted) return;
        Fail(name, operation.name + ", " + what + ": wanted " + std::string(Name(wanted)) +
                       ", given " + std::string(Name(outcome.kind)));
    };
    expect("nothing sent", {TransportFailure::kNotSent, {}, "refused"}, OutcomeKind::kNotDone);
    expect("no answer", {TransportFailure::kMaybeSent, {}, "time-out"}, doubt);
    expect("an answer cut short", {TransportFailure::kNone, {200, {}, "{\"id\"", false}, ""},
           doubt);
    expect("an error of theirs", {TransportFailure::kNone, {500, {}, "", true}, ""}, doubt);
    expect("credentials refused", {TransportFailure::kNone, {401, {}, "{}", true}, ""},
           OutcomeKind::kNotDone);
    expect("too many requests", {TransportFailure::kNone, {429, {}, "{}", true}, ""},
           OutcomeKind::kNotDone);
    if (operation.reply.empty()) return;
    expect("an answer that is not JSON", {TransportFailure::kNone, {200, {}, "<html>", true}, ""},
           doubt);
    expect("an answer that says nothing", {TransportFailure::kNone, {200, {}, "", true}, ""},
           doubt);
}

void ConformanceKit::Decode(const std::string& name, const Json& one) {
    const std::string& operation = one["decode"].AsString();
    if (connector_.FindOperation(operation) == nullptr) {
        return Fail(name, "no operation '" + operation + "'");
    }
    const HttpResult result = ReadResult(one);
    const Outcome outcome = connector_.Decode(operation, one["command"], settings_, result, kNow);
    const Json given = Describe(outcome);
    NoteTold(name, outcome.events);
    Compare(name, one["gives"], given);
    NoSecretIn(name, WriteJson(given));
    // "off_contract": an answer that breaks the contract on purpose.
    if (result.failure == TransportFailure::kNone && result.answer.complete &&
        !one["off_contract"].AsBool()) {
        const Result<Json> body = ParseJson(result.answer.body);
        const std::string schema = operation + " " + std::to_string(result.answer.status);
        if (body.ok()) CheckAgainst(name, schema, *body, "the answer");
    }
    covered_.insert("decode " + operation + " " + std::string(Name(outcome.kind)));
}

void ConformanceKit::Record(const std::string& name, const Json& one) {
    const Json& record = one["record"];
    const std::string text = TextOrJson(record["body"]);
    if (connector_.manifest().records.empty()) return Fail(name, "it maps no records");
    const auto events = connector_.MapRecord(text, ReadHeaders(record["headers"]), settings_);
    if (!events.ok()) return ExpectError(name, one, events.error().text);
    if (one.Find("error") != nullptr) return Fail(name, "it was mapped all the same");
    Compare(name, one["gives"], Describe(*events));
    NoteTold(name, *events);
    if (record["body"].IsObject()) CheckAgainst(name, "records", record["body"], "the record");
    covered_.insert("record");
}

}  // namespace returns::connectors
