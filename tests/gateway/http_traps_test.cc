// What HTTP servers and clients in general, and the library below ours, are known to get wrong, and
// where it is tried on ours:
//
//   a refused body read as the next request    HostileRequest, AdmissionRefusesBeforeTheBody...
//   lengths, codings and hosts in doubt        HostileRequest
//   a bad length that ends without an answer   HostileRequest: NegativeLength, HugeLength, ...
//   a body without any length                  HostileRequest: NoLength
//   an exception that ends without an answer   ThrowingSinkIsA500
//   100 Continue before the checks             AsksForTheBodyOnlyAfterTheChecks,
//   AsksForABodyOnly... bodies without a limit                     HostileRequest: TooLong...,
//   LowerLimitsGoByPath,
//                                              MemoryOfAllTogetherIsBounded...
//   connections that starve the others         HeldConnectionsCostNoThread, ConnectionsAreCapped
//   and,
//                                              with thousands, tests/live/crowd_live_test.cc
//   no descriptor left for a connection        WithoutDescriptorsItWaits
//   races of stopping, accepting after it      StopsWhileOthersComeAndGo (also with
//   ThreadSanitizer) a stop that waits for whoever waits StopAnswersWhatWaitsAndEndsIdleConnections
//   chunks on a kept connection                JoinsChunksDropsTrailersAndEndsTheConnection
//   words decoded into control characters      HostileRequest: EncodedWord
//   time-outs for a read instead of the whole  Conversation.*Deadline*, DripsAndIdleConnectionsEnd,
//                                              TheDeadlineIsForTheWholeCall
//   a request sent again on its own            NothingIsSentTwice; one connection for each call:
//                                              SendsTheRequestAsItIs (Connection: close)
//   redirects followed                         RedirectsAreAnswers
//   cut answers taken for whole                AnAnswerCutAtAnyByteIsNeverTakenForWhole
//   old TLS, weak ciphers                      OldVersionsAreRefused, CiphersWithout...AreRefused
//   host names not checked on loopback         RefusesAnotherHostOnLoopbackToo
//   certificates of callers                    gateway/client_certificate.h behind nginx:
//                                              tests/live/nginx_live_test.cc
//   a TLS connection used by two threads       EndsWhileACallHangs, AHandshakeThatHangsIsNotSent
//                                              (also with ThreadSanitizer)
//   parts that are not used at all: HTTP server and client, mail and multipart readers, JWT,
//   database access and logger of that library          laws_test, RefusedParts
#include "gateway/http_client_once.h"
#include "gateway/http_door.h"
#include "tests/gateway/raw_socket.h"
#include "tests/gateway/tls_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace returns::gateway {
namespace {

using connectors::TransportFailure;
using testing::HasSubstr;

constexpr char kGet[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

std::unique_ptr<HttpDoor> OpenDoor(DoorOptions options) {
    auto door =
        HttpDoor::Open(std::move(options), [](DoorRequest request, DoorReplyFunction reply) {
            reply({200, {}, "peer " + request.peer + "!"});
        });
    EXPECT_TRUE(door.ok()) << door.error().text;
    return std::move(*door);
}

bool Await(const std::function<bool()>& holds) {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > latest) return false;
        std::this_thread::yield();
    }
    return true;
}

std::ptrdiff_t Threads() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
}

TEST(HttpTraps, HeldConnectionsCostNoThread) {
    constexpr int kHeld = 300;
    DoorOptions options;
    options.proxies = {"127.0.0.1"};  // which has no cap of its own
    const auto door = OpenDoor(options);
    const std::ptrdiff_t before = Threads();
    std::vector<RawSocket> held;
    for (int i = 0; i < kHeld; ++i) {
        held.push_back(RawSocket::Connect(door->port()));
        if (i % 2 == 0)
            held.back().Send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na");
    }
    RawSocket good = RawSocket::Connect(door->port());
    good.Send(kGet);
    EXPECT_EQ(StatusOf(good.ReadUntil("peer")), 200);
    EXPECT_TRUE(Await([&] { return door->Counters().connections_open == kHeld + 1; }));
    EXPECT_EQ(Threads(), before);
}

