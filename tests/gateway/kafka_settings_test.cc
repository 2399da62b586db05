// What the settings file says about Kafka, and what the client is told.
#include "gateway/kafka_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(KafkaSettings, ReachTheClient) {
    KafkaSettings kafka;
    kafka.brokers = "kafka-1:9093";
    kafka.group = "returns";
    kafka.instance = "gateway-1";
    kafka.start = "end";
    kafka.topics = {{"orders", "shop/cloudevents", ""}};
    kafka.protocol = "sasl_ssl";
    kafka.sasl_mechanism = "PLAIN";
    kafka.sasl_user = "u";
    kafka.sasl_password = "p";
    kafka.ca_file = "ca.pem";
    kafka.certificate_file = "client.pem";
    kafka.key_file = "client.key";
    const KafkaOptions options = KafkaOptionsOf(kafka);
    EXPECT_EQ(options.bootstrap, "kafka-1:9093");
    EXPECT_EQ(options.group, "returns");
    EXPECT_EQ(options.instance, "gateway-1");
    EXPECT_EQ(options.start, KafkaStart::kEnd);
    EXPECT_THAT(options.topics, ElementsAre("orders"));
    EXPECT_THAT(options.properties,
                ElementsAre(Pair("sasl.mechanism", "PLAIN"), Pair("sasl.password", "p"),
                            Pair("sasl.username", "u"), Pair("security.protocol", "sasl_ssl"),
                            Pair("ssl.ca.location", "ca.pem"),
                            Pair("ssl.certificate.location", "client.pem"),
                            Pair("ssl.key.location", "client.key")));
}

TEST(KafkaSettings, WhatIsNotGivenIsLeftToTheClient) {
    EXPECT_TRUE(KafkaOptionsOf({}).properties.empty());
    EXPECT_EQ(KafkaOptionsOf({}).start, KafkaStart::kBeginning);
}

}  // namespace
}  // namespace returns::gateway
