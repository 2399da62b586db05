#include "gateway/http_client.h"

#include "gateway/system_clock.h"
#include "tests/gateway/raw_socket.h"
#include "tests/gateway/tls_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

using connectors::HttpResult;
using connectors::TransportFailure;
using testing::HasSubstr;
using testing::Not;

class Caller {
public:
    explicit Caller(HttpClientOptions options = {}) {
        options.workers = std::min(options.workers, 4);
        auto made = HttpClientAdapter::Make(std::move(options), [this] {
            const std::lock_guard lock(mutex_);
            ++woken_;
            came_.notify_all();
        });
        EXPECT_TRUE(made.ok()) << made.error().text;
        client = std::move(*made);
    }
    ~Caller() { client.reset(); }

    void Submit(const std::string& url, connectors::HttpRequest request, std::int64_t id = 1) {
        client->Submit({id, url, std::move(request)});
    }
    std::vector<HttpCompletion> Await(std::size_t n) {
        std::vector<HttpCompletion> all;
        std::unique_lock lock(mutex_);
        while (all.size() < n) {
            for (auto& one : client->Take()) all.push_back(std::move(one));
            if (all.size() >= n) break;
            const int before = woken_;
            if (!came_.wait_for(lock, std::chrono::milliseconds(kPatienceMs),
                                [&] { return woken_ > before; })) {
                ADD_FAILURE() << "no completion in time";
                return std::vector<HttpCompletion>(n);
            }
        }
        return all;
    }
    HttpResult Call(const std::string& url, connectors::HttpRequest request) {
        Submit(url, std::move(request));
        return Await(1).at(0).result;
    }

    std::unique_ptr<HttpClientAdapter> client;

private:
    std::mutex mutex_;
    std::condition_variable came_;
    int woken_ = 0;
};

connectors::HttpRequest Get(int timeout_ms = kPatienceMs) {
    return {.method = "GET", .target = "/v1/refunds?limit=1", .total_timeout_ms = timeout_ms};
}

// Reads the request's head, sends these bytes, ends.
RawServer::Script Answering(std::string bytes) {
    return [bytes](RawSocket& connection) {
        connection.ReadUntil("\r\n\r\n");
        connection.Send(bytes);
    };
}

HttpResult CallServer(RawServer::Script script, connectors::HttpRequest request = Get(),
                      HttpClientOptions options = {}) {
    RawServer server(std::move(script));
    Caller caller(std::move(options));
    return caller.Call(server.url(), std::move(request));
}

constexpr char kCounted[] =
    "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n"
    "{\"id\":\"re\"}";
constexpr char kChunked[] =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "6\r\n{\"id\":\r\n5\r\n\"re\"}\r\n0\r\nX-Trailer: a\r\n\r\n";

TEST(HttpClient, SendsTheRequestAsItIs) {
    std::string seen;
    auto server = std::make_unique<RawServer>([&](RawSocket& connection) {
        seen = connection.ReadUntil("\r\n\r\n");
        seen += connection.ReadUntil("a=b");
        connection.Send(kCounted);
    });
    Caller caller;
    connectors::HttpRequest request{.method = "POST", .target = "/v1/refunds?x=y", .body = "a=b"};
    request.headers = {{"Idempotency-Key", "K1"},
                       {"X-Bad", "a\r\nX-Forged: b"},
                       {"Content-Length", "99"},
                       {"Host", "elsewhere"}};
    const HttpResult result = caller.Call(server->url() + "/base/", request);
    const std::string host = "127.0.0.1:" + std::to_string(server->port());
    server.reset();  // its thread has written `seen`
    EXPECT_EQ(result.failure, TransportFailure::kNone) << result.detail;
    EXPECT_EQ(result.answer.status, 201);
    EXPECT_EQ(result.answer.body, "{\"id\":\"re\"}");
    EXPECT_TRUE(result.answer.complete);
    EXPECT_EQ(connectors::FindHeader(result.answer.headers, "content-type"), "application/json");
    EXPECT_THAT(
        seen, testing::StartsWith("POST /base/v1/refunds?x=y HTTP/1.1\r\nHost: " + host + "\r\n"));
    EXPECT_THAT(seen, HasSubstr("Idempotency-Key: K1\r\n"));
    EXPECT_THAT(seen, HasSubstr("Content-Length: 3\r\n"));
    EXPECT_THAT(seen, HasSubstr("Connection: close\r\n\r\na=b"));
    EXPECT_THAT(seen, Not(HasSubstr("Forged")));
    EXPECT_THAT(seen, Not(HasSubstr("elsewhere")));
    EXPECT_EQ(caller.client->InFlight(), 0);
}

