#include "gateway/hash_index.h"
#include "gateway/wake_buckets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace returns::gateway {

namespace {

TEST(HashIndex, FindsAllIdsOfAHashInOrderWhileItGrows) {
    HashIndex index;
    std::map<std::uint64_t, std::vector<std::int64_t>> expected;
    std::mt19937_64 random(5);
    for (std::int64_t id = 1; id <= 5000; ++id) {
        // Few distinct hashes, all near the end of any table, so that runs wrap around.
        const std::uint64_t hash = ~std::uint64_t{0} - random() % 700;
        index.Add(hash, id);
        expected[hash].push_back(id);
    }
    EXPECT_EQ(index.size(), 5000U);
    for (const auto& [hash, ids] : expected) ASSERT_EQ(index.Find(hash), ids);
    EXPECT_TRUE(index.Find(17).empty());
    EXPECT_TRUE(HashIndex().Find(17).empty());
}

TEST(WakeBuckets, HoldAsManyAsComeOneByOne) {
    WakeBuckets buckets;
    for (std::int64_t id = 1; id <= 200'000; ++id) {
        buckets.Set(id, Instant(std::chrono::seconds(1'000'000 - id)));
    }
    EXPECT_EQ(buckets.NextDue(), Instant(std::chrono::seconds(800'000)));
    EXPECT_THAT(buckets.Due(Instant::max() - std::chrono::hours(1), 2),
                ::testing::ElementsAre(200'000, 199'999));
}

TEST(WakeBuckets, StayBoundedWhileCasesKeepMoving) {
    constexpr std::int64_t kCases = 500;
    WakeBuckets buckets;
    std::size_t most = 0;
    for (std::int64_t round = 1; round <= 100; ++round) {
        for (std::int64_t id = 1; id <= kCases; ++id) {
            buckets.Set(id, Instant(std::chrono::minutes(round * 7 + id % 5)));
            most = std::max(most, buckets.entries());
        }
    }
    EXPECT_LE(most, 2 * (kCases + 1) + 10'001U);
    EXPECT_EQ(buckets.NextDue(), Instant(std::chrono::minutes(700)));
    EXPECT_EQ(buckets.Due(Instant(std::chrono::minutes(701)), 1'000).size(), kCases / 5 * 2U);
    EXPECT_EQ(buckets.Due(Instant(std::chrono::minutes(9'999)), 1'000).size(), kCases + 0U);
}

TEST(WakeBuckets, AgreeWithAPlainListUnderRandomMoves) {
    WakeBuckets buckets;
    std::map<std::int64_t, Instant> plain;
    std::mt19937 random(7);
    for (int step = 0; step < 4000; ++step) {
        const std::int64_t id = 1 + random() % 50;
        const Instant at =
            random() % 6 == 0 ? kNever : Instant(std::chrono::seconds(random() % 600));
        buckets.Set(id, at);
        plain[id] = at;
        if (step % 7 != 0) continue;
        std::vector<std::pair<Instant, std::int64_t>> sorted;
        for (const auto& [each, wake_at] : plain) sorted.emplace_back(wake_at, each);
        std::sort(sorted.begin(), sorted.end());
        ASSERT_EQ(buckets.NextDue(), sorted.front().first);
        const Instant now(std::chrono::seconds(random() % 700));
        std::vector<std::int64_t> expected;
        for (const auto& [wake_at, each] : sorted) {
            if (wake_at <= now && expected.size() < 20) expected.push_back(each);
        }
        ASSERT_EQ(buckets.Due(now, 20), expected);
    }
}

}  // namespace

}  // namespace returns::gateway
