#include "tests/gateway/raw_socket.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace returns::gateway {
namespace {

sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool Ready(int descriptor, int ms) {
    pollfd watched{descriptor, POLLIN, 0};
    return poll(&watched, 1, ms) > 0;
}

}  // namespace

RawSocket RawSocket::Connect(int port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = Loopback(port);
    EXPECT_EQ(connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return RawSocket(descriptor);
}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)) {}

RawSocket::~RawSocket() { Close(); }

void RawSocket::Close() {
    if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

bool RawSocket::Send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

void RawSocket::EndSending() { shutdown(descriptor_, SHUT_WR); }

bool RawSocket::ReadSome(int ms) {
    if (!Ready(descriptor_, ms)) {
        ADD_FAILURE() << "nothing came in time; so far: " << buffer_;
        return false;
    }
    char bytes[4096];
    const ssize_t n = recv(descriptor_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(n));
    return true;
}

std::string RawSocket::ReadToEnd() {
    while (ReadSome(kPatienceMs)) {
    }
    return std::exchange(buffer_, {});
}

std::string RawSocket::ReadUntil(std::string_view mark) {
    std::size_t at = 0;
    while ((at = buffer_.find(mark)) == std::string::npos)
        if (!ReadSome(kPatienceMs)) return std::exchange(buffer_, {});
    std::string out = buffer_.substr(0, at + mark.size());
    buffer_.erase(0, at + mark.size());
    return out;
}

bool RawSocket::EndsWithin(int ms) { return Ready(descriptor_, ms); }

RawServer::RawServer(Script script)
    : listener_(socket(AF_INET, SOCK_STREAM, 0)), script_(std::move(script)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
        for (;;) {
            const int descriptor = accept(listener_, nullptr, nullptr);
            if (descriptor < 0) return;
            RawSocket connection(descriptor);
            script_(connection);
        }
    });
}

RawServer::~RawServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
}

int CountOf(std::string_view text, std::string_view part) {
    int n = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
        ++n;
    return n;
}

int StatusOf(std::string_view answer) {
    if (answer.substr(0, 9) != "HTTP/1.1 " || answer.size() < 12) return 0;
    return std::stoi(std::string(answer.substr(9, 3)));
}

}  // namespace returns::gateway
