// A real nginx with the recipe of deploy/nginx before a real gateway, both on free ports of
// loopback, and certificates made on the spot. Callers' addresses 127.0.9.x are inside the house,
// all others outside; 127.0.8.x are load balancers in front of nginx. One thread.
#pragma once

#include "tests/live/lone_gateway.h"

#include <memory>
#include <string>
#include <string_view>

namespace returns::live {

// How a caller comes: with which certificate, by which version of TLS, from where.
struct Caller {
    std::string certificate;  // its name among the certificates; "" for none
    bool old_tls = false;     // 1.1 at most
    std::string from = "127.0.0.1";
};

class NginxWorld {
public:
    NginxWorld();
    ~NginxWorld();

    LoneGateway& gateway() { return gateway_; }
    int port() const { return port_; }                       // nginx's, TLS
    std::string Fingerprint(const std::string& name) const;  // "sha256:..."
    std::string Pem(const std::string& name) const;

    // Sends these bytes and gives everything up to the other side's end; "" where there is no
    // connection. Requests say "Connection: close".
    std::string Say(std::string_view bytes, const Caller& caller = {}) const;
    // The headers and body of a callback of the partner "bob", signed.
    std::string SignedCallback(const std::string& id, const std::string& more_headers = "",
                               bool chunked = false) const;
    std::string NginxLog() const;

private:
    void MakeCertificates();
    void StartNginx();

    LoneGateway gateway_;
    std::string folder_;
    int port_ = 0;
    std::unique_ptr<Child> nginx_;
};

}  // namespace returns::live
