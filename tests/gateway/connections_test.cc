#include "gateway/connections.h"

#include "gateway/folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;

Settings WithStripe() {
    ConnectionSettings stripe;
    stripe.name = "stripe-main";
    stripe.connector = "payment/stripe";
    stripe.settings = Json::Object(
        {{"secret_key", Json::String("sk_1")}, {"webhook_secret", Json::String("whsec_1")}});
    stripe.secrets = {"secret_key", "webhook_secret"};
    Settings settings;
    settings.connections = {stripe};
    return settings;
}

Result<Connections> Make(const Settings& settings) {
    return Connections::Make(settings, [](const std::string& name) {
        return ReadConnectorFolder(BACKHAUL_SOURCE_DIR "/connectors/" + name);
    });
}

TEST(Connections, AreFoundByTheirNames) {
    auto made = Make(WithStripe());
    ASSERT_TRUE(made.ok()) << made.error().text;
    ASSERT_NE(made->Find("stripe-main"), nullptr);
    EXPECT_EQ(made->Find("payment/stripe"), nullptr);
    EXPECT_EQ(made->Facts().at(0).kind, "payment");
}

TEST(Connections, WhatTheirConnectorCallsASecretStandsElsewhere) {
    Settings settings = WithStripe();
    settings.connections[0].secrets.erase("secret_key");  // it stood in the file itself
    const auto made = Make(settings);
    ASSERT_FALSE(made.ok());
    EXPECT_THAT(made.error().text, HasSubstr("connections.stripe-main.settings.secret_key: a "
                                             "secret never stands here"));
    EXPECT_THAT(made.error().text, testing::Not(HasSubstr("sk_1")));
}

TEST(Connections, NeedWhatTheirConnectorNeedsAndNothingElse) {
    Settings settings = WithStripe();
    settings.connections[0].settings.Set("acount", Json::String("a"));
    EXPECT_THAT(Make(settings).error().text,
                HasSubstr("reading settings: connections.stripe-main.settings: "));
    settings = WithStripe();
    settings.connections[0].settings = Json::Object();
    EXPECT_THAT(Make(settings).error().text, HasSubstr("secret_key"));
}

TEST(Connections, NameTheFolderThatIsNoConnector) {
    Settings settings = WithStripe();
    settings.connections[0].connector = "payment/none";
    EXPECT_THAT(Make(settings).error().text, HasSubstr("payment/none"));
}

TEST(Connections, ATopicNeedsAConnectorThatReadsRecords) {
    Settings settings = WithStripe();
    settings.kafka.topics = {{"orders", "payment/stripe", "main"}};
    EXPECT_THAT(Make(settings).error().text,
                HasSubstr("kafka.topics.orders: connector payment/stripe reads no records"));
    settings.kafka.topics[0].connector = "shop/cloudevents";
    EXPECT_TRUE(Make(settings).ok());
}

ConnectionSettings AskedByTopic() {
    ConnectionSettings shop;
    shop.name = "shop";
    shop.connector = "shop/refund-executor";
    shop.settings = Json::Object();
    return shop;
}

TEST(Connections, AShopIsAskedOnTheStatusTopicWhateverItsName) {
    Settings settings;
    settings.kafka.status_topic = "eu.returns.status";
    settings.connections = {AskedByTopic()};
    auto made = Make(settings);
    ASSERT_TRUE(made.ok()) << made.error().text;
    const Connection& shop = *made->Find("shop");
    const auto record =
        shop.connector->EncodeRecord("shop.refund_requested",
                                     Json::Object({{"order_id", Json::String("O-1")},
                                                   {"reference", Json::String("O-1-2")},
                                                   {"amount_minor", Json::Int(500)}}),
                                     shop.settings.settings);
    ASSERT_TRUE(record.ok()) << record.error().text;
    EXPECT_EQ(record->topic, "eu.returns.status");
}

TEST(Connections, AShopsOwnTopicIsItsWord) {
    Settings settings;
    settings.kafka.status_topic = "eu.returns.status";
    settings.connections = {AskedByTopic()};
    settings.connections[0].settings.Set("topic", Json::String("refunds.wanted"));
    auto made = Make(settings);
    ASSERT_TRUE(made.ok()) << made.error().text;
    EXPECT_EQ(made->Find("shop")->settings.settings["topic"].AsString(), "refunds.wanted");
}

TEST(Connections, NoTopicToAskOnStopsTheStart) {
    Settings settings;
    settings.connections = {AskedByTopic()};
    EXPECT_THAT(Make(settings).error().text,
                HasSubstr("connections.shop.settings.topic: needed where kafka.status_topic is"));
}

}  // namespace
}  // namespace returns::gateway
