#include "gateway/kafka_bus.h"

#include "tests/gateway/kafka_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace returns::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr int kProduce = 0, kFetch = 1, kHeartbeat = 12;
constexpr int kNotLeader = 6, kRebalanceInProgress = 27, kOutOfOrder = 45, kFenced = 82;
constexpr std::int64_t kNone = -1001;

std::unique_ptr<KafkaBus> Open(KafkaOptions options, KafkaOffsets offsets) {
    Result<std::unique_ptr<KafkaBus>> bus = KafkaBus::Open(std::move(options), std::move(offsets));
    EXPECT_TRUE(bus.ok()) << (bus.ok() ? "" : bus.error().text);
    return bus.ok() ? std::move(bus).value() : nullptr;
}

struct Reader {
    KafkaWorld& world;
    std::unique_ptr<KafkaBus> bus;
    std::vector<BusRecord> read;

    bool UntilRead(std::size_t n) {
        return world.Until([&] {
            Poll();
            return read.size() >= n;
        });
    }
    bool UntilGood() {
        return world.Until([&] {
            Poll();
            return bus->Health().good;
        });
    }
    bool UntilHealth(const std::string& words) {
        return world.Until([&] {
            Poll();
            return bus->Health().text.find(words) != std::string::npos;
        });
    }
    void Poll() {
        for (BusRecord& record : bus->Poll(100)) read.push_back(std::move(record));
    }
    std::vector<std::string> Values() const {
        std::vector<std::string> values;
        for (const BusRecord& record : read) values.push_back(record.value.value_or("(none)"));
        return values;
    }
};

// A broker gives a group's first member its partitions only after three seconds. The scenarios that
// begin with a settled member are opened together, so that they wait only once.
class KafkaBusTest : public testing::Test {
protected:
    struct Scene {
        KafkaWorld world;
        Reader reader{world, nullptr, {}};
        int loads = 0;
        void Open() {
            KafkaOffsets offsets = world.Offsets();
            offsets.load = [this, load = offsets.load] {
                ++loads;
                return load();
            };
            reader.bus = returns::gateway::Open(world.Options("g", {"orders"}), offsets);
        }
    };

    static void SetUpTestSuite() {
        plain_ = std::make_unique<Scene>();
        plain_->world.CreateTopic("orders", 1);
        shared_ = std::make_unique<Scene>();
        shared_->world.CreateTopic("orders", 2);
        gaps_ = std::make_unique<Scene>();
        PrepareGaps(gaps_->world);
        renewed_ = std::make_unique<Scene>();
        renewed_->world.CreateTopic("orders", 1);
        for (int i = 0; i < 6; ++i) renewed_->world.Put("orders", 0, "v" + std::to_string(i));
        renewed_->world.stored()[{"orders", 0}] = 4;
        late_ = std::make_unique<Scene>();
        late_->world.CreateTopic("orders", 1);
        late_->Open();
        full_ = std::make_unique<Scene>();
        full_->world.CreateTopic("orders", 1);
        for (int i = 0; i < 6; ++i) full_->world.Put("orders", 0, "v");
        full_->Open();
        std::vector<Scene*> scenes = {plain_.get(), shared_.get(), gaps_.get(), renewed_.get()};
        for (Scene* scene : scenes) scene->Open();
        EXPECT_FALSE(plain_->reader.bus->Health().good);
        for (Scene* scene : scenes) {
            EXPECT_TRUE(plain_->world.Until([&] {
                for (Scene* each : scenes) each->reader.Poll();
                return scene->reader.bus->Health().text.find("waiting for") == std::string::npos;
            }));
        }
    }
    static void TearDownTestSuite() {
        for (auto* scene : {&plain_, &shared_, &gaps_, &renewed_, &late_, &full_}) scene->reset();
    }
    static void PrepareGaps(KafkaWorld& world) {
        world.CreateTopic("orders", 3);
        for (int p = 0; p < 3; ++p) world.Put("orders", p, "good " + std::to_string(p));
        // The mock keeps about five megabytes of a partition and forgets the rest.
        const std::string large(900000, 'x');
        for (int i = 0; i < 8; ++i) world.Put("orders", 1, large);
        world.stored()[{"orders", 0}] = 1000;
        world.stored()[{"orders", 1}] = 1;
    }

    static inline std::unique_ptr<Scene> plain_, shared_, gaps_, renewed_, late_, full_;
};

