// Everything `decide` follows besides the case and the event: the two machines, the policy, the
// wording and what the connections can do. What a return promised (Rules) is pinned by hash at its
// request; the rest (Rulebook) is always the newest. Immutable once built; any thread.
#pragma once

#include "schemas/case.h"
#include "schemas/json.h"
#include "workflows/calendar.h"
#include "workflows/machine.h"
#include "workflows/policy.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace returns::workflows {

struct Rules {
    Machine returns;
    Machine refunds;
    Policy policy;
    std::string hash;  // sha256 over the texts, hex; the loader's
};

// A code of ours that a connection has no translation for.
struct MissingCode {
    std::string table;  // the connection's setting that should have it
    std::string kind;   // sku, reason, warehouse, item_class
    std::string code;
    friend auto operator<=>(const MissingCode&, const MissingCode&) = default;
};

// Payment: what its provider's refunds are like. The engine knows providers by this alone.
struct RefundTerms {
    bool stores_refusals = true;          // else a refusal says nothing of an earlier try
    bool lookup_by_our_reference = true;  // else only by theirs, once it is known
    int days_max = 0;                     // after the capture; 0: no limit is known
    bool queues_for_money = false;        // without a balance they wait, and do not refuse
    bool settles_by_notice = false;       // an answer never says that it is paid
    bool partial = true;                  // less than the payment may be paid back
    int refunds_max = 0;                  // of one payment; 0: any number
    Amounts minimum_minor = {};           // "*": other currencies
};

// What `decide` may know of a connection.
struct ConnectionFacts {
    std::string name, kind, shop;  // kind: logistics, payment, desk, shop
    std::set<std::string, std::less<>> operations;
    std::int64_t approve_above_minor = 0;       // refunds beyond it: another pair of eyes; 0: none
    Delay key_window{20, Delay::Unit::kHours};  // payment: how long the provider keeps our keys
    RefundTerms terms = {};
    std::string calendar;  // logistics: when they work; "": as the order's jurisdiction
    // What they can tell at all; unset: nobody knows, and nothing follows from their silence.
    std::optional<std::set<EventType>> tells = std::nullopt;
    // The codes in a command's body that its tables lack; pure. Unset: it translates nothing.
    std::function<std::vector<MissingCode>(const Json& body)> missing = nullptr;
};

// The database came from a backup: what was done outside between the two is not known here.
struct Restore {
    bool open = false;     // money of older orders is looked up before it may leave
    Instant at = kNoTime;  // orders placed well after it have no forgotten past
};

// Where something goes; the first rule that fits counts. See routes.h.
struct RouteRule {
    std::string name, kind;
    std::string connection;  // "" where nobody is to be told
    std::string shop;        // "" for any
    bool mixed = false;      // for returns whose lines lead to different partners
    std::map<std::string, std::vector<std::string>, std::less<>> when;  // fact → accepted values
};

struct Rulebook {
    const Rules* newest = nullptr;                            // owned by the loader
    std::map<std::string, const Rules*, std::less<>> pinned;  // by hash; the loader owns them
    Calendars calendars;                                      // workflows/calendars/
    Json wording;                                             // workflows/wording/<language>.json
    std::vector<ConnectionFacts> connections;
    std::vector<RouteRule> routes;
    std::function<std::string(const CaseKey&, std::int64_t command)> mint_key;  // pure
    std::int64_t generation = 1;  // of the store: one more with every restore
    Restore restore;
    // What stands paid in advance over all orders. Unset: not counted, and where a budget is set
    // nothing is paid in advance.
    std::optional<Amounts> advanced_minor;

    // The rules a return was promised; the newest for "" or a hash no longer known.
    const Rules& Of(const std::string& hash) const;
    const ConnectionFacts* Find(std::string_view name) const;
    // Where no rule speaks for the shop: its first connection of that kind; nullptr when none.
    const ConnectionFacts* First(std::string_view kind, std::string_view shop) const;
};

// Every delay the machines name is in the policy; the error says which is not, and who wants it.
Status CheckDelays(const Rules& rules);
// Every connection's calendar is there.
Status CheckCalendars(const Rulebook& book);

}  // namespace returns::workflows
