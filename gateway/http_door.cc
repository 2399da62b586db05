#include "gateway/http_door.h"

#include "gateway/http_door_conversation.h"
#include "gateway/http_door_inbox.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Timestamp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <queue>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unordered_map>

namespace returns::gateway {
namespace {

using Poco::Net::IPAddress;

constexpr int kBacklog = 4096;
constexpr int kAcceptsAtOnce = 16;   // then those who are already in have their turn
constexpr int kExpireAtOnce = 16;    // likewise
constexpr int kReadsAtOnce = 4;      // of one connection, likewise
constexpr int kAcceptPauseMs = 100;  // after the system had no descriptor left

// Room beside the connections for the store, the bus and outbound calls.
constexpr rlim_t kFilesReserved = 256;

Status RaiseOpenFiles(int connections_max) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (static_cast<rlim_t>(connections_max) + kFilesReserved <= files.rlim_max) return {};
    return Invalid("opening the listener: listen.connections_max " +
                   std::to_string(connections_max) + " needs more open files than the system's " +
                   std::to_string(files.rlim_max) + ", lower it or raise the limit");
}

// Also where the listener takes both families.
IPAddress AddressOf(const sockaddr_storage& from, socklen_t size) {
    const IPAddress address =
        Poco::Net::SocketAddress(reinterpret_cast<const sockaddr*>(&from), size).host();
    if (address.family() != IPAddress::IPv6 || !address.isIPv4Mapped()) return address;
    return IPAddress(static_cast<const char*>(address.addr()) + 12, 4);
}

// What counts as one caller: an IPv6 subscriber has a whole /64.
std::string CallerKey(const IPAddress& address) {
    if (address.family() != IPAddress::IPv6) return address.toString();
    return (address & IPAddress(64, IPAddress::IPv6)).toString();
}

}  // namespace

class HttpDoor::Core {
public:
    Core(DoorOptions options, DoorSink sink, DoorAdmission admission)
        : sink_(std::move(sink)), inbox_(std::make_shared<DoorInbox>()) {
        state_.options = std::move(options);
        state_.admission = std::move(admission);
    }

    Status Listen();
    int port() const { return port_; }
    void StopAccepting() { state_.draining = true; }
    int InFlight() const { return state_.in_flight; }
    void Stop();
    DoorCounters Counters() const;

private:
    // Numbers of connections follow.
    static constexpr std::uint64_t kListener = 0, kInbox = 1, kFirst = 2;

    struct Connection {
        Connection(std::uint64_t n, int socket, std::string key, DoorState& state, std::string peer,
                   SteadyTime now)
            : number(n),
              socket(socket),
              caller(std::move(key)),
              talk(state, std::move(peer), now) {}
        const std::uint64_t number;
        const Descriptor socket;
        const std::string caller;  // "" where there is no cap
        Conversation talk;
        // Edges: true until the socket has said that there is nothing more.
        bool readable = false, writable = true, ended = false;
        bool shut = false, queued = false;
        SteadyTime alarm = SteadyTime::max();
    };
    using Alarm = std::pair<SteadyTime, std::uint64_t>;

    // The door's thread from here on.
    void Run();
    void SetDate();
    bool Watch(int descriptor, std::uint64_t mark, std::uint32_t events) const;
    int WaitMs() const;
    void Happened(std::uint64_t mark, std::uint32_t events);
    void Accept();
    void Admit(int socket, const IPAddress& address);
    void TurnAway(const Connection& connection, std::atomic<std::int64_t>& count);
    void Serve(Connection& connection);
    void Read(Connection& connection);
    bool Send(Connection& connection);      // false: nothing left, or no more for now
    bool HandOver(Connection& connection);  // false: there was no request
    bool TakeReplies();                     // false: there were none
    void Expire();
    void SetAlarm(Connection& connection);
    void Close(Connection& connection);
    void BeginStop();
    bool Finished() const;

    const DoorSink sink_;
    const std::shared_ptr<DoorInbox> inbox_;
    DoorState state_;
    int port_ = 0;
    std::atomic<bool> stopping_{false};
    std::optional<Poco::Net::ServerSocket> listener_;
    Descriptor epoll_{epoll_create1(EPOLL_CLOEXEC)};
    std::thread thread_;

