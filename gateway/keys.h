// Who is calling: API keys (stored as hashes), sign-in sessions and their form tokens.
// Pure but for SystemRandomBytes; any thread.
#pragma once

#include "connectors/http.h"
#include "gateway/settings.h"
#include "schemas/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct Caller {
    std::string name;  // the key's, for the timeline: "agent:anna"
    Role role = Role::kPartner;
    std::vector<std::string> connections;  // a partner's; it sees no others
    std::string shop;                      // "" for every shop

    bool Holds(std::string_view connection) const;
};

struct NewKey {
    std::string key;     // shown once: "bhk_..."
    std::string sha256;  // goes into the settings
};
// REQUIRES: 32 random bytes. A test key, "bhk_test_...", may try out callbacks, with no effect, and
// nothing else.
NewKey MakeKey(std::string_view random_bytes, bool test = false);
// Whether a test key is shown, known or not.
bool BearsTestKey(const connectors::HttpHeaders& headers);

class KeyRing {
public:
    explicit KeyRing(const std::vector<KeySettings>& keys);

    // The caller behind a key, or behind "Bearer <key>"; nothing for any other. Takes the same time
    // whichever key matches.
    std::optional<Caller> FindKey(std::string_view key) const;
    std::optional<Caller> FindBearer(const connectors::HttpHeaders& headers) const;
    // By name, for sessions: gone when the key has gone or its hash has changed.
    std::optional<Caller> FindNamed(std::string_view name, std::string_view key_mark) const;
    std::string KeyMark(std::string_view name) const;  // "" when unknown

private:
    struct Entry {
        Caller caller;
        std::string hash;  // 32 raw bytes
    };
    std::vector<Entry> entries_;
};

struct Session {
    std::string key_name;
    std::string key_mark;  // ties the session to the key as it was
    std::string id;        // random
    Instant expires = kNoTime;
};

// Signed cookies; nothing is kept here, so a restart signs nobody out.
class Sessions {
public:
    // The signing key is derived from the deployment secret. `secure`: public_url is https.
    Sessions(std::string_view deployment_secret, bool secure);

    // REQUIRES: 16 random bytes.
    Session Start(const KeyRing& ring, std::string_view key_name, Instant now, Millis lifetime,
                  std::string_view random_bytes) const;
    std::string SetCookie(const Session& session, Instant now) const;  // a Set-Cookie value
    std::string ClearCookie() const;
    // The caller of a signed, unexpired cookie whose key still stands.
    std::optional<Session> Find(const connectors::HttpHeaders& headers, Instant now) const;

    std::string FormToken(const Session& session) const;
    bool CheckFormToken(const Session& session, std::string_view token) const;

private:
    std::string Sign(std::string_view purpose, std::string_view text) const;
    std::string key_;
    std::string cookie_name_;
    bool secure_;
};

// From the operating system.
std::string SystemRandomBytes(std::size_t n);

}  // namespace returns::gateway
