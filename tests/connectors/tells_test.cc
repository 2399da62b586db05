// What a connector can tell, found by reading its mappings; and where an error in a folder lies.
#include "connectors/tells.h"

#include "connectors/conformance.h"
#include "connectors/conformance_values.h"
#include "connectors/places.h"
#include "tests/connectors/connectors_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::connectors {
namespace {

using testing::HasSubstr;

std::set<EventType> Found(const std::string& text) { return TypesIn({"a.jq", text}).types; }

TEST(Tells, TypesAreReadFromTheTextsOfAMapping) {
    EXPECT_EQ(Found(R"([{type: "parcel.lost"}, {type: "return.opened"}])"),
              (std::set{EventType::kParcelLost, EventType::kReturnOpened}));
    EXPECT_EQ(Found(R"(# type: "parcel.lost"
        [])"),
              std::set<EventType>{})
        << "a comment says nothing";
    EXPECT_EQ(Found(R"(if .type == "parcel.lost" or "return.opened" != .type then [] else [] end)"),
              std::set<EventType>{})
        << "what is compared with is theirs";
    EXPECT_EQ(
        Found(R"([{type: "timer.fired"}, {type: "action.cancel"}, {type: "x \" parcel.lost"}])"),
        std::set<EventType>{})
        << "others may not say ours";
}

TEST(Tells, ATypePutTogetherFromPartsIsNotKnown) {
    EXPECT_TRUE(TypesIn({"a.jq", R"([{type: ("parcel." + .status)}])"}).composed);
    EXPECT_TRUE(TypesIn({"a.jq", R"jq([{type: "parcel.\(.status)"}])jq"}).composed);
    EXPECT_FALSE(TypesIn({"a.jq", R"(select(.topic | startswith("return.")))"}).composed);
    EXPECT_FALSE(TypesIn({"a.jq", R"jq([{id: "return:\(.id)"}])jq"}).composed);
}

TEST(Tells, ShipBobTellsNoScans) {
    const auto connector = Connector::Load(ReadFolder("logistics/shipbob"));
    ASSERT_TRUE(connector.ok());
    const Tells& tells = connector->tells();
    EXPECT_TRUE(tells.known);
    EXPECT_FALSE(tells.Has(EventType::kParcelScanned));
    EXPECT_EQ(tells.how.at(EventType::kReturnInspected),
              (std::set<std::string>{"answer", "callback"}));
    EXPECT_TRUE(connector->Twin().tells().known);
}

Connector::Files ShipBobWith(const std::string& file, const std::string& from,
                             const std::string& to) {
    Connector::Files files = ReadFolder("logistics/shipbob");
    std::string& text = files.at(file);
    const std::size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    if (at != text.npos) text.replace(at, from.size(), to);
    return files;
}

TEST(Tells, WhatAMappingPassesOnIsDeclared) {
    Connector::Files files = ShipBobWith("connector.json", R"("cannot_tell": [)",
                                         R"("can_tell": ["parcel.scanned"], "cannot_tell": [)");
    const auto connector = Connector::Load(files);
    ASSERT_TRUE(connector.ok()) << connector.error().text;
    EXPECT_TRUE(connector->tells().Has(EventType::kParcelScanned));
    files = ShipBobWith("connector.json", R"("cannot_tell": [)",
                        R"("can_tell": ["parcel.scand"], "cannot_tell": [)");
    EXPECT_THAT(Connector::Load(files).error().text, HasSubstr("did you mean 'parcel.scanned'?"));
}

// "parcel.delivered" by way of a letter the reader of texts cannot put together.
TEST(Tells, AnEventThatNoMappingNamesFailsItsCase) {
    const auto report = TestConnector(ShipBobWith("return.jq", R"({type: "parcel.delivered",)",
                                                  R"({type: ("parcel" + ".delivered"),)"));
    EXPECT_FALSE(report.ok());
    EXPECT_THAT(FormatReport(report, "it"), HasSubstr("list it under 'can_tell'"));
}

