// The pages of connections: what they say, and what only operators can do there.
#include "tests/gateway/modes_world.h"

#include <gmock/gmock.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kPsp = "/connections/psp";
const std::string kPspMode = "/connections/psp/mode";
const std::string kStop = "/connections/psp/stop";
const std::string kApprove = "/connections/psp/approve";

std::int64_t NumberOf(ModesWorld& world, int at = 0) {
    return *world.Waiting("")["items"].Items().at(static_cast<std::size_t>(at))["number"].AsInt();
}

std::string OneForm(const std::string& order, std::int64_t number) {
    return "shop=main&order=" + order + "&number=" + std::to_string(number);
}

TEST(PagesOfConnections, SayHowEachWorksAndWhatWaits) {
    ModesWorld world(ConnectionMode::kObserve);
    world.Due(2);
    const std::string anna = world.SignIn("bhk_anna");
    const std::string page = world.Page("/connections", anna);
    for (const std::string words :
         {">psp</a>", "payment/stripe", "observes: nothing is sent", "2 waiting, 0 under way",
          "2 orders wait because it only observes", "Paid out today (UTC)",
          "aria-current=\"page\""})
        EXPECT_THAT(page, HasSubstr(words));
    EXPECT_THAT(page, Not(HasSubstr("<form class=\"stack\""))) << "agents look";
    const std::string psp = world.Page(kPsp, anna);
    EXPECT_THAT(psp, HasSubstr("href=\"/cases/main/1?return=R-1\">Order 1, return R-1</a>"));
    EXPECT_THAT(psp, HasSubstr("<strong>50.00 EUR</strong>, pay the refund"));
    EXPECT_THAT(psp, HasSubstr("is not sent: this connection only observes"));
    EXPECT_THAT(psp, HasSubstr("first start"));
    EXPECT_THAT(psp, HasSubstr("2 refunds of together 100.00 EUR"));
    EXPECT_EQ(world.Browse("GET", "/connections/none", anna).status, 404);
    EXPECT_EQ(world.Browse("GET", kPsp, "").status, 303) << "signed out";
}

TEST(PagesOfConnections, ActingSaysWhatGoesOutAndThenItGoes) {
    ModesWorld world(ConnectionMode::kObserve,
                     [](ConnectionSettings& psp) { psp.approve_above_minor = 4999; });
    world.Due(1);
    const std::string omar = world.SignIn("bhk_omar");
    EXPECT_THAT(world.Page(kPsp, omar), Not(HasSubstr("If it acts")))
        << "a large refund needs a person still";

    ModesWorld plain(ConnectionMode::kObserve);
    plain.Due(2);
    const std::string cookie = plain.SignIn("bhk_omar");
    EXPECT_THAT(plain.Page(kPsp, cookie),
                HasSubstr("If it acts, this goes out at once: 2 refunds of together 100.00 EUR."));
    const std::string told =
        plain.After(plain.Form(kPspMode, cookie, "mode=act&reason=pilot+is+over"), cookie);
    EXPECT_THAT(told, HasSubstr("Done. psp acts from now on. Before: observes."));
    EXPECT_THAT(told, HasSubstr("pilot is over"));
    EXPECT_EQ(plain.Sent(), 2u);
    EXPECT_THAT(plain.After(plain.Form(kPspMode, cookie, "mode=act&reason=again"), cookie),
                HasSubstr("Nothing changed"));
}

TEST(PagesOfConnections, TheDaysCapLimitsWhatWouldGoOut) {
    ModesWorld world(ConnectionMode::kObserve,
                     [](ConnectionSettings& psp) { psp.daily_cap_minor = 10000; });
    world.Due(3);
    const std::string omar = world.SignIn("bhk_omar");
    EXPECT_THAT(world.Page(kPsp, omar),
                HasSubstr("this goes out at once: 2 refunds of together 100.00 EUR."));
    world.Form(kPspMode, omar, "mode=act&reason=go");
    EXPECT_EQ(world.Sent(), 2u);
    const std::string page = world.Page(kPsp, omar);
    EXPECT_THAT(page, HasSubstr("<strong>100.00 EUR</strong> of 100.00 EUR"));
    EXPECT_THAT(page, HasSubstr("1 order waits for tomorrow"));
}

