// The proof of the ledger: it holds for what the engine wrote, and no column of any of its tables
// changes unseen.
#include "gateway/ledger_proof.h"

#include "connectors/crypto.h"
#include "gateway/journal.h"
#include "gateway/seal.h"
#include "tests/gateway/ledger_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace returns::gateway {
namespace {

using ::testing::HasSubstr;

class LedgerProofTest : public ::testing::Test {
protected:
    // One refund paid, one that waits to be sent, one made by hand and owed to nobody.
    void SetUp() override {
        world_.ComeBack("1001");
        world_.Paid("1001", "re_1", 5000);
        world_.ComeBack("1002");
        world_.ComeBack("1003", "JPY", 700);
        world_.Paid("1003", "re_3", 900, "JPY");
        world_.Close();
    }
    LedgerProof Prove(const SentAnchors* sent = nullptr) {
        auto file = LedgerFile::Open(world_.path);
        EXPECT_TRUE(file.ok()) << file.error().text;
        auto proof = ProveLedger(**file, sent);
        EXPECT_TRUE(proof.ok()) << proof.error().text;
        return *proof;
    }
    void Keep() { Copy(world_.path, world_.folder.Path("good")); }
    void Back() { Copy(world_.folder.Path("good"), world_.path); }
    std::string Ask(const std::string& sql) {
        auto db = SqliteConnection::Open(world_.path);
        return db.ok() ? db->Ask(sql).value() : "";
    }
    SentAnchors Sent() {
        auto file = LedgerFile::Open(world_.path);
        std::string lines;
        const auto anchors = (*file)->Anchors(0, 1000);
        for (const Anchor& anchor : *anchors) lines += AnchorLine(anchor, world_.clock.now) + "\n";
        return ReadAnchorLines(lines);
    }

