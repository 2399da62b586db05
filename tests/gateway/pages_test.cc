// The pages: signing in, forms that only our own pages may send, and nothing unescaped.
#include "tests/gateway/api_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

constexpr std::string_view kEvil = "<script>alert(1)</script>\\\"'><img src=x onerror=alert(2)>";

TEST(Pages, SigningInAndOut) {
    ApiWorld world;
    const DoorReply away = world.Page("/stalls", "");
    EXPECT_EQ(away.status, 303);
    EXPECT_EQ(HeaderOf(away, "Location"), "/signin?next=%2Fstalls");
    EXPECT_EQ(world.Form("/signin", "", "key=bhk_wrong").status, 401);
    EXPECT_EQ(world.Form("/signin", "", "key=" + ApiWorld::kShop).status, 403);

    const DoorReply in = world.Form("/signin", "", "key=+" + ApiWorld::kAgent + "+&next=%2Fstalls");
    EXPECT_EQ(in.status, 303);
    EXPECT_EQ(HeaderOf(in, "Location"), "/stalls");
    EXPECT_NE(HeaderOf(in, "Set-Cookie").find("HttpOnly"), std::string::npos);
    const std::string cookie = world.SignIn(ApiWorld::kAgent);
    const DoorReply page = world.Page("/stalls", cookie);
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("agent:anna"), std::string::npos);
    const DoorReply out = world.Form("/signout", cookie, "csrf=" + FieldOf(page.body, "csrf"));
    EXPECT_EQ(out.status, 303);
    EXPECT_NE(HeaderOf(out, "Set-Cookie").find("Max-Age=0"), std::string::npos);
    world.clock.now += std::chrono::hours(9);
    EXPECT_EQ(world.Page("/stalls", cookie).status, 303);
}

TEST(Pages, WrongKeysAreTriedOnlySoOften) {
    ApiWorld world;
    const auto guess = [&] { return world.Form("/signin", "", "key=bhk_guess"); };
    for (int i = 0; i < 5; ++i) EXPECT_EQ(guess().status, 401) << i;
    world.clock.now += std::chrono::seconds(100);
    const DoorReply wait = guess();
    EXPECT_EQ(wait.status, 429);
    EXPECT_EQ(HeaderOf(wait, "Retry-After"), "200");
    EXPECT_NE(wait.body.find("Wait 4 minutes"), std::string::npos);
    EXPECT_EQ(world.Form("/signin", "", "key=" + ApiWorld::kAgent).status, 429)
        << "even a right key";
    world.peer = "192.0.2.2";
    EXPECT_EQ(world.Form("/signin", "", "key=" + ApiWorld::kAgent).status, 303) << "others go on";
    world.peer = "192.0.2.1";
    world.clock.now += std::chrono::seconds(200);
    EXPECT_EQ(guess().status, 401) << "a new window";
    const std::string metrics = world.Get("/metrics", ApiWorld::kOperator).body;
    EXPECT_NE(metrics.find("backhaul_signins_total{outcome=\"signed_in\"} 1\n"), std::string::npos);
    EXPECT_NE(metrics.find("backhaul_signins_total{outcome=\"failed\"} 6\n"), std::string::npos);
    EXPECT_NE(metrics.find("backhaul_signins_total{outcome=\"turned_away\"} 2\n"),
              std::string::npos);
}

TEST(Pages, ManyAddressesTogetherAreLimitedToo) {
    ApiWorld world;
    for (int i = 0; i < 20; ++i) {
        world.peer = "192.0.2." + std::to_string(i);
        EXPECT_EQ(world.Form("/signin", "", "key=bhk_guess").status, 401) << i;
    }
    world.peer = "198.51.100.7";
    EXPECT_EQ(world.Form("/signin", "", "key=bhk_guess").status, 429);
}

TEST(Pages, NextLeadsNowhereElse) {
    ApiWorld world;
    for (const std::string next : {"https%3A%2F%2Fevil.example", "%2F%2Fevil.example",
                                   "%2F%5Cevil.example", "javascript%3Aalert(1)"}) {
        const DoorReply reply =
            world.Form("/signin", "", "key=" + ApiWorld::kAgent + "&next=" + next);
        EXPECT_EQ(HeaderOf(reply, "Location"), "/") << next;
    }
}

