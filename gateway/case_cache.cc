#include "gateway/case_cache.h"

#include "schemas/check.h"

#include <iterator>
#include <unordered_set>
#include <utility>

namespace returns::gateway {

const Case* CaseCache::Find(const CaseKey& key) {
    const auto known = by_key_.find(key);
    if (known == by_key_.end()) return nullptr;
    used_.splice(used_.begin(), used_, known->second);
    return &known->second->value;
}

const Case* CaseCache::Add(Case loaded) {
    used_.push_front(Entry{std::move(loaded), false, {}});
    const bool added = by_key_.emplace(used_.front().value.key, used_.begin()).second;
    CHECK(added);
    return &used_.front().value;
}

void CaseCache::Put(Case committed) {
    const auto known = by_key_.find(committed.key);
    if (known == by_key_.end()) {
        Add(std::move(committed));
    } else {
        known->second->value = std::move(committed);
        used_.splice(used_.begin(), used_, known->second);
    }
    Entry& entry = used_.front();
    if (entry.unsaved) return;
    entry.unsaved = true;
    entry.waits = unsaved_.insert(unsaved_.end(), used_.begin());
}

void CaseCache::Forget(const CaseKey& key) {
    const auto known = by_key_.find(key);
    if (known == by_key_.end()) return;
    if (known->second->unsaved) unsaved_.erase(known->second->waits);
    used_.erase(known->second);
    by_key_.erase(known);
}

std::vector<const Case*> CaseCache::Unsaved(std::size_t n, std::size_t held) const {
    std::vector<const Case*> found;
    std::unordered_set<const Case*> taken;
    for (auto at = unsaved_.begin(); at != unsaved_.end() && found.size() < n; ++at) {
        found.push_back(&(*at)->value);
        taken.insert(found.back());
    }
    auto last = used_.rbegin();
    for (std::size_t size = used_.size(); size > held; --size, ++last) {
        if (last->unsaved && taken.count(&last->value) == 0) found.push_back(&last->value);
    }
    return found;
}

void CaseCache::Saved(const std::vector<const Case*>& cases) {
    for (const Case* each : cases) {
        Entry& entry = *by_key_.find(each->key)->second;
        if (!entry.unsaved) continue;
        entry.unsaved = false;
        unsaved_.erase(entry.waits);
    }
}

void CaseCache::Trim(std::size_t held) {
    while (used_.size() > held && !used_.back().unsaved) {
        by_key_.erase(used_.back().value.key);
        used_.pop_back();
    }
}

}  // namespace returns::gateway
