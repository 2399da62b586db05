// The program's parts on a real database whose disk fails at every single moment in turn, while one
// story plays. What was acknowledged is there afterwards, what was not is not half there, money is
// paid once, and after a restart the story goes on to the same end.
#include "gateway/sqlite_store.h"
#include "gateway/verify_chain.h"
#include "schemas/check.h"
#include "tests/sim/failing_disk.h"
#include "tests/sim/kit.h"
#include "tests/sim/node.h"
#include "tests/wanted.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace returns::sim {
namespace {

constexpr Millis kLongest = 2 * kDay;

// A file of its own, gone with the object.
class File {
public:
    File()
        : folder_(std::filesystem::temp_directory_path() /
                  ("backhaul-disk-" + std::to_string(getpid()))) {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directory(folder_);
    }
    ~File() { std::filesystem::remove_all(folder_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    std::string path() const { return (folder_ / "store.db").string(); }

private:
    std::filesystem::path folder_;
};

const std::string kOrder = R"("lines":[{"id":"1","sku":"SKU-1","quantity":2,)"
                           R"("unit_price_minor":5000}],"currency":"EUR","jurisdiction":"EU")";

// Order `id` of two lamps, paid by card; one comes back and is found good.
std::vector<std::pair<std::string, std::string>> StoryOf(const std::string& id) {
    const std::string about = R"({"return_id":"R-)" + id + "\"";
    return {{"order.placed", "{" + kOrder + "}"},
            {"order.captured",
             R"({"currency":"EUR","tender":{"id":"T","kind":"card","connection":"psp",)"
             R"("reference":"pi_)" +
                 id + R"(","amount_minor":10000}})"},
            {"order.delivered", "{}"},
            {"return.requested", about + R"(,"lines":[{"id":"1","quantity":1,"reason":"size"}],)"
                                         R"("resolution":"refund","statutory":false})"},
            {"parcel.delivered", about + "}"},
            {"return.inspected",
             about + R"(,"lines":[{"id":"1","accepted":1,"rejected":0,"grade":"ok"}]})"}};
}

std::string EventText(const std::string& id, const std::string& order, const std::string& type,
                      const std::string& data) {
    return R"({"specversion":"1.0","source":"/shop","id":")" + id + R"(","type":")" + type +
           R"(","subject":")" + order + R"(","data":)" + data + "}";
}

class DiskWorld {
public:
    DiskWorld(Kit& kit, const std::string& path) : kit_(kit), path_(path) {
        int n = 0;
        for (const auto& [type, data] : StoryOf("O-1"))
            topics_.Append(kShopTopic,
                           Record(EventText("k" + std::to_string(++n), "O-1", type, data)));
    }

    // Makes the parts anew on what the file holds, as a start does.
    Status Start() {
        lane_.reset();
        auto opened = SqliteStore::Open(path_);
        if (!opened.ok()) return opened.error();
        lane_ = std::make_unique<Lane>(*this, std::move(*opened));
        return lane_->Recover();
    }
    void Crash() { lane_.reset(); }

    // The story until it ends or the store takes no more writes; whoever was not answered asks
    // again.
    void Play() {
        const Millis end = scene_.clock.Monotonic() + kLongest;
        std::size_t asked = 0;
        const auto wanted = StoryOf("O-2");
        while (scene_.clock.Monotonic() < end && !engine().failed()) {
            if (asked < wanted.size() && engine().queued() == 0) Ask(asked++);
            if (Round()) continue;
            if (asked < wanted.size()) continue;
            scene_.clock.MoveTo(
                std::min(end, std::max(Next(), scene_.clock.Monotonic() + Millis(1))));
        }
    }