TEST(HttpClient, TakesCompleteAnswersOnly) {
    struct Row {
        std::string bytes;
        TransportFailure failure;
        bool complete;
    };
    const std::string big = std::to_string((1 << 20) + 1);
    const Row rows[] = {
        {kCounted, TransportFailure::kNone, true},
        {kChunked, TransportFailure::kNone, true},
        {"HTTP/1.1 204 No Content\r\n\r\n", TransportFailure::kNone, true},
        {"HTTP/1.1 100 Continue\r\n\r\n" + std::string(kCounted), TransportFailure::kNone, true},
        {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", TransportFailure::kNone, true},
        // Only the end of the connection says where it ends.
        {"HTTP/1.1 200 OK\r\n\r\n{}", TransportFailure::kNone, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", TransportFailure::kNone, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: " + big + "\r\n\r\n" + std::string((1 << 20) + 1, 'a'),
         TransportFailure::kNone, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" +
             std::string(2 << 20, 'a'),
         TransportFailure::kNone, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
         TransportFailure::kNone, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
         TransportFailure::kMaybeSent, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
         TransportFailure::kMaybeSent, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}", TransportFailure::kMaybeSent, true},
        {"HTTP/1.1 101 Switching\r\n\r\n", TransportFailure::kMaybeSent, true},
        {"SSH-2.0-x\r\n\r\n", TransportFailure::kMaybeSent, true},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'a') + "\r\n\r\n",
         TransportFailure::kMaybeSent, true},
        {"", TransportFailure::kMaybeSent, true},
    };
    for (const Row& row : rows) {
        const HttpResult result = CallServer(Answering(row.bytes));
        EXPECT_EQ(result.failure, row.failure) << row.bytes.substr(0, 99) << result.detail;
        EXPECT_EQ(result.answer.complete, row.complete) << row.bytes.substr(0, 99);
        EXPECT_LE(result.answer.body.size(), 1u << 20);
    }
}

TEST(HttpClient, AHeaderThatNeverEndsIsNotReadForEver) {
    const HttpResult result = CallServer([](RawSocket& connection) {
        connection.ReadUntil("\r\n\r\n");
        connection.Send("HTTP/1.1 200 OK\r\nX: " + std::string(100000, 'a'));
        connection.EndsWithin(kPatienceMs);
    });
    EXPECT_EQ(result.failure, TransportFailure::kMaybeSent);
    EXPECT_THAT(result.detail, HasSubstr("header is too long"));
}

TEST(HttpClient, AnAnswerCutAtAnyByteIsNeverTakenForWhole) {
    for (const std::string whole : {kCounted, kChunked}) {
        std::atomic<std::size_t> cut{0};
        RawServer server([&](RawSocket& connection) {
            connection.ReadUntil("\r\n\r\n");
            connection.Send(whole.substr(0, cut));
        });
        Caller caller;
        const std::size_t head = whole.find("\r\n\r\n") + 4;
        for (; cut < whole.size(); ++cut) {
            const HttpResult result = caller.Call(server.url(), Get());
            if (cut < head) {
                EXPECT_EQ(result.failure, TransportFailure::kMaybeSent) << cut;
            } else {
                EXPECT_FALSE(result.answer.complete) << cut;
            }
        }
        EXPECT_TRUE(caller.Call(server.url(), Get()).answer.complete);
    }
}

TEST(HttpClient, HeadHasNoBodyAndBadValuesAreLeftOut) {
    auto request = Get();
    request.method = "HEAD";
    const HttpResult result = CallServer(
        Answering("HTTP/1.1 200 OK\r\nContent-Length: 50\r\nX-Bad: a\x01z\r\nX-Good: b\r\n\r\n"),
        request);
    EXPECT_TRUE(result.answer.complete);
    EXPECT_EQ(connectors::FindHeader(result.answer.headers, "X-Bad"), "");
    EXPECT_EQ(connectors::FindHeader(result.answer.headers, "X-Good"), "b");
}

