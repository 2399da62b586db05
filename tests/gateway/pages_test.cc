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
    EXPECT_EQ(world.Form("/signin", "", "key=" + ApiWorld::kPartner).status, 403);
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
    for (const std::string target : {"/", "/stalls", "/signin", "/cases/main/none", "/nowhere"}) {
        const DoorReply reply = world.Page(target, target == "/signin" ? "" : cookie);
        const std::string policy = HeaderOf(reply, "Content-Security-Policy");
        EXPECT_NE(policy.find("default-src 'none'"), std::string::npos) << target;
        EXPECT_EQ(policy.find("unsafe"), std::string::npos);
        EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
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
         {"Order 1001", "Return R-1", "Who must act", "Next date", "UTC", "1 × LAMP", "Goods",
          "Money", "What happened", "A return was asked for", "Let the customer keep it"}) {
        EXPECT_NE(agreed.page.find(words), std::string::npos) << words;
    }
    EXPECT_EQ(agreed.page.find("AUTHORISED"), std::string::npos) << "agents read plain words";
    const std::string cookie = agreed.world.SignIn(ApiWorld::kOperator);
    EXPECT_NE(agreed.world.Page("/cases/main/1001", cookie).body.find("AUTHORISED"),
              std::string::npos);
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
    connectors::HttpHeaders json = abroad;
    json[2].second = "http://gateway.example";
    json[3].second = "application/json";
    EXPECT_EQ(world.Post(target, "", agreed.Fields(agreed.csrf), json).status, 415);
    EXPECT_EQ(world.database.journal.size(), rows);
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