TEST(PagesOfConnections, TheKillSwitchIsLoudAndSaysWhoAndWhy) {
    ModesWorld world(ConnectionMode::kAct);
    const std::string omar = world.SignIn("bhk_omar");
    const std::string told =
        world.After(world.Form(kStop, omar, "reason=%3Cscript%3Ealert(1)%3C%2Fscript%3E"), omar);
    EXPECT_TRUE(world.lane.kit->connections->Find("psp")->stopped);
    EXPECT_THAT(told, HasSubstr("Stopped: nothing is sent."));
    EXPECT_THAT(told, HasSubstr("operator:omar"));
    EXPECT_THAT(told, HasSubstr("&lt;script&gt;alert(1)"));
    EXPECT_THAT(told, Not(HasSubstr("<script>")));
    EXPECT_THAT(told, Not(HasSubstr("Stop it now")));
    world.Due(1);
    EXPECT_EQ(world.Sent(), 0u);
    EXPECT_THAT(world.Page(kPsp, omar), HasSubstr("This goes out at once: 1 refund of 50.00 EUR."));
    EXPECT_THAT(world.After(world.Form("/connections/psp/resume", omar, "reason=fixed"), omar),
                HasSubstr("Done. psp goes on."));
    EXPECT_EQ(world.Sent(), 1u);
}

TEST(PagesOfConnections, OnlyOperatorsActAndOnlyByOurForms) {
    ModesWorld world(ConnectionMode::kAsk);
    world.Due(2);
    const std::string anna = world.SignIn("bhk_anna"), omar = world.SignIn("bhk_omar");
    const std::string one = OneForm("1", NumberOf(world));
    EXPECT_EQ(world.Form(kPspMode, anna, "mode=act&reason=go").status, 403);
    EXPECT_EQ(world.Form(kStop, anna, "reason=stop").status, 403);
    EXPECT_EQ(world.Form(kApprove, anna, one).status, 403);
    EXPECT_EQ(world.Form(kApprove, anna, "count=2").status, 403);
    EXPECT_EQ(world.Browse("POST", kPspMode, omar, "mode=act&reason=go").status, 403);
    EXPECT_EQ(world.Browse("POST", kStop, omar, "reason=stop&csrf=wrong").status, 403);
    EXPECT_EQ(world.Browse("POST", kApprove, omar, one).status, 403);
    for (const std::string reason : {"", "&reason=", "&reason=++"}) {
        const DoorReply reply = world.Form(kPspMode, omar, "mode=act" + reason);
        EXPECT_EQ(reply.status, 422);
        EXPECT_THAT(reply.body, HasSubstr("say why"));
    }
    EXPECT_EQ(world.Form(kPspMode, omar, "mode=go&reason=x").status, 422);
    EXPECT_EQ(world.Form("/connections/psp/explode", omar, "reason=x").status, 404);
    EXPECT_EQ(world.Sent(), 0u);
    EXPECT_EQ(world.lane.kit->connections->Find("psp")->settings.mode, ConnectionMode::kAsk);
    EXPECT_THAT(world.Page(kPsp, anna), Not(HasSubstr("Approve all")));
}

TEST(PagesOfConnections, OneIsApprovedByItsButton) {
    ModesWorld world(ConnectionMode::kAsk,
                     [](ConnectionSettings& psp) { psp.approve_above_minor = 4999; });
    world.Due(1);
    const std::string omar = world.SignIn("bhk_omar"), olga = world.SignIn("bhk_olga");
    const std::string form = OneForm("1", NumberOf(world));
    EXPECT_THAT(world.Page(kPsp, omar), HasSubstr("this connection: two persons more"));
    EXPECT_THAT(world.Page(kPsp, omar), HasSubstr(">Approve</button>"));
    EXPECT_THAT(world.Page(kPsp, world.SignIn("bhk_anna")), Not(HasSubstr(">Approve</button>")));
    const std::string told = world.After(world.Form(kApprove, omar, form), omar);
    EXPECT_THAT(told, HasSubstr("Approved by operator:omar: order 1. One person more has to"));
    EXPECT_THAT(told, HasSubstr("You have approved it; another person has to as well."));
    EXPECT_THAT(told, Not(HasSubstr(">Approve</button>")));
    EXPECT_EQ(world.Sent(), 0u);
    EXPECT_THAT(world.Page("/cases/main/1", omar),
                HasSubstr("operator:omar let us ask psp to pay the refund"));
    world.After(world.Form(kApprove, olga, form), olga);
    EXPECT_EQ(world.Sent(), 1u);
    EXPECT_THAT(world.After(world.Form(kApprove, olga, form), olga),
                HasSubstr("Nothing was approved"));
}

