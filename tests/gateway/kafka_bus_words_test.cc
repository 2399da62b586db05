// What librdkafka 2.0.2 says when something is wrong between us and a real broker, and what we add.
#include "gateway/kafka_bus_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kAllDown = -187, kTransport = -195, kSsl = -181, kAuthentication = -169;
constexpr int kTopicRight = 29, kGroupRight = 30, kUnknownTopic = 3;
constexpr int kDebian12 = 0x020002ff, kNewer = 0x020601ff;

const std::string kVerify =
    "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker "
    "certificate could not be verified";

TEST(KafkaBusWords, ACertificateThatIsNotBelievedSaysWhy) {
    const auto advice = [](int why) { return KafkaAdvice({kSsl, kVerify, why, ""}, kDebian12); };
    for (const int other : {62, 64}) EXPECT_THAT(advice(other), HasSubstr("for another name"));
    EXPECT_THAT(advice(10), HasSubstr("has expired"));
    EXPECT_THAT(advice(9), HasSubstr("not valid yet"));
    for (const int unknown : {18, 19, 20, 21, 0})
        EXPECT_THAT(advice(unknown), HasSubstr("no authority in kafka.ca_file"));
}

TEST(KafkaBusWords, OurOwnCertificateIsWanted) {
    for (const char* text : {"error:0A000412:SSL routines::sslv3 alert bad certificate",
                             "error:0A00045C:SSL routines::tlsv13 alert certificate required",
                             "error:0A000418:SSL routines::tlsv1 alert unknown ca"})
        EXPECT_THAT(KafkaAdvice({kTransport, text, 0, ""}, kDebian12),
                    HasSubstr("kafka.certificate_file"));
}

TEST(KafkaBusWords, APasswordIsRefused) {
    const std::string text = "SASL authentication error: Authentication failed";
    const std::string plain = KafkaAdvice({kAuthentication, text, 0, "PLAIN"}, kDebian12);
    EXPECT_THAT(plain, HasSubstr("kafka.sasl_password"));
    EXPECT_THAT(plain, Not(HasSubstr("librdkafka")));
    EXPECT_THAT(KafkaAdvice({kAuthentication, text, 0, "SCRAM-SHA-512"}, kDebian12),
                HasSubstr("brokers of Kafka 4 take SCRAM from librdkafka 2.6.1 or newer only"));
    EXPECT_THAT(KafkaAdvice({kAuthentication, text, 0, "SCRAM-SHA-512"}, kNewer),
                Not(HasSubstr("librdkafka")));
    EXPECT_THAT(KafkaAdvice({kAuthentication,
                             "SASL SCRAM-SHA-256 mechanism handshake failed: Broker: Unsupported "
                             "SASL mechanism: broker's supported mechanisms: PLAIN",
                             0, "SCRAM-SHA-256"},
                            kNewer),
                "see kafka.sasl_mechanism");
}

TEST(KafkaBusWords, TheOtherSideSpeaksSomethingElse) {
    for (const char* text :
         {"Disconnected while requesting ApiVersion: might be caused by incorrect "
          "security.protocol configuration (connecting to a SSL listener?)",
          "SSL handshake failed: error:0A000126:SSL routines::unexpected eof"})
        EXPECT_THAT(KafkaAdvice({kTransport, text, 0, ""}, kDebian12), HasSubstr("kafka.protocol"));
}

TEST(KafkaBusWords, WhatSaysItselfIsLeftAlone) {
    EXPECT_EQ(KafkaAdvice({kTransport, "Connect to 127.0.0.1:9092 failed: Connection refused", 0,
                           "SCRAM-SHA-512"},
                          kDebian12),
              "");
    EXPECT_EQ(KafkaAdvice({kAllDown, "1/1 brokers are down", 20, ""}, kDebian12), "");
}

TEST(KafkaBusWords, ARightThatIsMissingIsNamed) {
    EXPECT_EQ(KafkaRight(kTopicRight, "READ topic orders"),
              "; let the gateway's user READ topic orders");
    EXPECT_EQ(KafkaRight(kGroupRight, "READ group g"), "; let the gateway's user READ group g");
    EXPECT_EQ(KafkaRight(kUnknownTopic, "READ topic orders"), "");
    EXPECT_THAT(KafkaAdvice({-150,
                             "Failed to acquire idempotence PID from broker b/1: Broker: Cluster "
                             "authorization failed",
                             0, ""},
                            kDebian12),
                HasSubstr("WRITE to kafka.status_topic"));
}

}  // namespace
}  // namespace returns::gateway
