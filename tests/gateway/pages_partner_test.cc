// A partner's own page: what it shows, its answers, and what it keeps to itself.
#include "tests/gateway/partner_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Csrf(const std::string& page) { return "csrf=" + FieldOf(page, "csrf"); }

TEST(PagesOfPartners, APartnerIsLedToItsPageAndToNoOther) {
    PartnerWorld world;
    const std::string cookie = world.SignIn(ApiWorld::kPartner);
    const DoorReply home = world.Page("/", cookie);
    EXPECT_EQ(home.status, 303);
    EXPECT_EQ(HeaderOf(home, "Location"), "/partner");
    for (const std::string path : {"/stalls", "/finance", "/finance.csv", "/connections",
                                   "/connections/acme", "/cases/main/1"})
        EXPECT_EQ(world.Page(path, cookie).status, 404) << path;
    const DoorReply page = world.Page("/partner", cookie);
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, Not(HasSubstr("href=\"/stalls\"")));
    EXPECT_THAT(page.body, HasSubstr("http://gateway.example/v1/callbacks/acme"));
    EXPECT_EQ(world.Page("/partner?connection=other", cookie).status, 404);
    EXPECT_EQ(world.Page("/partner", world.SignIn(ApiWorld::kAgent)).status, 404);
    EXPECT_EQ(world.Page("/partner?connection=acme", world.SignIn(ApiWorld::kOperator)).status,
              200);
}

TEST(PagesOfPartners, CallbacksAreShownWithReasonsAndReceipts) {
    PartnerWorld world;
    world.TellReturn();
    world.CallBack(R"({"return":"R-1","status":"parcel.delivered"})", "m-1", 3);
    world.CallBack(R"({"return":"R-1","status":"parcel.delivered"})", "<b>late", 900);
    const std::string cookie = world.SignIn(ApiWorld::kPartner);
    const std::string page = world.Page("/partner", cookie).body;
    EXPECT_THAT(page, HasSubstr("on its way to the partner → arrived, not opened yet"));
    EXPECT_THAT(page, HasSubstr("too far from ours"));
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;late"));
    EXPECT_THAT(page, HasSubstr("signed 3.0 s before we got it"));
    const std::string wrong = world.Page("/partner?connection=acme&show=wrong", cookie).body;
    EXPECT_THAT(wrong, Not(HasSubstr("message <strong>m-1</strong>")));
    EXPECT_THAT(wrong, HasSubstr("&lt;b&gt;late"));
}

TEST(PagesOfPartners, ManyAnswersGoInOneForm) {
    PartnerWorld world;
    for (const std::string one : {"1", "2", "3", "4"}) {
        world.TellArrived("10" + one, "R-" + one);
        world.clock.now += std::chrono::seconds(1);
    }
    const std::string cookie = world.SignIn(ApiWorld::kPartner);
    const std::string page = world.Page("/partner", cookie).body;
    const auto row = [](int at, const std::string& id, const std::string& more) {
        const std::string n = std::to_string(at);
        return "&return_" + n + "=" + id + "&shop_" + n + "=main&line_" + n + "_0=A&answer_" + n +
               "=" + more;
    };
    const std::string form = Csrf(page) + "&connection=acme" + row(0, "R-1", "opened") +
                             row(1, "R-2", "inspected&good_1_0=1&bad_1_0=0") +
                             row(2, "R-3", "inspected") + row(3, "R-4", "");
    const DoorReply sent = world.Form("/partner", cookie, form);
    ASSERT_EQ(sent.status, 303) << sent.body;
    const std::string back = HeaderOf(sent, "Location");
    EXPECT_EQ(back, "/partner?connection=acme&told=answers&taken=2&idle=0&wrong=R-3#told");
    const std::string told = world.Page(back.substr(0, back.find('#')), cookie).body;
    EXPECT_THAT(told, HasSubstr("2 answers taken"));
    EXPECT_THAT(told, HasSubstr("Not taken: R-3"));
    EXPECT_THAT(told, Not(HasSubstr("Return R-2")));
    const Json waits = BodyOf(world.Get("/v1/partner/waiting", ApiWorld::kPartner));
    EXPECT_EQ(*waits["count"].AsInt(), 3) << "R-1 to be inspected, R-3 and R-4";
}

TEST(PagesOfPartners, OnlyItsOwnFormsAndItsOwnReturns) {
    PartnerWorld world;
    world.TellArrived("101", "R-1");
    const std::string cookie = world.SignIn(ApiWorld::kOtherPartner);
    const std::string page = world.Page("/partner", cookie).body;
    EXPECT_THAT(page, Not(HasSubstr("R-1")));
    const std::string answer = "&return_0=R-1&shop_0=main&answer_0=opened";
    EXPECT_EQ(world.Form("/partner", cookie, "csrf=x&connection=other" + answer).status, 403);
    EXPECT_EQ(world.Form("/partner", cookie, Csrf(page) + "&connection=acme" + answer).status, 404);
    const DoorReply sent =
        world.Form("/partner", cookie, Csrf(page) + "&connection=other" + answer);
    EXPECT_THAT(HeaderOf(sent, "Location"), HasSubstr("taken=0&idle=0&wrong=R-1"));
    const std::string staff = world.SignIn(ApiWorld::kOperator);
    const std::string seen = world.Page("/partner?connection=acme", staff).body;
    EXPECT_THAT(seen, HasSubstr("R-1"));
    EXPECT_THAT(seen, Not(HasSubstr("Send these answers"))) << "not in the partner's name";
    EXPECT_EQ(world.Form("/partner", staff, Csrf(seen) + "&connection=acme" + answer).status, 404);
}

}  // namespace
}  // namespace returns::gateway
