// The whole program on brokers that want to know who it is: over TLS, by password, by certificate
// and with no more rights than it needs.
#include "schemas/check.h"
#include "tests/live/real_kafka.h"

#include <gmock/gmock.h>

#include <ostream>

namespace returns::live {
namespace {

using testing::HasSubstr;
using testing::Not;

class DISABLED_RealKafkaSecure : public RealKafka {
protected:
    DISABLED_RealKafkaSecure() {
        CHECK(!secure_.empty());
        kafka_.CreateTopic(orders_);
    }

    // How deploy/kafka says this node is to be talked to: "sasl" or "mtls".
    void Use(const std::string& way) {
        const auto given = ParseJson(ReadFile(Secure(way + ".json")));
        CHECK(given.ok());
        bus() = *given;
    }
    void Set(const std::string& name, const std::string& value) {
        bus().Set(name, Json::String(value));
    }
    // The file's node, under another name of the same address.
    std::string Elsewhere() {
        const std::string address = bus()["brokers"].AsString();
        return "127.0.0.1" + address.substr(address.find(':'));
    }
    void LaunchOnOrders() { Launch("beginning", {{orders_, "shop/cloudevents"}}); }

    // It reads, decides and tells.
    void CheckItWorks(const std::string& order) {
        PutOrder(orders_, order);
        ASSERT_TRUE(BusIsWell()) << Bus() << Log();
        ASSERT_TRUE(HasReadAll({orders_})) << Bus() << Log();
        EXPECT_EQ(Told(order), 4U);
        EXPECT_EQ(Returns(order), 1U);
        CheckNoSecret();
    }
    void CheckNoSecret() {
        for (const char* name : {"gateway.password", "limited.password", "client.key"}) {
            const std::string secret = ReadFile(Secure(name)).substr(0, 32);
            EXPECT_THAT(Log(), Not(HasSubstr(secret)));
            EXPECT_THAT(Fetch("GET", url_, "/readyz").body, Not(HasSubstr(secret)));
        }
    }
    // Up and answering, and both the page and the log name the cause.
    void CheckItSays(const std::string& words) {
        ASSERT_TRUE(BusSays(words)) << Bus() << Log();
        EXPECT_THAT(Log(), HasSubstr(words));
        EXPECT_EQ(Fetch("GET", url_, "/readyz").status, 200);
        EXPECT_TRUE(gateway_->Running());
        CheckNoSecret();
    }

