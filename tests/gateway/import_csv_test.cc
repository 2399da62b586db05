// The CSV of past orders: each cell is checked, and a fault says its line and column.
#include "gateway/import_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace returns::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ImportFile Read(const std::string& text) {
    auto file = ImportFile::Read(text, ImportForm::kCsv, 65536);
    EXPECT_TRUE(file.ok()) << file.error().text;
    return std::move(file).value();
}

std::vector<std::string> Types(const ImportReading& reading) {
    std::vector<std::string> types;
    for (const ImportedEvent& told : reading.events)
        types.emplace_back(Facts(told.event.type).wire);
    return types;
}

TEST(ImportCsv, TheExampleSaysWhatItLooksLike) {
    const ImportFile file = Read(std::string(ImportExample("csv")));
    ASSERT_EQ(file.orders().size(), 2u);
    const ImportReading open = file.Events(file.orders()[0]);
    EXPECT_THAT(open.faults, ElementsAre());
    EXPECT_THAT(Types(open),
                ElementsAre("order.placed", "order.delivered", "order.captured", "return.requested",
                            "return.label_issued", "return.approved", "parcel.posted"));
    const EventData& placed = open.events[0].event.data;
    EXPECT_EQ(placed.lines[0].unit_price_minor, 4990);
    EXPECT_EQ(placed.lines[1].discount_minor, 1000);
    EXPECT_EQ(placed.shipping_minor, 490);
    EXPECT_EQ(placed.customer.mail, "ada@shop.example");
    EXPECT_EQ(open.events[2].event.data.tender->amount_minor, 22370);
    EXPECT_EQ(FormatInstant(open.events[3].event.occurred_at), "2026-03-06T00:00:00.000Z");
    EXPECT_TRUE(open.events[3].event.data.statutory);
    const ImportReading done = file.Events(file.orders()[1]);
    EXPECT_THAT(Types(done),
                ElementsAre("order.placed", "order.delivered", "order.captured", "return.requested",
                            "refund.settled", "return.opened", "return.inspected"))
        << "what was paid goes in before the goods: nothing of it is ever open";
    EXPECT_EQ(done.events[3].event.data.resolution, "settled");
}

TEST(ImportCsv, ColumnsStandInAnyOrderAndRowsOfAnOrderAnywhere) {
    const ImportFile file = Read(
        "Placed_At; currency ;unit_price;quantity;line_id;order_id;record\r\n"
        "2026-03-01;JPY;1200;1;1;A;line\r\n"
        "2026-03-01;KWD;1.250;1;1;B;line\r\n"
        "2026-03-01;JPY;10;3;2;A;line\r\n");
    ASSERT_EQ(file.orders().size(), 2u);
    const ImportReading a = file.Events(file.orders()[0]), b = file.Events(file.orders()[1]);
    ASSERT_EQ(a.events.size(), 1u);
    ASSERT_EQ(b.events.size(), 1u);
    EXPECT_EQ(a.events[0].event.data.lines[0].unit_price_minor, 1200);
    EXPECT_EQ(a.events[0].event.data.lines[1].quantity, 3);
    EXPECT_EQ(b.events[0].event.data.lines[0].unit_price_minor, 1250);
}

TEST(ImportCsv, TheSameRowsGiveTheSameEventsAndMendedOnesOthers) {
    const std::string text(ImportExample("csv"));
    const ImportFile one = Read(text), two = Read(text);
    const auto first = one.Events(one.orders()[0]).events,
               second = two.Events(two.orders()[0]).events;
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].event, second[i].event);
    std::string mended = text;
    mended.replace(mended.find("223.70"), 6, "223.60");
    const ImportFile other = Read(mended);
    const auto third = other.Events(other.orders()[0]).events;
    EXPECT_EQ(third[0].event.source_id, first[0].event.source_id);
    EXPECT_NE(third[2].event.source_id, first[2].event.source_id);
}

TEST(ImportCsv, AnUnknownColumnNamesTheNearest) {
    const auto wrong = [](const std::string& header) {
        const auto file = ImportFile::Read(header + "\n1,2,3\n", ImportForm::kCsv, 65536);
        return file.ok() ? "" : file.error().text;
    };
    EXPECT_THAT(wrong("record,order_id,unit_pric"), HasSubstr("nearest is 'unit_price'"));
    EXPECT_THAT(wrong("record,order_id,Order_ID"), HasSubstr("'order_id' stands twice"));
    EXPECT_THAT(wrong("record,sku,tax"), HasSubstr("'order_id' is missing"));
}

constexpr const char* kHeader =
    "record,order_id,line_id,quantity,unit_price,currency,placed_at,tender_id,reference,amount,"
    "return_id,requested_at,state,paid_at,statutory\n";
constexpr const char* kLine = "line,A,1,2,10.00,EUR,2026-03-01\n";
constexpr const char* kCapture = "capture,A,,,,,,T,ch,20.00\n";

