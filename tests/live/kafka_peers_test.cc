// The whole program and another maker's Kafka client on a real broker. deploy/full.d/11-kafkajs.sh
// names the Node to run it with in BACKHAUL_NODE and the folder of its packages in BACKHAUL_PEERS.
#include "schemas/check.h"
#include "tests/live/real_kafka.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace returns::live {
namespace {

class DISABLED_KafkaPeers : public RealKafka {
protected:
    live::Run Peer(const std::vector<std::string>& arguments) {
        const char *node = std::getenv("BACKHAUL_NODE"), *peers = std::getenv("BACKHAUL_PEERS");
        CHECK(node != nullptr && peers != nullptr);
        std::vector<std::string> all = {node, BACKHAUL_SOURCE_DIR "/tests/peers/kafkajs.mjs", peers,
                                        brokers_};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return RunProgram(all, folder_.path());
    }
};

TEST_F(DISABLED_KafkaPeers, KafkajsIsReadAndReadsUs) {
    const std::string orders = Name("orders"), file = folder_.path() + "/messages.json";
    kafka_.CreateTopic(orders);
    Json messages = Json::Array();
    const auto add = [&](const std::string& value, Json headers) {
        messages.Append(Json::Object({{"key", Json::String("J-1")},
                                      {"value", Json::String(value)},
                                      {"headers", std::move(headers)}}));
    };
    add(Event("order.placed", "j-1", "J-1", kPlaced), Json::Object());
    add(kCaptured, Json::Object({{"ce_specversion", Json::String("1.0")},
                                 {"ce_id", Json::String("j-2")},
                                 {"ce_source", Json::String("/shop")},
                                 {"ce_type", Json::String("order.captured")},
                                 {"ce_subject", Json::String("J-1")},
                                 {"content-type", Json::String("application/json")}}));
    add(Event("order.delivered", "j-3", "J-1", "{}"), Json::Object());
    add(Event("return.requested", "j-4", "J-1", Requested("R-J-1")), Json::Object());
    WriteFile(file, WriteJson(messages));
    const live::Run put = Peer({"put", orders, file});
    ASSERT_EQ(put.exit, 0) << put.out << put.error;
    Launch("beginning", {{orders, "shop/cloudevents"}});
    ASSERT_TRUE(HasReadAll({orders})) << Bus() << Log();
    EXPECT_EQ(Told("J-1"), 4U);
    EXPECT_EQ(Returns("J-1"), 1U);
    ASSERT_TRUE(Until(kKafkaPatience, [&] { return kafka_.End(Name("status")) > 0; }));
    const live::Run read = Peer({"read", Name("status"), "1"});
    ASSERT_EQ(read.exit, 0) << read.out << read.error;
    const auto told = ParseJson(read.out);
    ASSERT_TRUE(told.ok()) << read.out;
    const auto status = ParseJson(told->Items().front()["value"].AsString());
    ASSERT_TRUE(status.ok()) << read.out;
    EXPECT_EQ((*status)["type"].AsString(), "return.status");
    Stop();
}

}  // namespace
}  // namespace returns::live
