// The simulated shop: its story is told in words our connectors read, and what it is asked to pay
// it pays once.
#include "gateway/cloudevents.h"
#include "gateway/kafka_bus.h"
#include "schemas/event.h"
#include "tests/live/sandbox_fixture.h"
#include "tests/sandbox/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace returns::sandbox {
namespace {

using gateway::BusRecord;
using gateway::TopicOffset;

class ShopTest : public SandboxTest {
protected:
    ShopTest() : oms_(Load("shop/oms-example")), executor_(Load("shop/refund-executor")) {
        gateway::KafkaOptions options;
        options.bootstrap = sandbox_.Bootstrap();
        options.group = "test";
        options.topics = {std::string(kOrdersTopic), std::string(kForeignTopic)};
        gateway::KafkaOffsets offsets;
        offsets.load = [] { return Result<std::vector<TopicOffset>>(std::vector<TopicOffset>()); };
        offsets.save = [](const std::vector<TopicOffset>&) { return Status(); };
        bus_ = gateway::KafkaBus::Open(options, offsets).value();
    }

    bool Until(const std::function<bool()>& enough) {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (std::chrono::steady_clock::now() < end && !enough()) {
            for (const BusRecord& record : bus_->Poll(100)) {
                if (record.topic == kForeignTopic) {
                    TakeForeign(record);
                } else {
                    Take(record);
                }
            }
        }
        return enough();
    }
    void TakeForeign(const BusRecord& record) {
        const auto events = oms_.MapRecord(*record.value, {},
                                           Read(R"({"payment_connections":{"STRIPE":"stripe"}})"));
        if (!events.ok()) {
            broken_.push_back(events.error().text);
            return;
        }
        for (const Envelope& event : *events) {
            ++types_["foreign " + std::string(Facts(event.type).wire)];
        }
    }
    void Take(const BusRecord& record) {
        const auto tree = gateway::ReadCloudEvent(record);
        const auto event = tree.ok() ? DecodeCloudEvent(*tree) : Result<Envelope>(tree.error());
        if (!event.ok()) {
            broken_.push_back(event.error().text);
            return;
        }
        ++types_[std::string(Facts(event->type).wire)];
        if (event->data.tender && event->data.tender->connection.empty()) gift_ = *event;
    }
    // As the gateway asks a shop that pays itself.
    void Ask(const std::string& key, std::int64_t amount) {
        const Json command = Json::Object({{"reference", Json::String("C-" + key)},
                                           {"key", Json::String(key)},
                                           {"amount_minor", Json::Int(amount)},
                                           {"currency", Json::String(gift_->data.currency)},
                                           {"payment_reference", Json::String("")},
                                           {"return_id", Json::String("R-9")},
                                           {"order_id", Json::String(gift_->key.order_id)},
                                           {"reason", Json::String("size")},
                                           {"tender_id", Json::String(gift_->data.tender->id)},
                                           {"method", Json::String("original")}});
        const auto record = executor_.EncodeRecord("shop.refund_requested", command, Read("{}"));
        ASSERT_TRUE(record.ok()) << record.error().text;
        EXPECT_TRUE(bus_->Produce(record->topic, record->key, record->headers, record->value, 1));
    }

    Connector oms_, executor_;
    std::unique_ptr<gateway::KafkaBus> bus_;
    std::map<std::string, int> types_;
    std::vector<std::string> broken_;
    std::optional<Envelope> gift_;  // captured on a gift card: the shop itself pays it back
};

TEST_F(ShopTest, TellsItsStoryAndPaysOnceWhatItIsAskedTo) {
    Play(R"(,"returns":30)");
    ASSERT_TRUE(Until([&] {
        return types_["return.requested"] + types_["foreign return.requested"] == 30;
    })) << bus_->Health().text;
    EXPECT_THAT(broken_, testing::IsEmpty());
    EXPECT_EQ(types_["order.placed"] + types_["foreign order.placed"], 30);
    EXPECT_GT(types_["foreign order.placed"], 0);
    EXPECT_EQ(types_["order.placed"], types_["order.delivered"]);

    // The same request twice is paid once; more than the tender holds is refused.
    ASSERT_TRUE(gift_.has_value());
    Ask("1", gift_->data.tender->amount_minor);
    Ask("1", gift_->data.tender->amount_minor);
    ASSERT_TRUE(Until([&] { return types_["refund.settled"] == 1; }));
    Ask("2", 1);
    ASSERT_TRUE(Until([&] { return types_["refund.refused"] == 1; }));
    EXPECT_EQ(types_["refund.submitted"], 1);
    EXPECT_THAT(broken_, testing::IsEmpty());
    const Json books = Admin("GET", "/books", "");
    EXPECT_EQ(books["paid_minor"][gift_->data.currency].Literal(),
              std::to_string(gift_->data.tender->amount_minor));
}

TEST_F(ShopTest, BringsBadCompanyWhenTold) {
    Admin("POST", "/faults", R"({"shop.broken":100,"shop.duplicate":100,"shop.return_first":100})");
    Play(R"(,"returns":3)");
    ASSERT_TRUE(
        Until([&] { return types_["order.placed"] + types_["foreign order.placed"] == 6; }));
    EXPECT_FALSE(broken_.empty());
}

TEST_F(ShopTest, TellsTheSameStoryForTheSameSeed) {
    std::vector<std::string> books;
    for (const char* seed : {"7", "7", "8"}) {
        const Sandbox other(SandboxOptions{1, 4, 1, 0, ""});
        Admin(other.Address(), "POST", "/story",
              std::string(R"({"gateway":"http://127.0.0.1:1","seed":)") + seed + "}");
        books.push_back(WriteJson(Admin(other.Address(), "GET", "/books", "")["orders"]));
    }
    EXPECT_EQ(books[0], books[1]);
    EXPECT_NE(books[0], books[2]);
}

}  // namespace
}  // namespace returns::sandbox