// A return that a person decided against the partner's word: large money of their own doing.
void AcceptAgainstThePartner(ModesWorld& world, const std::string& order, const std::string& by) {
    world.lane.PlaceOrder(order);
    const std::string id = R"({"return_id":"R-)" + order + "\"";
    world.lane.Tell("return.requested", order,
                    id + R"(,"lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
                         R"("resolution":"refund","statutory":false})");
    world.lane.Tell("return.inspected", order,
                    id + R"(,"lines":[{"id":"A","accepted":0,"rejected":1,"grade":"bad"}]})");
    for (const std::string action : {"overrule", "accept"})
        ASSERT_EQ(world
                      .Ask("POST", "/v1/returns/R-" + order + "/actions/" + action, by,
                           R"({"reason":"kind"})")
                      .status,
                  200)
            << action;
}

TEST(PagesOfConnections, WhoMayNotApproveIsToldWhyInsteadOfAButton) {
    ModesWorld world(ConnectionMode::kAct,
                     [](ConnectionSettings& psp) { psp.approve_above_minor = 4999; });
    const auto large = [&](std::int64_t above_minor) {
        for (workflows::ConnectionFacts& each : world.lane.kit->book.connections)
            if (each.name == "psp") each.approve_above_minor = above_minor;
    };
    large(4999);
    AcceptAgainstThePartner(world, "1", "bhk_omar");
    AcceptAgainstThePartner(world, "2", "bhk_omar");
    world.lane.Pass(sim::kHour);
    const std::string omar = world.SignIn("bhk_omar"), olga = world.SignIn("bhk_olga");
    const std::string own = world.Page(kPsp, omar);
    EXPECT_THAT(own, Not(HasSubstr(">Approve</button>")));
    EXPECT_THAT(own, HasSubstr("Not by you: operator:omar has acted on return R-1 and this is a "
                               "large refund: a person who has not must approve it."));
    EXPECT_THAT(own, Not(HasSubstr("Approve all"))) << "there is none of it to give";
    EXPECT_THAT(world.Page(kPsp, olga), HasSubstr(">Approve</button>"));
    EXPECT_THAT(world.Page(kPsp, olga), HasSubstr("Approve all 2"));
    EXPECT_THAT(world.Page(kPsp, olga), Not(HasSubstr("Not by you")));

    world.lane.PlaceOrder("3");
    world.lane.ComeBack("3");
    const std::string mixed = world.Page(kPsp, omar);
    EXPECT_THAT(mixed, HasSubstr("Approve all 3"));
    EXPECT_THAT(mixed, HasSubstr("2 of them are large refunds of returns you have acted on"));
    EXPECT_THAT(world.Page(kPsp + "?order=3", omar), HasSubstr(">Approve</button>"));
    EXPECT_THAT(world.After(world.Form(kApprove, omar, "count=3"), omar),
                HasSubstr("1 request approved. 2 requests had changed in between, or need "
                          "another person"));
    EXPECT_EQ(world.Sent(), 1u);
    large(0);
}

