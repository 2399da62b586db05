#include "gateway/http_door.h"

#include "schemas/json.h"
#include "tests/gateway/raw_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A door whose sink keeps what it got and answers with what it got.
class Echo {
public:
    explicit Echo(DoorOptions options = {}, DoorAdmission admission = nullptr) {
        auto opened = HttpDoor::Open(
            std::move(options),
            [this](DoorRequest request, DoorReplyFunction reply) {
                const std::lock_guard lock(mutex_);
                requests_.push_back(request);
                reply({200,
                       {{"Content-Type", "text/plain"}},
                       request.method + " " + request.path + " [" + request.query + "] " +
                           request.body});
            },
            std::move(admission));
        EXPECT_TRUE(opened.ok()) << opened.error().text;
        door_ = std::move(*opened);
    }
    ~Echo() { door_.reset(); }

    HttpDoor& door() { return *door_; }
    std::vector<DoorRequest> Requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::string Exchange(std::string_view bytes) {
        RawSocket client = RawSocket::Connect(door_->port());
        client.Send(bytes);
        return client.ReadToEnd();
    }

private:
    std::mutex mutex_;
    std::vector<DoorRequest> requests_;
    std::unique_ptr<HttpDoor> door_;
};

std::string BodyOf(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

TEST(HttpDoor, HandsOnMethodPathQueryHeadersAndBody) {
    Echo echo;
    const std::string answer = echo.Exchange(
        "POST /v1/events%2F?a=b&c=%20 HTTP/1.1\r\nHost: x\r\nX-Sign:  k \r\nContent-Length: 5\r\n"
        "Connection: close\r\n\r\nhello");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(BodyOf(answer), "POST /v1/events%2F [a=b&c=%20] hello");
    ASSERT_EQ(echo.Requests().size(), 1u);
    EXPECT_EQ(connectors::FindHeader(echo.Requests()[0].headers, "x-sign"), "k");
    EXPECT_EQ(echo.Requests()[0].peer, "127.0.0.1");
}

TEST(HttpDoor, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
    Echo echo;
    const std::string answers = echo.Exchange(
        "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(CountOf(answers, "HTTP/1.1 200"), 3);
    EXPECT_LT(answers.find("POST /1 [] abc"), answers.find("GET /2"));
    EXPECT_LT(answers.find("GET /2"), answers.find("GET /3"));
    EXPECT_EQ(echo.door().Counters().connections, 1);
}

TEST(HttpDoor, HeadIsGetWithoutTheBody) {
    Echo echo;
    const std::string answer =
        echo.Exchange("HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(echo.Requests().at(0).method, "GET");
    EXPECT_THAT(answer, HasSubstr("Content-Length: " + std::to_string(strlen("GET /x [] "))));
    EXPECT_EQ(BodyOf(answer), "");
}

TEST(HttpDoor, JoinsChunksDropsTrailersAndEndsTheConnection) {
    Echo echo;
    const std::string answer = echo.Exchange(
        "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "5\r\nhello\r\n6;name=\"v\"\r\n world\r\n0\r\nHost: evil\r\n\r\n"
        "GET /left-over HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("POST /c [] hello world"));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_EQ(CountOf(answer, "HTTP/1.1 "), 1);
    EXPECT_EQ(echo.Requests().size(), 1u);
}

TEST(HttpDoor, AsksForTheBodyOnlyAfterTheChecks) {
    DoorOptions options;
    options.body_bytes_max = 10;
    Echo echo(options);
    RawSocket good = RawSocket::Connect(echo.door().port());
    good.Send(
        "POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"
        "Connection: close\r\n\r\n");
    EXPECT_EQ(good.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    good.Send("hello");
    EXPECT_THAT(good.ReadToEnd(), HasSubstr("POST /e [] hello"));

    const std::string refused = echo.Exchange(
        "POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(StatusOf(refused), 413);
    EXPECT_THAT(refused, Not(HasSubstr("100 Continue")));
}

// What is refused before the sink: one answer, a problem document, then the end; and the request
// hidden behind it is never seen.
struct Hostile {
    const char* name;
    std::string head;
    int status;
    const char* code;
    std::string body;
};

constexpr char kHidden[] = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";

class HostileRequest : public testing::TestWithParam<Hostile> {
protected:
    static void SetUpTestSuite() { echo_ = std::make_unique<Echo>(); }
    static void TearDownTestSuite() { echo_.reset(); }
    static inline std::unique_ptr<Echo> echo_;
};

TEST_P(HostileRequest, GetsOneProblemAndTheEnd) {
    const Hostile& row = GetParam();
    Echo& echo = *echo_;
    const std::int64_t refused = echo.door().Counters().refused_requests;
    const std::string answer = echo.Exchange(row.head + "\r\n\r\n" + row.body + kHidden);
    EXPECT_EQ(StatusOf(answer), row.status) << answer;
    EXPECT_EQ(CountOf(answer, "HTTP/1.1 "), 1) << answer;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json\r\n"));
    const auto problem = ParseJson(BodyOf(answer));
    ASSERT_TRUE(problem.ok()) << answer;
    EXPECT_EQ((*problem)["code"].AsString(), row.code);
    EXPECT_EQ(*(*problem)["status"].AsInt(), row.status);
    EXPECT_TRUE(echo.Requests().empty());
    EXPECT_EQ(echo.door().Counters().refused_requests, refused + 1);
}

std::string Post(const std::string& fields) { return "POST /p HTTP/1.1\r\nHost: x\r\n" + fields; }
std::string Get(const std::string& fields) { return "GET /p HTTP/1.1\r\nHost: x\r\n" + fields; }

INSTANTIATE_TEST_SUITE_P(
    HttpDoor, HostileRequest,
    testing::Values(
        Hostile{"TwoLengths", Post("Content-Length: 3\r\nContent-Length: 30"), 400,
                "bad_content_length", "abc"},
        Hostile{"TwoEqualLengths", Post("Content-Length: 3\r\nContent-Length: 3"), 400,
                "bad_content_length", "abc"},
        Hostile{"LengthList", Post("Content-Length: 3, 3"), 400, "bad_content_length", "abc"},
        Hostile{"NegativeLength", Post("Content-Length: -1"), 400, "bad_content_length", ""},
        Hostile{"PlusLength", Post("Content-Length: +3"), 400, "bad_content_length", "abc"},
        Hostile{"HexLength", Post("Content-Length: 0x3"), 400, "bad_content_length", "abc"},
        Hostile{"EmptyLength", Post("Content-Length:"), 400, "bad_content_length", ""},
        Hostile{"HugeLength", Post("Content-Length: 99999999999999999999"), 400,
                "bad_content_length", ""},
        Hostile{"CodingAndLength", Post("Content-Length: 3\r\nTransfer-Encoding: chunked"), 400,
                "two_lengths", "0\r\n\r\n"},
        Hostile{"OtherCoding", Post("Transfer-Encoding: gzip, chunked"), 400,
                "bad_transfer_encoding", "0\r\n\r\n"},
        Hostile{"IdentityCoding", Post("Transfer-Encoding: identity"), 400, "bad_transfer_encoding",
                ""},
        Hostile{"TwoCodings", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400,
                "bad_transfer_encoding", "0\r\n\r\n"},
        Hostile{"CodingInOldVersion", "POST /p HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked",
                400, "bad_transfer_encoding", "0\r\n\r\n"},
        Hostile{"SpaceBeforeColon", Post("Transfer-Encoding : chunked\r\nContent-Length: 3"), 400,
                "bad_header_name", "abc"},
        Hostile{"FoldedLine", Get("X-A: b\r\n  Content-Length: 3"), 400, "bad_header_name", ""},
        Hostile{"NamelessLine", Get("no colon here"), 400, "bad_header_name", ""},
        Hostile{"BareLineFeed", Get("X-A: b\nX-B: c"), 400, "bad_line", ""},
        Hostile{"BareReturn", Get("X-A: b\rX-B: c"), 400, "bad_line", ""},
        Hostile{"ControlInValue", Get(std::string("X-A: b\x01") + "c"), 400, "bad_header_value",
                ""},
        Hostile{"NulInValue", Get(std::string("X-A: b\0c", 8)), 400, "bad_header_value", ""},
        Hostile{"EncodedWord", Get("X-A: =?utf-8?B?DQpTZXQtQ29va2llOiBhPWI=?="), 400,
                "bad_header_value", ""},
        Hostile{"NoHost", "GET /p HTTP/1.1\r\nX: y", 400, "bad_host", ""},
        Hostile{"TwoHosts", Get("Host: y"), 400, "bad_host", ""},
        Hostile{"HostList", "GET /p HTTP/1.1\r\nHost: x, y", 400, "bad_host", ""},
        Hostile{"EmptyHost", "GET /p HTTP/1.1\r\nHost:", 400, "bad_host", ""},
        Hostile{"NoLength", Post("X: y"), 411, "length_required", ""},
        Hostile{"TooLong", Post("Content-Length: 1048577"), 413, "body_too_large", ""},
        Hostile{"TooLongChunk", Post("Transfer-Encoding: chunked"), 413, "body_too_large",
                "100001\r\n"},
        Hostile{"HugeChunk", Post("Transfer-Encoding: chunked"), 400, "bad_chunk",
                "fffffffffffffffff\r\n"},
        Hostile{"NegativeChunk", Post("Transfer-Encoding: chunked"), 400, "bad_chunk", "-1\r\n"},
        Hostile{"ChunkLongerThanItsSize", Post("Transfer-Encoding: chunked"), 400, "bad_chunk",
                "3\r\nabcd\r\n0\r\n\r\n"},
        Hostile{"ChunkEndedByLineFeed", Post("Transfer-Encoding: chunked"), 400, "bad_chunk",
                "3\nabc\r\n0\r\n\r\n"},
        Hostile{"OtherExpectation", Post("Content-Length: 0\r\nExpect: a-miracle"), 417,
                "unknown_expectation", ""},
        Hostile{"AbsoluteTarget", "GET http://other/p HTTP/1.1\r\nHost: x", 400, "bad_target", ""},
        Hostile{"TargetWithSpace", "GET /a b HTTP/1.1\r\nHost: x", 400, "bad_target", ""},
        Hostile{"UnknownMethod", "BREW /p HTTP/1.1\r\nHost: x", 501, "unknown_method", ""},
        Hostile{"Trace", "TRACE /p HTTP/1.1\r\nHost: x", 501, "unknown_method", ""},
        Hostile{"OtherVersion", "GET /p HTTP/2.0\r\nHost: x", 505, "http_version", ""},
        Hostile{"NoVersion", "GET /p", 400, "bad_request_line", ""},
        Hostile{"TlsHello", std::string("\x16\x03\x01\x02\x01\x01", 6), 400, "bad_request_line",
                ""},
        Hostile{"LongTarget", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x", 414,
                "target_too_long", ""},
        Hostile{"LongHeader", Get("X-A: " + std::string(9000, 'a')), 431, "header_too_long", ""},
        Hostile{"LongHead", Get(std::string(40000, 'a')), 431, "header_too_long", ""},
        Hostile{"ManyHeaders",
                [] {
                    std::string fields;
                    for (int i = 0; i < 120; ++i) fields += "X: y\r\n";
                    return Get(fields + "X: y");
                }(),
                431, "too_many_headers", ""}),
    [](const auto& row) { return row.param.name; });

TEST(HttpDoor, TakesWhatOnlyLooksHostile) {
    Echo echo;
    const std::string answer = echo.Exchange(
        "GET /search?q=? HTTP/1.1\r\nHost: x:8080\r\nReferer: http://x/search?q=?&a=?\r\n"
        "X-Latin: caf\xe9\r\nX-Empty:\r\nConnection: Keep-Alive, Close\r\n\r\n");
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST(HttpDoor, TenMegabytesGetTheirAnswerWithoutBeingRead) {
    Echo echo;
    RawSocket client = RawSocket::Connect(echo.door().port());
    client.Send("POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n");
    client.Send(std::string(10 << 20, 'a'));
    const std::string answer = client.ReadToEnd();
    EXPECT_EQ(StatusOf(answer), 413);
    EXPECT_EQ(CountOf(answer, "HTTP/1.1 "), 1);
    EXPECT_TRUE(echo.Requests().empty());
}

TEST(HttpDoor, LowerLimitsGoByPath) {
    DoorOptions options;
    options.body_limits = {{"/v1/callbacks/", 4}};
    Echo echo(options);
    const std::string rest =
        " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    EXPECT_EQ(StatusOf(echo.Exchange("POST /v1/callbacks/a" + rest)), 413);
    EXPECT_EQ(StatusOf(echo.Exchange("POST /v1/events" + rest)), 200);
}

TEST(HttpDoor, AdmissionRefusesBeforeTheBodyAndEndsTheConnection) {
    Echo echo({}, [](const DoorRequest& request) -> std::optional<DoorReply> {
        if (request.path != "/busy") return std::nullopt;
        return DoorReply{429, {{"Retry-After", "2"}}, ""};
    });
    const std::string answer = echo.Exchange(
        "POST /busy HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n" + std::string(kHidden));
    EXPECT_EQ(StatusOf(answer), 429);
    EXPECT_THAT(answer, HasSubstr("Retry-After: 2"));
    EXPECT_EQ(CountOf(answer, "HTTP/1.1 "), 1);
    EXPECT_TRUE(echo.Requests().empty());
}

TEST(HttpDoor, DripsAndIdleConnectionsEnd) {
    DoorOptions options;
    options.read_timeout_ms = 150;
    options.idle_timeout_ms = 100;
    options.linger_timeout_ms = 50;
    Echo echo(options);
    RawSocket idle = RawSocket::Connect(echo.door().port());
    EXPECT_EQ(idle.ReadToEnd(), "");

    // A byte whenever nothing came for a moment: each is well within any per-read time-out.
    RawSocket drip = RawSocket::Connect(echo.door().port());
    drip.Send("POST /drip HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    int sent = 0;
    while (!drip.EndsWithin(10) && sent < 1000) sent += drip.Send("a") ? 1 : 1000;
    EXPECT_LT(sent, 1000);
    EXPECT_EQ(StatusOf(drip.ReadToEnd()), 408);
    EXPECT_EQ(echo.door().Counters().read_timeouts, 1);
    EXPECT_TRUE(echo.Requests().empty());
}

TEST(HttpDoor, ConnectionsAreCapped) {
    DoorOptions options;
    options.connections_max = 3;
    options.connections_per_peer_max = 2;
    Echo echo(options);
    const std::string request = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
    RawSocket first = RawSocket::Connect(echo.door().port());
    RawSocket second = RawSocket::Connect(echo.door().port());
    first.Send(request);
    second.Send(request);
    EXPECT_EQ(StatusOf(first.ReadUntil("[] ")), 200);
    EXPECT_EQ(StatusOf(second.ReadUntil("[] ")), 200);
    RawSocket third = RawSocket::Connect(echo.door().port());
    EXPECT_EQ(StatusOf(third.ReadToEnd()), 503);
    EXPECT_EQ(echo.door().Counters().refused_peer_cap, 1);
    EXPECT_EQ(echo.door().Counters().connections_open, 2);
    // One that ends makes room for the next.
    first.EndSending();
    EXPECT_EQ(first.ReadToEnd(), "");
    std::string answer;
    while (StatusOf(answer) != 200) {
        RawSocket again = RawSocket::Connect(echo.door().port());
        again.Send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        answer = again.ReadToEnd();
    }
}

TEST(HttpDoor, ProxiesAreNotCappedByPeerAndTheirWordIsTaken) {
    DoorOptions options;
    options.connections_per_peer_max = 1;
    options.proxies = {"127.0.0.1"};
    Echo echo(options);
    RawSocket idle = RawSocket::Connect(echo.door().port());
    const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    EXPECT_EQ(
        StatusOf(echo.Exchange(
            head + "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.7, 203.0.113.9\r\n\r\n")),
        200);
    EXPECT_EQ(StatusOf(echo.Exchange(head + "X-Forwarded-For: nonsense\r\n\r\n")), 200);
    EXPECT_EQ(echo.Requests().at(0).peer, "203.0.113.9");
    EXPECT_EQ(echo.Requests().at(1).peer, "127.0.0.1");
    Echo direct;
    EXPECT_EQ(StatusOf(direct.Exchange(head + "X-Forwarded-For: 203.0.113.9\r\n\r\n")), 200);
    EXPECT_EQ(direct.Requests().at(0).peer, "127.0.0.1");
}

constexpr char kClosing[] = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

std::string AskOnce(HttpDoor& door) {
    RawSocket client = RawSocket::Connect(door.port());
    client.Send(kClosing);
    return client.ReadToEnd();
}

TEST(HttpDoor, ThrowingSinkIsA500) {
    auto door = HttpDoor::Open({}, [](DoorRequest, DoorReplyFunction) { throw 7; });
    const std::string answer = AskOnce(**door);
    EXPECT_EQ(StatusOf(answer), 500);
    EXPECT_THAT(answer, HasSubstr("application/problem+json"));
    EXPECT_EQ((*door)->Counters().failures, 1);
}

TEST(HttpDoor, RepliesCannotInjectHeadersOrStatus) {
    auto door = HttpDoor::Open({}, [](DoorRequest, DoorReplyFunction reply) {
        reply({200,
               {{"Location", "/a\r\nSet-Cookie: a=b"},
                {"Bad Name", "c"},
                {"Content-Length", "0"},
                {"X-Good", "d"}},
               "body"});
        reply({500, {}, "the second reply does not count"});
    });
    const std::string answer = AskOnce(**door);
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_THAT(answer, Not(HasSubstr("Set-Cookie")));
    EXPECT_THAT(answer, Not(HasSubstr("Bad Name")));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 4\r\n"));
    EXPECT_THAT(answer, HasSubstr("X-Good: d\r\n"));
    EXPECT_EQ(CountOf(answer, "Content-Length"), 1);
}

// A sink that keeps its requests until the test answers them.
class Slow {
public:
    explicit Slow(DoorOptions options) {
        auto opened = HttpDoor::Open(options, [this](DoorRequest, DoorReplyFunction reply) {
            const std::lock_guard lock(mutex);
            replies.push_back(std::move(reply));
            came.notify_all();
        });
        door = std::move(*opened);
    }
    void Await(std::size_t n) {
        std::unique_lock lock(mutex);
        ASSERT_TRUE(came.wait_for(lock, std::chrono::milliseconds(kPatienceMs),
                                  [&] { return replies.size() >= n; }));
    }

    std::mutex mutex;
    std::condition_variable came;
    std::vector<DoorReplyFunction> replies;
    std::unique_ptr<HttpDoor> door;
};

TEST(HttpDoor, WaitsForAReplyOnlySoLongAndOutlivesItsReplies) {
    DoorOptions options;
    options.reply_timeout_ms = 50;
    Slow slow(options);
    const std::string answer = AskOnce(*slow.door);
    EXPECT_EQ(StatusOf(answer), 503);
    EXPECT_THAT(answer, HasSubstr("reply_timeout"));
    EXPECT_THAT(answer, HasSubstr("Retry-After"));
    EXPECT_EQ(slow.door->Counters().reply_timeouts, 1);
    slow.door.reset();
    slow.replies.at(0)({200, {}, "late"});
}

TEST(HttpDoor, DrainsThenStops) {
    Slow slow({});
    RawSocket kept = RawSocket::Connect(slow.door->port());
    RawSocket first = RawSocket::Connect(slow.door->port());
    first.Send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
    slow.Await(1);
    EXPECT_EQ(slow.door->InFlight(), 1);
    slow.door->StopAccepting();

    kept.Send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string refused = kept.ReadToEnd();
    EXPECT_EQ(StatusOf(refused), 503);
    EXPECT_THAT(refused, HasSubstr("draining"));

    slow.replies.at(0)({200, {}, "done"});
    const std::string answer = first.ReadToEnd();
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_EQ(slow.door->InFlight(), 0);
    EXPECT_EQ(slow.replies.size(), 1u);
    slow.door->Stop();
    slow.door->Stop();
}

TEST(HttpDoor, StopAnswersWhatWaitsAndEndsIdleConnections) {
    DoorOptions options;
    options.idle_timeout_ms = kPatienceMs * 2;  // Stop must not wait for any of these
    options.reply_timeout_ms = kPatienceMs * 2;
    Slow slow(options);
    RawSocket idle = RawSocket::Connect(slow.door->port());
    RawSocket waiting = RawSocket::Connect(slow.door->port());
    waiting.Send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
    slow.Await(1);
    slow.door->Stop();
    EXPECT_EQ(StatusOf(waiting.ReadToEnd()), 503);
    EXPECT_EQ(idle.ReadToEnd(), "");
    EXPECT_EQ(slow.door->Counters().connections_open, 0);
}

TEST(HttpDoor, TakenPortIsSaid) {
    Echo first;
    DoorOptions options;
    options.port = first.door().port();
    const auto second = HttpDoor::Open(options, [](DoorRequest, DoorReplyFunction) {});
    ASSERT_FALSE(second.ok());
    EXPECT_THAT(second.error().text, HasSubstr(":" + std::to_string(options.port)));
}

TEST(HttpDoor, OpensAndStopsAgainAndAgain) {
    for (int i = 0; i < 6; ++i) {
        Echo echo;
        EXPECT_EQ(StatusOf(echo.Exchange(kClosing)), 200);
    }
}

}  // namespace
}  // namespace returns::gateway
