// Watched folders: what is taken, what is left alone, what is answered beside, and that nothing is
// lost or done twice wherever the program ends.
#include "gateway/file_drop.h"

#include "gateway/drop_text.h"
#include "tests/gateway/api_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kHead = "id,status,occurred_at,return_id,line_id,received\n";
const std::string kArrived = "d1,parcel.delivered,2026-03-01T10:00:00Z,R-1,,\n";
const std::string kOpened = "d2,return.opened,2026-03-01T11:00:00Z,R-1,A,1\n";

class DropWorld : public ApiWorld {
public:
    DropWorld() {
        std::string name = testing::TempDir() + "drop-XXXXXX";
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        inbox = name;
        settings.limits.import_row_bytes_max = 1000;
        ConnectionSettings& acme = settings.connections[0];
        acme.connector = "logistics/csv-drop";
        acme.settings = Json::Object({{"inbox", Json::String(inbox.string())},
                                      {"file_mib_max", Json::Int(1)},
                                      {"rows_max", Json::Int(20)}});
        acme.secrets.clear();
        Restart();
        TellReturn();
        rows = database.journal.size();
    }
    ~DropWorld() { fs::remove_all(inbox); }

    // As after the program's end: what was under way is forgotten, what has committed stands.
    void Restart() {
        drops.reset();
        Reconnect();
        auto opened = FileDrops::Open(*engine, clock, *connections, settings);
        ASSERT_TRUE(opened.ok()) << opened.error().text;
        drops = std::move(*opened);
    }

