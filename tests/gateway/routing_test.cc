// Routes and code tables in the settings, from the file to what leaves for a partner.
#include "gateway/routing.h"

#include "connectors/crosswalk.h"
#include "gateway/folders.h"
#include "tests/gateway/modes_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using sim::kDay;
using sim::kHour;
using testing::ElementsAre;
using testing::HasSubstr;

SettingsSources Sources() {
    SettingsSources sources;
    sources.read_file = [](const std::string& path) -> Result<std::string> {
        if (path == "secret") return std::string(32, 's');
        if (path == "stock.csv") return std::string("ours,theirs\r\nTEE,1\r\n\"MUG, BLUE\",2\r\n");
        if (path == "twice.csv") return std::string("ours,theirs\nTEE,1\nMUG,2\n\nTEE,3\n");
        if (path == "back.csv") return std::string("ours,theirs\nTEE,1\nMUG,1\n");
        if (path == "words.csv") return std::string("ours,theirs\nTEE,one\n");
        if (path == "headless.csv") return std::string("TEE,1\n");
        if (path == "wide.csv") return std::string("ours,theirs\nTEE,1,2\n");
        if (path == "stock.json") return std::string(R"({"TEE": 1, "MUG": 2})");
        if (path == "twice.json") return std::string(R"({"TEE": 1, "TEE": 2})");
        return Error{Code::kNotFound, "no file " + path};
    };
    return sources;
}

// Settings with two partners, their tables from that file, and these routes.
Result<Connections> Load(const std::string& routes, const std::string& table = "stock.csv") {
    const auto partner = [&](const std::string& name) {
        return R"({"name":")" + name + R"(","connector":"logistics/shipbob","settings":{)" +
               R"("api_token":"file:secret","webhook_secret":"file:secret","channel_id":"1",)" +
               R"("fulfillment_center_id":1,"inventory":"file:)" + table + R"("}})";
    };
    ASSIGN_OR_RETURN(
        const Settings settings,
        ReadSettings(R"({"deployment_secret":"file:secret","shops":[{"name":"main"},)"
                     R"({"name":"bikes"}],"connections":[)" +
                         partner("eu") + "," + partner("uk") + R"(],"routes":)" + routes + "}",
                     Sources()));
    return Connections::Make(settings, [](const std::string& name) {
        return ReadConnectorFolder(BACKHAUL_SOURCE_DIR "/connectors/" + name);
    });
}

std::string ErrorOf(const std::string& routes, const std::string& table = "stock.csv") {
    const auto made = Load(routes, table);
    return made.ok() ? "" : made.error().text;
}

TEST(RouteSettings, AreReadInTheirOrder) {
    const auto made = Load(R"([{"name":"islands","connection":"uk","country":["GB","IE"]},)"
                           R"({"name":"stores","connection":"none","reason":["store"]},)"
                           R"({"name":"mix","connection":"eu","mixed":true},)"
                           R"({"name":"rest","connection":"eu"}])");
    ASSERT_TRUE(made.ok()) << made.error().text;
    const auto& rules = made->routes();
    ASSERT_EQ(rules.size(), 4U);
    EXPECT_EQ(rules[0].when.at("country"), (std::vector<std::string>{"GB", "IE"}));
    EXPECT_EQ(rules[0].shop, "main") << "its connection's";
    EXPECT_EQ(rules[1].connection, "");
    EXPECT_TRUE(rules[2].mixed);
    EXPECT_TRUE(rules[3].when.empty());
}

