// Parked input: told to operators, tried again by them, and forgotten in time but for its digest.
#include "gateway/raw_reader.h"
#include "gateway/retention.h"
#include "tests/gateway/api_world.h"
#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;

const std::string kOperator = ApiWorld::kOperator;

std::string Named(std::int64_t id, const std::string& what = "") {
    return "/v1/parked/" + std::to_string(id) + what;
}

// A callback that was kept while its mapping failed; meanwhile the mapping was mended.
std::int64_t Keep(ApiWorld& world, const std::string& body, const std::string& id) {
    Batch batch;
    ParkedInput parked;
    parked.source = "connection:acme";
    parked.source_id = id;
    parked.reason = "mapping failed";
    parked.raw = body;
    parked.headers = WriteSurroundings({{}, false, {{"acme-id", id}}});
    parked.digest = "d-" + id;
    parked.parked_at = world.clock.now;
    batch.park = {parked};
    EXPECT_TRUE(world.store.Commit(batch).ok());
    return world.database.parked.rbegin()->first;
}

TEST(ApiParked, ListsAndShowsWhatIsKept) {
    ApiWorld world;
    for (int at = 0; at < 3; ++at) Keep(world, "bytes", "c" + std::to_string(at));
    const Json first = BodyOf(world.Get("/v1/parked", kOperator));
    ASSERT_EQ(first["items"].Items().size(), 2u);
    EXPECT_EQ(first["items"].Items()[0]["source_id"].AsString(), "c0");
    EXPECT_EQ(first["items"].Items()[0]["kept"].AsString(), "bytes");
    const Json rest = BodyOf(world.Get("/v1/parked?cursor=" + first["next"].AsString(), kOperator));
    ASSERT_EQ(rest["items"].Items().size(), 1u);
    EXPECT_EQ(rest["items"].Items()[0]["source_id"].AsString(), "c2");
    EXPECT_EQ(rest.Find("next"), nullptr);
    const Json one = BodyOf(world.Get(Named(1), kOperator));
    EXPECT_EQ(one["raw_base64"].AsString(), "Ynl0ZXM=");
    EXPECT_EQ(one["headers"].Items().size(), 1u);
    for (const char* none : {"/v1/parked/0", "/v1/parked/9", "/v1/parked/x", "/v1/parked/-1"})
        EXPECT_EQ(world.Get(none, kOperator).status, 404) << none;
}

TEST(Surroundings, AreReadAsTheyWereWritten) {
    EXPECT_EQ(WriteSurroundings({}), "{}");
    const Surroundings around{std::string("k\0\xff", 3), true, {{"a", "b"}, {"c\"", ""}}};
    const std::string text = WriteSurroundings(around);
    EXPECT_EQ(text, R"({"key":"awD/","tombstone":true,"headers":[["YQ==","Yg=="],["YyI=",""]]})");
    const Surroundings read = ReadSurroundings(text);
    EXPECT_EQ(read.key, around.key);
    EXPECT_EQ(read.tombstone, around.tombstone);
    EXPECT_EQ(read.headers, around.headers);
    EXPECT_EQ(WriteSurroundings({{}, false, {{"a", "b"}}}), R"({"headers":[["YQ==","Yg=="]]})");
}

TEST(ApiParked, IsTriedAgainOnceItsMappingWasMended) {
    ApiWorld world;
    world.TellReturn();
    const auto good = Keep(world, R"({"return":"R-1","status":"parcel.delivered"})", "c1");
    const auto bad = Keep(world, R"({"return":"R-1","status":"broken"})", "c2");
    const auto nothing = Keep(world, R"({"return":"R-1","status":"nothing"})", "c3");
    const auto early = Keep(world, R"({"return":"R-9","status":"parcel.delivered"})", "c4");
    const DoorReply again = world.Post(Named(good, "/retry"), kOperator, "");
    EXPECT_EQ(again.status, 202) << again.body;
    EXPECT_EQ(BodyOf(again)["receipts"].Items().at(0)["verdict"].AsString(), "moved");
    EXPECT_EQ(world.Get(Named(good), kOperator).status, 404);
    const DoorReply still = world.Post(Named(bad, "/retry"), kOperator, "");
    EXPECT_EQ(still.status, 422);
    EXPECT_EQ(CodeOf(still), "still_unreadable");
    EXPECT_EQ(world.Get(Named(bad), kOperator).status, 200);
    EXPECT_EQ(world.Post(Named(nothing, "/retry"), kOperator, "").status, 202);
    EXPECT_EQ(world.Get(Named(nothing), kOperator).status, 404);
    // It can be read now and waits for its case, in place of its bytes.
    const DoorReply waits = world.Post(Named(early, "/retry"), kOperator, "");
    EXPECT_EQ(BodyOf(waits)["receipts"].Items().at(0)["kind"].AsString(), "parked");
    ASSERT_EQ(world.database.parked.size(), 2u);
    const ParkedInput& parked = world.database.parked.rbegin()->second;
    EXPECT_NE(parked.envelope, "");
    EXPECT_EQ(parked.raw + parked.headers, "");
    EXPECT_EQ(parked.source_id, "c4");
    EXPECT_EQ(world.Post(Named(parked.id, "/retry"), kOperator, "").status, 202);
    EXPECT_EQ(world.database.parked.size(), 2u);
}

