// What producers may put on a real Apache Kafka: every compression, and poison at every place of a
// partition and of a batch.
#include "connectors/crypto.h"
#include "tests/live/real_kafka.h"

#include <gmock/gmock.h>

namespace returns::live {
namespace {

using gateway::BusRecord;
using testing::HasSubstr;

using DISABLED_RealKafkaInput = RealKafka;

std::vector<Message> OrderOf(const std::string& id) {
    return {{id, Event("order.placed", id + "-1", id, kPlaced)},
            {id, Event("order.captured", id + "-2", id, kCaptured)},
            {id, Event("order.delivered", id + "-3", id, "{}")},
            {id, Event("return.requested", id + "-4", id, Requested("R-" + id))}};
}

TEST_F(DISABLED_RealKafkaInput, IsReadHoweverItIsCompressed) {
    const std::string orders = Name("orders");
    kafka_.CreateTopic(orders);
    const std::vector<std::string> codecs = {"none", "gzip", "snappy", "lz4", "zstd"};
    for (const std::string& codec : codecs) kafka_.PutBatch(orders, OrderOf(codec), codec);
    Launch("beginning", {{orders, "shop/cloudevents"}});
    ASSERT_TRUE(HasReadAll({orders})) << Bus() << Log();
    for (const std::string& codec : codecs) {
        EXPECT_EQ(Told(codec), 4U) << codec;
        EXPECT_EQ(Returns(codec), 1U) << codec;
    }
    EXPECT_EQ(kafka_.End(Name("rejected")), 0);
    Stop();
}

struct Poison {
    const char* name;
    std::optional<std::string> value;
    Headers headers = {};
};

std::vector<Poison> Poisons() {
    return {
        {"undecodable", std::string("\xff\xfe\0\x01", 4)},
        {"tombstone", std::nullopt},
        {"oversize", "{\"x\":\"" + std::string(2 * kMessageMax, 'x') + "\"}"},
        {"unknown-type", Event("order.exploded", "u-1", "U", "{}")},
        {"wrong-headers", "{}", {{"ce_specversion", "1.0"}, {"ce_type", "order.delivered"}}},
    };
}

// The record is handed on as it came, with all that is needed to find it again.
void CheckRejected(const BusRecord& told, const Poison& poison, int mark) {
    const std::string bytes = poison.value.value_or("");
    const bool oversize = bytes.size() > kMessageMax;
    EXPECT_EQ(told.value.value_or(""), oversize ? "" : bytes);
    EXPECT_EQ(Header(told, "mark"), std::to_string(mark));
    EXPECT_EQ(Header(told, "odd"), std::string("\xff\0", 2));
    EXPECT_EQ(Header(told, "backhaul_sha256"), connectors::Sha256Hex(bytes));
    EXPECT_NE(Header(told, "backhaul_reason"), "");
    for (const auto& [name, value] : poison.headers) EXPECT_EQ(Header(told, name), value) << name;
}

// Each kind in a partition of its own: first in the partition and in a batch, in the middle of one,
// and last of all.
TEST_F(DISABLED_RealKafkaInput, PoisonStopsNoPartitionWhereverItStands) {
    const std::vector<Poison> poisons = Poisons();
    Topics topics;
    for (const Poison& poison : poisons) {
        const std::string topic = Name(poison.name);
        kafka_.CreateTopic(topic);
        topics.emplace_back(topic, "shop/cloudevents");
        for (const int at : {0, 2, 4}) {
            std::vector<Message> batch = OrderOf(poison.name + std::to_string(at));
            Message bad{poison.name, poison.value, poison.headers};
            bad.headers.emplace_back("mark", std::to_string(at));
            bad.headers.emplace_back("odd", std::string("\xff\0", 2));
            batch.insert(batch.begin() + at, bad);
            kafka_.PutBatch(topic, batch);
        }
    }
    Launch("beginning", topics);
    std::vector<std::string> names;
    for (const auto& topic : topics) names.push_back(topic.first);
    ASSERT_TRUE(HasReadAll(names)) << Bus() << Log();
    for (const Poison& poison : poisons)
        for (const int at : {0, 2, 4})
            EXPECT_EQ(Told(poison.name + std::to_string(at)), 4U) << poison.name << at;
    ASSERT_TRUE(Until(kKafkaPatience, [&] {
        return kafka_.End(Name("rejected")) == static_cast<std::int64_t>(3 * poisons.size());
    })) << kafka_.End(Name("rejected"));
    std::map<std::string, BusRecord> rejected;  // topics are read in any order
    for (const BusRecord& record : kafka_.ReadAll(Name("rejected")))
        rejected.emplace(record.key.value_or("") + Header(record, "mark"), record);
    for (const Poison& poison : poisons) {
        for (const int at : {0, 2, 4}) {
            SCOPED_TRACE(poison.name + std::to_string(at));
            ASSERT_EQ(rejected.count(poison.name + std::to_string(at)), 1U);
            CheckRejected(rejected[poison.name + std::to_string(at)], poison, at);
        }
        PutOrder(Name(poison.name), std::string("late-") + poison.name);
    }
    ASSERT_TRUE(HasReadAll(names)) << Bus() << Log();  // behind the last one as well
    for (const Poison& poison : poisons)
        EXPECT_EQ(Told(std::string("late-") + poison.name), 4U) << poison.name;
    Stop();
}

}  // namespace
}  // namespace returns::live