TEST_F(KafkaBusTest, RefusesSettingsItsPromisesRestOn) {
    KafkaWorld world;
    for (const char* key : {"enable.auto.commit", "auto.offset.reset", "enable.idempotence",
                            "isolation.level", "group.id"}) {
        KafkaOptions options = world.Options("g", {"t"});
        options.properties[key] = "true";
        Result<std::unique_ptr<KafkaBus>> bus = KafkaBus::Open(options, world.Offsets());
        ASSERT_FALSE(bus.ok()) << key;
        EXPECT_THAT(bus.error().text, HasSubstr(key));
    }
    KafkaOptions options = world.Options("g", {"t"});
    options.properties["security.protocoll"] = "ssl";
    EXPECT_FALSE(KafkaBus::Open(options, world.Offsets()).ok());
    options = world.Options("", {"t"});
    EXPECT_FALSE(KafkaBus::Open(options, world.Offsets()).ok());
}

TEST_F(KafkaBusTest, ReadsWhatWasProducedWithKeyHeadersAndTombstones) {
    KafkaWorld& world = plain_->world;
    Reader& reader = plain_->reader;
    ASSERT_TRUE(reader.bus->Produce("orders", "R-1", {{"content-type", "text/plain"}, {"e", ""}},
                                    "first", 41));
    std::vector<BusDelivery> deliveries;
    ASSERT_TRUE(world.Until([&] {
        deliveries = reader.bus->TakeDeliveries();
        return !deliveries.empty();
    }));
    EXPECT_EQ(deliveries[0].token, 41);
    EXPECT_TRUE(deliveries[0].delivered);
    world.Put("orders", 0, std::nullopt);
    world.Put("orders", 0, "");

    ASSERT_TRUE(reader.UntilRead(3)) << reader.bus->Health().text;
    EXPECT_TRUE(reader.bus->Health().good) << reader.bus->Health().text;
    EXPECT_EQ(reader.read[0].topic, "orders");
    EXPECT_EQ(reader.read[0].offset, 0);
    EXPECT_EQ(reader.read[0].key, "R-1");
    EXPECT_EQ(reader.read[0].value, "first");
    EXPECT_THAT(reader.read[0].headers,
                ElementsAre(Pair("content-type", "text/plain"), Pair("e", "")));
    EXPECT_EQ(reader.read[1].value, std::nullopt);
    EXPECT_EQ(reader.read[2].value, "");
    // The first start became a stored position of its own.
    EXPECT_EQ(world.stored().at({"orders", 0}), 0);

    // Paused, nothing comes and the membership lives on; resumed, nothing is lost or repeated.
    reader.bus->Pause(true);
    world.Put("orders", 0, "while paused");
    for (int i = 0; i < 100; ++i)
        world.Until([&] {
            reader.Poll();
            return true;
        });
    EXPECT_EQ(reader.read.size(), 3u);
    reader.bus->Pause(false);
    ASSERT_TRUE(reader.UntilRead(4));
    EXPECT_EQ(reader.read[3].value, "while paused");
    EXPECT_EQ(reader.read[3].offset, 3);

    // The broker hears of what the database has, and only of that.
    EXPECT_EQ(world.BrokerCommitted("g", "orders", 0), kNone);
    reader.bus->Committed({{"orders", 0, 2}});
    reader.bus->Close();
    EXPECT_EQ(world.BrokerCommitted("g", "orders", 0), 2);
    EXPECT_TRUE(reader.bus->Poll(10).empty());
    EXPECT_FALSE(reader.bus->Produce("orders", "k", {}, "v", 1));
}

TEST_F(KafkaBusTest, ClosesWhenItsPartitionsComeTooLate) {
    // Never polled: its assignment is still waiting to be taken.
    late_->reader.bus->Close();
    EXPECT_EQ(late_->loads, 0);
    EXPECT_TRUE(late_->world.stored().empty());
}

TEST_F(KafkaBusTest, ClosesWithRecordsFetchedButNotGiven) {
    Reader& reader = full_->reader;
    ASSERT_TRUE(full_->world.Until([&] { return !reader.bus->Poll(1).empty(); }));
    reader.bus->Close();
    EXPECT_TRUE(reader.bus->Poll(10).empty());
}

