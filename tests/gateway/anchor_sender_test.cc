// Anchors on their way out: at intervals, to file and topic, over crashes and what refuses them.
#include "gateway/anchor_sender.h"

#include "gateway/anchor_line.h"
#include "gateway/folders.h"
#include "gateway/line_file.h"
#include "tests/gateway/api_world.h"
#include "tests/gateway/store_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace returns::gateway {
namespace {

using ::testing::HasSubstr;

class KeptLines final : public LineFile {
public:
    Status Append(const std::string& line) override {
        if (broken) return Error{Code::kInternal, "no room"};
        lines += line + "\n";
        return {};
    }
    std::string lines;
    bool broken = false;
};

class AnswerBus final : public Bus {
public:
    std::vector<BusRecord> Poll(int) override { return {}; }
    void Pause(bool) override {}
    bool Produce(const std::string& topic, const std::string&,
                 const std::vector<std::pair<std::string, std::string>>&, const std::string& value,
                 std::int64_t token) override {
        if (full) return false;
        if (topic == "returns.anchors") {
            if (delivers) lines += value + "\n";
        }
        deliveries.push_back({token, topic != "returns.anchors" || delivers});
        return true;
    }
    std::vector<BusDelivery> TakeDeliveries() override { return std::exchange(deliveries, {}); }
    std::string lines;
    std::vector<BusDelivery> deliveries;
    bool full = false, delivers = true;
};

struct AnchorWorld : ApiWorld {
    AnchorWorld() {
        TellReturn();
        Start();
    }
    void Start() {
        publisher = std::make_unique<Publisher>(*engine, &bus, PublisherTopics{});
        EXPECT_TRUE(publisher->Recover(store).ok());
        sender = std::make_unique<AnchorSender>(
            *engine, *publisher, clock,
            AnchorPlaces{&file, "returns.anchors", std::chrono::minutes(5)});
        EXPECT_TRUE(sender->Recover(store).ok());
    }
    void Go() {
        for (bool worked = true; worked;) {
            worked = sender->Step();
            worked = publisher->Step() || worked;
            worked = engine->Step() || worked;
        }
    }
    void Happen(const std::string& id) {
        EXPECT_EQ(Tell("parcel.scanned", id, "1001", R"({"return_id":"R-1"})").status, 202);
    }
    std::vector<std::int64_t> Seqs(const std::string& lines) {
        std::vector<std::int64_t> seqs;
        for (const SentAnchor& each : ReadAnchorLines(lines).anchors) {
            seqs.push_back(each.anchor.seq);
            bool known = false;
            for (const Anchor& anchor : database.anchors)
                known = known || (anchor.seq == each.anchor.seq && anchor.head == each.anchor.head);
            EXPECT_TRUE(known) << each.anchor.seq;
        }
        return seqs;
    }
    std::int64_t Last() const { return database.anchors.back().seq; }

    KeptLines file;
    AnswerBus bus;
    std::unique_ptr<AnchorSender> sender;
};

TEST(AnchorSender, SendsTheNewestAtIntervalsAndNothingTwice) {
    AnchorWorld world;
    world.Go();
    const std::int64_t first = world.Last();
    EXPECT_EQ(world.Seqs(world.file.lines), (std::vector<std::int64_t>{first}));
    EXPECT_EQ(world.Seqs(world.bus.lines), (std::vector<std::int64_t>{first}));
    world.Happen("h1");
    world.Happen("h2");
    world.Go();
    EXPECT_EQ(world.Seqs(world.file.lines).size(), 1U) << "its time has not come";
    world.clock.now += std::chrono::minutes(6);
    world.Go();
    EXPECT_EQ(world.Seqs(world.file.lines), (std::vector<std::int64_t>{first, world.Last()}));
    world.clock.now += std::chrono::minutes(6);
    world.Go();
    EXPECT_EQ(world.Seqs(world.file.lines).size(), 2U) << "nothing has happened";
    EXPECT_EQ(world.sender->file().sent, 2);
    EXPECT_EQ(world.sender->topic().seq, world.Last());
}

TEST(AnchorSender, GoesOnAfterACrash) {
    AnchorWorld world;
    world.Go();
    const std::string once = world.file.lines + world.bus.lines;
    world.Start();
    world.Go();
    EXPECT_EQ(world.file.lines + world.bus.lines, once) << "it is known to be there";
    world.Happen("h1");
    world.Start();
    world.Go();
    EXPECT_EQ(world.Seqs(world.file.lines).back(), world.Last());
    world.Happen("h2");
    world.sender->Finish();
    EXPECT_EQ(world.Seqs(world.file.lines).back(), world.Last()) << "before a shutdown, at once";
}

TEST(AnchorSender, WhatRefusesIsToldAndTriedAgain) {
    AnchorWorld world;
    world.file.broken = true;
    world.bus.delivers = false;
    world.Go();
    EXPECT_EQ(world.sender->file().failed, 1);
    EXPECT_EQ(world.sender->topic().failed, 1);
    EXPECT_TRUE(world.sender->topic().failing);
    const Instant since = world.sender->file().waits_since;
    EXPECT_NE(since, kNoTime);
    world.clock.now += std::chrono::minutes(6);
    world.bus.full = true;
    world.Go();
    EXPECT_EQ(world.sender->file().waits_since, since) << "since the first, not the last";
    world.file.broken = world.bus.full = false;
    world.bus.delivers = true;
    world.clock.now += std::chrono::minutes(6);
    world.Go();
    EXPECT_EQ(world.Seqs(world.file.lines).back(), world.Last());
    EXPECT_EQ(world.Seqs(world.bus.lines).back(), world.Last());
    EXPECT_EQ(world.sender->file().waits_since, kNoTime);
    EXPECT_EQ(world.sender->topic().waits_since, kNoTime);
}

TEST(AppendedFile, GrowsIsRotatedAndMendsATornEnd) {
    ScratchFolder folder;
    const std::string path = folder.Path("anchors");
    AppendedFile file(path);
    ASSERT_TRUE(file.Append("one").ok());
    std::ofstream(path, std::ios::app) << "to";  // cut short by an outage
    ASSERT_TRUE(file.Append("two").ok());
    EXPECT_EQ(*ReadWholeFile(path), "one\nto\ntwo\n");
    std::filesystem::rename(path, path + ".1");
    ASSERT_TRUE(file.Append("three").ok());
    EXPECT_EQ(*ReadWholeFile(path), "three\n");
    const Status lost = AppendedFile(folder.Path("no/anchors")).Append("x");
    ASSERT_FALSE(lost.ok());
    EXPECT_THAT(lost.error().text, HasSubstr("ledger.anchors_file"));
}

}  // namespace
}  // namespace returns::gateway
