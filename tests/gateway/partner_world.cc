#include "tests/gateway/partner_world.h"

#include "connectors/crypto.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

void AddOther(Settings& settings) {
    ConnectionSettings other = settings.connections[0];
    other.name = "other";
    other.shop = "second";
    settings.connections.push_back(other);
    const auto key = [](const std::string& text, const std::string& name, Role role,
                        const std::string& shop) {
        return KeySettings{name, role, "", shop, connectors::Sha256Hex(text)};
    };
    settings.keys.push_back(key("bhk_shop2", "shop:second", Role::kShop, "second"));
    settings.keys.push_back(key("bhk_both", "partner:both", Role::kPartner, ""));
    settings.keys.back().connections = {"acme", "other"};
}

}  // namespace

PartnerWorld::PartnerWorld() : ApiWorld(1000, AddOther) {}

void PartnerWorld::TellArrived(const std::string& order, const std::string& return_id) {
    const auto tell = [&](const std::string& type, const std::string& data) {
        EXPECT_EQ(Tell(type, order + type, order, data).status, 202);
    };
    tell("order.placed", R"({"lines":[{"id":"A","sku":"LAMP","quantity":1,)"
                         R"("unit_price_minor":5000}],"currency":"EUR","jurisdiction":"EU"})");
    tell("order.delivered", "{}");
    tell("return.requested", R"({"return_id":")" + return_id +
                                 R"(","lines":[{"id":"A","quantity":1}],"resolution":"refund"})");
    tell("parcel.scanned", R"({"return_id":")" + return_id + R"("})");
    const std::string arrived = R"({"return":")" + return_id + R"(","status":"parcel.delivered"})";
    EXPECT_EQ(CallBack(arrived, "arrived-" + return_id).status, 202);
}

void PartnerWorld::TellForeign() {
    const auto tell = [&](const std::string& type, const std::string& data) {
        const std::string body =
            R"({"specversion":"1.0","source":"/shop","id":"f)" + type + R"(","type":")" + type +
            R"(","subject":"2001","time":"2026-03-01T10:00:00Z","data":)" + data + "}";
        EXPECT_EQ(Post("/v1/events", "bhk_shop2", body,
                       {{"Content-Type", "application/cloudevents+json"}})
                      .status,
                  202);
    };
    tell("order.placed", R"({"lines":[{"id":"A","sku":"DESK","quantity":1,)"
                         R"("unit_price_minor":700}],"currency":"EUR","jurisdiction":"EU"})");
    tell("order.delivered", "{}");
    tell("return.requested", R"({"return_id":"R-F","lines":[{"id":"A","quantity":1}],)"
                             R"("resolution":"refund"})");
    tell("parcel.delivered", R"({"return_id":"R-F"})");
}

void PartnerWorld::Restart() { MakeApi(); }

}  // namespace returns::gateway
