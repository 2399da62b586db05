#include "gateway/verify_chain.h"

#include "gateway/sqlite_store.h"
#include "tests/gateway/store_world.h"

#include <gtest/gtest.h>

namespace returns::gateway {

namespace {

struct Edit {
    const char* name;
    const char* sql;
    std::int64_t seq;  // where it shows first
};

constexpr Edit kEdits[] = {
    {"body", "UPDATE journal SET body = replace(body, 'moved', 'mover') WHERE seq = 7", 7},
    {"space", "UPDATE journal SET body = body || ' ' WHERE seq = 7", 7},
    {"case renamed", "UPDATE cases SET order_id = 'O-9' WHERE id = 1", 1},
    {"chain", "UPDATE journal SET chain = zeroblob(32) WHERE seq = 9", 9},
    {"fingerprint", "UPDATE journal SET fingerprint = fingerprint + 1 WHERE seq = 4", 4},
    {"anchor", "UPDATE anchors SET head = zeroblob(32) WHERE seq = 6", 5},
    {"row gone", "DELETE FROM journal WHERE seq = 5", 5},
    {"anchor gone", "DELETE FROM anchors WHERE seq = 20", 19},
    {"tail gone", "DELETE FROM journal WHERE seq > 18", 19},
    {"swap",
     "UPDATE journal SET seq = -1 WHERE seq = 11; UPDATE journal SET seq = 11 WHERE seq = "
     "12; UPDATE journal SET seq = 12 WHERE seq = -1",
     11},
};

class VerifyChainTest : public ::testing::Test {
protected:
    // Ten commits of two rows each, on two cases in turn.
    void SetUp() override {
        auto store = std::move(SqliteStore::Open(path_)).value();
        Case cases[2];
        for (int commit = 0; commit < 10; ++commit) {
            Batch batch;
            for (int at = 0; at < 2; ++at) {
                batch.changes.push_back(
                    WakeChange(cases[at], {"main", "O-" + std::to_string(at)}, Instant(Millis(1))));
            }
            CommitOrFail(*store, batch);
            for (int at = 0; at < 2; ++at) cases[at] = batch.changes[at].after;
        }
        ASSERT_TRUE(store->Snapshot({&cases[0], &cases[1]}).ok());
    }
    ChainReport Verify() {
        auto store = std::move(SqliteStore::Open(path_)).value();
        return VerifyChain(*store).value();
    }
    void Run(const std::string& sql) {
        auto db = SqliteConnection::Open(path_);
        ASSERT_TRUE(db.ok());
        ASSERT_TRUE(db->Execute("PRAGMA journal_mode = DELETE").ok());
        const Status run = db->Execute(sql);
        ASSERT_TRUE(run.ok()) << run.error().text;
    }

    ScratchFolder folder_;
    std::string path_ = folder_.Path("store.db");
};

TEST_F(VerifyChainTest, HoldsForWhatWasWritten) {
    const ChainReport report = Verify();
    EXPECT_FALSE(report.fault.has_value());
    EXPECT_EQ(report.rows, 20);
    EXPECT_EQ(report.anchors, 10);
    EXPECT_EQ(report.head.size(), 64U);
}

TEST_F(VerifyChainTest, NamesTheFirstRowThatWasEdited) {
    for (const Edit& edit : kEdits) {
        SCOPED_TRACE(edit.name);
        std::filesystem::copy_file(path_, folder_.Path("good"),
                                   std::filesystem::copy_options::overwrite_existing);
        Run(edit.sql);
        const ChainReport report = Verify();
        ASSERT_TRUE(report.fault.has_value());
        EXPECT_EQ(report.fault->seq, edit.seq) << report.fault->what;
        std::filesystem::copy_file(folder_.Path("good"), path_,
                                   std::filesystem::copy_options::overwrite_existing);
    }
    EXPECT_FALSE(Verify().fault.has_value());
}

TEST_F(VerifyChainTest, NoByteOfABodyChangesUnseen) {
    const auto world = MakeMemoryWorld();
    BatchSource source(3, 2);
    Batch batch = source.Next();
    CommitOrFail(world->store(), batch);
    EXPECT_FALSE(VerifyChain(world->archive()).value().fault.has_value());
    auto store = std::move(SqliteStore::Open(path_)).value();
    const std::size_t size = store->Row(3).value()->body.size();
    store.reset();
    for (std::size_t at = 1; at <= size; at += 17) {
        const std::string n = std::to_string(at);
        const std::string flip = "UPDATE journal SET body = substr(body, 1, " + n +
                                 " - 1) || char(unicode(substr(body, " + n +
                                 ", 1)) % 100 + 20) || substr(body, " + n + " + 1) WHERE seq = 3";
        std::filesystem::copy_file(path_, folder_.Path("good"),
                                   std::filesystem::copy_options::overwrite_existing);
        Run(flip);
        const ChainReport report = Verify();
        ASSERT_TRUE(report.fault.has_value()) << at;
        EXPECT_EQ(report.fault->seq, 3) << at;
        std::filesystem::copy_file(folder_.Path("good"), path_,
                                   std::filesystem::copy_options::overwrite_existing);
    }
}

}  // namespace

}  // namespace returns::gateway
