// The same refunds through three providers that differ in nearly everything, with the real engine,
// dispatcher and connectors: the books must come out the same, theirs and ours.
#include "connectors/crypto.h"
#include "gateway/folders.h"
#include "tests/gateway/lane_world.h"
#include "tests/gateway/provider_faces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using connectors::TransportFailure;
using sim::kDay;
using sim::kHour;

using MakeFace = std::unique_ptr<ProviderFace> (*)();

// A lane whose connection "psp" speaks to one of the faces.
class ProviderWorld {
public:
    explicit ProviderWorld(MakeFace make)
        : face(make()),
          connector_(connectors::Connector::Load(
                         ReadConnectorFolder(std::string(BACKHAUL_SOURCE_DIR "/connectors/") +
                                             face->folder())
                             .value())
                         .value()),
          world([this](ConnectionSettings& settings) {
              if (settings.name == "psp") settings.settings = face->Settings();
          }) {
        face->connector = &connector_;
        world.kit->connections->Find("psp")->connector = &connector_;
        book_before_ = world.kit->book.connections;
        world.kit->book.connections = world.kit->connections->Facts();
        world.Restart();
    }
    ~ProviderWorld() {
        world.Crash();
        world.kit->book.connections = book_before_;
    }

    // The lane works, and the provider answers, until both are at rest.
    void Run() {
        world.Step();
        for (; served_ < world.http->calls.size(); world.Step()) {
            const std::size_t at = served_++;
            const HttpCall call = world.http->calls[at];
            if (call.base_url != "sim://psp") continue;
            face->now = world.clock.Now();
            const int before = face->created;
            const connectors::HttpAnswer answer = face->Serve(call.request);
            const bool pays = face->created > before;
            if (pays && tells_first) Notices();
            if (pays && std::exchange(loses_answer, false))
                world.http->Fail(at, TransportFailure::kMaybeSent);
            else
                world.http->Answer(at, answer.status, answer.body);
        }
    }
    void Pass(Millis time) {
        world.Pass(time);
        Run();
    }
    // One lamp of an order of its own comes back and is owed.
    void Owe(const std::string& order) {
        Place(order);
        world.ComeBack(order);
        Run();
    }
    void Hear(const SignedNotice& notice) {
        connectors::HttpHeaders headers = notice.headers;
        const connectors::SignedRequest request{"POST", "https://gateway.example/v1/callbacks/psp",
                                                "/v1/callbacks/psp", &headers, notice.body};
        const auto reading =
            connector_.ReadCallback(request, face->Settings(), world.clock.Now(), face->keys());
        ASSERT_EQ(reading.verification.verdict, connectors::Verdict::kVerified)
            << reading.verification.sentence;
        ASSERT_EQ(reading.unmapped, "");
        for (const Envelope& event : reading.events) {
            Input input;
            input.event = event;
            input.event.connection = "psp";
            input.event.source = "connection:psp";
            input.event.key.shop = "main";
            if (input.event.occurred_at == kNoTime) input.event.occurred_at = world.clock.Now();
            input.digest = connectors::Sha256Hex(notice.body);
            ASSERT_TRUE(world.engine->Submit(std::move(input)));
        }
        world.Step();
    }
    // Everything that is in the book is told as paid, once more as well.
    void Notices() {
        face->now = world.clock.Now();
        for (const std::string& order : orders())
            for (const BookedRefund* each : face->Of("pi_" + order))
                if (each->alive) Hear(face->Paid(*each));
    }
    const Leg& Money(const std::string& order) {
        const Leg* found = nullptr;
        for (const Leg& leg : world.Subject(order).legs)
            if (leg.state != RefundState::kNotDue) found = &leg;
        EXPECT_NE(found, nullptr) << order;
        return *found;
    }
    RefundState StateOf(const std::string& order) { return Money(order).state; }
    std::size_t Alive(const std::string& order) {
        const auto all = face->Of("pi_" + order);
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [](const auto* each) { return each->alive; }));
    }

    // Theirs and ours, order by order.
    std::vector<std::string> Books() {
        std::vector<std::string> lines;
        for (const std::string& order : orders()) {
            std::int64_t theirs = 0, ours = 0;
            for (const BookedRefund* each : face->Of("pi_" + order))
                if (each->alive) theirs += each->amount_minor;
            std::string states;
            for (const Leg& leg : world.Subject(order).legs) {
                if (leg.paid) ours += leg.amount_minor;
                states += " " + std::string(Name(leg.state));
            }
            lines.push_back(order + ": " + std::to_string(theirs) + " there, " +
                            std::to_string(ours) + " here," + states);
        }
        return lines;
    }
    const std::vector<std::string>& orders() const { return orders_; }
    void Place(const std::string& order) {
        orders_.push_back(order);
        world.PlaceOrder(order);
        face->now = world.clock.Now();
    }

    std::unique_ptr<ProviderFace> face;

