// Callbacks that are kept, and a new mapping rehearsed on them.
#include "gateway/rehearse.h"

#include "connectors/crypto.h"
#include "gateway/raw_reader.h"
#include "tests/gateway/api_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;

using connectors::Connector;
using testing::ElementsAre;
using testing::HasSubstr;

// The partner of ApiWorld with another mapping.
Connector Candidate(const std::string& mapping) {
    auto connector = Connector::Load({{"connector.json", R"({
  "name": "logistics/acme", "title": "Acme", "version": "2", "proven_on": "contract",
  "announces": "none",
  "auth": {"type": "none"},
  "settings": {"secret": {"secret": true, "required": true, "sentence": "Signs callbacks."}},
  "operations": {},
  "callbacks": {"signature": {"scheme": "hmac-sha256", "header": "acme-signature"},
    "keys": "secret", "mapping": "callback.jq"}})"},
                                      {"contract.json", R"({"about": "Acme", "operations": {}})"},
                                      {"callback.jq", mapping}});
    EXPECT_TRUE(connector.ok()) << connector.error().text;
    return std::move(*connector);
}

class Rehearsing : public testing::Test {
protected:
    void Call(const std::string& body, const std::string& id) {
        world_.clock.now += std::chrono::minutes(1);
        const int status = world_.CallBack(body, id).status;
        EXPECT_EQ(status, 202);
        kept_.push_back({"acme", id, world_.clock.now, {}, body});
    }
    Rehearsal Rehearse(const std::string& mapping) {
        Connector candidate = Candidate(mapping);
        const RehearsalParts parts{*world_.connections,
                                   candidate,
                                   {{"acme", world_.connections->Find("acme")->settings.settings}},
                                   world_.store,
                                   world_.store,
                                   world_.definitions->book()};
        auto done = gateway::Rehearse(parts, kept_);
        EXPECT_TRUE(done.ok()) << done.error().text;
        return std::move(*done);
    }
    ApiWorld world_;
    std::vector<KeptCallback> kept_;
};

const std::string kSame = R"(.body
| if .status == "broken" then error("no such status") else . end
| [{type: .status, data: ({return_id: .return, raw_code: .status}
    + (if .lines then {lines: .lines} else {} end))}])";

TEST_F(Rehearsing, TheSameMappingDiffersInNothing) {
    world_.TellReturn();
    Call(R"({"return": "R-1", "status": "parcel.delivered"})", "c1");
    const Rehearsal same = Rehearse(kSame);
    EXPECT_EQ(same.callbacks, 1);
    EXPECT_EQ(same.same, 1);
    EXPECT_FALSE(same.differs());
    EXPECT_THAT(FormatRehearsal(same), HasSubstr("1 callback kept, 1 mapped alike, 0 differently"));
}

TEST_F(Rehearsing, ADifferenceIsToldInEventsStatesAndMoney) {
    world_.TellReturn();
    Call(R"({"return": "R-1", "status": "parcel.delivered"})", "c1");
    Call(R"({"return": "R-1", "status": "return.inspected",
             "lines": [{"id": "A", "accepted": 1, "rejected": 0}]})",
         "c2");
    const std::string journal = std::to_string(world_.engine->counters().moved);
    const Rehearsal found = Rehearse(R"(.body
| [{type: .status, data: ({return_id: .return, raw_code: .status}
    + (if .lines then {lines: [.lines[] | {id: .id, accepted: .rejected, rejected: .accepted}]}
       else {} end))}])");
    ASSERT_EQ(found.events.size(), 1u) << FormatRehearsal(found);
    EXPECT_EQ(found.events[0].callback.id, "c2");
    EXPECT_THAT(found.events[0].lines, HasSubstr("- [0].data.lines[0].accepted: 1"));
    ASSERT_EQ(found.cases.size(), 1u) << FormatRehearsal(found);
    const CaseDifference& difference = found.cases[0];
    EXPECT_TRUE(difference.exact);
    EXPECT_EQ(difference.key.order_id, "1001");
    EXPECT_THAT(difference.lines, testing::Contains("goods R-1 line A: 1 ACCEPTED -> 1 REJECTED"));
    EXPECT_EQ(difference.before_minor, 5000);
    EXPECT_EQ(difference.now_minor, 0);
    EXPECT_THAT(FormatRehearsal(found), HasSubstr("to pay back: 50.00 EUR -> 0.00 EUR"));
    EXPECT_EQ(RehearsalJson(found)["cases"].Items().size(), 1u);
    EXPECT_EQ(std::to_string(world_.engine->counters().moved), journal) << "nothing happened";
}

