// Seeded chance. The same seed and name give the same throws, whatever else happens in between.
// Values; one thread each.
#pragma once

#include "schemas/check.h"

#include <cstdint>
#include <string_view>

namespace returns::sandbox {

class Dice {
public:
    Dice(std::uint64_t seed, std::string_view name) : state_(seed) {
        for (const char c : name) {
            state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
        }
    }

    std::uint64_t Next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    // Both ends included. REQUIRES: low <= high.
    std::int64_t Between(std::int64_t low, std::int64_t high) {
        CHECK(low <= high);
        return low + static_cast<std::int64_t>(Next() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool Chance(int percent) { return Between(1, 100) <= percent; }

private:
    std::uint64_t state_;
};

}  // namespace returns::sandbox
