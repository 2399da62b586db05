// Money: checked integers in minor units of one currency, with that currency's own exponent
// (ISO 4217: JPY 0, EUR 2, KWD 3). No amount is ever a double. Any thread.
#pragma once

#include "schemas/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns {

// The largest amount accepted anywhere: far above any order, far below overflow of sums.
inline constexpr std::int64_t kMinorMax = 1'000'000'000'000'000;

// The number of decimals of an ISO 4217 code; nothing for a code we do not know.
std::optional<int> CurrencyExponent(std::string_view code);

// "12.99" in EUR is 1299. Refused: signs, exponents, more decimals than the currency has (unless
// they are zeros), unknown currencies, more than kMinorMax.
Result<std::int64_t> ParseMinor(std::string_view decimal, std::string_view currency);
std::string FormatMinor(std::int64_t minor, std::string_view currency);  // "12.99"
std::string FormatMoney(std::int64_t minor, std::string_view currency);  // "12.99 EUR"

// Sums and products that say when they leave +-kMinorMax.
std::optional<std::int64_t> AddMinor(std::int64_t a, std::int64_t b);
std::optional<std::int64_t> MultiplyMinor(std::int64_t a, std::int64_t b);

// round-half-up(total * part / whole), exact in 128 bits. REQUIRES: 0 <= part <= whole, whole > 0,
// total >= 0.
std::int64_t Share(std::int64_t total, std::int64_t part, std::int64_t whole);

// What the next `units` of a line are worth when `granted_units` worth `granted` came before:
// Share(total, granted_units + units, quantity) - granted. The parts of a line always sum to its
// total, whatever the order. REQUIRES: granted_units + units <= quantity.
std::int64_t NextShare(std::int64_t total, int quantity, int granted_units, std::int64_t granted,
                       int units);

// Splits `total` in proportion to `weights` by largest remainder; ties go to the earlier one. The
// parts sum to total. All weights zero: everything goes to the first. REQUIRES: weights not empty,
// none negative, total >= 0.
std::vector<std::int64_t> Split(std::int64_t total, const std::vector<std::int64_t>& weights);

}  // namespace returns