TEST(Pages, EveryPageIsFenced) {
    ApiWorld world;
    const std::string cookie = world.SignIn(ApiWorld::kAgent);
    for (const std::string target :
         {"/", "/stalls", "/finance", "/signin", "/cases/main/none", "/nowhere"}) {
        const DoorReply reply = world.Page(target, target == "/signin" ? "" : cookie);
        const std::string policy = HeaderOf(reply, "Content-Security-Policy");
        EXPECT_NE(policy.find("default-src 'none'"), std::string::npos) << target;
        EXPECT_EQ(policy.find("unsafe"), std::string::npos);
        EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
        EXPECT_EQ(HeaderOf(reply, "X-Frame-Options"), "DENY");
        EXPECT_EQ(HeaderOf(reply, "Cache-Control"), "no-store");
        EXPECT_EQ(HeaderOf(reply, "X-Content-Type-Options"), "nosniff");
        EXPECT_NE(reply.body.find("<html lang=\"en\">"), std::string::npos);
        EXPECT_NE(reply.body.find("class=\"skip\""), std::string::npos);
        EXPECT_EQ(reply.body.find("{{"), std::string::npos) << target;
        EXPECT_EQ(reply.body.find("style="), std::string::npos) << target;
        EXPECT_EQ(reply.body.find("onclick"), std::string::npos) << target;
    }
    EXPECT_EQ(world.Page("/nowhere", cookie).status, 404);
    EXPECT_EQ(CodeOf(world.Get("/nowhere", "")), "not_found");
    const DoorReply style = world.Get("/assets/backhaul.css", "");
    EXPECT_EQ(style.status, 200);
    const connectors::HttpHeaders known = {{"If-None-Match", HeaderOf(style, "ETag")}};
    EXPECT_EQ(world.Get("/assets/backhaul.css", "", known).status, 304);
    EXPECT_EQ(world.Page("/assets/..%2fkeys", "").status, 404);
}

TEST(Pages, WhateverOthersWriteComesOutEscaped) {
    ApiWorld world;
    const std::string evil(kEvil);
    world.Tell("order.placed", "x1", "1001",
               R"({"lines":[{"id":"A","sku":")" + evil +
                   R"(","quantity":2,"unit_price_minor":5000}],"currency":"EUR"})");
    world.Tell("order.captured", "x2", "1001",
               R"({"currency":"EUR","tender":{"id":"T1","kind":"card","reference":"c",)"
               R"("amount_minor":10000}})");
    world.Tell("order.delivered", "x3", "1001", "{}");
    const DoorReply asked =
        world.Tell("return.requested", "x4", "1001",
                   R"({"return_id":"R)" + evil + R"(","lines":[{"id":"A","quantity":1,"reason":")" +
                       evil + R"("}],"resolution":"refund"})");
    ASSERT_EQ(asked.status, 202) << asked.body;
    const DoorReply label = world.Tell("return.label_issued", "x5", "1001",
                                       R"({"return_id":"R)" + evil + R"(","tracking":")" + evil +
                                           R"(","carrier":")" + evil +
                                           R"(","label_url":"javascript:alert`3`",
                   "raw_code"
                   : ")" + evil + R"("})");
    ASSERT_EQ(label.status, 202) << label.body;
    for (const std::string& key : {ApiWorld::kAgent, ApiWorld::kOperator}) {
        const std::string cookie = world.SignIn(key);
        for (const std::string target :
             {"/cases/main/1001", "/?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E",
              "/cases/main/%3Cscript%3E", "/signin?next=%2F%22%3E%3Cscript%3E"}) {
            const std::string page = world.Page(target, cookie).body;
            EXPECT_EQ(page.find("<script>"), std::string::npos) << target << page;
            EXPECT_EQ(page.find("<img"), std::string::npos) << target;
            EXPECT_EQ(page.find("\"javascript:"), std::string::npos) << target;
        }
        const std::string page = world.Page("/cases/main/1001", cookie).body;
        EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos);
    }
}

// R-1 agreed; the page of its case as the agent sees it.
struct AgreedCase {
    AgreedCase() {
        world.Tell("order.placed", "e1", "1001",
                   R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,"unit_price_minor":5000}],)"
                   R"("currency":"EUR"})");
        world.Tell("order.captured", "e2", "1001",
                   R"({"currency":"EUR","tender":{"id":"T1","kind":"card","reference":"ch_1",)"
                   R"("amount_minor":10000}})");
        world.Tell("order.delivered", "e3", "1001", "{}");
        world.Tell("return.requested", "e4", "1001",
                   R"({"return_id":"R-1","lines":[{"id":"A","quantity":1}],)"
                   R"("resolution":"refund"})");
        cookie = world.SignIn(ApiWorld::kAgent);
        page = world.Page("/cases/main/1001?return=R-1", cookie).body;
        csrf = FieldOf(page, "csrf");
    }
    std::string Fields(const std::string& token) const {
        return "csrf=" + token + "&once=o1&return=R-1&action=keep_item&subject=0&reason=small";
    }
    ApiWorld world;
    std::string cookie, page, csrf;
};

