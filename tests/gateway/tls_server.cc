#include "tests/gateway/tls_server.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <thread>

namespace returns::gateway {
namespace {

void OpenSsl(const std::string& arguments) {
    const std::string command = "openssl " + arguments + " 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

constexpr char kNewKey[] = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

}  // namespace

Certificates::Certificates() {
    std::string folder = testing::TempDir() + "/certificates-XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    OpenSsl(std::string(kNewKey) + " -x509 -days 30 -subj /CN=authority -keyout " + folder_ +
            "/ca.key -out " + authority());
}

Certificates::~Certificates() { std::filesystem::remove_all(folder_); }

std::string Certificates::Issue(const std::string& file, const std::string& alternative_name,
                                const std::string& valid) const {
    const std::string base = folder_ + "/" + file;
    OpenSsl(std::string(kNewKey) + " -subj /CN=" + file + " -keyout " + KeyOf(file) + " -out " +
            base + ".csr");
    std::ofstream(base + ".ext") << "subjectAltName=" << alternative_name
                                 << "\nbasicConstraints=critical,CA:FALSE\n";
    OpenSsl("x509 -req -in " + base + ".csr -CA " + authority() + " -CAkey " + folder_ +
            "/ca.key -CAcreateserial -extfile " + base + ".ext " + valid + " -out " + base +
            ".pem");
    return base + ".pem";
}

namespace {

using Poco::Net::Context;

// Level 0 lets the library speak what it otherwise would not.
std::string Ciphers(TlsKind kind) {
    return kind == TlsKind::kOldCipher ? "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0" : "ALL:@SECLEVEL=0";
}

Context::Ptr Speaking(TlsKind kind, const std::string& certificate, const std::string& key) {
    Context::Ptr context(new Context(Context::TLS_SERVER_USE, key, certificate, "",
                                     Context::VERIFY_NONE, 9, false, Ciphers(kind)));
    if (kind != TlsKind::kToday) context->disableProtocols(Context::PROTO_TLSV1_3);
    if (kind == TlsKind::kVersion11)
        context->disableProtocols(Context::PROTO_TLSV1_2 | Context::PROTO_TLSV1_3);
    return context;
}

}  // namespace

class TlsServer::Core {
public:
    Core(const std::string& certificate, const std::string& key, std::string answer, TlsKind kind)
        : answer_(std::move(answer)),
          context_(Speaking(kind, certificate, key)),
          listener_(Poco::Net::SocketAddress("127.0.0.1", 0), 16, context_),
          thread_([this] { Run(); }) {}
    ~Core() {
        ending_ = true;
        thread_.join();
    }
    int port() const { return listener_.address().port(); }

private:
    void Run() {
        while (!ending_) {
            if (!listener_.poll(Poco::Timespan(20000), Poco::Net::Socket::SELECT_READ)) continue;
            try {
                Poco::Net::StreamSocket client = listener_.acceptConnection();
                std::string request;
                char bytes[1024];
                while (request.find("\r\n\r\n") == request.npos) {
                    const int n = client.receiveBytes(bytes, sizeof bytes);
                    if (n <= 0) break;
                    request.append(bytes, static_cast<std::size_t>(n));
                }
                client.sendBytes(answer_.data(), static_cast<int>(answer_.size()));
                client.close();
            } catch (const Poco::Exception&) {  // the client did not like the certificate
            }
        }
    }

    const std::string answer_;
    Poco::Net::Context::Ptr context_;
    Poco::Net::SecureServerSocket listener_;
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

TlsServer::TlsServer(const std::string& certificate, const std::string& key, std::string answer,
                     TlsKind kind)
    : core_(std::make_unique<Core>(certificate, key, std::move(answer), kind)) {}

TlsServer::~TlsServer() = default;

std::string TlsServer::url() const { return "https://localhost:" + std::to_string(core_->port()); }

}  // namespace returns::gateway