TEST(RouteSettings, AreRefusedByName) {
    EXPECT_EQ(ErrorOf("[]"), "");
    EXPECT_THAT(ErrorOf(R"([{"name":"a","connection":"eu","contry":["DE"]}])"),
                HasSubstr("unknown key 'routes[0].contry', did you mean 'country'?"));
    EXPECT_THAT(ErrorOf(R"([{"name":"a","connection":"eur"}])"),
                HasSubstr("route 'a': no connection is called 'eur', did you mean 'eu'?"));
    EXPECT_THAT(ErrorOf(R"([{"name":"a","connection":"eu","kind":"desk"}])"),
                HasSubstr("route 'a': connection 'eu' is of kind logistics"));
    EXPECT_THAT(ErrorOf(R"([{"name":"a","connection":"eu","shop":"bikes"}])"),
                HasSubstr("route 'a': connection 'eu' works for shop 'main', not for 'bikes'"));
    EXPECT_THAT(ErrorOf(R"([{"name":"a","connection":"none","shop":"bike"}])"),
                HasSubstr("route 'a': 'bike' is not among the shops, did you mean 'bikes'?"));
    EXPECT_THAT(ErrorOf(R"([{"name":"a","connection":"eu","country":["Germany"]}])"),
                HasSubstr("route 'a': country 'Germany': expected two capitals"));
    EXPECT_THAT(ErrorOf(R"([{"name":"a","connection":"eu"},{"name":"b","connection":"uk"}])"),
                HasSubstr("route 'b': it is never reached, route 'a' before it takes all"));
    EXPECT_THAT(ErrorOf(R"([{"name":"a","connection":"eu"},{"name":"a","connection":"uk"}])"),
                HasSubstr("routes[1].name: 'a' is there twice"));
    EXPECT_THAT(ErrorOf(R"([{"name":"a"}])"), HasSubstr("routes[0].connection: is missing"));
}

TEST(CodeTables, ComeFromFiles) {
    for (const std::string file : {"stock.csv", "stock.json"}) {
        auto made = Load("[]", file);
        ASSERT_TRUE(made.ok()) << made.error().text;
        const auto facts = made->Facts();
        const auto missing =
            facts[0].missing(ParseJson(R"({"lines":[{"sku":"TEE"},{"sku":"HAT"}]})").value());
        ASSERT_EQ(missing.size(), 1U) << file;
        EXPECT_EQ(missing[0].code, "HAT");
        EXPECT_EQ(missing[0].table, "inventory");
    }
}

TEST(CodeTables, ACodeMappedTwoWaysIsRefusedNamingBothRows) {
    EXPECT_THAT(ErrorOf("[]", "twice.csv"),
                HasSubstr("connections.eu.settings: table 'inventory': 'TEE' is mapped twice, in "
                          "lines 2 and 5"));
    EXPECT_THAT(ErrorOf("[]", "twice.json"), HasSubstr("'TEE' stands twice"));
    EXPECT_THAT(ErrorOf("[]", "back.csv"), HasSubstr("'TEE' and 'MUG' both lead to 1"));
    EXPECT_THAT(ErrorOf("[]", "words.csv"), HasSubstr("line 2: 'one' is not a whole number"));
    EXPECT_THAT(ErrorOf("[]", "headless.csv"), HasSubstr("the first row must be ours,theirs"));
    EXPECT_THAT(ErrorOf("[]", "wide.csv"), HasSubstr("line 2: expected two cells"));
    EXPECT_THAT(ErrorOf("[]", "missing.csv"), HasSubstr("inventory: no file missing.csv"));
}

TEST(RouteExplain, ShowsRulesAndCodesOfAnOrderThatDoesNotExistYet) {
    auto made = Load(R"([{"name":"islands","connection":"uk","country":["GB"]},)"
                     R"({"name":"rest","connection":"eu","country":["DE"]}])");
    ASSERT_TRUE(made.ok()) << made.error().text;
    workflows::Rulebook book;
    book.connections = made->Facts();
    book.routes = made->routes();
    const auto ask = [&](const std::string& order) {
        const auto explained = ExplainRoute(ParseJson(order).value(), book, *made);
        EXPECT_TRUE(explained.ok()) << explained.error().text;
        return RouteText(*explained);
    };
    const Explained good = ask(R"({"country":"DE","lines":[{"sku":"TEE"}]})");
    EXPECT_TRUE(good.complete);
    EXPECT_EQ(good.text,
              "whole order\n"
              "  fits not  line 1, route islands: country is DE, the rule wants GB\n"
              "  fits      line 1, route rest\n"
              "  goes to   eu, by route rest\n"
              "  code      sku 'TEE' is 1 (table inventory)\n");
    const Explained code = ask(R"({"country":"DE","lines":[{"sku":"HAT"}]})");
    EXPECT_FALSE(code.complete);
    EXPECT_THAT(code.text,
                HasSubstr("  missing   sku 'HAT' in table 'inventory' of connection eu\n"));
    const Explained route = ask(R"({"country":"FR","lines":[{"sku":"TEE"}]})");
    EXPECT_FALSE(route.complete);
    EXPECT_THAT(route.text, HasSubstr("  missing   no route of kind logistics fits line 1"));
    EXPECT_THAT(ExplainRoute(ParseJson(R"({"cuntry":"DE","lines":[{}]})").value(), book, *made)
                    .error()
                    .text,
                HasSubstr("unknown key 'cuntry', did you mean 'country'?"));
}

