#include "gateway/http_door.h"

#include "gateway/http_door_conversation.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/Net/TCPServerParams.h>
#include <Poco/ThreadPool.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <sys/resource.h>
#include <sys/socket.h>

namespace returns::gateway {
namespace {

using Poco::Net::StreamSocket;

Poco::Timespan Until(SteadyTime deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
        deadline - std::chrono::steady_clock::now());
    return Poco::Timespan(std::max<std::int64_t>(left.count(), 0));
}

// The socket does not block: all waiting is in poll, against the deadline.
class SocketStream final : public DoorStream {
public:
    explicit SocketStream(StreamSocket& socket) : socket_(socket) {
        socket_.setBlocking(false);
        socket_.setNoDelay(true);
    }

    ReadEnd ReadSome(SteadyTime deadline, std::string& buffer) override {
        char bytes[16 << 10];
        while (socket_.poll(Until(deadline), Poco::Net::Socket::SELECT_READ)) {
            const int n = socket_.receiveBytes(bytes, sizeof bytes);
            if (n == 0) return ReadEnd::kClosed;
            if (n < 0) continue;
            buffer.append(bytes, static_cast<std::size_t>(n));
            return ReadEnd::kBytes;
        }
        return ReadEnd::kTimeout;
    }

    bool WriteAll(SteadyTime deadline, std::string_view bytes) override {
        while (!bytes.empty()) {
            if (!socket_.poll(Until(deadline), Poco::Net::Socket::SELECT_WRITE)) return false;
            const int n =
                socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size()), MSG_NOSIGNAL);
            if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    void EndSending() override { socket_.shutdownSend(); }

private:
    StreamSocket& socket_;
};

// Where a connection's thread waits for the answer to its request.
class Slot {
public:
    void Put(DoorReply reply) {
        const std::lock_guard lock(mutex_);
        if (!closed_) reply_ = std::move(reply);
        closed_ = true;
        changed_.notify_all();
    }
    void GiveUp() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }
    std::optional<DoorReply> Wait(SteadyTime deadline) {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, deadline, [&] { return closed_; });
        closed_ = true;
        return std::move(reply_);
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<DoorReply> reply_;
    bool closed_ = false;
};

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

}  // namespace

class HttpDoor::Core {
public:
    Core(DoorOptions options, DoorSink sink, DoorAdmission admission) : sink_(std::move(sink)) {
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
    class Gate;
    class Factory;
    class Connection;

    struct Open {
        std::string peer;
        std::optional<StreamSocket> socket;  // once its thread serves it
        std::shared_ptr<Slot> slot;          // while it waits for a reply
    };

    bool Admit(const StreamSocket& socket);
    DoorReply Ask(int descriptor, DoorRequest request);
    void SetSlot(int descriptor, std::shared_ptr<Slot> slot);

    const DoorSink sink_;
    DoorState state_;
    int port_ = 0;
    mutable std::mutex mutex_;        // of open_
    std::condition_variable closed_;  // an entry left open_
    std::map<int, Open> open_;        // by descriptor, from accepted to closed
    std::unique_ptr<Poco::ThreadPool> threads_;
    std::unique_ptr<Poco::Net::TCPServer> server_;
};

// Decides right after accept, before a thread is spent.
class HttpDoor::Core::Gate final : public Poco::Net::TCPServerConnectionFilter {
public:
    explicit Gate(Core& core) : core_(core) {}
    bool accept(const StreamSocket& socket) override {
        try {
            return core_.Admit(socket);
        } catch (const Poco::Exception&) {
            return false;  // gone again before it was looked at
        }
    }

private:
    Core& core_;
};

class HttpDoor::Core::Connection final : public Poco::Net::TCPServerConnection {
public:
    Connection(const StreamSocket& socket, Core& core)
        : TCPServerConnection(socket), core_(core), descriptor_(socket.impl()->sockfd()) {
        const std::lock_guard lock(core_.mutex_);
        Open& open = core_.open_[descriptor_];
        open.socket = socket;
        peer_ = open.peer;
    }
    // The entry goes before the descriptor is closed and may be given out again.
    ~Connection() override {
        const std::lock_guard lock(core_.mutex_);
        core_.open_.erase(descriptor_);
        core_.closed_.notify_all();
    }

