#include "tests/live/nginx_world.h"

#include "connectors/connector.h"
#include "connectors/crypto.h"
#include "gateway/system_clock.h"
#include "schemas/check.h"
#include "tests/connectors/connectors_folder.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace returns::live {
namespace {

using Poco::Net::Context;

// As deploy/nginx/README.md says it for another proxy in front; those at 127.0.8.x are such.
constexpr char kBehindABalancer[] =
    "set_real_ip_from 127.0.8.0/24; real_ip_header X-Forwarded-For; real_ip_recursive on; ";
constexpr char kWebhookSecret[] = "whsec_dGVzdC1zZWNyZXQtb2Ytc2hpcGJvYg==";

void OpenSsl(const std::string& arguments) {
    const std::string command = "openssl " + arguments + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

int FreePort() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket, reinterpret_cast<const sockaddr*>(&address), size);
    getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    close(socket);
    return ntohs(address.sin_port);
}

// The recipe with this machine's places; what is not in it any more is noticed.
std::string Placed(std::string recipe,
                   const std::vector<std::pair<std::string, std::string>>& places) {
    for (const auto& [what, by] : places) {
        std::size_t at = recipe.find(what);
        EXPECT_NE(at, std::string::npos) << "the recipe has no '" << what << "'";
        for (; at != std::string::npos; at = recipe.find(what, at + by.size()))
            recipe.replace(at, what.size(), by);
    }
    return recipe;
}

int ConnectFrom(const std::string& from, int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in own{}, to{};
    own.sin_family = to.sin_family = AF_INET;
    inet_pton(AF_INET, from.c_str(), &own.sin_addr);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return socket;
    close(socket);
    return -1;
}

Json Secret(const std::string& folder, const std::string& name, const std::string& text) {
    WriteFile(folder + "/" + name, text);
    return Json::String("file:" + folder + "/" + name);
}

}  // namespace

NginxWorld::NginxWorld() : folder_(gateway_.folder()) {
    MakeCertificates();
    Json settings = Json::Object({{"api_token", Secret(folder_, "token", "t")},
                                  {"webhook_secret", Secret(folder_, "webhook", kWebhookSecret)},
                                  {"channel_id", Json::String("1")},
                                  {"fulfillment_center_id", Json::Int(1)},
                                  {"inventory", Json::Object({{"LAMP", Json::Int(1)}})}});
    Json bob =
        Json::Object({{"name", Json::String("bob")},
                      {"connector", Json::String("logistics/shipbob")},
                      {"settings", std::move(settings)},
                      {"client_certificates", Json::Array({Json::String(Fingerprint("bob"))})}});
    gateway_.settings().Set("connections", Json::Array({std::move(bob)}));
    gateway_.settings().Set("listen",
                            Json::Object({{"host", Json::String("127.0.0.1")},
                                          {"port", Json::Int(0)},
                                          {"proxies", Json::Array({Json::String("127.0.0.1")})}}));
    gateway_.Start();
    StartNginx();
}

NginxWorld::~NginxWorld() = default;

void NginxWorld::MakeCertificates() {
    const std::string key =
        " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + folder_;
    const std::string sign = " -CA " + folder_ + "/partners.pem -CAkey " + folder_ + "/ca.key";
    OpenSsl("req -x509 -days 30 -subj /CN=authority" + key + "/ca.key -out " + folder_ +
            "/partners.pem");
    OpenSsl("req -x509 -days 30 -subj /CN=returns.example -addext subjectAltName=DNS:localhost" +
            key + "/server.key -out " + folder_ + "/server.pem");
    OpenSsl("req -x509 -days 30 -subj /CN=bob" + key + "/stranger.key -out " + Pem("stranger"));
    for (const std::string name : {"bob", "other", "expired"}) {
        OpenSsl("req -subj /CN=" + name + key + "/" + name + ".key -out " + folder_ + "/csr");
        OpenSsl("x509 -req -in " + folder_ + "/csr" + sign + " -CAcreateserial -days " +
                (name == "expired" ? "-1" : "30") + " -out " + Pem(name));
    }
}

std::string NginxWorld::Pem(const std::string& name) const { return folder_ + "/" + name + ".pem"; }

std::string NginxWorld::Fingerprint(const std::string& name) const {
    const Run run = RunProgram(
        {"/usr/bin/openssl", "x509", "-in", Pem(name), "-noout", "-fingerprint", "-sha256"},
        folder_);
    const std::size_t at = run.out.find('=');
    EXPECT_NE(at, std::string::npos) << run.error;
    return "sha256:" + run.out.substr(at + 1, 95);
}

