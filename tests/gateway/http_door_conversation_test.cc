// One connection's rules under a clock of the test's own: every deadline is for the whole of what
// it bounds, whoever drips.
#include "gateway/http_door_conversation.h"

#include "tests/gateway/raw_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr char kGet[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr char kPost[] = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";

DoorReply Good(std::string body = "good") { return {200, {}, std::move(body)}; }

// A conversation and the socket's part in it.
class Talk {
public:
    explicit Talk(DoorOptions options = {}) {
        state.options = std::move(options);
        state.date = "Thu, 01 Jan 1970 00:00:00 GMT";
        talk.emplace(state, "192.0.2.1", now);
    }

    void Say(std::string_view bytes) {
        if (talk->wants_bytes()) talk->Received(bytes, now);
    }
    std::string Hear() {
        std::string heard;
        while (!talk->to_send().empty() && !talk->over()) {
            heard += talk->to_send();
            talk->Sent(talk->to_send().size(), now);
        }
        return heard;
    }
    void Pass(milliseconds time) {
        now += time;
        talk->Expire(now);
    }
    std::string Answered(DoorReply reply = Good()) {
        talk->Replied(talk->number(), std::move(reply), now);
        return Hear();
    }

    DoorState state;
    SteadyTime now{std::chrono::hours(1)};
    std::optional<Conversation> talk;
};

