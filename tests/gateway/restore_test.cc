// Backups: made between the commits of a running store, checked to their end, put back under a new
// generation; and what no longer is a backup is refused before anything is touched.
#include "gateway/restore.h"

#include "gateway/backups.h"
#include "gateway/reconciliation.h"
#include "tests/gateway/store_world.h"
#include "tests/sim/kit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const Instant kNow = *ParseInstant("2026-03-02T09:00:00Z");

std::unique_ptr<SqliteStore> Open(const std::string& path) {
    auto opened = SqliteStore::Open(path);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().text);
    return opened.ok() ? std::move(*opened) : nullptr;
}

// Real decisions: the journal must be readable to its end.
struct Shop {
    explicit Shop(const std::string& path)
        : store(Open(path)), engine(*store, *store, clock, chance, kit->book, {}) {}
    void Place(int n) {
        Input input;
        input.event.type = EventType::kOrderPlaced;
        input.event.key = {"main", "O-" + std::to_string(n)};
        input.event.source = "test";
        input.event.source_id = std::to_string(n);
        input.event.data.currency = "EUR";
        EventLine line;
        line.id = "A";
        line.sku = std::string(2000, 'x');  // so that there are pages to copy
        line.quantity = 1;
        line.unit_price_minor = 5000;
        input.event.data.lines = {line};
        ASSERT_TRUE(engine.Submit(std::move(input)));
        while (engine.Step()) {
        }
    }
    std::unique_ptr<sim::Kit> kit = sim::MakeKit();
    sim::SimClock clock;
    sim::Chance chance{1};
    std::unique_ptr<SqliteStore> store;
    Engine engine;
};

// A backup of that many orders.
std::string BackUp(const ScratchFolder& folder, int orders) {
    Shop shop(folder.Path("backhaul.db"));
    for (int n = 1; n <= orders; ++n) shop.Place(n);
    Backups backups(shop.engine, *shop.store, shop.clock, folder.Path("backups"));
    const auto file = backups.Begin();
    EXPECT_TRUE(file.ok());
    while (backups.Step()) {
    }
    return file.ok() ? *file : "";
}

TEST(Backup, HoldsWhatWasCommittedWhileItWasMade) {
    ScratchFolder folder;
    Shop shop(folder.Path("backhaul.db"));
    for (int n = 1; n <= 400; ++n) shop.Place(n);
    Backups backups(shop.engine, *shop.store, shop.clock, folder.Path("backups"));
    const auto file = backups.Begin();
    ASSERT_TRUE(file.ok()) << file.error().text;
    EXPECT_EQ(backups.Begin().error().code, Code::kConflict);
    int steps = 0;
    for (int n = 401; backups.Step(); ++n, ++steps) {
        EXPECT_FALSE(fs::exists(*file) && !backups.view().running.empty());
        shop.Place(n);
    }
    EXPECT_GT(steps, 2) << "it must not be made in one go";
    EXPECT_EQ(backups.view().file, *file);
    EXPECT_EQ(backups.view().made, 1);
    const auto facts = CheckBackup(*file);
    ASSERT_TRUE(facts.ok()) << facts.error().text;
    EXPECT_EQ(facts->cases, 400 + steps - 1) << "all but what came after its last page";
}

TEST(Backup, WithoutRoomNothingIsLeftAndTheGatewayGoesOn) {
    ScratchFolder folder;
    Shop shop(folder.Path("backhaul.db"));
    shop.Place(1);
    std::ofstream(folder.Path("file")) << "no folder";
    Backups backups(shop.engine, *shop.store, shop.clock, folder.Path("file"));
    EXPECT_FALSE(backups.Begin().ok());
    shop.Place(2);
    EXPECT_FALSE(shop.engine.failed());
}

