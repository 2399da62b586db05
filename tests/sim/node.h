// One gateway of a simulated world: the product's parts over simulated ports. Destroying it is a
// crash. One thread.
#pragma once

#include "gateway/dispatcher.h"
#include "gateway/engine.h"
#include "gateway/intake.h"
#include "gateway/poller.h"
#include "gateway/publisher.h"
#include "gateway/reconciliation.h"
#include "gateway/timers.h"
#include "tests/sim/checker.h"
#include "tests/sim/kit.h"

#include <string>

namespace returns::sim {

struct Crash {};  // thrown where a gateway dies inside a step

// The database with its faults, and with what a planted bug makes of it.
class NodeStore final : public Store, public Archive {
public:
    NodeStore(Scene& scene, MemoryDatabase& database, const Plant& plant, Checker& checker);

    Result<std::optional<Case>> Load(const CaseKey& key) override;
    Result<CommitOutcome> Commit(Batch& batch) override;
    Status Snapshot(const std::vector<const Case*>& cases) override {
        return inner_.Snapshot(cases);
    }
    Result<std::vector<CaseKey>> Find(const Lookup& lookup) override { return inner_.Find(lookup); }
    Result<std::vector<CaseKey>> Due(Instant now, int n) override {
        return plant_.forgets_timers ? std::vector<CaseKey>() : inner_.Due(now, n);
    }
    Instant NextDue() override { return plant_.forgets_timers ? kNever : inner_.NextDue(); }
    Result<std::optional<JournalRow>> Row(std::int64_t seq) override { return inner_.Row(seq); }
    Result<std::vector<JournalRow>> Journal(std::int64_t after_seq, int n) override {
        return inner_.Journal(after_seq, n);
    }
    Result<std::vector<OutboxRow>> Outbox() override {
        return plant_.hides_outbox ? std::vector<OutboxRow>() : inner_.Outbox();
    }
    Result<std::vector<ParkedInput>> Parked(const std::optional<Lookup>& key, int n) override;
    Result<std::vector<ParkedInput>> ParkedAfter(std::int64_t id, int n) override {
        auto parked = inner_.ParkedAfter(id, n);
        if (plant_.hides_parked && parked.ok())
            for (ParkedInput& input : *parked) input.lookups.clear();
        return parked;
    }
    Result<std::vector<std::int64_t>> RawBefore(Instant parked_before, int n) override {
        return inner_.RawBefore(parked_before, n);
    }
    Result<std::vector<TopicOffset>> Offsets() override { return inner_.Offsets(); }
    Result<std::string> Meta(const std::string& name) override { return inner_.Meta(name); }
    Result<std::vector<SwitchRow>> Switches(std::int64_t after_id, int n) override {
        return inner_.Switches(after_id, n);
    }
    Result<std::optional<Personal>> PersonalOf(const CaseKey& key) override {
        return inner_.PersonalOf(key);
    }
    Result<std::vector<Anchor>> Anchors(std::int64_t after_seq, int n) override {
        return inner_.Anchors(after_seq, n);
    }
    Result<KeysPage> Stalled(std::int64_t after, int n) override {
        return inner_.Stalled(after, n);
    }
    Result<KeysPage> Cases(std::int64_t after, int n) override { return inner_.Cases(after, n); }

private:
    CommitFault Draw();

    Scene& scene_;
    const Plant& plant_;
    MemoryStore inner_;
};

class Node {
public:
    Node(Scene& scene, Kit& kit, MemoryDatabase& database, Topics& topics,
         const std::map<std::string, Partner*>& partners, Checker& checker, bool reads);

    // One round of every part, as the program's lane does it. May throw Crash.
    bool Step();
    Instant NextDue();
    Engine& engine() { return engine_; }
    bool failed() const { return engine_.failed(); }

private:
    bool CrashHere();

    Scene& scene_;
    const Plant& plant_;
    MemoryDatabase& database_;
    Topics& topics_;
    const bool reads_;
    NodeStore store_;
    SimHttp http_;
    SimBus bus_;
    Engine engine_;
    Publisher publisher_;
    Dispatcher dispatcher_;
    Poller poller_;
    MissingOrders missing_;
    Timers timers_;
    Intake intake_;
    Reconciliation reconciliation_;
};

}  // namespace returns::sim