TEST(Conversation, TellsOfWhatItRefusedOnceItKnowsForWhom) {
    std::vector<DoorRequest> told;
    DoorOptions options;
    options.body_bytes_max = 10;
    options.read_timeout_ms = 1000;
    options.refused = [&](DoorRequest request) { told.push_back(std::move(request)); };
    Talk long_body(options);
    long_body.Say("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n");
    EXPECT_THAT(long_body.Hear(), HasSubstr(" 413 "));
    Talk bad_chunk(options);
    bad_chunk.Say("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    EXPECT_THAT(bad_chunk.Hear(), HasSubstr(" 400 "));
    Talk slow(options);
    slow.Say("POST /d HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
    slow.Pass(milliseconds(1001));
    EXPECT_THAT(slow.Hear(), HasSubstr(" 408 "));
    Talk no_head(options);
    no_head.Say("GET\r\n\r\n");
    EXPECT_THAT(no_head.Hear(), HasSubstr(" 400 "));
    Talk good(options);
    good.Say(kGet);
    ASSERT_TRUE(good.talk->TakeRequest().has_value());
    good.Answered();
    ASSERT_EQ(told.size(), 3u);
    EXPECT_EQ(told[0].path + std::to_string(told[0].refused), "/b413");
    EXPECT_EQ(told[1].path + std::to_string(told[1].refused), "/c400");
    EXPECT_EQ(told[2].path + std::to_string(told[2].refused), "/d408");
}

TEST(Conversation, ARequestHasOneDeadlineHoweverItDrips) {
    DoorOptions options;
    options.read_timeout_ms = 1000;
    for (const std::string& whole : {std::string(kGet), std::string(kPost),
                                     std::string("POST /c HTTP/1.1\r\nHost: x\r\n"
                                                 "Transfer-Encoding: chunked\r\n\r\n"
                                                 "5\r\nhello\r\n0\r\nT: t\r\n\r\n")}) {
        Talk t(options);
        t.Say(whole.substr(0, 1));
        const SteadyTime end = t.now + milliseconds(1000);
        for (std::size_t i = 1; i + 1 < whole.size(); ++i) {
            t.Pass(milliseconds(10));
            t.Say(whole.substr(i, 1));
            EXPECT_EQ(t.talk->deadline(), end) << i;
        }
        EXPECT_FALSE(t.talk->TakeRequest().has_value());
        t.now = end - milliseconds(1);
        t.Pass(milliseconds(0));
        EXPECT_EQ(t.state.counts.read_timeouts, 0);
        t.Pass(milliseconds(1));
        EXPECT_EQ(StatusOf(t.Hear()), 408);
        EXPECT_EQ(t.state.counts.read_timeouts, 1);
        EXPECT_TRUE(t.talk->sending_ended());
        EXPECT_FALSE(t.talk->TakeRequest().has_value());
    }
}

TEST(Conversation, SilenceEndsWithoutAWord) {
    DoorOptions options;
    options.idle_timeout_ms = 500;
    Talk t(options);
    t.Pass(milliseconds(499));
    EXPECT_FALSE(t.talk->over());
    t.Say(kGet);
    t.Pass(milliseconds(400));
    EXPECT_EQ(StatusOf(t.Answered()), 200);
    t.Pass(milliseconds(499));  // since the answer
    EXPECT_FALSE(t.talk->over());
    t.Pass(milliseconds(1));
    EXPECT_TRUE(t.talk->over());
    EXPECT_EQ(t.Hear(), "");
    EXPECT_EQ(t.state.counts.read_timeouts, 0);
}

TEST(Conversation, ALateReplyIsNotTakenForTheNextOne) {
    DoorOptions options;
    options.reply_timeout_ms = 700;
    Talk t(options);
    t.Say(kGet);
    EXPECT_EQ(t.talk->TakeRequest()->path, "/a");
    const std::uint64_t first = t.talk->number();
    t.Pass(milliseconds(700));
    const std::string late = t.Hear();
    EXPECT_EQ(StatusOf(late), 503);
    EXPECT_THAT(late, HasSubstr("Connection: keep-alive"));
    EXPECT_EQ(t.state.counts.reply_timeouts, 1);
    t.talk->Replied(first, Good("too late"), t.now);
    EXPECT_EQ(t.Hear(), "");
    t.Say(kPost);
    t.talk->Replied(first, Good("too late"), t.now);
    EXPECT_EQ(t.Hear(), "");
    EXPECT_THAT(t.Answered(), HasSubstr("good"));
    t.talk->Replied(t.talk->number(), Good("twice"), t.now);
    EXPECT_EQ(t.Hear(), "");
}

TEST(Conversation, AnAnswerHasOneDeadlineHoweverSlowlyItIsRead) {
    DoorOptions options;
    options.write_timeout_ms = 300;
    Talk t(options);
    t.Say(kGet);
    t.talk->Replied(t.talk->number(), Good(std::string(1000, 'a')), t.now);
    for (int i = 0; i < 299; ++i) {
        t.Pass(milliseconds(1));
        t.talk->Sent(1, t.now);
    }
    EXPECT_FALSE(t.talk->over());
    EXPECT_EQ(t.state.in_flight, 1);
    t.Pass(milliseconds(1));
    EXPECT_TRUE(t.talk->over());
    EXPECT_EQ(t.state.counts.write_timeouts, 1);
    t.talk.reset();
    EXPECT_EQ(t.state.in_flight, 0);
    EXPECT_EQ(t.state.held_bytes, 0);
}

TEST(Conversation, LingersOnlySoLong) {
    DoorOptions options;
    options.linger_timeout_ms = 200;
    Talk t(options);
    t.Say("nonsense\r\n\r\n");
    EXPECT_EQ(StatusOf(t.Hear()), 400);
    for (int i = 0; i < 199; ++i) {
        t.Pass(milliseconds(1));
        t.Say(kGet);
    }
    EXPECT_FALSE(t.talk->over());
    EXPECT_FALSE(t.talk->TakeRequest().has_value());
    t.Pass(milliseconds(1));
    EXPECT_TRUE(t.talk->over());
}

// What arrives may be cut anywhere; what is understood is the same.
TEST(Conversation, CutsMakeNoDifference) {
    const std::string all = std::string(kPost) +
                            "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        Talk t;
        std::vector<std::string> seen;
        const auto serve = [&](std::string_view bytes) {
            t.Say(bytes);
            while (auto request = t.talk->TakeRequest()) {
                seen.push_back(request->path + " " + request->body);
                t.Answered();
            }
        };
        serve(all.substr(0, cut));
        serve(all.substr(cut));
        EXPECT_THAT(seen, testing::ElementsAre("/b hello", "/c abcde")) << cut;
    }
}

TEST(Conversation, TheNextRequestWaitsForTheAnswer) {
    Talk t;
    t.Say(std::string(kGet) + kPost);
    EXPECT_EQ(t.talk->TakeRequest()->path, "/a");
    EXPECT_FALSE(t.talk->TakeRequest().has_value());
    EXPECT_FALSE(t.talk->wants_bytes());
    t.talk->Replied(t.talk->number(), Good(), t.now);
    EXPECT_FALSE(t.talk->TakeRequest().has_value());
    t.Hear();
    EXPECT_EQ(t.talk->TakeRequest()->path, "/b");
}

TEST(Conversation, AsksForABodyOnlyWhenNoneIsHere) {
    Talk t;
    t.Say("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhe");
    EXPECT_EQ(t.Hear(), "");
    t.Say("llo");
    EXPECT_EQ(t.talk->TakeRequest()->body, "hello");
}

TEST(Conversation, MemoryOfAllTogetherIsBoundedAndSmallRequestsStillPass) {
    DoorOptions options;
    options.held_bytes_max = 100'000;
    Talk t(options);
    const auto post = [](int size) {
        return "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) +
               "\r\n\r\n";
    };
    std::optional<Conversation> other(std::in_place, t.state, "192.0.2.2", t.now);
    other->Received(post(90'000) + std::string(90'000, 'a'), t.now);
    EXPECT_TRUE(other->TakeRequest().has_value());
    EXPECT_GE(t.state.held_bytes, 90'000);

    t.Say(post(60'000));
    for (int i = 0; i < 60 && t.talk->to_send().empty(); ++i) t.Say(std::string(1000, 'b'));
    const std::string refused = t.Hear();
    EXPECT_EQ(StatusOf(refused), 503);
    EXPECT_THAT(refused, HasSubstr("Retry-After"));
    EXPECT_EQ(t.state.counts.refused_memory, 1);
    EXPECT_LE(t.state.held_bytes, options.held_bytes_max);

    t.talk.emplace(t.state, "192.0.2.1", t.now);
    t.Say(post(10'000) + std::string(10'000, 'c'));
    EXPECT_TRUE(t.talk->TakeRequest().has_value());

    other->Replied(other->number(), Good(), t.now);
    other->Sent(other->to_send().size(), t.now);
    t.Answered();
    EXPECT_EQ(t.state.held_bytes, 0);
    t.Say(post(60'000) + std::string(60'000, 'd'));
    EXPECT_TRUE(t.talk->TakeRequest().has_value());
}

TEST(Conversation, StopAnswersWhatWaitsAndNothingElse) {
    Talk idle;
    idle.talk->Stop(idle.now);
    EXPECT_TRUE(idle.talk->over());

    Talk reading;
    reading.Say("POST /b HTTP/1.1\r\nHo");
    reading.talk->Stop(reading.now);
    EXPECT_TRUE(reading.talk->over());

    Talk asked;
    asked.Say(kGet);
    asked.talk->Stop(asked.now);
    EXPECT_EQ(StatusOf(asked.Hear()), 503);
    EXPECT_TRUE(asked.talk->over());
    EXPECT_EQ(asked.state.in_flight, 0);

    Talk answering;
    answering.Say(kGet);
    answering.talk->Replied(answering.talk->number(), Good(), answering.now);
    answering.talk->Stop(answering.now);
    EXPECT_EQ(StatusOf(answering.Hear()), 200);
    EXPECT_TRUE(answering.talk->over());
}

TEST(Conversation, ThePeerThatBreaksIsForgottenWhenItsRequestIsAnswered) {
    Talk t;
    t.Say(kPost);
    t.talk->Ended();  // it sends no more, and may still read
    EXPECT_FALSE(t.talk->over());
    EXPECT_EQ(StatusOf(t.Answered()), 200);
    t.talk->Ended();
    EXPECT_TRUE(t.talk->over());

    Talk half;
    half.Say("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
    half.talk->Ended();
    EXPECT_TRUE(half.talk->over());
    EXPECT_EQ(half.Hear(), "");
}

TEST(Conversation, OnlyAListedProxyIsBelieved) {
    DoorOptions options;
    options.proxies = {"192.0.2.1"};
    const std::string told = "GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n";
    Talk through(options);
    through.Say(told);
    const auto request = through.talk->TakeRequest();
    EXPECT_EQ(request->peer, "198.51.100.7");
    EXPECT_TRUE(request->via_proxy);
    Talk direct;
    direct.Say(told);
    const auto other = direct.talk->TakeRequest();
    EXPECT_EQ(other->peer, "192.0.2.1");
    EXPECT_FALSE(other->via_proxy);
}

struct Hops {
    const char* told;    // as the last proxy, 192.0.2.1, passes it on
    const char* caller;  // who is taken for the caller
};

// Both proxies are ours. Each adds whom it was called by; a caller's own words stand before that.
TEST(Conversation, SeveralProxiesAreLookedThroughAndCallersNotBelieved) {
    const Hops all[] = {
        {"198.51.100.7, 192.0.2.2", "198.51.100.7"},
        {"198.51.100.7,192.0.2.2", "198.51.100.7"},
        {"203.0.113.66, 198.51.100.7 , 192.0.2.2", "198.51.100.7"},  // the caller lied
        {"192.0.2.2, 198.51.100.7", "198.51.100.7"},                 // past the outer one
        {"192.0.2.1, 192.0.2.2, 198.51.100.7", "198.51.100.7"},
        {"203.0.113.66, 198.51.100.7\r\nX-Forwarded-For: 192.0.2.2", "198.51.100.7"},
        {"nonsense, 192.0.2.2", "192.0.2.2"},
        {", 192.0.2.2", "192.0.2.2"},
        {"192.0.2.2", "192.0.2.2"},                // the outer one asks by itself
        {"198.51.100.7, 192.0.2.3", "192.0.2.3"},  // one that is not ours
    };
    DoorOptions options;
    options.proxies = {"192.0.2.1", "192.0.2.2"};
    for (const Hops& hops : all) {
        Talk talk(options);
        talk.Say("GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + std::string(hops.told) +
                 "\r\n\r\n");
        EXPECT_EQ(talk.talk->TakeRequest()->peer, hops.caller) << hops.told;
    }
}

}  // namespace
}  // namespace returns::gateway
