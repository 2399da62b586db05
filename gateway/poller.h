// Asks partners how returns stand that they have been silent about: callbacks get lost, and some
// partners send none. What an answer tells goes through the same door as a callback, with source
// "poll:<connection>"; said again, it is known already and writes nothing. Where callbacks come by
// subscriptions that end, it renews them; until when they live is kept in the store.
//
// Once a night it calls the roll: what both sides believe is open is compared, by the partner's
// lists where it has them, else one by one. What they know better moves the case; what stays
// different is told to the case as partner.roll_call and becomes a ticket.
//
// Which returns are open is kept in memory: filled from the store in spare time, once a day anew,
// and fed with every commit. One thread, the lane's.
#pragma once

#include "gateway/connections.h"
#include "gateway/dispatcher.h"
#include "gateway/engine.h"
#include "gateway/ports.h"
#include "gateway/roll_call.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
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
    std::int64_t renewals_failed = 0;
    std::int64_t misplaced = 0;  // those about another order than was asked about
    std::int64_t differing = 0;  // of those followed, in dispute since a roll-call
    RollCall roll_call;          // the last that ended; began_at is kNoTime before the first
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
    // nullptr where there was none.
    const RollCall* LastRollCall(const std::string& connection) const;

private:
    using Subject = std::pair<CaseKey, std::string>;  // and the return's id
    struct Followed {
        Instant requested_at = kNoTime;
        Instant heard_at = kNoTime;  // when they last told us anything of it
        Instant asked_at = kNoTime;
        Instant subscribed_at = kNoTime;
        Instant not_before = kNoTime;  // the last question failed
        Instant due = kNever;
        bool asking = false, absent = false;
        bool called = false;   // a roll-call may say something of it: see workflows/roll_call.h
        bool doubted = false;  // the list did not have it: asked about at once
        int listed_in = 0;     // the run whose list had it last,
        bool closed = false;   // and that it is closed there
        std::string partner_reference, tracking, status;
        std::string differs;  // what its case waits for a person for; "": nothing of that kind
    };
    // What the two sides believe of it, once everything they said has been decided.
    struct Verdict {
        std::string connection;
        Subject subject;
        std::string reason, status;  // "": they agree
    };
    struct Line {  // one connection
        Connection* connection = nullptr;
        std::map<Subject, Followed> followed;
        std::set<std::pair<Instant, Subject>> due;
        PollFigures figures;
        RollCallRun run;
        const connectors::Manifest& manifest() const { return connection->connector->manifest(); }
        bool lists() const;
        // "Absent" means that they do not know the return, not that nobody has seen its parcel.
        bool knows() const { return manifest().poll == "return.lookup"; }
    };
    using Moved = std::function<void(bool)>;

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
    // `moved`, where there is one, hears whether it moved the case, once that is decided.
    void Say(Line& line, const Subject& subject, const Envelope& told, Instant read_at,
             const Moved& moved);
    void Offer(Input input);
    void Remember(Line& line, const Subject& subject, Followed& followed);

    // The roll-call, poller_roll_call.cc.
    bool CallRoll(Line& line);
    Instant NextCall(const Line& line) const;
    void BeginRun(Line& line, Instant now);
    bool AskPage(Line& line);
    void HearPage(Line& line, const connectors::Outcome& outcome);
    void HearListed(Line& line, const connectors::Listed& listed);
    std::optional<Subject> Find(const Line& line, const connectors::Listed& listed);
    bool GoThrough(Line& line);
    void EndRun(Line& line);
    void HeardOne(Line& line, const Subject& subject, Followed& followed,
                  const connectors::Outcome& outcome);
    void CountNight(Line& line, bool differs);
    bool TellVerdicts();
    void Keep(const Line& line);

    Engine& engine_;
    Clock& clock_;
    Dispatcher& dispatcher_;
    std::map<std::string, Line> lines_;
    std::int64_t walked_to_ = 0;
    Instant walk_at_ = kNoTime;   // when the next walk begins
    std::vector<Input> pending_;  // the engine was full
    std::deque<Verdict> verdicts_;
};

}  // namespace returns::gateway