TEST(HttpClient, AnInterimAnswerIsNotTheAnswer) {
    const HttpResult result =
        CallServer(Answering("HTTP/1.1 100 Continue\r\n\r\n" + std::string(kCounted)));
    EXPECT_EQ(result.answer.status, 201);
    EXPECT_EQ(result.answer.body, "{\"id\":\"re\"}");
}

TEST(HttpClient, RedirectsAreAnswers) {
    std::atomic<int> connections{0};
    RawServer server([&](RawSocket& connection) {
        ++connections;
        connection.ReadUntil("\r\n\r\n");
        connection.Send("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
    });
    Caller caller;
    EXPECT_EQ(caller.Call(server.url(), Get()).answer.status, 302);
    EXPECT_EQ(connections, 1);
}

TEST(HttpClient, RefusedConnectionsAreCertainlyNotSent) {
    int port = 0;
    {
        RawServer gone([](RawSocket&) {});
        port = gone.port();
    }
    Caller caller;
    const HttpResult result = caller.Call("http://127.0.0.1:" + std::to_string(port), Get());
    EXPECT_EQ(result.failure, TransportFailure::kNotSent);
    EXPECT_THAT(result.detail, HasSubstr("efused"));
}

// A listener whose queue is full leaves whoever else connects without an answer.
TEST(HttpClient, ConnectingHasATimeOutOfItsOwn) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
    ASSERT_EQ(listen(listener, 0), 0);
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    const int port = ntohs(address.sin_port);
    const RawSocket filler = RawSocket::Connect(port);
    HttpClientOptions options;
    options.connect_timeout_ms = 50;
    const auto start = std::chrono::steady_clock::now();
    const HttpResult result =
        Caller(options).Call("http://127.0.0.1:" + std::to_string(port), Get(kPatienceMs / 2));
    EXPECT_EQ(result.failure, TransportFailure::kNotSent);
    EXPECT_THAT(result.detail, HasSubstr("connecting to"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(kPatienceMs / 2));
    close(listener);
}

TEST(HttpClient, WhatMayNotBeCalledIsNotSent) {
    Caller caller;
    EXPECT_THAT(caller.Call("http://192.0.2.1", Get()).detail, HasSubstr("only reaches this"));
    EXPECT_THAT(caller.Call("https://169.254.169.254", Get()).detail, HasSubstr("may be called"));
    EXPECT_THAT(caller.Call("https://[::ffff:127.0.0.1]:1", Get()).detail,
                HasSubstr("may be called"));
    EXPECT_THAT(caller.Call("ftp://127.0.0.1", Get()).detail, HasSubstr("https://"));
    auto split = Get();
    split.target = "/a HTTP/1.1\r\nX: y";
    EXPECT_THAT(caller.Call("http://127.0.0.1", split).detail, HasSubstr("ill-formed"));
    HttpClientOptions options;
    options.allow_private_addresses = false;
    Caller strict(options);
    const HttpResult result = strict.Call("http://127.0.0.1:1", Get());
    EXPECT_EQ(result.failure, TransportFailure::kNotSent);
    EXPECT_THAT(result.detail, HasSubstr("may be called"));
}

TEST(HttpClient, ResetAfterTheRequestMayHaveBeenDone) {
    const HttpResult result = CallServer([](RawSocket& connection) {
        connection.ReadUntil("\r\n\r\n");
        const linger now{1, 0};
        setsockopt(connection.descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        connection.Close();
    });
    EXPECT_EQ(result.failure, TransportFailure::kMaybeSent);
}

TEST(HttpClient, TheDeadlineIsForTheWholeCall) {
    const HttpResult silent = CallServer(
        [](RawSocket& connection) {
            connection.ReadUntil("\r\n\r\n");
            connection.EndsWithin(kPatienceMs);
        },
        Get(100));
    EXPECT_EQ(silent.failure, TransportFailure::kMaybeSent);
    EXPECT_THAT(silent.detail, HasSubstr("in time"));
    // A byte now and then, each well within any time-out of a single read.
    const HttpResult drip = CallServer(
        [](RawSocket& connection) {
            connection.ReadUntil("\r\n\r\n");
            connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
            while (!connection.EndsWithin(10) && connection.Send("a")) {
            }
        },
        Get(200));
    EXPECT_EQ(drip.failure, TransportFailure::kMaybeSent);
    EXPECT_THAT(drip.detail, HasSubstr("in time"));
}

TEST(HttpClient, WaitingForAWorkerCountsAndIsBounded) {
    RawServer silent([](RawSocket& connection) {
        connection.ReadUntil("\r\n\r\n");
        connection.EndsWithin(kPatienceMs);
    });
    HttpClientOptions options;
    options.workers = 1;
    options.waiting_max = 1;
    Caller caller(options);
    caller.Submit(silent.url(), Get(200), 1);
    caller.Submit(silent.url(), Get(50), 2);
    caller.Submit(silent.url(), Get(50), 3);
    caller.Submit(silent.url(), Get(50), 4);
    int maybe = 0, no_time = 0, full = 0;
    for (const auto& each : caller.Await(4)) {
        maybe += each.result.failure == TransportFailure::kMaybeSent ? 1 : 0;
        no_time += each.result.detail == "no time left before connecting" ? 1 : 0;
        full += each.result.detail == "too many outbound calls are waiting" ? 1 : 0;
    }
    // The worker may or may not have taken the first before the second came.
    EXPECT_GE(full, 2);
    EXPECT_EQ(maybe, 1);
    EXPECT_EQ(maybe + no_time + full, 4);
}

// As many workers as all partners together may have calls: one that never answers holds up nobody.
TEST(HttpClient, APartnerThatNeverAnswersHoldsUpNobody) {
    RawServer silent([](RawSocket& connection) {
        connection.ReadUntil("\r\n\r\n");
        connection.EndsWithin(kPatienceMs);
    });
    RawServer quick(Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    HttpClientOptions options;
    options.workers = 4;
    Caller caller(options);
    constexpr std::int64_t kStuck = 3;
    for (std::int64_t id = 0; id < kStuck; ++id) caller.Submit(silent.url(), Get(), id);
    for (std::int64_t id = 100; id < 150; ++id) {
        caller.Submit(quick.url(), Get(), id);
        EXPECT_EQ(caller.Await(1).at(0).id, id);
    }
    EXPECT_EQ(caller.client->InFlight(), kStuck);
}

TEST(HttpClient, EndsWhileACallHangs) {
    std::promise<void> asked;
    RawServer silent([&](RawSocket& connection) {
        connection.ReadUntil("\r\n\r\n");
        asked.set_value();
        connection.EndsWithin(kPatienceMs);
    });
    const auto start = std::chrono::steady_clock::now();
    {
        Caller caller;
        caller.Submit(silent.url(), Get(kPatienceMs * 3));
        asked.get_future().wait();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(kPatienceMs));
}

TEST(HttpClient, TracesNothingSecret) {
    HttpTrace seen;
    HttpClientOptions options;
    options.trace = [&](const HttpTrace& trace) { seen = trace; };
    auto request = Get();
    request.headers = {{"Authorization", "Bearer top-secret"}};
    EXPECT_EQ(CallServer(Answering(kCounted), request, options).answer.status, 201);
    EXPECT_EQ(seen.path, "/v1/refunds");
    EXPECT_EQ(seen.status, 201);
    EXPECT_EQ(seen.address, "127.0.0.1");
    EXPECT_GT(seen.bytes_sent, 0);
    EXPECT_EQ(seen.bytes_received, static_cast<std::int64_t>(strlen(kCounted)));
}

class HttpClientTls : public testing::Test {
protected:
    static void SetUpTestSuite() { made_ = std::make_unique<Certificates>(); }
    static void TearDownTestSuite() { made_.reset(); }

    static HttpClientOptions Trusting() {
        HttpClientOptions options;
        options.ca_file = made_->authority();
        return options;
    }
    static std::unique_ptr<TlsServer> Server(const std::string& file, const std::string& name) {
        const std::string certificate = made_->Issue(file, name);
        return std::make_unique<TlsServer>(certificate, made_->KeyOf(file), kCounted);
    }

    static inline std::unique_ptr<Certificates> made_;
};

TEST_F(HttpClientTls, TalksToTheRightHost) {
    const auto server = Server("right", "DNS:localhost");
    HttpTrace seen;
    HttpClientOptions options = Trusting();
    options.trace = [&](const HttpTrace& trace) { seen = trace; };
    const HttpResult result = Caller(options).Call(server->url(), Get());
    EXPECT_EQ(result.failure, TransportFailure::kNone) << result.detail;
    const auto left = seen.certificate_until - SystemClock::Wall();  // of thirty days
    EXPECT_GT(left, std::chrono::days(29));
    EXPECT_LE(left, std::chrono::days(30));
    EXPECT_EQ(result.answer.body, "{\"id\":\"re\"}");
}

TEST_F(HttpClientTls, RefusesAnotherHostOnLoopbackToo) {
    const auto server = Server("wrong", "DNS:other.example");
    const HttpResult result = Caller(Trusting()).Call(server->url(), Get());
    EXPECT_EQ(result.failure, TransportFailure::kNotSent);
    EXPECT_THAT(result.detail, HasSubstr("securing the connection"));
}

TEST_F(HttpClientTls, RefusesAnUnknownAuthority) {
    const auto server = Server("unknown", "DNS:localhost");
    const HttpResult result = Caller().Call(server->url(), Get());
    EXPECT_EQ(result.failure, TransportFailure::kNotSent);
}

// Overnight: nothing of the request has left, and the reason is one a person can act on.
TEST_F(HttpClientTls, AnExpiredCertificateIsNotSentAndSaidInWords) {
    const std::string certificate = made_->Issue("expired", "DNS:localhost", "-days -1");
    TlsServer server(certificate, made_->KeyOf("expired"), kCounted);
    const HttpResult result = Caller(Trusting()).Call(server.url(), Get());
    EXPECT_EQ(result.failure, TransportFailure::kNotSent);
    EXPECT_THAT(result.detail,
                HasSubstr("securing the connection to localhost: its certificate has expired"));
}

TEST_F(HttpClientTls, AHandshakeThatHangsIsNotSent) {
    RawServer silent([](RawSocket& connection) {
        connection.EndsWithin(kPatienceMs);  // the greeting
        connection.ReadToEnd();
    });
    const std::string url = "https://localhost:" + std::to_string(silent.port());
    const HttpResult result = Caller(Trusting()).Call(url, Get(100));
    EXPECT_EQ(result.failure, TransportFailure::kNotSent);
    EXPECT_THAT(result.detail, HasSubstr("in time"));
}

TEST_F(HttpClientTls, PlainServersAreNotSent) {
    RawServer plain([](RawSocket& connection) { connection.Send("HTTP/1.1 200 OK\r\n\r\n"); });
    const std::string url = "https://localhost:" + std::to_string(plain.port());
    EXPECT_EQ(Caller(Trusting()).Call(url, Get()).failure, TransportFailure::kNotSent);
}

TEST_F(HttpClientTls, AnUnreadableAuthorityIsSaid) {
    HttpClientOptions options;
    options.ca_file = "/nonexistent/ca.pem";
    const auto made = HttpClientAdapter::Make(options);
    ASSERT_FALSE(made.ok());
    EXPECT_THAT(made.error().text, HasSubstr("/nonexistent/ca.pem"));
}

TEST(BaseUrl, IsReadStrictly) {
    const auto plain = ParseBaseUrl("http://localhost:8080/a/b//");
    ASSERT_TRUE(plain.ok());
    EXPECT_FALSE(plain->tls);
    EXPECT_EQ(plain->host, "localhost");
    EXPECT_EQ(plain->port, 8080);
    EXPECT_EQ(plain->path, "/a/b");
    const auto six = ParseBaseUrl("https://[2001:db8::1]");
    ASSERT_TRUE(six.ok());
    EXPECT_EQ(six->host, "2001:db8::1");
    EXPECT_EQ(six->port, 443);
    for (const char* bad :
         {"", "localhost", "ftp://a", "https://", "https://u@h", "https://u:p@h", "https://h:0",
          "https://h:70000", "https://h:", "https://h:8x", "https://h/?q", "https://h/#f",
          "https://h/a b", "https://h\\@x", "https://[::1", "https://[h]", "https://h/\r\n"})
        EXPECT_FALSE(ParseBaseUrl(bad).ok()) << bad;
    EXPECT_TRUE(IsLoopbackName("127.0.0.5"));
    EXPECT_FALSE(IsLoopbackName("127.example.org"));
    EXPECT_FALSE(IsLoopbackName("localhost.example.org"));
}

}  // namespace
}  // namespace returns::gateway
