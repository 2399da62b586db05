#include "gateway/http_client.h"

#include "gateway/http_wire.h"
#include "gateway/tls_fault.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <signal.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace returns::gateway {
namespace {

using connectors::HttpAnswer;
using connectors::HttpResult;
using connectors::TransportFailure;
using Poco::Net::IPAddress;
using Poco::Net::StreamSocket;
using SteadyTime = std::chrono::steady_clock::time_point;

// Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL";

std::int64_t MillisSince(SteadyTime start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 start)
        .count();
}

Poco::Timespan Until(SteadyTime deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
        deadline - std::chrono::steady_clock::now());
    return Poco::Timespan(std::max<std::int64_t>(left.count(), 1000));
}

// Shuts sockets whose time is up: the read or write that hangs on them then returns. Only the
// descriptor is touched, never the TLS state, which belongs to the worker alone.
class Watchdog {
public:
    Watchdog() : thread_([this] { Run(); }) {}
    ~Watchdog() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
            changed_.notify_all();
        }
        thread_.join();
    }

    // Watches a socket from here to its destruction, through a descriptor of its own.
    class Watch {
    public:
        Watch(Watchdog& dog, SteadyTime deadline, int descriptor) : dog_(dog) {
            const int own = dup(descriptor);
            if (own < 0) throw Poco::IOException("no descriptor left to watch a connection");
            const std::lock_guard lock(dog_.mutex_);
            place_ = dog_.watched_.emplace(deadline, Entry{own});
            if (dog_.all_cut_) dog_.Cut(place_->second);
            dog_.changed_.notify_all();
        }
        ~Watch() {
            const std::lock_guard lock(dog_.mutex_);
            close(place_->second.descriptor);
            dog_.watched_.erase(place_);
        }
        bool fired() const {
            const std::lock_guard lock(dog_.mutex_);
            return place_->second.fired;
        }

    private:
        friend class Watchdog;
        struct Entry {
            int descriptor;
            bool fired = false;
        };
        Watchdog& dog_;
        std::multimap<SteadyTime, Entry>::iterator place_;
    };

    void CutAll() {
        const std::lock_guard lock(mutex_);
        all_cut_ = true;
        for (auto& [deadline, entry] : watched_) Cut(entry);
    }

private:
    void Cut(Watch::Entry& entry) {
        if (!std::exchange(entry.fired, true)) shutdown(entry.descriptor, SHUT_RDWR);
    }

    void Run() {
        std::unique_lock lock(mutex_);
        while (!ending_) {
            const auto now = std::chrono::steady_clock::now();
            auto next = watched_.begin();
            for (; next != watched_.end() && next->first <= now; ++next) Cut(next->second);
            if (next == watched_.end())
                changed_.wait(lock);
            else
                changed_.wait_until(lock, SteadyTime(next->first));
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<SteadyTime, Watch::Entry> watched_;
    bool ending_ = false, all_cut_ = false;
    std::thread thread_;
};

struct Network {
    const char* address;
    unsigned prefix;
};

// Inside the house: loopback, RFC 1918, carrier NAT, benchmarks, reserved, unique local.
constexpr Network kPrivate[] = {{"127.0.0.0", 8},    {"10.0.0.0", 8},    {"172.16.0.0", 12},
                                {"192.168.0.0", 16}, {"100.64.0.0", 10}, {"198.18.0.0", 15},
                                {"0.0.0.0", 8},      {"240.0.0.0", 4},   {"::1", 128},
                                {"fc00::", 7},       {"fec0::", 10}};

bool IsPrivate(const IPAddress& address) {
    return std::any_of(std::begin(kPrivate), std::end(kPrivate), [&](const Network& network) {
        const IPAddress start(network.address);
        return start.family() == address.family() &&
               (address & IPAddress(network.prefix, address.family())) == start;
    });
}

bool AddressAllowed(const IPAddress& address, const HttpClientOptions& options) {
    if (address.isWildcard() || address.isMulticast() || address.isLinkLocal()) return false;
    if (address.family() == IPAddress::IPv6 && address.isIPv4Mapped()) return false;
    return options.allow_private_addresses || !IsPrivate(address);
}

// Addresses as they stand; only names are asked for.
std::vector<IPAddress> Resolve(const std::string& host) {
    IPAddress address;
    if (IPAddress::tryParse(host, address)) return {address};
    return Poco::Net::DNS::hostByName(host).addresses();
}

std::string WriteRequest(const BaseUrl& base, const connectors::HttpRequest& request) {
    const bool default_port = base.port == (base.tls ? 443 : 80);
    const std::string host =
        base.host.find(':') == base.host.npos ? base.host : "[" + base.host + "]";
    std::string out = request.method + " " + base.path + request.target + " HTTP/1.1\r\n";
    out += "Host: " + host + (default_port ? "" : ":" + std::to_string(base.port)) + "\r\n";
    out += WriteFields(request.headers);
    if (connectors::FindHeader(request.headers, "User-Agent").empty())
        out += "User-Agent: backhaul/" BACKHAUL_VERSION "\r\n";
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
        request.method == "PATCH")
        out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    return out + "Connection: close\r\n\r\n" + request.body;
}