// A lane whose partner "3pl" knows only those articles.
class CodesLane : public testing::Test {
protected:
    CodesLane() : world_(ConnectionMode::kAct, [](ConnectionSettings&) {}) {
        world_.lane.kit->book.routes.clear();
        world_.settings.limits.callback_bytes_max = 1 << 16;
        Set(R"({"SKU-2": 2})");
    }
    ~CodesLane() override {
        world_.lane.kit->book.routes.clear();
        Set(R"({"SKU-1": 1, "SKU-2": 2})");
    }
    void Set(const std::string& table) {
        for (Connection& each : world_.lane.kit->connections->all()) {
            if (each.settings.name != "3pl") continue;
            Json& known = each.settings.settings;
            known.Set("inventory", ParseJson(table).value());
            known = connectors::PrepareCrosswalks(each.connector->manifest(), known).value();
        }
    }
    void Request(const std::string& order) {
        world_.lane.PlaceOrder(order);
        world_.lane.Tell("return.requested", order,
                         R"({"return_id":"R-)" + order +
                             R"(","lines":[{"id":"A","quantity":1,"reason":"too_small"}]})");
    }
    std::size_t Announced() const { return world_.lane.http->To("3pl", "POST ").size(); }
    std::size_t TicketsAsked() const { return world_.lane.http->To("desk", "POST ").size(); }
    Json Coverage() {
        const DoorReply reply = world_.Ask("GET", "/v1/coverage", "bhk_omar");
        EXPECT_EQ(reply.status, 200) << reply.body;
        return BodyOf(reply)["items"];
    }
    // As the partner "3pl" signs it.
    DoorReply CallBack(const std::string& body) {
        const Connection* connection = world_.lane.kit->connections->Find("3pl");
        DoorRequest request{.method = "POST", .path = "/v1/callbacks/3pl"};
        request.headers =
            connection->connector->manifest()
                .callbacks->recipe
                .Sign("m-1", world_.lane.clock.Now(),
                      {"POST", "", request.path, &request.headers, body}, "whsec_c2VjcmV0")
                .value();
        request.body = body;
        DoorReply answer;
        world_.api->Handle(std::move(request), [&](DoorReply reply) { answer = std::move(reply); });
        world_.lane.Step();
        return answer;
    }
    void Settle() {
        for (int n = 0; n < 100 && world_.api->Step(); ++n) world_.lane.Step();
        world_.api->Step();
        world_.lane.Step();
    }

    ModesWorld world_;
};

