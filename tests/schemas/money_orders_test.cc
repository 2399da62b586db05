// Random orders over the money functions alone: whatever is split, granted in portions and taken
// off, no minor unit is gained or lost. BACKHAUL_MONEY_ORDERS says how many orders.
#include "schemas/money.h"
#include "tests/wanted.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace returns {
namespace {

constexpr std::int64_t kOrders = 100'000;

class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    std::int64_t To(std::int64_t most) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most + 1));
    }

private:
    std::mt19937_64 random_;
};

struct Line {
    int quantity = 1, granted = 0;
    std::int64_t paid = 0, tax = 0, shipping = 0;
    std::int64_t back = 0, tax_back = 0, shipping_back = 0;
};

std::int64_t Sum(const std::vector<std::int64_t>& parts) {
    return std::accumulate(parts.begin(), parts.end(), std::int64_t{0});
}

std::vector<Line> AnyOrder(Dice& dice, std::int64_t& total, std::int64_t& shipping) {
    std::vector<Line> lines(static_cast<std::size_t>(1 + dice.To(4)));
    std::vector<std::int64_t> paid;
    for (Line& line : lines) {
        line.quantity = static_cast<int>(1 + dice.To(6));
        // Free gifts, cents, thousands, and what no order is worth.
        const std::int64_t most[] = {0, 9, 5'000, 1'000'000'000};
        paid.push_back(dice.To(most[dice.To(3)]) * line.quantity);
    }
    total = Sum(paid);
    const std::vector<std::int64_t> off = Split(dice.To(total), paid);
    for (std::size_t i = 0; i < lines.size(); ++i) paid[i] -= off[i];
    total -= Sum(off);
    shipping = dice.To(1'999);
    const std::vector<std::int64_t> shares = Split(shipping, paid);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        lines[i].paid = paid[i];
        lines[i].tax = dice.To(paid[i]);
        lines[i].shipping = shares[i];
    }
    return lines;
}

// The next units of a line come back. False: something was granted twice or taken away.
bool Grant(Line& line, int units) {
    const std::int64_t back = NextShare(line.paid, line.quantity, line.granted, line.back, units);
    const std::int64_t tax = NextShare(line.tax, line.quantity, line.granted, line.tax_back, units);
    const std::int64_t shipping =
        NextShare(line.shipping, line.quantity, line.granted, line.shipping_back, units);
    line.granted += units;
    line.back += back;
    line.tax_back += tax;
    line.shipping_back += shipping;
    // The tax inside a portion is within it, but for the rounding of either.
    return back >= 0 && tax >= 0 && shipping >= 0 && tax <= back + 1;
}

bool Conserves(Dice& dice) {
    std::int64_t total = 0, shipping = 0;
    std::vector<Line> lines = AnyOrder(dice, total, shipping);
    std::vector<std::size_t> open(lines.size());
    std::iota(open.begin(), open.end(), std::size_t{0});
    bool good = true;
    while (!open.empty()) {
        const auto at =
            static_cast<std::size_t>(dice.To(static_cast<std::int64_t>(open.size()) - 1));
        Line& line = lines[open[at]];
        good = good && Grant(line, static_cast<int>(1 + dice.To(line.quantity - line.granted - 1)));
        if (line.granted == line.quantity)
            open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
    }
    std::int64_t back = 0, shipping_back = 0;
    for (const Line& line : lines) {
        good = good && line.back == line.paid && line.tax_back == line.tax &&
               line.shipping_back == line.shipping;
        back += line.back;
        shipping_back += line.shipping_back;
    }
    return good && back == total && shipping_back == shipping;
}

TEST(MoneyOrders, NeverGainOrLoseACent) {
    const std::int64_t orders = Wanted("BACKHAUL_MONEY_ORDERS", kOrders);
    for (std::int64_t order = 1; order <= orders; ++order) {
        Dice dice(static_cast<std::uint64_t>(order));
        ASSERT_TRUE(Conserves(dice)) << "order " << order;
    }
}

}  // namespace
}  // namespace returns
