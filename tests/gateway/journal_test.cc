#include "gateway/journal.h"

#include "connectors/crypto.h"

#include <gtest/gtest.h>

namespace returns::gateway {

namespace {

JournalEntry Entry() {
    JournalEntry entry;
    entry.event.type = EventType::kTimerFired;
    entry.event.key = {"main", "O-1"};
    entry.event.source = "self";
    entry.event.source_id = "t-1";
    entry.event.occurred_at = entry.event.recorded_at = Instant(Millis(1'772'000'000'000));
    entry.digest = "00ff";
    entry.verdict = workflows::Verdict::kQuarantined;
    entry.reason = "a 'reason'";
    entry.moves.push_back(
        {workflows::MachineKind::kRefund, 3, "R-17", "READY", "SUBMITTING", "attempt_started"});
    entry.diff = Json::Object({{"version", Json::Int(2)}});
    return entry;
}

TEST(Journal, AnEntryIsReadAsItWasWritten) {
    const JournalEntry entry = Entry();
    const auto read = DecodeEntry(EncodeEntry(entry));
    ASSERT_TRUE(read.ok()) << read.error().text;
    EXPECT_EQ(read->event, entry.event);
    EXPECT_EQ(read->digest, entry.digest);
    EXPECT_EQ(read->verdict, entry.verdict);
    EXPECT_EQ(read->reason, entry.reason);
    EXPECT_EQ(read->moves, entry.moves);
    EXPECT_EQ(read->diff, entry.diff);
    EXPECT_EQ(EncodeEntry(*read), EncodeEntry(entry));
}

TEST(Journal, WhetherItMovesShowsWithoutDecoding) {
    JournalEntry entry = Entry();
    entry.reason = "{\"moves\":[],";
    EXPECT_FALSE(MovesNothing(EncodeEntry(entry)));
    entry.moves.clear();
    EXPECT_TRUE(MovesNothing(EncodeEntry(entry)));
}

TEST(Journal, FromItsPartsAnEntryReadsTheSame) {
    JournalEntry entry = Entry();
    Case before;
    before.key = {"main", "O-1"};
    workflows::Decision decision;
    decision.verdict = entry.verdict;
    decision.reason = entry.reason;
    decision.moves = entry.moves;
    decision.after = before;
    decision.after.version = 2;
    decision.after.lines.push_back({.id = "1\"", .sku = "LAMP\n"});
    entry.diff = Diff(before, decision.after);
    EXPECT_EQ(EncodeEntry(entry.event, entry.digest, before, decision), EncodeEntry(entry));
}

TEST(Journal, TheHeadIsReadWithoutTheRest) {
    JournalEntry entry = Entry();
    entry.event.type = EventType::kAction;
    entry.event.data.action = "approve";
    entry.event.source = "a \"source\"";
    const std::string body = EncodeEntry(entry);
    const auto head = DecodeHead(body);
    ASSERT_TRUE(head.ok()) << head.error().text;
    EXPECT_EQ(head->type, entry.event.type);
    EXPECT_EQ(head->source, entry.event.source);
    EXPECT_EQ(head->recorded_at, entry.event.recorded_at);
    EXPECT_EQ(head->moves, entry.moves);
    for (std::size_t size = 0; size < body.find("\"data\""); ++size)
        EXPECT_FALSE(DecodeHead(body.substr(0, size)).ok()) << size;
    EXPECT_FALSE(DecodeHead(R"({"event":{},"moves":[]})").ok());
}

TEST(Journal, UnknownVerdictsAndMachinesAreRefused) {
    std::string body = EncodeEntry(Entry());
    body.replace(body.find("quarantined"), 11, "quarantaine");
    EXPECT_FALSE(DecodeEntry(body).ok());
    body = EncodeEntry(Entry());
    body.replace(body.find("\"refund\""), 8, "\"parcel\"");
    EXPECT_FALSE(DecodeEntry(body).ok());
    EXPECT_FALSE(DecodeEntry("{").ok());
}

TEST(Journal, ChainAndFingerprintAreAsDocumented) {
    EXPECT_EQ(NextChain("", "abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(NextChain("ab", "c"), NextChain("", "abc"));
    const std::string digest = connectors::Sha256(std::string("a\0b", 3));
    EXPECT_EQ(Fingerprint("a", "b") >> 56, static_cast<unsigned char>(digest[0]));
    EXPECT_EQ(Fingerprint("a", "b") & 0xff, static_cast<unsigned char>(digest[7]));
    EXPECT_NE(Fingerprint("a", "bc"), Fingerprint("ab", "c"));
}

TEST(Journal, ReplayRefusesARowOfAnotherPast) {
    Case subject;
    JournalRow row;
    row.seq = 5;
    row.key = {"main", "O-1"};
    row.fingerprint = 9;
    row.body = EncodeEntry(Entry());
    row.chain = NextChain("", row.body);
    ASSERT_TRUE(Replay(subject, row).ok());
    EXPECT_EQ(subject.version, 2);
    EXPECT_EQ(subject.seen.back(), (Seen{9, 5}));
    EXPECT_EQ(subject.chain, row.chain);
    EXPECT_EQ(Replay(subject, row).error().code, Code::kInternal);
    row.body = R"({"moves":[],"reason":""})";
    row.chain = NextChain(subject.chain, row.body);
    EXPECT_FALSE(Replay(subject, row).ok()) << "a row that says nothing of the difference";
}

}  // namespace

}  // namespace returns::gateway
