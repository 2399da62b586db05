// A new mapping on what has happened: callbacks that were kept are mapped by the version in force
// and by the new one, and where events differ, the cases they belong to are decided again from
// their first event on, on a copy. Nothing is sent and nothing is written but the copy. One thread.
#pragma once

#include "connectors/connector.h"
#include "gateway/callback_keep.h"
#include "gateway/connections.h"
#include "gateway/ports.h"
#include "schemas/json.h"
#include "workflows/rules.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace returns::gateway {

struct EventDifference {
    KeptCallback callback;
    std::string why_not_before, why_not_now;  // "" where it was, or is, understood
    std::vector<Envelope> before, now;
    std::string lines;  // what differs, field by field
};

struct CaseDifference {
    CaseKey key;
    std::vector<std::string> lines;                // "goods R-17 line 1 x1: ACCEPTED -> REJECTED"
    std::int64_t before_minor = 0, now_minor = 0;  // owed or paid back, together
    std::string currency;
    bool exact = true;  // deciding it again without the new mapping gives what is stored
};

struct Rehearsal {
    std::int64_t callbacks = 0, same = 0;
    std::vector<EventDifference> events;
    std::int64_t cases_looked_at = 0;
    std::vector<CaseDifference> cases;
    bool differs() const { return !events.empty(); }
};

struct RehearsalParts {
    Connections& connections;
    connectors::Connector& candidate;
    std::map<std::string, Json> settings;  // the candidate's, by connection
    Store& store;                          // of the copy
    Archive& archive;
    const workflows::Rulebook& book;
};

// REQUIRES: each callback's connection is one of `settings`.
Result<Rehearsal> Rehearse(const RehearsalParts& parts, const std::vector<KeptCallback>& callbacks);

std::string FormatRehearsal(const Rehearsal& rehearsal);
Json RehearsalJson(const Rehearsal& rehearsal);

}  // namespace returns::gateway
