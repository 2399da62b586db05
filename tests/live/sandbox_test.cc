// The sandbox against our own connectors: what they send is taken, what it sends is understood.
#include "tests/live/sandbox_fixture.h"
#include "tests/sandbox/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace returns::sandbox {
namespace {

using testing::HasSubstr;

const char* const kReturn =
    R"({"return_id":"R-1","order_id":"O-1","reference":"R-1","statutory":true,"reason":"size",)"
    R"("lines":[{"id":"1","sku":"SCARF","quantity":2,"reason":"size"},)"
    R"({"id":"2","sku":"LAMP-OAK","quantity":1,"reason":"size"}]})";

TEST_F(SandboxTest, TheThirdPartyTakesOurReturnsAndTellsTheirLife) {
    Connector shipbob = Load("logistics/shipbob");
    const Json settings = Settings("logistics", Json());
    Play("");
    const auto absent = Run(shipbob, "return.lookup", kReturn, settings);
    EXPECT_EQ(absent.answer, "absent") << absent.detail;
    const auto created = Run(shipbob, "return.create", kReturn, settings);
    ASSERT_EQ(created.kind, OutcomeKind::kDone) << created.detail;
    EXPECT_EQ(Run(shipbob, "return.lookup", kReturn, settings).their_reference,
              created.their_reference);
    ASSERT_TRUE(door_.Until([](const std::vector<WebRequest>& requests) {
        return !requests.empty() && requests.back().body.find("Completed") != std::string::npos;
    }));
    EXPECT_THAT(Types(shipbob, settings, door_.All()),
                testing::ElementsAre("parcel.delivered", "return.opened", "return.inspected"));
    // Too late to cancel now.
    Json cancel = Read(kReturn);
    cancel.Set("partner_reference", Json::String(created.their_reference));
    EXPECT_EQ(Run(shipbob, "return.cancel", WriteJson(cancel), settings).kind,
              OutcomeKind::kRefused);
}

TEST_F(SandboxTest, TheThirdPartyRefusesWhatItDoesNotKnow) {
    const auto post = [&](const std::string& body, const std::string& channel) {
        connectors::HttpRequest request;
        request.method = "POST";
        request.target = "/2026-01/return";
        request.headers = {{"Authorization", "Bearer " + std::string(kLogisticsToken)},
                           {"shipbob_channel_id", channel},
                           {"Content-Type", "application/json"}};
        request.body = body;
        return Call(request).answer.status;
    };
    const std::string good = R"({"fulfillment_center":{"id":156},"reference_id":"R","inventory":)"
                             R"([{"id":410006,"quantity":1,"requested_action":"Default"}]})";
    EXPECT_EQ(post(good, "77001"), 201);
    EXPECT_EQ(post(good, "1"), 400);
    for (const auto& [word, other] :
         std::map<std::string, std::string>{{"reference_id", "reference"},
                                            {"410006", "1"},
                                            {"Default", "Burn"},
                                            {"\"quantity\":1", "\"quantity\":0"},
                                            {"156", "157"}}) {
        std::string bad = good;
        bad.replace(bad.find(word), word.size(), other);
        EXPECT_EQ(post(bad, "77001"), 422) << bad;
    }
    EXPECT_EQ(post("{", "77001"), 400);
}

class ProviderTest : public SandboxTest {
protected:
    // The first order a card has paid at the provider.
    Json PlayedPayment() {
        Play(R"(,"returns":12)");
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (std::chrono::steady_clock::now() < end) {
            const Json books = Admin("GET", "/books", "");
            if (!books["payments"].Items().empty()) return books["payments"].Items().front();
        }
        return Json();
    }
    std::string Command(const Json& payment, const std::string& key, const std::string& reference,
                        std::int64_t amount) {
        return WriteJson(Json::Object({{"reference", Json::String(reference)},
                                       {"key", Json::String(key)},
                                       {"amount_minor", Json::Int(amount)},
                                       {"currency", payment["currency"]},
                                       {"payment_reference", payment["reference"]},
                                       {"return_id", Json::String("R-1")},
                                       {"order_id", payment["order_id"]},
                                       {"reason", Json::String("size")},
                                       {"tender_id", Json::String("card")},
                                       {"method", Json::String("original")}}));
    }
    int Refunds() { return static_cast<int>(Admin("GET", "/books", "")["refunds"].Items().size()); }
};

TEST_F(ProviderTest, PaysOncePerKeyAndKeepsItsOwnBook) {
    Connector stripe = Load("payment/stripe");
    const Json settings = Settings("payment", Json());
    const Json payment = PlayedPayment();
    ASSERT_TRUE(payment.IsObject());
    const std::int64_t captured = payment["captured_minor"].AsInt().value();
    const std::string command = Command(payment, "k-1", "C-1", 100);
    EXPECT_EQ(Run(stripe, "refund.lookup", command, settings).answer, "absent");
    const auto first = Run(stripe, "refund.create", command, settings);
    ASSERT_EQ(first.kind, OutcomeKind::kDone) << first.detail;
    EXPECT_EQ(Run(stripe, "refund.create", command, settings).their_reference,
              first.their_reference);
    EXPECT_EQ(Refunds(), 1);
    // The same key for something else; more than there is; a payment that is not there.
    EXPECT_EQ(Run(stripe, "refund.create", Command(payment, "k-1", "C-1", 101), settings).kind,
              OutcomeKind::kInDoubt);
    const auto much =
        Run(stripe, "refund.create", Command(payment, "k-2", "C-2", captured), settings);
    EXPECT_EQ(much.kind, OutcomeKind::kRefused);
    EXPECT_EQ(much.reason, "tender_exhausted");
    EXPECT_EQ(Refunds(), 1);
    ASSERT_TRUE(door_.Until([](const std::vector<WebRequest>& requests) {
        return !requests.empty() && requests.back().body.find("succeeded") != std::string::npos;
    }));
    EXPECT_THAT(Types(stripe, settings, door_.All()), testing::Contains("refund.settled"));
    const Json books = Admin("GET", "/books", "");
    EXPECT_EQ(books["paid_minor"][payment["currency"].AsString()].Literal(), "100");
    EXPECT_EQ(books["refunds"].Items()[0]["our_reference"].AsString(), "C-1");
}

TEST_F(ProviderTest, LosesAnswersAndTakesMoneyBackWhenTold) {
    Connector stripe = Load("payment/stripe");
    const Json settings = Settings("payment", Json());
    const Json payment = PlayedPayment();
    ASSERT_TRUE(payment.IsObject());
    Admin("POST", "/faults", R"({"payment.lost_answer":100,"payment.bounces":100})");
    const std::string command = Command(payment, "k-1", "C-1", 100);
    EXPECT_EQ(Run(stripe, "refund.create", command, settings).kind, OutcomeKind::kInDoubt);
    EXPECT_EQ(Refunds(), 1);
    Admin("POST", "/faults", R"({"payment.lost_answer":0})");
    const auto found = Run(stripe, "refund.lookup", command, settings);
    EXPECT_EQ(found.kind, OutcomeKind::kDone);
    EXPECT_NE(found.their_reference, "");
    ASSERT_TRUE(door_.Until([](const std::vector<WebRequest>& requests) {
        return !requests.empty() && requests.back().body.find("refund.failed") != std::string::npos;
    }));
    EXPECT_THAT(Types(stripe, settings, door_.All()), testing::Contains("refund.bounced"));
    const Json after = Admin("GET", "/books", "");
    EXPECT_TRUE(after["paid_minor"].Members().empty());
    EXPECT_EQ(after["payments"].Items()[0]["refunded_minor"].Literal(), "0");

    Admin("POST", "/faults", R"({"payment.error_after_success":100})");
    EXPECT_EQ(Run(stripe, "refund.create", Command(payment, "k-2", "C-2", 50), settings).kind,
              OutcomeKind::kInDoubt);
    EXPECT_EQ(Refunds(), 2);
    Admin("POST", "/faults", R"({"payment.error_after_success":0,"payment.rate_limited":100})");
    EXPECT_EQ(Run(stripe, "refund.create", Command(payment, "k-3", "C-3", 50), settings).kind,
              OutcomeKind::kNotDone);
    EXPECT_EQ(Refunds(), 2);
    EXPECT_THAT(Admin("POST", "/faults", R"({"payment.luck":1})")["error"].AsString(),
                HasSubstr("payment.luck"));
}

TEST_F(SandboxTest, TheDeskTakesOurTicketsAndAPersonAnswers) {
    Connector desk = Load("desk/solarwinds-service-desk");
    const Json settings =
        Settings("desk", Json::Object({{"requester", Json::String("returns@shop.example")}}));
    Play("");
    Admin("POST", "/faults",
          R"({"desk.resolves":100,"desk.acknowledges":100,"desk.comment_406":100})");
    const std::string ticket =
        R"({"reference":"R-1-1","title":"Stalled: return R-1","text":"Waiting","priority":"high",)"
        R"("due_at":"","return_id":"R-1","order_id":"O-1","since":"2020-01-01T00:00:00Z"})";
    EXPECT_EQ(Run(desk, "ticket.lookup", ticket, settings).answer, "absent");
    const auto created = Run(desk, "ticket.create", ticket, settings);
    ASSERT_EQ(created.kind, OutcomeKind::kDone) << created.detail;
    EXPECT_EQ(Run(desk, "ticket.lookup", ticket, settings).their_reference,
              created.their_reference);
    Json comment = Read(ticket);
    comment.Set("their_reference", Json::String(created.their_reference));
    EXPECT_EQ(Run(desk, "ticket.comment", WriteJson(comment), settings).kind, OutcomeKind::kDone);
    ASSERT_TRUE(door_.Until([](const std::vector<WebRequest>& requests) {
        return !requests.empty() && requests.back().body.find("Resolved") != std::string::npos;
    }));
    EXPECT_THAT(Types(desk, settings, door_.All()),
                testing::ElementsAre("ticket.acknowledged", "ticket.resolved"));
    const Json tickets = Admin("GET", "/books", "")["tickets"];
    ASSERT_EQ(tickets.Items().size(), 1u);
    EXPECT_EQ(tickets.Items()[0]["comments"].Literal(), "1");
    EXPECT_EQ(tickets.Items()[0]["our_reference"].AsString(), "R-1-1");
    EXPECT_EQ(tickets.Items()[0]["resolved_by"].AsString(), "person");
    EXPECT_EQ(Run(desk, "ticket.resolve", WriteJson(comment), settings).kind, OutcomeKind::kDone);
}

TEST_F(SandboxTest, CallbacksAreRepeatedUntilTheyAreTaken) {
    Connector shipbob = Load("logistics/shipbob");
    door_.Answer(503);
    ASSERT_EQ(Run(shipbob, "return.create", kReturn, Settings("logistics", Json())).kind,
              OutcomeKind::kDone);
    ASSERT_TRUE(door_.Until([](const auto& requests) { return requests.size() >= 2; }));
    door_.Answer(202);
    const std::size_t refused = door_.All().size();
    ASSERT_TRUE(door_.Until([&](const auto& requests) { return requests.size() > refused; }));
    const std::vector<WebRequest> all = door_.All();
    EXPECT_EQ(all.front().Header("webhook-id"), all.back().Header("webhook-id"));
    EXPECT_EQ(all.front().path, "/v1/callbacks/shipbob");
}

}  // namespace
}  // namespace returns::sandbox