TEST(ApiParked, SaysWhyItCannotBeTriedAgain) {
    ApiWorld world;
    const auto id = Keep(world, R"({"return":"R-1","status":"parcel.delivered"})", "c1");
    world.database.parked[id].source = "connection:gone";
    EXPECT_EQ(CodeOf(world.Post(Named(id, "/retry"), kOperator, "")), "no_mapping");
    world.engine->ForgetRaw({id});
    ASSERT_TRUE(world.engine->Step());
    const DoorReply forgotten = world.Post(Named(id, "/retry"), kOperator, "");
    EXPECT_EQ(forgotten.status, 410);
    EXPECT_THAT(forgotten.body, HasSubstr("digest"));
    EXPECT_EQ(BodyOf(world.Get(Named(id), kOperator))["kept"].AsString(), "digest");
    EXPECT_EQ(BodyOf(world.Get(Named(id), kOperator))["sha256"].AsString(), "d-c1");
}

// A record of several events that was too long, read again under a wider limit.
TEST(Parked, ARecordIsReadAgainAsItCame) {
    LaneWorld world;
    world.message_bytes_max = 20;
    world.Restart();
    const std::string order =
        R"({"msg":"m-1","at":"2026-02-14T09:30:00+01:00","kind":"ORDER","order":{"no":"1",)"
        R"("state":"OPEN","cur":"EUR","law":"EU","freight":4.95,"buyer":{"name":"B","mail":"b@x"},)"
        R"("pos":[{"nr":1,"art":"TEE","qty":2,"gross":19.9,"vat":6.35,"rate":0.19}],)"
        R"("pay":[{"nr":1,"type":"GIFT","paid":10.0},{"nr":2,"type":"GIFT","paid":34.75}]}})";
    world.Put(order, "shop.foreign");
    world.Step();
    ASSERT_EQ(world.database.parked.size(), 1u);
    RawReader reader(*world.kit->connections, world.kit->kafka, 1 << 20);
    auto inputs = reader.Again(world.database.parked.begin()->second);
    ASSERT_TRUE(inputs.ok()) << inputs.error().text;
    ASSERT_EQ(inputs->size(), 3u);
    EXPECT_EQ((*inputs)[0].unpark + (*inputs)[1].unpark, 0);  // only the last one ends the wait
    for (Input& input : *inputs) ASSERT_TRUE(world.engine->Submit(std::move(input)));
    world.Step();
    EXPECT_TRUE(world.database.parked.empty());
    EXPECT_EQ(world.Subject("1").tenders.size(), 2u);
}

TEST(Parked, RawBytesGoAfterTheirDays) {
    LaneWorld world;
    constexpr std::int64_t kDays = 30;
    for (int at = 0; at < 70; ++at) world.Put("not JSON " + std::to_string(at));
    world.Step();
    world.Pass(sim::kDay);
    world.Put("younger");
    world.Step();
    Retention retention(*world.engine, world.clock, kDays);
    EXPECT_FALSE(retention.Step());
    world.Pass(sim::kDay * (kDays - 1) + Millis(1));
    int steps = 0;
    while (retention.Step()) {
        ++steps;
        world.Step();
    }
    EXPECT_EQ(steps, 3);  // in small steps
    EXPECT_EQ(world.engine->counters().raw_forgotten, 70);
    for (const auto& [id, parked] : world.database.parked) {
        EXPECT_EQ(parked.raw, parked.source_id.find("/70/") != std::string::npos ? "younger" : "");
        EXPECT_NE(parked.digest, "");
    }
}

TEST(Parked, ACrashRightAfterTheKeyWasWrittenLosesNothing) {
    LaneWorld world;
    world.PlaceOrder("1");
    Input input;
    input.event.type = EventType::kParcelScanned;
    input.event.source = "connection:3pl";
    input.event.source_id = "s-1";
    input.event.key.shop = "main";
    input.event.data.return_id = "R-1";
    ASSERT_TRUE(world.engine->Submit(input));
    world.Step();
    ASSERT_EQ(world.database.parked.size(), 1u);
    world.Put(
        R"({"specversion":"1.0","source":"/shop","id":"r","type":"return.requested","subject":"1",)"
        R"("data":{"return_id":"R-1","lines":[{"id":"A","quantity":1}],"resolution":"refund",)"
        R"("statutory":true}})");
    world.intake->Step();
    world.engine->Step();  // the return's key is written; what it wakes is only in memory
    ASSERT_EQ(world.database.parked.size(), 1u);
    world.Restart();
    world.Step();
    EXPECT_TRUE(world.database.parked.empty());
}

TEST(Positions, AreToldAfterTheirCommitAlone) {
    LaneWorld world;
    std::vector<std::int64_t> told;
    const auto listen = [&] {
        world.engine->OnPositions([&](const std::vector<TopicOffset>& offsets) {
            for (const TopicOffset& each : offsets) {
                told.push_back(each.next);
                EXPECT_EQ(world.Offset(each.topic), each.next);
            }
        });
    };
    listen();
    world.Put("not JSON");
    world.Step();
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back(), 1);
    told.clear();
    world.store->before_commit = [](const Batch&) { return sim::CommitFault::kFail; };
    world.Put("nor this");
    world.Step();
    EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace returns::gateway
