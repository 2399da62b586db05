#include "schemas/money.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

namespace returns {
namespace {

TEST(MoneyTest, KnowsTheExponents) {
    EXPECT_EQ(CurrencyExponent("EUR"), 2);
    EXPECT_EQ(CurrencyExponent("JPY"), 0);
    EXPECT_EQ(CurrencyExponent("KWD"), 3);
    EXPECT_EQ(CurrencyExponent("CLF"), 4);
    EXPECT_EQ(CurrencyExponent("ISK"), 0);
    EXPECT_EQ(CurrencyExponent("HUF"), 2);
    EXPECT_EQ(CurrencyExponent("ZWG"), 2);
    for (const char* code : {"", "EU", "eur", "EURO", "XXX", "XAU", "E R", "ABC"}) {
        EXPECT_FALSE(CurrencyExponent(code).has_value()) << code;
    }
}

TEST(MoneyTest, ReadsDecimalText) {
    EXPECT_EQ(*ParseMinor("12.99", "EUR"), 1299);
    EXPECT_EQ(*ParseMinor("12.9", "EUR"), 1290);
    EXPECT_EQ(*ParseMinor("12", "EUR"), 1200);
    EXPECT_EQ(*ParseMinor("12.9900", "EUR"), 1299);
    EXPECT_EQ(*ParseMinor("500", "JPY"), 500);
    EXPECT_EQ(*ParseMinor("500.00", "JPY"), 500);
    EXPECT_EQ(*ParseMinor("0.001", "KWD"), 1);
    EXPECT_EQ(*ParseMinor("10000000000000", "EUR"), kMinorMax);
    EXPECT_EQ(*ParseMinor(std::string(60, '0') + "1", "EUR"), 100);
}

TEST(MoneyTest, RefusesTheRest) {
    for (const char* text :
         {"", ".", "1.", ".5", "-1", "+1", "1,5", "1e2", " 1", "1 ", "1.2.3", "12.999", "0x1",
          "NaN", "10000000000000.01", "99999999999999999999", "18446744073709551616"}) {
        EXPECT_FALSE(ParseMinor(text, "EUR").ok()) << text;
    }
    EXPECT_FALSE(ParseMinor("500.50", "JPY").ok());
    EXPECT_FALSE(ParseMinor("1", "XXX").ok());
    EXPECT_FALSE(ParseMinor("1", "").ok());
}

TEST(MoneyTest, Writes) {
    EXPECT_EQ(FormatMinor(1299, "EUR"), "12.99");
    EXPECT_EQ(FormatMinor(5, "EUR"), "0.05");
    EXPECT_EQ(FormatMinor(-5, "EUR"), "-0.05");
    EXPECT_EQ(FormatMinor(0, "KWD"), "0.000");
    EXPECT_EQ(FormatMoney(500, "JPY"), "500 JPY");
    EXPECT_EQ(FormatMoney(500, ""), "500 minor units of ''");
    EXPECT_EQ(FormatMinor(INT64_MIN, "EUR"), "-92233720368547758.08");
}

TEST(MoneyTest, SumsAndProductsSayWhenTheyOverflow) {
    EXPECT_EQ(AddMinor(kMinorMax - 1, 1), kMinorMax);
    EXPECT_EQ(AddMinor(kMinorMax, 1), std::nullopt);
    EXPECT_EQ(AddMinor(-kMinorMax, -1), std::nullopt);
    EXPECT_EQ(AddMinor(INT64_MAX, INT64_MAX), std::nullopt);
    EXPECT_EQ(MultiplyMinor(1299, 3), 3897);
    EXPECT_EQ(MultiplyMinor(-3, 5), -15);
    EXPECT_EQ(MultiplyMinor(kMinorMax, 2), std::nullopt);
    EXPECT_EQ(MultiplyMinor(INT64_MIN, INT64_MIN), std::nullopt);
}

TEST(MoneyTest, SharesRoundHalfUp) {
    EXPECT_EQ(Share(100, 1, 3), 33);
    EXPECT_EQ(Share(100, 2, 3), 67);
    EXPECT_EQ(Share(1, 1, 2), 1);
    EXPECT_EQ(Share(0, 0, 1), 0);
    EXPECT_EQ(Share(kMinorMax, kMinorMax - 1, kMinorMax), kMinorMax - 1);
    EXPECT_EQ(Share(INT64_MAX, INT64_MAX, INT64_MAX), INT64_MAX);
}

TEST(MoneyTest, SplitsByLargestRemainder) {
    EXPECT_EQ(Split(100, {1, 1, 1}), (std::vector<std::int64_t>{34, 33, 33}));
    EXPECT_EQ(Split(10, {0, 0}), (std::vector<std::int64_t>{10, 0}));
    EXPECT_EQ(Split(5, {0, 3, 7}), (std::vector<std::int64_t>{0, 2, 3}));
    EXPECT_EQ(Split(0, {1, 2}), (std::vector<std::int64_t>{0, 0}));
}

rc::Gen<std::int64_t> Amounts() {
    return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 5000),
                          rc::gen::inRange<std::int64_t>(0, kMinorMax + 1));
}

RC_GTEST_PROP(MoneyProperty, FormattingAndParsingAgree, ()) {
    const std::int64_t minor = *Amounts();
    const auto currency = *rc::gen::element<std::string>("EUR", "JPY", "KWD", "CLF", "USD");
    RC_ASSERT(ParseMinor(FormatMinor(minor, currency), currency).value() == minor);
}

RC_GTEST_PROP(MoneyProperty, SplittingConservesTheSum, ()) {
    const std::int64_t total = *Amounts();
    const auto weights = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
        rc::gen::oneOf(rc::gen::just<std::int64_t>(0), Amounts())));
    const std::vector<std::int64_t> parts = Split(total, weights);
    RC_ASSERT(std::accumulate(parts.begin(), parts.end(), std::int64_t{0}) == total);
    const auto sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    for (std::size_t i = 0; i < parts.size() && sum > 0; ++i) {
        // Never a whole minor unit away from the exact share.
        __extension__ using Wide = __int128;
        const Wide error = Wide(parts[i]) * sum - Wide(total) * weights[i];
        RC_ASSERT(error < sum && error > -Wide(sum));
    }
}

// However a line's units come back, in whatever order and portions, the parts sum to its total.
RC_GTEST_PROP(MoneyProperty, SharesOfALineSumToItsTotal, ()) {
    const std::int64_t total = *Amounts();
    const int quantity = *rc::gen::inRange(1, 200);
    int units_granted = 0;
    std::int64_t granted = 0;
    while (units_granted < quantity) {
        const int units = *rc::gen::inRange(1, quantity - units_granted + 1);
        const std::int64_t next = NextShare(total, quantity, units_granted, granted, units);
        RC_ASSERT(next >= 0);
        granted += next;
        units_granted += units;
    }
    RC_ASSERT(granted == total);
}

}  // namespace
}  // namespace returns