    SteadyTime now_;
    std::time_t dated_ = 0;
    SteadyTime accept_again_ = SteadyTime::max();  // while accepting pauses
    SteadyTime stop_by_ = SteadyTime::max();
    std::uint64_t next_ = kFirst;
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::unordered_map<std::string, int> of_caller_;
    std::vector<std::uint64_t> queue_;  // have more to read
    bool replied_ = false;              // more replies may have come meanwhile
    // Earliest first; an entry that is not its connection's alarm any more is passed over.
    std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;
};

Status HttpDoor::Core::Listen() {
    const DoorOptions& options = state_.options;
    RETURN_IF_ERROR(RaiseOpenFiles(options.connections_max));
    if (epoll_.number() < 0 || inbox_->descriptor() < 0)
        return Error{Code::kInternal, "opening the listener: no descriptors are left"};
    try {
        const Poco::Net::SocketAddress address(options.host,
                                               static_cast<Poco::UInt16>(options.port));
        listener_.emplace();
        // Address reuse after a restart, but never two processes on one port.
        listener_->bind(address, true, false);
        listener_->listen(kBacklog);
        listener_->setBlocking(false);
        listener_->setNoDelay(true);  // connections inherit it
        port_ = listener_->address().port();
    } catch (const Poco::Exception& failure) {
        return Invalid("opening the listener: " + options.host + ":" +
                       std::to_string(options.port) + ": " + failure.displayText() +
                       ", is another program listening there?");
    }
    if (!Watch(inbox_->descriptor(), kInbox, EPOLLIN) ||
        !Watch(listener_->impl()->sockfd(), kListener, EPOLLIN))
        return Error{Code::kInternal, "opening the listener: the system watches no more sockets"};
    thread_ = std::thread([this] { Run(); });
    return {};
}

bool HttpDoor::Core::Watch(int descriptor, std::uint64_t mark, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = mark;
    return epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void HttpDoor::Core::Run() {
    std::array<epoll_event, 64> events;
    while (!Finished()) {
        const int n = epoll_wait(epoll_.number(), events.data(), events.size(), WaitMs());
        now_ = std::chrono::steady_clock::now();
        SetDate();
        for (int i = 0; i < n; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            Happened(event.data.u64, event.events);
        }
        for (const std::uint64_t number : std::exchange(queue_, {})) {
            const auto found = connections_.find(number);
            if (found == connections_.end()) continue;
            found->second->queued = false;
            Serve(*found->second);
        }
        Expire();
        replied_ = TakeReplies();
        if (stopping_ && stop_by_ == SteadyTime::max()) BeginStop();
    }
    inbox_->Close();
    connections_.clear();
    state_.counts.connections_open = 0;
}

void HttpDoor::Core::SetDate() {
    const std::time_t second = std::time(nullptr);
    if (std::exchange(dated_, second) == second) return;
    state_.date = Poco::DateTimeFormatter::format(Poco::Timestamp::fromEpochTime(second),
                                                  Poco::DateTimeFormat::HTTP_FORMAT);
}

bool HttpDoor::Core::Finished() const {
    return stop_by_ != SteadyTime::max() && (connections_.empty() || stop_by_ <= now_);
}

int HttpDoor::Core::WaitMs() const {
    if (!queue_.empty() || replied_) return 0;
    SteadyTime next = std::min(accept_again_, stop_by_);
    if (!alarms_.empty()) next = std::min(next, alarms_.top().first);
    if (next == SteadyTime::max()) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void HttpDoor::Core::Happened(std::uint64_t mark, std::uint32_t events) {
    if (mark == kListener) return Accept();
    if (mark == kInbox) return inbox_->Heard();
    const auto found = connections_.find(mark);
    if (found == connections_.end()) return;
    Connection& connection = *found->second;
    const bool broken = (events & (EPOLLHUP | EPOLLERR)) != 0;
    connection.readable = connection.readable || broken || (events & EPOLLIN) != 0;
    connection.writable = connection.writable || broken || (events & EPOLLOUT) != 0;
    connection.ended = connection.ended || broken || (events & EPOLLRDHUP) != 0;
    Serve(connection);
}

void HttpDoor::Core::Accept() {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const int socket = accept4(listener_->impl()->sockfd(), reinterpret_cast<sockaddr*>(&from),
                                   &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0) {
            Admit(socket, AddressOf(from, size));
        } else if (errno == EAGAIN) {
            return;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            // It would fail again at once, and again.
            ++state_.counts.accept_failures;
            epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, listener_->impl()->sockfd(), nullptr);
            accept_again_ = now_ + std::chrono::milliseconds(kAcceptPauseMs);
            return;
        }  // else the caller has gone again
    }
}