private:
    connectors::Connector connector_;
    std::vector<workflows::ConnectionFacts> book_before_;
    std::size_t served_ = 0;
    std::vector<std::string> orders_;

public:
    LaneWorld world;
    bool loses_answer = false;  // of the next refund: the work is done, and nobody hears of it
    bool tells_first = false;   // notices come before the answer
};

void PlayPlain(ProviderWorld& it) {
    it.Owe("plain");
    it.Notices();
    it.Notices();
    EXPECT_EQ(it.StateOf("plain"), RefundState::kSettled);
}

void PlayLostAnswer(ProviderWorld& it) {
    it.loses_answer = true;
    it.Owe("lost");
    EXPECT_FALSE(it.loses_answer) << "the work was done, and nobody heard of it";
    for (int hour = 0; hour < 3; ++hour) it.Pass(kHour);
    EXPECT_NE(it.StateOf("lost"), RefundState::kUnknown);
    it.Notices();
    EXPECT_EQ(it.StateOf("lost"), RefundState::kSettled);
    EXPECT_EQ(it.Alive("lost"), 1U);
}

void PlayEarlyNotice(ProviderWorld& it) {
    it.tells_first = true;
    it.Owe("early");
    it.tells_first = false;
    EXPECT_EQ(it.StateOf("early"), RefundState::kSettled);
    EXPECT_EQ(it.Alive("early"), 1U);
}

void PlayByHand(ProviderWorld& it) {
    it.Place("hand");
    it.Hear(it.face->Paid(it.face->PayByHand("pi_hand", 5000)));
    it.world.ComeBack("hand");
    it.Run();
    it.Pass(2 * kHour);
    EXPECT_EQ(it.Alive("hand"), 1U) << "adopted, and never paid again";
    const auto& legs = it.world.Subject("hand").legs;
    EXPECT_TRUE(std::any_of(legs.begin(), legs.end(), [](const Leg& leg) { return leg.adopted; }));
}

void PlayBounce(ProviderWorld& it) {
    it.Owe("bounce");
    it.Notices();
    EXPECT_EQ(it.StateOf("bounce"), RefundState::kSettled);
    it.Pass(3 * kDay);
    BookedRefund& refund = *it.face->Of("pi_bounce").at(0);
    refund.alive = false;
    it.face->now = it.world.clock.Now();
    it.Hear(it.face->Failed(refund));
    EXPECT_EQ(it.StateOf("bounce"), RefundState::kAlternative);
    EXPECT_FALSE(it.Money("bounce").paid);
}

void PlayDispute(ProviderWorld& it) {
    it.Place("dispute");
    it.Hear(it.face->Disputed("pi_dispute", 10000));
    it.world.ComeBack("dispute");
    it.Run();
    it.Pass(kDay);
    EXPECT_EQ(it.Alive("dispute"), 0U) << "paying now could pay twice";
}

// The account is closed for an hour: no try is used up, nobody hammers, and then it goes on.
void PlayClosedAccount(ProviderWorld& it) {
    it.face->closed = true;
    it.Owe("closed");
    EXPECT_GE(it.face->turned_away, 1);
    EXPECT_LE(it.face->turned_away, 2) << "with a token, once more with a fresh one";
    EXPECT_EQ(it.StateOf("closed"), RefundState::kReady);
    const std::string key = it.Money("closed").key;
    EXPECT_EQ(it.Money("closed").attempts, 1);
    it.face->closed = false;
    for (int hour = 0; hour < 3; ++hour) it.Pass(kHour);
    it.Notices();
    EXPECT_EQ(it.StateOf("closed"), RefundState::kSettled);
    EXPECT_EQ(it.Money("closed").key, key) << "under the same key";
    EXPECT_EQ(it.Money("closed").attempts, 1);
}

std::vector<std::string> Play(MakeFace make) {
    ProviderWorld it(make);
    PlayPlain(it);
    PlayLostAnswer(it);
    PlayEarlyNotice(it);
    PlayByHand(it);
    PlayBounce(it);
    PlayDispute(it);
    PlayClosedAccount(it);
    return it.Books();
}

TEST(ThreeProviders, EndWithTheSameBooks) {
    const std::vector<std::string> stripe = Play(StripeFace);
    EXPECT_EQ(stripe, Play(AdyenFace));
    EXPECT_EQ(stripe, Play(PayPalFace));
    EXPECT_EQ(stripe.size(), 7U);
    for (const std::string& line : stripe) {
        const bool none = line.starts_with("bounce") || line.starts_with("dispute");
        EXPECT_THAT(line, testing::HasSubstr(none ? ": 0 there, 0 here," : ": 5000 there, 5000"));
    }
}

}  // namespace
}  // namespace returns::gateway
