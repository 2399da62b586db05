// Asks partners how returns stand that they have been silent about, and once a night how each open
// one stands: callbacks get lost, and some partners send none. What an answer tells goes through
// the same door as a callback, with source "poll:<connection>"; said again, it is known already and
// writes nothing. Where callbacks come by subscriptions that end, it renews them.
//
// Which returns are open is kept in memory: filled from the store in spare time, once a day anew,
// and fed with every commit. One thread, the lane's.
#pragma once

#include "gateway/connections.h"
#include "gateway/dispatcher.h"
#include "gateway/engine.h"
#include "gateway/ports.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace returns::gateway {

struct PollFigures {
    std::string connection;
    std::int64_t followed = 0;      // open returns that are asked about
    std::int64_t not_followed = 0;  // times there was no room for one more
    std::int64_t absent = 0;        // of those followed, unknown over there when last asked
    std::int64_t unsubscribed = 0;  // of those followed, without the subscription they should have
    std::int64_t learned = 0;       // answers' events that moved something
    std::int64_t known = 0;         // those that moved nothing
    std::int64_t misplaced = 0;     // those about another order than was asked about
    std::map<std::pair<std::string, std::string>, std::int64_t> asked;  // by why and outcome
};

class Poller {
public:
    // Listens to the engine's commits: lives as long as it.
    Poller(Engine& engine, Clock& clock, Connections& connections, Dispatcher& dispatcher);

    // False when there was nothing to do.
    bool Step();
    Instant NextDue() const;  // when Step has something to do again; kNever when never
    std::vector<PollFigures> Figures() const;

private:
    using Subject = std::pair<CaseKey, std::string>;  // and the return's id
    struct Followed {
        Instant heard_at = kNoTime;  // when they last told us anything of it
        Instant asked_at = kNoTime;
        Instant subscribed_at = kNoTime;
        Instant not_before = kNoTime;  // the last question failed
        Instant due = kNever;
        bool asking = false, absent = false;
        std::string partner_reference, tracking;
    };
    struct Line {  // one connection
        Connection* connection = nullptr;
        std::map<Subject, Followed> followed;
        std::set<std::pair<Instant, Subject>> due;
        PollFigures figures;
    };

    bool Walk();
    void Note(const Case& subject);
    void Follow(Line& line, const Case& subject, const Return& header);
    void Drop(Line& line, const Subject& subject);
    void Order(Line& line, const Subject& subject, Followed& followed) const;
    Instant NextQuestion(const Line& line, const Subject& subject, const Followed& followed) const;
    Instant NextSubscription(const Line& line, const Followed& followed) const;
    bool AskNext(Line& line);
    void Heard(Line& line, const Subject& subject, const std::string& why, bool subscribing,
               const connectors::Outcome& outcome);
    void Learn(Line& line, const Subject& subject, const connectors::Outcome& outcome);

    Engine& engine_;
    Clock& clock_;
    Dispatcher& dispatcher_;
    std::map<std::string, Line> lines_;
    std::int64_t walked_to_ = 0;
    Instant walk_at_ = kNoTime;   // when the next walk begins
    std::vector<Input> pending_;  // the engine was full
};

}  // namespace returns::gateway