void HttpDoor::Core::Admit(int socket, const IPAddress& address) {
    const DoorOptions& options = state_.options;
    const std::string peer = address.toString();
    const std::string caller = IsProxy(options, peer) ? std::string() : CallerKey(address);
    auto connection = std::make_unique<Connection>(next_++, socket, caller, state_, peer, now_);
    if (connections_.size() >= static_cast<std::size_t>(options.connections_max))
        return TurnAway(*connection, state_.counts.refused_total_cap);
    if (!caller.empty() && of_caller_[caller] >= options.connections_per_peer_max)
        return TurnAway(*connection, state_.counts.refused_peer_cap);
    if (!Watch(socket, connection->number, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET))
        return TurnAway(*connection, state_.counts.accept_failures);
    ++state_.counts.connections;
    ++state_.counts.connections_open;
    if (!caller.empty()) ++of_caller_[caller];
    SetAlarm(*connection);
    connections_.emplace(connection->number, std::move(connection));
}

// A new socket's send buffer takes this without waiting.
void HttpDoor::Core::TurnAway(const Connection& connection, std::atomic<std::int64_t>& count) {
    ++count;
    const std::string answer = WriteReply(
        state_, Unavailable("too_many_connections", "there are too many open connections"), true,
        true);
    send(connection.socket.number(), answer.data(), answer.size(), MSG_NOSIGNAL);
}

void HttpDoor::Core::Serve(Connection& connection) {
    for (int reads = 0;;) {
        Conversation& talk = connection.talk;
        if (Send(connection) || HandOver(connection)) continue;
        if (talk.sending_ended() && !std::exchange(connection.shut, true))
            shutdown(connection.socket.number(), SHUT_WR);
        if (talk.over()) return Close(connection);
        if (!connection.readable || !talk.wants_bytes()) break;
        if (reads++ == kReadsAtOnce) {
            if (!std::exchange(connection.queued, true)) queue_.push_back(connection.number);
            break;
        }
        Read(connection);
    }
    SetAlarm(connection);
}

void HttpDoor::Core::Read(Connection& connection) {
    char bytes[16 << 10];
    const ssize_t n = recv(connection.socket.number(), bytes, sizeof bytes, 0);
    if (n > 0) {
        connection.talk.Received({bytes, static_cast<std::size_t>(n)}, now_);
        // A short read has emptied the socket; the end still has to be read.
        connection.readable = static_cast<std::size_t>(n) == sizeof bytes || connection.ended;
    } else if (n == 0) {
        connection.readable = false;
        connection.talk.Ended();
    } else if (errno == EAGAIN) {
        connection.readable = false;
    } else if (errno != EINTR) {
        connection.talk.Broke();
    }
}

bool HttpDoor::Core::Send(Connection& connection) {
    const std::string_view bytes = connection.talk.to_send();
    if (bytes.empty() || !connection.writable || connection.talk.over()) return false;
    const ssize_t n = send(connection.socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
        connection.talk.Sent(static_cast<std::size_t>(n), now_);
    } else if (errno == EAGAIN) {
        connection.writable = false;
    } else if (errno != EINTR) {
        connection.talk.Broke();
    }
    return true;
}

bool HttpDoor::Core::HandOver(Connection& connection) {
    auto request = connection.talk.TakeRequest();
    if (!request) return false;
    ++state_.counts.requests;
    const std::uint64_t number = connection.number;
    const std::uint64_t asked = connection.talk.number();
    try {
        sink_(std::move(*request), [inbox = inbox_, number, asked](DoorReply reply) {
            inbox->Put({number, asked, std::move(reply)});
        });
    } catch (...) {
        ++state_.counts.failures;
        connection.talk.Replied(asked, ProblemReply(ProblemOf(Error{})), now_);
    }
    return true;
}

