// The public keys of partners that sign callbacks with a key pair. They come from the one address
// that a connection's settings name, never from one that a message names, and are kept in memory.
// Where partners sign with certificates, a message names which of those that lie directly under
// that address; each is fetched when it is first named, and its chain is checked. No keys, no
// callback: whoever asks is told that they cannot be had, and nothing is believed.
//
// Step never blocks. One thread, the lane's; the sets it hands on may be read on any.
#pragma once

#include "gateway/callback_reader.h"
#include "gateway/connections.h"
#include "gateway/ports.h"
#include "gateway/settings.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace returns::gateway {

// https, or http on this machine; no query, no user.
Status CheckKeySetUrl(const std::string& url);

class FetchedKeys {
public:
    // `http` is nobody else's: it takes every completion. `trusted`: authorities in PEM, for
    // certificates.
    FetchedKeys(HttpClient& http, Clock& clock, const Connections& connections,
                const FetchedKeySettings& settings, std::string trusted = "");
    ~FetchedKeys();

    // Fetches what is due and takes what has come. False when there was nothing to do.
    bool Step();
    Instant NextDue() const;  // when Step has something to fetch; kNever without such connections

    // A new object whenever a set has changed.
    std::shared_ptr<const KeySets> sets() const { return sets_; }

    enum class News : std::uint8_t {
        kFetched,      // just now: look again, and what is not there does not exist
        kNothingNew,   // fetched a moment ago, and not there
        kUnavailable,  // cannot be had for now
    };
    // For a callback whose key is not there. Answers exactly once, now or from a later Step; one
    // fetch serves all that wait. `retry_after_s` is meant for kUnavailable.
    using Done = std::function<void(News news, int retry_after_s)>;
    void Ask(const std::string& connection, const std::string& key_id, Done done);

    struct View {
        std::string connection;
        std::size_t keys = 0, waiting = 0;
        Millis age{0};        // of the set; 0 without one
        std::string trouble;  // why the last fetch failed; "" when it did not
        std::int64_t fetched = 0;
        // unreachable, no_answer, status, cut, unreadable, untrusted
        std::map<std::string, std::int64_t> failures;
    };
    std::vector<View> Views() const;

private:
    struct Source;

    void AskCertificate(Source& source, const std::string& address, Done done);
    void CompleteCertificate(Source& source, const connectors::HttpResult& result);
    void Wait(Source& source, Done done);
    void Fetch(Source& source);
    void Complete(Source& source, const connectors::HttpResult& result);
    void Keep(Source& source, connectors::KeySet keys);
    void Fail(Source& source, const std::string& reason, const std::string& why);
    void Tell(Source& source, News news);
    bool Expire(Source& source);
    Millis DueIn(const Source& source) const;  // 0 and less: now
    int RetryAfter(const Source& source) const;

    HttpClient& http_;
    Clock& clock_;
    const FetchedKeySettings settings_;
    const std::string trusted_;
    std::vector<std::unique_ptr<Source>> sources_;
    std::shared_ptr<const KeySets> sets_;
    std::int64_t next_call_ = 1;
    std::size_t waiting_ = 0;
};

}  // namespace returns::gateway
