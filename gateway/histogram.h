// How long something took, counted into fixed steps that suit both disks and networks. A value; one
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace returns::gateway {

struct Histogram {
    static constexpr std::array<double, 13> kBounds_s = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30};
    std::array<std::int64_t, kBounds_s.size()> up_to{};  // each holds those of the steps before it
    std::int64_t count = 0;
    double sum_s = 0;

    void Observe(double seconds) {
        ++count;
        sum_s += seconds;
        for (std::size_t at = 0; at < kBounds_s.size(); ++at) up_to[at] += seconds <= kBounds_s[at];
    }
};

// What a store knows of itself without looking through its rows.
struct StoreFigures {
    std::int64_t journal_rows = 0, cases = 0, parked = 0;
    std::int64_t database_bytes = 0, log_bytes = 0, disk_free_bytes = 0;
    Histogram commits;  // real time, whatever the gateway's clock does
};

}  // namespace returns::gateway