void NginxWorld::StartNginx() {
    const std::string recipe = ReadFile(BACKHAUL_SOURCE_DIR "/deploy/nginx/backhaul.conf");
    const char* program = std::getenv("BACKHAUL_NGINX");
    const std::string& url = gateway_.url();
    for (int attempt = 0; attempt < 5; ++attempt) {  // a port may be taken meanwhile
        port_ = FreePort();
        WriteFile(
            folder_ + "/backhaul.conf",
            Placed(recipe,
                   {{"127.0.0.1:8080", url.substr(url.find("127"))},
                    {"listen 80;", "listen 127.0.0.1:" + std::to_string(FreePort()) + ";"},
                    {"listen 443 ssl;", "listen 127.0.0.1:" + std::to_string(port_) + " ssl;"},
                    {"/etc/nginx/backhaul", folder_},
                    {"/var/log/nginx", folder_},
                    {"10.0.0.0/8", "127.0.9.0/24"}}));
        std::string temporary;
        for (const char* each : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
            temporary += std::string(each) + "_temp_path " + folder_ + "/" + each + "; ";
        WriteFile(folder_ + "/nginx.conf",
                  "daemon off; master_process off; pid " + folder_ + "/nginx.pid; error_log " +
                      folder_ + "/error.log info; events { worker_connections 1024; }\nhttp { " +
                      temporary + kBehindABalancer + "include " + folder_ + "/backhaul.conf; }\n");
        nginx_ = std::make_unique<Child>(
            std::vector<std::string>{program == nullptr ? "/usr/sbin/nginx" : program, "-p",
                                     folder_, "-c", folder_ + "/nginx.conf", "-e",
                                     folder_ + "/error.log"},
            folder_ + "/nginx.out", folder_ + "/nginx.err");
        const bool up = Until(kStartPatience, [&] {
            const int socket = ConnectFrom("127.0.0.1", port_);
            if (socket >= 0) close(socket);
            return socket >= 0 || !nginx_->Running();
        });
        if (up && nginx_->Running()) return;
    }
    FAIL() << ReadFile(folder_ + "/nginx.err") << NginxLog();
}

std::string NginxWorld::NginxLog() const { return ReadFile(folder_ + "/error.log"); }

std::string NginxWorld::Say(std::string_view bytes, const Caller& caller) const {
    const bool shown = !caller.certificate.empty();
    std::string heard;
    try {
        Context::Ptr context(new Context(Context::TLS_CLIENT_USE,
                                         shown ? folder_ + "/" + caller.certificate + ".key" : "",
                                         shown ? Pem(caller.certificate) : "", Pem("server"),
                                         Context::VERIFY_STRICT, 9, false, "ALL:@SECLEVEL=0"));
        if (caller.old_tls)
            context->disableProtocols(Context::PROTO_TLSV1_2 | Context::PROTO_TLSV1_3);
        const int socket = ConnectFrom(caller.from, port_);
        if (socket < 0) return "";
        Poco::Net::StreamSocket tcp(new Poco::Net::StreamSocketImpl(socket));
        auto secure = Poco::Net::SecureStreamSocket::attach(tcp, "localhost", context);
        secure.setReceiveTimeout(Poco::Timespan(20, 0));
        secure.completeHandshake();
        secure.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
        std::array<char, 4096> some;
        for (int n = 0; (n = secure.receiveBytes(some.data(), some.size())) > 0;)
            heard.append(some.data(), static_cast<std::size_t>(n));
    } catch (const Poco::Exception& failure) {
        if (heard.empty()) heard = "(" + failure.displayText() + ")";
    }
    return heard;
}

std::string NginxWorld::SignedCallback(const std::string& id, const std::string& more_headers,
                                       bool chunked) const {
    static const connectors::Connector connector =
        connectors::Connector::Load(connectors::ReadFolder("logistics/shipbob")).value();
    // Spaces, escapes and bytes beyond ASCII: what is parsed and written again would differ.
    const std::string body = "{ \"id\" : 1,\t\"status\":\"Gr\\u00fc\xc3\x9f\" ,\r\n \"x\":[ ] }\n";
    const connectors::HttpHeaders none;
    connectors::SignedRequest request{"POST", "", "/v1/callbacks/bob", &none, body};
    const auto headers = connector.manifest().callbacks->recipe.Sign(
        id, gateway::SystemClock::Wall(), request, kWebhookSecret);
    CHECK(headers.ok());
    std::string out = "POST /v1/callbacks/bob HTTP/1.1\r\nHost: returns.example\r\n" + more_headers;
    for (const auto& [name, value] : *headers) out += name + ": " + value + "\r\n";
    out += "Content-Type: application/json\r\nConnection: close\r\n";
    if (!chunked) return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    out += "Transfer-Encoding: chunked\r\n\r\n";
    for (const char c : body) out += std::string("1\r\n") + c + "\r\n";
    return out + "0\r\n\r\n";
}

}  // namespace returns::live
