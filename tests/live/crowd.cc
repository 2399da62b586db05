#include "tests/live/crowd.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace returns::live {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kDripEvery{100};
constexpr int kAnswerPatienceMs = 10'000;

sockaddr_in Address(std::uint32_t host, int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(host);
    return address;
}

// Half of them drip the header, half the body.
std::string DripStart(int number) {
    const std::string line = "POST /v1/events HTTP/1.1\r\nHost: x\r\n";
    return number % 2 == 0 ? line + "X-A: " : line + "Content-Length: 100000\r\n\r\n";
}

}  // namespace

struct Crowd::Member {
    int number = 0;
    bool drips = false;
    int socket = -1;
};

Crowd::Crowd(int port, CrowdSize size) : port_(port), size_(size), epoll_(epoll_create1(0)) {
    for (int i = 0; i < size.idle + size.drips; ++i) {
        members_.push_back(std::make_unique<Member>());
        members_.back()->number = i;
        members_.back()->drips = i >= size.idle;
    }
    thread_ = std::thread([this] { Run(); });
}

Crowd::~Crowd() {
    over_ = true;
    thread_.join();
    for (const auto& member : members_) Leave(*member);
    close(epoll_);
}

bool Crowd::Join(Member& member) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return false;
    const int one = 1;
    setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    const auto place = static_cast<std::uint32_t>(member.number / size_.per_address);
    const sockaddr_in from = Address(INADDR_LOOPBACK + 256 + place, 0);  // 127.0.1.1 and on
    const sockaddr_in to = Address(INADDR_LOOPBACK, port_);
    if (bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
        connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        close(socket);
        return false;
    }
    member.socket = socket;
    ++open_;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.ptr = &member;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    const std::string start = member.drips ? DripStart(member.number) : "";
    send(socket, start.data(), start.size(), MSG_NOSIGNAL);
    return true;
}

void Crowd::Leave(Member& member) {
    if (member.socket < 0) return;
    close(member.socket);
    member.socket = -1;
    --open_;
}

void Crowd::Drip(Member& member) {
    if (member.drips && member.socket >= 0) send(member.socket, "a", 1, MSG_NOSIGNAL);
}

void Crowd::Run() {
    std::array<epoll_event, 256> events;
    Clock::time_point drip_at = Clock::now();
    std::size_t look_at = 0;  // members without a connection are looked for in turn
    while (!over_) {
        for (int i = 0; i < 200; ++i) {
            Member& member = *members_[look_at++ % members_.size()];
            if (member.socket < 0 && !Join(member)) break;
        }
        const int n = epoll_wait(epoll_, events.data(), events.size(), 1);
        for (int i = 0; i < n; ++i) {
            Member& member = *static_cast<Member*>(events[static_cast<std::size_t>(i)].data.ptr);
            char bytes[4096];
            const ssize_t got = recv(member.socket, bytes, sizeof bytes, 0);
            const std::string_view said(bytes, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
            if (said.find("too_many_connections") != said.npos) ++refused_;
            ++ended_;
            Leave(member);
        }
        if (Clock::now() < drip_at) continue;
        drip_at = Clock::now() + kDripEvery;
        for (const auto& member : members_) Drip(*member);
    }
}

namespace {

// A kept connection of a caller; opened anew when it was ended.
class Line {
public:
    explicit Line(int port) : port_(port) {}
    ~Line() { End(); }

    // The answer's status; 0 when there is none.
    int Ask(const std::string& request) {
        for (int attempt = 0; attempt < 2; ++attempt) {
            if (socket_ < 0 && !Connect()) return 0;
            if (send(socket_, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
                if (const int status = Answer(); status != 0) return status;
            }
            End();  // ended between two requests; once more on a new one
        }
        return 0;
    }

private:
    bool Connect() {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in to = Address(INADDR_LOOPBACK, port_);
        const int one = 1;
        setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        const timeval patience{kAnswerPatienceMs / 1000, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return true;
        End();
        return false;
    }

    int Answer() {
        std::string answer;
        for (;;) {
            char bytes[16 << 10];
            const ssize_t n = recv(socket_, bytes, sizeof bytes, 0);
            if (n <= 0) return 0;
            answer.append(bytes, static_cast<std::size_t>(n));
            const std::size_t head = answer.find("\r\n\r\n"), at = answer.find("Content-Length: ");
            if (head == answer.npos || at == answer.npos) continue;
            const auto length = static_cast<std::size_t>(std::atoll(answer.c_str() + at + 16));
            if (answer.size() < head + 4 + length) continue;
            if (answer.find("Connection: close") < head) End();
            return std::atoi(answer.c_str() + 9);
        }
    }

    void End() {
        if (socket_ >= 0) close(socket_);
        socket_ = -1;
    }

    const int port_;
    int socket_ = -1;
};

}  // namespace

double Measured::Percentile(double p) const {
    if (ms.empty()) return 0;
    const auto at = static_cast<std::size_t>(p / 100 * static_cast<double>(ms.size()));
    return ms[std::min(at, ms.size() - 1)];
}

Measured Call(int port, const std::vector<std::string>& requests, Pace pace) {
    Measured all;
    std::mutex mutex;
    std::atomic<std::size_t> next{0};
    const auto start = Clock::now();
    const auto step = std::chrono::nanoseconds(1'000'000'000LL / pace.per_second);
    std::vector<std::thread> callers;
    for (int i = 0; i < pace.callers; ++i) {
        callers.emplace_back([&] {
            Line line(port);
            for (;;) {
                const std::size_t n = next++;
                const auto due = start + step * static_cast<std::int64_t>(n);
                if (due > start + pace.time || n >= requests.size()) return;
                std::this_thread::sleep_until(due);
                const int status = line.Ask(requests[n]);
                const std::chrono::duration<double, std::milli> took = Clock::now() - due;
                const std::lock_guard lock(mutex);
                all.ms.push_back(took.count());
                all.unanswered += status == 0 ? 1 : 0;
                all.refused += status == 429 || status >= 500 ? 1 : 0;
            }
        });
    }
    for (std::thread& each : callers) each.join();
    std::sort(all.ms.begin(), all.ms.end());
    return all;
}

}  // namespace returns::live