    void Put(const std::string& name, const std::string& text, bool append = false) const {
        std::ofstream(inbox / name, append ? std::ios::app | std::ios::binary : std::ios::binary)
            << text;
    }
    std::string Text(const fs::path& path) const {
        std::ifstream file(inbox / path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::vector<std::string> Names(const std::string& folder = "") const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(inbox / folder))
            if (!fs::is_directory(entry.symlink_status()))
                names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
    void Round() {
        for (bool worked = true; worked;) {
            worked = drops->Step();
            worked = engine->Step() || worked;
        }
    }
    void Look() {
        clock.now += std::chrono::seconds(10);
        Round();
    }
    // The one file whose name begins so.
    std::string Answer(const std::string& folder, const std::string& begin) const {
        for (const std::string& name : Names(folder))
            if (name.starts_with(begin)) return Text(fs::path(folder) / name);
        return "none";
    }
    const DropCounters& Counts() const { return drops->drops().at("acme")->counters(); }
    std::size_t Fresh() const { return database.journal.size() - rows; }

    fs::path inbox;
    std::unique_ptr<FileDrops> drops;
    std::size_t rows = 0;
};

TEST(FileDrop, AFileThatLiesStillIsTakenAndItsRowsAnswered) {
    DropWorld world;
    world.Put("a.csv", kHead + kArrived + kOpened);
    world.Look();
    EXPECT_THAT(world.Names(), ElementsAre("a.csv")) << "it may still be written to";
    EXPECT_EQ(world.Fresh(), 0U);
    world.Look();
    EXPECT_THAT(world.Names(), IsEmpty());
    EXPECT_THAT(world.Names("done"), ElementsAre("a.csv"));
    EXPECT_THAT(world.Names("error"), IsEmpty());
    EXPECT_EQ(world.Answer("ack", "a.csv."),
              "line,id,outcome,reason\n2,d1,accepted,\n3,d2,accepted,\n");
    EXPECT_EQ(world.Fresh(), 2U);
    EXPECT_EQ(world.Counts().files_taken, 1);
    EXPECT_EQ(world.Counts().rows_accepted, 2);
    const auto subject = world.engine->Read({"main", "1001"});
    ASSERT_TRUE(subject.ok() && *subject != nullptr);
    EXPECT_EQ(Name((*subject)->slices.at(0).state), "INSPECTING");
    EXPECT_TRUE((*subject)->commands.empty()) << "nobody to be called";
}

TEST(FileDrop, WhatStillGrowsIsLeft) {
    DropWorld world;
    world.Put("a.csv", "");
    for (int i = 0; i < 3; ++i) world.Look();
    EXPECT_THAT(world.Names(), ElementsAre("a.csv")) << "begun, and nothing in it yet";
    world.Put("a.csv", kHead);
    world.Look();
    world.Put("a.csv", kArrived, true);
    world.Look();
    EXPECT_THAT(world.Names(), ElementsAre("a.csv"));
    world.Look();
    EXPECT_THAT(world.Names("done"), ElementsAre("a.csv"));
    EXPECT_EQ(world.Counts().rows_accepted, 1);
}

TEST(FileDrop, OnlyWholeRegularFilesOfTheFolderItselfAreTaken) {
    DropWorld world;
    const std::string text = kHead + kArrived;
    for (const char* name : {".a.csv", "a.csv.tmp", "a.csv.part", "a.csv.FILEPART"})
        world.Put(name, text);
    fs::create_directory(world.inbox / "below");
    world.Put("below/a.csv", text);
    std::ofstream(world.inbox / "below" / "target") << text;
    fs::create_symlink(world.inbox / "below" / "target", world.inbox / "link.csv");
    ASSERT_EQ(mkfifo((world.inbox / "pipe.csv").c_str(), 0600), 0);
    for (int i = 0; i < 3; ++i) world.Look();
    EXPECT_EQ(world.Names().size(), 6U);
    EXPECT_EQ(world.Fresh(), 0U);
    EXPECT_EQ(world.Counts().passed_over, 6);
    EXPECT_TRUE(world.drops->drops().at("acme")->trouble().empty());
}

TEST(FileDrop, TheSameFileUnderAnotherNameIsKnown) {
    DropWorld world;
    world.Put("a.csv", kHead + kArrived);
    world.Look();
    world.Look();
    world.Put("b.csv", kHead + kArrived);
    world.Put("a.csv", kHead + kArrived);
    world.Look();
    world.Look();
    EXPECT_EQ(world.Fresh(), 1U);
    EXPECT_EQ(world.Counts().files_repeated, 2);
    EXPECT_EQ(world.Counts().rows_repeated, 0) << "its rows are not even read";
    EXPECT_EQ(world.Answer("ack", "b.csv."),
              "line,id,outcome,reason\n,,repeated,the same file was taken before as a.csv\n");
    EXPECT_THAT(world.Names("done"), ElementsAre("a.csv", "a.csv.2", "b.csv"));
    EXPECT_EQ(world.Names("ack").size(), 2U);
}

TEST(FileDrop, RowsThatWereToldBeforeAreRepeatedAndAnIdIsUsedOnce) {
    DropWorld world;
    const std::string unnamed = ",parcel.scanned,2026-03-01T09:00:00Z,R-1,,\n";
    world.Put("a.csv", kHead + unnamed + kArrived);
    world.Look();
    world.Look();
    const std::size_t fresh = world.Fresh();
    world.Put("late.csv", kHead + kArrived + unnamed + "d1,parcel.lost,,R-1,,\n");
    world.Look();
    world.Look();
    EXPECT_EQ(world.Fresh(), fresh);
    EXPECT_EQ(world.Counts().rows_repeated, 2);
    EXPECT_EQ(world.Counts().rows_refused, 1);
    EXPECT_EQ(world.Answer("error", "late.csv."),
              "line,id,outcome,reason,row\n4,d1,refused,this id was used before with another "
              "content,\"d1,parcel.lost,,R-1,,\"\n");
}

TEST(FileDrop, OneBadRowSpoilsNoOther) {
    DropWorld world;
    world.Put("a.csv", kHead + "x1,parcel.\"delivered,,R-1,,\n" + "x2,parcel.scanned,,R-1,,,,\n" +
                           "x3,return.opened,,R-1,A,two\n" + "x4,parcel.lost,,R-404,,\n" +
                           "x5,parcel.scanned,,\xff,,\n" + kArrived);
    world.Look();
    world.Look();
    EXPECT_THAT(world.Names("done"), ElementsAre("a.csv"));
    const std::string ack = world.Answer("ack", "a.csv."), error = world.Answer("error", "a.csv.");
    EXPECT_THAT(ack, HasSubstr("\n5,x4,parked,"));
    EXPECT_THAT(ack, HasSubstr("\n7,d1,accepted,\n"));
    EXPECT_THAT(error, HasSubstr("\n2,,unreadable,\"a quote inside a cell"));
    EXPECT_THAT(error, HasSubstr("\n3,,unreadable,it has more cells than there are columns"));
    EXPECT_THAT(error, HasSubstr("the column received is not a whole number"));
    EXPECT_THAT(error, HasSubstr("\n6,,unreadable,"));
    EXPECT_EQ(error.find("x4"), std::string::npos);
    EXPECT_EQ(world.Counts().rows_unreadable, 3);
    EXPECT_EQ(world.Counts().rows_unmapped, 1);
    EXPECT_EQ(world.Counts().rows_parked, 1);
    EXPECT_EQ(world.database.parked.size(), 2U) << "what cannot be mapped or placed is kept";
}

TEST(FileDrop, FilesBeyondTheLimitsAreRefusedWhole) {
    struct Row {
        const char* name;
        std::string text, why;
    };
    std::string many = kHead, big = kHead + std::string(1 << 20, 'x');
    for (int i = 0; i < 30; ++i) many += kArrived;
    DropWorld world;
    for (const Row& row : {Row{"many.csv", many, "more than 20 lines (rows_max)"},
                           Row{"big.csv", big, "longer than 1 MiB (file_mib_max)"},
                           Row{"twice.csv", "id,id\n", "column 2 has a name used before"},
                           Row{"nameless.csv", "id,\n", "column 2 has no name"},
                           Row{"blank.csv", "\n\n", "there is none"},
                           Row{"half.csv",
                               "\xff\xfe"
                               "a",
                               "half a character"}}) {
        world.Put(row.name, row.text);
        world.Look();
        world.Look();
        EXPECT_THAT(world.Names(), IsEmpty()) << row.name;
        EXPECT_TRUE(fs::exists(world.inbox / "error" / row.name)) << row.name;
        EXPECT_THAT(world.Answer("error", std::string(row.name) + "."), HasSubstr(row.why));
    }
    EXPECT_EQ(world.Fresh(), 0U);
    EXPECT_EQ(world.Counts().files_too_many_rows, 1);
    EXPECT_EQ(world.Counts().files_too_long, 1);
    EXPECT_EQ(world.Counts().files_unreadable, 4);
    world.Put("long.csv", kHead + "y,parcel.lost,," + std::string(2000, 'R') + ",,\n" + kArrived);
    world.Look();
    world.Look();
    EXPECT_EQ(world.Counts().rows_unreadable, 1) << "a row too long";
    EXPECT_EQ(world.Counts().rows_accepted, 1);
}

TEST(FileDrop, SeparatorsAndQuotesAsTheyCome) {
    DropWorld world;
    world.Put("a.csv",
              "\xEF\xBB\xBFid;status;return_id;place\r\n"
              "s1;parcel.scanned;R-1;\"Hamburg; \"\"Hafen\"\"\r\nNord\"\r\n");
    world.Put("b.csv", "id\tstatus\treturn_id\ns2\tparcel.scanned\tR-1");
    world.Look();
    world.Look();
    EXPECT_EQ(world.Counts().rows_accepted, 2);
    world.settings.connections[0].settings.Set("separator", Json::String(";"));
    world.Restart();
    world.Put("c.csv", "id, really;status;return_id\ns3;parcel.scanned;R-1\n");
    world.Look();
    world.Look();
    EXPECT_EQ(world.Counts().rows_accepted, 1) << world.Answer("error", "c.csv.");
}

TEST(DropText, WhateverItIsWrittenInBecomesUtf8) {
    const std::string wanted = "K\xC3\xB6ln \xE2\x82\xAC";
    const auto text = [](const std::string& bytes, const std::string& encoding) {
        const auto read = DropText(bytes, encoding);
        return read.ok() ? *read : "refused: " + read.error().text;
    };
    EXPECT_EQ(text(wanted, "utf-8"), wanted);
    EXPECT_EQ(text("\xEF\xBB\xBF" + wanted, "windows-1252"), wanted) << "the mark counts";
    EXPECT_EQ(text("K\xF6ln \x80", "windows-1252"), wanted);
    const std::string little("\xFF\xFEK\0\xF6\0l\0n\0 \0\xAC\x20", 14);
    const std::string big("\xFE\xFF\0K\0\xF6\0l\0n\0 \x20\xAC", 14);
    EXPECT_EQ(text(little, "utf-8"), wanted);
    EXPECT_EQ(text(big, "utf-8"), wanted);
    EXPECT_EQ(text(std::string("\xFE\xFF\xD8\x3D\xDE\x00", 6), "utf-8"), "\xF0\x9F\x98\x80");
    for (const std::string& bad :
         {std::string("\xFF\xFE\0\xD8", 4), std::string("\xFE\xFF\xDC\0\0a", 6),
          std::string("\xFF\xFE"
                      "a",
                      3)})
        EXPECT_THAT(text(bad, "utf-8"), HasSubstr("refused: UTF-16 with half"));
    EXPECT_THAT(text("\x81", "windows-1252"), HasSubstr("refused: "));
}

// Cut off after any number of steps and begun again, each row is done once and answered.
TEST(FileDrop, WhereverItEndsItIsReadAgainAndDoneOnce) {
    for (int steps = 1; steps < 12; ++steps) {
        DropWorld world;
        world.Put("a.csv", kHead + kArrived + kOpened);
        world.Look();
        world.clock.now += std::chrono::seconds(10);
        for (int i = 0; i < steps; ++i) {
            world.drops->Step();
            if (i % 2 == 0) world.engine->Step();
        }
        world.Restart();
        world.Look();
        world.Look();
        while (world.engine->Step()) {
        }
        EXPECT_THAT(world.Names(), IsEmpty()) << steps;
        EXPECT_THAT(world.Names("done"), ElementsAre("a.csv")) << steps;
        EXPECT_EQ(world.Names("ack").size(), 1U) << steps;
        EXPECT_EQ(world.Fresh(), 2U) << steps;
    }
}

TEST(FileDrop, ItLeavesTheFolderOnlyAfterItsRowsHaveCommitted) {
    DropWorld world;
    world.Put("a.csv", kHead + kArrived);
    world.Look();
    world.clock.now += std::chrono::seconds(10);
    for (int i = 0; i < 20; ++i) world.drops->Step();
    EXPECT_THAT(world.Names(), ElementsAre("a.csv")) << "nothing is committed yet";
    EXPECT_THAT(world.Names("ack"), IsEmpty());
    world.store.before_commit = [](const Batch&) { return sim::CommitFault::kFail; };
    world.Round();
    EXPECT_THAT(world.Names(), ElementsAre("a.csv"));
    EXPECT_THAT(world.Names("ack"), IsEmpty());
    EXPECT_EQ(world.Counts().files_taken, 0);
}

TEST(FileDrop, WhatIsRenamedOrChangedUnderOurHandsIsTakenAnotherTime) {
    DropWorld world;
    world.Put("a.csv", kHead + kArrived);
    world.Look();
    world.clock.now += std::chrono::seconds(10);
    world.drops->Step();  // the look
    fs::rename(world.inbox / "a.csv", world.inbox / "b.csv");
    world.Round();
    EXPECT_EQ(world.Counts().files_gone, 1);
    world.Look();
    world.Look();
    EXPECT_THAT(world.Names("done"), ElementsAre("b.csv"));
    EXPECT_EQ(world.Fresh(), 1U);

    world.Put("c.csv", kHead + kOpened + std::string(300 << 10, '\n'));
    world.Look();
    world.clock.now += std::chrono::seconds(10);
    for (int i = 0; i < 3; ++i) world.drops->Step();  // the look, the opening, one piece
    world.Put("c.csv", "x", true);
    world.Round();
    EXPECT_EQ(world.Counts().files_changed, 1);
    EXPECT_EQ(world.Fresh(), 1U);
    EXPECT_THAT(world.Names(), ElementsAre("c.csv"));
}

TEST(FileDrop, ARenameWhileItsRowsAreDecidedLosesNothing) {
    DropWorld world;
    world.Put("a.csv", kHead + kArrived);
    world.Look();
    world.clock.now += std::chrono::seconds(10);
    for (int i = 0; i < 20; ++i) world.drops->Step();
    fs::rename(world.inbox / "a.csv", world.inbox / "b.csv");
    world.Round();
    EXPECT_EQ(world.Counts().files_gone, 1);
    world.Look();
    world.Look();
    EXPECT_THAT(world.Names("done"), ElementsAre("b.csv"));
    EXPECT_EQ(world.Fresh(), 1U);
    EXPECT_EQ(world.Counts().files_repeated, 1);
}

TEST(FileDrop, ItsConnectionTakesNothingByHttp) {
    DropWorld world;
    EXPECT_EQ(world.Post("/v1/callbacks/acme", ApiWorld::kPartner, "{}").status, 401);
}

TEST(FileDrop, AFolderThatIsNoneStopsTheStart) {
    DropWorld world;
    for (const fs::path& path : {world.inbox / "none", world.inbox / "file"}) {
        world.Put("file", "x");
        world.connections->Find("acme")->settings.settings.Set("inbox",
                                                               Json::String(path.string()));
        const auto opened =
            FileDrops::Open(*world.engine, world.clock, *world.connections, world.settings);
        ASSERT_FALSE(opened.ok());
        EXPECT_THAT(opened.error().text, HasSubstr("connections.acme.settings.inbox: "));
    }
}

}  // namespace
}  // namespace returns::gateway
