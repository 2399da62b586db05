// Which codes were seen in the last 30 days without a translation: on orders as they come, on
// returns that wait for one, in what partners tell. Fed with every committed case; what was seen
// outlives a restart. One thread, the lane's.
#pragma once

#include "gateway/connections.h"
#include "gateway/engine.h"
#include "schemas/case.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace returns::gateway {

struct CoverageKey {
    std::string connection, table, kind, code;
    bool back = false;  // one of theirs, in what they told us
    friend auto operator<=>(const CoverageKey&, const CoverageKey&) = default;
};

struct CoverageRow {
    CoverageKey key;
    std::map<std::string, std::int64_t> seen_on;  // by day, of the last 30
    Instant first_seen = kNoTime, last_seen = kNoTime;
    CaseKey example;            // "" where the code came without an order
    std::int64_t waiting = 0;   // returns that wait for it now
    std::int64_t seen() const;  // orders, returns and messages that had it
};

class Coverage {
public:
    Coverage(Engine& engine, Clock& clock, Connections& connections)
        : engine_(engine), clock_(clock), connections_(connections) {}

    // What was seen before. An error leaves nothing of it.
    Status Recover(Archive& archive);
    // `fresh`: it has just been committed; otherwise only what waits is taken up.
    void Note(const Case& subject, bool fresh);
    // A code of theirs without a translation, or a status nobody told us of (table "status").
    void Saw(const CoverageKey& key, const CaseKey& example);

    // Still without a translation, what most wait for first.
    std::vector<CoverageRow> Rows() const;
    // The cases that wait for a code.
    std::vector<CaseKey> Waiting() const;
    // Codes not kept because there were too many.
    std::int64_t dropped() const { return dropped_; }

private:
    void NoteOrder(const Case& subject);
    void Sight(const CoverageKey& key, const CaseKey& example, Instant at);
    bool StillMissing(const CoverageKey& key) const;

    Engine& engine_;
    Clock& clock_;
    Connections& connections_;
    std::map<CoverageKey, CoverageRow> rows_;
    std::map<CaseKey, std::set<CoverageKey>> waiting_;
    Instant newest_ = kNoTime;     // creation of the youngest order looked at
    std::set<CaseKey> at_newest_;  // those created at that moment
    std::int64_t dropped_ = 0;
};

Json CoverageJson(const CoverageRow& row);

}  // namespace returns::gateway
