// One wake-up time per case, kept in buckets of a minute. Moving a time adds to the new bucket and
// leaves the old entry behind; entries are compared with the case's current time when their bucket
// is read, and dropped when stale; all are swept when they become too many. One thread.
#pragma once

#include "schemas/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace returns::gateway {

class WakeBuckets {
public:
    // Ids are dense and start at 1. kNever takes the case off the list.
    void Set(std::int64_t id, Instant wake_at);

    // Up to n ids that are due, longest overdue first, then by id. They stay on the list.
    std::vector<std::int64_t> Due(Instant now, int n);
    Instant NextDue();  // kNever when none

    std::size_t entries() const { return entries_; }  // stale ones included

private:
    using Bucket = std::vector<std::int64_t>;

    void DropStale(std::int64_t minute, Bucket& bucket);
    void Sweep();

    std::vector<Instant> wake_at_;  // by id
    std::map<std::int64_t, Bucket> buckets_;
    std::size_t entries_ = 0;
};

}  // namespace returns::gateway
