#include "tests/bench/callers.h"

#include "schemas/check.h"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

using Moment = std::chrono::steady_clock::time_point;
Moment Now() { return std::chrono::steady_clock::now(); }

int Connect(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

// How long the answer at the start of what has arrived is; 0 while it is not whole.
std::size_t AnswerBytes(std::string_view arrived) {
    const std::size_t end = arrived.find("\r\n\r\n");
    if (end == arrived.npos) return 0;
    const std::string_view name = "Content-Length: ";
    const std::size_t at = arrived.find(name);
    CHECK(at < end);
    std::size_t length = 0;
    std::from_chars(arrived.data() + at + name.size(), arrived.data() + end, length);
    const std::size_t all = end + 4 + length;
    return arrived.size() >= all ? all : 0;
}

struct Line {
    Calling* calling = nullptr;
    int socket = -1;
    bool asked = false;
    Moment since;  // sent, or answered
    std::string arrived;
};

class Load {
public:
    Load(int port, std::vector<Calling>& callings) : port_(port), epoll_(::epoll_create1(0)) {
        for (Calling& calling : callings) {
            if (calling.leads) left_ += calling.requests.size();
            next_.push_back({&calling, 0});
            for (int i = 0; i < calling.connections; ++i) {
                lines_.push_back(std::make_unique<Line>());
                lines_.back()->calling = &calling;
                Open(*lines_.back());
            }
        }
    }
    ~Load() {
        for (const auto& line : lines_) ::close(line->socket);
        ::close(epoll_);
    }
    void Run() {
        std::array<epoll_event, 64> events;
        for (const auto& line : lines_)
            if (line->calling->pause_us == 0) Send(*line);
        while (left_ > 0) {
            const int n = ::epoll_wait(epoll_, events.data(), events.size(), 1);
            for (int i = 0; i < n; ++i)
                Read(*static_cast<Line*>(events[static_cast<std::size_t>(i)].data.ptr));
            for (const auto& line : lines_) {
                const auto pause = std::chrono::microseconds(line->calling->pause_us);
                if (pause.count() > 0 && !line->asked && Now() - line->since >= pause) Send(*line);
            }
        }
    }

private:
    void Open(Line& line) {
        if (line.socket >= 0) ::close(line.socket);
        line.socket = Connect(port_);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &line;
        CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, line.socket, &event) == 0);
    }
    void Send(Line& line) {
        for (auto& [calling, next] : next_) {
            if (calling != line.calling) continue;
            if (next == calling->requests.size() && calling->leads) return;
            if (next == calling->requests.size()) next = 0;
            const std::string& request = calling->requests[next++];
            line.asked = true;
            line.since = Now();
            CHECK(::send(line.socket, request.data(), request.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(request.size()));
        }
    }
    void Read(Line& line) {
        char bytes[16 << 10];
        const ssize_t n = ::recv(line.socket, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n < 0) return;
        if (n == 0) {  // it has served its number of requests
            CHECK(!line.asked);
            return Open(line);
        }
        line.arrived.append(bytes, static_cast<std::size_t>(n));
        const std::size_t whole = AnswerBytes(line.arrived);
        if (whole == 0) return;
        const Moment now = Now();
        Calling& calling = *line.calling;
        CHECK(line.arrived.starts_with("HTTP/1.1 " + std::to_string(calling.status)));
        const bool close = line.arrived.find("Connection: close") < whole;
        line.arrived.erase(0, whole);
        calling.micros.push_back(
            std::chrono::duration<double, std::micro>(now - line.since).count());
        line.asked = false;
        line.since = now;
        if (calling.leads) --left_;
        if (close) Open(line);
        if (calling.pause_us == 0) Send(line);
    }

    const int port_;
    const int epoll_;
    std::size_t left_ = 0;
    std::vector<std::pair<Calling*, std::size_t>> next_;
    std::vector<std::unique_ptr<Line>> lines_;
};

}  // namespace

double Call(int port, std::vector<Calling>& callings) {
    Load load(port, callings);
    const Moment start = Now();
    load.Run();
    return std::chrono::duration<double>(Now() - start).count();
}

}  // namespace returns::gateway
