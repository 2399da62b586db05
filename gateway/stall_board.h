// Which cases stand still, have a ticket open or money in doubt: what, since when, who must act,
// how much money, until when the law waits. Kept in memory, fed with every committed case; at the
// start it is filled from the store in spare time. One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "schemas/case.h"
#include "workflows/rules.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace returns::gateway {

struct StallRow {
    CaseKey key;
    std::string return_id;  // "" when the case as a whole waits
    std::string what;       // states that stand still, the cause of a quarantine: for operators
    std::string plain;      // the same in plain words
    std::string owner;      // who must act
    Instant since = kNoTime;
    Instant legal_deadline = kNoTime;
    std::string ticket;             // the desk's name for it; "" when there is none
    std::int64_t amount_minor = 0;  // not yet paid
    std::string currency;
};

// Everything that stands still, in figures.
struct StallTotals {
    std::int64_t cases = 0, quarantined = 0, legal_missed = 0, legal_near = 0, in_doubt = 0;
    Instant oldest = kNoTime;
    std::map<std::string, std::int64_t> stalled_minor, in_doubt_minor;  // by currency
};

struct TicketRow {
    CaseKey key;
    Ticket ticket;
};

class StallBoard {
public:
    explicit StallBoard(const workflows::Rulebook& book) : book_(book) {}

    void Note(const Case& subject);
    // Looks through the next cases the store has, and shows them to `also`; false when there are no
    // more.
    bool Fill(Engine& engine, const std::function<void(const Case&)>& also);
    bool complete() const { return filled_; }

    // Longest standing first; only one shop's where it is named.
    std::vector<StallRow> Stalls(const std::string& shop) const;
    std::vector<TicketRow> Tickets(const std::string& shop) const;
    StallTotals Totals(Instant now, Millis near) const;

private:
    struct Entry {
        std::vector<StallRow> stalls;
        std::vector<Ticket> tickets;
        bool quarantined = false;
        bool folded = false;  // shown with all other missing orders, in one row
        std::string currency;
        std::vector<std::int64_t> in_doubt_minor;  // refunds nobody knows the outcome of
    };
    const workflows::Rulebook& book_;
    std::map<CaseKey, Entry> rows_;
    std::int64_t filled_to_ = 0;
    bool filled_ = false;
};

}  // namespace returns::gateway
