// Tokens of OAuth 2.0 through the whole lane: nothing starts without one, one that has ended is
// replaced and nothing is done twice, and refused credentials rest the connection.
#include "tests/gateway/lane_world.h"
#include "tests/sim/sim_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using connectors::FindHeader;
using connectors::TransportFailure;
using sim::kHour;
using sim::kMinute;
using testing::HasSubstr;
using testing::Not;

constexpr Millis kSecond{1000};
const std::string kPay = "POST /v1/refunds", kAsk = "POST /token";

// The provider lets in tokens alone.
struct World : LaneWorld {
    World() : connector(sim::WithTokens("payment/stripe", "secret_key")) {
        kit->connections->Find("psp")->connector = connector.get();
        Restart();
    }
    ~World() { Crash(); }

    void Due(const std::string& order = "1") {
        PlaceOrder(order);
        ComeBack(order);
    }
    std::vector<std::size_t> Asked() const { return http->To("psp", kAsk); }
    std::vector<std::size_t> Paid() const { return http->To("psp", kPay); }
    void Give(const std::string& token, int seconds = 3600) {
        http->Answer(
            Asked().back(), 200,
            R"({"access_token":")" + token + R"(","expires_in":)" + std::to_string(seconds) + "}");
        Step();
    }
    void Accept(std::size_t at) {
        const auto form = sim::ReadForm(http->calls.at(at).request.body);
        http->Answer(at, 200,
                     R"({"id":"re_)" + std::to_string(at) + R"(","object":"refund","amount":)" +
                         form.at("amount") +
                         R"(,"currency":"eur","created":1772442000,"payment_intent":")" +
                         form.at("payment_intent") + R"(","metadata":{"reference":")" +
                         form.at("metadata[reference]") + R"("},"status":"pending"})");
        Step();
    }
    std::string Header(std::size_t at, const std::string& name) const {
        return std::string(FindHeader(http->calls.at(at).request.headers, name));
    }
    Dispatcher::ConnectionView View() {
        for (auto& view : dispatcher->View())
            if (view.name == "psp") return view;
        return {};
    }
    RefundState State(const std::string& order = "1") { return Subject(order).legs.at(0).state; }

    std::unique_ptr<connectors::Connector> connector;
};

TEST(Tokens, NothingStartsBeforeThereIsOne) {
    World world;
    world.Due();
    ASSERT_EQ(world.Asked().size(), 1u);
    EXPECT_EQ(world.Paid().size(), 0u);
    EXPECT_EQ(world.State(), RefundState::kReady) << "what waits for a token is not yet an attempt";
    EXPECT_EQ(world.Subject("1").commands.back().attempts, 0);
    world.Give("tok-1");
    ASSERT_EQ(world.Paid().size(), 1u);
    EXPECT_EQ(world.Header(world.Paid()[0], "Authorization"), "Bearer tok-1");
    EXPECT_EQ(world.Asked().size(), 1u) << "one for all";
    EXPECT_EQ(world.View().tokens.fetched, 1);
}

TEST(Tokens, StandInNothingThatIsKept) {
    World world;
    world.Due();
    world.Give("tok-unmistakable");
    world.Accept(world.Paid().at(0));
    for (const JournalRow& row : world.Journal())
        EXPECT_THAT(row.body, Not(HasSubstr("tok-unmistakable")));
    for (const auto& [name, value] : world.database.meta)
        EXPECT_THAT(value, Not(HasSubstr("tok-unmistakable")));
}

TEST(Tokens, AreRenewedBeforeTheyEnd) {
    World world;
    world.Due();
    world.Give("tok-1");
    world.Accept(world.Paid().at(0));
    world.Pass(54 * kMinute);
    world.Due("2");
    EXPECT_EQ(world.Asked().size(), 1u);
    ASSERT_EQ(world.Paid().size(), 2u);
    world.Pass(2 * kMinute);
    world.Due("3");
    EXPECT_EQ(world.Asked().size(), 2u) << "the next one is asked for";
    ASSERT_EQ(world.Paid().size(), 3u) << "and nothing waits for it";
    EXPECT_EQ(world.Header(world.Paid()[2], "Authorization"), "Bearer tok-1");
    world.Give("tok-2");
    world.Due("4");
    EXPECT_EQ(world.Header(world.Paid().at(3), "Authorization"), "Bearer tok-2");
}

TEST(Tokens, WithoutARenewalTheOldOneIsNotUsedBeyondItsEnd) {
    World world;
    world.Due();
    world.Give("tok-1", 300);
    world.Accept(world.Paid().at(0));
    world.Pass(5 * kMinute);
    world.Due("2");
    EXPECT_EQ(world.Paid().size(), 1u);
    EXPECT_EQ(world.Asked().size(), 2u);
}