struct Wrong {
    const char* name;
    std::string rows;
    std::int64_t line;
    const char* says;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class WrongRows : public testing::TestWithParam<Wrong> {};

TEST_P(WrongRows, AreRefusedWithLineAndColumn) {
    const ImportFile file = Read(kHeader + GetParam().rows);
    ASSERT_EQ(file.orders().size(), 1u);
    const ImportReading reading = file.Events(file.orders()[0]);
    EXPECT_TRUE(reading.events.empty()) << "an order goes in whole or not at all";
    ASSERT_EQ(reading.faults.size(), 1u) << reading.faults.size();
    EXPECT_EQ(reading.faults[0].line, GetParam().line);
    EXPECT_THAT(reading.faults[0].text, HasSubstr(GetParam().says));
}

const std::string kOrder = std::string(kLine) + kCapture;

INSTANTIATE_TEST_SUITE_P(
    ImportCsv, WrongRows,
    testing::Values(
        Wrong{"Record", kOrder + "refunds,A\n", 4, "column record: 'refunds' is not"},
        Wrong{"Needed", "line,A,1,2,,EUR,2026-03-01\n", 2, "column unit_price: missing"},
        Wrong{"NotHere", "line,A,1,2,1,EUR,2026-03-01,T\n", 2, "column tender_id: means nothing"},
        Wrong{"BeyondTheHeader", "line,A,1,2,1,EUR,2026-03-01,,,,,,,,,x\n", 2, "column 16"},
        Wrong{"Decimals", "line,A,1,2,9.999,EUR,2026-03-01\n", 2, "column unit_price: "},
        Wrong{"DecimalComma", "line,A,1,2,\"9,99\",EUR,2026-03-01\n", 2, "column unit_price: "},
        Wrong{"NoDecimalsOfYen", "line,A,1,2,9.50,JPY,2026-03-01\n", 2, "column unit_price: "},
        Wrong{"Currency", "line,A,1,2,9.50,EURO,2026-03-01\n", 2, "column currency: not a code"},
        Wrong{"OtherCurrency", std::string(kLine) + "line,A,2,2,9.50,USD,2026-03-01\n", 3,
              "column currency: differs from line 2, which says 'EUR'"},
        Wrong{"Count", "line,A,1,2.5,9.50,EUR,2026-03-01\n", 2,
              "column quantity: expected a whole"},
        Wrong{"Time", "line,A,1,2,9.50,EUR,01.03.2026\n", 2, "column placed_at: expected a time"},
        Wrong{"LineTwice", std::string(kLine) + kLine, 3, "column line_id: stands twice"},
        Wrong{"State", kOrder + "return,A,1,1,,,,,,,R,2026-03-02,lost\n", 4,
              "column state: expected"},
        Wrong{"Flag", kOrder + "return,A,1,1,,,,,,,R,2026-03-02,posted,,maybe\n", 4,
              "column statutory: expected"},
        Wrong{"TwoParcels",
              kOrder + "return,A,1,1,,,,,,,R,2026-03-02,posted\nreturn,A,2,1,,,,,,,R,2026-03-02,"
                       "arrived\n",
              5, "the parcel of return R is 'posted' by line 4"},
        Wrong{"HalfSettled",
              kOrder + "return,A,1,1,,,,,,,R,2026-03-02,settled\nreturn,A,2,1,,,,,,,R,2026-03-02,"
                       "accepted\n",
              5, "are said of a whole return"},
        Wrong{"RefundTwice",
              kOrder + "refund,A,,,,,,T,re,5.00,,,,2026-03-03\nrefund,A,,,,,,T,re,5.00,,,,"
                       "2026-03-03\n",
              5, "stands twice"},
        Wrong{"RefundOfNothing", kOrder + "refund,A,,,,,,T,re,0.00,,,,2026-03-03\n", 4,
              "no refund pays nothing"},
        Wrong{"RefundOfNoReturn", kOrder + "refund,A,,,,,,T,re,5.00,R,,,2026-03-03\n", 4,
              "no row of record return says what came back with R"},
        Wrong{"RefundToNobody", kOrder + "refund,A,,,,,,U,re,5.00,,,,2026-03-03\n", 4,
              "no row of record capture has this id"},
        Wrong{"WhichTender",
              kOrder + "capture,A,,,,,,U,ch2,1.00\nrefund,A,,,,,,,re,5.00,,,,2026-03-03\n", 5,
              "column tender_id: missing"},
        Wrong{"Control", "line,A,\"1\n2\",2,9.50,EUR,2026-03-01\n", 2, "control character"}),
    [](const auto& about) { return std::string(about.param.name); });

TEST(ImportCsv, LinesThatNameNoOrderAreStrays) {
    const ImportFile file =
        Read(kHeader + std::string("line,,1,2,1,EUR,2026-03-01\nx\"y\n") + kLine);
    EXPECT_EQ(file.orders().size(), 1u);
    ASSERT_EQ(file.strays().size(), 2u);
    EXPECT_EQ(file.strays()[0].line, 2);
    EXPECT_EQ(file.strays()[1].line, 3);
    EXPECT_EQ(file.Excerpt({0}),
              kHeader + std::string("line,,1,2,1,EUR,2026-03-01\nx\"y\n") + kLine);
}

TEST(ImportCsv, NdjsonNeedsOurVocabulary) {
    const auto file = ImportFile::Read(
        "{\"specversion\":\"1.0\",\"type\":\"order.placed\",\"id\":\"1\",\"source\":\"s\","
        "\"subject\":\"A\",\"data\":{}}\n\n[}\n",
        ImportForm::kNdjson, 65536);
    ASSERT_TRUE(file.ok());
    ASSERT_EQ(file->strays().size(), 1u);
    EXPECT_EQ(file->strays()[0].line, 3);
    const ImportReading reading = file->Events(file->orders()[0]);
    ASSERT_EQ(reading.faults.size(), 1u);
    EXPECT_THAT(reading.faults[0].text, HasSubstr("data.currency"));
}

}  // namespace
}  // namespace returns::gateway