bool HttpDoor::Core::TakeReplies() {
    auto replies = inbox_->Take();
    for (DoorInbox::Entry& entry : replies) {
        const auto found = connections_.find(entry.connection);
        if (found == connections_.end()) continue;
        found->second->talk.Replied(entry.request, std::move(entry.reply), now_);
        Serve(*found->second);
    }
    return !replies.empty();
}

void HttpDoor::Core::SetAlarm(Connection& connection) {
    const SteadyTime deadline = connection.talk.deadline();
    if (deadline >= connection.alarm) return;  // the alarm will see that it has moved
    connection.alarm = deadline;
    alarms_.emplace(deadline, connection.number);
}

void HttpDoor::Core::Expire() {
    for (int i = 0; i < kExpireAtOnce; ++i) {  // the next are due at once: see WaitMs
        if (alarms_.empty() || alarms_.top().first > now_) break;
        const auto [when, number] = alarms_.top();
        alarms_.pop();
        const auto found = connections_.find(number);
        if (found == connections_.end() || found->second->alarm != when) continue;
        found->second->alarm = SteadyTime::max();
        found->second->talk.Expire(now_);
        Serve(*found->second);
    }
    if (accept_again_ > now_) return;
    accept_again_ = SteadyTime::max();
    if (listener_) Watch(listener_->impl()->sockfd(), kListener, EPOLLIN);
}

void HttpDoor::Core::Close(Connection& connection) {
    --state_.counts.connections_open;
    if (const auto found = of_caller_.find(connection.caller); found != of_caller_.end()) {
        if (--found->second == 0) of_caller_.erase(found);
    }
    connections_.erase(connection.number);
}

void HttpDoor::Core::BeginStop() {
    stop_by_ = now_ + std::chrono::milliseconds(state_.options.write_timeout_ms);
    epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, listener_->impl()->sockfd(), nullptr);
    listener_.reset();
    accept_again_ = SteadyTime::max();
    std::vector<std::uint64_t> numbers;
    for (const auto& entry : connections_) numbers.push_back(entry.first);
    for (const std::uint64_t number : numbers) {
        Connection& connection = *connections_.at(number);
        connection.talk.Stop(now_);
        Serve(connection);
    }
}

void HttpDoor::Core::Stop() {
    if (stopping_.exchange(true) || !thread_.joinable()) return;
    state_.draining = true;
    inbox_->Ring();
    thread_.join();
}

DoorCounters HttpDoor::Core::Counters() const {
    const DoorCounts& counts = state_.counts;
    DoorCounters out;
    out.connections = counts.connections;
    out.connections_open = counts.connections_open;
    out.refused_total_cap = counts.refused_total_cap;
    out.refused_peer_cap = counts.refused_peer_cap;
    out.accept_failures = counts.accept_failures;
    out.requests = counts.requests;
    out.refused_requests = counts.refused_requests;
    out.refused_memory = counts.refused_memory;
    out.read_timeouts = counts.read_timeouts;
    out.reply_timeouts = counts.reply_timeouts;
    out.write_timeouts = counts.write_timeouts;
    out.failures = counts.failures;
    return out;
}

HttpDoor::HttpDoor(std::unique_ptr<Core> core) : core_(std::move(core)) {}

HttpDoor::~HttpDoor() { Stop(); }

Result<std::unique_ptr<HttpDoor>> HttpDoor::Open(DoorOptions options, DoorSink sink,
                                                 DoorAdmission admission) {
    auto core = std::make_unique<Core>(std::move(options), std::move(sink), std::move(admission));
    RETURN_IF_ERROR(core->Listen());
    return std::unique_ptr<HttpDoor>(new HttpDoor(std::move(core)));
}

int HttpDoor::port() const { return core_->port(); }
void HttpDoor::StopAccepting() { core_->StopAccepting(); }
int HttpDoor::InFlight() const { return core_->InFlight(); }
void HttpDoor::Stop() { core_->Stop(); }
DoorCounters HttpDoor::Counters() const { return core_->Counters(); }

}  // namespace returns::gateway
