// `backhaul route` as operators meet it: on a stopped gateway's database, beside a running one, and
// for orders that do not exist yet.
#include "tests/live/lone_gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace returns::live {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class RouteCommand : public testing::Test {
protected:
    RouteCommand() {
        WriteFile(gateway_.folder() + "/secret", "whsec_c2VjcmV0LW9mLWEtdGVzdC1wYXJ0bmVy");
        Stock("ours,theirs\nMUG,2\n");
        const std::string secret = "file:" + gateway_.folder() + "/secret";
        const auto text = [](const std::string& value) { return Json::String(value); };
        Json connections = gateway_.settings()["connections"];
        connections.Append(Json::Object(
            {{"name", text("eu")},
             {"connector", text("logistics/shipbob")},
             {"base_url", text("http://127.0.0.1:9")},
             {"settings",
              Json::Object({{"api_token", text(secret)},
                            {"webhook_secret", text(secret)},
                            {"channel_id", text("1")},
                            {"fulfillment_center_id", Json::Int(1)},
                            {"inventory", text("file:" + gateway_.folder() + "/stock.csv")}})}}));
        gateway_.settings().Set("connections", std::move(connections));
        gateway_.settings().Set("routes", ParseJson(R"([
            {"name": "germany", "connection": "eu", "country": ["DE"]}])")
                                              .value());
    }
    void Stock(const std::string& table) { WriteFile(gateway_.folder() + "/stock.csv", table); }
    void Order(const std::string& order, const std::string& country) {
        const std::string placed =
            R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,"unit_price_minor":5000}],)"
            R"("currency":"EUR","country":")" +
            country + "\"}";
        ASSERT_EQ(gateway_.Tell("order.placed", order, placed).status, 202);
        ASSERT_EQ(gateway_
                      .Tell("return.requested", order,
                            R"({"return_id":"R-)" + order +
                                R"(","lines":[{"id":"A","quantity":1,"reason":"too_small"}]})")
                      .status,
                  202);
    }
    void Stop() {
        gateway_.process().Signal(SIGTERM);
        ASSERT_EQ(gateway_.process().Exit(milliseconds(9000)), 0);
    }
    live::Run Backhaul(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {BACKHAUL_PROGRAM, "route"});
        arguments.insert(arguments.end(), {"--settings", gateway_.folder() + "/settings.json"});
        return RunProgram(arguments, gateway_.folder());
    }

    LoneGateway gateway_;
};

TEST_F(RouteCommand, ExplainsAnOrderAndListsWhatIsMissing) {
    gateway_.Start();
    Order("1", "DE");
    Order("2", "FR");
    const live::Run beside = Backhaul({"explain", "1"});
    EXPECT_EQ(beside.exit, 1);
    EXPECT_THAT(beside.error, HasSubstr("GET /v1/orders/1/route"));
    EXPECT_THAT(gateway_.Get("/v1/orders/1/route").body, HasSubstr("\"rule\":\"germany\""));
    EXPECT_THAT(gateway_.Get("/v1/coverage").body, HasSubstr("\"code\":\"LAMP\""));
    Stop();

    const live::Run code = Backhaul({"explain", "1"});
    EXPECT_EQ(code.exit, 1) << "a code is missing";
    EXPECT_EQ(code.out,
              "return R-1\n"
              "  fits      line A, route germany\n"
              "  goes to   eu, by route germany; it keeps that partner\n"
              "  missing   sku 'LAMP' in table 'inventory' of connection eu\n");
    const live::Run route = Backhaul({"explain", "2"});
    EXPECT_EQ(route.exit, 1);
    EXPECT_THAT(route.out, HasSubstr("country is FR, the rule wants DE"));
    EXPECT_THAT(route.out, HasSubstr("  missing   no route of kind logistics fits line A"));
    const live::Run coverage = Backhaul({"coverage"});
    EXPECT_EQ(coverage.exit, 1);
    EXPECT_THAT(coverage.out, StartsWith("eu  ours  inventory  sku 'LAMP'  seen 2, waiting 1"));
    EXPECT_EQ(Backhaul({"explain", "3"}).exit, 1);

    Stock("ours,theirs\nMUG,2\nLAMP,7\n");
    const live::Run good = Backhaul({"explain", "1"});
    EXPECT_EQ(good.exit, 0) << good.out << good.error;
    EXPECT_THAT(good.out, HasSubstr("  code      sku 'LAMP' is 7 (table inventory)\n"));
    EXPECT_EQ(Backhaul({"coverage"}).exit, 0);
    EXPECT_THAT(Backhaul({"explain", "1", "--json"}).out, HasSubstr("\"theirs\": 7"));
}

