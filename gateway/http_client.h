// The outbound HTTP adapter: a bounded pool of worker threads, one connection per call, never a
// redirect, TLS 1.2 or better with chain and host name always checked (on loopback too).
// Submit and Take: the lane's thread; the workers are the adapter's own.
//
// What counts for money: kNotSent is certain (nothing of the request left), everything that goes
// wrong from the first byte on is kMaybeSent, an answer shorter than it promised is not complete.
#pragma once

#include "gateway/ports.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

// What one call did, without headers, query or body: fit for a log.
struct HttpTrace {
    std::int64_t id = 0;
    std::string method, host, path, address;
    int status = 0;
    connectors::TransportFailure failure = connectors::TransportFailure::kNone;
    std::string detail;
    std::int64_t bytes_sent = 0, bytes_received = 0;
    Instant certificate_until = kNoTime;  // of the other side, where the chain was believed
    std::int64_t waited_ms = 0, connected_ms = 0, total_ms = 0;  // since Submit
};

struct HttpClientOptions {
    int workers = 16;                         // at most; made as they are needed
    int waiting_max = 1024;                   // calls not yet with a worker; beyond: kNotSent
    std::int64_t answer_bytes_max = 1 << 20;  // a longer body is cut: complete is false
    std::size_t head_bytes_max = 64 << 10;
    int connect_timeout_ms = 5000;        // at most; the call's total deadline holds as well
    bool allow_plain_http = false;        // http:// beyond loopback
    bool allow_private_addresses = true;  // partners inside the house; link-local never
    std::function<void(const HttpTrace&)> trace;  // on a worker's thread; may be null
    std::string ca_file;                          // PEM; "" takes the system's authorities
};

class HttpClientAdapter final : public HttpClient {
public:
    // `wake` is called on a worker's thread whenever Take has something new; may be null.
    // A completion without an answer never came from a partner; 3xx is an answer like any other.
    // kInvalid when the authorities' file cannot be read.
    static Result<std::unique_ptr<HttpClientAdapter>> Make(HttpClientOptions options,
                                                           std::function<void()> wake = nullptr);
    // Calls under way are cut off (kMaybeSent, nobody takes it) and the workers joined.
    ~HttpClientAdapter() override;

    // The total deadline starts now: waiting for a worker counts.
    void Submit(HttpCall call) override;
    std::vector<HttpCompletion> Take() override;
    int InFlight() const;  // submitted and not yet taken

private:
    class Core;
    explicit HttpClientAdapter(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

// The parts of "https://host:8443/base"; kInvalid for another scheme, user information, a query,
// a fragment or a bad port. The base path has no slash at its end.
struct BaseUrl {
    bool tls = true;
    std::string host;
    std::uint16_t port = 443;
    std::string path;
};
Result<BaseUrl> ParseBaseUrl(const std::string& text);
bool IsLoopbackName(std::string_view host);  // "localhost", 127.x.y.z, "::1"

}  // namespace returns::gateway