TEST_F(Rehearsing, WhatWasNotUnderstoodTakesItsPlaceInTime) {
    world_.TellReturn();
    Call(R"({"return": "R-1", "status": "broken"})", "c1");
    const Rehearsal found = Rehearse(R"(.body
| [{type: "parcel.delivered", data: {return_id: .return, raw_code: .status}}])");
    ASSERT_EQ(found.events.size(), 1u);
    EXPECT_NE(found.events[0].why_not_before, "");
    EXPECT_THAT(FormatRehearsal(found), HasSubstr("not understood -> parcel.delivered"));
    ASSERT_EQ(found.cases.size(), 1u) << FormatRehearsal(found);
    EXPECT_THAT(found.cases[0].lines,
                testing::Contains("goods R-1 line A: 1 IN_TRANSIT -> 1 AT_PARTNER"));
}

class Keeping : public testing::Test {
protected:
    Keeping() {
        std::string form = (fs::temp_directory_path() / "backhaul-keep-XXXXXX").string();
        folder_ = mkdtemp(form.data());
    }
    ~Keeping() override { fs::remove_all(folder_); }
    std::vector<std::string> Ids(Instant since) {
        std::vector<std::string> ids;
        const auto kept = ReadKept(folder_, {"acme"}, since);
        for (const KeptCallback& each : *kept) ids.push_back(each.id);
        return ids;
    }
    std::string folder_;
    const Instant day_ = *ParseInstant("2026-03-01T12:00:00Z");
};

TEST_F(Keeping, AreReadAsTheyCame) {
    CallbackKeep keep(folder_, 1, 30);
    const std::string around = WriteSurroundings({{}, false, {{"X-Topic", "a\nb"}}});
    keep.Keep("acme", "1", day_, around, "{\"a\": \"\xC3\xA4\"}\n");
    keep.Keep("other", "2", day_, around, "{}");
    keep.Keep("acme", "3", day_ + std::chrono::hours(24), around, "{}");
    const auto all = ReadKept(folder_, {"acme"}, day_).value();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].body, "{\"a\": \"\xC3\xA4\"}\n");
    EXPECT_EQ(connectors::FindHeader(all[0].headers, "x-topic"), "a\nb");
    EXPECT_EQ(all[0].at, day_);
    EXPECT_THAT(Ids(day_ + std::chrono::hours(1)), ElementsAre("3"));
    EXPECT_EQ(keep.not_kept(), 0);
    EXPECT_EQ(fs::status(folder_).permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(Keeping, AFullDayKeepsNoMoreAndOldDaysGo) {
    CallbackKeep keep(folder_, 1, 2);
    const std::string large(600 << 10, 'x');
    keep.Keep("acme", "1", day_, "", large);
    keep.Keep("acme", "2", day_, "", large);
    EXPECT_EQ(keep.not_kept(), 1);
    CallbackKeep again(folder_, 1, 2);  // a restart counts what is there
    again.Keep("acme", "3", day_, "", large);
    EXPECT_EQ(again.not_kept(), 1);
    again.Keep("acme", "4", day_ + std::chrono::hours(72), "", "{}");
    EXPECT_THAT(Ids(day_), ElementsAre("4"));
    CallbackKeep none(folder_ + "/none", 0, 2);
    none.Keep("acme", "5", day_, "", "{}");
    EXPECT_FALSE(fs::exists(folder_ + "/none"));
}

// They are personal: they go in time where no more come, and where keeping was turned off.
TEST_F(Keeping, OldDaysGoWithoutNewCallbacks) {
    CallbackKeep(folder_, 1, 2).Keep("acme", "1", day_, "", "{}");
    CallbackKeep off(folder_, 0, 2);
    off.ForgetOld(day_ + std::chrono::hours(48));
    EXPECT_THAT(Ids(day_), ElementsAre("1"));
    off.ForgetOld(day_ + std::chrono::hours(72));
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Keeping, ACutLineIsPassedOver) {
    CallbackKeep keep(folder_, 1, 2);
    keep.Keep("acme", "1", day_, "", "{}");
    std::ofstream(folder_ + "/2026-03-01.ndjson", std::ios::app) << "{\"connection\": \"ac";
    EXPECT_THAT(Ids(day_), ElementsAre("1"));
    EXPECT_TRUE(ReadKept(folder_ + "/nowhere", {"acme"}, day_).value().empty());
}

}  // namespace
}  // namespace returns::gateway