TEST(Restore, PutsItInPlaceUnderANewGenerationAndKeepsWhatWasThere) {
    ScratchFolder folder;
    const std::string file = BackUp(folder, 3);
    const std::string database = folder.Path("backhaul.db");
    std::ofstream(database + "-wal") << "of the old one";
    std::ofstream(database + ".flight") << "of the old one";
    const auto restored = RestoreBackup(file, database, kNow);
    ASSERT_TRUE(restored.ok()) << restored.error().text;
    EXPECT_EQ(restored->facts.cases, 3);
    EXPECT_TRUE(fs::exists(restored->kept));
    EXPECT_TRUE(fs::exists(restored->kept + "-wal"));
    EXPECT_FALSE(fs::exists(database + ".flight"));
    const auto store = Open(database);
    workflows::Rulebook book;
    std::map<std::string, std::string> kept;
    ASSERT_TRUE(Reconciliation::Read(*store, kNow, book, kept).ok());
    EXPECT_TRUE(book.restore.open);
    EXPECT_EQ(book.restore.at, kNow);
    EXPECT_EQ(kept["restored_at"], FormatInstant(kNow));
    const std::int64_t first = book.generation;
    EXPECT_GT(first, 1);

    // The same backup again: another history, another generation.
    ScratchFolder other;
    const auto again = RestoreBackup(file, other.Path("backhaul.db"), kNow + Millis(60'000));
    ASSERT_TRUE(again.ok()) << again.error().text;
    EXPECT_EQ(again->kept, "");
    const auto second = Open(other.Path("backhaul.db"));
    ASSERT_TRUE(Reconciliation::Read(*second, kNow, book, kept).ok());
    EXPECT_GT(book.generation, first);
}

TEST(Restore, NotWhileAGatewayHasTheDatabaseOpen) {
    ScratchFolder folder;
    const std::string file = BackUp(folder, 2);
    const auto running = Open(folder.Path("backhaul.db"));
    const auto refused = RestoreBackup(file, folder.Path("backhaul.db"), kNow);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kUnavailable) << refused.error().text;
}

TEST(Restore, WhatIsNoWholeBackupIsRefusedAndNothingTouched) {
    ScratchFolder folder;
    const std::string file = BackUp(folder, 50);
    const std::string database = folder.Path("backhaul.db");
    const auto size = fs::file_size(database);
    const auto refused = [&](const std::string& backup, const std::string& why) {
        const auto restored = RestoreBackup(backup, database, kNow);
        ASSERT_FALSE(restored.ok()) << why;
        EXPECT_THAT(restored.error().text, HasSubstr(why));
        EXPECT_FALSE(CheckBackup(backup).ok());
        EXPECT_EQ(fs::file_size(database), size);
        EXPECT_FALSE(fs::exists(database + ".restoring"));
    };
    refused(folder.Path("nothing.db"), "no such file");
    fs::copy_file(file, folder.Path("short.db"));
    fs::resize_file(folder.Path("short.db"), fs::file_size(file) / 2);
    refused(folder.Path("short.db"), "malformed");
    fs::copy_file(file, folder.Path("live.db"));
    std::ofstream(folder.Path("live.db-wal")) << "a log";
    refused(folder.Path("live.db"), "-wal");
    // A row changed by hand: the file is sound, its history is not.
    fs::copy_file(file, folder.Path("forged.db"));
    {
        auto db = SqliteConnection::Open(folder.Path("forged.db"));
        ASSERT_TRUE(db.ok());
        db->SetCheckpointOnClose(true);
        ASSERT_TRUE(
            db->Execute("UPDATE journal SET body = replace(body, 'EUR', 'USD') WHERE seq = 7")
                .ok());
    }
    refused(folder.Path("forged.db"), "row 7");
}

TEST(Reconciliation, IsOverOnlyWhenAPersonSaysWhyAndStaysSo) {
    ScratchFolder folder;
    const std::string file = BackUp(folder, 2);
    ASSERT_TRUE(RestoreBackup(file, folder.Path("backhaul.db"), kNow).ok());
    Shop shop(folder.Path("backhaul.db"));
    std::map<std::string, std::string> kept;
    ASSERT_TRUE(Reconciliation::Read(*shop.store, kNow, shop.kit->book, kept).ok());
    bool up = false;
    Reconciliation reconciliation(shop.engine, shop.clock, shop.kit->book, [&] { return up; });
    EXPECT_TRUE(reconciliation.CatchingUp());
    EXPECT_FALSE(reconciliation.Step());
    up = true;
    EXPECT_FALSE(reconciliation.CatchingUp());
    while (reconciliation.Step()) {
    }
    EXPECT_TRUE(reconciliation.visited());
    EXPECT_EQ(reconciliation.End("operator:omar", "").error().code, Code::kInvalid);
    EXPECT_TRUE(reconciliation.open());
    ASSERT_TRUE(reconciliation.End("operator:omar", "compared with their report").ok());
    EXPECT_FALSE(reconciliation.open());
    EXPECT_EQ(reconciliation.End("operator:omar", "again").error().code, Code::kConflict);
    workflows::Rulebook next;
    ASSERT_TRUE(Reconciliation::Read(*shop.store, kNow, next, kept).ok());
    EXPECT_FALSE(next.restore.open);
    EXPECT_EQ(next.generation, shop.kit->book.generation);
    const auto rows = shop.store->Switches(0, 10);
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().by, "operator:omar");
}

}  // namespace
}  // namespace returns::gateway
