// The lane: the one door through which every event reaches a case. Takes what has arrived, finds
// cases, leaves out repeats, decides, and commits everything in one transaction; only then are the
// givers told. Never blocks beyond the store's own write. One thread; see app.cc.
#pragma once

#include "gateway/case_cache.h"
#include "gateway/input.h"
#include "gateway/ports.h"
#include "workflows/decide.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace returns::gateway {

struct EngineOptions {
    std::size_t queue_max = 10'000;
    std::size_t batch_max = 256;
    std::size_t cases_cached_max = 50'000;
    // Cases in memory newer than their snapshot; at most half of those cached.
    std::size_t dirty_max = 20'000;
    std::string personal_secret;  // keys the digests of mail and phone
    // Told an event's fingerprint before it is decided, 0 after; see flight.h.
    std::function<void(std::uint64_t)> deciding;
    std::optional<std::uint64_t> suspect;  // the event not to decide: its case is frozen instead
};

struct EngineCounters {
    std::int64_t decided = 0, moved = 0, ignored = 0, refused = 0, held = 0, quarantined = 0,
                 parked = 0, repeated = 0, conflicting = 0, commits = 0, retried = 0, failed = 0,
                 turned_away = 0, raw_forgotten = 0;
    // Of `parked`: could not be read; an id used before for another body. The rest fits no case.
    std::int64_t parked_unmapped = 0, parked_conflicting = 0;
};

// Parked input that was understood, as it goes through the door again. Should its id prove to be
// used for another body, it stays kept.
Result<Input> InputOf(const ParkedInput& parked);

class Engine {
public:
    Engine(Store& store, Archive& archive, Clock& clock, Random& random,
           const workflows::Rulebook& book, EngineOptions options);

    // Once at start: takes up parked input whose case became known just before the last end.
    Status Recover();
    // False when the queue is full or the store has failed: nothing was taken.
    bool Submit(Input input) { return Offer(input); }
    bool Offer(Input& input);  // the same; left as it was unless it is taken
    // Decides and commits up to batch_max inputs. False when there was nothing to do.
    bool Step();
    // Spare time: writes snapshots, lets cases leave memory. `all` for shutdown.
    void Rest(bool all = false);

    // The case as committed; nullptr when there is none. Valid until the next call.
    Result<const Case*> Read(const CaseKey& key);
    Result<std::vector<CaseKey>> Find(const Lookup& lookup) { return store_.Find(lookup); }
    Archive& archive() { return archive_; }
    const workflows::Rulebook& book() const { return book_; }
    // The look-up value for a mail address or phone number.
    std::string PersonalKey(const std::string& shop, std::string_view text) const;

    // Small facts that ride along with the next commit: consumed offsets, named cursors.
    void Note(TopicOffset offset);
    void Note(std::string name, std::string value);
    void Note(SwitchRow row) { riders_.switches.push_back(std::move(row)); }
    void ForgetRaw(const std::vector<std::int64_t>& ids);  // see batch.h
    void Unpark(std::int64_t id) { riders_.unpark.push_back(id); }

    // Commands that are new, changed or gone since the last take.
    struct Outbox {
        std::vector<OutboxRow> put;
        std::vector<std::pair<CaseKey, std::int64_t>> remove;
    };
    Outbox TakeOutbox();

    // Called for every case a commit has changed, after it: for boards and gauges. A new one takes
    // the place of the one with its name.
    using Listener = std::function<void(const Case&)>;
    void OnCommitted(const std::string& name, Listener listener) {
        listeners_[name] = std::move(listener);
    }
    // Called with the positions a commit has written, after it.
    using Positions = std::function<void(const std::vector<TopicOffset>&)>;
    void OnPositions(Positions listener) { positions_ = std::move(listener); }
    // Whether something was parked unmapped since the last call.
    bool TakeRejected() { return std::exchange(rejected_, false); }

    std::size_t queued() const { return queue_.size(); }
    bool failed() const { return failed_; }
    const std::string& failure() const { return failure_; }
    const EngineCounters& counters() const { return counters_; }

private:
    struct Staged;  // one Step's work, engine.cc

    Result<const Case*> Current(const Staged& staged, const CaseKey& key);
    Result<bool> Place(Input& input);
    Result<bool> Repeats(const Staged& staged, const Case& before, const Input& input,
                         Receipt& receipt);
    void Protect(Staged& staged, Input& input, const Case& before);
    Status Take(Staged& staged, Input input);
    void DecideOne(Staged& staged, const Case& before, Input input);
    workflows::Decision Watched(const Case& before, const Envelope& event,
                                std::uint64_t mark) const;
    void Park(Staged& staged, Input input, std::string reason);
    void ParkConflict(Staged& staged, Input input, Receipt receipt);
    void Publish(Staged& staged);
    Status Redrive(const Staged& staged);
    Status TryAgain(const std::map<std::int64_t, ParkedInput>& fits);
    void Fail(const std::vector<Input>& taken, const Error& error);

    Store& store_;
    Archive& archive_;
    Clock& clock_;
    Random& random_;
    const workflows::Rulebook& book_;
    const EngineOptions options_;
    std::deque<Input> queue_;
    CaseCache cases_;
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> offsets_;
    Batch riders_;  // what else goes with the next commit
    Outbox outbox_;
    std::map<std::string, Listener> listeners_;
    Positions positions_;
    bool rejected_ = true;  // look once at start
    EngineCounters counters_;
    bool failed_ = false;
    std::string failure_;
};

}  // namespace returns::gateway
