// The lane with API and pages on top, and the real payment connector as "psp": what a person sets
// or approves, up to what leaves for the provider. One thread.
#pragma once

#include "connectors/crypto.h"
#include "gateway/api.h"
#include "tests/gateway/api_world.h"
#include "tests/gateway/lane_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

namespace returns::gateway {

inline Settings ModesKeys() {
    Settings settings;
    settings.shops = {{"main"}};
    settings.deployment_secret = "0123456789abcdef0123456789abcdef";
    settings.session_hours = 8;
    settings.signin = {5, 20, 300};
    settings.limits.search_results_max = 100;
    settings.limits.message_bytes_max = 1 << 20;
    const auto key = [](const std::string& text, const std::string& name, Role role) {
        return KeySettings{name, role, "", "", connectors::Sha256Hex(text)};
    };
    settings.keys = {key("bhk_omar", "operator:omar", Role::kOperator),
                     key("bhk_olga", "operator:olga", Role::kOperator),
                     key("bhk_anna", "agent:anna", Role::kAgent)};
    return settings;
}

// The lane with its API on top.
struct ModesWorld {
    explicit ModesWorld(ConnectionMode mode, const LaneWorld::Change& change = {})
        : lane([mode, change](ConnectionSettings& settings) {
              if (settings.name != "psp") return;
              settings.mode = mode;
              if (change) change(settings);
          }) {
        Open();
    }
    ~ModesWorld() { api.reset(); }

    void Open() {
        ApiParts parts{*lane.engine, *lane.kit->connections, lane.clock, settings};
        parts.dispatcher = lane.dispatcher.get();
        parts.switches = lane.switches.get();
        api = std::make_unique<Api>(std::move(parts));
    }
    void Restart() {
        api.reset();
        lane.Restart();
        Open();
        lane.Step();
    }

    DoorReply Ask(const std::string& method, const std::string& target, const std::string& key,
                  const std::string& body = "") {
        DoorRequest request{.method = method};
        const std::size_t mark = target.find('?');
        request.path = target.substr(0, mark);
        if (mark != std::string::npos) request.query = target.substr(mark + 1);
        request.headers = {{"Authorization", "Bearer " + key}};
        request.body = body;
        DoorReply answer;
        answer.status = 0;
        api->Handle(std::move(request), [&](DoorReply reply) { answer = std::move(reply); });
        lane.Step();
        return answer;
    }
    // The pages: signing in gives the cookie; forms carry the token of a page just read.
    DoorReply Browse(const std::string& method, const std::string& target,
                     const std::string& cookie, const std::string& form = "") {
        DoorRequest request{.method = method};
        const std::size_t mark = std::min(target.find('?'), target.size());
        request.path = target.substr(0, mark);
        if (mark < target.size()) request.query = target.substr(mark + 1);
        request.query = request.query.substr(0, request.query.find('#'));
        request.headers = {{"Accept", "text/html"}, {"Host", "gateway.example"}};
        if (!cookie.empty()) request.headers.emplace_back("Cookie", cookie);
        if (method == "POST")
            request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        request.body = form;
        DoorReply answer;
        answer.status = 0;
        api->Handle(std::move(request), [&](DoorReply reply) { answer = std::move(reply); });
        lane.Step();
        return answer;
    }
    std::string SignIn(const std::string& key) {
        const std::string cookie =
            HeaderOf(Browse("POST", "/signin", "", "key=" + key), "Set-Cookie");
        return cookie.substr(0, cookie.find(';'));
    }
    std::string Page(const std::string& target, const std::string& cookie) {
        const DoorReply reply = Browse("GET", target, cookie);
        EXPECT_EQ(reply.status, 200) << target;
        return reply.body;
    }
    DoorReply Form(const std::string& target, const std::string& cookie, const std::string& form) {
        const std::string csrf = FieldOf(Page("/connections", cookie), "csrf");
        return Browse("POST", target, cookie, "csrf=" + csrf + "&" + form);
    }
    // The page that a form leads to.
    std::string After(const DoorReply& reply, const std::string& cookie) {
        EXPECT_EQ(reply.status, 303) << reply.body;
        return Page(HeaderOf(reply, "Location"), cookie);
    }
    DoorReply Set(const std::string& what, const std::string& body) {
        return Ask("POST", "/v1/connections/psp/" + what, "bhk_omar", body);
    }
    DoorReply Approve(const std::string& key, const std::string& body) {
        return Ask("POST", "/v1/commands/approve", key, body);
    }
    Json Waiting(const std::string& query = "&held=approval") {
        const DoorReply reply = Ask("GET", "/v1/commands?connection=psp" + query, "bhk_anna");
        EXPECT_EQ(reply.status, 200) << reply.body;
        return BodyOf(reply);
    }
    // Orders "1" to "n", of each a refund of 50.00 EUR is due.
    void Due(int n) {
        for (int i = 1; i <= n; ++i) {
            lane.PlaceOrder(std::to_string(i));
            lane.ComeBack(std::to_string(i));
        }
    }
    std::size_t Sent() const { return lane.http->To("psp", "POST /v1/refunds").size(); }

    Settings settings = ModesKeys();
    LaneWorld lane;
    std::unique_ptr<Api> api;
};

}  // namespace returns::gateway
