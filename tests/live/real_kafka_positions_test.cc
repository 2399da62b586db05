// Where a real Apache Kafka lets the whole program go on: after others came and went, and when what
// it would read next is no longer there.
#include "tests/live/kafka_member.h"
#include "tests/live/real_kafka.h"

#include <gmock/gmock.h>

namespace returns::live {
namespace {

using testing::HasSubstr;

class DISABLED_RealKafkaPositions : public RealKafka {
protected:
    static constexpr int kPartitions = 4;

    // An order in each partition.
    void PutRound(const std::string& topic) {
        for (int p = 0; p < kPartitions; ++p) {
            all_.push_back("G-" + std::to_string(all_.size()));
            PutOrder(topic, all_.back(), p);
        }
    }
    // Another member has taken some of the partitions, and what is in the others is read.
    bool Shares(KafkaMember& member, const std::string& topic) {
        return Until(kKafkaPatience, [&] {
            const std::set<int> taken = member.Poll();
            if (taken.empty() || taken.size() == kPartitions) return false;
            for (int p = 0; p < kPartitions; ++p)
                if (taken.count(p) == 0 && kafka_.Committed(run_, topic, p) != kafka_.End(topic, p))
                    return false;
            return true;
        });
    }
    // Every order once and whole, and nothing was given to us a second time.
    void CheckAll() {
        for (const std::string& order : all_) {
            EXPECT_EQ(Told(order), 4U) << order;
            EXPECT_EQ(Returns(order), 1U) << order;
        }
        EXPECT_THAT(Metrics(), HasSubstr("backhaul_inputs_total{outcome=\"repeated\"} 0"));
    }
    // What was there before it, and what came after it, but not what nobody can bring back.
    void CheckStands(const std::string& topic, std::int64_t position, const std::string& why) {
        ASSERT_TRUE(
            BusSays("offset " + std::to_string(position) + " of " + topic + "/0 is gone, " + why))
            << Bus() << Log();
        EXPECT_THAT(Bus(), HasSubstr("backhaul kafka offset --settings FILE --topic " + topic +
                                     " --partition 0 --to beginning|end|OFFSET"));
        EXPECT_THAT(Metrics(), HasSubstr("backhaul_partitions_stopped 1"));
    }