TEST_F(CodesLane, AMissingCodeIsNotTriedAgainAndAgainAndGoesOnOnceItIsThere) {
    Request("1");
    EXPECT_EQ(Announced(), 0U);
    EXPECT_EQ(TicketsAsked(), 1U);
    for (int hour = 0; hour < 5; ++hour) world_.lane.Pass(kHour);
    EXPECT_EQ(Announced(), 0U);
    for (const Dispatcher::ConnectionView& view : world_.lane.dispatcher->View())
        if (view.name == "3pl") {
            EXPECT_LE(view.counts.held_back,
                      static_cast<std::int64_t>(world_.lane.database.journal.size()))
                << "looked at when its case changes, and not in between";
        }
    const Json waiting = BodyOf(world_.Ask("GET", "/v1/commands?connection=3pl", "bhk_anna"));
    ASSERT_EQ(waiting["items"].Items().size(), 1U);
    EXPECT_EQ(waiting["items"].Items()[0]["held"].AsString(), "code");
    EXPECT_EQ(*waiting["items"].Items()[0]["attempts"].AsInt(), 0);
    EXPECT_THAT(world_.Page("/connections/3pl", world_.SignIn("bhk_omar")),
                HasSubstr("a code in it has no translation"));

    Set(R"({"SKU-1": 1, "SKU-2": 2})");
    world_.Restart();
    Settle();
    EXPECT_EQ(Announced(), 1U);
    const Case& subject = world_.lane.Subject("1");
    EXPECT_EQ(subject.slices[0].stalled_at, kNoTime);
    EXPECT_EQ(subject.slices[0].cause, "");
}

TEST_F(CodesLane, ACodeTakenOutOfTheTableIsNoticedAtTheNextStart) {
    Set(R"({"SKU-1": 1})");
    for (Connection& each : world_.lane.kit->connections->all())
        if (each.settings.name == "3pl") each.stopped = true;
    Request("1");
    EXPECT_EQ(world_.lane.Subject("1").tickets.size(), 0U);
    Set(R"({"SKU-2": 2})");
    world_.Restart();
    Settle();
    EXPECT_EQ(Announced(), 0U);
    EXPECT_EQ(world_.lane.Subject("1").tickets.size(), 1U);
}

TEST_F(CodesLane, ARouteThatIsAddedLetsItsReturnsGo) {
    Set(R"({"SKU-1": 1})");
    workflows::RouteRule french;
    french.name = "french";
    french.kind = "logistics";
    french.connection = "3pl";
    french.shop = "main";
    french.when["country"] = {"FR"};
    world_.lane.kit->book.routes = {french};
    Request("1");
    EXPECT_EQ(Announced(), 0U);
    EXPECT_EQ(world_.lane.Subject("1").tickets.size(), 1U);
    const Json route = BodyOf(world_.Ask("GET", "/v1/orders/1/route", "bhk_omar"));
    ASSERT_EQ(route["items"].Items().size(), 1U);
    EXPECT_THAT(route["items"].Items()[0]["why"].AsString(), HasSubstr("no route of kind"));
    world_.Restart();
    Settle();
    EXPECT_EQ(Announced(), 0U) << "nothing has changed";

    workflows::RouteRule rest = french;
    rest.name = "rest";
    rest.when.clear();
    world_.lane.kit->book.routes.push_back(rest);
    world_.Restart();
    Settle();
    EXPECT_EQ(Announced(), 1U);
    const Json after = BodyOf(world_.Ask("GET", "/v1/orders/1/route", "bhk_omar"));
    const Json& one = after["items"].Items()[0];
    EXPECT_EQ(one["connection"].AsString(), "3pl");
    EXPECT_EQ(one["rule"].AsString(), "rest");
    EXPECT_TRUE(one["pinned"].AsBool());
    EXPECT_EQ(one["codes"].Items()[0]["theirs"], Json::Int(1));
}