TEST_F(KafkaBusTest, SharesPartitionsAndTakesThemOverAtStoredPositions) {
    KafkaWorld& world = shared_->world;
    Reader& first = shared_->reader;
    first.bus->Pause(true);
    ASSERT_TRUE(first.UntilGood());
    EXPECT_THAT(first.bus->Health().text, HasSubstr("2 partitions"));
    for (int p = 0; p < 2; ++p) {
        world.Put("orders", p, "old");
        world.Put("orders", p, "p" + std::to_string(p));
        world.stored()[{"orders", p}] = 1;  // the database is past the old ones
    }
    Reader second{world, Open(world.Options("g", {"orders"}), world.Offsets()), {}};
    ASSERT_TRUE(world.Until([&] {
        first.Poll();
        second.Poll();
        return !second.read.empty() &&
               first.bus->Health().text.find("1 partitions") != std::string::npos;
    })) << first.bus->Health().text;
    EXPECT_EQ(second.read.size(), 1u);
    EXPECT_EQ(second.read[0].offset, 1);
    // A pause outlives the new assignment.
    EXPECT_TRUE(first.read.empty());
    first.bus->Pause(false);
    ASSERT_TRUE(world.Until([&] {
        first.Poll();
        second.Poll();
        return !first.read.empty();
    }));
    EXPECT_NE(first.read[0].partition, second.read[0].partition);
    EXPECT_EQ(first.read[0].offset, 1);
}

TEST_F(KafkaBusTest, StopsAtAPositionTheLogNoLongerHolds) {
    KafkaWorld& world = gaps_->world;
    Reader& reader = gaps_->reader;
    ASSERT_TRUE(reader.UntilHealth("offset 1000 of orders/0 is gone, the log ends at 1"))
        << reader.bus->Health().text;
    ASSERT_TRUE(reader.UntilHealth("offset 1 of orders/1 is gone, the log starts at"))
        << reader.bus->Health().text;
    EXPECT_FALSE(reader.bus->Health().good);
    ASSERT_TRUE(reader.UntilRead(1));
    // Others go on; the two stand still, whatever comes behind, pause or not.
    for (int p = 0; p < 3; ++p) world.Put("orders", p, "next " + std::to_string(p));
    reader.bus->Pause(true);
    reader.bus->Pause(false);
    ASSERT_TRUE(reader.UntilRead(2));
    EXPECT_THAT(reader.Values(), ElementsAre("good 2", "next 2"));
    EXPECT_THAT(reader.bus->Health().text, HasSubstr("a person decides"));
}

TEST_F(KafkaBusTest, WaitsForDatabaseAndTopicAndStartsAtTheEnd) {
    KafkaWorld world;
    world.CreateTopic("orders", 1);
    world.Put("orders", 0, "before us");
    world.CreateTopic("later", 1);
    world.Hide("later", true);
    world.load_fails() = true;
    KafkaOptions options = world.Options("g", {"orders", "later"});
    options.start = KafkaStart::kEnd;
    Reader reader{world, Open(options, world.Offsets()), {}};
    ASSERT_TRUE(reader.UntilHealth("the disk is away")) << reader.bus->Health().text;
    EXPECT_THAT(reader.bus->Health().text, HasSubstr("topic later did not exist"));
    world.load_fails() = false;
    ASSERT_TRUE(world.Until([&] {
        reader.Poll();
        return world.stored().count({"orders", 0}) != 0;
    }));
    EXPECT_EQ(world.stored().at({"orders", 0}), 1);
    world.Put("orders", 0, "with us");
    ASSERT_TRUE(reader.UntilRead(1)) << reader.bus->Health().text;
    EXPECT_THAT(reader.Values(), ElementsAre("with us"));
    world.Hide("later", false);
    ASSERT_TRUE(reader.UntilGood()) << reader.bus->Health().text;
    world.Put("later", 0, "at last");
    ASSERT_TRUE(world.Until([&] {
        reader.Poll();
        return !reader.read.empty() && reader.read.back().value == "at last";
    }));
}