bool CanBeWritten(const connectors::HttpRequest& request) {
    const std::string& target = request.target;
    return IsToken(request.method) && !target.empty() && target.front() == '/' &&
           std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

struct Job {
    HttpCall call;
    SteadyTime submitted, deadline;
};

// One call, start to end, on one worker.
class Exchange {
public:
    Exchange(const HttpClientOptions& options, Watchdog& dog, Poco::Net::Context::Ptr context,
             const Job& job)
        : options_(options), dog_(dog), context_(std::move(context)), job_(job) {
        trace_.id = job.call.id;
        trace_.method = job.call.request.method;
        trace_.waited_ms = MillisSince(job.submitted);
    }

    HttpResult Run();
    const HttpTrace& trace() const { return trace_; }

private:
    HttpResult NotSent(std::string detail) const {
        return {.failure = TransportFailure::kNotSent, .detail = std::move(detail)};
    }
    HttpResult MaybeSent(std::string detail) const {
        return {.failure = TransportFailure::kMaybeSent, .detail = std::move(detail)};
    }
    std::optional<std::string> Reach();  // fills base_
    std::optional<std::string> Connect(StreamSocket& socket);
    HttpResult Talk(StreamSocket& tcp, const Watchdog::Watch& watch);
    void Send(StreamSocket& socket, std::string_view bytes);
    HttpResult Receive(StreamSocket& socket);
    HttpResult ReceiveBody(StreamSocket& socket, ResponseHead head, std::string buffer);
    bool ReadSome(StreamSocket& socket, std::string& buffer);  // false: the other side ended

    const HttpClientOptions& options_;
    Watchdog& dog_;
    const Poco::Net::Context::Ptr context_;
    const Job& job_;
    BaseUrl base_;
    HttpTrace trace_;
    bool sending_ = false;  // from here on something may have left
};

// Whether the call may be made at all; the reason when not.
std::optional<std::string> Exchange::Reach() {
    auto base = ParseBaseUrl(job_.call.base_url);
    if (!base) return base.error().text;
    base_ = std::move(*base);
    trace_.host = base_.host;
    const std::string& target = job_.call.request.target;
    trace_.path = base_.path + target.substr(0, target.find('?'));
    if (!base_.tls && !options_.allow_plain_http && !IsLoopbackName(base_.host))
        return "http:// only reaches this machine";
    if (!CanBeWritten(job_.call.request)) return "the method or the target is ill-formed";
    if (std::chrono::steady_clock::now() >= job_.deadline) return "no time left before connecting";
    return std::nullopt;
}

std::optional<std::string> Exchange::Connect(StreamSocket& socket) {
    std::string failure = "no address of " + base_.host + " may be called";
    for (const IPAddress& address : Resolve(base_.host)) {
        if (!AddressAllowed(address, options_)) continue;
        try {
            const SteadyTime latest = std::chrono::steady_clock::now() +
                                      std::chrono::milliseconds(options_.connect_timeout_ms);
            StreamSocket fresh;
            fresh.connect(Poco::Net::SocketAddress(address, base_.port),
                          Until(std::min(latest, job_.deadline)));
            socket = fresh;
            trace_.address = address.toString();
            trace_.connected_ms = MillisSince(job_.submitted);
            return std::nullopt;
        } catch (const Poco::Exception& problem) {
            failure = "connecting to " + base_.host + ": " + problem.displayText();
        }
    }
    return failure;
}

HttpResult Exchange::Run() {
    if (auto reason = Reach()) return NotSent(*reason);
    try {
        StreamSocket tcp;
        if (auto reason = Connect(tcp)) return NotSent(*reason);
        const Watchdog::Watch watch(dog_, job_.deadline, tcp.impl()->sockfd());
        HttpResult result = Talk(tcp, watch);
        trace_.total_ms = MillisSince(job_.submitted);
        return result;
    } catch (const Poco::Exception& problem) {  // resolving, before any connection
        return NotSent("finding " + base_.host + ": " + problem.displayText());
    }
}

HttpResult Exchange::Talk(StreamSocket& tcp, const Watchdog::Watch& watch) {
    HttpResult result;
    try {
        StreamSocket socket = tcp;
        socket.setNoDelay(true);
        if (base_.tls) {
            auto secure = Poco::Net::SecureStreamSocket::attach(tcp, base_.host, context_);
            secure.verifyPeerCertificate(base_.host);
            const Poco::DateTime until = secure.peerCertificate().expiresOn();
            trace_.certificate_until =
                Instant(Millis(until.timestamp().epochMicroseconds() / 1000));
            socket = secure;
        }
        Send(socket, WriteRequest(base_, job_.call.request));
        result = Receive(socket);
    } catch (const Poco::Exception& problem) {
        const std::string why = TakeTlsFault();
        result = sending_ ? MaybeSent(problem.displayText())
                          : NotSent("securing the connection to " + base_.host + ": " +
                                    (why.empty() ? problem.displayText() : "its " + why));
    }
    if (!watch.fired()) return result;
    return sending_ ? MaybeSent("no complete answer in time")
                    : NotSent("no secure connection in time");
}

void Exchange::Send(StreamSocket& socket, std::string_view bytes) {
    sending_ = true;
    while (!bytes.empty()) {
        const int n = socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
        if (n <= 0) throw Poco::IOException("the connection takes no more");
        trace_.bytes_sent += n;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

bool Exchange::ReadSome(StreamSocket& socket, std::string& buffer) {
    char bytes[16 << 10];
    const int n = socket.receiveBytes(bytes, sizeof bytes);
    if (n <= 0) return false;
    trace_.bytes_received += n;
    buffer.append(bytes, static_cast<std::size_t>(n));
    return true;
}

HttpResult Exchange::Receive(StreamSocket& socket) {
    WireLimits limits;
    limits.head_bytes_max = options_.head_bytes_max;
    std::string buffer;
    for (;;) {
        std::size_t end = 0;
        while ((end = FindHeadEnd(buffer)) == 0) {
            if (buffer.size() > limits.head_bytes_max)
                return MaybeSent("the answer's header is too long");
            if (!ReadSome(socket, buffer))
                return MaybeSent(buffer.empty() ? "the connection ended without an answer"
                                                : "the connection ended within the header");
        }
        ResponseHead head;
        const auto bad = ReadResponseHead(std::string_view(buffer).substr(0, end),
                                          job_.call.request.method, limits, head);
        if (bad) return MaybeSent(bad->text);
        if (head.status == 101) return MaybeSent("the other side changed the protocol");
        buffer.erase(0, end);
        if (head.status < 200) continue;  // interim: the answer is still to come
        return ReceiveBody(socket, std::move(head), std::move(buffer));
    }
}

HttpResult Exchange::ReceiveBody(StreamSocket& socket, ResponseHead head, std::string buffer) {
    HttpResult result;
    HttpAnswer& answer = result.answer;
    answer.status = trace_.status = head.status;
    answer.headers = std::move(head.headers);
    const auto max = static_cast<std::size_t>(options_.answer_bytes_max);
    if (head.end == BodyEnd::kNone) return result;
    if (head.end == BodyEnd::kChunked) {
        ChunkReader chunks(options_.answer_bytes_max);
        for (;;) {
            std::size_t taken = 0;
            const ChunkReader::State state = chunks.Feed(buffer, taken);
            buffer.erase(0, taken);
            if (state == ChunkReader::State::kMore && ReadSome(socket, buffer)) continue;
            answer.complete = state == ChunkReader::State::kDone;
            answer.body = chunks.TakeBody();
            return result;
        }
    }
    // A body that only the end of the connection ends could have been cut anywhere.
    const bool counted = head.end == BodyEnd::kLength;
    const std::size_t length =
        counted ? std::min(static_cast<std::size_t>(head.length), max + 1) : max + 1;
    while (buffer.size() < length && ReadSome(socket, buffer)) {
    }
    answer.complete = counted && buffer.size() >= length && length <= max;
    answer.body = buffer.substr(0, std::min(length, max));
    return result;
}

}  // namespace

class HttpClientAdapter::Core {
public:
    Core(HttpClientOptions options, std::function<void()> wake, Poco::Net::Context::Ptr context)
        : options_(std::move(options)), wake_(std::move(wake)), context_(std::move(context)) {}

    ~Core() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
            changed_.notify_all();
        }
        dog_.CutAll();
        for (std::thread& worker : workers_) worker.join();
    }

    void Submit(HttpCall call);
    std::vector<HttpCompletion> Take();
    int InFlight() const;

private:
    void Work();

    const HttpClientOptions options_;
    const std::function<void()> wake_;
    const Poco::Net::Context::Ptr context_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> waiting_;
    std::vector<HttpCompletion> done_;
    int in_flight_ = 0;
    std::size_t idle_ = 0;  // workers with nothing to do
    bool ending_ = false;
    Watchdog dog_;
    std::vector<std::thread> workers_;
};

