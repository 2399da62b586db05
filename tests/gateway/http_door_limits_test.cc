// What the door holds against clients that never end, never read or never leave.
#include "gateway/http_door.h"
#include "tests/gateway/raw_socket.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sys/socket.h>
#include <thread>

namespace returns::gateway {
namespace {

std::unique_ptr<HttpDoor> Open(const DoorOptions& options, std::size_t answer_bytes = 2) {
    auto door = HttpDoor::Open(options, [=](DoorRequest, DoorReplyFunction reply) {
        reply({200, {}, std::string(answer_bytes, 'a')});
    });
    EXPECT_TRUE(door.ok());
    return std::move(*door);
}

constexpr char kGet[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(HttpDoorLimits, AHeaderThatNeverEndsIsRefusedAtItsLimit) {
    const auto door = Open({});
    RawSocket client = RawSocket::Connect(door->port());
    client.Send("GET /a HTTP/1.1\r\nHost: x\r\nX: " + std::string(40000, 'a'));
    EXPECT_EQ(StatusOf(client.ReadToEnd()), 431);
}

TEST(HttpDoorLimits, AllPeersTogetherAreCappedToo) {
    DoorOptions options;
    options.connections_max = 1;
    options.proxies = {"127.0.0.1"};  // which has no cap of its own
    const auto door = Open(options);
    RawSocket first = RawSocket::Connect(door->port());
    first.Send(kGet);
    EXPECT_EQ(StatusOf(first.ReadUntil("aa")), 200);
    RawSocket second = RawSocket::Connect(door->port());
    EXPECT_EQ(StatusOf(second.ReadToEnd()), 503);
    EXPECT_EQ(door->Counters().refused_total_cap, 1);
    EXPECT_EQ(door->Counters().connections_open, 1);
}

TEST(HttpDoorLimits, AConnectionServesOnlySoManyRequests) {
    DoorOptions options;
    options.requests_per_connection_max = 2;
    const auto door = Open(options);
    RawSocket client = RawSocket::Connect(door->port());
    client.Send(std::string(kGet) + kGet + kGet);
    const std::string answers = client.ReadToEnd();
    EXPECT_EQ(CountOf(answers, "HTTP/1.1 200"), 2);
    EXPECT_EQ(CountOf(answers, "Connection: close"), 1);
    EXPECT_EQ(door->Counters().requests, 2);
}

TEST(HttpDoorLimits, WhoDoesNotReadIsLeft) {
    constexpr std::size_t kMoreThanSocketsHold = 64 << 20;
    DoorOptions options;
    options.write_timeout_ms = 50;
    const auto door = Open(options, kMoreThanSocketsHold);
    RawSocket client = RawSocket::Connect(door->port());
    client.Send(kGet);
    EXPECT_TRUE(client.EndsWithin(kPatienceMs));  // the answer has begun
    const auto latest = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
    while (door->InFlight() > 0 && std::chrono::steady_clock::now() < latest)
        std::this_thread::yield();
    EXPECT_EQ(door->InFlight(), 0);
}

// Closing with unread bytes would reset the connection, and the answer might never be seen.
TEST(HttpDoorLimits, WhoIsRefusedWhileSendingSeesAnOrderlyEnd) {
    const auto door = Open({});
    RawSocket client = RawSocket::Connect(door->port());
    client.Send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n" +
                std::string(100000, 'a'));
    char bytes[4096];
    ssize_t n = 0;
    while ((n = recv(client.descriptor(), bytes, sizeof bytes, 0)) > 0) {
    }
    EXPECT_EQ(n, 0) << "reset";
}

TEST(HttpDoorLimits, DrainingRefusesBeforeTheBodyAndAfterIt) {
    const auto door = Open({});
    RawSocket early = RawSocket::Connect(door->port());
    RawSocket late = RawSocket::Connect(door->port());
    const std::string head = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n";
    late.Send(head + "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(late.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    door->StopAccepting();
    late.Send("hello");
    EXPECT_EQ(StatusOf(late.ReadToEnd()), 503);
    early.Send(head + "\r\n");
    EXPECT_EQ(StatusOf(early.ReadToEnd()), 503);
    EXPECT_EQ(door->Counters().requests, 0);
}

TEST(HttpDoorLimits, ABodyThatEndsEarlyIsNoRequest) {
    const auto door = Open({});
    RawSocket client = RawSocket::Connect(door->port());
    client.Send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc");
    client.EndSending();
    EXPECT_EQ(client.ReadToEnd(), "");
    EXPECT_EQ(door->Counters().requests, 0);
}

}  // namespace
}  // namespace returns::gateway
