// Runs single cases of a connector's fixtures. One thread.
#pragma once

#include "connectors/conformance.h"
#include "connectors/connector.h"
#include "schemas/json.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace returns::connectors {

class ConformanceKit {
public:
    ConformanceKit(Connector& connector, ConformanceReport& report);

    bool ReadContract(const std::string& text);
    bool UseSettings(const std::string& where, const Json& settings);
    // What stands for fetched keys, and the private half (PEM) that callbacks are signed with where
    // the settings hold no secret for it. Null and "": none.
    bool UseKeys(const std::string& where, const Json& key_set, const std::string& signing_key);

    // One case: encode, decode, callback or record, as README.md states them.
    void Run(const std::string& name, const Json& one);

    void Fail(const std::string& name, const std::string& what);
    bool covered(const std::string& what) const { return covered_.contains(what); }

private:
    void Encode(const std::string& name, const Json& one);
    void EncodeRecord(const std::string& name, const Json& one);
    void Decode(const std::string& name, const Json& one);
    void Callback(const std::string& name, const Json& one);
    void Record(const std::string& name, const Json& one);

    // What holds for every answer to this command, whatever the manifest says.
    void CheckCaution(const std::string& name, const Operation& operation, const Json& command);
    // What holds for every callback that verifies.
    void CheckForgeries(const std::string& name, const SignedRequest& request, Instant at, int way);
    // Adds what the partner would; false, having failed the case, when it cannot.
    bool Sign(const std::string& name, const Json& callback, const SignedRequest& request,
              Instant at, HttpHeaders& headers);
    CallbackReading Read(const SignedRequest& request, Instant now);
    bool Carries(const SignedRequest& request) const;

    void CheckRequest(const std::string& name, const Operation& operation,
                      const HttpRequest& request);
    void CheckAgainst(const std::string& name, const std::string& schema, const Json& value,
                      const std::string& what);
    // Equal but for the order of members; says in lines what differs.
    void Compare(const std::string& name, const Json& wanted, const Json& given);
    // Each event is of a type that the connector is known to tell.
    void NoteTold(const std::string& name, const std::vector<Envelope>& events);
    void ExpectError(const std::string& name, const Json& one, const std::string& error);
    void NoSecretIn(const std::string& name, const std::string& text);
    void AddSchema(const std::string& name, const Json& schema, const Json& definitions);

    Connector& connector_;
    ConformanceReport& report_;
    Json settings_;
    std::optional<KeySet> key_set_;
    std::string signing_key_;
    std::vector<std::string> secrets_;
    std::map<std::string, JsonSchema> schemas_;
    std::map<std::string, std::vector<std::string>> headers_;
    std::set<std::string> covered_;
    bool failed_ = false;
};

}  // namespace returns::connectors