    LedgerWorld world_;

private:
    static void Copy(const std::string& from, const std::string& to) {
        for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(to + end);
        std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
    }
};

TEST_F(LedgerProofTest, HoldsAndSumsUp) {
    const LedgerProof proof = Prove();
    ASSERT_FALSE(proof.fault) << proof.fault->what;
    EXPECT_EQ(proof.cases, 3);
    EXPECT_EQ(proof.refunds, 4);
    EXPECT_GT(proof.commands, 0) << "a refund waits to be sent";
    EXPECT_GT(proof.lookups, 0);
    EXPECT_EQ(proof.sums.at("EUR").at("SETTLED").minor, 5000);
    EXPECT_EQ(proof.paid.at("JPY").minor, 900);
    EXPECT_EQ(proof.sums.at("JPY").at("OVERPAID").minor, 200);
    const std::string text = ProofText(proof, nullptr);
    EXPECT_THAT(text, HasSubstr("good  3 cases, 4 refunds"));
    EXPECT_THAT(text, HasSubstr("50.00 EUR"));
    EXPECT_THAT(text, HasSubstr("head " + proof.head));
}

// What the engine has committed and not yet written as snapshots is as good.
TEST_F(LedgerProofTest, HoldsWithoutSnapshotsOfTheNewest) {
    world_.Open();
    world_.Paid("1002", "re_2", 5000);
    world_.ComeBack("1004");
    world_.Close(false);
    const LedgerProof proof = Prove();
    ASSERT_FALSE(proof.fault) << proof.fault->what;
    EXPECT_EQ(proof.cases, 4);
    EXPECT_EQ(proof.paid.at("EUR").minor, 10'000);
}

// Every column of every table the ledger consists of, one at a time.
TEST_F(LedgerProofTest, FindsTheEditOfAnyColumn) {
    const std::map<std::string, std::vector<std::string>> columns = {
        {"journal", {"seq", "case_id", "fingerprint", "chain", "body"}},
        {"cases", {"id", "hash", "version", "seq", "wake_at", "shop", "order_id", "watched"}},
        {"snapshots", {"case_id", "body"}},
        {"anchors", {"seq", "head"}},
        {"outbox", {"case_id", "number", "body"}},
        {"lookups", {"id", "hash", "case_id", "kind", "scope", "value"}}};
    const std::map<std::string, std::string> edits = {
        {"chain", "zeroblob(32)"},
        {"head", "zeroblob(32)"},
        {"body", "replace(body, 'LAMP', 'LUMP')"},
        {"journal.body", "body || ' '"},
        {"outbox.body", "replace(body, '5000', '5001')"},
        {"cases.watched", "1 - watched"},
        {"shop", "shop || 'x'"},
        {"order_id", "order_id || 'x'"},
        {"scope", "scope || 'x'"},
        {"value", "value || 'x'"},
        {"snapshots.case_id", "case_id + 100"}};
    Keep();
    for (const auto& [table, names] : columns) {
        for (const std::string& name : names) {
            const std::string column = table + "." + name;
            auto edit = edits.find(column);
            if (edit == edits.end()) edit = edits.find(name);
            const std::string value = edit == edits.end() ? name + " + 100000" : edit->second;
            for (const std::string& rows : {std::string("min"), std::string("max")}) {
                Back();
                const std::string before = Ask("SELECT count(*) FROM " + table);
                ASSERT_NE(before, "0") << table;
                world_.Run("UPDATE " + table + " SET " + name + " = " + value +
                           " WHERE rowid = (SELECT " + rows + "(rowid) FROM " + table + ")");
                EXPECT_TRUE(Prove().fault.has_value()) << column << ", " << rows;
            }
        }
    }
    Back();
    EXPECT_FALSE(Prove().fault.has_value());
}

// A database that was there before marks were exact may hold some that went by words.
TEST_F(LedgerProofTest, MarksByWordsAreForDatabasesThatHadThem) {
    world_.Open();
    world_.Tell("order.placed", "1004",
                R"({"lines":[{"id":"1","sku":"UNKNOWN","quantity":1,"unit_price_minor":100}],)"
                R"("currency":"EUR","jurisdiction":"EU"})");
    world_.Close();
    world_.Run("UPDATE cases SET watched = 1 WHERE order_id = '1004'");
    const LedgerProof proof = Prove();
    ASSERT_TRUE(proof.fault.has_value());
    EXPECT_THAT(proof.fault->what, HasSubstr("cases.watched"));
    world_.Run("DELETE FROM schema_versions WHERE version = 5; PRAGMA user_version = 4");
    world_.Open();
    world_.Close();
    EXPECT_FALSE(Prove().fault.has_value());
}

TEST_F(LedgerProofTest, FindsWhatIsGoneOrAdded) {
    Keep();
    for (
        const std::string sql :
        {"DELETE FROM journal WHERE seq = 3", "DELETE FROM anchors WHERE seq = 3",
         "DELETE FROM cases WHERE id = 2", "DELETE FROM snapshots WHERE case_id = 2",
         "DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox)",
         "DELETE FROM lookups WHERE id = 2",
         "INSERT INTO outbox SELECT id + 100, case_id, number + 100, body FROM outbox LIMIT 1",
         "INSERT INTO cases VALUES (4, 1, 0, 0, 9223372036854775807, 'main', '1009', 0)",
         "INSERT INTO snapshots SELECT 9, body FROM snapshots LIMIT 1",
         "INSERT INTO lookups SELECT id + 100, hash, 1, kind, scope, value FROM lookups LIMIT 1",
         "UPDATE snapshots SET body = replace(body, '\"SETTLED\"', '\"CLOSED\"') WHERE case_id = 1",
         "UPDATE snapshots SET body = replace(body, '\"amount_minor\":5000', "
         "'\"amount_minor\":500') WHERE case_id = 1",
         "UPDATE cases SET seq = 0, version = 0, wake_at = 9223372036854775807 WHERE id = 1; "
         "DELETE FROM snapshots WHERE case_id = 1",
         "UPDATE meta SET value = value + 50 WHERE name = 'store.tail'; UPDATE cases SET seq = seq "
         "- 1 WHERE id = 1"}) {
        Back();
        world_.Run(sql);
        EXPECT_TRUE(Prove().fault.has_value()) << sql;
    }
}

// Whoever rewrites everything consistently, chains, anchors and snapshots, is still found by the
// anchors that were sent out; and without them by nothing.
TEST_F(LedgerProofTest, ARewrittenDatabaseIsFoundByTheAnchorsSentOut) {
    const SentAnchors sent = Sent();
    {
        const LedgerProof proof = Prove(&sent);
        ASSERT_FALSE(proof.fault) << proof.fault->what;
        EXPECT_EQ(proof.sent, static_cast<std::int64_t>(sent.anchors.size()));
        EXPECT_EQ(proof.sent_last_seq, proof.rows);
    }
    // The same history, but for one amount.
    std::filesystem::remove(world_.path);
    world_.random = CountingRandom();
    world_.clock.now = world_.clock.start;
    world_.Open();
    world_.ComeBack("1001", "EUR", 4999);
    world_.Paid("1001", "re_1", 4999);
    world_.ComeBack("1002");
    world_.ComeBack("1003", "JPY", 700);
    world_.Paid("1003", "re_3", 900, "JPY");
    world_.Close();
    EXPECT_FALSE(Prove().fault.has_value());
    const LedgerProof proof = Prove(&sent);
    ASSERT_TRUE(proof.fault.has_value());
    EXPECT_EQ(proof.fault->seq, 1);
    EXPECT_THAT(proof.fault->what, HasSubstr("The past was rewritten"));
}

TEST_F(LedgerProofTest, AnAnchorBeyondTheEndOfTheJournalIsFound) {
    SentAnchors sent = Sent();
    sent.anchors.back().anchor.seq += 1;
    EXPECT_THAT(Prove(&sent).fault->what, HasSubstr("ends before it"));
}

TEST(AnchorLines, AreReadAsTheyWereWrittenAndTornOnesAreTold) {
    const Instant at = *ParseInstant("2026-03-01T12:00:00Z");
    const std::string one = AnchorLine({7, std::string(64, 'a')}, at);
    EXPECT_EQ(one, R"({"anchor":1,"seq":7,"time":"2026-03-01T12:00:00.000Z","head":")" +
                       std::string(64, 'a') + "\"}");
    const std::string two = AnchorLine({9, std::string(64, 'b')}, at);
    const SentAnchors read =
        ReadAnchorLines(two + "\r\n" + one.substr(0, 30) + "\n" + one + "\n\n" + one + "\n");
    ASSERT_EQ(read.anchors.size(), 2U) << "a repeat stands once";
    EXPECT_EQ(read.anchors[0].anchor.seq, 7);
    EXPECT_EQ(read.anchors[0].line, 3);
    EXPECT_EQ(read.anchors[1].sent_at, at);
    EXPECT_EQ(read.unreadable, std::vector<std::int64_t>{2});
}

TEST_F(LedgerProofTest, ADatabaseInUseOrOfAnotherProgramIsRefusedInWords) {
    world_.Open();
    const auto busy = LedgerFile::Open(world_.path);
    ASSERT_FALSE(busy.ok());
    EXPECT_THAT(busy.error().text, HasSubstr("a gateway runs on it; stop it first"));
    world_.Close();
    EXPECT_THAT(LedgerFile::Open(world_.path + "x").error().text, HasSubstr("there is none"));
    world_.Run("PRAGMA user_version = 1");
    EXPECT_THAT(LedgerFile::Open(world_.path).error().text, HasSubstr("backhaul migrate"));
}

}  // namespace
}  // namespace returns::gateway