// Lets no new descriptor be opened while it lives.
class NoDescriptors {
public:
    NoDescriptors() {
        getrlimit(RLIMIT_NOFILE, &before_);
        const int lowest = dup(0);
        close(lowest);
        rlimit none = before_;
        none.rlim_cur = static_cast<rlim_t>(lowest);
        setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

TEST(HttpTraps, WithoutDescriptorsItWaits) {
    const auto door = OpenDoor({});
    RawSocket client(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(door->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    {
        const NoDescriptors none;
        ASSERT_EQ(connect(client.descriptor(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address),
                  0);
        const auto start = std::chrono::steady_clock::now();
        ASSERT_TRUE(Await([&] { return door->Counters().accept_failures >= 3; }));
        // It pauses between: trying at once would fail thousands of times.
        EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(150));
        EXPECT_LE(door->Counters().accept_failures, 4);
    }
    client.Send(kGet);
    EXPECT_EQ(StatusOf(client.ReadUntil("peer")), 200);
}

TEST(HttpTraps, StopsWhileOthersComeAndGo) {
    for (int i = 0; i < 20; ++i) {
        auto door = OpenDoor({});
        const int port = door->port();
        std::atomic<bool> over{false};
        std::atomic<int> answered{0};
        std::thread others([&] {
            while (!over) {
                RawSocket client(socket(AF_INET, SOCK_STREAM, 0));
                sockaddr_in address{};
                address.sin_family = AF_INET;
                address.sin_port = htons(static_cast<std::uint16_t>(port));
                address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                if (connect(client.descriptor(), reinterpret_cast<const sockaddr*>(&address),
                            sizeof address) != 0)
                    continue;
                if (!client.Send(kGet)) continue;
                char byte = 0;
                answered += recv(client.descriptor(), &byte, 1, 0) == 1 ? 1 : 0;
            }
        });
        EXPECT_TRUE(Await([&] { return answered > 0; }));
        if (i % 2 == 0) door->StopAccepting();
        door->Stop();
        EXPECT_EQ(door->Counters().connections_open, 0);
        EXPECT_EQ(door->InFlight(), 0);
        over = true;
        others.join();
        // Nobody listens any more: the port can be had.
        DoorOptions again;
        again.port = port;
        EXPECT_TRUE(HttpDoor::Open(again, [](DoorRequest, DoorReplyFunction) {}).ok());
    }
}

// A listener of both families sees IPv4 callers by IPv6 addresses; caps and proxies go by the
// others.
TEST(HttpTraps, CallersAreNamedByTheirOwnFamily) {
    const RawSocket six(socket(AF_INET6, SOCK_STREAM, 0));
    if (six.descriptor() < 0) return;  // this machine has no such listeners
    DoorOptions options;
    options.host = "::";
    const auto door = OpenDoor(options);
    RawSocket client = RawSocket::Connect(door->port());
    client.Send(kGet);
    EXPECT_THAT(client.ReadUntil("!"), HasSubstr("peer 127.0.0.1!"));
}

connectors::HttpRequest Post() {
    return {
        .method = "POST", .target = "/v1/refunds", .body = "{}", .total_timeout_ms = kPatienceMs};
}

// Whatever happens after the first byte is the caller's to judge, never a reason to try again.
TEST(HttpTraps, NothingIsSentTwice) {
    for (const int after : {1, 20, 60}) {
        std::atomic<int> connections{0};
        HttpTrace trace;
        {
            RawServer server([&](RawSocket& connection) {
                ++connections;
                std::string seen;
                while (static_cast<int>(seen.size()) < after) {
                    char byte = 0;
                    if (recv(connection.descriptor(), &byte, 1, 0) != 1) break;
                    seen += byte;
                }
                const linger now{1, 0};
                setsockopt(connection.descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
                connection.Close();
            });
            const OneCall call = CallOnce({}, server.url(), Post());
            EXPECT_EQ(call.result.failure, TransportFailure::kMaybeSent) << after;
        }
        EXPECT_EQ(connections, 1) << after;
    }
}

class HttpTrapsTls : public testing::Test {
protected:
    static void SetUpTestSuite() { made_ = std::make_unique<Certificates>(); }
    static void TearDownTestSuite() { made_.reset(); }

    OneCall CallServer(TlsKind kind) {
        const std::string certificate = made_->Issue("server", "DNS:localhost");
        const TlsServer server(certificate, made_->KeyOf("server"),
                               "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", kind);
        HttpClientOptions options;
        options.ca_file = made_->authority();
        return CallOnce(options, server.url(), Post());
    }

    static inline std::unique_ptr<Certificates> made_;
};

TEST_F(HttpTrapsTls, VersionsOfTodayAreSpoken) {
    EXPECT_EQ(CallServer(TlsKind::kToday).result.answer.status, 200);
    EXPECT_EQ(CallServer(TlsKind::kVersion12).result.answer.status, 200);
}

TEST_F(HttpTrapsTls, OldVersionsAreRefused) {
    const OneCall call = CallServer(TlsKind::kVersion11);
    EXPECT_EQ(call.result.failure, TransportFailure::kNotSent);
    EXPECT_EQ(call.trace.bytes_sent, 0);
}

TEST_F(HttpTrapsTls, CiphersWithoutAuthenticatedEncryptionAreRefused) {
    const OneCall call = CallServer(TlsKind::kOldCipher);
    EXPECT_EQ(call.result.failure, TransportFailure::kNotSent);
    EXPECT_EQ(call.trace.bytes_sent, 0);
}

}  // namespace
}  // namespace returns::gateway
