// An order older than the topic: the gateway asks the shop over HTTP, and what waited goes on.
#include "tests/live/lone_gateway.h"
#include "tests/live/sandbox_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::live {
namespace {

class OrderLookupLive : public sandbox::SandboxTest {
protected:
    Json Order(const std::string& id) {
        return sandbox::Read(gateway_.Get("/v1/orders/" + id).body);
    }
    LoneGateway gateway_;
};

TEST_F(OrderLookupLive, AsksTheShopAndGoesOn) {
    const Json& shop = ready_["shop"];
    WriteFile(gateway_.folder() + "/orders.token", shop["api_token"].AsString());
    gateway_.settings().Set(
        "connections",
        Json::Array({Json::Object(
            {{"name", Json::String("orders")},
             {"connector", Json::String("shop/lookup-example")},
             {"base_url", shop["base_url"]},
             {"mode", Json::String("act")},
             {"settings", Json::Object({{"api_token", Json::String("file:" + gateway_.folder() +
                                                                   "/orders.token")}})}})}));
    gateway_.Start();
    for (const char* order : {"O-15007", "O-99999"}) {
        const HttpAnswer told =
            gateway_.Tell("return.requested", order,
                          std::string(R"({"return_id":"R-)") + order +
                              R"(","reason":"too_small","lines":[{"id":"1","quantity":1}]})");
        ASSERT_EQ(told.status, 202) << told.body;
    }
    EXPECT_TRUE(Until(milliseconds(10'000), [&] {
        const Json order = Order("O-15007");
        return order["placed"].AsBool() && order["tenders"].Items().size() > 0;
    })) << gateway_.Get("/v1/orders/O-15007").body;
    EXPECT_EQ(Order("O-15007")["returns"].Items().size(), 1u);
    EXPECT_FALSE(Order("O-99999")["placed"].AsBool()) << "nobody knows that one";
}

}  // namespace
}  // namespace returns::live
