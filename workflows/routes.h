// Which connection handles a return, and which desk its tickets: an ordered list of rules, the
// first that fits counts. A return is one parcel to one partner, so all its lines must lead to the
// same; otherwise nothing is chosen and the answer says why. Pure; any thread.
#pragma once

#include "schemas/case.h"
#include "workflows/rules.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace returns::workflows {

// What a rule may ask for: of the order, and of a line.
inline constexpr std::string_view kOrderFacts[] = {"country", "jurisdiction"};
inline constexpr std::string_view kLineFacts[] = {"brand", "warehouse", "item_class", "reason"};

using RouteFacts = std::map<std::string, std::string, std::less<>>;  // "" or absent: not told

struct RouteLine {
    std::string id;
    RouteFacts facts;
};

struct RouteQuestion {
    std::string kind, shop;  // logistics, desk
    RouteFacts order;
    std::vector<RouteLine> lines;  // none: asked for the order as a whole
};

// One rule held against one line.
struct RouteTry {
    std::string rule, line, why;  // why it does not fit; "" when it does
};

struct RouteAnswer {
    bool routed = false;
    std::string connection;  // "" where nobody is to be told
    std::string rule;        // that chose it; "" where no rule speaks for the shop
    std::string why;         // not routed: what does not fit, and how to mend it
    std::vector<RouteTry> tries;
};

RouteAnswer Route(const Rulebook& book, const RouteQuestion& question);

// What is asked for a return of the case; for the whole order where `return_id` is "".
RouteQuestion QuestionOf(const Case& subject, const std::string& return_id, std::string_view kind);

// Each rule leads to a connection of its kind and shop, and no earlier rule leaves it nothing.
Status CheckRoutes(const Rulebook& book);

// Why the partner is not told of a return that waits for its label: no route, or codes without a
// translation. `cause` is "" when nothing keeps it, else "no_route" or "no_code".
struct Parked {
    std::string cause, text;
};
Parked ParkedOf(const Case& subject, const std::string& return_id, const Rulebook& book);
bool IsParked(const Slice& slice);

// The codes of a waiting command that its connection cannot translate.
std::vector<MissingCode> MissingIn(const Command& command, const Rulebook& book);
std::string Describe(const MissingCode& missing, std::string_view connection);

// Whether deciding anything for the case would park or let go what is not, or is no longer, to be
// parked: rules or tables have changed since.
bool ParkingIsOld(const Case& subject, const Rulebook& book);

}  // namespace returns::workflows