void HttpClientAdapter::Core::Submit(HttpCall call) {
    const auto now = std::chrono::steady_clock::now();
    Job job{std::move(call), now, now};
    job.deadline += std::chrono::milliseconds(job.call.request.total_timeout_ms);
    const std::lock_guard lock(mutex_);
    ++in_flight_;
    if (waiting_.size() < static_cast<std::size_t>(options_.waiting_max)) {
        waiting_.push_back(std::move(job));
        if (waiting_.size() > idle_ && workers_.size() < static_cast<std::size_t>(options_.workers))
            workers_.emplace_back([this] { Work(); });
        changed_.notify_one();
        return;
    }
    HttpCompletion refused{job.call.id, {}};
    refused.result.failure = TransportFailure::kNotSent;
    refused.result.detail = "too many outbound calls are waiting";
    done_.push_back(std::move(refused));
}

void HttpClientAdapter::Core::Work() {
    sigset_t pipe;  // a write to a closed connection is an error, not a signal
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
        --idle_;
        if (ending_) return;
        const Job job = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        Exchange exchange(options_, dog_, context_, job);
        HttpCompletion completion{job.call.id, exchange.Run()};
        if (options_.trace) {
            HttpTrace trace = exchange.trace();
            trace.failure = completion.result.failure;
            trace.detail = completion.result.detail;
            options_.trace(trace);
        }
        lock.lock();
        done_.push_back(std::move(completion));
        if (!wake_) continue;
        lock.unlock();
        wake_();
        lock.lock();
    }
}