// Kept as bytes, which no start reads by itself: a person says when, and it is read with the tables
// of then.
TEST_F(CodesLane, ACallbackKeptForACodeOfTheirsIsReadAgainWithTheTableOfNow) {
    Set(R"({"SKU-1": 1})");
    Request("1");
    ASSERT_EQ(Announced(), 1U);
    const auto at = world_.lane.http->To("3pl", "POST ").at(0);
    const std::string sent = world_.lane.http->calls.at(at).request.body;
    const std::string reference = ParseJson(sent).value()["reference_id"].AsString();
    const DoorReply kept = CallBack(
        R"({"id":34,"return_type":"Regular","status":"Completed","reference_id":")" + reference +
        R"(","inventory":[{"id":7,"quantity":1,"action_requested":{"action":"Default"},)"
        R"("action_taken":[{"action":"Restock","quantity_processed":1}]}]})");
    EXPECT_EQ(kept.status, 202) << kept.body;
    ASSERT_EQ(world_.lane.database.parked.size(), 1U) << kept.body;
    const std::string retry =
        "/v1/parked/" + std::to_string(world_.lane.database.parked.begin()->first) + "/retry";
    const DoorReply still = world_.Ask("POST", retry, "bhk_omar");
    EXPECT_EQ(still.status, 422);
    EXPECT_THAT(still.body, HasSubstr("still_unreadable"));
    const auto missing = [&] {
        std::vector<std::string> codes;
        const Json rows = Coverage();
        for (const Json& row : rows.Items())
            codes.push_back(row["direction"].AsString() + " " + row["code"].AsString());
        return codes;
    };
    EXPECT_THAT(missing(), ElementsAre("in 7"));

    Set(R"({"SKU-1": 7})");
    world_.Restart();
    Settle();
    EXPECT_EQ(world_.lane.database.parked.size(), 1U);
    const DoorReply again = world_.Ask("POST", retry, "bhk_omar");
    EXPECT_EQ(again.status, 202) << again.body;
    EXPECT_THAT(again.body, HasSubstr("\"verdict\":\"moved\""));
    EXPECT_TRUE(world_.lane.database.parked.empty());
    EXPECT_TRUE(world_.lane.Subject("1").slices.at(0).vested);
    EXPECT_EQ(world_.Ask("POST", retry, "bhk_omar").status, 404);
    EXPECT_TRUE(missing().empty());
}

TEST_F(CodesLane, CoverageTellsWhatIsMissingBeforeAnythingComesBack) {
    world_.lane.PlaceOrder("1");
    world_.lane.Pass(kHour);
    world_.lane.PlaceOrder("2");
    Json items = Coverage();
    ASSERT_EQ(items.Items().size(), 1U);
    const Json& row = items.Items()[0];
    EXPECT_EQ(row["connection"].AsString(), "3pl");
    EXPECT_EQ(row["table"].AsString(), "inventory");
    EXPECT_EQ(row["code"].AsString(), "SKU-1");
    EXPECT_EQ(*row["seen"].AsInt(), 2);
    EXPECT_EQ(*row["waiting"].AsInt(), 0);
    EXPECT_EQ(row["order_id"].AsString(), "2");
    Request("3");
    items = Coverage();
    EXPECT_EQ(*items.Items()[0]["waiting"].AsInt(), 1);
    const std::string metrics = world_.Ask("GET", "/metrics", "bhk_omar").body;
    EXPECT_THAT(metrics,
                HasSubstr("backhaul_codes_missing{connection=\"3pl\",table=\"inventory\"} 1"));
    // Counts outlive a restart, and what waits is found again.
    const std::int64_t seen = *items.Items()[0]["seen"].AsInt();
    world_.Restart();
    Settle();
    items = Coverage();
    ASSERT_EQ(items.Items().size(), 1U);
    EXPECT_EQ(*items.Items()[0]["seen"].AsInt(), seen);
    EXPECT_EQ(*items.Items()[0]["waiting"].AsInt(), 1);
    world_.lane.Tell("order.cancelled", "1", "{}");
    EXPECT_EQ(*Coverage().Items()[0]["seen"].AsInt(), seen) << "an order counts once";
    // 31 days later nobody has seen it any more but the return that waits.
    world_.lane.Pass(31 * kDay);
    EXPECT_EQ(Coverage().Items().size(), 1U);
    Set(R"({"SKU-1": 1})");
    EXPECT_EQ(Coverage().Items().size(), 0U) << "it has a translation";
}

TEST_F(CodesLane, CoverageForgetsWhatNobodyHasSeenFor30Days) {
    world_.lane.PlaceOrder("1");
    world_.lane.Pass(29 * kDay);
    EXPECT_EQ(Coverage().Items().size(), 1U);
    world_.lane.Pass(2 * kDay);
    EXPECT_EQ(Coverage().Items().size(), 0U);
}

}  // namespace
}  // namespace returns::gateway