    const std::string orders_ = Name("orders");
};

// Kafka 4 and librdkafka before 2.6.1 do not agree on SCRAM.
bool ScramWorks(const std::string& release) {
    return !release.starts_with("4") || KafkaClient::Library() >= 0x02060100;
}

TEST_F(DISABLED_RealKafkaSecure, WorksWithAPassword) {
    int n = 0;
    for (const char* mechanism : {"PLAIN", "SCRAM-SHA-512"}) {
        SCOPED_TRACE(mechanism);
        Use("sasl");
        Set("sasl_mechanism", mechanism);
        LaunchOnOrders();
        if (std::string(mechanism) == "PLAIN" || ScramWorks(ReadFile(Secure("../release")))) {
            const std::string order = "O-" + std::to_string(++n);
            CheckItWorks(order);
            ASSERT_TRUE(Until(kKafkaPatience, [&] { return kafka_.End(Name("status")) >= n; }));
        } else {
            CheckItSays("brokers of Kafka 4 take SCRAM from librdkafka 2.6.1 or newer only");
        }
        Stop();
    }
}

TEST_F(DISABLED_RealKafkaSecure, WorksWithACertificate) {
    Use("mtls");
    LaunchOnOrders();
    CheckItWorks("O-1");
    Stop();
    Start();
    CheckStatus({"O-1"});
    Stop();
}

// What is wrong lies in the settings: the gateway stays up and says which, and works with the right
// one after its next start.
TEST_F(DISABLED_RealKafkaSecure, NamesTheSettingThatIsWrong) {
    const std::string other_authority = Secure("other-ca.pem");
    const struct {
        const char *name, *way, *setting;
        std::string value;
        const char* says;
    } rows[] = {
        {"WrongAuthority", "sasl", "ca_file", other_authority,
         "no authority in kafka.ca_file has signed the broker's certificate"},
        {"WrongAuthorityOfMutualTls", "mtls", "ca_file", other_authority,
         "no authority in kafka.ca_file has signed the broker's certificate"},
        {"WrongHost", "sasl", "brokers", "", "the broker's certificate is for another name"},
        {"WrongPassword", "sasl", "sasl_password", "file:" + Secure("limited.password"),
         "see kafka.sasl_user, kafka.sasl_password"},
        {"WrongMechanism", "sasl", "sasl_mechanism", "SCRAM-SHA-256", "see kafka.sasl_mechanism"},
        {"WrongProtocol", "sasl", "protocol", "sasl_plaintext", "than kafka.protocol says"},
        {"NoCertificate", "mtls", "certificate_file", "", "see kafka.certificate_file"}};
    int n = 0;
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        Use(row.way);
        Set(row.setting,
            row.value.empty() && std::string(row.setting) == "brokers" ? Elsewhere() : row.value);
        if (std::string(row.name) == "NoCertificate") Set("key_file", "");
        LaunchOnOrders();
        CheckItSays(row.says);
        Stop();
        Use(row.way);
        LaunchOnOrders();
        CheckItWorks("O-" + std::to_string(++n));
        Stop();
    }
}

// What is wrong lies at the brokers: it heals without a restart.
TEST_F(DISABLED_RealKafkaSecure, NamesTheRightThatIsMissingAndHeals) {
    const std::string user = "limited", status = Name("status"), rejected = Name("rejected");
    Use("sasl");
    Set("sasl_user", user);
    Set("sasl_password", "file:" + Secure("limited.password"));
    LaunchOnOrders();
    CheckItSays("let the gateway's user READ group " + run_);
    CheckItSays("let the gateway's user READ topic " + orders_);
    CheckItSays("let the gateway's user WRITE to kafka.status_topic");
    kafka_.Allow(user, AclRight::kRead, AclOn::kGroup, run_);
    kafka_.Allow(user, AclRight::kRead, AclOn::kTopic, orders_);
    kafka_.Allow(user, AclRight::kWrite, AclOn::kTopic, status);
    kafka_.Allow(user, AclRight::kWrite, AclOn::kTopic, rejected);
    CheckItWorks("O-1");

    // Taken away while it works.
    kafka_.Forbid(user, AclRight::kRead, AclOn::kTopic, orders_);
    CheckItSays("let the gateway's user READ topic " + orders_);
    PutOrder(orders_, "O-2");
    kafka_.Allow(user, AclRight::kRead, AclOn::kTopic, orders_);
    ASSERT_TRUE(HasReadAll({orders_})) << Bus() << Log();
    EXPECT_EQ(Told("O-2"), 4U);
    CheckItWorks("O-3");
    kafka_.Forbid(user, AclRight::kRead, AclOn::kTopic, orders_);
    CheckItSays("let the gateway's user READ topic " + orders_);
    kafka_.Allow(user, AclRight::kRead, AclOn::kTopic, orders_);
    ASSERT_TRUE(BusIsWell()) << Bus() << Log();  // with nothing new to read

    kafka_.Forbid(user, AclRight::kWrite, AclOn::kTopic, status);
    PutOrder(orders_, "O-4");
    CheckItSays("let the gateway's user WRITE to topic " + status);
    kafka_.Allow(user, AclRight::kWrite, AclOn::kTopic, status);
    ASSERT_TRUE(BusIsWell()) << Bus() << Log();
    CheckItWorks("O-5");
    Stop();
    // A user that may WRITE anywhere is told of less at its start.
    kafka_.Forbid(user, AclRight::kWrite, AclOn::kTopic, status);
    kafka_.Forbid(user, AclRight::kWrite, AclOn::kTopic, rejected);
    Use("sasl");
    LaunchOnOrders();
    CheckStatus({"O-1", "O-2", "O-3", "O-4", "O-5"});
    Stop();
}

}  // namespace
}  // namespace returns::live
