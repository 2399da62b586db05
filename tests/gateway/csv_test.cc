// Comma-separated values: what spreadsheets write is read as they meant it, what is broken is
// refused with its place, and no bytes whatever lead the reader astray.
#include "gateway/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace returns::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Cells = std::vector<std::string>;

std::vector<Cells> ReadAll(const std::string& text, std::vector<std::string>* faults = nullptr) {
    CsvReader reader(text, 1000);
    std::vector<Cells> rows;
    CsvRow row;
    for (auto more = reader.Next(row); !more.ok() || *more; more = reader.Next(row)) {
        if (more.ok())
            rows.push_back(row.cells);
        else if (faults != nullptr)
            faults->push_back(std::to_string(row.line) + ": " + more.error().text);
        else
            ADD_FAILURE() << more.error().text;
    }
    return rows;
}

TEST(Csv, ReadsWhatSpreadsheetsWrite) {
    EXPECT_THAT(ReadAll("a,b\r\n1,\"x, \"\"y\"\"\r\nz\"\r\n\r\n,\r\nlast,"),
                ElementsAre(Cells{"a", "b"}, Cells{"1", "x, \"y\"\r\nz"}, Cells{"", ""},
                            Cells{"last", ""}));
    EXPECT_THAT(ReadAll("\xEF\xBB\xBF\"a\"\n\"\"\n"), ElementsAre(Cells{"a"}, Cells{""}));
    EXPECT_THAT(ReadAll("a;b\n1,5;2\n"), ElementsAre(Cells{"a", "b"}, Cells{"1,5", "2"}));
    EXPECT_THAT(ReadAll("a\tb\n1\t2"), ElementsAre(Cells{"a", "b"}, Cells{"1", "2"}));
    EXPECT_THAT(ReadAll(""), ElementsAre());
    EXPECT_THAT(ReadAll("\n\r\n"), ElementsAre());
}

TEST(Csv, SaysWhereARowIsBrokenAndGoesOn) {
    std::vector<std::string> faults;
    const auto rows =
        ReadAll("a,b\nx\"y,1\n2,\"z\"z\n\"3\n4\",5\n6,\xFF\n7,\"open\n8,9\n", &faults);
    EXPECT_THAT(rows, ElementsAre(Cells{"a", "b"}, Cells{"3\n4", "5"}, Cells{"8", "9"}));
    EXPECT_THAT(faults, ElementsAre(HasSubstr("2: a quote inside a cell"),
                                    HasSubstr("3: text behind a closing quote"),
                                    HasSubstr("6: column 2 is not UTF-8"),
                                    HasSubstr("7: a quote is never closed")));
}

TEST(Csv, ARowHasALongestLength) {
    std::vector<std::string> faults;
    const std::string longest(998, 'x');
    const auto rows =
        ReadAll("a,b\n" + longest + ",y\n" + longest + ",yz\n\"" + longest + longest + "\"\n1,2\n",
                &faults);
    EXPECT_THAT(rows, ElementsAre(Cells{"a", "b"}, Cells{longest, "y"}, Cells{"1", "2"}));
    EXPECT_THAT(faults, ElementsAre(HasSubstr("3: longer than 1000 bytes"),
                                    HasSubstr("4: longer than 1000 bytes")));
}

TEST(Csv, KnowsCleanText) {
    for (const char* good : {"", "a\n", "é", "€", "\U0001F600", "\xED\x9F\xBF"})
        EXPECT_TRUE(IsCleanUtf8(good)) << good;
    for (const std::string& bad :
         {std::string(1, '\0'), std::string("\xC0\x80"), std::string("\xE0\x9F\xBF"),
          std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80"), std::string("\xE2\x82"),
          std::string("\x80"), std::string("\xF0\x8F\xBF\xBF")})
        EXPECT_FALSE(IsCleanUtf8(bad));
}

std::string Written(const std::vector<Cells>& rows, bool crlf, char separator) {
    std::string text;
    for (const Cells& row : rows) {
        for (std::size_t at = 0; at < row.size(); ++at) {
            text += at == 0 ? "\"" : std::string(1, separator) + "\"";
            for (const char c : row[at]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
            text += '"';
        }
        text += crlf ? "\r\n" : "\n";
    }
    return text;
}

RC_GTEST_PROP(Csv, WhatIsWrittenIsReadAgain, ()) {
    const auto cell =
        rc::gen::container<std::string>(rc::gen::element('a', '"', ',', '\r', '\n', ';', ' '));
    const auto some = rc::gen::nonEmpty(rc::gen::container<Cells>(cell));
    const auto rows =
        *rc::gen::resize(12, rc::gen::nonEmpty(rc::gen::container<std::vector<Cells>>(some)));
    std::vector<Cells> all = {{"a", "b"}};
    all.insert(all.end(), rows.begin(), rows.end());
    const std::string text =
        Written(all, *rc::gen::arbitrary<bool>(), *rc::gen::element(',', ';', '\t'));
    CsvReader reader(text, 1 << 20);
    CsvRow row;
    for (const Cells& cells : all) {
        const auto more = reader.Next(row);
        RC_ASSERT(more.ok() && *more);
        RC_ASSERT(row.cells == cells);
    }
    RC_ASSERT(!*reader.Next(row));
}

RC_GTEST_PROP(Csv, AnyBytesEndAndEachRowReadsAloneAsItDidInPlace, ()) {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::element('a', '"', '"', ',', '\r', '\n', '\n', '\xC3', '\0'));
    CsvReader reader(text, 8);
    CsvRow row, alone;
    std::size_t behind = 0;
    for (auto more = reader.Next(row); !more.ok() || *more; more = reader.Next(row)) {
        RC_ASSERT(row.begin >= behind && row.end >= row.begin && row.end <= text.size());
        behind = row.end;
        if (!more.ok() || row.begin == 0) continue;
        CsvReader again(text, 8, row.begin, row.line);
        RC_ASSERT(*again.Next(alone));
        RC_ASSERT(alone.cells == row.cells && alone.end == row.end && alone.line == row.line);
    }
}

}  // namespace
}  // namespace returns::gateway