    std::vector<std::string> all_;
};

TEST_F(DISABLED_RealKafkaPositions, ContinueWhoeverJoinsAndLeaves) {
    const std::string orders = Name("orders");
    kafka_.CreateTopic(orders, kPartitions);
    PutRound(orders);
    Launch("beginning", {{orders, "shop/cloudevents"}});
    ASSERT_TRUE(HasReadAll({orders}, kPartitions)) << Bus() << Log();
    for (int round = 0; round < 2; ++round) {
        KafkaMember member(brokers_, run_, orders);
        ASSERT_TRUE(Until(kKafkaPatience, [&] { return !member.Poll().empty(); })) << Bus();
        PutRound(orders);
        ASSERT_TRUE(Shares(member, orders)) << Bus() << Log();
        PutRound(orders);
        if (round == 1) {  // while it has only some of them
            Stop();
            PutRound(orders);
            Start();
            ASSERT_TRUE(Shares(member, orders)) << Bus() << Log();
        }
    }
    PutRound(orders);
    ASSERT_TRUE(HasReadAll({orders}, kPartitions)) << Bus() << Log();
    CheckAll();
    Stop();
}

// The broker drops what is older than the topic keeps, while the gateway is away.
TEST_F(DISABLED_RealKafkaPositions, BeforeWhatRetentionLeftStandStill) {
    const std::string orders = Name("orders");
    kafka_.CreateTopic(orders, 1, {{"retention.ms", "1000"}, {"segment.ms", "500"}});
    PutOrder(orders, "E-1");
    Launch("beginning", {{orders, "shop/cloudevents"}});
    ASSERT_TRUE(HasReadAll({orders})) << Bus() << Log();
    Stop();
    PutOrder(orders, "E-lost");
    ASSERT_TRUE(Until(kKafkaPatience, [&] { return kafka_.Begin(orders) == 8; }));
    Start();
    CheckStands(orders, 4, "the log starts at 8");
    Stop();
    Start();  // still: nothing but a person moves it
    CheckStands(orders, 4, "the log starts at 8");
    Stop();
    EXPECT_EQ(Offset(orders, "beginning").exit, 0);
    PutOrder(orders, "E-2");
    Start();
    ASSERT_TRUE(HasReadAll({orders})) << Bus() << Log();
    EXPECT_EQ(Told("E-2"), 4U);
    EXPECT_TRUE(Order("E-lost")["placed"].IsNull());
    Stop();
}

// Made anew under a gateway that runs, with less in it than it had.
TEST_F(DISABLED_RealKafkaPositions, InATopicMadeAnewWhileItIsReadStandStill) {
    const std::string orders = Name("orders");
    kafka_.CreateTopic(orders);
    PutOrder(orders, "N-1");
    Launch("beginning", {{orders, "shop/cloudevents"}});
    ASSERT_TRUE(HasReadAll({orders})) << Bus() << Log();
    kafka_.DeleteTopic(orders);
    kafka_.CreateTopic(orders);
    kafka_.Put(orders, "k", Event("order.placed", "n-1", "N-2", kPlaced));
    CheckStands(orders, 4, "the log ends at 1");
    EXPECT_TRUE(Order("N-2")["placed"].IsNull());
    Stop();
    EXPECT_EQ(Offset(orders, "0").exit, 0);
    Start();
    ASSERT_TRUE(BusIsWell()) << Bus() << Log();
    ASSERT_TRUE(HasReadAll({orders})) << Bus() << Log();
    EXPECT_EQ(Told("N-2"), 1U);
    Stop();
}

TEST_F(DISABLED_RealKafkaPositions, AnOffsetBeyondTheLogWaitsForAPerson) {
    const std::string anew = Name("anew"), kept = Name("kept"), other = Name("other");
    for (const std::string& topic : {anew, kept, other}) {
        kafka_.CreateTopic(topic);
        PutOrder(topic, "A-" + topic);
    }
    Launch("beginning",
           {{anew, "shop/cloudevents"}, {kept, "shop/cloudevents"}, {other, "shop/cloudevents"}});
    ASSERT_TRUE(HasReadAll({anew, kept, other}));
    const live::Run locked = Offset(anew, "end");
    EXPECT_EQ(locked.exit, 1);
    EXPECT_THAT(locked.error, HasSubstr("another process has it open"));
    Stop();
    kafka_.DeleteTopic(anew);
    kafka_.CreateTopic(anew);
    kafka_.Put(anew, "k", Event("order.placed", "anew-1", "B-anew", kPlaced));
    PutOrder(kept, "B-kept");
    kafka_.Put(kept, "k", Event("order.placed", "kept-1", "C-kept", kPlaced));
    kafka_.End(kept);
    kafka_.DeleteRecords(kept, 8);
    Start();
    ASSERT_TRUE(BusSays("offset 4 of " + anew + "/0 is gone, the log ends at 1")) << Bus() << Log();
    ASSERT_TRUE(BusSays("offset 4 of " + kept + "/0 is gone, the log starts at 8"))
        << Bus() << Log();
    EXPECT_THAT(Bus(), HasSubstr("backhaul kafka offset --settings FILE --topic " + kept +
                                 " --partition 0 --to beginning|end|OFFSET"));
    EXPECT_THAT(Metrics(), HasSubstr("backhaul_partitions_stopped 2"));
    PutOrder(other, "B-other");  // the rest goes on
    ASSERT_TRUE(HasReadAll({other}));
    EXPECT_EQ(Told("B-other"), 4U);
    EXPECT_TRUE(Order("B-anew")["placed"].IsNull());
    Stop();
    const live::Run outside = Offset(anew, "7");
    EXPECT_EQ(outside.exit, 1);
    EXPECT_THAT(outside.error, HasSubstr("reaches from 0 to 1"));
    const live::Run moved = Offset(anew, "beginning");
    EXPECT_EQ(moved.exit, 0) << moved.error;
    EXPECT_THAT(moved.out, HasSubstr("moved from 4 to 0 by hand"));
    EXPECT_THAT(moved.error, HasSubstr("by hand"));  // and in the log
    EXPECT_EQ(Offset(kept, "8").exit, 0);
    Start();
    ASSERT_TRUE(BusIsWell()) << Bus() << Log();
    ASSERT_TRUE(HasReadAll({anew, kept, other}));
    EXPECT_EQ(Told("B-anew"), 1U);
    EXPECT_EQ(Told("C-kept"), 1U);
    EXPECT_EQ(Told("A-" + kept), 4U);
    Stop();
}

}  // namespace
}  // namespace returns::live
