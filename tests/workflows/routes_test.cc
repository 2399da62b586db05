#include "workflows/routes.h"

#include "tests/workflows/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace returns::workflows {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

RouteRule Rule(const std::string& name, const std::string& connection,
               std::map<std::string, std::vector<std::string>, std::less<>> when = {}) {
    RouteRule rule;
    rule.name = name;
    rule.kind = "logistics";
    rule.connection = connection;
    rule.when = std::move(when);
    return rule;
}

Rulebook Book(std::vector<RouteRule> routes) {
    Rulebook book;
    for (const char* name : {"eu", "uk", "big", "hub"})
        book.connections.push_back({.name = name, .kind = "logistics", .shop = "main"});
    book.connections.push_back({.name = "pay", .kind = "payment", .shop = "main"});
    book.connections.push_back({.name = "desk", .kind = "desk", .shop = "main"});
    book.connections.push_back({.name = "desk-de", .kind = "desk", .shop = "main"});
    book.connections.push_back({.name = "other", .kind = "logistics", .shop = "bikes"});
    for (RouteRule& rule : routes) {
        if (rule.shop.empty() && !rule.connection.empty()) rule.shop = "main";
        book.routes.push_back(std::move(rule));
    }
    return book;
}

RouteQuestion Ask(const std::string& country, std::vector<RouteFacts> lines = {{}}) {
    RouteQuestion question{"logistics", "main", {{"country", country}}, {}};
    for (RouteFacts& facts : lines)
        question.lines.push_back({std::to_string(question.lines.size() + 1), std::move(facts)});
    return question;
}

TEST(Route, TakesTheFirstRuleThatFits) {
    const Rulebook book =
        Book({Rule("furniture", "big", {{"item_class", {"furniture"}}}),
              Rule("islands", "uk", {{"country", {"GB", "IE"}}}), Rule("rest", "eu")});
    struct Row {
        std::string country;
        RouteFacts line;
        std::string connection, rule;
    };
    const Row rows[] = {{"GB", {{"item_class", "furniture"}}, "big", "furniture"},
                        {"GB", {{"item_class", "tee"}}, "uk", "islands"},
                        {"IE", {}, "uk", "islands"},
                        {"DE", {}, "eu", "rest"},
                        {"", {}, "eu", "rest"}};
    for (const Row& row : rows) {
        const RouteAnswer answer = Route(book, Ask(row.country, {row.line}));
        EXPECT_TRUE(answer.routed) << row.country;
        EXPECT_EQ(answer.connection, row.connection) << row.country;
        EXPECT_EQ(answer.rule, row.rule) << row.country;
    }
}

TEST(Route, SaysOfEachRuleWhyItDoesNotFit) {
    const Rulebook book = Book({Rule("furniture", "big", {{"item_class", {"furniture"}}}),
                                Rule("islands", "uk", {{"country", {"GB", "IE"}}})});
    const RouteAnswer answer = Route(book, Ask("FR", {{{"item_class", ""}, {"brand", "X"}}}));
    EXPECT_FALSE(answer.routed);
    ASSERT_EQ(answer.tries.size(), 2U);
    EXPECT_EQ(answer.tries[0].why, "item_class is not told, the rule wants furniture");
    EXPECT_EQ(answer.tries[1].why, "country is FR, the rule wants GB or IE");
    EXPECT_EQ(answer.why,
              "no route of kind logistics fits line 1 (\"country\": [\"FR\"], \"brand\": [\"X\"]); "
              "add a rule to 'routes' that does, or one without conditions at the end");
}

