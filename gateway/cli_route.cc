#include "gateway/cli_route.h"

#include "connectors/fields.h"
#include "gateway/cli_words.h"
#include "gateway/coverage.h"
#include "gateway/folders.h"
#include "gateway/lane_parts.h"
#include "gateway/log.h"
#include "gateway/routing.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

namespace returns::gateway {
namespace {

constexpr int kCasesAtOnce = 1000;

constexpr const char* kUsage =
    R"(backhaul route: which partner a return goes to, and why

  backhaul route explain ORDER --settings FILE [--shop NAME] [--json]
        the rules that were tried, why each does not fit, where each return of the order goes and
        what its codes become there
  backhaul route explain - --settings FILE [--json]
        the same for an order that does not exist yet, from standard input; it needs no database:
        {"country": "DE", "lines": [{"sku": "LAMP", "item_class": "furniture"}]}
        members: shop country jurisdiction reason
                 lines[id sku brand warehouse item_class reason]
  backhaul route coverage --settings FILE [--json]
        codes seen in the last 30 days without a translation

The database is locked while a gateway runs: ask it instead, GET /v1/orders/{order}/route and
GET /v1/coverage.

Exit codes: 0 all is there, 1 a route or a code is missing, 2 bad usage or settings.
)";

struct Wish {
    std::string what, order, settings, shop;
    bool json = false;
};

Error Wrong(const std::string& what) {
    return Invalid("reading arguments: " + what + "; see 'backhaul route --help'");
}

Result<Wish> ReadWish(const std::vector<std::string>& arguments) {
    Wish wish;
    if (arguments.empty() || (arguments[0] != "explain" && arguments[0] != "coverage"))
        return Wrong("route knows 'explain' and 'coverage'");
    wish.what = arguments[0];
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const std::string& word = arguments[at];
        std::string* const value = word == "--settings" ? &wish.settings
                                   : word == "--shop"   ? &wish.shop
                                                        : nullptr;
        if (value != nullptr) {
            if (at + 1 == arguments.size() || !value->empty())
                return Wrong(word + " takes one value and stands once");
            *value = arguments[++at];
        } else if (word == "--json") {
            wish.json = true;
        } else if (word.starts_with("--") || !wish.order.empty() || wish.what == "coverage") {
            return Wrong("what is '" + word + "'?");
        } else {
            wish.order = word;
        }
    }
    if (wish.settings.empty()) return Wrong("--settings FILE is missing");
    if (wish.what == "explain" && wish.order.empty()) return Wrong("the order's number is missing");
    if (!wish.shop.empty() && (wish.what == "coverage" || wish.order == "-"))
        return Wrong("--shop goes with the number of an order");
    return wish;
}

int Show(const Wish& wish, const Json& explained) {
    const Explained told = RouteText(explained);
    Print(wish.json ? WriteJsonPretty(explained) + "\n" : told.text);
    return told.complete ? kGood : kFailed;
}

// An order told on standard input, against the settings alone.
int ExplainTold(const Wish& wish, const Settings& settings) {
    const std::string folder = ConnectorFolders(settings);
    auto connections = Connections::Make(settings, [&](const std::string& name) {
        return ReadConnectorFolder(folder + "/" + name);
    });
    if (!connections.ok()) return Complain(connections.error().text, kBadUsage);
    const std::string text{std::istreambuf_iterator<char>(std::cin),
                           std::istreambuf_iterator<char>()};
    const auto order = ParseJson(text);
    if (!order.ok()) return Complain("reading the order: " + order.error().text, kBadUsage);
    workflows::Rulebook book;
    book.connections = connections->Facts();
    book.routes = connections->routes();
    const auto explained = ExplainRoute(*order, book, *connections);
    if (!explained.ok()) return Complain(explained.error().text, kBadUsage);
    return Show(wish, *explained);
}

