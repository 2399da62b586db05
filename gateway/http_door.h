// The HTTP listener: one thread of its own reads and checks raw requests from all connections,
// hands each to the sink and sends the reply; whatever a connection waits for has a total deadline,
// and costs its socket and what has arrived of it, never a thread. Plain HTTP/1.1; public TLS ends
// at a proxy in front. Methods below: any thread.
//
// A request reaches the sink only whole and unambiguous: one Host, one length or `chunked`, never
// both, no control characters, body within its limit. Whatever is refused before that is answered
// with problem+json and ends the connection, so no leftover byte is ever read as a request.
#pragma once

#include "connectors/http.h"
#include "gateway/problem.h"
#include "schemas/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace returns::gateway {

struct DoorRequest {
    std::string method;  // upper case; HEAD arrives as GET, its answer leaves without the body
    std::string path;    // as sent, still escaped: "/v1/returns/R%2F1"; see gateway/http_wire.h
    std::string query;   // as sent, without '?'
    connectors::HttpHeaders headers;
    std::string body;        // the raw bytes, chunks joined
    std::string peer;        // the caller's address; behind a known proxy the one it reports
    bool via_proxy = false;  // a known proxy sent it: what it says about the caller is believed
    int refused = 0;         // the door has answered it so, and the body is not here
};

struct DoorReply {
    int status = 200;
    connectors::HttpHeaders headers;  // Content-Length, Date and Connection are the door's
    std::string body;
};

// A reply that carries a problem document.
DoorReply ProblemReply(const Problem& problem);

// Called on the door's thread: must not wait. The reply function may be called on any thread, now
// or later, also after the door is gone; only the first call counts. A throwing sink is answered
// with 500.
using DoorReplyFunction = std::function<void(DoorReply)>;
using DoorSink = std::function<void(DoorRequest, DoorReplyFunction)>;
// Asked before the body is read, with an empty body; a reply here refuses the request (429, ...).
using DoorAdmission = std::function<std::optional<DoorReply>(const DoorRequest&)>;

struct DoorOptions {
    std::string host = "127.0.0.1";
    int port = 0;  // 0: any free one, see port()
    int connections_max = 8192;
    int connections_per_peer_max = 64;  // of an address, with IPv6 of a /64; proxies excepted
    std::vector<std::string> proxies;   // addresses whose X-Forwarded-For is believed
    std::int64_t body_bytes_max = 1 << 20;
    // Lower limits by path prefix, first match: {"/v1/callbacks/", 262144}.
    std::vector<std::pair<std::string, std::int64_t>> body_limits;
    // Told of requests that were refused after their head was read, on the door's thread.
    std::function<void(DoorRequest)> refused = nullptr;
    // Of all requests together, from their first byte to the last of the answer; beyond it only
    // small ones are taken.
    std::int64_t held_bytes_max = 256 << 20;
    int read_timeout_ms = 10000;   // one request, first byte to last
    int idle_timeout_ms = 5000;    // between requests, and before the first byte
    int reply_timeout_ms = 15000;  // sink to reply; then 503
    int write_timeout_ms = 10000;  // one answer
    int linger_timeout_ms = 1000;  // reads on after a refusal, so that its answer arrives
    int requests_per_connection_max = 1000;
};

// Since the door opened.
struct DoorCounters {
    std::int64_t connections = 0;  // accepted
    std::int64_t connections_open = 0;
    std::int64_t refused_total_cap = 0;  // connections over connections_max
    std::int64_t refused_peer_cap = 0;
    std::int64_t accept_failures = 0;   // the system had no descriptor or memory left
    std::int64_t requests = 0;          // given to the sink
    std::int64_t refused_requests = 0;  // ill-formed, too large, not admitted, draining
    std::int64_t refused_memory = 0;    // beyond held_bytes_max
    std::int64_t read_timeouts = 0;
    std::int64_t reply_timeouts = 0;
    std::int64_t write_timeouts = 0;
    std::int64_t failures = 0;  // the sink threw
};

class HttpDoor {
public:
    // kInvalid when the address cannot be listened on (taken, not ours, no right to the port).
    static Result<std::unique_ptr<HttpDoor>> Open(DoorOptions options, DoorSink sink,
                                                  DoorAdmission admission = nullptr);
    ~HttpDoor();  // Stop()
    HttpDoor(const HttpDoor&) = delete;
    HttpDoor& operator=(const HttpDoor&) = delete;

    int port() const;

    // Drain: from now on every new request is answered 503 and its connection closed; requests
    // already with the sink go on.
    void StopAccepting();
    int InFlight() const;  // requests with the sink, their answers not yet written
    // Closes the listener and every connection; what still waits for a reply is answered 503 as
    // far as its socket takes it. Returns within about write_timeout_ms. May be called twice.
    void Stop();

    DoorCounters Counters() const;

private:
    class Core;
    explicit HttpDoor(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace returns::gateway