    Engine& engine() { return lane_->engine; }
    SqliteStore& store() { return *lane_->store; }
    const Provider& provider() const { return provider_; }
    const std::map<std::string, std::int64_t>& acknowledged() const { return acknowledged_; }
    std::int64_t topic_size() const {
        return static_cast<std::int64_t>(topics_.records.at(kShopTopic).size());
    }
    const std::vector<std::string>& wrong() const { return wrong_; }

private:
    struct Lane {
        Lane(DiskWorld& world, std::unique_ptr<SqliteStore> opened)
            : store(std::move(opened)),
              http(world.scene_, world.partners_),
              bus(world.scene_, world.topics_, kShopTopic, Position(*store)),
              engine(*store, *store, world.scene_.clock, world.scene_.chance, world.kit_.book,
                     Options()),
              publisher(engine, &bus, PublisherTopics{kStatusTopic, kRejectedTopic}),
              dispatcher(engine, http, publisher, world.scene_.clock, world.scene_.chance,
                         *world.kit_.connections),
              missing(engine, world.scene_.clock, 1),
              timers(engine, *store, world.scene_.clock, missing),
              intake(engine, bus, world.scene_.clock, *world.kit_.connections, world.kit_.kafka,
                     1 << 20) {}
        static EngineOptions Options() {
            EngineOptions options;
            options.personal_secret = "personal";
            options.batch_max = 3;
            return options;
        }
        static std::int64_t Position(SqliteStore& store) {
            const auto offsets = store.Offsets();
            if (!offsets.ok() || offsets->empty()) return 0;
            return offsets->front().next;
        }
        Status Recover() {
            RETURN_IF_ERROR(engine.Recover());
            RETURN_IF_ERROR(publisher.Recover(*store));
            return dispatcher.Recover(*store);
        }
        std::unique_ptr<SqliteStore> store;
        SimHttp http;
        SimBus bus;
        Engine engine;
        Publisher publisher;
        Dispatcher dispatcher;
        MissingOrders missing;
        Timers timers;
        Intake intake;
    };

    static BusRecord Record(const std::string& value) {
        BusRecord record;
        record.key = "k";
        record.value = value;
        record.headers.emplace_back("content-type", "application/cloudevents+json");
        return record;
    }
    bool Round() {
        bool worked = scene_.RunPlanned();
        worked = lane_->intake.Step() || worked;
        worked = lane_->timers.Step() || worked;
        worked = lane_->dispatcher.Step() || worked;
        worked = lane_->engine.Step() || worked;
        worked = lane_->publisher.Step() || worked;
        if (!worked && !rested_) engine().Rest(true);
        rested_ = !worked;
        return worked;
    }
    Millis Next() {
        Millis next = scene_.NextPlanned();
        for (const Instant due : {lane_->timers.NextDue(), lane_->dispatcher.NextDue()})
            if (due != kNever) next = std::min(next, scene_.clock.ToMonotonic(due));
        return next;
    }
    // An event over the API: its receipt is what a caller may rely on.
    void Ask(std::size_t at) {
        const auto [type, data] = StoryOf("O-2").at(at);
        const std::string id = "a" + std::to_string(at);
        auto mapped =
            kit_.connections->FindConnector("shop/cloudevents")
                ->MapRecord(EventText(id, "O-2", type, data),
                            {{"content-type", "application/cloudevents+json"}}, Json::Object());
        CHECK(mapped.ok() && mapped->size() == 1);
        Input input;
        input.event = std::move(mapped->front());
        input.event.key.shop = "main";
        input.event.source = "key:shop";
        input.done = [this, id](const Receipt& receipt) { Hear(id, receipt); };
        static_cast<void>(engine().Submit(std::move(input)));
    }
    void Hear(const std::string& id, const Receipt& receipt) {
        if (receipt.kind == Receipt::Kind::kFailed) return;
        const auto [known, fresh] = acknowledged_.try_emplace(id, receipt.seq);
        if (!fresh && (!receipt.repeated || receipt.seq != known->second))
            wrong_.push_back(id + " was acknowledged and is forgotten");
    }

    Kit& kit_;
    const std::string path_;
    Scene scene_{1};
    Topics topics_;
    Provider provider_{scene_, [](const Call&) {}};
    Warehouse warehouse_{scene_, provider_.call_back(), "3pl"};
    Warehouse annex_{scene_, provider_.call_back(), "3pl-b"};
    Desk desk_{scene_, provider_.call_back()};
    std::map<std::string, Partner*> partners_{{"sim://psp", &provider_},
                                              {"sim://3pl", &warehouse_},
                                              {"sim://3pl-b", &annex_},
                                              {"sim://desk", &desk_}};
    std::map<std::string, std::int64_t> acknowledged_;  // journal row, by id
    std::vector<std::string> wrong_;
    bool rested_ = false;
    std::unique_ptr<Lane> lane_;
};

Kit& SharedKit() {
    static const std::unique_ptr<Kit> kit = MakeKit();
    return *kit;
}

