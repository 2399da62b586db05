#include "tests/sandbox/web.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>

#include <algorithm>
#include <thread>

namespace returns::sandbox {

namespace {

constexpr int kThreadsMax = 64;

bool SameName(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

WebRequest Read(Poco::Net::HTTPServerRequest& from) {
    WebRequest request;
    request.method = from.getMethod();
    const std::string& target = from.getURI();
    const std::size_t mark = target.find('?');
    Poco::URI::decode(target.substr(0, mark), request.path);
    if (mark != std::string::npos) request.query = DecodeForm(target.substr(mark + 1));
    for (const auto& [name, value] : from) request.headers.emplace_back(name, value);
    Poco::StreamCopier::copyToString(from.stream(), request.body);
    return request;
}

class Conversation : public Poco::Net::HTTPRequestHandler {
public:
    Conversation(std::mutex& mutex, const Web::Answer& answer) : mutex_(mutex), answer_(answer) {}

    void handleRequest(Poco::Net::HTTPServerRequest& from,
                       Poco::Net::HTTPServerResponse& to) override {
        const WebRequest request = Read(from);
        WebAnswer answer;
        {
            const std::lock_guard lock(mutex_);
            answer = answer_(request);
        }
        std::this_thread::sleep_for(answer.delay);
        if (answer.lost) {
            dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(from).socket().shutdown();
            return;
        }
        to.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answer.status));
        to.setReason(Poco::Net::HTTPResponse::getReasonForStatus(to.getStatus()));
        for (const auto& [name, value] : answer.headers) to.set(name, value);
        to.sendBuffer(answer.body.data(), answer.body.size());
    }

private:
    std::mutex& mutex_;
    const Web::Answer& answer_;
};

class Factory : public Poco::Net::HTTPRequestHandlerFactory {
public:
    Factory(std::mutex& mutex, Web::Answer answer) : mutex_(mutex), answer_(std::move(answer)) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(
        const Poco::Net::HTTPServerRequest&) override {
        return new Conversation(mutex_, answer_);
    }

private:
    std::mutex& mutex_;
    Web::Answer answer_;
};

Poco::Net::HTTPServerParams::Ptr Params() {
    Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
    params->setMaxThreads(kThreadsMax);
    params->setMaxQueued(kThreadsMax * 4);
    params->setKeepAlive(true);
    params->setKeepAliveTimeout(Poco::Timespan(2, 0));
    return params;
}

std::string DecodePart(std::string_view text) {
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), '+', ' ');
    std::string decoded;
    try {
        Poco::URI::decode(plain, decoded);
    } catch (const Poco::Exception&) {
        decoded = plain;
    }
    return decoded;
}

}  // namespace

struct Web::Server {
    Server(int port, std::mutex& mutex, Answer answer)
        : pool(2, kThreadsMax),
          socket(Poco::Net::SocketAddress("127.0.0.1", static_cast<Poco::UInt16>(port))),
          http(new Factory(mutex, std::move(answer)), pool, socket, Params()) {}
    Poco::ThreadPool pool;
    Poco::Net::ServerSocket socket;
    Poco::Net::HTTPServer http;
};

Web::Web(int port, std::mutex& mutex, Answer answer)
    : server_(std::make_unique<Server>(port, mutex, std::move(answer))) {
    server_->http.start();
}

Web::~Web() { Stop(); }

int Web::port() const { return server_->socket.address().port(); }

void Web::Stop() {
    server_->http.stopAll(true);
    server_->pool.joinAll();
}

std::string_view WebRequest::Header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (SameName(key, name)) return value;
    }
    return {};
}

std::string WebRequest::Query(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) return value;
    }
    return {};
}

WebAnswer JsonAnswer(int status, const Json& body) {
    return {status, {{"Content-Type", "application/json"}}, WriteJson(body)};
}

Pairs DecodeForm(std::string_view text) {
    Pairs pairs;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const std::size_t mark = part.find('=');
        pairs.emplace_back(DecodePart(part.substr(0, mark)),
                           mark == std::string_view::npos ? "" : DecodePart(part.substr(mark + 1)));
    }
    return pairs;
}

}  // namespace returns::sandbox
