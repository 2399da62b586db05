// What a world is built from and may share with the next one: rules, wording, connectors. And what
// a planted bug changes, always from outside the product: data, or what passes a port. One thread.
#pragma once

#include "gateway/connections.h"
#include "tests/sim/scene.h"
#include "workflows/rules.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace returns::sim {

struct Plant {
    std::string name;       // "" for none
    std::string caught_by;  // the checker that must speak first
    int seeds = 200;        // within so many
    int first_seed = 1;     // where a rare one is seen soon
    std::function<void(Json& returns, Json& refunds, Json& policy)> definitions;
    std::function<void(workflows::Rulebook&)> book;
    std::function<void(Batch&)> write;  // what reaches the database instead
    std::function<void(Case&)> load;
    std::function<void(HttpCall&)> submit;
    std::function<void(const HttpCall&, connectors::HttpResult&)> complete;
    // Of a connector's folder: what is wrong in its mappings.
    std::function<void(const std::string& folder, connectors::Connector::Files&)> files;
    std::function<bool(const Envelope&)> hears;  // of callbacks; false: taken and forgotten
    Millis provider_key_window = kDay;           // less than what our connector believes
    bool hides_parked = false;
    bool hides_outbox = false;    // from a start
    bool forgets_timers = false;  // no wake-up is found
    bool offsets_first = false;   // written before, and apart from, what they stand for
    bool acknowledges_early = false;
    bool forgets_to_ask = false;   // sends what a person should have approved
    bool never_asks = false;       // partners that do not speak are not polled
    bool forgets_restore = false;  // goes on after a restore as if nothing had happened since
};

struct Kit {
    workflows::Rules rules;
    workflows::Rulebook book;
    std::unique_ptr<Connections> connections;
    std::unique_ptr<connectors::Connector> with_tokens;  // the warehouse's, wanting OAuth 2.0
    KafkaSettings kafka;
    std::int64_t missing_tickets_max = 1;
    Plant plant;
};

std::unique_ptr<Kit> MakeKit(Plant plant = {});
// That connector of the tree, but letting in tokens of OAuth 2.0 alone: client "client", whose
// secret stands in `secret`, asks at /token.
std::unique_ptr<connectors::Connector> WithTokens(const std::string& folder,
                                                  const std::string& secret);
// The tree's calendars and more, by file name.
workflows::Calendars ReadCalendars(std::map<std::string, Json> more = {});

// Replaces the member at the end of the path, all of which must exist but the last.
void Set(Json& value, const std::vector<std::string>& path, const Json& replacement);
void Remove(Json& value, const std::vector<std::string>& path);

}  // namespace returns::sim
