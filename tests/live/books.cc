#include "tests/live/books.h"

#include "gateway/definitions.h"

#include <cstdint>
#include <map>
#include <set>
#include <tuple>

namespace returns::live {
namespace {

std::int64_t Number(const Json& value) {
    const auto number = value.AsInt();
    return number.ok() ? *number : 0;
}

std::int64_t Amount(const Json& refund) { return Number(refund["amount_minor"]); }

// The refunds one side tells of: by the payer's reference, which may stand in several parts, and
// sums by currency.
struct Book {
    struct Refund {
        const Json* row = nullptr;
        std::int64_t amount = 0;
    };
    std::map<std::string, Refund> by_reference;
    std::map<std::string, std::int64_t> sums;
    void Add(const Json& refund) {
        Refund& known = by_reference[refund["their_reference"].AsString()];
        known.row = &refund;
        known.amount += Amount(refund);
        sums[refund["currency"].AsString()] += Amount(refund);
    }
};

using Found = std::vector<std::string>;

void Say(Found& found, const std::string& what, const Json& row) {
    found.push_back(what + ": " + WriteJson(row));
}

// The refund a name of ours is about, whichever try of it: "1001-3", "1001-3-2" and, after a
// restore, "1001-3-2-g4" are order 1001's third; those of different histories are different.
std::pair<std::string, std::string> CommandOf(const Json& row) {
    const std::string& order = row["order_id"].AsString();
    const std::string& name = row["our_reference"].AsString();
    if (!name.starts_with(order + "-")) return {order, name};
    const std::size_t number = name.find('-', order.size() + 1);
    const std::size_t history = name.find("-g", order.size() + 1);
    return {order,
            name.substr(0, number) + (history == std::string::npos ? "" : name.substr(history))};
}

Book Theirs(const Json& books, Found& found) {
    Book theirs;
    std::set<std::pair<std::string, std::string>> commands;
    for (const Json& refund : books["refunds"].Items()) {
        if (refund["status"].AsString() != "succeeded") continue;
        theirs.Add(refund);
        const auto command = CommandOf(refund);
        if (!commands.insert(command).second) Say(found, "paid twice", refund);
    }
    return theirs;
}

// What has left a tender, or is on its way out, against what it once took in.
void CompareTenders(const Json& books, Found& found) {
    std::map<std::pair<std::string, std::string>, std::int64_t> left;
    for (const Json& refund : books["refunds"].Items()) {
        const std::string& status = refund["status"].AsString();
        if (status != "succeeded" && status != "pending") continue;
        const bool shop = refund["payer"].AsString() == "shop";
        left[{refund["order_id"].AsString(), refund[shop ? "tender_id" : "payment"].AsString()}] +=
            Amount(refund);
    }
    for (const Json& order : books["orders"].Items()) {
        for (const Json& tender : order["tenders"].Items()) {
            const std::string& reference = tender["reference"].AsString();
            const std::string& name = reference.empty() ? tender["id"].AsString() : reference;
            const auto known = left.find({order["order_id"].AsString(), name});
            if (known == left.end()) continue;
            if (known->second > Number(tender["captured_minor"]))
                Say(found, "more than captured", tender);
            left.erase(known);
        }
    }
    for (const auto& [place, amount] : left)
        found.push_back("more than captured: order " + place.first + " has no tender " +
                        place.second);
}

// A command keeps its key until the payer has definitely refused it under that key.
void CompareKeys(const Json& books, Found& found) {
    std::map<std::pair<std::string, std::string>, const Json*> last;
    for (const Json& attempt : books["attempts"].Items()) {
        const auto command = CommandOf(attempt);
        const Json*& before = last[command];
        if (before != nullptr && (*before)["key"] != attempt["key"] &&
            !(*before)["refused"].AsBool())
            Say(found, "two keys for one command", attempt);
        before = &attempt;
    }
}

}  // namespace

std::vector<std::string> Compare(const Json& books, const std::vector<Json>& orders) {
    Found found;
    const Book theirs = Theirs(books, found);
    Book ours;
    for (const Json& order : orders)
        for (const Json& refund : order["refunds"].Items())
            if (refund["paid"].AsBool()) ours.Add(refund);
    for (const auto& [reference, refund] : ours.by_reference) {
        const auto paid = theirs.by_reference.find(reference);
        if (paid == theirs.by_reference.end())
            Say(found, "said but not paid", *refund.row);
        else if (paid->second.amount != refund.amount)
            Say(found, "another amount", *refund.row);
    }
    for (const auto& [reference, refund] : theirs.by_reference)
        if (!ours.by_reference.contains(reference)) Say(found, "paid but not said", *refund.row);
    CompareTenders(books, found);
    CompareKeys(books, found);
    if (ours.sums != theirs.sums) found.emplace_back("the sums differ");
    return found;
}

namespace {

using Place = std::pair<std::string, std::string>;  // order, reference

std::string StateOf(const std::string& dispute) {
    return dispute == "won" || dispute == "lost" ? dispute : "open";
}

void CompareDisputes(const Json& books, const std::vector<Json>& orders, Found& found) {
    std::map<Place, const Json*> theirs;
    for (const Json& dispute : books["disputes"].Items())
        theirs[{dispute["order_id"].AsString(), dispute["reference"].AsString()}] = &dispute;
    for (const Json& order : orders)
        for (const Json& said : order["disputes"].Items()) {
            const Place place(order["order_id"].AsString(), said["reference"].AsString());
            const auto made = theirs.find(place);
            if (made == theirs.end()) {
                Say(found, "chargeback nobody made", said);
                continue;
            }
            const Json& real = *made->second;
            if (Amount(real) == Amount(said) &&
                StateOf(real["status"].AsString()) == said["state"].AsString())
                theirs.erase(made);
        }
    for (const auto& [place, dispute] : theirs) Say(found, "chargeback not known", *dispute);
}

bool Marked(const Json& order) {
    if (order["contested"].AsBool()) return true;
    for (const Json& refund : order["refunds"].Items())
        if (refund["state"].AsString() == "OVERPAID" || refund["state"].AsString() == "CONTESTED")
            return true;
    return false;
}

// Payments at the provider: refunds and chargebacks come out of the same money.
void CompareOutflow(const Json& books, const std::vector<Json>& orders, Found& found) {
    std::map<Place, std::int64_t> out;
    for (const Json& refund : books["refunds"].Items())
        if (refund["status"].AsString() == "succeeded" && !refund["payment"].IsNull())
            out[{refund["order_id"].AsString(), refund["payment"].AsString()}] += Amount(refund);
    for (const Json& dispute : books["disputes"].Items())
        if (dispute["status"].AsString() == "lost")
            out[{dispute["order_id"].AsString(), dispute["payment"].AsString()}] += Amount(dispute);
    std::set<std::string> marked;
    for (const Json& order : orders)
        if (Marked(order)) marked.insert(order["order_id"].AsString());
    for (const Json& payment : books["payments"].Items()) {
        const Place place(payment["order_id"].AsString(), payment["reference"].AsString());
        if (out[place] > Number(payment["captured_minor"]) && marked.count(place.first) == 0)
            Say(found, "taken twice and nobody says so", payment);
    }
}

// Money of ours that should reach somebody and has not. What is in doubt is being cleared up, and
// has no ticket before its time.
bool IsOwed(const Json& refund) {
    static const std::set<std::string> kAtRest = {"NOT_DUE",   "SETTLED", "COVERED",
                                                  "CANCELLED", "CLOSED",  "UNKNOWN"};
    // A shop that has taken it on and stays silent is asked about when its own time is over.
    const bool with_shop =
        refund["executor"].AsString() == "shop" && refund["state"].AsString() == "PENDING";
    return !refund["paid"].AsBool() && !with_shop && kAtRest.count(refund["state"].AsString()) == 0;
}

void CompareDue(const Json& books, const Json& order, Found& found) {
    std::set<std::string> under_way, ticketed;
    for (const Json& refund : books["refunds"].Items())
        if (refund["status"].AsString() == "pending")
            under_way.insert(refund["their_reference"].AsString());
    for (const Json& ticket : order["tickets"].Items())
        if (ticket["state"].AsString() == "open" || ticket["state"].AsString() == "opening")
            ticketed.insert(ticket["return_id"].AsString());
    for (const Json& refund : order["refunds"].Items())
        if (IsOwed(refund) && under_way.count(refund["their_reference"].AsString()) == 0 &&
            ticketed.count(refund["return_id"].AsString()) == 0)
            Say(found, "owed and nobody has it", refund);
}

}  // namespace

std::vector<std::string> CompareOwed(const Json& books, const std::vector<Json>& orders) {
    Found found;
    CompareDisputes(books, orders, found);
    CompareOutflow(books, orders, found);
    std::set<std::string> with_refund;  // returns
    for (const Json& order : orders) {
        CompareDue(books, order, found);
        for (const Json& refund : order["refunds"].Items())
            with_refund.insert(refund["return_id"].AsString());
    }
    for (const Json& item : books["returns"].Items())
        if (item["status"].AsString() == "Completed" && Number(item["accepted"]) > 0 &&
            with_refund.count(item["our_reference"].AsString()) == 0)
            Say(found, "accepted and never owed", item);
    return found;
}

namespace {

struct Told {
    std::string order, id;
    std::int64_t events = 1;  // that one record stands for
};

Told ReadTold(const Json& event) {
    if (!event["specversion"].IsNull())
        return {event["subject"].AsString(), event["id"].AsString()};
    const std::string& kind = event["kind"].AsString();
    const std::string& id = event["msg"].AsString();
    if (kind == "RMA") return {event["rma"]["order"].AsString(), id};
    if (kind == "REFUND") return {event["refund"]["order"].AsString(), id};
    const Json& order = event["order"];
    const auto captures = static_cast<std::int64_t>(order["pay"].Items().size());
    return {order["no"].AsString(), id, order["state"].AsString() == "OPEN" ? 1 + captures : 1};
}

}  // namespace

std::vector<std::string> WithoutTrace(const std::vector<Json>& produced,
                                      const std::vector<Json>& orders) {
    std::map<std::pair<std::string, std::string>, std::int64_t> wanted, there;  // order, source
    std::set<std::pair<std::string, std::string>> known;
    for (const Json& row : produced) {
        const Told told = ReadTold(row["event"]);
        if (!known.insert({row["source"].AsString(), told.id}).second) continue;  // told again
        wanted[{told.order, row["source"].AsString()}] += told.events;
    }
    for (const Json& order : orders)
        for (const Json& row : order["timeline"].Items())
            if (row["source"].AsString().starts_with("kafka:"))
                ++there[{order["order_id"].AsString(), row["source"].AsString()}];
    Found found;
    std::set<std::string> frozen;  // what came since then waits, and the timeline is cut
    for (const Json& order : orders) {
        if (order["frozen"].IsNull()) continue;
        frozen.insert(order["order_id"].AsString());
        found.push_back("frozen: order " + order["order_id"].AsString() + ": " +
                        order["frozen"].AsString());
    }
    for (const auto& [place, n] : wanted) {
        if (frozen.count(place.first) != 0) continue;
        const std::int64_t has = there[place];
        if (has == n) continue;
        found.push_back((has < n ? "lost" : "done twice") + std::string(": order ") + place.first +
                        " has " + std::to_string(has) + " of " + std::to_string(n) + " events of " +
                        place.second);
    }
    return found;
}

std::vector<std::string> ForeignKeys(const Json& books, const std::string& deployment_secret,
                                     const std::vector<std::int64_t>& generations) {
    constexpr std::int64_t kCommandsMax = 200;  // of one order
    Found found;
    for (const Json& attempt : books["attempts"].Items()) {
        const CaseKey order{"main", attempt["order_id"].AsString()};
        bool ours = false;
        for (const std::int64_t generation : generations)
            for (std::int64_t command = 1; command <= kCommandsMax && !ours; ++command)
                ours = attempt["key"].AsString() ==
                       gateway::MintKey(deployment_secret, generation, order, command);
        if (!ours) Say(found, "a foreign key", attempt);
    }
    return found;
}

}  // namespace returns::live
