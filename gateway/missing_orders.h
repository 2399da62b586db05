// Orders nobody has told us of, by shop: which have a ticket each, and which share one because they
// are too many. Counts them for the case that speaks for those (schemas/case.h, kMissingOrders),
// which no case could do. Kept in memory: filled from the store at start, then fed with every
// commit. One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/ports.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace returns::gateway {

class MissingOrders {
public:
    // Listens to the engine's commits: lives as long as it.
    MissingOrders(Engine& engine, Clock& clock, std::int64_t tickets_max);

    // Looks through the next cases the store has; false when there are no more.
    bool Fill();
    bool complete() const { return filled_; }
    // Adds to a case's timer what it has to know: whether its ticket would be one too many, or of
    // how many orders it speaks.
    void Inform(Envelope& timer);
    // Wakes the cases whose count is no longer what they told last. False when none is to be woken.
    bool Step();
    Instant NextDue() const;  // when Step has something to do again; kNever when never

private:
    struct Shop {
        std::set<std::string> own, folded;  // orders that wait, by who has their ticket
        std::set<std::string> promised;     // their timers are under way and will open one
        std::int64_t told = 0;              // what the case has told last
        Instant told_at = kNoTime;
        Instant differs_since = kNoTime;  // the count is another since then
        Instant woken_at = kNoTime;       // or first seen
        bool frozen = false, waking = false;
    };
    void Note(const Case& subject);
    void Wake(const std::string& name, Shop& shop);
    static Instant DueAt(const Shop& shop);

    Engine& engine_;
    Clock& clock_;
    const std::size_t tickets_max_;
    std::map<std::string, Shop> shops_;
    std::int64_t filled_to_ = 0;
    bool filled_ = false;
};

}  // namespace returns::gateway