TEST(PagesOfConnections, AllAreApprovedTogetherAsManyAsWereSeen) {
    ModesWorld world(ConnectionMode::kAsk);
    world.Due(3);
    const std::string omar = world.SignIn("bhk_omar");
    EXPECT_THAT(world.Page(kPsp, omar),
                HasSubstr("Approve 3 refunds of together 150.00 EUR</button>"));
    for (const std::string count : {"", "count=2", "count=x"}) {
        EXPECT_THAT(world.After(world.Form(kApprove, omar, count), omar),
                    HasSubstr("Nothing was approved: what waits had changed"));
    }
    EXPECT_EQ(world.Sent(), 0u);
    EXPECT_THAT(world.After(world.Form(kApprove, omar, "count=3&currency=EUR&amount=50.00"), omar),
                HasSubstr("3 requests approved."));
    EXPECT_EQ(world.Sent(), 3u);
}

TEST(PagesOfConnections, TheFilterNarrowsWhatIsShownAndApproved) {
    ModesWorld world(ConnectionMode::kAsk);
    world.Due(3);
    const std::string omar = world.SignIn("bhk_omar");
    const std::string few = world.Page(kPsp + "?currency=EUR&amount=49.99", omar);
    EXPECT_THAT(few, HasSubstr("Nothing that waits fits."));
    EXPECT_THAT(few, Not(HasSubstr("Approve all")));
    const std::string order = world.Page(kPsp + "?order=2", omar);
    EXPECT_THAT(order, HasSubstr(">Order 2, return R-2</a>"));
    EXPECT_THAT(order, Not(HasSubstr(">Order 1, return R-1</a>")));
    const std::string wrong = world.Page(kPsp + "?currency=EUR&amount=lots", omar);
    EXPECT_THAT(wrong, HasSubstr("is no amount in EUR"));
    EXPECT_THAT(wrong, Not(HasSubstr("Approve all"))) << "never more than was meant";
    EXPECT_EQ(world.Form(kApprove, omar, "count=3&currency=EUR&amount=lots").status, 422);
    EXPECT_EQ(world.Form(kApprove, omar, "count=3&amount=1").status, 422) << "of which currency";
    EXPECT_EQ(world.Sent(), 0u);
}

TEST(PagesOfConnections, FiftyAreShownAtATime) {
    ModesWorld world(ConnectionMode::kAsk);
    world.Due(51);
    const std::string omar = world.SignIn("bhk_omar");
    const std::string first = world.Page(kPsp + "?operation=refund.create", omar);
    EXPECT_THAT(first, HasSubstr("Shown: 1 to 50."));
    EXPECT_THAT(first, HasSubstr("operation=refund.create&amp;from=50"));
    const std::string last = world.Page(kPsp + "?operation=refund.create&from=50", omar);
    EXPECT_THAT(last, HasSubstr("Shown: 51 to 51."));
    EXPECT_THAT(last, HasSubstr("51 refunds of together 2550.00 EUR"));
}

TEST(PagesOfConnections, TroubleIsSaidInWords) {
    ModesWorld world(ConnectionMode::kAct, [](ConnectionSettings& psp) { psp.in_flight_max = 1; });
    world.Due(2);
    world.lane.http->Answer(world.lane.http->To("psp", "POST /v1/refunds").at(0), 401, "{}");
    world.lane.Step();
    const std::string anna = world.SignIn("bhk_anna");
    EXPECT_THAT(
        world.Page("/connections", anna),
        HasSubstr("<p class=\"notice bad\">The partner refuses our credentials; one call every "));
    EXPECT_THAT(world.Page("/cases/main/2", anna),
                HasSubstr("waits: connection psp rests because calls failed."));
}

TEST(PagesOfConnections, ACaseSaysWhatHoldsItsRefundBack) {
    ModesWorld world(ConnectionMode::kAsk);
    world.Due(1);
    const std::string anna = world.SignIn("bhk_anna");
    const std::string page = world.Page("/cases/main/1", anna);
    EXPECT_THAT(page, HasSubstr("Our request to pay the refund, 50.00 EUR, waits for approval on "
                                "connection psp: one person more."));
    EXPECT_THAT(page, HasSubstr("href=\"/connections/psp?shop=main&amp;order=1\""));
    ASSERT_EQ(world.Set("mode", R"({"mode":"act","reason":"go"})").status, 200);
    EXPECT_THAT(world.Page("/cases/main/1", anna), Not(HasSubstr("See connection psp")));
}

}  // namespace
}  // namespace returns::gateway
