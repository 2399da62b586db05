#include "tests/live/lone_gateway.h"

#include "gateway/keys.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

namespace returns::live {
namespace {

constexpr milliseconds kEndPatience{10000};

}  // namespace

LoneGateway::LoneGateway() : settings_(LoneSettings(folder_.path())) {
    const gateway::NewKey key = gateway::MakeKey(std::string(32, 'k'));
    key_ = key.key;
    settings_.Set("keys", Json::Array({Json::Object({{"name", Json::String("operator:live")},
                                                     {"role", Json::String("operator")},
                                                     {"sha256", Json::String(key.sha256)}})}));
}

void LoneGateway::Start() {
    const std::string path = folder() + "/settings.json";
    WriteFile(path, WriteJson(settings_));
    process_.reset();
    url_.clear();
    std::filesystem::remove(folder() + "/log");  // it tells where the last one listened
    process_ = std::make_unique<Child>(
        std::vector<std::string>{BACKHAUL_PROGRAM, "serve", "--settings", path}, folder() + "/out",
        folder() + "/log");
    static constexpr std::string_view kWords = "listening on ";
    ASSERT_TRUE(Until(kStartPatience, [&] {
        const std::string text = Log();
        const std::size_t at = text.find(kWords), end = text.find('"', at);
        if (at == std::string::npos || end == std::string::npos) return false;
        url_ = "http://" + text.substr(at + kWords.size(), end - at - kWords.size());
        return true;
    })) << Log();
}

void LoneGateway::Kill() {
    process_->Signal(SIGKILL);
    ASSERT_EQ(process_->Exit(kEndPatience), 128 + SIGKILL);
}

void LoneGateway::LoseLog() {
    std::filesystem::remove(database() + "-wal");
    std::filesystem::remove(database() + "-shm");
}

std::string LoneGateway::Log() const { return ReadFile(folder() + "/log"); }

HttpAnswer LoneGateway::Get(const std::string& path) const {
    return Fetch("GET", url_, path, "", key_);
}

HttpAnswer LoneGateway::Tell(const std::string& type, const std::string& order,
                             const std::string& data) {
    return Fetch("POST", url_, "/v1/events",
                 R"({"specversion":"1.0","source":"/shop","id":"t)" + std::to_string(++told_) +
                     R"(","type":")" + type + R"(","subject":")" + order + R"(","data":)" + data +
                     "}",
                 key_, "application/cloudevents+json");
}

void LoneGateway::TellRefundDue(const std::string& order) {
    const auto tell = [&](const std::string& type, const std::string& data) {
        const HttpAnswer answer = Tell(type, order, data);
        ASSERT_EQ(answer.status, 202) << answer.body;
    };
    const std::string id = R"({"return_id":"R-)" + order + "\"";
    tell("order.placed",
         R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,"unit_price_minor":5000}],)"
         R"("currency":"EUR","jurisdiction":"EU"})");
    tell("order.captured",
         R"({"currency":"EUR","tender":{"id":"T1","kind":"card","connection":"psp",)"
         R"("reference":"pi_1","amount_minor":10000}})");
    tell("order.delivered", "{}");
    tell("return.requested", id + R"(,"lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
                                  R"("resolution":"refund","statutory":false})");
    tell("parcel.scanned", id + "}");
    tell("parcel.delivered", id + "}");
    tell("return.opened", id + R"(,"lines":[{"id":"A","received":1}]})");
    tell("return.inspected",
         id + R"(,"lines":[{"id":"A","accepted":1,"rejected":0,"grade":"ok"}]})");
}

}  // namespace returns::live