    void run() override {
        try {
            SocketStream stream(socket());
            Conversation(core_.state_, stream, peer_, [&](DoorRequest request) {
                return core_.Ask(descriptor_, std::move(request));
            }).Serve();
        } catch (const Poco::Exception&) {  // the socket broke; there is nobody to answer
        }
    }

private:
    Core& core_;
    const int descriptor_;
    std::string peer_;
};

class HttpDoor::Core::Factory final : public Poco::Net::TCPServerConnectionFactory {
public:
    explicit Factory(Core& core) : core_(core) {}
    Poco::Net::TCPServerConnection* createConnection(const StreamSocket& socket) override {
        return new Connection(socket, core_);
    }

private:
    Core& core_;
};

bool HttpDoor::Core::Admit(const StreamSocket& socket) {
    const DoorOptions& options = state_.options;
    const std::string peer = socket.peerAddress().host().toString();
    const std::lock_guard lock(mutex_);
    if (state_.stopping) return false;
    const auto same = std::count_if(open_.begin(), open_.end(),
                                    [&](const auto& entry) { return entry.second.peer == peer; });
    const bool full = open_.size() >= static_cast<std::size_t>(options.connections_max);
    const bool peer_full = !IsProxy(options, peer) && same >= options.connections_per_peer_max;
    if (!full && !peer_full) {
        ++state_.counts.connections;
        open_[socket.impl()->sockfd()].peer = peer;
        return true;
    }
    ++(full ? state_.counts.refused_total_cap : state_.counts.refused_peer_cap);
    // A new socket's send buffer takes this without waiting.
    const std::string answer = WriteReply(
        Unavailable("too_many_connections", "there are too many open connections"), true, true);
    StreamSocket(socket).sendBytes(answer.data(), static_cast<int>(answer.size()),
                                   MSG_NOSIGNAL | MSG_DONTWAIT);
    return false;
}

void HttpDoor::Core::SetSlot(int descriptor, std::shared_ptr<Slot> slot) {
    const std::lock_guard lock(mutex_);
    if (slot && state_.stopping) slot->GiveUp();
    open_[descriptor].slot = std::move(slot);
}

DoorReply HttpDoor::Core::Ask(int descriptor, DoorRequest request) {
    const auto slot = std::make_shared<Slot>();
    SetSlot(descriptor, slot);
    ++state_.counts.requests;
    try {
        sink_(std::move(request), [slot](DoorReply reply) { slot->Put(std::move(reply)); });
    } catch (...) {
        ++state_.counts.failures;
        slot->Put(ProblemReply(ProblemOf(Error{})));
    }
    auto reply = slot->Wait(After(state_.options.reply_timeout_ms));
    SetSlot(descriptor, nullptr);
    if (reply && reply->status >= 200 && reply->status <= 599) return std::move(*reply);
    if (reply) return ProblemReply(ProblemOf(Error{}));
    if (state_.stopping) return Draining();
    ++state_.counts.reply_timeouts;
    return Unavailable("reply_timeout",
                       "no answer in time; what was sent may still take effect, send it again");
}

Status HttpDoor::Core::Listen() {
    const DoorOptions& options = state_.options;
    RETURN_IF_ERROR(RaiseOpenFiles(options.connections_max));
    try {
        const Poco::Net::SocketAddress address(options.host,
                                               static_cast<Poco::UInt16>(options.port));
        Poco::Net::ServerSocket listener;
        // Address reuse after a restart, but never two processes on one port.
        listener.bind(address, true, false);
        listener.listen(128);
        port_ = listener.address().port();
        auto* params = new Poco::Net::TCPServerParams;  // the server counts its references
        params->setMaxQueued(options.connections_max);
        params->setMaxThreads(options.connections_max);
        threads_ = std::make_unique<Poco::ThreadPool>(2, options.connections_max + 1);
        server_ =
            std::make_unique<Poco::Net::TCPServer>(new Factory(*this), *threads_, listener, params);
        server_->setConnectionFilter(new Gate(*this));
        server_->start();
        return {};
    } catch (const Poco::Exception& failure) {
        return Invalid("opening the listener: " + options.host + ":" +
                       std::to_string(options.port) + ": " + failure.displayText() +
                       ", is another program listening there?");
    }
}

void HttpDoor::Core::Stop() {
    if (state_.stopping.exchange(true) || !server_) return;
    state_.draining = true;
    server_->stop();
    std::unique_lock lock(mutex_);
    for (auto& [descriptor, open] : open_) {
        if (open.slot) open.slot->GiveUp();
        try {
            if (open.socket) open.socket->shutdownReceive();
        } catch (const Poco::Exception&) {  // it has closed by itself
        }
    }
    closed_.wait_until(lock, After(state_.options.write_timeout_ms), [&] {
        return std::none_of(open_.begin(), open_.end(),
                            [](const auto& entry) { return entry.second.socket.has_value(); });
    });
    lock.unlock();
    server_.reset();
    threads_.reset();
}

DoorCounters HttpDoor::Core::Counters() const {
    const DoorCounts& counts = state_.counts;
    DoorCounters out;
    out.connections = counts.connections;
    out.refused_total_cap = counts.refused_total_cap;
    out.refused_peer_cap = counts.refused_peer_cap;
    out.requests = counts.requests;
    out.refused_requests = counts.refused_requests;
    out.read_timeouts = counts.read_timeouts;
    out.reply_timeouts = counts.reply_timeouts;
    out.failures = counts.failures;
    const std::lock_guard lock(mutex_);
    out.connections_open = static_cast<std::int64_t>(open_.size());
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
