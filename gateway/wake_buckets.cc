#include "gateway/wake_buckets.h"

#include "schemas/check.h"

#include <algorithm>
#include <iterator>

namespace returns::gateway {
namespace {

constexpr std::size_t kSlack = 10'000;  // stale entries that are not worth a sweep

std::int64_t MinuteOf(Instant at) {
    return std::chrono::floor<std::chrono::minutes>(at).time_since_epoch().count();
}

}  // namespace

void WakeBuckets::Set(std::int64_t id, Instant wake_at) {
    CHECK(id > 0);
    const auto index = static_cast<std::size_t>(id);
    if (index >= wake_at_.size()) {
        wake_at_.resize(index + 1, kNever);
    }
    if (wake_at_[index] == wake_at) return;
    const bool same_bucket = wake_at != kNever && wake_at_[index] != kNever &&
                             MinuteOf(wake_at_[index]) == MinuteOf(wake_at);
    wake_at_[index] = wake_at;
    if (wake_at == kNever || same_bucket) return;
    buckets_[MinuteOf(wake_at)].push_back(id);
    if (++entries_ > 2 * wake_at_.size() + kSlack) Sweep();
}

// A case that moves on again and again leaves an entry in each bucket it was in, and they would
// stay until their minute comes.
void WakeBuckets::Sweep() {
    for (auto at = buckets_.begin(); at != buckets_.end();) {
        DropStale(at->first, at->second);
        at->second.shrink_to_fit();
        at = at->second.empty() ? buckets_.erase(at) : std::next(at);
    }
}

void WakeBuckets::DropStale(std::int64_t minute, Bucket& bucket) {
    entries_ -= bucket.size();
    std::erase_if(bucket, [&](std::int64_t id) {
        const Instant at = wake_at_[static_cast<std::size_t>(id)];
        return at == kNever || MinuteOf(at) != minute;
    });
    std::sort(bucket.begin(), bucket.end());
    bucket.erase(std::unique(bucket.begin(), bucket.end()), bucket.end());
    entries_ += bucket.size();
}

std::vector<std::int64_t> WakeBuckets::Due(Instant now, int n) {
    std::vector<std::int64_t> due;
    const auto wanted = static_cast<std::size_t>(std::max(n, 0));
    const auto earlier = [&](std::int64_t a, std::int64_t b) {
        const Instant at_a = wake_at_[static_cast<std::size_t>(a)];
        const Instant at_b = wake_at_[static_cast<std::size_t>(b)];
        return at_a != at_b ? at_a < at_b : a < b;
    };
    auto next = buckets_.begin();
    while (next != buckets_.end() && next->first <= MinuteOf(now) && due.size() < wanted) {
        Bucket& bucket = next->second;
        DropStale(next->first, bucket);
        const std::size_t before = due.size();
        for (const std::int64_t id : bucket) {
            if (wake_at_[static_cast<std::size_t>(id)] <= now) due.push_back(id);
        }
        const auto from = due.begin() + static_cast<std::ptrdiff_t>(before);
        const std::size_t kept = std::min(due.size(), wanted);
        std::partial_sort(from, due.begin() + static_cast<std::ptrdiff_t>(kept), due.end(),
                          earlier);
        due.resize(kept);
        next = bucket.empty() ? buckets_.erase(next) : std::next(next);
    }
    return due;
}

Instant WakeBuckets::NextDue() {
    while (!buckets_.empty()) {
        const auto first = buckets_.begin();
        DropStale(first->first, first->second);
        if (first->second.empty()) {
            buckets_.erase(first);
            continue;
        }
        Instant earliest = kNever;
        for (const std::int64_t id : first->second) {
            earliest = std::min(earliest, wake_at_[static_cast<std::size_t>(id)]);
        }
        return earliest;
    }
    return kNever;
}

}  // namespace returns::gateway
