// Who sent a callback and what it says, before any case is looked at: checks the signature over the
// bytes as sent, then maps them. Keeps and counts nothing. One instance serves one thread; a twin
// has connectors of its own and serves another.
#pragma once

#include "gateway/connections.h"
#include "gateway/http_door.h"
#include "gateway/keys.h"
#include "gateway/settings.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct CallbackRead {
    enum class Verdict : std::uint8_t {
        kUnknown,             // no such connection, or one that takes no callbacks
        kWithoutCertificate,  // without the TLS certificate its connection asks for
        kForged,
        kStale,
        kUnknownKey,  // signed with a key that its partner's fetched keys do not have
        kNoKeys,      // its partner's keys have not been fetched, or too long ago
        kVerified,
    };
    Verdict verdict = Verdict::kUnknown;
    const Connection* connection = nullptr;  // also where it was refused; null: there is none
    connectors::CallbackReading reading;     // of what was refused, only what it claimed to be
    Instant began_at = kNoTime;              // real time, when reading it began
    // Only where it is verified.
    std::optional<Caller> caller;  // where a key of ours stands for a signature
    std::string digest;            // hex sha256 of the body
    std::string surroundings;      // what came around it, without what proves who is calling
};

// Fetched keys by connection. Never changed once it is handed on: another takes its place.
using KeySets = std::map<std::string, std::shared_ptr<const connectors::KeySet>, std::less<>>;

class CallbackReader {
public:
    // `now` is the real time, which signatures carry; asked on the thread that reads.
    using WallClock = std::function<Instant()>;
    CallbackReader(Connections& connections, const Settings& settings, WallClock now);
    CallbackReader Twin() const;
    // A twin's connectors anew, after those it has them of were changed.
    void Renew();
    // For the reads to come, on the thread that reads.
    void UseKeys(std::shared_ptr<const KeySets> keys) { keys_ = std::move(keys); }

    // Whether it is one at all, in the usual spelling of its address.
    static bool IsCallback(const DoorRequest& request);
    // REQUIRES: the request is a callback.
    CallbackRead Read(const DoorRequest& request);
    CallbackRead Read(const std::string& connection, const DoorRequest& request);

    std::vector<connectors::Connector*> own_connectors();  // a twin's, for a watchdog

private:
    connectors::Connector& ConnectorOf(const Connection& connection);
    const connectors::KeySet* KeysOf(const std::string& connection) const;

    Connections& connections_;  // of them only what changes while nobody reads
    const Settings& settings_;
    KeyRing ring_;
    WallClock now_;
    std::shared_ptr<const KeySets> keys_;  // null: none
    std::map<const connectors::Connector*, std::unique_ptr<connectors::Connector>> own_;
};

}  // namespace returns::gateway
