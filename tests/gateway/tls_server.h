// A TLS server on loopback for tests, with certificates made on the spot.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace returns::gateway {

// An authority and the certificates it signed, as PEM files in a folder of their own.
class Certificates {
public:
    Certificates();
    ~Certificates();
    std::string authority() const { return folder_ + "/ca.pem"; }
    // Makes a key and a certificate for that name: "DNS:localhost".
    // `valid` is its life for openssl: "-days 30"; an end before its beginning has expired.
    std::string Issue(const std::string& file, const std::string& alternative_name,
                      const std::string& valid = "-days 30") const;
    std::string KeyOf(const std::string& file) const { return folder_ + "/" + file + ".key"; }

private:
    std::string folder_;
};

// What a server speaks: all there is today, one version alone, TLS 1.2 with a cipher of old.
enum class TlsKind : std::uint8_t { kToday, kVersion12, kVersion11, kOldCipher };

// Answers every request with the same bytes.
class TlsServer {
public:
    TlsServer(const std::string& certificate, const std::string& key, std::string answer,
              TlsKind kind = TlsKind::kToday);
    ~TlsServer();
    std::string url() const;  // https://localhost:<port>

private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace returns::gateway
