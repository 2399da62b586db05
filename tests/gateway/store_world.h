// A store under test, whichever it is, and made-up input for it. One thread.
#pragma once

#include "gateway/ports.h"
#include "gateway/sqlite_store.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace returns::gateway {

// A directory of its own, gone with the object.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    std::string Path(const std::string& name) const { return (folder_ / name).string(); }

private:
    std::filesystem::path folder_;
};

class StoreWorld {
public:
    virtual ~StoreWorld() = default;
    virtual Store& store() = 0;
    virtual Archive& archive() = 0;
    // Drops the store as it stands and opens what is on disk.
    virtual void Reopen() = 0;
};

std::unique_ptr<StoreWorld> MakeSqliteWorld();
std::unique_ptr<StoreWorld> MakeMemoryWorld();

// Decisions nobody made: each batch changes some of a few orders in ways that touch every kind of
// row. Equal seeds give equal batches.
class BatchSource {
public:
    explicit BatchSource(std::uint32_t seed, int orders = 8) : random_(seed), orders_(orders) {}

    Batch Next();
    // Takes the cases of a committed batch as the ones to go on from.
    void Committed(const Batch& batch);

    const std::map<CaseKey, Case>& cases() const { return cases_; }
    static std::vector<Lookup> AllLookups();
    static std::vector<std::string> MetaNames() { return {"cursor", "epoch"}; }

private:
    int Draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    CaseChange NextChange(const Case& before);
    void Mutate(Case& subject);
    void MutateCommands(const Case& before, CaseChange& change);
    void AddRest(Batch& batch, const std::map<CaseKey, Case>& reached);

    std::mt19937 random_;
    int orders_;
    int events_ = 0;
    std::map<CaseKey, Case> cases_;
};

// The event as it would be decided: `after` is `before` with `after`'s differences, version and
// `seen` moved on by one.
CaseChange MakeChange(const Case& before, Case after, const std::string& source_id);
// A change that makes one slice due, the smallest useful one.
CaseChange WakeChange(const Case& before, const CaseKey& key, Instant due_at);

// Everything a store shows, as text for comparison. The ids of parked input are left out.
std::string Dump(StoreWorld& world, const std::map<CaseKey, Case>& cases);

// REQUIRES in tests: the commit is done.
void CommitOrFail(Store& store, Batch& batch);

}  // namespace returns::gateway
