// An in-memory index from 64-bit hashes to row ids, append only. A hash may have several ids; ids
// come out in the order they went in. Whoever reads verifies the id's row against the full key.
// 16 bytes an entry at most half empty. One thread.
#pragma once

#include <cstdint>
#include <vector>

namespace returns::gateway {

class HashIndex {
public:
    // REQUIRES: id != 0.
    void Add(std::uint64_t hash, std::int64_t id) {
        if ((size_ + 1) * 4 > slots_.size() * 3) Grow();
        Put(hash, id);
        ++size_;
    }

    std::vector<std::int64_t> Find(std::uint64_t hash) const {
        std::vector<std::int64_t> ids;
        if (slots_.empty()) return ids;
        for (std::size_t at = hash & mask_; slots_[at].id != 0; at = (at + 1) & mask_) {
            if (slots_[at].hash == hash) ids.push_back(slots_[at].id);
        }
        return ids;
    }

    std::size_t size() const { return size_; }

private:
    struct Slot {
        std::uint64_t hash = 0;
        std::int64_t id = 0;  // 0: free
    };

    void Put(std::uint64_t hash, std::int64_t id) {
        std::size_t at = hash & mask_;
        while (slots_[at].id != 0) at = (at + 1) & mask_;
        slots_[at] = {hash, id};
    }

    void Grow() {
        std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
        old.swap(slots_);
        mask_ = slots_.size() - 1;
        // A run that wraps around the end starts before the first free slot from the end; walking
        // from behind a free slot keeps the order within equal hashes.
        std::size_t start = 0;
        while (start < old.size() && old[start].id != 0) ++start;
        for (std::size_t step = 0; step < old.size(); ++step) {
            const Slot& slot = old[(start + step) % old.size()];
            if (slot.id != 0) Put(slot.hash, slot.id);
        }
    }

    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
    std::size_t size_ = 0;
};

}  // namespace returns::gateway