std::vector<HttpCompletion> HttpClientAdapter::Core::Take() {
    const std::lock_guard lock(mutex_);
    in_flight_ -= static_cast<int>(done_.size());
    return std::exchange(done_, {});
}

int HttpClientAdapter::Core::InFlight() const {
    const std::lock_guard lock(mutex_);
    return in_flight_;
}

HttpClientAdapter::HttpClientAdapter(std::unique_ptr<Core> core) : core_(std::move(core)) {}
HttpClientAdapter::~HttpClientAdapter() = default;
void HttpClientAdapter::Submit(HttpCall call) { core_->Submit(std::move(call)); }
std::vector<HttpCompletion> HttpClientAdapter::Take() { return core_->Take(); }
int HttpClientAdapter::InFlight() const { return core_->InFlight(); }

Result<std::unique_ptr<HttpClientAdapter>> HttpClientAdapter::Make(HttpClientOptions options,
                                                                   std::function<void()> wake) {
    try {
        // Strict: the host name is checked on loopback as well.
        Poco::Net::Context::Ptr context(new Poco::Net::Context(
            Poco::Net::Context::TLS_CLIENT_USE, "", "", options.ca_file,
            Poco::Net::Context::VERIFY_STRICT, 9, options.ca_file.empty(), kCiphers));
        context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
        NoteTlsFaults();
        context->enableExtendedCertificateVerification(true);
        return std::unique_ptr<HttpClientAdapter>(new HttpClientAdapter(
            std::make_unique<Core>(std::move(options), std::move(wake), std::move(context))));
    } catch (const Poco::Exception& failure) {
        return Invalid("preparing outbound TLS: client_ca_file '" + options.ca_file +
                       "': " + failure.displayText());
    }
}

}  // namespace returns::gateway