// Every shop that has an order of that number, where none is named.
Result<std::vector<const Case*>> OrdersOf(const Wish& wish, const Settings& settings,
                                          LaneParts& lane) {
    std::vector<std::string> names;
    for (const ShopSettings& shop : settings.shops) names.push_back(shop.name);
    if (!wish.shop.empty() && std::find(names.begin(), names.end(), wish.shop) == names.end())
        return Wrong("no shop '" + wish.shop + "' in the settings" +
                     connectors::DidYouMean(wish.shop, names));
    if (!wish.shop.empty()) names = {wish.shop};
    std::vector<const Case*> found;
    std::string where;
    for (const std::string& name : names) {
        ASSIGN_OR_RETURN(const Case* known, lane.engine->Read({name, wish.order}));
        if (known == nullptr) continue;
        found.push_back(known);
        where += (where.empty() ? "" : ", ") + name;
    }
    if (found.size() == 1) return found;
    if (found.empty())
        return Error{Code::kNotFound, "explaining a route: no order '" + wish.order + "'"};
    return Wrong("several shops have an order '" + wish.order + "': add --shop, one of " + where);
}

int Explain(const Wish& wish, const Settings& settings, LaneParts& lane) {
    const auto found = OrdersOf(wish, settings, lane);
    if (!found.ok())
        return Complain(found.error().text,
                        found.error().code == Code::kInvalid ? kBadUsage : kFailed);
    const Case& subject = *found->front();
    if (!subject.placed)
        return Complain("explaining a route: order '" + wish.order +
                            "' is not placed, only events that wait for it are known",
                        kFailed);
    return Show(wish, ExplainRoutes(subject, lane.definitions->book(), *lane.connections));
}

std::string CoverageText(const CoverageRow& row) {
    const CoverageKey& key = row.key;
    return key.connection + "  " + (key.back ? "theirs" : "ours") + "  " + key.table + "  " +
           key.kind + " '" + key.code + "'  seen " + std::to_string(row.seen()) + ", waiting " +
           std::to_string(row.waiting) + ", first " + FormatInstant(row.first_seen) + ", last " +
           FormatInstant(row.last_seen) +
           (row.example.order_id.empty() ? "" : ", such as order " + row.example.order_id) + "\n";
}

int ShowCoverage(const Wish& wish, LaneParts& lane) {
    Coverage coverage(*lane.engine, lane.clock, *lane.connections);
    if (const Status read = coverage.Recover(*lane.store); !read.ok())
        return Complain(read.error().text, kFailed);
    for (std::int64_t after = 0;;) {
        const auto page = lane.store->Stalled(after, kCasesAtOnce);
        if (!page.ok()) return Complain(page.error().text, kFailed);
        for (const CaseKey& key : page->keys) {
            const auto subject = lane.engine->Read(key);
            if (!subject.ok()) return Complain(subject.error().text, kFailed);
            if (*subject != nullptr) coverage.Note(**subject, false);
        }
        after = page->next;
        if (after == 0) break;
    }
    const std::vector<CoverageRow> rows = coverage.Rows();
    Json items = Json::Array();
    std::string text;
    for (const CoverageRow& row : rows) {
        items.Append(CoverageJson(row));
        text += CoverageText(row);
    }
    if (rows.empty()) text = "every code seen in the last 30 days has a translation\n";
    Print(wish.json ? WriteJsonPretty(items) + "\n" : text);
    return rows.empty() ? kGood : kFailed;
}

}  // namespace

int RunRouteCommand(const std::vector<std::string>& arguments) {
    const bool help = std::find(arguments.begin(), arguments.end(), "--help") != arguments.end();
    if (help) {
        Print(kUsage);
        return kGood;
    }
    const auto wish = ReadWish(arguments);
    if (!wish.ok()) return Complain(wish.error().text, kBadUsage);
    const auto settings = LoadSettings(wish->settings, SystemSources());
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    SetLogLevel(LogLevel::kError);
    if (wish->order == "-") return ExplainTold(*wish, *settings);
    auto lane = LaneParts::Open(*settings, LaneOptions(*settings));
    if (!lane.ok()) {
        const bool used = lane.error().code == Code::kUnavailable;
        const std::string ask =
            used ? "; a gateway runs on it: ask it at GET /v1/" +
                       (wish->what == "coverage" ? "coverage" : "orders/" + wish->order + "/route")
                 : "";
        return Complain(lane.error().text + ask, used ? kFailed : kBadUsage);
    }
    return wish->what == "coverage" ? ShowCoverage(*wish, **lane)
                                    : Explain(*wish, *settings, **lane);
}

}  // namespace returns::gateway