TEST_F(KafkaBusTest, OutlivesABrokerThatIsAwayAtStartAndLater) {
    KafkaWorld world;
    world.CreateTopic("orders", 1);
    world.SetUp(false);
    KafkaOptions options = world.Options("g", {"orders"});
    options.close_ms = 2000;
    Reader reader{world, Open(options, world.Offsets()), {}};
    ASSERT_TRUE(reader.UntilHealth("no broker can be reached")) << reader.bus->Health().text;
    ASSERT_TRUE(reader.bus->Produce("orders", "k", {}, "kept", 7));
    world.SetUp(true);
    ASSERT_TRUE(reader.UntilRead(1)) << reader.bus->Health().text;
    std::vector<BusDelivery> deliveries;
    ASSERT_TRUE(world.Until([&] {
        for (BusDelivery delivery : reader.bus->TakeDeliveries()) deliveries.push_back(delivery);
        return !deliveries.empty();
    }));
    EXPECT_TRUE(deliveries[0].delivered);
    ASSERT_TRUE(reader.UntilGood()) << reader.bus->Health().text;

    world.Inject(kFetch, {kNotLeader, kNotLeader});
    world.SetUp(false);
    ASSERT_TRUE(reader.UntilHealth("no broker can be reached"));
    world.SetUp(true);
    world.Inject(kHeartbeat, {kRebalanceInProgress});
    ASSERT_TRUE(reader.UntilGood()) << reader.bus->Health().text;
    world.Put("orders", 0, "again");
    ASSERT_TRUE(world.Until([&] {
        reader.Poll();
        return !reader.read.empty() && reader.read.back().value == "again";
    })) << reader.bus->Health().text;

    world.SetUp(false);
    ASSERT_TRUE(reader.UntilHealth("no broker can be reached"));
    ASSERT_TRUE(reader.bus->Produce("orders", "k", {}, "lost", 8));
    reader.bus->Close();  // ends within close_ms a half, and says what did not get out
    EXPECT_THAT(reader.bus->TakeDeliveries(),
                ElementsAre(testing::AllOf(testing::Field(&BusDelivery::token, 8),
                                           testing::Field(&BusDelivery::delivered, false))));
}

TEST_F(KafkaBusTest, RenewsAFatalConsumerFromTheDatabaseNotFromTheBroker) {
    KafkaWorld& world = renewed_->world;
    Reader& reader = renewed_->reader;
    ASSERT_TRUE(reader.UntilRead(2)) << reader.bus->Health().text;
    EXPECT_THAT(reader.Values(), ElementsAre("v4", "v5"));
    reader.bus->Committed({{"orders", 0, 6}});
    ASSERT_TRUE(world.Until([&] {
        reader.Poll();
        return world.BrokerCommitted("g", "orders", 0) == 6;
    }));

    // As after a restore from a backup: the database says 1, the broker says 6.
    world.stored()[{"orders", 0}] = 1;
    reader.read.clear();
    world.Inject(kHeartbeat, {kFenced});
    ASSERT_TRUE(world.Until([&] {
        reader.Poll();
        return !reader.bus->Health().good;
    }));
    ASSERT_TRUE(reader.UntilRead(5)) << reader.bus->Health().text;
    EXPECT_THAT(reader.Values(), ElementsAre("v1", "v2", "v3", "v4", "v5"));
}

TEST_F(KafkaBusTest, AFullProducerRefusesAndAFatalOneIsRenewed) {
    KafkaWorld world;
    world.SetUp(false);
    KafkaOptions options = world.Options("", {});
    options.produce_messages_max = 10;
    options.properties["message.timeout.ms"] = "60000";
    std::unique_ptr<KafkaBus> bus = Open(options, {});
    std::int64_t token = 0;
    while (token < 100 && bus->Produce("out", "k", {}, "v", token)) ++token;
    EXPECT_EQ(token, 10);
    world.SetUp(true);
    std::vector<BusDelivery> deliveries;
    auto taken = [&](std::size_t n) {
        return world.Until([&] {
            for (BusDelivery delivery : bus->TakeDeliveries()) deliveries.push_back(delivery);
            return deliveries.size() >= n;
        });
    };
    ASSERT_TRUE(taken(10)) << bus->Health().text;
    for (const BusDelivery& delivery : deliveries) EXPECT_TRUE(delivery.delivered);
    EXPECT_TRUE(bus->Health().good) << bus->Health().text;

    // Too large for any try: told at once, not asked for again and again.
    ASSERT_TRUE(bus->Produce("out", "k", {}, std::string(2 << 20, 'x'), 50));
    ASSERT_TRUE(taken(11));
    EXPECT_FALSE(deliveries.back().delivered);
    EXPECT_THAT(bus->Health().text, HasSubstr("too large"));

    world.Inject(kProduce, {kOutOfOrder});
    ASSERT_TRUE(bus->Produce("out", "k", {}, "v", 51));
    ASSERT_TRUE(taken(12));
    EXPECT_EQ(deliveries.back().token, 51);
    EXPECT_FALSE(deliveries.back().delivered);
    ASSERT_TRUE(world.Until([&] {
        bus->TakeDeliveries();
        return bus->Produce("out", "k", {}, "v", 52);
    }));
    ASSERT_TRUE(taken(13)) << bus->Health().text;
    EXPECT_EQ(deliveries.back().token, 52);
    EXPECT_TRUE(deliveries.back().delivered);
}

}  // namespace
}  // namespace returns::gateway
