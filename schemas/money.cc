#include "schemas/money.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace returns {

namespace {

__extension__ using Int128 = __int128;

// Active ISO 4217 codes by their number of decimals; precious metals, bond units and test codes
// are not money anyone is paid back in.
constexpr std::string_view kTwo =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL "
    "GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR "
    "LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD "
    "PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC "
    "SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW "
    "ZWG";
constexpr std::string_view kNone =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
constexpr std::string_view kThree = "BHD IQD JOD KWD LYD OMR TND";
constexpr std::string_view kFour = "CLF UYW";

constexpr std::size_t kCodes = 26 * 26 * 26;

constexpr std::size_t Place(std::string_view code) {
    std::size_t place = 0;
    for (const char c : code) place = place * 26 + static_cast<std::size_t>(c - 'A');
    return place;
}

constexpr void Fill(std::array<std::int16_t, kCodes>& table, std::string_view codes, int exponent) {
    for (std::size_t at = 0; at < codes.size(); at += 4) {
        table[Place(codes.substr(at, 3))] = static_cast<std::int16_t>(exponent);
    }
}

constexpr std::array<std::int16_t, kCodes> MakeTable() {
    std::array<std::int16_t, kCodes> table{};
    for (std::int16_t& exponent : table) exponent = -1;
    Fill(table, kNone, 0);
    Fill(table, kTwo, 2);
    Fill(table, kThree, 3);
    Fill(table, kFour, 4);
    return table;
}

constexpr std::array<std::int16_t, kCodes> kExponents = MakeTable();

bool WithinBounds(Int128 minor) { return minor >= -kMinorMax && minor <= kMinorMax; }

bool AllDigits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<int> CurrencyExponent(std::string_view code) {
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (code.size() != 3 || !std::all_of(code.begin(), code.end(), capital)) return std::nullopt;
    const int exponent = kExponents[Place(code)];
    if (exponent < 0) return std::nullopt;
    return exponent;
}

Result<std::int64_t> ParseMinor(std::string_view decimal, std::string_view currency) {
    const auto refuse = [&](const std::string& why) {
        return Invalid("reading amount '" + std::string(decimal.substr(0, 40)) + "': " + why);
    };
    const std::optional<int> exponent = CurrencyExponent(currency);
    if (!exponent) {
        return refuse("unknown currency '" + std::string(currency.substr(0, 10)) + "'");
    }
    const std::size_t point = decimal.find('.');
    const std::string_view whole = decimal.substr(0, point);
    std::string_view decimals;
    if (point != std::string_view::npos) decimals = decimal.substr(point + 1);
    const bool cut = point != std::string_view::npos && decimals.empty();
    if (whole.empty() || cut || !AllDigits(whole) || !AllDigits(decimals)) {
        return refuse("expected digits with at most one point, such as 12.99");
    }
    while (decimals.size() > static_cast<std::size_t>(*exponent) && decimals.back() == '0') {
        decimals.remove_suffix(1);
    }
    if (decimals.size() > static_cast<std::size_t>(*exponent)) {
        return refuse(std::string(currency) + " has " + std::to_string(*exponent) + " decimals");
    }
    std::string digits = std::string(whole) + std::string(decimals);
    digits.append(static_cast<std::size_t>(*exponent) - decimals.size(), '0');
    std::int64_t minor = 0;
    for (const char c : digits) {
        minor = minor * 10 + (c - '0');
        if (minor > kMinorMax) return refuse("more than any order can be worth");
    }
    return minor;
}

std::string FormatMinor(std::int64_t minor, std::string_view currency) {
    // Through unsigned: the most negative number has no positive twin.
    const std::uint64_t size =
        minor < 0 ? 0 - static_cast<std::uint64_t>(minor) : static_cast<std::uint64_t>(minor);
    std::string digits = std::to_string(size);
    const auto decimals = static_cast<std::size_t>(CurrencyExponent(currency).value_or(0));
    if (decimals > 0) {
        if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
        digits.insert(digits.size() - decimals, ".");
    }
    return minor < 0 ? "-" + digits : digits;
}

std::string FormatMoney(std::int64_t minor, std::string_view currency) {
    if (!CurrencyExponent(currency)) {
        return FormatMinor(minor, currency) + " minor units of '" + std::string(currency) + "'";
    }
    return FormatMinor(minor, currency) + " " + std::string(currency);
}

std::optional<std::int64_t> AddMinor(std::int64_t a, std::int64_t b) {
    const Int128 sum = static_cast<Int128>(a) + b;
    if (!WithinBounds(sum)) return std::nullopt;
    return static_cast<std::int64_t>(sum);
}

std::optional<std::int64_t> MultiplyMinor(std::int64_t a, std::int64_t b) {
    const Int128 product = static_cast<Int128>(a) * b;
    if (!WithinBounds(product)) return std::nullopt;
    return static_cast<std::int64_t>(product);
}

std::int64_t Share(std::int64_t total, std::int64_t part, std::int64_t whole) {
    CHECK(total >= 0 && part >= 0 && part <= whole && whole > 0);
    const Int128 doubled = static_cast<Int128>(total) * part * 2 + whole;
    return static_cast<std::int64_t>(doubled / (static_cast<Int128>(whole) * 2));
}

std::int64_t NextShare(std::int64_t total, int quantity, int granted_units, std::int64_t granted,
                       int units) {
    CHECK(units >= 0 && granted_units >= 0 && units <= quantity - granted_units);
    return Share(total, static_cast<std::int64_t>(granted_units) + units, quantity) - granted;
}

std::vector<std::int64_t> Split(std::int64_t total, const std::vector<std::int64_t>& weights) {
    CHECK(!weights.empty() && total >= 0);
    Int128 sum = 0;
    for (const std::int64_t weight : weights) {
        CHECK(weight >= 0);
        sum += weight;
    }
    std::vector<std::int64_t> parts(weights.size(), 0);
    if (sum == 0) {
        parts.front() = total;
        return parts;
    }
    std::vector<Int128> remainders(weights.size());
    std::int64_t left = total;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const Int128 product = static_cast<Int128>(total) * weights[i];
        parts[i] = static_cast<std::int64_t>(product / sum);
        remainders[i] = product % sum;
        left -= parts[i];
    }
    std::vector<std::size_t> order(weights.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
    for (std::size_t i = 0; left > 0; ++i, --left) ++parts[order[i]];
    return parts;
}

}  // namespace returns