TEST_F(RouteCommand, ExplainsWhatDoesNotExistYetBesideARunningGateway) {
    gateway_.Start();
    const std::string settings = gateway_.folder() + "/settings.json";
    const auto ask = [&](const std::string& order) {
        const std::string told = gateway_.folder() + "/order.json";
        WriteFile(told, order);
        return RunProgram({"/bin/sh", "-c",
                           std::string(BACKHAUL_PROGRAM) + " route explain - --settings " +
                               settings + " < " + told},
                          gateway_.folder());
    };
    const live::Run good = ask(R"({"country":"DE","lines":[{"sku":"MUG"}]})");
    EXPECT_EQ(good.exit, 0) << good.out << good.error;
    const live::Run missing = ask(R"({"country":"FR","lines":[{"sku":"MUG"}]})");
    EXPECT_EQ(missing.exit, 1);
    EXPECT_THAT(missing.out, HasSubstr("missing   no route"));
    EXPECT_EQ(ask("{").exit, 2);
    EXPECT_EQ(ask(R"({"country":"FR"})").exit, 2);
}

TEST_F(RouteCommand, RefusesWrongUseInOneLine) {
    const auto exit = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {BACKHAUL_PROGRAM, "route"});
        return RunProgram(arguments, gateway_.folder());
    };
    for (const std::vector<std::string>& wrong :
         std::vector<std::vector<std::string>>{{},
                                               {"explain"},
                                               {"explain", "1"},
                                               {"explane", "1"},
                                               {"coverage", "1", "--settings", "s"}}) {
        const live::Run run = exit(wrong);
        EXPECT_EQ(run.exit, 2);
        EXPECT_THAT(run.error, StartsWith("backhaul: "));
        EXPECT_EQ(std::count(run.error.begin(), run.error.end(), '\n'), 1) << run.error;
    }
    EXPECT_EQ(exit({"--help"}).exit, 0);
    EXPECT_THAT(exit({"--help"}).out, HasSubstr("backhaul route explain ORDER"));
}

TEST_F(RouteCommand, CheckSaysThatTheRulesWereLookedAt) {
    const auto check = [&] {
        const std::string path = gateway_.folder() + "/settings.json";
        WriteFile(path, WriteJson(gateway_.settings()));
        return RunProgram({BACKHAUL_PROGRAM, "check", "--offline", "--settings", path},
                          gateway_.folder())
            .out;
    };
    EXPECT_THAT(check(), ContainsRegex("good  routes +1 rule checked, none out of reach\n"));
    Json routes = gateway_.settings()["routes"];
    routes.Append(ParseJson(R"({"name": "rest", "connection": "eu"})").value());
    gateway_.settings().Set("routes", std::move(routes));
    EXPECT_THAT(check(), ContainsRegex("good  routes +2 rules checked, none out of reach\n"));
    gateway_.settings().Set("routes", Json::Array());
    EXPECT_THAT(check(), Not(HasSubstr("routes")));
}

// A code mapped two ways, and rules that cannot be, stop the start.
TEST_F(RouteCommand, BadTablesAndRulesStopTheStartAndAreNamed) {
    const auto start = [&] {
        WriteFile(gateway_.folder() + "/settings.json", WriteJson(gateway_.settings()));
        return RunProgram(
            {BACKHAUL_PROGRAM, "serve", "--settings", gateway_.folder() + "/settings.json"},
            gateway_.folder());
    };
    Stock("ours,theirs\nMUG,2\nMUG,3\n");
    const live::Run twice = start();
    EXPECT_EQ(twice.exit, 2);
    EXPECT_THAT(twice.error, HasSubstr("connections.eu.settings: table 'inventory': 'MUG' is "
                                       "mapped twice, in lines 2 and 3"));
    Stock("ours,theirs\nMUG,2\n");
    gateway_.settings().Set("routes", ParseJson(R"([{"name": "all", "connection": "eu"},
                                {"name": "never", "connection": "eu", "brand": ["A"]}])")
                                          .value());
    const live::Run never = start();
    EXPECT_EQ(never.exit, 2);
    EXPECT_THAT(never.error, HasSubstr("route 'never': it is never reached, route 'all'"));
}

}  // namespace
}  // namespace returns::live