TEST(Pages, ACaseSaysWhereParcelAndMoneyAre) {
    AgreedCase agreed;
    for (const std::string words :
         {"Order 1001", "Return R-1", "Who must act", "What next, and when", "UTC", "1 × LAMP",
          "Goods", "Money", "What happened", "A return was asked for",
          "Let the customer keep it"}) {
        EXPECT_NE(agreed.page.find(words), std::string::npos) << words;
    }
    EXPECT_EQ(agreed.page.find("AUTHORISED"), std::string::npos) << "agents read plain words";
    const std::string cookie = agreed.world.SignIn(ApiWorld::kOperator);
    EXPECT_NE(agreed.world.Page("/cases/main/1001", cookie).body.find("AUTHORISED"),
              std::string::npos);
}

TEST(Pages, WhatIsNotPossibleNowIsShownWithItsReason) {
    AgreedCase agreed;
    EXPECT_NE(agreed.page.find("value=\"cancel\""), std::string::npos);
    EXPECT_NE(agreed.page.find("<strong>Accept what arrived</strong><br>Not now: only while the "
                               "goods are “does not fit together”."),
              std::string::npos)
        << agreed.page;
    EXPECT_EQ(agreed.page.find("value=\"accept\""), std::string::npos);
    agreed.world.Tell("parcel.scanned", "e5", "1001", R"({"return_id":"R-1"})");
    const std::string page = agreed.world.Page("/cases/main/1001", agreed.cookie).body;
    EXPECT_EQ(page.find("value=\"cancel\""), std::string::npos);
    EXPECT_NE(page.find("<strong>Cancel the return</strong><br>Not now: only while the goods are "
                        "“asked for”, “waits for a decision” or “agreed, not sent yet”."),
              std::string::npos)
        << page;
}

TEST(Pages, AConditionThatIsNotMetIsSaidInWords) {
    ApiWorld world;
    world.TellReturn();
    EXPECT_EQ(world
                  .Tell("return.requested", "e6", "1001",
                        R"({"return_id":"R-2","lines":[{"id":"A","quantity":1}]})")
                  .status,
              202);
    world.Tell("return.cancelled", "e7", "1001", R"({"return_id":"R-2"})");
    const std::string cookie = world.SignIn(ApiWorld::kAgent);
    EXPECT_NE(world.Page("/cases/main/1001?return=R-2", cookie).body.find("value=\"reinstate\""),
              std::string::npos);
    world.Tell("return.requested", "e8", "1001",
               R"({"return_id":"R-3","lines":[{"id":"A","quantity":1}]})");
    const std::string page = world.Page("/cases/main/1001?return=R-2", cookie).body;
    EXPECT_EQ(page.find("value=\"reinstate\""), std::string::npos);
    EXPECT_NE(page.find("Not now: these items have come back in another return."),
              std::string::npos)
        << page;
}

TEST(Pages, OneMessageThatWaitsIsOne) {
    ApiWorld world;
    world.Tell("return.requested", "e1", "1001",
               R"({"return_id":"R-1","lines":[{"id":"A","quantity":1}]})");
    const std::string page = world.Page("/cases/main/1001", world.SignIn(ApiWorld::kAgent)).body;
    EXPECT_NE(page.find("1 message about it is kept until it comes."), std::string::npos);
}

TEST(Pages, TheAnswerComesFirst) {
    AgreedCase agreed;
    const std::vector<std::string> order = {
        "Return R-1",           "<dt>Refund</dt>", "50.00 EUR",    "Why it is not paid yet",
        "What next, and when",  "in 30 days",      "Who must act", "the customer",
        "To tell the customer", "Goods</h3>",      "Actions</h3>", "What happened"};
    std::size_t at = 0;
    for (const std::string& words : order) {
        const std::size_t found = agreed.page.find(words, at);
        ASSERT_NE(found, std::string::npos) << words << agreed.page;
        at = found;
    }
    EXPECT_LT(agreed.page.find("A return was asked for"), agreed.page.find("The order was placed"))
        << "the newest is on top";
}