TEST(Route, DoesNotCutOneParcelInTwo) {
    const RouteRule big = Rule("furniture", "big", {{"item_class", {"furniture"}}});
    const std::vector<RouteFacts> lines = {{{"item_class", "furniture"}}, {{"item_class", "tee"}}};
    const RouteAnswer refused = Route(Book({big, Rule("rest", "eu")}), Ask("DE", lines));
    EXPECT_FALSE(refused.routed);
    EXPECT_THAT(refused.why,
                HasSubstr("line 1 to big (route furniture), line 2 to eu (route rest)"));
    EXPECT_THAT(refused.why, HasSubstr("one return per partner"));

    RouteRule mixed = Rule("mixed", "hub", {{"country", {"DE"}}});
    mixed.mixed = true;
    const Rulebook book = Book({mixed, big, Rule("rest", "eu")});
    EXPECT_EQ(Route(book, Ask("DE", lines)).rule, "mixed");
    EXPECT_FALSE(Route(book, Ask("FR", lines)).routed);
    EXPECT_EQ(Route(book, Ask("DE", {lines[1]})).rule, "rest") << "not mixed, not for that rule";
}

TEST(Route, LinesOfDifferentRulesForOnePartnerAreOneParcel) {
    const Rulebook book =
        Book({Rule("a", "eu", {{"brand", {"A"}}}), Rule("b", "eu", {{"brand", {"B"}}})});
    const RouteAnswer answer = Route(book, Ask("DE", {{{"brand", "A"}}, {{"brand", "B"}}}));
    EXPECT_TRUE(answer.routed);
    EXPECT_EQ(answer.connection, "eu");
}

TEST(Route, MayLeadToNobody) {
    const RouteAnswer answer = Route(Book({Rule("stores", "")}), Ask("DE"));
    EXPECT_TRUE(answer.routed);
    EXPECT_EQ(answer.connection, "");
    EXPECT_EQ(answer.rule, "stores");
}

TEST(Route, AShopWithoutRulesTakesItsFirstConnection) {
    const Rulebook book = Book({Rule("uk", "uk", {{"country", {"GB"}}})});
    RouteQuestion question = Ask("DE");
    EXPECT_FALSE(Route(book, question).routed);
    question.shop = "bikes";
    EXPECT_EQ(Route(book, question).connection, "other");
    question.shop = "books";
    EXPECT_TRUE(Route(book, question).routed);
    EXPECT_EQ(Route(book, question).connection, "");
}

TEST(Route, TicketsHaveRoutesOfTheirOwn) {
    RouteRule german = Rule("german", "desk-de", {{"country", {"DE"}}});
    RouteRule rest = Rule("rest", "desk");
    german.kind = rest.kind = "desk";
    const Rulebook book = Book({german, rest, Rule("goods", "eu")});
    ASSERT_TRUE(CheckRoutes(book).ok()) << CheckRoutes(book).error().text;
    RouteQuestion question{"desk", "main", {{"country", "DE"}}, {}};
    EXPECT_EQ(Route(book, question).connection, "desk-de");
    question.order["country"] = "FR";
    EXPECT_EQ(Route(book, question).connection, "desk");
}

// Whatever the rules are: an answer is routed or says why, names a rule there is, and is the same
// as that of a plain reading of the rules for one line.
RC_GTEST_PROP(RouteProperty, FirstMatchWinsOrItIsSaidWhy, ()) {
    const auto country = rc::gen::element<std::string>("DE", "FR", "GB");
    const auto brand = rc::gen::element<std::string>("A", "B", "");
    std::vector<RouteRule> rules;
    for (int n = 0, size = *rc::gen::inRange(1, 6); n < size; ++n) {
        RouteRule rule =
            Rule("r" + std::to_string(n), *rc::gen::element<std::string>("eu", "uk", "big"));
        if (*rc::gen::arbitrary<bool>()) rule.when["country"] = {*country, *country};
        if (*rc::gen::arbitrary<bool>()) rule.when["brand"] = {*brand};
        rule.mixed = *rc::gen::inRange(0, 5) == 0;
        rules.push_back(rule);
    }
    const Rulebook book = Book(rules);
    std::vector<RouteFacts> lines;
    for (int n = 0, size = *rc::gen::inRange(1, 4); n < size; ++n)
        lines.push_back({{"brand", *brand}});
    const std::string where = *country;
    const RouteAnswer answer = Route(book, Ask(where, lines));
    RC_ASSERT(answer.routed == answer.why.empty());
    const auto plain = [&](const RouteFacts& line) -> const RouteRule* {
        for (const RouteRule& rule : book.routes) {
            const auto wants = [&](const char* fact, const std::string& told) {
                const auto at = rule.when.find(fact);
                return at == rule.when.end() ||
                       std::count(at->second.begin(), at->second.end(), told) > 0;
            };
            if (!rule.mixed && wants("country", where) && wants("brand", line.at("brand")))
                return &rule;
        }
        return nullptr;
    };
    std::set<std::string> partners;
    bool all = true;
    for (const RouteFacts& line : lines) {
        const RouteRule* rule = plain(line);
        all = all && rule != nullptr;
        if (rule != nullptr) partners.insert(rule->connection);
    }
    if (!all) RC_ASSERT(!answer.routed);
    if (all && partners.size() == 1) {
        RC_ASSERT(answer.routed);
        RC_ASSERT(answer.connection == *partners.begin());
        RC_ASSERT(answer.rule == plain(lines.front())->name);
    }
    if (all && partners.size() > 1 && answer.routed) {
        const auto rule = std::find_if(book.routes.begin(), book.routes.end(),
                                       [&](const auto& each) { return each.name == answer.rule; });
        RC_ASSERT(rule != book.routes.end() && rule->mixed);
    }
}