TEST(Tokens, OneThatEndedEarlyIsReplacedAndTheCallGoesAgainUnderItsKey) {
    World world;
    world.Due();
    world.Give("tok-1");
    world.Accept(world.Paid().at(0));
    world.Due("2");
    const std::size_t first = world.Paid().at(1);
    world.http->Answer(first, 401, "{}");
    world.Step();
    EXPECT_EQ(world.State("2"), RefundState::kReady) << "refused at the door is not done";
    EXPECT_EQ(world.View().breaker, "closed") << "and nothing bad about them";
    world.Pass(kMinute);
    ASSERT_EQ(world.Asked().size(), 2u);
    EXPECT_EQ(world.Paid().size(), 2u);
    world.Give("tok-2");
    ASSERT_EQ(world.Paid().size(), 3u);
    const std::size_t second = world.Paid()[2];
    EXPECT_EQ(world.Header(second, "Authorization"), "Bearer tok-2");
    EXPECT_EQ(world.Header(second, "Idempotency-Key"), world.Header(first, "Idempotency-Key"));
    world.Accept(second);
    EXPECT_EQ(world.State("2"), RefundState::kPending);
    EXPECT_EQ(world.View().tokens.discarded, 1);
}

TEST(Tokens, AFreshOneThatFaresNoBetterMeansTheCredentials) {
    World world;
    world.Due();
    world.Give("tok-1");
    world.http->Answer(world.Paid().at(0), 401, "{}");
    world.Step();
    EXPECT_EQ(world.View().trouble, "");
    world.Pass(kMinute);
    world.Give("tok-2");
    world.http->Answer(world.Paid().at(1), 401, "{}");
    world.Step();
    EXPECT_EQ(world.View().breaker, "open");
    EXPECT_EQ(world.View().trouble, "credentials");
    const std::size_t asked = world.Asked().size();
    world.Pass(10 * kSecond);
    EXPECT_EQ(world.Asked().size(), asked) << "it rests";
}

TEST(Tokens, RefusedCredentialsRestTheConnection) {
    World world;
    world.Due();
    world.http->Answer(world.Asked().at(0), 401, R"({"error":"invalid_client"})");
    world.Step();
    EXPECT_EQ(world.View().trouble, "credentials");
    EXPECT_EQ(world.View().breaker, "open");
    EXPECT_EQ(world.State(), RefundState::kReady);
    world.Pass(20 * kSecond);
    EXPECT_EQ(world.Asked().size(), 1u);
    world.Pass(2 * kMinute);
    ASSERT_EQ(world.Asked().size(), 2u) << "now and then it is tried again";
    world.Give("tok-1");
    EXPECT_EQ(world.Paid().size(), 1u);
    world.Accept(world.Paid().at(0));
    EXPECT_EQ(world.View().trouble, "");
    EXPECT_EQ(world.View().tokens.refused, 1);
}

TEST(Tokens, AServiceThatIsDownIsAskedEverMoreSeldom) {
    World world;
    world.Due();
    std::vector<Millis> at;
    for (int failed = 0; failed < 4; ++failed) {
        at.push_back(world.clock.Monotonic());
        world.http->Fail(world.Asked().back(), TransportFailure::kNotSent);
        world.Step();
        const std::size_t asked = world.Asked().size();
        while (world.Asked().size() == asked) world.Pass(Millis(250));
    }
    EXPECT_LE(at[1] - at[0], 2 * kSecond);
    EXPECT_GE(at[3] - at[2], 4 * kSecond);
    EXPECT_EQ(world.View().tokens.failed, 4);
}

TEST(Tokens, OneThrownAwayWhileAnAttemptIsWrittenDownCostsNothing) {
    World world;
    world.Due();
    world.Give("tok-1");
    world.Accept(world.Paid().at(0));
    world.Due("2");
    Connection& psp = *world.kit->connections->Find("psp");
    psp.stopped = true;
    world.Due("3");
    psp.stopped = false;
    world.dispatcher->Step();  // the attempt is on its way to the door
    world.http->Answer(world.Paid().at(1), 401, "{}");
    world.dispatcher->Step();  // and its token is gone
    world.Step();
    EXPECT_EQ(world.Paid().size(), 2u);
    EXPECT_EQ(world.State("3"), RefundState::kReady) << "nothing left, so it is not refused";
    world.Pass(kMinute);
    world.Give("tok-2");
    ASSERT_EQ(world.Paid().size(), 4u);
    for (std::size_t at : {world.Paid()[2], world.Paid()[3]}) world.Accept(at);
    for (const char* order : {"2", "3"}) EXPECT_EQ(world.State(order), RefundState::kPending);
}

}  // namespace
}  // namespace returns::gateway
