// The cases the lane holds in memory, as last committed: the least recently used one leaves first,
// but none before its snapshot is written. One thread, the lane's.
#pragma once

#include "schemas/case.h"

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>
#include <vector>

namespace returns::gateway {

struct CaseKeyHash {
    std::size_t operator()(const CaseKey& key) const {
        const std::hash<std::string> hash;
        return hash(key.shop) * 31 + hash(key.order_id);
    }
};

class CaseCache {
public:
    // Makes it the most recently used; nullptr when it is not here. Valid until Forget or Trim.
    const Case* Find(const CaseKey& key);
    const Case* Add(Case loaded);  // REQUIRES: it is not here
    void Put(Case committed);      // newer than its snapshot from now on
    void Forget(const CaseKey& key);

    // Cases newer than their snapshot, the longest unsaved first: up to n of them, and those among
    // the cases beyond `held`.
    std::vector<const Case*> Unsaved(std::size_t n, std::size_t held) const;
    void Saved(const std::vector<const Case*>& cases);
    // Lets go of what is beyond `held` and saved.
    void Trim(std::size_t held);

    std::size_t size() const { return used_.size(); }
    std::size_t unsaved() const { return unsaved_.size(); }

private:
    struct Entry;
    using Entries = std::list<Entry>;
    struct Entry {
        Case value;
        bool unsaved = false;
        std::list<Entries::iterator>::iterator waits;  // its place in unsaved_
    };

    Entries used_;                          // most recent first
    std::list<Entries::iterator> unsaved_;  // longest first
    std::unordered_map<CaseKey, Entries::iterator, CaseKeyHash> by_key_;
};

}  // namespace returns::gateway
