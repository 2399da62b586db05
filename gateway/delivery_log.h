// What partners have posted and what came of it, by connection: so that each can see by itself what
// we understood, what we refused and why, how far its clock is off and how long we took.
//
// Kept in memory, bounded by rows and days, and written as one small fact per connection that
// rides along with a commit now and then: nothing is added to the path of a callback, no row and no
// index. What was accepted is in the journal anyway; a kill loses the last half minute of the rest.
// What could not be verified has room of its own, so that a stranger who posts rubbish cannot push
// out what the partner sent. No personal data: ids, times, counts, words of ours. One thread, the
// lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/settings.h"
#include "schemas/time.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct Delivery {
    enum class Outcome : std::uint8_t {
        kAccepted,   // committed, with its receipt
        kRepeated,   // said before: the stored receipt was given again
        kParked,     // kept: could not be read, or fits no return yet
        kConflict,   // its id was used before for another body; kept
        kNotStored,  // not taken just then: to be sent again
        kRefused,    // nothing was kept
    };
    Outcome outcome = Outcome::kRefused;
    std::string why;                // a word PlainWhy knows; "" where nothing is wrong
    std::string detail;             // more of it; not written, as it may hold their words
    std::string message_id;         // as they name it, unverified where it was refused
    Instant at = kNoTime;           // received, by our clock
    std::optional<Millis> skew;     // our clock less the time they signed
    std::optional<Millis> latency;  // until the receipt
    std::int64_t bytes = 0;
    std::vector<std::int64_t> journal;  // the rows of its receipts
    std::int64_t number = 0;            // within its connection, for ever; the log sets it
};
std::string_view Name(Delivery::Outcome outcome);  // "accepted", "not_stored", ...
// What is wrong and what to do, in a sentence; "" for no reason.
std::string_view PlainWhy(std::string_view why);

struct DeliveryFigures {
    Instant since = kNoTime;  // the first day that counts
    std::int64_t all = 0, accepted = 0, repeated = 0, parked = 0, conflicts = 0, not_stored = 0,
                 refused = 0;
    std::map<std::string, std::int64_t> reasons;  // of those not accepted, by `why`
    std::int64_t measured = 0;                    // deliveries that the rest is taken from
    std::optional<Millis> skew_p50, skew_max, latency_p50, latency_p99;
};

class DeliveryLog {
public:
    // `wall` is the real time, whatever the gateway's clock does.
    DeliveryLog(Engine& engine, Clock& clock, const LimitSettings& limits,
                std::function<Instant()> wall);
    // Once at start, for each connection there is. What cannot be read begins anew.
    void Recover(Archive& archive, const std::vector<std::string>& connections);

    void Note(const std::string& connection, Delivery delivery);
    // That key of the connection's was used; `mark` is its fingerprint.
    void NoteKey(const std::string& connection, const std::string& mark);
    // Hands what is new to the next commit, at most every half minute unless `all`.
    void Step(bool all = false);

    struct Query {
        std::string outcome, why, message_id;  // "" for any
        bool wrong = false;                    // leaves out what was accepted or repeated
        std::int64_t before = 0;               // a number; 0 for the newest
    };
    // Newest first. Valid until the next Note.
    std::vector<const Delivery*> List(const std::string& connection, const Query& query,
                                      std::size_t most) const;
    DeliveryFigures Figures(const std::string& connection) const;
    std::map<std::string, Instant> KeysUsed(const std::string& connection) const;  // by fingerprint

private:
    struct Book {
        std::deque<Delivery> known, refused;                               // oldest first
        std::map<std::int64_t, std::map<std::string, std::int64_t>> days;  // by day since 1970
        std::map<std::string, Instant> keys;
        std::int64_t last = 0;
        bool changed = false;
        Instant saved_at = kNoTime;  // real time
    };
    void Forget(Book& book) const;
    std::string Write(const Book& book) const;
    static bool Read(const std::string& text, Book& book);

    Engine& engine_;
    Clock& clock_;
    const LimitSettings& limits_;
    std::function<Instant()> wall_;
    std::map<std::string, Book> books_;
};

}  // namespace returns::gateway