// The end that every run must come to.
void ExpectTheEnd(DiskWorld& world) {
    EXPECT_FALSE(world.engine().failed()) << world.engine().failure();
    EXPECT_EQ(world.wrong(), std::vector<std::string>());
    for (const std::string order : {"O-1", "O-2"}) {
        const auto subject = world.engine().Read({"main", order});
        ASSERT_TRUE(subject.ok() && *subject != nullptr) << order;
        std::int64_t paid = 0;
        for (const Leg& leg : (*subject)->legs)
            if (leg.paid || leg.state == RefundState::kPending) paid += leg.amount_minor;
        EXPECT_EQ(paid, 5000) << order;
    }
    std::map<std::string, int> payments;
    for (const Payment& payment : world.provider().book()) ++payments[payment.order_id];
    EXPECT_EQ(payments, (std::map<std::string, int>{{"O-1", 1}, {"O-2", 1}}));
    EXPECT_EQ(world.acknowledged().size(), StoryOf("O-2").size());
    const auto offsets = world.store().Offsets();
    ASSERT_TRUE(offsets.ok() && offsets->size() == 1);
    EXPECT_EQ(offsets->front().next, world.topic_size());
    const auto chain = VerifyChain(world.store());
    ASSERT_TRUE(chain.ok());
    EXPECT_FALSE(chain->fault) << chain->fault->what;
}

// Nothing more is taken in, what is known may still be asked, and the reason is told.
void ExpectClosed(DiskWorld& world) {
    Input input;
    input.event.type = EventType::kOrderDelivered;
    input.event.key = {"main", "O-2"};
    EXPECT_FALSE(world.engine().Submit(std::move(input)));
    EXPECT_FALSE(world.engine().failure().empty());
    EXPECT_TRUE(world.store().Load({"main", "O-1"}).ok());
}

struct Outcomes {
    std::int64_t moments = 0, stopped = 0, unopened = 0;
};

// Whether the disk broke at all before the story's end.
bool PlayOnce(DiskFault fault, std::int64_t nth, Outcomes& outcomes) {
    const File file;
    FailingDisk disk;
    DiskWorld world(SharedKit(), file.path());
    if (fault == DiskFault::kRead) {  // a new file is in memory: one that is opened again is not
        EXPECT_TRUE(world.Start().ok());
        world.Play();
        world.Crash();
    }
    disk.Break(fault, nth);
    const Status started = world.Start();
    if (started.ok()) world.Play();
    const bool broke = disk.broke();
    if (!broke) disk.Mend();
    if (broke) {
        ++outcomes.moments;
        outcomes.unopened += !started.ok();
        if (started.ok() && world.engine().failed()) {
            ++outcomes.stopped;
            ExpectClosed(world);
        }
        world.Crash();
        disk.Mend();
        const Status again = world.Start();
        EXPECT_TRUE(again.ok()) << again.error().text;
        if (!again.ok()) return true;
        world.Play();
    }
    ExpectTheEnd(world);
    return broke;
}

class Disk : public testing::TestWithParam<DiskFault> {};

TEST_P(Disk, MayFailAtAnyMoment) {
    const DiskFault fault = GetParam();
    Outcomes outcomes;
    bool broke = true;
    // At each call; of the many writes only at some, where a step costs more, as under a sanitizer.
    const bool many = fault == DiskFault::kFull || fault == DiskFault::kWrite;
    const std::int64_t every = many ? Wanted("BACKHAUL_DISK_EVERY", 1) : 1;
    for (std::int64_t nth = 1; broke && !HasFailure(); nth += every) {
        SCOPED_TRACE(std::string(Name(fault)) + " at call " + std::to_string(nth));
        broke = PlayOnce(fault, nth, outcomes);
    }
    EXPECT_GT(outcomes.stopped, 0);
    EXPECT_GT(outcomes.unopened, 0);
    std::cout << Name(fault) << ": at " << outcomes.moments << " calls; " << outcomes.stopped
              << " stopped the intake, " << outcomes.unopened << " the start\n";
}

INSTANTIATE_TEST_SUITE_P(All, Disk, testing::ValuesIn(kDiskFaults), [](const auto& about) {
    std::string name(Name(about.param));
    std::erase(name, ' ');
    return name;
});

}  // namespace
}  // namespace returns::sim