TEST(Tells, WhatNoCaseShowsIsNoted) {
    const auto report = TestConnector(ShipBobWith("connector.json", R"("cannot_tell": [)",
                                                  R"("can_tell": ["parcel.lost"],
                                                     "cannot_tell": [)"));
    EXPECT_TRUE(report.ok()) << FormatReport(report, "it");
    EXPECT_THAT(FormatReport(report, "it"), HasSubstr("no case shows that it tells parcel.lost"));
}

TEST(Places, AnErrorNamesFileAndLine) {
    struct Broken {
        std::string file, from, to, place;
    };
    const std::vector<Broken> all = {
        {"connector.json", R"("proven_on": "contract",)", R"("proven_on": "contract")",
         "connector.json:6: "},
        {"connector.json", R"("method": "POST",)", R"("metod": "POST",)", "connector.json:24: "},
        {"connector.json", R"("auth": {"type": "bearer")", R"("auth": {"type": "bearr")",
         "connector.json:9: "},
        {"create.jq", "reference_id: .reference,", "reference_id: now,", "create.jq:7: "},
        {"create.jq", "group_by(.sku)", "group_by(.sku", "create.jq:"},
        {"fixtures/commands.json", R"("cases": [)", R"("cases": [[)", "fixtures/commands.json:"},
    };
    for (const Broken& broken : all) {
        const auto report = TestConnector(ShipBobWith(broken.file, broken.from, broken.to));
        const std::string text = FormatReport(report, "it");
        EXPECT_FALSE(report.ok());
        EXPECT_THAT(text, HasSubstr("FAILED  " + broken.place)) << broken.to;
        EXPECT_THAT(text, HasSubstr("what to do: ")) << broken.to;
    }
}

TEST(Places, ADifferenceIsToldFieldByFieldAtItsCase) {
    const auto report = TestConnector(ShipBobWith(
        "fixtures/commands.json", R"("path": "/2026-01/return")", R"("path": "/2026-02/return")"));
    const std::string text = FormatReport(report, "it", true);
    EXPECT_THAT(text, HasSubstr("fixtures/commands.json:11: a harmless call: wanted"));
    EXPECT_THAT(text, HasSubstr("\x1b[31m    - path: \"/2026-02/return\"\x1b[0m\n"
                                "\x1b[32m    + path: \"/2026-01/return\"\x1b[0m\n"));
    EXPECT_THAT(FormatReport(report, "it"), testing::Not(HasSubstr("\x1b")));
}

TEST(Places, ListsAreComparedWhereTheyDiffer) {
    const auto json = [](const char* text) { return ParseJson(text).value(); };
    EXPECT_EQ(Difference(json("[1,2,3,4]"), json("[1,9,3,4]")), "    - [1]: 2\n    + [1]: 9\n");
    EXPECT_EQ(Difference(json("[1,2,3]"), json("[1,3]")), "    - [1]: 2\n");
    EXPECT_EQ(Difference(json("[]"), json("[{}]")), "    + [0]: {}\n");
    EXPECT_EQ(Difference(json(R"({"a":{"b":1}})"), json(R"({"a":{"c":1}})")),
              "    - a.b: 1\n    + a.c: 1\n");
    EXPECT_EQ(Difference(json("1"), json("\"1\"")), "    - it all: 1\n    + it all: \"1\"\n");
}

TEST(Places, KeysMayHoldDots) {
    const std::string text = "{\n\"operations\": {\n\"return.create\":\n{\"path\": 1}}}";
    EXPECT_EQ(LineOfPath(text, "operations.return.create"), 3);
    EXPECT_EQ(LineOfPath(text, "operations.return.create.path"), 4);
    EXPECT_EQ(LineOfPath(text, "operations.nothing"), 2);
    EXPECT_EQ(LineOfPath("", "a"), 1);
    EXPECT_EQ(LineOfPath("{\"a", "a"), 1) << "a text that does not parse ends it";
}

}  // namespace
}  // namespace returns::connectors
