// What tests of the sandbox share: calls through our own connectors to a sandbox in this process.
#pragma once

#include "connectors/connector.h"
#include "gateway/http_client.h"
#include "tests/connectors/connectors_folder.h"
#include "tests/live/callback_door.h"
#include "tests/sandbox/sandbox.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace returns::sandbox {

using connectors::Connector;
using connectors::OutcomeKind;

inline Instant RealNow() {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

inline Json Read(const std::string& text) {
    Result<Json> json = ParseJson(text);
    EXPECT_TRUE(json.ok()) << text;
    return json.ok() ? std::move(json).value() : Json();
}

inline Connector Load(const std::string& name) {
    Result<Connector> connector = Connector::Load(connectors::ReadFolder(name));
    EXPECT_TRUE(connector.ok()) << connector.error().text;
    return std::move(connector).value();
}

class SandboxTest : public testing::Test {
protected:
    SandboxTest()
        : sandbox_(SandboxOptions{5, 6, 1, 0, door_.Address()}), ready_(sandbox_.Ready()) {
        client_ = gateway::HttpClientAdapter::Make({}, [this] {
                      const std::lock_guard lock(mutex_);
                      answered_.notify_all();
                  }).value();
        Admin("DELETE", "/faults", "");
    }

    connectors::HttpResult Call(connectors::HttpRequest request) {
        return Call(sandbox_.Address(), std::move(request));
    }
    connectors::HttpResult Call(const std::string& address, connectors::HttpRequest request) {
        client_->Submit({1, address, std::move(request)});
        std::vector<gateway::HttpCompletion> done;
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(answered_.wait_for(lock, kPatience, [&] {
            done = client_->Take();
            return !done.empty();
        }));
        return done.empty() ? connectors::HttpResult() : done.front().result;
    }
    Json Admin(const std::string& method, const std::string& path, const std::string& body) {
        return Admin(sandbox_.Address(), method, path, body);
    }
    Json Admin(const std::string& address, const std::string& method, const std::string& path,
               const std::string& body) {
        connectors::HttpRequest request;
        request.method = method;
        request.target = path;
        request.body = body;
        return Read(Call(address, std::move(request)).answer.body);
    }
    // Through the connector there and back.
    connectors::Outcome Run(Connector& connector, const std::string& operation,
                            const std::string& command, const Json& settings) {
        const Json json = Read(command);
        Result<connectors::HttpRequest> request = connector.Encode(operation, json, settings);
        EXPECT_TRUE(request.ok()) << request.error().text;
        const connectors::HttpResult result = Call(std::move(request).value());
        return connector.Decode(operation, json, settings, result, RealNow());
    }
    std::vector<std::string> Types(Connector& connector, const Json& settings,
                                   const std::vector<WebRequest>& requests) {
        std::vector<std::string> types;
        for (const WebRequest& request : requests) {
            connectors::SignedRequest signed_request;
            signed_request.method = request.method;
            signed_request.path = request.path;
            signed_request.headers = &request.headers;
            signed_request.body = request.body;
            const auto reading = connector.ReadCallback(signed_request, settings, RealNow());
            EXPECT_EQ(reading.verification.verdict, connectors::Verdict::kVerified)
                << reading.verification.sentence;
            EXPECT_EQ(reading.unmapped, "");
            for (const Envelope& event : reading.events) {
                types.emplace_back(Facts(event.type).wire);
            }
        }
        return types;
    }
    void Play(const std::string& more) {
        const Json progress = Admin("POST", "/story", "{\"speed\":5000000" + more + "}");
        EXPECT_EQ(progress["state"].AsString(), "playing") << WriteJson(progress);
    }
    Json Settings(const std::string& kind, const Json& more) {
        Json settings = ready_[kind];
        Json with = Json::Object();
        for (const auto& [name, value] : settings.Members()) {
            if (name != "base_url") with.Set(name, value);
        }
        for (const auto& [name, value] : more.Members()) with.Set(name, value);
        return with;
    }

    Door door_;
    Sandbox sandbox_;
    Json ready_;
    std::mutex mutex_;
    std::condition_variable answered_;
    std::unique_ptr<gateway::HttpClientAdapter> client_;
};

}  // namespace returns::sandbox
