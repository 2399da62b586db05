// The ledger as rows for finance, and against a provider's settlement report: every cent that
// stands in one and not in the other.
#include "gateway/ledger_audit.h"

#include "gateway/folders.h"
#include "gateway/ledger_export.h"
#include "tests/gateway/ledger_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace returns::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kHeader =
    "balance_transaction_id,created_utc,currency,gross,fee,reporting_category,source_id,"
    "customer_facing_amount,customer_facing_currency,refund_metadata[reference]\n";

SettlementMapping Stripe() {
    const auto text =
        ReadWholeFile(BACKHAUL_SOURCE_DIR "/connectors/payment/stripe/settlement.json");
    auto mapping = ReadSettlementMapping(*text, "settlement.json");
    EXPECT_TRUE(mapping.ok()) << mapping.error().text;
    return *mapping;
}

class LedgerAuditTest : public ::testing::Test {
protected:
    // Paid: 1001 50.00 EUR, 1003 700 JPY. Waiting: 1002.
    void SetUp() override {
        world_.ComeBack("1001");
        world_.Paid("1001", "re_1", 5000);
        world_.ComeBack("1002");
        world_.ComeBack("1003", "JPY", 700);
        world_.Paid("1003", "re_3", 700, "JPY");
        world_.Close();
    }
    Status Read(const std::string& rows, Audit& audit) {
        const std::string text = std::string(kHeader) + rows;
        ASSIGN_OR_RETURN(auto reader, SettlementReader::Open(text, mapping_, 65'536));
        SettlementRow row;
        while (true) {
            ASSIGN_OR_RETURN(const bool there, reader.Next(row));
            if (!there) break;
            audit.AddTheirs(row);
        }
        ASSIGN_OR_RETURN(const auto file, LedgerFile::Open(world_.path));
        RETURN_IF_ERROR(file->EachCase([&](const StoredCase& stored) -> Status {
            ASSIGN_OR_RETURN(const auto movements, MovementsOf(stored));
            for (const Movement& each : movements) audit.AddOurs(each);
            return {};
        }));
        audit.Finish();
        return {};
    }
    std::vector<std::string> Findings(const std::string& rows) {
        Audit audit("psp");
        const Status read = Read(rows, audit);
        EXPECT_TRUE(read.ok()) << read.error().text;
        text_ = AuditText(audit, "psp");
        good_ = audit.good();
        std::vector<std::string> found;
        for (const AuditFinding& each : audit.findings())
            found.push_back(
                std::string(Name(each.kind)) + " " +
                (each.their_reference.empty() ? each.our_reference : each.their_reference) + " " +
                std::to_string(each.theirs_minor - each.ours_minor));
        return found;
    }

    LedgerWorld world_;
    const SettlementMapping mapping_ = Stripe();
    std::string text_;
    bool good_ = false;
    // Rows around everything, so that all of ours lies within the days of the report.
    const std::string begin_ = "t0,2026-03-01 00:00:00,eur,10.00,0,charge,ch_1,,,\n";
    const std::string end_ = "t9,2026-03-31 00:00:00,eur,-99.00,0,payout,po_1,,,\n";
    const std::string eur_ = "t1,2026-03-01 12:30:00,eur,-50.00,0,refund,re_1,,,\n";
    const std::string jpy_ = "t2,2026-03-01 12:30:00,eur,-4.12,0,refund,re_3,-700,jpy,\n";
};

TEST_F(LedgerAuditTest, EveryCentIsExplained) {
    EXPECT_THAT(Findings(begin_ + eur_ + jpy_ + end_), IsEmpty());
    EXPECT_TRUE(good_);
    EXPECT_THAT(text_, HasSubstr("good  every refund of the report is explained"));
    EXPECT_THAT(text_, HasSubstr("1 rows of type charge are no refunds"));
    EXPECT_THAT(text_, HasSubstr("JPY: theirs 700 JPY, ours 700 JPY"));
}

TEST_F(LedgerAuditTest, EachKindOfDifferenceIsTold) {
    const std::string hand = "t3,2026-03-02 09:00:00,eur,-12.34,0,refund,re_hand,,,\n";
    EXPECT_THAT(Findings(begin_ + eur_ + jpy_ + hand + end_),
                ElementsAre("not_in_ours re_hand 1234"));
    EXPECT_FALSE(good_);
    EXPECT_THAT(Findings(begin_ + eur_ + end_), ElementsAre("not_in_theirs re_3 -700"));
    EXPECT_THAT(
        Findings(begin_ + jpy_ + end_ + "t1,2026-03-01 12:30:00,eur,-50.01,0,refund,re_1,,,\n"),
        ElementsAre("amount_differs re_1 1"));
    EXPECT_THAT(text_, HasSubstr("line 5, amount differs: re_1, refund"));
    EXPECT_THAT(
        Findings(begin_ + jpy_ + end_ + "t1,2026-03-01 12:30:00,usd,-50.00,0,refund,re_1,,,\n"),
        ElementsAre("currency_differs re_1 0"));
    EXPECT_THAT(Findings(begin_ + eur_ + eur_ + jpy_ + end_), ElementsAre("twice re_1 5000"));
    EXPECT_THAT(Findings(begin_ + eur_ + jpy_ + end_ +
                         "t4,2026-03-02 09:00:00,eur,-1.00,0,novelty,xx_1,,,\n"),
                ElementsAre("unknown_row xx_1 100"));
    EXPECT_FALSE(good_) << "what is not understood is told, not dropped";
}

TEST_F(LedgerAuditTest, WhatWasTakenBackOrIsSaidUnderOurNameFits) {
    // A refund that failed later is as if it had never been.
    EXPECT_THAT(Findings(begin_ + eur_ + jpy_ + end_ +
                         "t5,2026-03-03 09:00:00,eur,-8.00,0,refund,re_x,,,\n"
                         "t6,2026-03-04 09:00:00,eur,8.00,0,refund_failure,re_x,,,\n"),
                IsEmpty());
    // One of ours that they have paid and we have not heard of.
    auto file = LedgerFile::Open(world_.path);
    std::string ours;
    const Status walked = (*file)->EachCase([&](const StoredCase& stored) -> Status {
        ASSIGN_OR_RETURN(const auto movements, MovementsOf(stored));
        if (stored.key.order_id == "1002") ours = movements.front().leg.reference;
        return {};
    });
    ASSERT_TRUE(walked.ok());
    ASSERT_FALSE(ours.empty());
    file->reset();
    EXPECT_THAT(Findings(begin_ + eur_ + jpy_ + end_ +
                         "t7,2026-03-03 09:00:00,eur,-50.00,0,refund,re_2,,," + ours + "\n"),
                ElementsAre("amount_differs re_2 5000"));
    EXPECT_THAT(text_, HasSubstr("ours is not paid, it stands at READY"));
}

TEST_F(LedgerAuditTest, OursBeyondTheDaysOfTheReportIsNoFault) {
    EXPECT_THAT(Findings("t9,2026-02-10 00:00:00,eur,-99.00,0,payout,po_1,,,\n"), IsEmpty());
    EXPECT_TRUE(good_);
}

TEST_F(LedgerAuditTest, AFileThatCannotBeReadIsRefusedWithItsLine) {
    Audit audit("psp");
    const auto refused = [&](const std::string& rows) {
        const Status read = Read(rows, audit);
        return read.ok() ? "" : read.error().text;
    };
    EXPECT_THAT(refused("t1,2026-03-01 12:30:00,eur,fifty,0,refund,re_1,,,\n"),
                HasSubstr("line 2, column gross"));
    EXPECT_THAT(refused(eur_ + "t1,yesterday,eur,-5.00,0,refund,re_1,,,\n"),
                HasSubstr("line 3, column created_utc"));
    EXPECT_THAT(refused("t1,2026-03-01 12:30:00,eur,-5.00,0,refund,,,,\n"),
                HasSubstr("a refund without a reference"));
    EXPECT_THAT(refused("\"open\n"), HasSubstr("line 2"));
    const auto other = SettlementReader::Open("date,amount\n", mapping_, 65'536);
    ASSERT_FALSE(other.ok());
    EXPECT_THAT(other.error().text, HasSubstr("no column"));
    EXPECT_THAT(other.error().text, HasSubstr("there are: date, amount"));
    EXPECT_FALSE(SettlementReader::Open("", mapping_, 65'536).ok());
}

TEST(SettlementMapping, GenericReadsAndFaultsAreNamed) {
    const auto text =
        ReadWholeFile(BACKHAUL_SOURCE_DIR "/connectors/payment/settlement.generic.json");
    EXPECT_TRUE(ReadSettlementMapping(*text, "generic").ok());
    const auto wrong = [](const std::string& from, const std::string& to) {
        std::string text = R"({"their_reference":"r","amounts":[{"amount":"a","currency":"c"}],)"
                           R"("written":"minor","sign":"any","date":"d","type":"t",)"
                           R"("types":{"refund":"refund"}})";
        const std::size_t at = text.find(from);
        text.replace(at, from.size(), to);
        const auto read = ReadSettlementMapping(text, "m.json");
        return read.ok() ? "" : read.error().text;
    };
    EXPECT_EQ(wrong("any", "any"), "");
    EXPECT_THAT(wrong("\"sign\"", "\"sing\""), HasSubstr("did you mean 'sign'"));
    EXPECT_THAT(wrong("minor", "cents"), HasSubstr("one of decimal, minor"));
    EXPECT_THAT(wrong(":\"refund\"", ":\"money\""), HasSubstr("/types/refund"));
    EXPECT_THAT(wrong("\"d\"", "\"\""), HasSubstr("/date"));
}

TEST_F(LedgerAuditTest, TheExportHasARowForEachMovement) {
    const auto file = LedgerFile::Open(world_.path);
    const auto days = BookDays::Make({{"main", ""}}, {});
    const std::string out = world_.folder.Path("out.csv");
    const auto totals = ExportLedger(**file, *days, {}, out);
    ASSERT_TRUE(totals.ok()) << totals.error().text;
    EXPECT_EQ(totals->by_currency.at("EUR").rows, 2);
    EXPECT_EQ(totals->by_currency.at("EUR").paid_minor, 5000);
    EXPECT_EQ(totals->by_currency.at("JPY").paid_minor, 700);
    const std::string csv = *ReadWholeFile(out);
    EXPECT_THAT(csv, HasSubstr("shop,order_id,return_id,refund,"));
    EXPECT_THAT(csv, HasSubstr("main,1001,R-1001,"));
    EXPECT_THAT(csv, HasSubstr(",re_1,EUR,5000,50.00,798,7.98,SETTLED,yes,"));
    EXPECT_FALSE(std::filesystem::exists(out + ".part"));
    ExportWish wish;
    wish.json = true;
    wish.from = *workflows::ParseDay("2026-03-02");
    ASSERT_TRUE(ExportLedger(**file, *days, wish, out).ok());
    EXPECT_EQ(*ReadWholeFile(out), "[\n]\n");
    wish.from.reset();
    ASSERT_TRUE(ExportLedger(**file, *days, wish, out).ok());
    const auto json = ParseJson(*ReadWholeFile(out));
    ASSERT_TRUE(json.ok());
    EXPECT_EQ(json->Items().size(), 3U);
    EXPECT_FALSE(ExportLedger(**file, *days, wish, "/nowhere/out.csv").ok());
}

TEST_F(LedgerAuditTest, TheBooksAtRestAreThoseOfTheDay) {
    const auto file = LedgerFile::Open(world_.path);
    const auto days = BookDays::Make({{"main", ""}}, {});
    const auto book = BooksOf(**file, *days);
    ASSERT_TRUE(book.ok());
    const auto rows = book->On("main", *workflows::ParseDay("2026-03-01"));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0][MoneyKind::kPaid], (MoneySum{1, 5000}));
    EXPECT_EQ(rows[0][MoneyKind::kDue], (MoneySum{1, 5000}));
    EXPECT_EQ(rows[1][MoneyKind::kPaid], (MoneySum{1, 700}));
}

}  // namespace
}  // namespace returns::gateway
