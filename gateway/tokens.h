// Tokens of connections that want OAuth 2.0: asked for when first needed, renewed before they end,
// thrown away when they are no longer accepted. Kept in memory alone; never logged, journaled or
// shown. Never blocks. One thread, the lane's.
#pragma once

#include "connectors/oauth2.h"
#include "gateway/connections.h"
#include "gateway/ports.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace returns::gateway {

struct TokenCounters {
    std::int64_t fetched = 0, refused = 0, failed = 0, discarded = 0;
};

class Tokens {
public:
    Tokens(HttpClient& http, Clock& clock, Random& random)
        : http_(http), clock_(clock), random_(random) {}

    // Whether a call may go now: it needs no token, or there is one. Asks for one where it is time.
    bool Ready(const Connection& connection);
    const std::string& Of(const std::string& connection) const;  // "" where there is none
    std::int64_t SerialOf(const std::string& connection) const;  // names that token; 0: none
    void Accepted(const std::string& connection, std::int64_t serial);
    // They do not accept that one. True: it had been, or another has come since; the next call has
    // a fresh one. False: a fresh one fares no better.
    bool Discard(const std::string& connection, std::int64_t serial);
    // Whether this was the answer to a question of ours.
    bool Take(const HttpCompletion& completion);
    // Told of what went wrong where calls cannot go without.
    using Troubled = std::function<void(const std::string&, const connectors::Outcome&)>;
    void OnTrouble(Troubled listener) { troubled_ = std::move(listener); }
    TokenCounters Counters(const std::string& connection) const;

private:
    struct Entry {
        const Connection* connection = nullptr;
        std::string token;
        std::int64_t serial = 0;         // of `token`; 0: there is none
        bool accepted = false;           // a call with it was let in
        int discarded = 0;               // in a row, without one that was let in
        Millis renew_at{0}, ends_at{0};  // monotonic, as are the next
        Millis asked_at{0}, not_before{0};
        std::int64_t asking = 0;  // the call under way; 0: none
        int failures = 0;         // in a row
        TokenCounters counts;
    };
    void Ask(Entry& entry);
    void Failed(Entry& entry, const connectors::TokenAnswer& answer);

    HttpClient& http_;
    Clock& clock_;
    Random& random_;
    std::map<std::string, Entry> entries_;
    std::int64_t next_call_ = -1;  // those of the dispatcher are positive
    std::int64_t last_serial_ = 0;
    Troubled troubled_;
};

}  // namespace returns::gateway