std::string ErrorOf(const std::vector<RouteRule>& routes) {
    const Status checked = CheckRoutes(Book(routes));
    return checked.ok() ? "" : checked.error().text;
}

TEST(CheckRoutes, NamesTheRuleAndWhatIsWrong) {
    EXPECT_THAT(ErrorOf({Rule("a", "eu", {{"country", {"DE"}}}), Rule("b", "uk")}), IsEmpty());
    EXPECT_THAT(ErrorOf({Rule("a", "eur")}),
                HasSubstr("route 'a': no connection is called 'eur', did you mean 'eu'?"));
    EXPECT_THAT(ErrorOf({Rule("a", "pay")}), HasSubstr("route 'a': connection 'pay' is of kind "
                                                       "payment, the route is of kind logistics"));
    EXPECT_THAT(ErrorOf({Rule("a", "other")}),
                HasSubstr("route 'a': connection 'other' works for shop 'bikes', not for 'main'"));
    RouteRule desk = Rule("d", "desk", {{"brand", {"A"}}});
    desk.kind = "desk";
    EXPECT_THAT(ErrorOf({desk}), HasSubstr("route 'd': tickets are routed by country"));
    desk.when = {{"country", {"DE"}}};
    EXPECT_THAT(ErrorOf({desk}), HasSubstr("without conditions, for shop 'main'"));
}

TEST(CheckRoutes, FindsRulesThatAreNeverReached) {
    const RouteRule wide = Rule("wide", "eu", {{"country", {"DE", "FR"}}});
    const RouteRule narrow = Rule("narrow", "uk", {{"country", {"FR"}}, {"brand", {"A"}}});
    EXPECT_THAT(ErrorOf({narrow, wide}), IsEmpty());
    EXPECT_THAT(ErrorOf({wide, narrow}),
                HasSubstr("route 'narrow': it is never reached, route 'wide' before it takes all"));
    EXPECT_THAT(ErrorOf({Rule("all", "eu"), wide}), HasSubstr("route 'wide': it is never reached"));
    RouteRule mixed = Rule("mixed", "hub", {{"country", {"DE"}}});
    mixed.mixed = true;
    EXPECT_THAT(ErrorOf({Rule("all", "eu"), mixed}), IsEmpty()) << "asked apart from the others";
    RouteRule bikes = Rule("bikes", "other");
    bikes.shop = "bikes";
    EXPECT_THAT(ErrorOf({Rule("all", "eu"), bikes}), IsEmpty()) << "another shop's";
    EXPECT_THAT(ErrorOf({wide, Rule("some", "uk", {{"country", {"FR", "GB"}}})}), IsEmpty());
}

}  // namespace
}  // namespace returns::workflows