TEST(Pages, AFormActsOnceAndTellsWhatCameOfIt) {
    AgreedCase agreed;
    ApiWorld& world = agreed.world;
    const std::string target = "/cases/main/1001/actions";
    const DoorReply done = world.Form(target, agreed.cookie, agreed.Fields(agreed.csrf));
    ASSERT_EQ(done.status, 303) << done.body;
    const std::size_t rows = world.database.journal.size();
    EXPECT_EQ(world.Form(target, agreed.cookie, agreed.Fields(agreed.csrf)).status, 303);
    EXPECT_EQ(world.database.journal.size(), rows);
    std::string back = HeaderOf(done, "Location");
    EXPECT_TRUE(back.ends_with("#told")) << back;
    back.resize(back.find('#'));
    const std::string page = world.Page(back, agreed.cookie).body;
    EXPECT_NE(page.find("role=\"status\" id=\"told\">Done."), std::string::npos);
    // Only an action of this very case is told of.
    EXPECT_EQ(world.Page("/cases/main/1001?row=1", agreed.cookie).body.find("id=\"told\""),
              std::string::npos);
}

TEST(Pages, FormsOfOthersAreRefused) {
    AgreedCase agreed;
    ApiWorld& world = agreed.world;
    const std::size_t rows = world.database.journal.size();
    const std::string target = "/cases/main/1001/actions";
    EXPECT_EQ(world.Form(target, agreed.cookie, agreed.Fields("")).status, 403);
    EXPECT_EQ(world.Form(target, agreed.cookie, agreed.Fields("wrong")).status, 403);
    EXPECT_EQ(world.Form(target, "", agreed.Fields(agreed.csrf)).status, 401);
    EXPECT_EQ(world.Form("/signout", agreed.cookie, "").status, 403);
    const std::string other = world.SignIn(ApiWorld::kOperator);
    EXPECT_EQ(world.Form(target, other, agreed.Fields(agreed.csrf)).status, 403);
    const connectors::HttpHeaders abroad = {{"Cookie", agreed.cookie},
                                            {"Host", "gateway.example"},
                                            {"Origin", "https://evil.example"},
                                            {"Content-Type", "application/x-www-form-urlencoded"}};
    EXPECT_EQ(world.Post(target, "", agreed.Fields(agreed.csrf), abroad).status, 403);
    connectors::HttpHeaders nearby = abroad;
    nearby[2].second = "http://gateway.example";
    nearby.emplace_back("Sec-Fetch-Site", "same-site");
    EXPECT_EQ(world.Post(target, "", agreed.Fields(agreed.csrf), nearby).status, 403);
    connectors::HttpHeaders json = abroad;
    json[2].second = "http://gateway.example";
    json[3].second = "application/json";
    EXPECT_EQ(world.Post(target, "", agreed.Fields(agreed.csrf), json).status, 415);
    EXPECT_EQ(world.database.journal.size(), rows);
}

TEST(Pages, AKeyThatBecameAProgramsEndsItsSession) {
    ApiWorld world;
    const std::string cookie = world.SignIn(ApiWorld::kAgent);
    EXPECT_EQ(world.Page("/stalls", cookie).status, 200);
    for (KeySettings& key : world.settings.keys) {
        if (key.name == "agent:anna") key.role = Role::kShop;
    }
    world.api = std::make_unique<Api>(
        ApiParts{*world.engine, *world.connections, world.clock, world.settings});
    EXPECT_EQ(world.Page("/stalls", cookie).status, 303);
    EXPECT_EQ(world.Page("/signin", cookie).status, 200) << "not back and forth for ever";
}

TEST(Pages, EmptyListsSaySo) {
    ApiWorld world;
    const std::string cookie = world.SignIn(ApiWorld::kAgent);
    EXPECT_NE(world.Page("/stalls", cookie).body.find("Nothing stands still"), std::string::npos);
    EXPECT_NE(world.Page("/?q=none", cookie).body.find("Nothing fits"), std::string::npos);
    world.TellReturn();
    const DoorReply found = world.Page("/?q=R-1", cookie);
    EXPECT_EQ(found.status, 303);
    EXPECT_EQ(HeaderOf(found, "Location"), "/cases/main/1001?return=R-1");
}

}  // namespace
}  // namespace returns::gateway
